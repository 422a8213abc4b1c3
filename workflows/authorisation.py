"""THE POLICY of the authorisation request: a written request, the owner's decision, execution, registration.

Source: IT programme 3.2.2 (the owner decides and orders access in writing), 3.2.3 (the administrator carries the
decision out) and 3.2.6 (the technician registers the profile that the owner decided).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from models import AUTHORISATION, DecisionOutcome, Part, RequestKind, RequestState
from workflows.changes import CarriedOut, Decided, EndCalledOff, EndSet, Noted, RemovalBegun, Rescheduled, Told
from workflows.deadlines import end_of_day, last_day
from workflows.guards import (
    ORDER_GUARDS,
    Terms,
    a_start_in_the_past_has_its_own_reason,
    facts_of,
    it_is_access_that_is_asked_for,
    it_is_an_end_that_is_asked_for,
    it_is_no_decided_end,
    it_is_not_executed,
    it_is_part_of_a_move,
    it_is_part_of_no_departure,
    its_end_is_not_asked_already,
    its_last_moment_has_come,
    person_still_works_here,
    request_of,
    solver_is_known,
    something_is_changed,
    terms,
    the_grant_it_is_about_is_live,
    what_is_decided_is_no_more_than_was_asked,
    what_is_kept_ends_no_later_than_decided,
)
from workflows.notices import NoticeKind
from workflows.workflow import Attempt, Change, Field, Role, Rule, State, Workflow, said

S = RequestState

# --- Choices between rows ------------------------------------------------------------------------------------------


def it_was_obstructed_in_execution(attempt: Attempt) -> bool:
    """The obstacle was met by the administrator."""
    return request_of(attempt).obstructed_in == S.AWAITING_EXECUTION


def it_was_obstructed_in_registration(attempt: Attempt) -> bool:
    """The obstacle was met by the technician."""
    return request_of(attempt).obstructed_in == S.AWAITING_REGISTRATION


def it_comes_later_than_decided(attempt: Attempt) -> bool:
    """The new last day keeps the access longer than its owner has decided, and than they were asked about."""
    decision, ends_at, asked = facts_of(attempt).decision, attempt.data.get(Field.ENDS_AT), request_of(attempt).ends_at
    if ends_at is None or decision is None or decision.ends_at is None:
        return False
    return ends_at > decision.ends_at and (asked is None or ends_at > asked)


def it_comes_no_later_than_decided(attempt: Attempt) -> bool:
    """The new last day is within what the owner has decided."""
    return not it_comes_later_than_decided(attempt)


# --- Effects -------------------------------------------------------------------------------------------------------


def decide(attempt: Attempt, outcome: DecisionOutcome, decided: Terms | None = None) -> Iterator[Change]:
    """The decision as it was taken; an approved end begins the removal, at once or at the moment it says."""
    decided = decided or terms(attempt)
    yield Decided(outcome=outcome, terms=decided, comment=said(attempt))
    if request_of(attempt).kind == RequestKind.END and outcome != DecisionOutcome.REJECTED:
        yield EndSet(ends_at=decided.ends_at) if decided.ends_at else RemovalBegun()
    yield Told(kind=NoticeKind.DECIDED, to=("requester", "person"), comment=said(attempt), outcome=outcome)


def lasting_until(attempt: Attempt, ends_at: datetime | None) -> Terms:
    """What this attempt is about, until a moment or without end."""
    return replace(terms(attempt), ends_on=last_day(ends_at) if ends_at else None, ends_at=ends_at)


def approval(attempt: Attempt) -> Iterator[Change]:
    """Approved as asked."""
    yield from decide(attempt, DecisionOutcome.APPROVED)


def approval_with_changes(attempt: Attempt) -> Iterator[Change]:
    """Approved for less than was asked: a decision of its own, shown beside what was asked."""
    yield from decide(attempt, DecisionOutcome.APPROVED_WITH_CHANGES)


def rejection(attempt: Attempt) -> Iterator[Change]:
    """Rejected, with the reason; an end that is rejected leaves the access no end."""
    ends = request_of(attempt).kind == RequestKind.END
    yield from decide(attempt, DecisionOutcome.REJECTED, lasting_until(attempt, None) if ends else None)


def revocation_by_default(attempt: Attempt) -> Iterator[Change]:
    """Nobody decided on an end: the access is revoked by default, and the record says so."""
    yield from decide(attempt, DecisionOutcome.DEFAULT)
    yield Told(kind=NoticeKind.DECIDED, to=("told_when_silent",), outcome=DecisionOutcome.DEFAULT)


def keeping(attempt: Attempt) -> Iterator[Change]:
    """What came with earlier duties is kept: the end that was proposed is rejected, or moved to a later day."""
    until = attempt.data.get(Field.ENDS_ON)
    ends_at = end_of_day(until) if until is not None else None
    yield Decided(outcome=DecisionOutcome.REJECTED, terms=lasting_until(attempt, ends_at), comment=said(attempt))
    if ends_at is not None:
        yield EndSet(ends_at=ends_at)
    yield Told(kind=NoticeKind.DECIDED, to=("requester", "person"), comment=said(attempt), outcome="REJECTED")


def calling_off(attempt: Attempt) -> Iterator[Change]:
    """Something else has made the request pointless; an end of a notice that is called off leaves the access as it was.

    What an owner has decided of somebody else's end stands: the access ends on that day by itself.
    """
    request = request_of(attempt)
    # What is not decided has changed nothing yet.
    if request.kind == RequestKind.END and request.notice_id is not None and facts_of(attempt).decision is not None:
        yield EndCalledOff()
    yield Told(kind=NoticeKind.WITHDRAWN, to=("requester", "person"), comment=said(attempt))


def another_end(attempt: Attempt) -> Iterator[Change]:
    """The last day of a departure is another, and so is the end of the access; everybody is asked anew by when."""
    ends_at = attempt.data[Field.ENDS_AT]
    yield Noted(values={"ends_at": ends_at, "ends_on": last_day(ends_at), "starts_on": _begins(attempt, ends_at)})
    yield Rescheduled()


def another_end_of_what_is_decided(attempt: Attempt) -> Iterator[Change]:
    """Within what the owner has decided no other decision is needed; an earlier day of theirs stands."""
    decision, ends_at = facts_of(attempt).decision, attempt.data[Field.ENDS_AT]
    yield from another_end(attempt)
    yield EndCalledOff()
    yield EndSet(ends_at=min(ends_at, decision.ends_at) if decision and decision.ends_at else ends_at)


def a_later_end_of_what_is_decided(attempt: Attempt) -> Iterator[Change]:
    """A later day keeps the access longer than the owner has decided: they are asked again."""
    yield from another_end(attempt)
    yield EndCalledOff()
    yield Noted(values={"decision_id": None})


def _begins(attempt: Attempt, ends_at: datetime) -> date:
    return min(request_of(attempt).starts_on, last_day(ends_at))


def end_of_the_period(attempt: Attempt) -> Iterator[Change]:
    """The decided period has run out: its end was decided when it was given, whatever end is asked for."""
    grant = facts_of(attempt).grant
    yield from decide(attempt, DecisionOutcome.TIME_OUT, lasting_until(attempt, grant.ends_at) if grant else None)


def question_to_the_requester(attempt: Attempt) -> Iterator[Change]:
    """The owner asks for more."""
    yield Told(kind=NoticeKind.QUESTION_BACK, to=("requester",), comment=said(attempt))


def completed_purpose(attempt: Attempt) -> Iterator[Change]:
    """The purpose in its completed words; what was asked before stays in the events."""
    purpose = str(attempt.data.get(Field.PURPOSE) or "").strip()
    if purpose:
        yield Noted(values={"purpose": purpose})


def execution(attempt: Attempt) -> Iterator[Change]:
    """The account in the system, by whom and when."""
    yield Noted(
        values={
            "account_name": str(attempt.data[Field.ACCOUNT_NAME]).strip(),
            "executed_by_id": attempt.actor.person_id,
            "executed_at": attempt.now,
        }
    )


def registration(attempt: Attempt) -> Iterator[Change]:
    """Registered with exactly the decided profile, under the service desk's ticket."""
    yield Noted(
        values={
            "ticket_number": str(attempt.data[Field.TICKET_NUMBER]).strip(),
            "registered_by_id": attempt.actor.person_id,
            "registered_at": attempt.now,
        }
    )
    yield CarriedOut()
    yield Told(kind=NoticeKind.ACCESS_READY, to=("person", "requester"))


