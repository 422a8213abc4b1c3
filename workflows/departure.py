"""THE POLICY of the departure notice: somebody leaves, or gets other duties, and the access that went with it ends.

*Somebody leaves.* HR gives notice of it once; so does the sweep, a run every few minutes that reads the register of
employments, of one that ends by itself. In the same moment every access that hangs on the employment gets an end
request to the owner of its system (unless one is decided that comes no later: that is waited for, and stands whatever
becomes of the notice), what was on its way is called off, new access beyond the last day is refused, and what the
leaver holds (delegations, administratorships, appointments) waits for whoever appoints a successor; nobody acts on it
once they have left. An owner may confirm (the access then lasts until the hour of the last day), or set an earlier day.
An owner's silence keeps nothing open: at that hour (the policy's, unless HR gave another) the access is revoked by
default, and the record says so. The technician closes the accounts when the leaver works no longer, and takes the
equipment back, then or before. Access that is found after the last moment has no owner's time left: silence revokes it
when it is next swept (after an hour, of somebody who left at once).

*They leave at once* (IMMEDIATE). The last moment is now, and an hour of an owner's silence, round the clock, revokes. A
technician is asked to block the accounts in the same second and waits for nobody's decision; whom the policy names is
told at once. The accounts are then closed as any leaver's.

*They work on elsewhere.* Access hangs on one employment; accounts, equipment and duties are the person's. Whoever still
has an employment, also one from the day after, when all that notices end are over keeps them. Otherwise they are
closed, taken back and passed on once, when the last of those employments is over: of several notices that have begun,
in the one that was made last. (Employments with at least one whole day between them are apart: accounts are closed
after each.) A block shuts somebody out of another employment too, but not for good: a technician opens the accounts
again when every access of the one that ended is removed in its system, and no other notice needs them shut. They are
opened too when it comes to light, after all was closed, that somebody had another employment. Whoever gets another
employment, after at least one whole day without any, gets accounts and equipment with that, and the closed notice says
so: nothing that it had shut or taken back counts any more. And accounts are closed after all when the other employment
has ended, or the notice that was to close them is cancelled (accounts.py).

*The last day moves.* A day that is later than an owner confirmed needs their word again. Who was to leave at once and
is to leave on a day to come gets back what the block had suspended, at once and until that day, and a technician opens
the accounts. A notice that has closed the accounts is not moved any more, but it can be cancelled; a CLOSED one (no
MOVE) only if the register says that they work in that employment.

*The sweep found it.* A notice that came of the register follows it until HR moves the day or says that they leave at
once; then it is HR's. When the register names another last day, so does the notice. When they do not leave yet (that
day is not near any more, there is none, or their accounts are closed and they work), the notice is cancelled, CLOSED or
not, and another one comes when they do. What HR has noticed is not the register's to undo: somebody employed anew in
that same employment has it cancelled by HR. What the sweep found and a human cancelled or refused is not noticed again
for the same day.

*They get other duties* (MOVE, which HR says, or a manager of the manager's own staff). The owner may also keep the
access, as it was given or with an earlier end; otherwise it ends at the policy's limit. Accounts, equipment and duties
stay. If they are to leave that employment before all of it is done, that notice goes ahead, and the change of duties is
CLOSED after it. If the departure is cancelled, the change asks again for the ends that the departure had called off.

*Too many at once.* A notice begins QUEUED, and leaves that state in the same moment unless more people than the
policy's brake lets through have been noticed within the last hour, or HR is to confirm what the sweep found. The
earlier ones have begun; this one and each later one are held until one human lets them go or refuses them, each or all
with one act. While it is held no owner is asked, no access ends and no account is closed, but nothing new is given
beyond the last day of whoever leaves, and the block does not wait. It does not begin by itself on the last day either:
whom the policy names is told that access stays open.

*It is cancelled.* End requests that are not carried out are called off, and the access stays as it was given, or as an
owner had kept it; what a block had suspended is given back; an order that the notice had called off is made anew, to be
decided anew. What is removed stays removed, a removal that is carried out is registered, and both are listed: HR or the
manager orders them again with one command, as ordinary requests that owners decide on (reordering.py). Accounts that
are shut, whichever notice shut them, are opened again by a technician, unless another notice still needs them shut.
Before CLOSED, HR's word that they stay is enough to open them, though the register is behind; but when another notice
ends, or has ended, an employment of theirs, the register must say that they work.

Here stand the notice's own steps. An end request has steps of its own, those of every request: approve,
approve_with_changes, keep, revoke_by_default, execute and register in workflows/authorisation.py, among others. The
notice stands where its slowest end request stands (one with an obstacle counts where the obstacle was met), and none
waits for another. What the technician closes and takes back and what waits for a successor must be done before it is
CLOSED, and delays nothing else. It is not CLOSED before the last moment either.

How to read a row: `event` takes a notice from `source` to `target`, by one of `who`, who must say `needs` and may say
`may_say`, if all `guards` hold; of several rows for one event the one whose `when` is true counts. Who leaves, how and
when stands on the notice before its first row. RULE is this software: when a time is out, when an end request has
moved, when access is found, when another employment or notice of the person has come or gone, or when the register ends
an employment, or ends it otherwise. RELEASER is whom the policy names for the brake, HR for what HR is to confirm, and
those above them when none is there; APPOINTER is whoever can appoint somebody to the duty. `part` is the technician's
task that the row closes; `because` says why the row is as it is.

What no row says is said elsewhere: that nobody deals with their own departure, and that a manager only gives notice
that their own staff get other duties, in mandate.py and departures.py; what is left to be asked for, in
departure_facts.py and accounts.py; the time limits in departure_limits.py and policy.toml ([departure]); what a guard
means in departure_guards.py; that everything the effects of a row yield (`Noted`, `Told`, ...) is done in one
transaction, in record.py. Every act is an event with its mandate.

Source: IT programme 3.2.2 (the owner notifies when staff leave; here HR does, and the owner confirms), 3.2.6 (the
technician deregisters users and closes their accounts).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from models import DEPARTURE, DepartureKind, DepartureState, Part
from workflows.changes import (
    AccessSuspended,
    AccountsOpened,
    DayMoved,
    DutySettled,
    Noted,
    PartsCalledOff,
    PartsGathered,
    Rescheduled,
    Told,
)
from workflows.deadlines import today
from workflows.departure_facts import Follows
from workflows.departure_guards import (
    a_change_of_duties_leads_elsewhere,
    accounts_of,
    an_end_request_is_open_again,
    an_end_request_is_undecided_again,
    duty_is_there_and_open,
    every_end_request_is_decided,
    every_end_request_is_executed,
    follows,
    it_has_not_been_held_yet,
    it_is_known_who_leaves,
    it_is_no_change_of_duties_that_is_done,
    no_departure_is_waited_for,
    no_other_notice_stands_in_its_way,
    nothing_is_left_to_do,
    nothing_was_taken_back_yet,
    notice_of,
    the_accounts_are_for_this_notice_to_close,
    the_accounts_are_for_this_notice_to_open,
    the_accounts_are_left_to_this_notice,
    the_accounts_are_not_closed_yet,
    the_accounts_are_not_for_this_notice_to_open,
    the_employment_has_begun,
    the_last_day_is_not_before_the_employment,
    the_new_day_is_not_before_the_employment,
    the_register_has_moved_on,
    the_register_says_that_they_work_there,
    they_are_employed_anew,
    they_do_not_leave_at_once_already,
    they_do_not_only_change_duties,
    they_have_left,
    they_leave_at_once_and_are_not_blocked_yet,
    they_work_no_longer,
    what_is_left_is_not_what_is_asked_for,
)
from workflows.notices import NoticeKind
from workflows.workflow import Attempt, Change, Field, Role, Rule, State, Workflow, said

S = DepartureState
UNDER_WAY = (S.AWAITING_DECISION, S.AWAITING_EXECUTION, S.AWAITING_REGISTRATION)

# --- Choices between rows ------------------------------------------------------------------------------------------


def nothing_holds_it(attempt: Attempt) -> bool:
    """Neither the brake on too many at once nor HR's own confirmation is waited for."""
    return not attempt.facts.hold


