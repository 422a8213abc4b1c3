"""Claims about a departure that must hold, each returning the reason when it does not. Named as the claim; pure."""

from __future__ import annotations

from datetime import date
from typing import cast

from language import Text
from models import DepartureKind, DepartureNotice
from workflows.accounts import NEXT_DAY, Accounts
from workflows.departure_facts import DepartureFacts, Follows
from workflows.errors import Reason
from workflows.words import moment_words
from workflows.workflow import Attempt, Field


def facts_of(attempt: Attempt) -> DepartureFacts:
    """The facts, in their own type."""
    return cast("DepartureFacts", attempt.facts)


def notice_of(attempt: Attempt) -> DepartureNotice:
    """The notice, in its own type."""
    return cast("DepartureNotice", attempt.subject)


def accounts_of(attempt: Attempt) -> Accounts:
    """The accounts of the one who leaves, seen from the notice."""
    return facts_of(attempt).accounts(attempt.case, notice_of(attempt))


def it_is_known_who_leaves(attempt: Attempt) -> Reason | None:
    """A notice is about an employment of the person it names."""
    if facts_of(attempt).employment.person_id == notice_of(attempt).person_id:
        return None
    return Reason("not-theirs", Text("The employment is not that person's."))


def it_has_not_been_held_yet(attempt: Attempt) -> Reason | None:
    """What waits in the queue is let go by whoever the policy names, and not by being noticed once more."""
    if not notice_of(attempt).hold:
        return None
    return Reason("queued", Text("It is noticed and waits in the queue, until it is let go or refused."))


def already_noticed(number: str) -> Text:
    """What to do instead of noticing once more."""
    return Text("It is noticed already in {number}; move the day there, or cancel it.", number=number)


def no_other_notice_stands_in_its_way(attempt: Attempt) -> Reason | None:
    """An employment ends once."""
    other = facts_of(attempt).other
    if not other:
        return None
    return Reason("noticed-already", already_noticed(other))


def the_last_day_is_not_before_the_employment(attempt: Attempt) -> Reason | None:
    """Nobody leaves before they began. After the end that is known, they may: nobody had said so until now."""
    notice, employment = notice_of(attempt), facts_of(attempt).employment
    if notice.last_day >= employment.starts_on:
        return None
    return Reason(
        "before-it-began", Text("The employment begins {day}; choose a day from then on.", day=employment.starts_on)
    )


def the_new_day_is_not_before_the_employment(attempt: Attempt) -> Reason | None:
    """Nobody leaves before they began, whatever the day is moved to."""
    begins, day = facts_of(attempt).employment.starts_on, attempt.data.get(Field.LAST_DAY)
    if not isinstance(day, date) or day >= begins:
        return None
    return Reason("before-it-began", Text("The employment begins {day}; choose a day from then on.", day=begins))


def the_employment_has_begun(attempt: Attempt) -> Reason | None:
    """Nobody leaves at once before they began."""
    facts = facts_of(attempt)
    begins = facts.employment.starts_on
    if begins <= facts.today:
        return None
    return Reason("before-it-began", Text("The employment has not begun: it begins {day}.", day=begins))


def a_change_of_duties_leads_elsewhere(attempt: Attempt) -> Reason | None:
    """A change of duties leads to another unit."""
    notice, employment = notice_of(attempt), facts_of(attempt).employment
    if notice.kind != DepartureKind.MOVE or notice.new_department_id != employment.department_id:
        return None
    return Reason("same-unit", Text("They work in that unit already."))


def every_end_request_is_decided(attempt: Attempt) -> Reason | None:
    """No owner has anything left to say."""
    if not any(part.is_undecided for part in facts_of(attempt).parts):
        return None
    return Reason("undecided", Text("A part of it is not decided."))


def an_end_request_is_undecided_again(attempt: Attempt) -> Reason | None:
    """An owner has something to say after all."""
    if any(part.is_undecided for part in facts_of(attempt).parts):
        return None
    return Reason("decided", Text("Every part of it is decided."))


