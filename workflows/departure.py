"""THE POLICY of the departure notice: somebody leaves, or gets other duties, and what they had goes with it.

HR says so once. Every access that hangs on the employment becomes an end request to the owner of its system, which
is carried out and registered as every end is (see workflows/authorisation.py). An owner who says nothing has said
nothing for keeping it: on the last day it is revoked by default. Here stand the notice's own steps. It is never
further than the slowest of its parts, and no part waits for another.

Source: IT programme 3.2.2 (the owner notifies when staff leave; here HR does, and the owner confirms), 3.2.6 (the
technician deregisters users and closes their accounts).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models import DEPARTURE, DepartureKind, DepartureState, Part
from workflows.changes import AccessSuspended, DayMoved, DutySettled, Noted, PartsCalledOff, PartsGathered, Told
from workflows.departure_guards import (
    a_part_is_undecided_again,
    day_is_within_the_employment,
    duty_is_there_and_open,
    every_part_is_decided,
    every_part_is_executed,
    everything_is_done,
    it_is_immediate,
    it_is_known_who_leaves,
    it_is_not_noticed_yet,
    last_moment_has_come,
    no_other_notice_is_in_force,
    nothing_is_closed_yet,
    notice_of,
    person_leaves,
    something_moves,
)
from workflows.notices import NoticeKind
from workflows.workflow import Attempt, Change, Field, Role, Rule, State, Workflow, said

S = DepartureState
UNDER_WAY = (S.AWAITING_DECISION, S.AWAITING_EXECUTION, S.AWAITING_REGISTRATION)

# --- Choices between rows ------------------------------------------------------------------------------------------


def nothing_holds_it(attempt: Attempt) -> bool:
    """Neither the brake on too many at once nor HR's own confirmation is waited for."""
    return not attempt.facts.hold


def something_holds_it(attempt: Attempt) -> bool:
    """Too many are noticed at once, or the sweep found it and HR is to confirm."""
    return bool(attempt.facts.hold)


# --- Effects -------------------------------------------------------------------------------------------------------


def queueing(attempt: Attempt) -> Iterator[Change]:
    """It waits for a human, and why."""
    yield Noted(values={"hold": attempt.facts.hold})


def beginning(attempt: Attempt) -> Iterator[Change]:
    """Everything that follows from it begins in the same moment."""
    yield Noted(values={"hold": ""})
    yield PartsGathered()
    if notice_of(attempt).kind == DepartureKind.IMMEDIATE:
        yield Told(kind=NoticeKind.DEPARTURE_NOTICED, to=("at_once",), comment=said(attempt))
    yield Told(kind=NoticeKind.DEPARTURE_NOTICED, to=("manager",), comment=said(attempt))


def moving(attempt: Attempt) -> Iterator[Change]:
    """The last day is another, for the notice and all its parts; those who were asked are asked anew."""
    yield DayMoved(last_day=attempt.data[Field.LAST_DAY], ends_at=attempt.facts.moment_of(attempt.data))
    yield Told(kind=NoticeKind.DEPARTURE_MOVED, to=("manager", "hr"), comment=said(attempt))


def cancelling(attempt: Attempt) -> Iterator[Change]:
    """What is not carried out is called off; what is, is listed on the record and can be ordered again."""
    yield Noted(values={"cancelled_at": attempt.now})
    yield PartsCalledOff()
    yield Told(kind=NoticeKind.DEPARTURE_CANCELLED, to=("manager", "hr", "technicians"), comment=said(attempt))


def blocking(attempt: Attempt) -> Iterator[Change]:
    """Nothing opens any more, whatever anybody has decided yet."""
    done = {"block_ticket": ticket(attempt), "blocked_by_id": attempt.actor.person_id, "blocked_at": attempt.now}
    yield Noted(values=done)
    yield AccessSuspended()


def closing_accounts(attempt: Attempt) -> Iterator[Change]:
    """The directory's and the mail's accounts are closed, under the service desk's ticket."""
    yield Noted(
        values={
            "accounts_ticket": ticket(attempt),
            "accounts_closed_by_id": attempt.actor.person_id,
            "accounts_closed_at": attempt.now,
        }
    )


def returning_equipment(attempt: Attempt) -> Iterator[Change]:
    """What came back, and that it is wiped."""
    yield Noted(
        values={
            "equipment_note": said(attempt),
            "equipment_returned_by_id": attempt.actor.person_id,
            "equipment_returned_at": attempt.now,
        }
    )


def settling(attempt: Attempt) -> Iterator[Change]:
    """Somebody takes a duty over, or nobody needs to."""
    yield DutySettled(name=str(attempt.data[Field.DUTY]), successor=str(attempt.data[Field.SUCCESSOR]).strip())


def closing(_attempt: Attempt) -> Iterator[Change]:
    """HR and the manager get the whole list: what went, when, and in which roles it was done."""
    yield Told(kind=NoticeKind.DEPARTURE_CLOSED, to=("hr", "manager"))


def ticket(attempt: Attempt) -> str:
    """The service desk's ticket number, as it was given."""
    return str(attempt.data[Field.TICKET_NUMBER]).strip()


# --- The policy ----------------------------------------------------------------------------------------------------

OWN_PARTS = (Part.BLOCK, Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT, Part.APPOINT)