def accounts_are_to_be_opened(attempt: Attempt) -> bool:
    """A technician has shut them, in this notice or another, and they work here when this one is cancelled."""
    return notice_of(attempt).kind != DepartureKind.MOVE and accounts_of(attempt).are_opened_by_cancelling


def no_account_is_to_be_opened(attempt: Attempt) -> bool:
    """There is nothing to open again."""
    return not accounts_are_to_be_opened(attempt)


def the_register_moves_the_day(attempt: Attempt) -> bool:
    """The employment ends on another day, which is near or which the sweep would never find."""
    return follows(attempt) == Follows.MOVED


def nobody_leaves_yet_and_no_account_is_to_be_opened(attempt: Attempt) -> bool:
    """The employment goes on, and there is nothing to open again."""
    return not the_register_moves_the_day(attempt) and not accounts_are_to_be_opened(attempt)


def nobody_leaves_yet_and_accounts_are_to_be_opened(attempt: Attempt) -> bool:
    """The employment goes on, and they are shut out."""
    return not the_register_moves_the_day(attempt) and accounts_are_to_be_opened(attempt)


def something_holds_it(attempt: Attempt) -> bool:
    """Too many are noticed at once, or the sweep found it and HR is to confirm."""
    return bool(attempt.facts.hold)


# --- Effects -------------------------------------------------------------------------------------------------------


