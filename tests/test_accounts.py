"""Accounts are one person's and not one employment's: shut in time, opened again for whoever works on, closed once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models import DepartureKind, DepartureNotice, GrantState, Part
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
from workflows.errors import Refused
from workflows.escalation import sweep_all


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
    yesterday = NOW - timedelta(days=1)
    first = given.leaves(last_day=long_ago, now=yesterday)
    given.act(first, "close_accounts", by=world.technician, ticket_number="N-1", now=yesterday)
    given.employment(world.nurse, number="2", starts_on=TODAY - timedelta(days=30))
    second = dismissed(given, employment_number="2")
    given.act(second, "cancel", by=world.hr, reason="A mistake.")
    sweep_all(given.office, NOW)
    assert given.state(second) == "REOPENING"
    given.act(second, "reopen_accounts", by=world.technician, ticket_number="N-10")
    assert given.state(second) == "CANCELLED"


# --- Whoever works on ------------------------------------------------------------------------------------------------


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
    assert codes(refused) == {"has-left"}
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