def obstacle(attempt: Attempt) -> Iterator[Change]:
    """What stands in the way, who can remove it, and where the case goes back to."""
    yield Noted(
        values={
            "obstacle": said(attempt),
            "obstacle_solver": str(attempt.data[Field.SOLVER]),
            "obstructed_in": attempt.taken.source,
        }
    )
    yield Told(kind=NoticeKind.OBSTACLE, to=("requester",), comment=said(attempt))


def no_obstacle(attempt: Attempt) -> Iterator[Change]:
    """The obstacle is gone; its history is in the events."""
    yield Noted(values=_CLEAR)


def new_decision_needed(attempt: Attempt) -> Iterator[Change]:
    """What was decided cannot be done: what was executed on it does not count for the next decision."""
    undone: dict[str, Any] = {"decision_id": None, "account_name": "", "executed_by_id": None, "executed_at": None}
    yield Noted(values=_CLEAR | undone)


def giving_up(attempt: Attempt) -> Iterator[Change]:
    """It cannot be done; the requester is told why."""
    yield Told(kind=NoticeKind.WITHDRAWN, to=("requester", "person"), comment=said(attempt), outcome=S.FAILED)


def lapsing(attempt: Attempt) -> Iterator[Change]:
    """Nobody acted in time; silence gives no access, and the requester is told."""
    yield Told(kind=NoticeKind.LAPSED, to=("requester",))