# What was done earlier does not count any more once the accounts are to be shut anew, or they are employed anew; the
# events keep it.
NOT_BLOCKED: dict[str, Any] = {"block_ticket": "", "blocked_by_id": None, "blocked_at": None}
NOT_CLOSED: dict[str, Any] = {"accounts_ticket": "", "accounts_closed_by_id": None, "accounts_closed_at": None}
NOT_REOPENED: dict[str, Any] = {
    "reopen_ticket": "",
    "reopened_by_id": None,
    "reopened_at": None,
    "employed_anew_at": None,
}
NOTHING_BACK: dict[str, Any] = {
    "equipment_note": "",
    "equipment_returned_by_id": None,
    "equipment_returned_at": None,
}


def queueing(attempt: Attempt) -> Iterator[Change]:
    """It waits for a human, and why."""
    yield Noted(values={"hold": attempt.facts.hold})
    if notice_of(attempt).kind == DepartureKind.IMMEDIATE:
        yield Told(kind=NoticeKind.DEPARTURE_NOTICED, to=("at_once",), comment=said(attempt))


def beginning(attempt: Attempt) -> Iterator[Change]:
    """Everything that follows from it begins in the same moment."""
    yield Noted(values={"hold": ""})
    yield PartsGathered()
    if notice_of(attempt).kind == DepartureKind.IMMEDIATE:
        yield Told(kind=NoticeKind.DEPARTURE_NOTICED, to=("at_once",), comment=said(attempt))
    yield Told(kind=NoticeKind.DEPARTURE_NOTICED, to=("manager", "hr"), comment=said(attempt))


def moving(attempt: Attempt) -> Iterator[Change]:
    """The last day is another, for all that ends; on a day to come nobody leaves at once any more."""
    ends_at = attempt.facts.moment_of(notice_of(attempt).kind, attempt.data)
    yield from to_another_day(attempt, attempt.data[Field.LAST_DAY], ends_at)


def to_another_day(attempt: Attempt, day: date, ends_at: datetime) -> Iterator[Change]:
    """All that ends does so at another moment; everybody is asked anew by when, and told."""
    yield DayMoved(last_day=day, ends_at=ends_at)
    yield Rescheduled()
    yield Told(kind=NoticeKind.DEPARTURE_MOVED, to=("manager", "hr"), comment=said(attempt))


def leaving_now(attempt: Attempt) -> Iterator[Change]:
    """They leave now after all: a block is asked for, or the one there is counts again, and all limits run from now."""
    blocked = accounts_of(attempt).own.has_shut
    anew = {} if blocked else NOT_BLOCKED | NOT_CLOSED | NOT_REOPENED
    yield Noted(values={"kind": DepartureKind.IMMEDIATE} | anew)
    notice = notice_of(attempt)
    if notice.ends_at > attempt.now:
        # What is over already does not begin again.
        yield DayMoved(last_day=today(attempt.now), ends_at=attempt.now)
    if blocked:
        # Blocked once, moved to a later day, and not opened again yet.
        yield AccessSuspended()
    yield Rescheduled()
    yield Told(kind=NoticeKind.DEPARTURE_NOTICED, to=("at_once", "manager", "hr"), comment=said(attempt))


