"""Somebody who left works here after all, or another employment is known too late: nothing is lost or left shut."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from models import (
    AccessGrant,
    Case,
    DepartureKind,
    DepartureNotice,
    Employment,
    EmploymentKind,
    GrantState,
    Part,
    Person,
)
from tests.departing import FIVE, LATER, asked, carry_out, close, dismissed, in_the_first, reopen, shut_out
from tests.given import NOW, TODAY, Given, codes
from tests.invariants import broken
from workflows.deadlines import today
from workflows.departure_views import departure_view
from workflows.errors import Refused
from workflows.escalation import sweep_all

DAY = timedelta(days=1)
MONTH = 30 * DAY


@pytest.fixture
def given(embedded: Given) -> Given:
    """What is decided by rules, and by no engine; random lives try it on both."""
    return embedded


def gone(given: Given, number: str, now: datetime = NOW) -> None:
    """Everything of a dismissal that is left is done, and it is closed."""
    sweep_all(given.office, now)
    carry_out(given, number, now)
    close(given, number, now)
    sweep_all(given.office, now)
    assert given.state(number) == "CLOSED"


# --- Employed anew after a day or more without any -------------------------------------------------------------------


def employed_anew(given: Given, *, at_once: bool = True) -> tuple[str, datetime]:
    """The nurse has left, and is employed anew a month later: the closed departure, and the day after they began."""
    number = dismissed(given) if at_once else given.leaves(last_day=TODAY)
    gone(given, number, NOW if at_once else LATER)
    given.employment(given.world.nurse, number="2", starts_on=TODAY + MONTH)
    now = NOW + MONTH + DAY
    sweep_all(given.office, now)
    return number, now


def test_the_record_says_that_somebody_employed_anew_has_accounts_with_that(given: Given) -> None:
    number, now = employed_anew(given)
    assert (given.state(number), asked(given, number)) == ("CLOSED", set())
    assert [event.kind for event in given.events(number)][-1] == "employed_anew"
    sweep_all(given.office, now + DAY)
    assert [event.kind for event in given.events(number)].count("employed_anew") == 1
    assert not shut_out(given, given.world.nurse, TODAY + MONTH)


@pytest.mark.parametrize("at_once", [True, False])
def test_access_found_on_an_employment_that_ended_shuts_nobody_out_of_their_new_one(
    given: Given, *, at_once: bool
) -> None:
    number, now = employed_anew(given, at_once=at_once)
    given.grant(given.world.nurse, given.world.write, employment=in_the_first(given))
    sweep_all(given.office, now)
    assert given.state(number) == "AWAITING_DECISION"
    assert asked(given, number) == set(), "their accounts are open"
    assert not shut_out(given, given.world.nurse, TODAY + MONTH)
    sweep_all(given.office, now + DAY)
    carry_out(given, number, now + DAY)
    sweep_all(given.office, now + DAY)
    assert (given.state(number), asked(given, number)) == ("CLOSED", set())
    assert not broken(given.database, given.organisation.id)


def test_whoever_was_employed_anew_and_leaves_by_the_register_alone_gives_everything_back(given: Given) -> None:
    number, now = employed_anew(given)
    [second] = given.all(Employment, Employment.person_id == given.world.nurse.id, Employment.number == "2")
    given.change(second, ends_on=TODAY + MONTH + 5 * DAY)
    sweep_all(given.office, now + 10 * DAY)
    assert asked(given, number) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}


def test_a_short_employment_that_is_noticed_before_it_begins_is_one_employed_anew_too(given: Given) -> None:
    gone(given, dismissed(given))
    begins = TODAY + MONTH
    given.employment(
        given.world.nurse, number="2", starts_on=begins, ends_on=begins + 3 * DAY, kind=EmploymentKind.HOURLY
    )
    for days in range(-7, 3):
        sweep_all(given.office, NOW + MONTH + days * DAY)
    assert not shut_out(given, given.world.nurse, TODAY + MONTH + 2 * DAY)


def test_whoever_is_employed_anew_under_the_same_number_is_let_in_when_hr_says_so(given: Given) -> None:
    number = dismissed(given)
    gone(given, number)
    given.change(in_the_first(given), starts_on=TODAY + MONTH, ends_on=None)
    sweep_all(given.office, NOW + MONTH)
    assert given.state(number) == "CLOSED", "a mistake in the register lets nobody in who was dismissed"
    with pytest.raises(Refused) as refused:
        given.act(number, "cancel", by=given.world.hr, reason="They are back.", now=NOW + 7 * DAY)
    assert codes(refused) == {"before-it-began"}
    given.act(number, "cancel", by=given.world.hr, reason="They are back.", now=NOW + MONTH - DAY)
    assert asked(given, number) == {Part.REOPEN_ACCOUNTS}


def test_accounts_are_opened_when_the_register_is_corrected_though_an_old_departure_is_history(given: Given) -> None:
    old, _ = employed_anew(given, at_once=False)
    [second] = given.all(Employment, Employment.person_id == given.world.nurse.id, Employment.number == "2")
    end = TODAY + 3 * MONTH
    given.change(second, ends_on=end)
    new = given.leaves(last_day=end, employment_number="2", now=NOW + 2 * MONTH)
    now = LATER + 3 * MONTH
    sweep_all(given.office, now)
    given.act(new, "close_accounts", by=given.world.technician, ticket_number="N-2", now=now)
    given.act(new, "cancel", by=given.world.hr, reason="They stay.", now=now + DAY)
    given.change(second, ends_on=None)
    sweep_all(given.office, now + 2 * DAY)
    assert Part.REOPEN_ACCOUNTS in asked(given, old) | asked(given, new)


# --- Equipment -------------------------------------------------------------------------------------------------------


def test_equipment_is_asked_for_again_of_somebody_who_worked_on_after_they_gave_it_back(given: Given) -> None:
    number = given.leaves(last_day=TODAY)
    given.act(number, "return_equipment", by=given.world.technician, comment="A laptop, wiped.", now=NOW)
    given.act(number, "close_accounts", by=given.world.technician, ticket_number="N-2", now=LATER)
    second = given.employment(given.world.nurse, number="2", starts_on=TODAY - MONTH)
    sweep_all(given.office, LATER)
    reopen(given, number, LATER)
    given.change(second, ends_on=TODAY)
    sweep_all(given.office, LATER + DAY)
    assert asked(given, number) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}


def test_equipment_that_came_back_early_is_asked_for_again_of_somebody_who_worked_on(given: Given) -> None:
    number = given.leaves()
    given.act(number, "return_equipment", by=given.world.technician, comment="A laptop, wiped.")
    second = given.employment(given.world.nurse, number="2")
    sweep_all(given.office, FIVE + DAY)
    assert given.state(number) == "CLOSED"
    given.change(second, ends_on=TODAY + 10 * MONTH)
    sweep_all(given.office, NOW + 10 * MONTH + DAY)
    assert asked(given, number) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}


# --- HR and the register ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["1", "2"])
def test_a_cancelled_notice_opens_nothing_that_another_one_asks_to_close_again(given: Given, first: str) -> None:
    """The register is behind: as it has it, the employment whose notice is cancelled has ended."""
    given.employment(given.world.nurse, number="2")
    given.grant(given.world.nurse, given.world.read, employment=in_the_first(given))
    how = {"1": lambda: dismissed(given, employment_number="1")}
    how["2"] = lambda: given.leaves(last_day=TODAY, employment_number="2")
    number = {each: how[each]() for each in sorted("12", key=first.__ne__)}
    given.change(in_the_first(given), ends_on=TODAY - DAY)
    sweep_all(given.office, LATER)
    # Of two that end together the last one closes the accounts, while it is under way.
    assert given.state(number["2"]) == {"1": "AWAITING_REGISTRATION", "2": "CLOSED"}[first]
    given.act(number["1"], "cancel", by=given.world.hr, reason="They stay in that one.", now=LATER)
    assert given.state(number["1"]) == "CANCELLED"
    with given.database.reading(given.organisation.id) as session:
        page = departure_view(session, given.office, number["1"], given.actor(given.world.hr), LATER)
    assert page["stay_shut_by"] == [number["1"]], "HR is told to have the register corrected"
    sweep_all(given.office, LATER)
    assert asked(given, number["2"]) == {Part.RETURN_EQUIPMENT, Part.CLOSE_ACCOUNTS}
    given.change(in_the_first(given), ends_on=None)
    sweep_all(given.office, LATER + DAY)
    assert asked(given, number["2"]) == {Part.REOPEN_ACCOUNTS}


def test_accounts_are_closed_again_of_somebody_who_worked_on_after_the_closing(given: Given) -> None:
    second = given.employment(given.world.nurse, number="2", ends_on=TODAY + 10 * DAY)
    number = given.leaves(last_day=TODAY, employment_number="1")
    sweep_all(given.office, LATER)
    now = NOW + 12 * DAY
    sweep_all(given.office, now)
    close(given, number, now)
    given.change(second, ends_on=TODAY + 20 * DAY)
    sweep_all(given.office, NOW + 25 * DAY)
    assert Part.CLOSE_ACCOUNTS in asked(given, number)


def test_hr_is_believed_also_when_another_employment_is_entered(given: Given) -> None:
    number = given.leaves(last_day=TODAY)
    gone(given, number, LATER)
    now = NOW + 2 * DAY
    given.act(number, "cancel", by=given.world.hr, reason="They stay.", now=now)
    second = given.leaves(kind=DepartureKind.IMMEDIATE, last_day=TODAY, employment_number="1", now=now)
    sweep_all(given.office, now)
    given.change(in_the_first(given), ends_on=TODAY + 3 * DAY)
    given.act(second, "cancel", by=given.world.hr, reason="They stay after all.", now=NOW + 4 * DAY)
    given.employment(given.world.nurse, number="2", starts_on=TODAY + 6 * DAY)
    sweep_all(given.office, NOW + 5 * DAY)
    assert asked(given, second) == {Part.REOPEN_ACCOUNTS}


def test_an_employment_that_has_not_begun_opens_nothing_when_its_notice_is_cancelled(given: Given) -> None:
    number = dismissed(given)
    later = given.employment(given.world.nurse, number="2", starts_on=TODAY + MONTH)
    other = given.leaves(last_day=TODAY + 2 * MONTH, employment_number="2")
    given.act(other, "cancel", by=given.world.hr, reason="They stay in that one.")
    assert given.state(other) == "CANCELLED"
    sweep_all(given.office, NOW)
    assert Part.REOPEN_ACCOUNTS not in asked(given, number)
    assert given.again(later).ends_on is None


def test_a_closed_departure_is_cancelled_when_the_register_says_that_they_stay(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    number = dismissed(given)
    sweep_all(given.office, NOW + timedelta(hours=1))
    gone(given, number, NOW + timedelta(hours=1))
    now = NOW + 7 * DAY
    given.change(in_the_first(given), ends_on=TODAY)
    with pytest.raises(Refused) as refused:
        given.act(number, "cancel", by=given.world.hr, reason="The court has it otherwise.", now=now)
    assert codes(refused) == {"has-ended"}
    given.change(in_the_first(given), ends_on=None)
    given.act(number, "cancel", by=given.world.hr, reason="The court has it otherwise.", now=now)
    assert (given.state(number), asked(given, number)) == ("REOPENING", {Part.REOPEN_ACCOUNTS})
    reopen(given, number, now)
    assert given.state(number) == "CANCELLED"
    with given.database.reading(given.organisation.id) as session:
        page = departure_view(session, given.office, number, given.actor(given.world.hr), now)
    assert page["may_order_again"]
    assert given.again(grant).ended_at is not None
    assert not broken(given.database, given.organisation.id)
    assert given.leaves(last_day=TODAY + MONTH, now=now), "the employment can end anew"


def test_a_change_of_duties_that_is_over_is_not_cancelled(given: Given) -> None:
    unit = given.department("SCHOOL", body=given.world.board)
    number = given.leaves(kind=DepartureKind.MOVE, new_department=unit.key, last_day=TODAY)
    sweep_all(given.office, NOW + MONTH)
    assert given.state(number) == "CLOSED"
    with pytest.raises(Refused) as refused:
        given.act(number, "cancel", by=given.world.hr, reason="It has come to nothing.", now=NOW + MONTH)
    assert codes(refused) == {"moves-only"}


# --- An employment that is prolonged ---------------------------------------------------------------------------------


def found(given: Given) -> tuple[Person, AccessGrant, str]:
    """An hourly employee whose employment ends in three days, with access, and the notice that the sweep made of it."""
    person = given.person("hourly", kind=EmploymentKind.HOURLY, ends_on=TODAY + 3 * DAY)
    grant = given.grant(person, given.world.read)
    sweep_all(given.office, NOW)
    return person, grant, "AVS-2026-00001"


@pytest.mark.parametrize("held", [False, True])
def test_what_the_sweep_noticed_is_over_when_the_employment_is_prolonged(given: Given, *, held: bool) -> None:
    given.brake_at(0 if held else 100)
    person, grant, number = found(given)
    assert given.state(number) == ("QUEUED" if held else "AWAITING_DECISION")
    given.change(given.employment_of(person), ends_on=TODAY + 2 * MONTH)
    given.brake_at(100)
    sweep_all(given.office, NOW + DAY)
    assert (given.state(number), given.tasks(number)) == ("CANCELLED", [])
    assert [event.kind for event in given.events(number)][-1] == "follow_register"
    sweep_all(given.office, NOW + 10 * DAY)
    assert (given.again(grant).state, given.again(grant).ends_at) == (GrantState.ACTIVE, None)
    sweep_all(given.office, NOW + 2 * MONTH - 2 * DAY)
    [_, second] = given.all(DepartureNotice)
    assert second.last_day == TODAY + 2 * MONTH
    assert not broken(given.database, given.organisation.id)


@pytest.mark.parametrize("days", [1, 4])
def test_what_the_sweep_noticed_has_the_day_of_the_register(given: Given, days: int) -> None:
    person, grant, number = found(given)
    given.act(given.parts(number)[0].number, "approve", by=given.world.head)
    last = TODAY + days * DAY
    given.change(given.employment_of(person), ends_on=last)
    sweep_all(given.office, NOW + timedelta(hours=1))
    [notice] = given.all(DepartureNotice)
    assert (notice.last_day, today(notice.ends_at)) == (last, last)
    # A later day needs the owner's word again.
    assert given.state(number) == ("AWAITING_EXECUTION" if days == 1 else "AWAITING_DECISION")
    sweep_all(given.office, notice.ends_at)
    assert given.again(grant).state == GrantState.REVOCATION_PENDING


def test_a_day_that_the_register_has_moved_is_moved_though_nobody_would_find_the_employment_now(given: Given) -> None:
    person, grant, number = found(given)
    given.change(given.employment_of(person), ends_on=TODAY + MONTH, kind=EmploymentKind.TEMPORARY)
    sweep_all(given.office, NOW + DAY)
    [notice] = given.all(DepartureNotice)
    assert (given.state(number), notice.last_day) == ("AWAITING_DECISION", TODAY + MONTH)
    sweep_all(given.office, NOW + MONTH + DAY)
    assert given.again(grant).state == GrantState.REVOCATION_PENDING


def test_a_day_that_is_corrected_gives_nothing_back_though_too_many_are_noticed(given: Given) -> None:
    person, grant, number = found(given)
    late = NOW + 5 * DAY
    sweep_all(given.office, late)
    given.brake_at(0)
    given.change(given.employment_of(person), ends_on=TODAY + 2 * DAY)
    sweep_all(given.office, late + DAY)
    assert (given.state(number), given.again(grant).state) == ("AWAITING_EXECUTION", GrantState.REVOCATION_PENDING)


def test_a_day_that_is_corrected_when_all_is_closed_asks_for_nothing(given: Given) -> None:
    person, _, number = found(given)
    late = NOW + 5 * DAY
    sweep_all(given.office, late)
    gone(given, number, late)
    given.change(given.employment_of(person), ends_on=TODAY + 4 * DAY)
    sweep_all(given.office, late + DAY)
    assert (given.state(number), asked(given, number)) == ("CLOSED", set())
    assert len(given.all(DepartureNotice)) == 1


@pytest.mark.parametrize("opened", [False, True])
def test_accounts_that_were_opened_by_a_mistake_in_the_register_are_closed_again(given: Given, *, opened: bool) -> None:
    person, _, number = found(given)
    late = NOW + 5 * DAY
    sweep_all(given.office, late)
    gone(given, number, late)
    now = NOW + 45 * DAY
    given.change(given.employment_of(person), ends_on=TODAY + 100 * DAY)
    sweep_all(given.office, now)
    if opened:
        reopen(given, number, now)
    given.leaves(last_day=TODAY + 3 * MONTH, now=now)
    given.change(given.employment_of(person), ends_on=TODAY + 3 * DAY)
    for days in (1, 2):
        sweep_all(given.office, now + days * DAY)
    [_, _, second] = [row.number for row in given.all(Case, Case.workflow == "departure")]
    assert asked(given, number) == set()
    assert asked(given, second) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}


def test_what_hr_has_cancelled_once_is_noticed_when_the_register_has_moved_on_and_back(given: Given) -> None:
    person, grant, number = found(given)
    given.act(number, "cancel", by=given.world.hr, reason="They are prolonged.")
    for days, hours in ((5, 1), (3, 2)):
        given.change(given.employment_of(person), ends_on=TODAY + days * DAY)
        sweep_all(given.office, NOW + timedelta(hours=hours))
    sweep_all(given.office, NOW + 5 * DAY)
    assert given.again(grant).state == GrantState.REVOCATION_PENDING


def test_what_hr_has_cancelled_is_not_noticed_again_because_somebody_else_leaves(given: Given) -> None:
    person, _, number = found(given)
    given.act(number, "cancel", by=given.world.hr, reason="They stay.")
    given.leaves()
    sweep_all(given.office, NOW + timedelta(hours=1))
    assert [row.person_id for row in given.all(DepartureNotice)].count(person.id) == 1


def test_what_the_register_had_prolonged_and_has_ended_after_all_opens_nothing(given: Given) -> None:
    person, _, number = found(given)
    late = NOW + 5 * DAY
    sweep_all(given.office, late)
    gone(given, number, late)
    given.change(given.employment_of(person), ends_on=TODAY + 10 * DAY, kind=EmploymentKind.TEMPORARY)
    sweep_all(given.office, NOW + 6 * DAY)
    assert asked(given, number) == {Part.REOPEN_ACCOUNTS}
    sweep_all(given.office, NOW + MONTH)
    assert (given.state(number), asked(given, number)) == ("CANCELLED", set())


def test_what_hr_has_moved_and_then_cancelled_is_not_noticed_again(given: Given) -> None:
    person, _, number = found(given)
    given.act(number, "move_day", by=given.world.hr, last_day=TODAY + 4 * DAY, reason="Longer.")
    given.change(given.employment_of(person), ends_on=TODAY + 4 * DAY)
    sweep_all(given.office, NOW + timedelta(hours=1))
    given.act(number, "cancel", by=given.world.hr, reason="They stay.", now=NOW + timedelta(hours=2))
    sweep_all(given.office, NOW + timedelta(hours=3))
    assert len(given.all(DepartureNotice)) == 1


def test_whoever_is_prolonged_after_all_was_closed_gets_their_accounts_back(given: Given) -> None:
    person, grant, number = found(given)
    late = NOW + 5 * DAY
    sweep_all(given.office, late)
    gone(given, number, late)
    given.change(given.employment_of(person), ends_on=TODAY + 2 * MONTH)
    sweep_all(given.office, late + DAY)
    assert (given.state(number), asked(given, number)) == ("REOPENING", {Part.REOPEN_ACCOUNTS})
    reopen(given, number, late + DAY)
    with given.database.reading(given.organisation.id) as session:
        page = departure_view(session, given.office, number, given.actor(given.world.hr), late + DAY)
    assert page["may_order_again"], "what is gone is ordered again with one command"
    assert given.again(grant).ended_at is not None
    assert not broken(given.database, given.organisation.id)


@pytest.mark.parametrize("event", ["move_day", "leave_now"])
def test_what_hr_has_said_of_what_the_sweep_noticed_stands_whatever_the_register_says(given: Given, event: str) -> None:
    person, _, number = found(given)
    data: dict[str, Any] = {"last_day": TODAY + DAY} if event == "move_day" else {}
    given.act(number, event, by=given.world.hr, reason="They leave sooner.", **data)
    for ends in (TODAY + DAY, TODAY + 2 * MONTH, None):
        given.change(given.employment_of(person), ends_on=ends)
        sweep_all(given.office, NOW + timedelta(hours=1))
        assert given.state(number) != "CANCELLED"
    given.change(given.employment_of(person), ends_on=TODAY + 3 * DAY)
    given.act(number, "cancel", by=given.world.hr, reason="They do not.", now=NOW + timedelta(hours=1))
    sweep_all(given.office, NOW + timedelta(hours=2))
    assert len(given.all(DepartureNotice)) == 1, "nor is it noticed again for the same day"


def test_the_register_cancels_nothing_that_hr_has_noticed(given: Given) -> None:
    number = dismissed(given)
    given.change(in_the_first(given), ends_on=TODAY + 2 * MONTH)
    sweep_all(given.office, NOW)
    assert Part.CLOSE_ACCOUNTS in asked(given, number), "paid until then, and dismissed all the same"


def test_access_that_is_over_does_not_open_its_door_again_when_they_are_dismissed_after_all(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    number = given.leaves(last_day=TODAY)
    given.act(given.parts(number)[0].number, "approve", by=given.world.head)
    sweep_all(given.office, LATER)
    assert given.again(grant).state == GrantState.REVOCATION_PENDING
    given.act(number, "leave_now", by=given.world.hr, reason="They have not left.", now=LATER)
    assert given.again(grant).state == GrantState.REVOCATION_PENDING
    assert Part.BLOCK in asked(given, number)


# --- Access that comes to light --------------------------------------------------------------------------------------


def test_access_that_comes_to_light_while_a_dismissal_is_held_opens_no_door(given: Given) -> None:
    given.brake_at(0)
    number = dismissed(given)
    assert given.state(number) == "QUEUED"
    grant = given.grant(given.world.nurse, given.world.read)
    sweep_all(given.office, NOW)
    assert (given.state(number), given.again(grant).state) == ("QUEUED", GrantState.SUSPENDED)
    given.act(number, "refuse", by=given.world.coordinator, reason="Not them.")
    assert given.again(grant).state == GrantState.ACTIVE


def test_an_end_that_is_decided_already_is_waited_for_when_it_comes_to_light(given: Given) -> None:
    """The access is found with a request to end it that its owner has approved."""
    world = given.world
    number = given.leaves(last_day=TODAY)
    gone(given, number, LATER)
    grant = given.grant(world.nurse, world.read, employment=in_the_first(given))
    sweep_all(given.office, LATER)
    [end] = given.parts(number)
    assert (given.state(number), given.state(end.number)) == ("AWAITING_DECISION", "AWAITING_DECISION")
    sweep_all(given.office, LATER + DAY)
    carry_out(given, number, LATER + DAY)
    sweep_all(given.office, LATER + DAY)
    assert given.state(number) == "CLOSED"
    assert given.again(grant).ended_at is not None


# --- A change of duties, and then they leave -------------------------------------------------------------------------


def moved_and_leaving(given: Given) -> tuple[str, str, dict[str, AccessGrant]]:
    """Somebody gets other duties, one of three owners' ends is decided, one is kept, and then they are to leave."""
    world = given.world
    unit = given.department("SCHOOL", body=world.board)
    grants = {name: given.grant(world.nurse, given.profile(name)) for name in ("DECIDED", "KEPT", "SILENT")}
    move = given.leaves(kind=DepartureKind.MOVE, new_department=unit.key, last_day=TODAY)
    ends = {given.request(part.number).grant_id: part.number for part in given.parts(move)}
    given.act(ends[grants["DECIDED"].id], "approve", by=world.head)
    given.act(ends[grants["KEPT"].id], "keep", by=world.head, reason="Until May.", ends_on=TODAY + 2 * MONTH)
    return move, given.leaves(last_day=TODAY + 3 * MONTH), grants