STATES = (
    State(
        name=S.QUEUED,
        means="Noticed; held until a human lets it go: too many at once, or HR has not confirmed it.",
        waits_for=(Part.RELEASE,),
    ),
    State(
        name=S.AWAITING_DECISION,
        means="An owner has not confirmed yet; on the last day silence revokes by default.",
        waits_for=OWN_PARTS,
    ),
    State(
        name=S.AWAITING_EXECUTION,
        means="Every owner has confirmed or been silent; an administrator has something left to remove.",
        waits_for=OWN_PARTS,
    ),
    State(
        name=S.AWAITING_REGISTRATION,
        means="All is removed; something is left to deregister, to close, to hand back or to pass on.",
        waits_for=OWN_PARTS,
    ),
    State(name=S.CLOSED, means="Nothing is left: every access is gone, the accounts are closed."),
    State(name=S.CANCELLED, means="They stay after all, or it was a mistake; what was not carried out is called off."),
)


def while_under_way(**row: Any) -> Iterator[Rule]:
    """The same row from each state in which a notice is under way; the notice stays where it is unless it says more."""
    for state in UNDER_WAY:
        yield Rule(**{"source": state, "target": state, **row})


NOTICE_GUARDS = (
    it_is_not_noticed_yet,
    it_is_known_who_leaves,
    no_other_notice_is_in_force,
    day_is_within_the_employment,
    something_moves,
)

RULES = (
    # HR says so, once. Too many at once are held; all else begins in the same moment.
    Rule(
        event="notice",
        source=S.QUEUED,
        target=S.AWAITING_DECISION,
        who=(Role.HR, Role.MANAGER, Role.RULE),
        may_say=(Field.REASON,),
        when=nothing_holds_it,
        guards=NOTICE_GUARDS,
        effects=(beginning,),
        because="a manager notices a change of duties; the sweep, an employment that ends by itself",
    ),
    Rule(
        event="notice",
        source=S.QUEUED,
        target=S.QUEUED,
        who=(Role.HR, Role.MANAGER, Role.RULE),
        may_say=(Field.REASON,),
        when=something_holds_it,
        guards=NOTICE_GUARDS,
        effects=(queueing,),
        because="the brake: a faulty file must not close a municipality's accounts",
    ),
    Rule(
        event="release",
        source=S.QUEUED,
        target=S.AWAITING_DECISION,
        who=(Role.RELEASER,),
        needs=(Field.REASON,),
        guards=(),
        effects=(beginning,),
    ),
    Rule(
        event="refuse",
        source=S.QUEUED,
        target=S.CANCELLED,
        who=(Role.RELEASER,),
        needs=(Field.REASON,),
        guards=(),
        effects=(cancelling,),
    ),
    # The notice is where its slowest part is. Nobody moves it by hand.
    Rule(
        event="proceed",
        source=S.AWAITING_DECISION,
        target=S.AWAITING_EXECUTION,
        who=(Role.RULE,),
        guards=(every_part_is_decided,),
    ),
    Rule(
        event="proceed",
        source=S.AWAITING_EXECUTION,
        target=S.AWAITING_REGISTRATION,
        who=(Role.RULE,),
        guards=(every_part_is_decided, every_part_is_executed),
    ),
    Rule(
        event="proceed",
        source=S.AWAITING_REGISTRATION,
        target=S.CLOSED,
        who=(Role.RULE,),
        guards=(every_part_is_decided, every_part_is_executed, everything_is_done),
        effects=(closing,),
    ),
    Rule(
        event="fall_back",
        source=S.AWAITING_EXECUTION,
        target=S.AWAITING_DECISION,
        who=(Role.RULE,),
        guards=(a_part_is_undecided_again,),
        because="the last day was moved later than an owner had confirmed, or more access came to light",
    ),
    Rule(
        event="fall_back",
        source=S.AWAITING_REGISTRATION,
        target=S.AWAITING_DECISION,
        who=(Role.RULE,),
        guards=(a_part_is_undecided_again,),
        because="as above",
    ),
    # The last day moves, either way, also into the past; or nobody leaves.
    *while_under_way(
        event="move_day",
        who=(Role.HR,),
        needs=(Field.LAST_DAY, Field.REASON),
        may_say=(Field.ENDS_AT,),
        guards=(nothing_is_closed_yet,),
        effects=(moving,),
    ),
    *while_under_way(
        event="cancel",
        target=S.CANCELLED,
        who=(Role.HR,),
        needs=(Field.REASON,),
        guards=(),
        effects=(cancelling,),
    ),
    # What the technician does. The block waits for nobody; accounts are closed when the last moment has come.
    *while_under_way(
        event="block",
        who=(Role.TECHNICIAN,),
        part=Part.BLOCK,
        needs=(Field.TICKET_NUMBER,),
        guards=(it_is_immediate,),
        effects=(blocking,),
    ),
    *while_under_way(
        event="close_accounts",
        who=(Role.TECHNICIAN,),
        part=Part.CLOSE_ACCOUNTS,
        needs=(Field.TICKET_NUMBER,),
        guards=(person_leaves, last_moment_has_come),
        effects=(closing_accounts,),
    ),
    *while_under_way(
        event="return_equipment",
        who=(Role.TECHNICIAN,),
        part=Part.RETURN_EQUIPMENT,
        needs=(Field.COMMENT,),
        guards=(person_leaves,),
        effects=(returning_equipment,),
    ),
    # Whoever can appoint says who takes over what the leaver holds.
    *while_under_way(
        event="settle",
        who=(Role.APPOINTER,),
        needs=(Field.DUTY, Field.SUCCESSOR),
        may_say=(Field.COMMENT,),
        guards=(duty_is_there_and_open,),
        effects=(settling,),
    ),
)

WORKFLOW = Workflow(
    name=DEPARTURE,
    title="Departure notice",
    prefix="AVS",
    initial=S.QUEUED,
    path=(*UNDER_WAY, S.CLOSED),
    states=STATES,
    rules=RULES,
)