def cancelling(attempt: Attempt) -> Iterator[Change]:
    """What is not carried out is called off; what is, is listed on the record and can be ordered again."""
    # What HR has cancelled is not found again as long as the register says the same.
    found = notice_of(attempt).register_ends_on and attempt.facts.employment.ends_on
    yield Noted(values={"cancelled_at": attempt.now, "register_ends_on": found})
    yield PartsCalledOff()
    yield Told(kind=NoticeKind.DEPARTURE_CANCELLED, to=("manager", "hr"), comment=said(attempt))
    # Why is not the technicians' to know.
    yield Told(kind=NoticeKind.DEPARTURE_CANCELLED, to=("technicians",))


def moving_with_the_register(attempt: Attempt) -> Iterator[Change]:
    """The last day is the register's."""
    day = attempt.facts.employment.ends_on
    yield Noted(values={"register_ends_on": day})
    yield from to_another_day(attempt, day, attempt.facts.moment_of(notice_of(attempt).kind, {Field.LAST_DAY: day}))


def cancelling_with_the_register(attempt: Attempt) -> Iterator[Change]:
    """It is cancelled; if they leave on another day, that is noticed when it comes near."""
    yield Noted(values={"cancelled_at": attempt.now, "register_ends_on": None})
    yield PartsCalledOff()
    yield Told(kind=NoticeKind.DEPARTURE_OVERTAKEN, to=("manager", "hr", "technicians"))


def asking_after_all(attempt: Attempt) -> Iterator[Change]:
    """What was taken back while something went on has been handed out again since."""
    accounts = accounts_of(attempt)
    if accounts.are_for_this_to_close and not accounts.are_closed_here:
        yield Noted(values=NOTHING_BACK)


def being_employed_anew(attempt: Attempt) -> Iterator[Change]:
    """They have accounts and equipment with their new employment: what was shut and taken back here is history."""
    yield Noted(values={"employed_anew_at": attempt.now} | NOTHING_BACK)


def blocking(attempt: Attempt) -> Iterator[Change]:
    """All access by the employment is suspended, whatever anybody has decided yet."""
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
        | NOT_REOPENED
    )


def returning_equipment(attempt: Attempt) -> Iterator[Change]:
    """What came back and that it is wiped, or that there was nothing."""
    yield Noted(
        values={
            "equipment_note": said(attempt),
            "equipment_returned_by_id": attempt.actor.person_id,
            "equipment_returned_at": attempt.now,
        }
    )


def reopening(attempt: Attempt) -> Iterator[Change]:
    """The accounts are open again, under the service desk's ticket, whichever notices had shut them."""
    yield AccountsOpened(ticket=ticket(attempt))


def settling(attempt: Attempt) -> Iterator[Change]:
    """Somebody takes a duty over, or it is said that nobody needs to."""
    yield DutySettled(name=str(attempt.data[Field.DUTY]), successor=str(attempt.data[Field.SUCCESSOR]).strip())


def closing(_attempt: Attempt) -> Iterator[Change]:
    """HR and the manager get the whole list: what went, when, and in which roles it was done."""
    yield Told(kind=NoticeKind.DEPARTURE_CLOSED, to=("hr", "manager"), whole=True)


def ticket(attempt: Attempt) -> str:
    """The service desk's ticket number, as it was given."""
    return str(attempt.data[Field.TICKET_NUMBER]).strip()


# --- The policy ----------------------------------------------------------------------------------------------------

# The notice's own tasks, of which those that apply are opened (departure_facts.py); owners and administrators have
# those of the end requests.
OWN_TASKS = (Part.BLOCK, Part.REOPEN_ACCOUNTS, Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT, Part.APPOINT)