_CLEAR: dict[str, Any] = {"obstacle": "", "obstacle_solver": "", "obstructed_in": ""}

# --- The policy ----------------------------------------------------------------------------------------------------

STATES = (
    State(name=S.DRAFT, means="Being written; nobody else acts on it.", waits_for=(Part.SUBMIT,)),
    State(name=S.AWAITING_DECISION, means="The owner decides, in writing.", waits_for=(Part.DECIDE,)),
    State(name=S.AWAITING_COMPLETION, means="The owner asked the requester for more.", waits_for=(Part.COMPLETE,)),
    State(name=S.AWAITING_EXECUTION, means="Decided; the administrator carries it out.", waits_for=(Part.EXECUTE,)),
    State(name=S.AWAITING_REGISTRATION, means="Carried out; the technician registers it.", waits_for=(Part.REGISTER,)),
    State(name=S.OBSTRUCTED, means="Something stands in the way of what was decided.", waits_for=(Part.SOLVE,)),
    State(name=S.COMPLETED, means="Registered: the access is as decided."),
    State(name=S.REJECTED, means="The owner said no, and why."),
    State(name=S.WITHDRAWN, means="The requester took it back before it was carried out."),
    State(name=S.LAPSED, means="Nobody acted in time; no access came of it."),
    State(name=S.FAILED, means="What was decided could not be done."),
)

CHANGED_TERMS = (Field.PROFILE, Field.STARTS_ON, Field.ENDS_ON, Field.ENDS_AT, Field.COMMENT)