def an_end_request_is_open_again(attempt: Attempt) -> Reason | None:
    """Access has come to light that somebody is asked to end."""
    if any(part.request.notice_id == notice_of(attempt).id for part in facts_of(attempt).parts):
        return None
    return Reason("no-part", Text("No part of it is open."))


def every_end_request_is_executed(attempt: Attempt) -> Reason | None:
    """No administrator has anything left to remove."""
    if not any(part.is_unexecuted for part in facts_of(attempt).parts):
        return None
    return Reason("unexecuted", Text("A part of it is not carried out."))


def nothing_is_left_to_do(attempt: Attempt) -> Reason | None:
    """Nothing is open, nothing is left with the technician, and somebody has every duty."""
    facts, notice = facts_of(attempt), notice_of(attempt)
    leaves = notice.kind != DepartureKind.MOVE
    if not facts.parts and not (leaves and facts.live) and not any(facts.left(attempt.case, notice)):
        return None
    return Reason("not-done", Text("Something is left to deregister, to close, to hand back or to pass on."))


def they_have_left(attempt: Attempt) -> Reason | None:
    """Nothing is closed before the last moment: until then it may be moved or cancelled."""
    notice = notice_of(attempt)
    if notice.kind == DepartureKind.MOVE or notice.ends_at <= attempt.now:
        return None
    return Reason("not-left", Text("They work until {moment}.", moment=moment_words(notice.ends_at)))


def the_accounts_are_not_closed_yet(attempt: Attempt) -> Reason | None:
    """The day of somebody whose accounts are closed is not moved: they have left."""
    if not accounts_of(attempt).are_closed_here:
        return None
    return Reason("closed", Text("The accounts are closed already; cancel the notice and order anew what is needed."))


def the_accounts_are_for_this_notice_to_open(attempt: Attempt) -> Reason | None:
    """Accounts are opened again for somebody who works on, when no block is needed any more, in one notice."""
    accounts = accounts_of(attempt)
    if accounts.are_for_this_to_open:
        return None
    if other := accounts.kept_shut_by:
        return Reason("shut-elsewhere", Text("They leave by {number}, and the accounts stay shut.", number=other))
    if accounts.shut_by and not accounts.works:
        return Reason("has-left", Text("They do not work here now, so the accounts stay shut."))
    return Reason("stays-shut", Text("The accounts are not shut, or stay so until what is to go is removed."))


def the_accounts_are_left_to_this_notice(attempt: Attempt) -> Reason | None:
    """All was over, and something of the person's accounts is left after all: to open, or to close."""
    accounts = accounts_of(attempt)
    if accounts.are_for_this_to_open or accounts.are_for_this_to_close:
        return None
    return Reason("asked-already", Text("Everything that is left has been asked for."))


def the_accounts_are_not_for_this_notice_to_open(attempt: Attempt) -> Reason | None:
    """They leave all the same, or another notice opens them, or it has."""
    if not accounts_of(attempt).are_for_this_to_open:
        return None
    return Reason("to-be-opened", Text("A technician is to open the accounts again."))


def what_is_left_is_not_what_is_asked_for(attempt: Attempt) -> Reason | None:
    """Another employment or notice of the person has come, gone or moved, or the last hour has passed."""
    if not facts_of(attempt).asks_for_what_is_left(attempt.case, notice_of(attempt)):
        return None
    return Reason("asked-already", Text("Everything that is left has been asked for."))


def they_are_employed_anew(attempt: Attempt) -> Reason | None:
    """All was over, and they have begun, or begin tomorrow, in an employment that does not follow on any other."""
    if accounts_of(attempt).are_employed_anew:
        return None
    return Reason("not-anew", Text("They are not employed anew, or it is noted already."))


def follows(attempt: Attempt) -> Follows:
    """What becomes of the notice by the register alone."""
    return facts_of(attempt).follows(attempt.case, notice_of(attempt))


def the_register_has_moved_on(attempt: Attempt) -> Reason | None:
    """What the sweep found in the register is not there any more; what HR has said is not the register's to undo."""
    if follows(attempt) != Follows.NOTHING:
        return None
    return Reason("as-registered", Text("The register says nothing else than when it was noticed."))


