"""THE POLICY of the authorisation request: a written request, the owner's decision, execution, registration.

Source: IT programme 3.2.2 (the owner decides and orders access in writing), 3.2.3 (the administrator carries the
decision out) and 3.2.6 (the technician registers the profile that the owner decided).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models import AUTHORISATION, DecisionOutcome, Part, RequestKind, RequestState
from workflows.changes import CarriedOut, Decided, Noted, RemovalBegun, Told
from workflows.guards import (
    ORDER_GUARDS,
    a_start_in_the_past_has_its_own_reason,
    it_is_access_that_is_asked_for,
    it_is_an_end_that_is_asked_for,
    it_is_no_decided_end,
    person_still_works_here,
    request_of,
    solver_is_known,
    something_is_changed,
    terms,
    the_grant_it_is_about_is_live,
    what_is_decided_is_no_more_than_was_asked,
)
from workflows.notices import NoticeKind
from workflows.workflow import Attempt, Change, Field, Role, Rule, State, Workflow

S = RequestState

# --- Choices between rows ------------------------------------------------------------------------------------------


def it_was_obstructed_in_execution(attempt: Attempt) -> bool:
    """The obstacle was met by the administrator."""
    return request_of(attempt).obstructed_in == S.AWAITING_EXECUTION


def it_was_obstructed_in_registration(attempt: Attempt) -> bool:
    """The obstacle was met by the technician."""
    return request_of(attempt).obstructed_in == S.AWAITING_REGISTRATION


# --- Effects -------------------------------------------------------------------------------------------------------


def decide(attempt: Attempt, outcome: DecisionOutcome) -> Iterator[Change]:
    """The decision as it was taken; an approved end begins the removal at once."""
    yield Decided(outcome=outcome, terms=terms(attempt), comment=said(attempt))
    if request_of(attempt).kind == RequestKind.END and outcome != DecisionOutcome.REJECTED:
        yield RemovalBegun()
    yield Told(kind=NoticeKind.DECIDED, to=("requester", "person"), comment=said(attempt), outcome=outcome)


def approval(attempt: Attempt) -> Iterator[Change]:
    """Approved as asked."""
    yield from decide(attempt, DecisionOutcome.APPROVED)


def approval_with_changes(attempt: Attempt) -> Iterator[Change]:
    """Approved for less than was asked: a decision of its own, shown beside what was asked."""
    yield from decide(attempt, DecisionOutcome.APPROVED_WITH_CHANGES)


def rejection(attempt: Attempt) -> Iterator[Change]:
    """Rejected, with the reason."""
    yield from decide(attempt, DecisionOutcome.REJECTED)


def revocation_by_default(attempt: Attempt) -> Iterator[Change]:
    """Nobody decided on an end: the access is revoked by default, and the record says so."""
    yield from decide(attempt, DecisionOutcome.DEFAULT)


def end_of_the_period(attempt: Attempt) -> Iterator[Change]:
    """The decided period has run out: its end was decided when it was given."""
    yield from decide(attempt, DecisionOutcome.TIME_OUT)


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


def said(attempt: Attempt) -> str:
    """What the one who acts wrote: the reason where one is needed, else a comment."""
    return str(attempt.data.get(Field.REASON) or attempt.data.get(Field.COMMENT) or "").strip()


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
        who=(Role.REQUESTER,),
        guards=(*ORDER_GUARDS, a_start_in_the_past_has_its_own_reason),
    ),
    Rule(event="withdraw", source=S.DRAFT, target=S.WITHDRAWN, who=(Role.REQUESTER,), guards=()),
    Rule(event="withdraw", source=S.AWAITING_DECISION, target=S.WITHDRAWN, who=(Role.REQUESTER,), guards=()),
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
            it_is_access_that_is_asked_for,
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
        guards=(),
        effects=(rejection,),
    ),
    Rule(
        event="return_for_completion",
        source=S.AWAITING_DECISION,
        target=S.AWAITING_COMPLETION,
        who=(Role.OWNER,),
        needs=(Field.REASON,),
        guards=(),
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
        guards=(the_grant_it_is_about_is_live, person_still_works_here),
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
