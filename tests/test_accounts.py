"""Accounts are one person's and not one employment's: shut in time, opened again for whoever works on, closed once."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from models import AccessGrant, Database, DepartureKind, DepartureNotice, Employment, GrantState, Part, Person
from tests.departing import FIVE, LAST, LATER, carry_out, close, dismissed
from tests.given import NOW, TODAY, Given, codes
from tests.invariants import broken
from workflows.departure_views import departure_view
from workflows.errors import Refused
from workflows.escalation import sweep_all
from workflows.presence import why_shut_out


@pytest.fixture
def given(database: Database) -> Given:
    given = Given(database)
    given.municipality()
    return given


def test_when_a_dismissal_is_cancelled_a_technician_is_asked_to_lift_the_block(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    number = dismissed(given)
    given.act(number, "cancel", by=given.world.hr, reason="The charge was dropped.")
    assert given.state(number) == "REOPENING"
    [task] = given.tasks(number)
    assert task.part == Part.REOPEN_ACCOUNTS
    assert given.may(number, Part.REOPEN_ACCOUNTS) == ["technician", "second_technician"]
    assert given.told(number, "TASK_OPENED") >= {"technician", "second_technician"}
    assert given.again(grant).state == "ACTIVE"
    with pytest.raises(Refused, match="ticket"):
        given.act(number, "reopen_accounts", by=given.world.technician)
    given.act(number, "reopen_accounts", by=given.world.technician, ticket_number="N-10")
    assert given.state(number) == "CANCELLED"
    assert given.tasks(number) == []
    assert not broken(given.database, given.organisation.id)


def test_the_head_of_it_is_told_when_a_block_is_not_lifted_in_time(given: Given) -> None:
    number = dismissed(given)
    given.act(number, "cancel", by=given.world.hr, reason="The charge was dropped.")
    sweep_all(given.office, NOW + timedelta(days=1))
    assert "head_of_it" in given.told(number, "ESCALATION")
    given.act(number, "reopen_accounts", by=given.world.head_of_it, ticket_number="N-10", now=NOW + timedelta(days=1))


def test_nothing_waits_for_the_technician_when_nothing_was_shut(given: Given) -> None:
    number = given.leaves(kind=DepartureKind.IMMEDIATE, last_day=TODAY)
    given.act(number, "cancel", by=given.world.hr, reason="A mistake.")
    assert (given.state(number), given.tasks(number)) == ("CANCELLED", [])


def test_accounts_that_were_closed_are_opened_again_too(given: Given) -> None:
    given.grant(given.world.nurse, given.world.read)
    number = given.leaves(last_day=TODAY)
    given.act(number, "close_accounts", by=given.world.technician, ticket_number="N-2", now=LATER)
    given.act(number, "cancel", by=given.world.hr, reason="They stay.", now=LATER)
    assert given.state(number) == "REOPENING"


def test_a_dismissal_that_the_brake_held_and_that_is_refused_asks_to_lift_the_block(given: Given) -> None:
    given.brake_at(0)
    number = dismissed(given)
    given.act(number, "refuse", by=given.world.coordinator, reason="The wrong person.")
    assert given.state(number) == "REOPENING"


def test_the_accounts_of_somebody_dismissed_anew_stay_shut(given: Given) -> None:
    first = dismissed(given)
    given.act(first, "cancel", by=given.world.hr, reason="A mistake.")
    second = given.leaves(kind=DepartureKind.IMMEDIATE, last_day=TODAY)
    with pytest.raises(Refused) as refused:
        given.act(first, "reopen_accounts", by=given.world.technician, ticket_number="N-10")
    assert codes(refused) == {"shut-elsewhere"}
    sweep_all(given.office, NOW)
    assert (given.state(first), given.tasks(first)) == ("CANCELLED", [])
    assert given.state(second) == "AWAITING_REGISTRATION"
    assert not broken(given.database, given.organisation.id)


def test_a_block_is_not_forgotten_when_the_dismissal_anew_is_a_mistake_too(given: Given) -> None:
    first = dismissed(given)
    given.act(first, "cancel", by=given.world.hr, reason="A mistake.")
    second = given.leaves(kind=DepartureKind.IMMEDIATE, last_day=TODAY)
    sweep_all(given.office, NOW)
    given.act(second, "cancel", by=given.world.hr, reason="The same mistake.")
    assert (given.state(first), given.state(second)) == ("CANCELLED", "REOPENING")
    given.act(second, "reopen_accounts", by=given.world.technician, ticket_number="N-10")
    assert all(row.reopened_at is not None for row in given.all(DepartureNotice) if row.blocked_at is not None)


def test_the_accounts_of_somebody_employed_anew_are_not_kept_shut_by_how_they_once_left(given: Given) -> None:
    world = given.world
    long_ago = TODAY - timedelta(days=400)
    first = given.leaves(last_day=long_ago)
    given.act(first, "close_accounts", by=world.technician, ticket_number="N-1")
    given.employment(world.nurse, number="2", starts_on=TODAY - timedelta(days=30))
    second = dismissed(given, employment_number="2")
    given.act(second, "cancel", by=world.hr, reason="A mistake.")
    sweep_all(given.office, NOW)
    assert given.state(second) == "REOPENING"
    given.act(second, "reopen_accounts", by=world.technician, ticket_number="N-10")
    assert given.state(second) == "CANCELLED"


# --- Whoever works on ------------------------------------------------------------------------------------------------


def asked(given: Given, number: str) -> set[str]:
    """What a departure itself waits for."""
    return {task.part for task in given.tasks(number)}


def in_the_first(given: Given) -> Employment:
    """The nurse's first employment."""
    [row] = given.all(Employment, Employment.person_id == given.world.nurse.id, Employment.number == "1")
    return row