RULES = (
    # The requester writes it, completes it, and may take it back until it is carried out.
    Rule(
        event="submit",
        source=S.DRAFT,
        target=S.AWAITING_DECISION,
        who=(Role.REQUESTER, Role.RULE),
        guards=(*ORDER_GUARDS, its_end_is_not_asked_already, a_start_in_the_past_has_its_own_reason),
    ),
    Rule(event="withdraw", source=S.DRAFT, target=S.WITHDRAWN, who=(Role.REQUESTER,), guards=()),
    Rule(
        event="withdraw",
        source=S.AWAITING_DECISION,
        target=S.WITHDRAWN,
        who=(Role.REQUESTER,),
        guards=(it_is_part_of_no_departure,),
    ),
    Rule(event="withdraw", source=S.AWAITING_COMPLETION, target=S.WITHDRAWN, who=(Role.REQUESTER,), guards=()),
    Rule(
        event="withdraw",
        source=S.AWAITING_EXECUTION,
        target=S.WITHDRAWN,
        who=(Role.REQUESTER,),
        guards=(it_is_no_decided_end,),
    ),
    Rule(
        event="withdraw",
        source=S.OBSTRUCTED,
        target=S.WITHDRAWN,
        who=(Role.REQUESTER,),
        when=it_was_obstructed_in_execution,
        guards=(it_is_no_decided_end,),
        because="what the administrator could not carry out is not carried out yet",
    ),
    Rule(
        event="complete",
        source=S.AWAITING_COMPLETION,
        target=S.AWAITING_DECISION,
        who=(Role.REQUESTER,),
        needs=(Field.COMMENT,),
        may_say=(Field.PURPOSE,),
        guards=(),
        effects=(completed_purpose,),
        because="the guards are asked again at the decision",
    ),
    # The owner decides: everything that held at the request must hold again.
    Rule(
        event="approve",
        source=S.AWAITING_DECISION,
        target=S.AWAITING_EXECUTION,
        who=(Role.OWNER,),
        may_say=(Field.COMMENT,),
        guards=ORDER_GUARDS,
        effects=(approval,),
    ),
    Rule(
        event="approve_with_changes",
        source=S.AWAITING_DECISION,
        target=S.AWAITING_EXECUTION,
        who=(Role.OWNER,),
        may_say=CHANGED_TERMS,
        guards=(
            *ORDER_GUARDS,
            something_is_changed,
            what_is_decided_is_no_more_than_was_asked,
        ),
        effects=(approval_with_changes,),
    ),
    Rule(
        event="reject",
        source=S.AWAITING_DECISION,
        target=S.REJECTED,
        who=(Role.OWNER,),
        needs=(Field.REASON,),
        guards=(it_is_part_of_no_departure,),
        effects=(rejection,),
    ),
    Rule(
        event="keep",
        source=S.AWAITING_DECISION,
        target=S.REJECTED,
        who=(Role.OWNER,),
        needs=(Field.REASON,),
        may_say=(Field.ENDS_ON,),
        guards=(it_is_part_of_a_move, what_is_kept_ends_no_later_than_decided),
        effects=(keeping,),
        because="the end that a change of duties proposes is rejected; the access may get a last day with that",
    ),
    Rule(
        event="return_for_completion",
        source=S.AWAITING_DECISION,
        target=S.AWAITING_COMPLETION,
        who=(Role.OWNER,),
        needs=(Field.REASON,),
        guards=(it_is_part_of_no_departure,),
        effects=(question_to_the_requester,),
    ),
    # The administrator carries it out, the technician registers it: what was decided and nothing else.
    Rule(
        event="execute",
        source=S.AWAITING_EXECUTION,
        target=S.AWAITING_REGISTRATION,
        who=(Role.ADMINISTRATOR,),
        needs=(Field.ACCOUNT_NAME,),
        may_say=(Field.COMMENT,),
        guards=(the_grant_it_is_about_is_live, person_still_works_here, its_last_moment_has_come),
        effects=(execution,),
    ),
    Rule(
        event="register",
        source=S.AWAITING_REGISTRATION,
        target=S.COMPLETED,
        who=(Role.TECHNICIAN,),
        needs=(Field.TICKET_NUMBER,),
        may_say=(Field.COMMENT,),
        guards=(the_grant_it_is_about_is_live, person_still_works_here),
        effects=(registration,),
    ),
    # Obstacles: to whoever can solve it, then back to where it was, or to the owner, or it fails.
    Rule(
        event="report_obstacle",
        source=S.AWAITING_EXECUTION,
        target=S.OBSTRUCTED,
        who=(Role.ADMINISTRATOR,),
        needs=(Field.REASON, Field.SOLVER),
        guards=(solver_is_known,),
        effects=(obstacle,),
    ),
    Rule(
        event="report_obstacle",
        source=S.AWAITING_REGISTRATION,
        target=S.OBSTRUCTED,
        who=(Role.TECHNICIAN,),
        needs=(Field.REASON, Field.SOLVER),
        guards=(solver_is_known,),
        effects=(obstacle,),
    ),
    Rule(
        event="resume",
        source=S.OBSTRUCTED,
        target=S.AWAITING_EXECUTION,
        who=(Role.SOLVER,),
        when=it_was_obstructed_in_execution,
        needs=(Field.COMMENT,),
        guards=(),
        effects=(no_obstacle,),
    ),
    Rule(
        event="resume",
        source=S.OBSTRUCTED,
        target=S.AWAITING_REGISTRATION,
        who=(Role.SOLVER,),
        when=it_was_obstructed_in_registration,
        needs=(Field.COMMENT,),
        guards=(),
        effects=(no_obstacle,),
    ),
    Rule(
        event="redecide",
        source=S.OBSTRUCTED,
        target=S.AWAITING_DECISION,
        who=(Role.SOLVER,),
        needs=(Field.REASON,),
        guards=(it_is_access_that_is_asked_for,),
        effects=(new_decision_needed,),
    ),
    Rule(
        event="fail",
        source=S.OBSTRUCTED,
        target=S.FAILED,
        who=(Role.SOLVER,),
        needs=(Field.REASON,),
        guards=(it_is_no_decided_end,),
        effects=(giving_up,),
    ),
    # Silence gives no access: a request lapses, an end is carried out by default.
    Rule(
        event="lapse",
        source=S.DRAFT,
        target=S.LAPSED,
        who=(Role.RULE,),
        guards=(),
        effects=(lapsing,),
    ),
    Rule(
        event="lapse",
        source=S.AWAITING_DECISION,
        target=S.LAPSED,
        who=(Role.RULE,),
        guards=(it_is_access_that_is_asked_for,),
        effects=(lapsing,),
    ),
    Rule(
        event="lapse",
        source=S.AWAITING_COMPLETION,
        target=S.LAPSED,
        who=(Role.RULE,),
        guards=(it_is_access_that_is_asked_for,),
        effects=(lapsing,),
    ),
    Rule(
        event="revoke_by_default",
        source=S.AWAITING_DECISION,
        target=S.AWAITING_EXECUTION,
        who=(Role.RULE,),
        guards=(it_is_an_end_that_is_asked_for,),
        effects=(revocation_by_default,),
        because="an undecided end that lapsed would keep the access open by silence",
    ),
    Rule(
        event="revoke_by_default",
        source=S.AWAITING_COMPLETION,
        target=S.AWAITING_EXECUTION,
        who=(Role.RULE,),
        guards=(it_is_an_end_that_is_asked_for,),
        effects=(revocation_by_default,),
        because="as above: a question that nobody answers keeps no access open",
    ),
    # What a departure brings with it: see workflows/departure.py.
    Rule(event="call_off", source=S.DRAFT, target=S.WITHDRAWN, who=(Role.RULE,), guards=(), effects=(calling_off,)),
    Rule(
        event="call_off",
        source=S.AWAITING_DECISION,
        target=S.WITHDRAWN,
        who=(Role.RULE,),
        guards=(),
        effects=(calling_off,),
    ),
    Rule(
        event="call_off",
        source=S.AWAITING_COMPLETION,
        target=S.WITHDRAWN,
        who=(Role.RULE,),
        guards=(),
        effects=(calling_off,),
    ),
    Rule(
        event="call_off",
        source=S.AWAITING_EXECUTION,
        target=S.WITHDRAWN,
        who=(Role.RULE,),
        guards=(),
        effects=(calling_off,),
    ),
    Rule(
        event="call_off",
        source=S.OBSTRUCTED,
        target=S.WITHDRAWN,
        who=(Role.RULE,),
        guards=(it_is_not_executed,),
        effects=(calling_off,),
    ),
    Rule(
        event="move_end",
        source=S.AWAITING_DECISION,
        target=S.AWAITING_DECISION,
        who=(Role.RULE,),
        needs=(Field.ENDS_AT,),
        guards=(it_is_an_end_that_is_asked_for,),
        effects=(another_end,),
    ),
    Rule(
        event="move_end",
        source=S.AWAITING_COMPLETION,
        target=S.AWAITING_COMPLETION,
        who=(Role.RULE,),
        needs=(Field.ENDS_AT,),
        guards=(it_is_an_end_that_is_asked_for,),
        effects=(another_end,),
    ),
    Rule(
        event="move_end",
        source=S.AWAITING_EXECUTION,
        target=S.AWAITING_DECISION,
        who=(Role.RULE,),
        needs=(Field.ENDS_AT,),
        when=it_comes_later_than_decided,
        guards=(it_is_an_end_that_is_asked_for,),
        effects=(a_later_end_of_what_is_decided,),
        because="the owner decided that the access ends sooner; longer is theirs to decide",
    ),
    Rule(
        event="move_end",
        source=S.AWAITING_EXECUTION,
        target=S.AWAITING_EXECUTION,
        who=(Role.RULE,),
        needs=(Field.ENDS_AT,),
        when=it_comes_no_later_than_decided,
        guards=(it_is_an_end_that_is_asked_for,),
        effects=(another_end_of_what_is_decided,),
    ),
    Rule(
        event="move_end",
        source=S.OBSTRUCTED,
        target=S.AWAITING_DECISION,
        who=(Role.RULE,),
        needs=(Field.ENDS_AT,),
        when=it_comes_later_than_decided,
        guards=(it_is_an_end_that_is_asked_for, it_is_not_executed),
        effects=(a_later_end_of_what_is_decided, no_obstacle),
        because="as above; what stood in the way of the sooner end may not stand in the way of the later",
    ),
    Rule(
        event="move_end",
        source=S.OBSTRUCTED,
        target=S.OBSTRUCTED,
        who=(Role.RULE,),
        needs=(Field.ENDS_AT,),
        when=it_comes_no_later_than_decided,
        guards=(it_is_an_end_that_is_asked_for, it_is_not_executed),
        effects=(another_end_of_what_is_decided,),
    ),
    Rule(
        event="time_out",
        source=S.AWAITING_DECISION,
        target=S.AWAITING_EXECUTION,
        who=(Role.RULE,),
        guards=(it_is_an_end_that_is_asked_for, the_grant_it_is_about_is_live),
        effects=(end_of_the_period,),
        because="the access ran out before anybody had decided to end it sooner",
    ),
    Rule(
        event="time_out",
        source=S.AWAITING_COMPLETION,
        target=S.AWAITING_EXECUTION,
        who=(Role.RULE,),
        guards=(it_is_an_end_that_is_asked_for, the_grant_it_is_about_is_live),
        effects=(end_of_the_period,),
        because="as above",
    ),
    Rule(
        event="time_out",
        source=S.DRAFT,
        target=S.AWAITING_EXECUTION,
        who=(Role.RULE,),
        guards=(it_is_an_end_that_is_asked_for, the_grant_it_is_about_is_live),
        effects=(end_of_the_period,),
        because="the last day was decided with the access; its end needs no second decision",
    ),
)

WORKFLOW = Workflow(
    name=AUTHORISATION,
    title="Authorisation request",
    prefix="BEH",
    initial=S.DRAFT,
    path=(S.DRAFT, S.AWAITING_DECISION, S.AWAITING_EXECUTION, S.AWAITING_REGISTRATION, S.COMPLETED),
    states=STATES,
    rules=RULES,
)
