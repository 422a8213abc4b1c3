"""Of several departures of one person one closes the accounts and one opens them, whatever became of the others."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from models import DepartureKind, Employment, GrantState, Part
from tests.departing import (
    FIVE,
    LAST,
    LATER,
    asked,
    carry_out,
    close,
    dismissed,
    in_the_first,
    other_job,
    reopen,
    shut_out,
)
from tests.given import NOW, TODAY, Given, codes
from tests.invariants import broken
from workflows.deadlines import start_of_day
from workflows.departure_views import departure_view
from workflows.errors import Refused
from workflows.escalation import sweep_all

DAY = timedelta(days=1)


def held_and_begun(given: Given, *, access: bool) -> tuple[str, str]:
    """Two employments end: the notice of the first is held by the brake, that of the second begins."""
    if access:
        other_job(given, access=True)
    else:
        other_job(given)
    given.administers(given.world.nurse, given.system("SPARE"))
    given.brake_at(0)
    held = given.leaves(employment_number="1")
    given.brake_at(100)
    return held, given.leaves(employment_number="2")


def test_accounts_are_closed_whichever_of_two_notices_the_brake_holds(given: Given) -> None:
    held, begun = held_and_begun(given, access=False)
    assert asked(given, begun) == set(), "the other employment goes on, as far as anybody has said"
    sweep_all(given.office, FIVE)
    assert given.state(begun) == "CLOSED"
    given.act(held, "release", by=given.world.coordinator, reason="Looked at.", now=FIVE)
    assert asked(given, held) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT, Part.APPOINT}
    close(given, held, FIVE)
    given.act(held, "settle", by=given.world.head, duty="SPARE", successor="outsider", now=FIVE)
    assert given.state(held) == "CLOSED"


def test_the_notice_that_came_last_closes_the_accounts_also_when_the_one_before_it_was_held(given: Given) -> None:
    held, begun = held_and_begun(given, access=True)
    assert asked(given, begun) == set()
    given.act(held, "release", by=given.world.coordinator, reason="Looked at.")
    assert asked(given, held) == set()
    sweep_all(given.office, NOW)
    assert asked(given, begun) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT, Part.APPOINT}
    assert [event.kind for event in given.events(begun)][-1] == "ask_anew"
    with pytest.raises(Refused) as refused:
        given.act(held, "close_accounts", by=given.world.technician, ticket_number="N-2", now=FIVE)
    assert codes(refused) == {"closed-elsewhere"}
    sweep_all(given.office, FIVE)
    carry_out(given, begun, FIVE)
    close(given, begun, FIVE)
    given.act(begun, "settle", by=given.world.head, duty="SPARE", successor="outsider", now=FIVE)
    sweep_all(given.office, FIVE)
    assert (given.state(held), given.state(begun)) == ("CLOSED", "CLOSED")
    assert not broken(given.database, given.organisation.id)


def test_nothing_is_closed_or_taken_over_of_somebody_who_is_employed_anew(given: Given) -> None:
    given.administers(given.world.nurse, given.system("SPARE"))
    number = given.leaves()
    assert asked(given, number) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT, Part.APPOINT}
    anew = given.employment(given.world.nurse, number="2", starts_on=LAST + timedelta(days=1))
    sweep_all(given.office, NOW)
    assert (given.state(number), given.tasks(number)) == ("AWAITING_REGISTRATION", [])
    given.change(anew, starts_on=LAST + timedelta(days=60))
    sweep_all(given.office, NOW)
    assert asked(given, number) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT, Part.APPOINT}, "it fell through"
    given.change(anew, starts_on=LAST + timedelta(days=1))
    sweep_all(given.office, FIVE)
    assert (given.state(number), given.tasks(number)) == ("CLOSED", [])


def two_that_end_today(given: Given) -> tuple[str, str]:
    """Both employments of somebody end today; there is access by the first one."""
    other_job(given)
    given.grant(given.world.nurse, given.world.read, employment=in_the_first(given))
    return (
        given.leaves(last_day=TODAY, employment_number="1"),
        given.leaves(last_day=TODAY, employment_number="2"),
    )


def test_accounts_closed_for_two_notices_are_opened_when_one_of_them_is_cancelled(given: Given) -> None:
    world = given.world
    first, second = two_that_end_today(given)
    close(given, second, LATER)
    assert (given.state(second), asked(given, first)) == ("CLOSED", set())
    given.act(first, "cancel", by=world.hr, reason="They stay in that one.", now=LATER)
    assert given.state(first) == "REOPENING"
    reopen(given, first, LATER)
    assert given.state(first) == "CANCELLED"


def two_dismissals(given: Given) -> tuple[str, str]:
    """Somebody is dismissed at once from two employments with access, and blocked; first from the second one."""
    other_job(given, access=True)
    given.grant(given.world.nurse, given.world.read, employment=in_the_first(given))
    return dismissed(given, employment_number="2"), dismissed(given, employment_number="1")


def test_of_two_dismissals_the_last_one_opens_the_accounts_for_the_third_employment(given: Given) -> None:
    world = given.world
    given.employment(world.nurse, number="3")
    first, second = two_dismissals(given)
    for case in (first, second):
        for part in given.parts(case):
            given.act(part.number, "approve", by=world.head)
        carry_out(given, case, NOW)
    sweep_all(given.office, NOW)
    assert given.state(first) == "CLOSED", "the other one keeps the accounts shut, and opens them"
    assert asked(given, second) == {Part.REOPEN_ACCOUNTS}
    assert shut_out(given, world.nurse)
    reopen(given, second)
    assert given.state(second) == "CLOSED"
    assert not shut_out(given, world.nurse)
    assert not broken(given.database, given.organisation.id)


def test_the_page_says_where_accounts_are_closed(given: Given) -> None:
    def says(number: str) -> bool:
        with given.database.reading(given.organisation.id) as session:
            page = departure_view(session, given.office, number, given.actor(given.world.hr), NOW)
            return bool(page["closes_accounts"])

    other_job(given)
    first = given.leaves(employment_number="1")
    assert not says(first)
    second = given.leaves(employment_number="2")
    assert (says(first), says(second)) == (False, True)


@pytest.mark.parametrize("both", [False, True])
def test_two_dismissals_of_which_the_day_is_moved_do_not_wait_for_each_other(given: Given, *, both: bool) -> None:
    older, newer = two_dismissals(given)
    for number in (older, newer) if both else (older,):
        given.act(number, "move_day", by=given.world.hr, last_day=LAST, reason="Until the end of the notice period.")
    if not both:
        with pytest.raises(Refused) as refused:
            reopen(given, older)
        assert codes(refused) == {"shut-elsewhere"}
        sweep_all(given.office, NOW + timedelta(hours=1))
        carry_out(given, newer, NOW + timedelta(hours=1))
    sweep_all(given.office, NOW + timedelta(hours=2))
    assert asked(given, newer) >= {Part.REOPEN_ACCOUNTS}
    reopen(given, newer, NOW + timedelta(hours=2))
    assert not shut_out(given, given.world.nurse)
    assert not broken(given.database, given.organisation.id)


def test_accounts_that_were_opened_for_one_notice_are_closed_again_when_that_is_over(given: Given) -> None:
    world = given.world
    first, second = two_that_end_today(given)
    given.act(second, "close_accounts", by=world.technician, ticket_number="N-2", now=LATER)
    given.act(first, "move_day", by=world.hr, last_day=LAST, reason="They stay in that one for a while.", now=LATER)
    sweep_all(given.office, LATER)
    reopen(given, second, LATER)
    assert asked(given, second) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}
    sweep_all(given.office, FIVE)
    carry_out(given, first, FIVE)
    close(given, second, FIVE)
    sweep_all(given.office, FIVE)
    assert (given.state(first), given.state(second)) == ("CLOSED", "CLOSED")


def test_a_block_by_a_notice_that_is_closed_is_lifted_when_the_other_one_is_cancelled(given: Given) -> None:
    other_job(given)
    first = dismissed(given, employment_number="1")
    second = given.leaves(last_day=TODAY, employment_number="2")
    sweep_all(given.office, LATER)
    assert given.state(first) == "CLOSED"
    given.act(second, "cancel", by=given.world.hr, reason="They stay in that one.", now=LATER)
    assert given.state(second) == "REOPENING"
    reopen(given, second, LATER)
    assert not shut_out(given, given.world.nurse, TODAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("starts", "ends", "after", "left"),
    [
        # It is over before the other one that is noticed, so nobody works on when all is over.
        (-30, 6, 11, {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}),
        # It begins when the last one that is noticed is over.
        (11, None, 3, set()),
    ],
)
def test_whether_somebody_works_on_is_weighed_when_all_that_is_noticed_is_over(
    given: Given, starts: int, ends: int | None, after: int, left: set[Part]
) -> None:
    """Of two notices the last one is over first, in two days, and the other one in ten."""
    world, day = given.world, timedelta(days=1)
    other_job(given, access=True)
    given.employment(
        world.nurse, number="3", starts_on=TODAY + starts * day, ends_on=TODAY + ends * day if ends else None
    )
    first = given.leaves(last_day=LAST, employment_number="1")
    second = given.leaves(last_day=TODAY + 2 * day, employment_number="2")
    assert asked(given, second) == left
    for passed in range(1, after + 1):
        sweep_all(given.office, NOW + passed * day)
    assert asked(given, second) == left
    assert asked(given, first) == set()


def test_nothing_is_opened_for_somebody_whose_other_employment_is_over_meanwhile(given: Given) -> None:
    world, late = given.world, NOW + timedelta(days=8)
    given.employment(world.nurse, number="2", ends_on=TODAY + timedelta(days=3))
    given.grant(world.nurse, world.read, employment=in_the_first(given))
    number = dismissed(given, employment_number="1")
    given.act(given.parts(number)[0].number, "approve", by=world.head)
    carry_out(given, number, late)
    sweep_all(given.office, late)
    assert asked(given, number) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}


def test_somebody_who_is_employed_anew_while_their_departure_is_open_is_let_in_again(given: Given) -> None:
    number = dismissed(given)
    given.employment(given.world.nurse, number="2", starts_on=TODAY + timedelta(days=3))
    late = NOW + timedelta(days=5)
    sweep_all(given.office, late)
    assert asked(given, number) == {Part.REOPEN_ACCOUNTS}
    reopen(given, number, late)
    assert given.state(number) == "CLOSED"


def test_an_employment_that_was_not_known_when_all_was_closed_lets_them_in_again(given: Given) -> None:
    number = dismissed(given)
    close(given, number, NOW)
    assert given.state(number) == "CLOSED"
    given.employment(given.world.nurse, number="2")
    assert shut_out(given, given.world.nurse), "nobody has opened anything yet"
    sweep_all(given.office, NOW)
    reopen(given, number)
    assert not shut_out(given, given.world.nurse)


def test_a_notice_anew_with_a_day_to_come_opens_what_the_cancelled_one_left_shut(given: Given) -> None:
    number = dismissed(given)
    given.act(number, "cancel", by=given.world.hr, reason="A mistake of form.")
    anew = given.leaves(last_day=LAST)
    sweep_all(given.office, NOW)
    assert {*asked(given, number), *asked(given, anew)} >= {Part.REOPEN_ACCOUNTS}
    gone = given.person("gone")
    past = dismissed(given, gone)
    given.act(past, "cancel", by=given.world.hr, reason="A mistake of form.")
    over = given.leaves(gone, last_day=TODAY - timedelta(days=1))
    sweep_all(given.office, NOW)
    assert (given.state(past), asked(given, over)) == ("CANCELLED", {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT})


def test_by_when_accounts_are_closed_follows_the_day_of_every_notice(given: Given) -> None:
    other_job(given)
    first = given.leaves(last_day=LAST + timedelta(days=20), employment_number="1")
    second = given.leaves(last_day=LAST, employment_number="2")

    def due() -> datetime:
        [task] = [task for task in given.tasks(second) if task.part == Part.CLOSE_ACCOUNTS]
        assert task.due_at is not None
        return task.due_at

    later = due()
    given.act(first, "move_day", by=given.world.hr, last_day=LAST - timedelta(days=1), reason="Sooner.")
    sweep_all(given.office, NOW)
    sooner = due()
    assert FIVE < sooner < later
    given.act(first, "move_day", by=given.world.hr, last_day=LAST + timedelta(days=20), reason="As it was.")
    sweep_all(given.office, NOW)
    assert due() == later
    sweep_all(given.office, FIVE + timedelta(days=1))
    assert "head_of_it" not in given.told(second, "ESCALATION"), "nobody is late yet"


def test_duties_are_passed_on_when_the_last_employment_ends_whenever_that_was_known(given: Given) -> None:
    given.administers(given.world.nurse, given.system("SPARE"))
    given.employment(given.world.nurse, number="2", ends_on=TODAY + timedelta(days=12))
    number = given.leaves(employment_number="1")
    assert asked(given, number) == set()
    with pytest.raises(Refused) as refused:
        given.act(number, "settle", by=given.world.head, duty="SPARE", successor="outsider")
    assert codes(refused) == {"works-on"}
    given.act(number, "move_day", by=given.world.hr, last_day=TODAY + timedelta(days=30), reason="Later.")
    assert asked(given, number) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT, Part.APPOINT}


def test_a_mistake_is_cancelled_until_the_last_moment_also_when_nothing_is_left_to_do(given: Given) -> None:
    other_job(given)
    number = given.leaves(employment_number="1")
    assert given.tasks(number) == []
    given.act(number, "cancel", by=given.world.hr, reason="The wrong employment.")
    assert given.state(number) == "CANCELLED"


# --- Employments that follow, were not known, or have not begun ------------------------------------------------------


def closed_today(given: Given, at: datetime = LATER) -> str:
    """The number of a notice of the nurse that ended today and is closed, accounts too."""
    number = given.leaves(last_day=TODAY)
    close(given, number, at)
    assert given.state(number) == "CLOSED"
    return number


def test_a_closing_that_was_cancelled_closes_nothing_for_the_notice_that_comes_after_it(given: Given) -> None:
    given.administers(given.world.nurse, given.system("SPARE"))
    first = given.leaves(last_day=TODAY)
    given.act(first, "close_accounts", by=given.world.technician, ticket_number="N-2", now=LATER)
    given.act(first, "cancel", by=given.world.hr, reason="A mistake of form.", now=LATER)
    anew = given.leaves(last_day=TODAY, now=LATER)
    for _ in range(2):
        sweep_all(given.office, LATER)
    assert (given.state(first), given.state(anew)) == ("CANCELLED", "AWAITING_REGISTRATION")
    assert asked(given, anew) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT, Part.APPOINT}


def test_whoever_is_employed_anew_and_noticed_again_is_let_in_until_then(given: Given) -> None:
    first = dismissed(given)
    given.employment(given.world.nurse, number="2", starts_on=TODAY + 3 * DAY, ends_on=TODAY + 40 * DAY)
    late = NOW + 5 * DAY
    second = given.leaves(last_day=TODAY + 40 * DAY, employment_number="2", now=late)
    sweep_all(given.office, late)
    assert asked(given, first) == set()
    assert asked(given, second) == {Part.REOPEN_ACCOUNTS, Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}
    reopen(given, second, late)
    sweep_all(given.office, late)
    assert (given.state(first), shut_out(given, given.world.nurse, TODAY + 6 * DAY)) == ("CLOSED", False)


def test_accounts_are_closed_again_of_somebody_employed_anew_whose_employment_was_registered_late(given: Given) -> None:
    closed_today(given, at=NOW + DAY)
    given.employment(given.world.nurse, number="2", starts_on=TODAY + DAY)
    year = NOW + 100 * DAY
    number = given.leaves(kind=DepartureKind.IMMEDIATE, last_day=TODAY + 100 * DAY, employment_number="2", now=year)
    given.act(number, "block", by=given.world.technician, ticket_number="N-9", now=year)
    sweep_all(given.office, year)
    assert asked(given, number) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}


def test_a_closing_between_two_employments_is_not_that_of_the_second_one(given: Given) -> None:
    given.employment(given.world.nurse, number="2", starts_on=TODAY + 60 * DAY, ends_on=TODAY + 90 * DAY)
    second = given.leaves(last_day=TODAY + 90 * DAY, employment_number="2")
    first = given.leaves(last_day=TODAY, employment_number="1")
    assert asked(given, first) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}, "nobody works there for two months"
    close(given, first, LATER)
    for days in (30, 59, 61, 91):
        sweep_all(given.office, NOW + days * DAY)
        assert asked(given, second) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}
    assert given.state(first) == "CLOSED"
    close(given, second, NOW + 91 * DAY)
    assert given.state(second) == "CLOSED"


def test_equipment_and_duties_are_not_forgotten_when_a_notice_comes_after_the_accounts_are_closed(given: Given) -> None:
    given.administers(given.world.nurse, given.system("SPARE"))
    given.employment(given.world.nurse, number="2", ends_on=TODAY - 5 * DAY)
    first = given.leaves(last_day=TODAY, employment_number="1")
    given.act(first, "close_accounts", by=given.world.technician, ticket_number="N-2", now=LATER)
    late = given.leaves(last_day=TODAY - 5 * DAY, employment_number="2", now=LATER)
    sweep_all(given.office, LATER)
    assert [(given.state(each), asked(given, each)) for each in (first, late)] == [
        ("AWAITING_REGISTRATION", {Part.RETURN_EQUIPMENT, Part.APPOINT}),
        ("CLOSED", set()),
    ]


@pytest.mark.parametrize("how", ["cancelled", "ended by the register"])
def test_accounts_are_closed_when_what_was_to_see_to_it_or_to_go_on_does_not(given: Given, how: str) -> None:
    given.employment(given.world.nurse, number="2")
    first = given.leaves(last_day=TODAY, employment_number="1")
    second = given.leaves(last_day=TODAY, employment_number="2") if how == "cancelled" else ""
    sweep_all(given.office, LATER)
    assert given.state(first) == "CLOSED"
    [other] = given.all(Employment, Employment.person_id == given.world.nurse.id, Employment.number == "2")
    given.change(other, ends_on=TODAY - DAY)
    if second:
        given.act(second, "cancel", by=given.world.hr, reason="That one ended long ago.", now=LATER)
    sweep_all(given.office, NOW + DAY)
    assert asked(given, first) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}
    close(given, first, NOW + DAY)
    for days in (1, 30):
        sweep_all(given.office, NOW + days * DAY)
        assert given.state(first) == "CLOSED"


@pytest.mark.parametrize("bridged", [False, True])
def test_accounts_are_opened_for_an_employment_that_follows_and_was_registered_late(
    given: Given, *, bridged: bool
) -> None:
    number = closed_today(given)
    if bridged:
        given.employment(given.world.nurse, number="2", ends_on=TODAY + 4 * DAY)
    begins = 5 if bridged else 1
    given.employment(given.world.nurse, number="3", starts_on=TODAY + begins * DAY)
    sweep_all(given.office, NOW + begins * DAY)
    assert asked(given, number) == {Part.REOPEN_ACCOUNTS}


def test_a_held_notice_does_not_say_that_somebody_who_is_dismissed_works_until_then(given: Given) -> None:
    given.employment(given.world.nurse, number="2", ends_on=TODAY - 400 * DAY)
    number = dismissed(given, employment_number="1")
    close(given, number, NOW)
    given.brake_at(0)
    held = given.leaves(last_day=TODAY + 30 * DAY, employment_number="2")
    sweep_all(given.office, NOW)
    assert (asked(given, number), asked(given, held)) == (set(), {Part.RELEASE})


def test_a_notice_can_be_cancelled_when_access_that_had_not_begun_was_decided_to_end(given: Given) -> None:
    begins = start_of_day(TODAY + 20 * DAY)
    coming: dict[str, Any] = {"starts_on": TODAY + 20 * DAY, "state": GrantState.SCHEDULED, "next_action_at": begins}
    grant = given.grant(given.world.nurse, given.world.read, **coming)
    number = given.leaves()
    given.act(given.parts(number)[0].number, "approve", by=given.world.head)
    assert given.again(grant).state == "REVOCATION_PENDING"
    given.act(number, "cancel", by=given.world.hr, reason="They stay.")
    assert (given.again(grant).state, given.again(grant).next_action_at) == ("SCHEDULED", begins)


def test_an_employment_that_has_not_begun_opens_nothing_for_whoever_is_dismissed(given: Given) -> None:
    world = given.world
    given.grant(world.nurse, world.read, employment=in_the_first(given))
    given.employment(world.nurse, number="2", starts_on=TODAY + 60 * DAY, ends_on=TODAY + 90 * DAY)
    coming = given.leaves(last_day=TODAY + 90 * DAY, employment_number="2")
    number = dismissed(given, employment_number="1")
    given.act(given.parts(number)[0].number, "approve", by=world.head)
    carry_out(given, number, NOW)
    sweep_all(given.office, NOW)
    assert asked(given, number) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}
    assert asked(given, coming) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}
    sweep_all(given.office, NOW + 59 * DAY)
    assert Part.REOPEN_ACCOUNTS in asked(given, number), "in time for their first morning"


def test_accounts_are_not_closed_and_opened_in_turn_when_a_held_notice_is_later_than_the_register(given: Given) -> None:
    given.employment(given.world.nurse, number="2", ends_on=TODAY)
    given.grant(given.world.nurse, given.world.read, employment=in_the_first(given))
    given.brake_at(0)
    given.leaves(last_day=LAST, employment_number="2")
    given.brake_at(100)
    number = given.leaves(last_day=TODAY, employment_number="1")
    sweep_all(given.office, LATER)
    with pytest.raises(Refused) as refused:
        given.act(number, "close_accounts", by=given.world.technician, ticket_number="N-2", now=LATER)
    assert codes(refused) == {"not-yet"}
    close(given, number, FIVE)


def test_accounts_that_were_closed_too_soon_are_opened_when_that_is_known(given: Given) -> None:
    number = closed_today(given)
    sweep_all(given.office, LATER)
    assert given.state(number) == "CLOSED"
    other_job(given)
    sweep_all(given.office, LATER)
    assert (given.state(number), asked(given, number)) == ("AWAITING_REGISTRATION", {Part.REOPEN_ACCOUNTS})
    reopen(given, number, LATER)
    assert given.state(number) == "CLOSED"
    sweep_all(given.office, LATER)
    assert given.state(number) == "CLOSED"


def test_whoever_is_employed_anew_after_all_was_over_gets_accounts_with_that_employment(given: Given) -> None:
    number = closed_today(given)
    given.employment(given.world.nurse, number="2", starts_on=TODAY + 10 * DAY)
    sweep_all(given.office, NOW + 12 * DAY)
    assert given.state(number) == "CLOSED"


# --- When HR and the register contradict each other ------------------------------------------------------------------


def test_cancelling_what_is_long_over_opens_nothing_for_whoever_is_dismissed(given: Given) -> None:
    world = given.world
    given.employment(world.nurse, number="2", ends_on=TODAY - 40 * DAY)
    given.brake_at(0)
    old = given.leaves(last_day=TODAY - 40 * DAY, employment_number="2")
    given.brake_at(100)
    number = dismissed(given, employment_number="1")
    close(given, number, NOW)
    assert given.state(number) == "CLOSED"
    given.act(old, "refuse", by=world.coordinator, reason="They have left anyway.")
    sweep_all(given.office, NOW)
    assert [(given.state(each), asked(given, each)) for each in (old, number)] == [
        ("CANCELLED", set()),
        ("CLOSED", set()),
    ]


def test_what_stays_shut_since_the_register_is_behind_is_opened_when_it_is_corrected(given: Given) -> None:
    other_job(given)
    given.change(in_the_first(given), ends_on=TODAY - DAY)
    given.grant(given.world.nurse, given.world.read, employment=in_the_first(given))
    stays = given.leaves(last_day=TODAY - DAY, employment_number="1")
    number = dismissed(given, employment_number="2")
    given.act(stays, "cancel", by=given.world.hr, reason="They stay in that one.")
    assert given.state(stays) == "CANCELLED", "the register says that they have left that one"
    with given.database.reading(given.organisation.id) as session:
        page = departure_view(session, given.office, stays, given.actor(given.world.hr), NOW)
    assert page["stay_shut_by"] == [number]
    sweep_all(given.office, NOW)
    assert asked(given, number) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}
    close(given, number, NOW)
    given.change(in_the_first(given), ends_on=None)
    sweep_all(given.office, NOW)
    assert (given.state(number), asked(given, number)) == ("AWAITING_REGISTRATION", {Part.REOPEN_ACCOUNTS})


def test_a_dismissal_that_is_cancelled_opens_the_accounts_though_the_register_is_behind(given: Given) -> None:
    given.change(in_the_first(given), ends_on=TODAY - DAY)
    number = dismissed(given)
    given.act(number, "cancel", by=given.world.hr, reason="A mistake.")
    sweep_all(given.office, NOW + DAY)
    assert asked(given, number) == {Part.REOPEN_ACCOUNTS}


# --- A block, and what else moves the access it suspends -------------------------------------------------------------


@pytest.mark.parametrize("held", [False, True])
def test_a_change_of_duties_that_is_cancelled_gives_nothing_back_to_whoever_is_blocked(
    given: Given, *, held: bool
) -> None:
    world = given.world
    unit = given.department("OTHER", body=world.board)
    grant = given.grant(world.nurse, world.read)
    move = given.leaves(kind=DepartureKind.MOVE, last_day=LAST, new_department=unit.key)
    given.brake_at(0 if held else 100)
    number = dismissed(given)
    given.act(move, "cancel", by=world.hr, reason="It has come to nothing.")
    assert given.again(grant).state == "SUSPENDED"
    given.brake_at(100)
    sweep_all(given.office, NOW)
    assert given.again(grant).state == "SUSPENDED"
    given.act(number, "cancel", by=world.hr, reason="A mistake.")
    assert given.again(grant).state == "ACTIVE"


@pytest.mark.parametrize("access", ["begins", "comes to light"])
def test_access_that_comes_while_somebody_is_blocked_is_suspended_too(given: Given, access: str) -> None:
    world = given.world
    given.brake_at(0)
    begins: dict[str, Any] = {
        "starts_on": TODAY + DAY,
        "state": GrantState.SCHEDULED,
        "next_action_at": start_of_day(TODAY + DAY),
    }
    coming = given.grant(world.nurse, world.read, **begins) if access == "begins" else None
    number = dismissed(given)
    if coming is None:
        given.act(number, "release", by=world.coordinator, reason="Looked at.")
        coming = given.grant(world.nurse, world.read)
    sweep_all(given.office, NOW + DAY)
    suspended = given.again(coming).state
    assert suspended == "SUSPENDED" if access == "begins" else suspended in ("SUSPENDED", "REVOCATION_PENDING")


def test_accounts_that_were_closed_and_opened_are_closed_again_of_whoever_leaves_at_once_after_all(
    given: Given,
) -> None:
    world = given.world
    given.grant(world.nurse, world.read)
    number = given.leaves(last_day=TODAY)
    given.act(number, "close_accounts", by=world.technician, ticket_number="N-2", now=LATER)
    other = given.employment(world.nurse, number="2")
    sweep_all(given.office, LATER)
    reopen(given, number, LATER)
    given.act(number, "move_day", by=world.hr, last_day=LAST, reason="They stay for a while.", now=LATER)
    given.change(other, ends_on=TODAY)
    later = NOW + DAY
    given.act(number, "leave_now", by=world.hr, reason="Now after all.", now=later)
    given.act(number, "block", by=world.technician, ticket_number="N-11", now=later)
    sweep_all(given.office, later)
    assert asked(given, number) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}


def test_nobody_is_asked_any_more_to_open_accounts_for_a_notice_in_the_queue_when_its_day_is_over(given: Given) -> None:
    closed_today(given)
    other_job(given)
    given.brake_at(0)
    held = given.leaves(last_day=LAST, employment_number="2")
    assert asked(given, held) == {Part.RELEASE, Part.REOPEN_ACCOUNTS}
    sweep_all(given.office, FIVE)
    assert asked(given, held) == {Part.RELEASE}