def other_job(given: Given, *, access: bool = False) -> AccessGrant | None:
    """The nurse has another employment, perhaps with access."""
    second = given.employment(given.world.nurse, number="2")
    return given.grant(given.world.nurse, given.world.write, employment=second) if access else None


def shut_out(given: Given, person: Person, day: date = TODAY) -> bool:
    """Whether somebody may not be logged in."""
    with given.database.reading(given.organisation.id) as session:
        return why_shut_out(session, person.id, day) is not None


def reopen(given: Given, number: str, now: datetime = NOW) -> None:
    """A technician opens the accounts again."""
    given.act(number, "reopen_accounts", by=given.world.technician, ticket_number="N-10", now=now)


def test_the_block_of_somebody_who_works_on_elsewhere_is_lifted_when_what_it_was_for_is_removed(given: Given) -> None:
    world = given.world
    kept = other_job(given, access=True)
    gone = given.grant(world.nurse, world.read, employment=in_the_first(given))
    number = dismissed(given, employment_number="1")
    [part] = given.parts(number)
    given.act(part.number, "approve", by=world.head)
    assert asked(given, number) == set(), "their accounts stay shut while what is to go is still there"
    with pytest.raises(Refused) as refused:
        reopen(given, number)
    assert codes(refused) == {"stays-shut"}
    assert shut_out(given, world.nurse)
    given.act(part.number, "execute", by=world.administrator, account_name="a1")
    assert asked(given, number) == {Part.REOPEN_ACCOUNTS}
    given.act(part.number, "register", by=world.technician, ticket_number="N-1")
    assert given.state(number) == "AWAITING_REGISTRATION", "not closed while they are shut out of their other work"
    reopen(given, number)
    assert (given.state(number), given.tasks(number)) == ("CLOSED", [])
    assert kept is not None
    assert (given.again(gone).state, given.again(kept).state) == (GrantState.REVOKED, GrantState.ACTIVE)
    assert not shut_out(given, world.nurse)
    assert not broken(given.database, given.organisation.id)


def test_somebody_who_works_on_elsewhere_until_a_day_is_shut_out_no_longer_than_needed(given: Given) -> None:
    world = given.world
    other_job(given)
    second = given.leaves(employment_number="2")
    first = dismissed(given, employment_number="1")
    assert asked(given, first) == {Part.REOPEN_ACCOUNTS, Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}
    reopen(given, first)
    assert asked(given, first) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}
    with pytest.raises(Refused) as refused:
        given.act(first, "close_accounts", by=world.technician, ticket_number="N-2", now=FIVE - timedelta(minutes=1))
    assert codes(refused) == {"not-yet"}
    close(given, first, FIVE)
    sweep_all(given.office, FIVE)
    assert (given.state(first), given.state(second)) == ("CLOSED", "CLOSED")
    [row] = given.all(DepartureNotice, DepartureNotice.employment_id == in_the_first(given).id)
    assert row.reopened_at is None, "closed after they were opened, they are shut"