STATES = (
    State(
        name=S.QUEUED,
        means="Noticed. Held here until a human lets it go if too many are noticed at once or HR is to confirm it.",
        waits_for=(Part.RELEASE, Part.BLOCK, Part.REOPEN_ACCOUNTS),
    ),
    State(
        name=S.AWAITING_DECISION,
        means="An owner has not decided yet; when their time is out, silence revokes by default.",
        waits_for=OWN_TASKS,
    ),
    State(
        name=S.AWAITING_EXECUTION,
        means="Every owner has decided or been silent; an administrator has something to remove when its hour comes.",
        waits_for=OWN_TASKS,
    ),
    State(
        name=S.AWAITING_REGISTRATION,
        means="No administrator has anything left; something is to be deregistered, closed, handed back or passed on.",
        waits_for=OWN_TASKS,
    ),
    State(
        name=S.CLOSED,
        means="Nothing is left: all is gone, or kept at a change of duties. Access found later is still asked about.",
        can_be_undone=True,
    ),
    State(
        name=S.REOPENING,
        means="Cancelled when accounts were shut already; a technician opens them again.",
        waits_for=(Part.REOPEN_ACCOUNTS,),
    ),
    State(
        name=S.CANCELLED,
        means="It was a mistake, not let go, or the register moved on; what was not carried out is called off.",
    ),
)


def from_each(states: tuple[str, ...], **row: Any) -> Iterator[Rule]:
    """The same row from each of some states; the notice stays where it is unless the row names another target."""
    for state in states:
        yield Rule(**{"source": state, "target": state, **row})


def while_under_way(**row: Any) -> Iterator[Rule]:
    """The same row from each state in which a notice is under way."""
    return from_each(UNDER_WAY, **row)


WHO_LEAVES_AND_WHEN = (
    it_is_known_who_leaves,
    no_other_notice_stands_in_its_way,
    the_last_day_is_not_before_the_employment,
    a_change_of_duties_leads_elsewhere,
)
CALLED_OFF: dict[str, Any] = {"needs": (Field.REASON,), "guards": (), "effects": (cancelling,)}
WHEN_ALL_IS_OVER: dict[str, Any] = CALLED_OFF | {
    "who": (Role.HR,),
    "guards": (it_is_no_change_of_duties_that_is_done, the_register_says_that_they_work_there),
}
AS_REGISTERED: dict[str, Any] = {
    "who": (Role.RULE,),
    "guards": (the_register_has_moved_on,),
    "effects": (cancelling_with_the_register,),
}
NOTICE_GUARDS = (it_has_not_been_held_yet, *WHO_LEAVES_AND_WHEN)