def test_a_change_of_duties_waits_while_they_are_to_leave_and_asks_again_when_they_stay(given: Given) -> None:
    move, number, grants = moved_and_leaving(given)
    sweep_all(given.office, NOW + DAY)
    assert given.state(move) != "CLOSED"
    given.act(number, "cancel", by=given.world.hr, reason="They stay.", now=NOW + DAY)
    sweep_all(given.office, NOW + DAY)
    asked_again = {given.request(part.number).grant_id for part in given.parts(move) if part.closed_at is None}
    assert asked_again == {grants["DECIDED"].id, grants["SILENT"].id}
    assert given.state(move) == "AWAITING_DECISION"
    assert given.again(grants["KEPT"]).ends_on == TODAY + 2 * MONTH, "the owner kept it until then"
    assert not broken(given.database, given.organisation.id)
    sweep_all(given.office, NOW + MONTH)
    carry_out(given, move, NOW + MONTH)
    sweep_all(given.office, NOW + MONTH)
    assert given.state(move) == "CLOSED"
    assert given.again(grants["KEPT"]).state == GrantState.ACTIVE


def test_a_change_of_duties_is_closed_with_the_departure_that_followed_it(given: Given) -> None:
    move, number, _ = moved_and_leaving(given)
    end = FIVE + 3 * MONTH
    sweep_all(given.office, end)
    carry_out(given, move, end)
    carry_out(given, number, end)
    close(given, number, end)
    sweep_all(given.office, end)
    assert (given.state(number), given.state(move)) == ("CLOSED", "CLOSED")
    assert not broken(given.database, given.organisation.id)