def test_a_dismissal_that_is_moved_to_a_day_to_come_gives_back_what_the_block_took(given: Given) -> None:
    world = given.world
    until = TODAY + timedelta(days=40)
    undecided = given.grant(world.nurse, world.read, ends_on=until)
    decided = given.grant(world.nurse, world.write)
    number = dismissed(given)
    given.act(given.parts(number)[1].number, "approve", by=world.head)
    assert [given.again(row).state for row in (undecided, decided)] == ["SUSPENDED", "REVOCATION_PENDING"]
    given.act(number, "move_day", by=world.hr, last_day=LAST, reason="Until the end of the notice period.")
    assert [given.again(row).state for row in (undecided, decided)] == ["ACTIVE", "ACTIVE"]
    assert given.again(undecided).next_action_at is not None, "its own end comes as it was given"
    [moved] = [event for event in given.events(number) if event.kind == "move_day"]
    assert moved.data["given_back"] == [str(undecided.id)]
    assert {part.state for part in given.parts(number)} == {"AWAITING_DECISION"}
    assert asked(given, number) == {Part.REOPEN_ACCOUNTS, Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}
    assert given.told(number, "TASK_OPENED") >= {"technician", "second_technician"}
    reopen(given, number)
    assert not shut_out(given, world.nurse)
    sweep_all(given.office, FIVE)
    carry_out(given, number, FIVE)
    close(given, number, FIVE)
    assert given.state(number) == "CLOSED"
    assert not broken(given.database, given.organisation.id)


def test_nobody_opens_accounts_once_the_moved_day_is_over_too(given: Given) -> None:
    number = dismissed(given)
    given.act(number, "move_day", by=given.world.hr, last_day=TODAY, reason="Until five.")
    assert Part.REOPEN_ACCOUNTS in asked(given, number)
    sweep_all(given.office, LATER)
    assert asked(given, number) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}
    with pytest.raises(Refused) as refused:
        reopen(given, number, LATER)
    assert codes(refused) == {"stays-shut"}
    close(given, number, LATER)
    assert given.state(number) == "CLOSED"


@pytest.mark.parametrize("opened", [False, True])
def test_somebody_dismissed_moved_and_dismissed_again_is_blocked_again(given: Given, *, opened: bool) -> None:
    world = given.world
    grant = given.grant(world.nurse, world.read)
    number = dismissed(given)
    given.act(number, "move_day", by=world.hr, last_day=LAST, reason="Until the end of the notice period.")
    if opened:
        reopen(given, number)
    given.act(number, "leave_now", by=world.hr, reason="Now after all.")
    if opened:
        assert (given.again(grant).state, Part.BLOCK in asked(given, number)) == ("ACTIVE", True)
        given.act(number, "block", by=world.technician, ticket_number="N-11")
    assert given.again(grant).state == "SUSPENDED"
    assert asked(given, number) == {Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT}
    assert shut_out(given, world.nurse)
    given.act(number, "cancel", by=world.hr, reason="The charge was dropped.")
    assert (given.state(number), given.again(grant).state) == ("REOPENING", "ACTIVE")


def test_accounts_that_are_open_again_are_not_opened_once_more_when_it_is_cancelled(given: Given) -> None:
    number = dismissed(given)
    given.act(number, "move_day", by=given.world.hr, last_day=LAST, reason="Until the end of the notice period.")
    reopen(given, number)
    given.act(number, "cancel", by=given.world.hr, reason="They stay.")
    assert (given.state(number), given.tasks(number)) == ("CANCELLED", [])


def test_what_is_given_back_ends_by_itself_on_the_day_it_was_given_to(given: Given) -> None:
    given.brake_at(0)
    until = TODAY + timedelta(days=5)
    grant = given.grant(given.world.nurse, given.world.read, ends_on=until)
    number = dismissed(given)
    given.act(number, "refuse", by=given.world.coordinator, reason="The wrong person.")
    assert given.again(grant).state == "ACTIVE"
    sweep_all(given.office, NOW + timedelta(days=7))
    assert given.again(grant).state == "REVOCATION_PENDING"


# --- Several notices of one person -----------------------------------------------------------------------------------


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


def test_an_employment_that_was_not_known_when_all_was_closed_shuts_nobody_out(given: Given) -> None:
    number = dismissed(given)
    close(given, number, NOW)
    given.employment(given.world.nurse, number="2")
    assert given.state(number) == "CLOSED"
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