RULES = (
    # HR says so, once. Too many at once are held; all else begins in the same moment. Here `release` lets a notice out
    # of the queue; it has nothing to do with the release of a system.
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
        because="a faulty file must not close a municipality's accounts; or HR is to confirm what the sweep found",
    ),
    Rule(
        event="release",
        source=S.QUEUED,
        target=S.AWAITING_DECISION,
        who=(Role.RELEASER,),
        needs=(Field.REASON,),
        guards=WHO_LEAVES_AND_WHEN,
        effects=(beginning,),
    ),
    Rule(
        event="refuse",
        source=S.QUEUED,
        target=S.CANCELLED,
        who=(Role.RELEASER,),
        when=no_account_is_to_be_opened,
        because="the notice was wrong, and no end request was made",
        **CALLED_OFF,
    ),
    Rule(
        event="refuse",
        source=S.QUEUED,
        target=S.REOPENING,
        who=(Role.RELEASER,),
        when=accounts_are_to_be_opened,
        because="the block does not wait for the brake, so it may have been the wrong person's",
        **CALLED_OFF,
    ),
    # The notice is where its slowest part is. Nobody moves it by hand.
    Rule(
        event="proceed",
        source=S.AWAITING_DECISION,
        target=S.AWAITING_EXECUTION,
        who=(Role.RULE,),
        guards=(every_end_request_is_decided,),
    ),
    Rule(
        event="proceed",
        source=S.AWAITING_EXECUTION,
        target=S.AWAITING_REGISTRATION,
        who=(Role.RULE,),
        guards=(every_end_request_is_decided, every_end_request_is_executed),
    ),
    Rule(
        event="proceed",
        source=S.AWAITING_REGISTRATION,
        target=S.CLOSED,
        who=(Role.RULE,),
        guards=(
            every_end_request_is_decided,
            every_end_request_is_executed,
            they_have_left,
            nothing_is_left_to_do,
            no_departure_is_waited_for,
        ),
        effects=(closing,),
    ),
    Rule(
        event="fall_back",
        source=S.AWAITING_EXECUTION,
        target=S.AWAITING_DECISION,
        who=(Role.RULE,),
        guards=(an_end_request_is_undecided_again,),
        because="a later last day than an owner confirmed, access that was found, or a departure came to nothing",
    ),
    Rule(
        event="fall_back",
        source=S.AWAITING_REGISTRATION,
        target=S.AWAITING_DECISION,
        who=(Role.RULE,),
        guards=(an_end_request_is_undecided_again,),
        because="a later last day than an owner confirmed, access that was found, or a departure came to nothing",
    ),
    Rule(
        event="fall_back",
        source=S.CLOSED,
        target=S.AWAITING_DECISION,
        who=(Role.RULE,),
        guards=(an_end_request_is_open_again,),
        because="access that no case explains was found and entered on the employment of somebody who has left",
    ),
    Rule(
        event="ask_anew",
        source=S.CLOSED,
        target=S.AWAITING_REGISTRATION,
        who=(Role.RULE,),
        guards=(the_accounts_are_left_to_this_notice,),
        effects=(asking_after_all,),
        because="to open: they work here; to close: the other employment ended, or the other notice was cancelled",
    ),
    Rule(
        event="employed_anew",
        source=S.CLOSED,
        target=S.CLOSED,
        who=(Role.RULE,),
        guards=(they_are_employed_anew,),
        effects=(being_employed_anew,),
        because="after a day or more without any employment, accounts and equipment come with the new one",
    ),
    # The last day moves, either way, also into the past; or they leave at once after all; or nobody leaves. (To
    # change duties is no such move but a notice of its own, whose day can be moved.)
    *from_each(
        (S.QUEUED, *UNDER_WAY),
        event="move_day",
        who=(Role.HR,),
        needs=(Field.LAST_DAY, Field.REASON),
        may_say=(Field.ENDS_AT,),
        guards=(the_accounts_are_not_closed_yet, the_new_day_is_not_before_the_employment),
        effects=(moving,),
        because="the register is HR's; without an hour it is the policy's",
    ),
    *from_each(
        (S.QUEUED, *UNDER_WAY),
        event="leave_now",
        who=(Role.HR,),
        needs=(Field.REASON,),
        guards=(
            they_do_not_only_change_duties,
            they_do_not_leave_at_once_already,
            the_accounts_are_not_closed_yet,
            the_employment_has_begun,
        ),
        effects=(leaving_now,),
        because="somebody who was to leave on a day is dismissed at once",
    ),
    *from_each(
        (S.QUEUED, *UNDER_WAY),
        event="cancel",
        target=S.CANCELLED,
        who=(Role.HR,),
        when=no_account_is_to_be_opened,
        because="also when something is carried out already: what is gone is listed, and can be ordered again",
        **CALLED_OFF,
    ),
    *from_each(
        (S.QUEUED, *UNDER_WAY),
        event="cancel",
        target=S.REOPENING,
        who=(Role.HR,),
        when=accounts_are_to_be_opened,
        because="nobody's word opens a door; a technician does",
        **CALLED_OFF,
    ),
    Rule(
        event="cancel",
        source=S.CLOSED,
        target=S.CANCELLED,
        when=no_account_is_to_be_opened,
        because="it was a mistake, or that employment goes on: what is gone can be ordered again",
        **WHEN_ALL_IS_OVER,
    ),
    Rule(
        event="cancel",
        source=S.CLOSED,
        target=S.REOPENING,
        when=accounts_are_to_be_opened,
        because="as above, and a technician opens the accounts",
        **WHEN_ALL_IS_OVER,
    ),
    # The sweep moves and takes back what it noticed, and nothing that HR did.
    *from_each(
        (S.QUEUED, *UNDER_WAY),
        event="follow_register",
        who=(Role.RULE,),
        when=the_register_moves_the_day,
        guards=(the_register_has_moved_on,),
        effects=(moving_with_the_register,),
    ),
    *from_each(
        (S.QUEUED, *UNDER_WAY, S.CLOSED),
        event="follow_register",
        target=S.CANCELLED,
        when=nobody_leaves_yet_and_no_account_is_to_be_opened,
        because="the employment goes on: its end is noticed when it comes near",
        **AS_REGISTERED,
    ),
    *from_each(
        (S.QUEUED, *UNDER_WAY, S.CLOSED),
        event="follow_register",
        target=S.REOPENING,
        when=nobody_leaves_yet_and_accounts_are_to_be_opened,
        because="as above, and a technician opens the accounts",
        **AS_REGISTERED,
    ),
    Rule(
        event="reopen_accounts",
        source=S.REOPENING,
        target=S.CANCELLED,
        who=(Role.TECHNICIAN,),
        part=Part.REOPEN_ACCOUNTS,
        needs=(Field.TICKET_NUMBER,),
        guards=(they_do_not_only_change_duties, the_accounts_are_for_this_notice_to_open),
        effects=(reopening,),
    ),
    Rule(
        event="stay_shut",
        source=S.REOPENING,
        target=S.CANCELLED,
        who=(Role.RULE,),
        guards=(the_accounts_are_not_for_this_notice_to_open,),
        because="they leave all the same; or another notice keeps them shut, and that one opens them, if ever",
    ),
    *from_each(
        (S.QUEUED, *UNDER_WAY),
        event="reopen_accounts",
        who=(Role.TECHNICIAN,),
        part=Part.REOPEN_ACCOUNTS,
        needs=(Field.TICKET_NUMBER,),
        guards=(they_do_not_only_change_duties, the_accounts_are_for_this_notice_to_open),
        effects=(reopening,),
        because="they work on: in another employment, and what hung on this one is removed; or until a later day",
    ),
    # Another employment or notice of the person has come or gone, or the last hour has passed: the tasks for accounts,
    # equipment and duties are opened or closed to match. These leave the notice where it is, and the record says so.
    *from_each(
        (S.QUEUED, *UNDER_WAY),
        event="ask_anew",
        who=(Role.RULE,),
        guards=(what_is_left_is_not_what_is_asked_for,),
        effects=(),
    ),
    # What the technician does. The block waits for nobody, not for the brake either: it is one person, looked at by one
    # person. Accounts are closed when they work no longer, whoever else is slow.
    *from_each(
        (S.QUEUED, *UNDER_WAY),
        event="block",
        who=(Role.TECHNICIAN,),
        part=Part.BLOCK,
        needs=(Field.TICKET_NUMBER,),
        guards=(they_leave_at_once_and_are_not_blocked_yet,),
        effects=(blocking,),
    ),
    *while_under_way(
        event="close_accounts",
        who=(Role.TECHNICIAN,),
        part=Part.CLOSE_ACCOUNTS,
        needs=(Field.TICKET_NUMBER,),
        guards=(
            they_do_not_only_change_duties,
            the_accounts_are_for_this_notice_to_close,
            the_accounts_are_not_closed_yet,
            they_work_no_longer,
        ),
        effects=(closing_accounts,),
    ),
    *while_under_way(
        event="return_equipment",
        who=(Role.TECHNICIAN,),
        part=Part.RETURN_EQUIPMENT,
        needs=(Field.COMMENT,),
        guards=(they_do_not_only_change_duties, the_accounts_are_for_this_notice_to_close, nothing_was_taken_back_yet),
        effects=(returning_equipment,),
    ),
    # Whoever can appoint says who takes over what the leaver holds: duties and equipment go the way of the accounts.
    *while_under_way(
        event="settle",
        who=(Role.APPOINTER,),
        needs=(Field.DUTY, Field.SUCCESSOR),
        may_say=(Field.COMMENT,),
        guards=(the_accounts_are_for_this_notice_to_close, duty_is_there_and_open),
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