def the_register_says_that_they_work_there(attempt: Attempt) -> Reason | None:
    """What is closed is cancelled when the register says that they work in that employment, and not on a word alone."""
    facts = facts_of(attempt)
    employment = facts.employment
    if employment.ends_on is not None and employment.ends_on < facts.today:
        ended = Text(
            "The register says that the employment ended {day}; have it corrected first.", day=employment.ends_on
        )
        return Reason("has-ended", ended)
    if employment.starts_on > facts.today + NEXT_DAY:
        begins = Text("The employment has not begun: it begins {day}.", day=employment.starts_on)
        return Reason("before-it-began", begins)
    return None


def they_leave_at_once_and_are_not_blocked_yet(attempt: Attempt) -> Reason | None:
    """Only somebody who leaves now is blocked before anything is decided."""
    if notice_of(attempt).kind == DepartureKind.IMMEDIATE and notice_of(attempt).blocked_at is None:
        return None
    return Reason("no-block", Text("There is nothing to block here, or it is blocked already."))


def they_do_not_only_change_duties(attempt: Attempt) -> Reason | None:
    """Whoever only changes duties keeps their accounts and what they work with."""
    if notice_of(attempt).kind != DepartureKind.MOVE:
        return None
    return Reason("stays", Text("They stay, with other duties: accounts and equipment stay too."))


def the_accounts_are_for_this_notice_to_close(attempt: Attempt) -> Reason | None:
    """Whoever works on elsewhere keeps accounts, equipment and duties; of several notices one sees to them."""
    accounts = accounts_of(attempt)
    if notice_of(attempt).kind == DepartureKind.MOVE or accounts.are_for_this_to_close:
        return None
    if accounts.goes_on:
        return Reason("works-on", Text("They work on in another employment: accounts and equipment stay."))
    return Reason("closed-elsewhere", Text("They leave by another notice too, and it is seen to there."))


def it_is_no_change_of_duties_that_is_done(attempt: Attempt) -> Reason | None:
    """What owners decided when duties changed stays decided once all of it is done."""
    if notice_of(attempt).kind != DepartureKind.MOVE:
        return None
    return Reason("moves-only", Text("The change of duties is done; order anew what is needed."))


def no_departure_is_waited_for(attempt: Attempt) -> Reason | None:
    """While somebody who got other duties is to leave altogether, what became of those duties is not settled."""
    facts, notice = facts_of(attempt), notice_of(attempt)
    number = facts.leaves_by if notice.kind == DepartureKind.MOVE else ""
    if not number:
        return None
    return Reason("leaves", Text("They leave altogether by {number}; it is seen to there first.", number=number))


def they_do_not_leave_at_once_already(attempt: Attempt) -> Reason | None:
    """A notice becomes immediate once."""
    if notice_of(attempt).kind != DepartureKind.IMMEDIATE:
        return None
    return Reason("immediate", Text("They leave at once already."))


def nothing_was_taken_back_yet(attempt: Attempt) -> Reason | None:
    """What came back is noted once."""
    if notice_of(attempt).equipment_returned_at is None:
        return None
    return Reason("returned", Text("It is noted already what came back."))


def they_work_no_longer(attempt: Attempt) -> Reason | None:
    """Nobody's accounts are closed while they still work."""
    ends_at = accounts_of(attempt).works_until
    if ends_at <= attempt.now:
        return None
    return Reason("not-yet", Text("They work until {moment}; close the accounts then.", moment=moment_words(ends_at)))


def duty_is_there_and_open(attempt: Attempt) -> Reason | None:
    """A duty is settled once."""
    name = str(attempt.data.get(Field.DUTY) or "")
    left = [duty.name for duty in facts_of(attempt).duties if duty.settled_at is None]
    if name in left:
        return None
    if not left:
        return Reason("no-duty", Text("There is nothing left to take over."))
    return Reason(
        "no-duty", Text("There is no duty {name} left; there are: {known}.", name=name, known=", ".join(left))
    )
