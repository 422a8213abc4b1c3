"""The cases that break naive software, at departures: one test each, in the words of the domain."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models import (
    AppointedRole,
    BodyKind,
    Case,
    DepartureKind,
    DepartureNotice,
    EmploymentKind,
    GrantState,
    Part,
)
from tests.departing import FIVE, LAST, carry_out, close
from tests.given import NOW, TODAY, Given, codes
from tests.invariants import broken
from tests.processes import PROCESSES, Place, together, turns
from workflows import cases
from workflows.errors import Refused
from workflows.escalation import sweep_all


def test_a_head_of_department_leaves_and_does_not_confirm_the_end_of_their_own_access(given: Given) -> None:
    world = given.world
    given.grant(world.head, world.read)
    number = given.leaves(world.head)
    [part] = given.parts(number)
    assert given.may(part.number, Part.DECIDE) == ["deputy"]
    with pytest.raises(Refused) as refused:
        given.act(part.number, "approve", by=world.head)
    assert codes(refused) == {"conflict-of-interest"}
    given.act(part.number, "approve", by=world.deputy)


def test_a_technician_leaves_and_another_closes_their_accounts(given: Given) -> None:
    world = given.world
    number = given.leaves(world.technician, kind=DepartureKind.IMMEDIATE, last_day=TODAY)
    acts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("block", {"ticket_number": "N-1"}),
        ("close_accounts", {"ticket_number": "N-2"}),
    )
    for event, said in acts:
        with pytest.raises(Refused):
            given.act(number, event, by=world.technician, **said)
        given.act(number, event, by=world.second_technician, **said)


def test_the_delegate_who_confirms_an_end_does_not_also_execute_it(given: Given) -> None:
    world = given.world
    given.administers(world.head, world.care)
    given.grant(world.nurse, world.read)
    number = given.leaves(kind=DepartureKind.IMMEDIATE, last_day=TODAY)
    [part] = given.parts(number)
    given.act(part.number, "approve", by=world.head)
    with pytest.raises(Refused) as refused:
        given.act(part.number, "execute", by=world.head, account_name="a1")
    assert codes(refused) == {"separation"}


def test_the_delegation_expires_while_an_end_waits_and_silence_still_keeps_nothing(given: Given) -> None:
    world = given.world
    grant = given.grant(world.nurse, world.read)
    given.change(world.delegation, valid_to=TODAY)
    number = given.leaves()
    [part] = given.parts(number)
    tomorrow = NOW + timedelta(days=1)
    with pytest.raises(Refused) as refused:
        given.act(part.number, "approve", by=world.head, now=tomorrow)
    assert codes(refused) == {"delegation-not-valid"}
    assert given.may(part.number, Part.DECIDE, now=tomorrow) == ["chair"]
    sweep_all(given.office, FIVE)
    assert given.again(grant).state == GrantState.REVOCATION_PENDING


@pytest.mark.parametrize("days", [0, 5, -5])
def test_two_employments_and_both_end(given: Given, days: int) -> None:
    world, gap = given.world, timedelta(days=days)
    given.employment(world.nurse, number="2")
    given.administers(world.nurse, given.system("SPARE"))
    first = given.leaves(employment_number="1")
    assert given.tasks(first) == [], "accounts and duties are theirs in the other employment"
    second = given.leaves(employment_number="2", last_day=LAST + gap)
    assert {task.part for task in given.tasks(second)} == {"CLOSE_ACCOUNTS", "RETURN_EQUIPMENT", "APPOINT"}
    over = max(FIVE, FIVE + gap)
    with pytest.raises(Refused) as refused:
        given.act(second, "close_accounts", by=world.technician, ticket_number="N-2", now=over - timedelta(minutes=1))
    assert codes(refused) == {"not-yet"}
    close(given, second, over)
    given.act(second, "settle", by=world.head, duty="SPARE", successor="outsider", now=over)
    sweep_all(given.office, over)
    assert (given.state(first), given.state(second)) == ("CLOSED", "CLOSED")
    assert not broken(given.database, given.organisation.id)


def test_the_last_day_is_moved_into_the_past_and_everything_is_over_at_once(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    number = given.leaves()
    given.act(
        number, "move_day", by=given.world.hr, last_day=TODAY - timedelta(days=30), reason="They left in February."
    )
    sweep_all(given.office, NOW)
    assert given.again(grant).state == GrantState.REVOCATION_PENDING
    given.act(number, "close_accounts", by=given.world.technician, ticket_number="N-2")
    with pytest.raises(Refused) as refused:
        given.act(number, "move_day", by=given.world.hr, last_day=LAST, reason="They did not.")
    assert codes(refused) == {"closed"}


def test_a_leaver_with_protected_identity_is_named_nowhere(given: Given) -> None:
    world = given.world
    hidden = given.person("4711", given_name="Hemlig", family_name="Gömd", protected=True)
    given.administers(hidden, given.system("SPARE"))
    given.grant(hidden, world.read)
    number = given.leaves(hidden)
    given.act(number, "move_day", by=world.hr, last_day=LAST - timedelta(days=1), reason="Sooner.")
    given.act(number, "settle", by=world.head, duty="SPARE", successor="outsider")
    sweep_all(given.office, FIVE)
    carry_out(given, number, FIVE)
    close(given, number, FIVE)
    assert given.state(number) == "CLOSED"
    again = given.person("4712", given_name="Hemlig", family_name="Gömd", protected=True)
    other = given.leaves(again, kind=DepartureKind.IMMEDIATE, last_day=TODAY)
    given.act(other, "cancel", by=world.hr, reason="A mistake.")
    given.brake_at(0)
    given.leaves(given.person("4713", given_name="Hemlig", family_name="Gömd", protected=True))
    sweep_all(given.office, FIVE)
    letters = given.messages()
    assert {"DEPARTURE_NOTICED", "DEPARTURE_MOVED", "DEPARTURE_CANCELLED", "DEPARTURE_CLOSED", "DEPARTURES_QUEUED"} <= {
        row.kind for row in letters
    }
    for letter in letters:
        for said in (letter.subject, letter.text, letter.html):
            assert "Hemlig" not in said
            assert "Gömd" not in said
        assert "471" not in letter.subject
    assert any("4711" in letter.text for letter in letters), "the employee number is the key"


def test_a_consultant_without_an_employee_number_leaves_as_everybody_does(given: Given) -> None:
    consultant = given.person("K-00001", kind=EmploymentKind.CONSULTANT, ends_on=TODAY + timedelta(days=2))
    grant = given.grant(consultant, given.world.read)
    sweep_all(given.office, NOW)
    [number] = [row.number for row in given.all(Case, Case.workflow == "departure")]
    over = datetime(2026, 3, 12, 16, 0, tzinfo=UTC)
    sweep_all(given.office, over)
    carry_out(given, number, over)
    close(given, number, over)
    assert (given.state(number), given.again(grant).state) == ("CLOSED", GrantState.REVOKED)


def test_an_hourly_employee_leaves_in_mid_shift(given: Given) -> None:
    hourly = given.person("hourly", kind=EmploymentKind.HOURLY)
    grant = given.grant(hourly, given.world.read)
    mid_shift = datetime(2026, 3, 10, 13, 30, tzinfo=UTC)
    number = given.leaves(hourly, last_day=TODAY, ends_at=mid_shift)
    [part] = given.parts(number)
    given.act(part.number, "approve", by=given.world.head)
    sweep_all(given.office, mid_shift - timedelta(minutes=1))
    assert given.again(grant).state == GrantState.ACTIVE
    with pytest.raises(Refused):
        given.act(number, "close_accounts", by=given.world.technician, ticket_number="N-2")
    sweep_all(given.office, mid_shift)
    assert given.again(grant).state == GrantState.REVOCATION_PENDING
    given.act(number, "close_accounts", by=given.world.technician, ticket_number="N-2", now=mid_shift)


def test_a_retroactive_emergency_order_for_a_leaver_gives_nothing_beyond_the_last_moment(given: Given) -> None:
    number = given.leaves(last_day=TODAY, ends_at=NOW - timedelta(hours=1))
    said: dict[str, Any] = {
        "starts_on": TODAY - timedelta(days=1),
        "retroactive_reason": "The ward was flooded at night.",
    }
    with pytest.raises(Refused) as refused:
        given.order(**said)
    assert "leaves-before" in codes(refused)
    with pytest.raises(Refused) as refused:
        given.order(**said, ends_on=TODAY)
    assert codes(refused) == {"leaves-before"}, "midnight is later than the hour they left"
    past = given.order(**said, ends_on=TODAY, ends_at=NOW - timedelta(hours=1))
    sweep_all(given.office, NOW)
    assert given.state(past) == "WITHDRAWN", "nothing is set up for somebody who has left"
    assert given.state(number) == "AWAITING_REGISTRATION"


def test_a_withdrawn_profile_is_taken_from_a_leaver_as_any_other(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    given.change(given.world.read, withdrawn_on=TODAY)
    number = given.leaves(kind=DepartureKind.IMMEDIATE, last_day=TODAY)
    [part] = given.parts(number)
    given.act(part.number, "approve", by=given.world.head)
    carry_out(given, number, NOW)
    assert given.again(grant).state == GrantState.REVOKED


def test_the_only_administrator_of_a_system_with_several_users_leaves(given: Given) -> None:
    world = given.world
    for person in (world.nurse, world.outsider):
        given.grant(person, world.read)
    number = given.leaves(world.administrator)
    assert [task.about for task in given.tasks(number) if task.part == Part.APPOINT] == ["CARE"]
    after = FIVE + timedelta(days=3)
    with pytest.raises(Refused) as refused:
        given.order(world.manager, now=after)
    assert codes(refused) == {"no-administrator"}
    other = given.leaves(now=after, last_day=date(2026, 3, 23))
    [part] = given.parts(other)
    given.act(part.number, "approve", by=world.head, now=after)
    assert "administrator" not in given.may(part.number, Part.EXECUTE, now=after)
    given.administers(world.outsider, world.care, valid_from=date(2026, 3, 23))
    assert given.may(part.number, Part.EXECUTE, now=after) == ["outsider"]


def test_a_board_is_reorganised_while_an_end_waits(given: Given) -> None:
    world = given.world
    given.grant(world.nurse, world.read)
    number = given.leaves()
    [part] = given.parts(number)
    board, head = given.body("HEALTHBOARD", parent=world.council), given.person("new_head")
    given.change(world.care, owner_id=board.id)
    given.change(world.board, dissolved_on=TODAY)
    given.delegation(head, body=board)
    assert given.may(part.number, Part.DECIDE) == ["new_head"]
    with pytest.raises(Refused):
        given.act(part.number, "approve", by=world.head)
    given.act(part.number, "approve", by=head)
    assert given.state(number) == "AWAITING_EXECUTION"


def test_a_board_whose_chair_leaves_is_reorganised_before_there_is_a_successor(given: Given) -> None:
    world = given.world
    number = given.leaves(world.chair)
    [duty] = [task.about for task in given.tasks(number) if task.part == Part.APPOINT]
    assert duty == "CHAIR CAREBOARD"
    executive = given.body("EXECUTIVE", kind=BodyKind.EXECUTIVE_BOARD)
    leader = given.person("leader")
    given.appointment(leader, AppointedRole.CHAIR, body=executive)
    given.change(world.council, dissolved_on=TODAY)
    assert given.may(number, Part.APPOINT, about=duty) == ["head_of_it"], "somebody always can"


def test_an_account_that_no_case_explains_is_found_while_somebody_leaves(given: Given) -> None:
    number = given.leaves()
    found = given.grant(given.world.nurse, given.world.write)
    sweep_all(given.office, NOW)
    [part] = given.parts(number)
    assert given.request(part.number).grant_id == found.id
    assert (part.state, given.state(number)) == ("AWAITING_DECISION", "AWAITING_DECISION")
    assert "gathered" in [row.kind for row in given.events(number)]


def test_an_account_that_no_case_explains_is_found_when_somebody_has_left(given: Given) -> None:
    number = given.leaves()
    close(given, number, FIVE)
    assert given.state(number) == "CLOSED"
    found, later = given.grant(given.world.nurse, given.world.write), FIVE + timedelta(days=40)
    sweep_all(given.office, later)
    [part] = given.parts(number)
    assert given.request(part.number).grant_id == found.id
    # Their last moment has come long ago, so the owner's silence ends it in the same sweep or the next.
    sweep_all(given.office, later)
    assert (given.state(part.number), given.state(number)) == ("AWAITING_EXECUTION", "AWAITING_EXECUTION")
    carry_out(given, number, later)
    assert (given.state(number), given.again(found).state) == ("CLOSED", GrantState.REVOKED)
    sweep_all(given.office, later)
    assert len(given.parts(number)) == 1
    assert not broken(given.database, given.organisation.id)


def test_a_leap_day_is_a_last_day_like_any_other(given: Given) -> None:
    leap, five = date(2028, 2, 29), datetime(2028, 2, 29, 16, 0, tzinfo=UTC)
    given.change(given.world.delegation, valid_to=date(2028, 12, 31))
    now = datetime(2028, 2, 20, 9, 0, tzinfo=UTC)
    grant = given.grant(given.world.nurse, given.world.read)
    number = given.leaves(now=now, last_day=date(2028, 3, 1))
    given.act(number, "move_day", by=given.world.hr, last_day=leap, reason="A day sooner.", now=now)
    [notice] = given.all(DepartureNotice)
    assert (notice.last_day, notice.ends_at) == (leap, five)
    sweep_all(given.office, five - timedelta(minutes=1))
    assert given.again(grant).state == GrantState.ACTIVE
    sweep_all(given.office, five)
    assert given.again(grant).state == GrantState.REVOCATION_PENDING
    found = given.person("hourly", kind=EmploymentKind.HOURLY, ends_on=leap)
    sweep_all(given.office, five)
    assert [row.last_day for row in given.all(DepartureNotice, DepartureNotice.person_id == found.id)] == [leap]


@pytest.mark.parametrize("event", ["approve", "close_accounts"])
def test_two_people_press_the_same_button_in_the_same_second(given: Given, event: str) -> None:
    world = given.world
    given.grant(world.nurse, world.read)
    given.absence(world.head)
    number = given.leaves(kind=DepartureKind.IMMEDIATE, last_day=TODAY)
    [part] = given.parts(number)
    about, people = (
        (part.number, ("head", "deputy")) if event == "approve" else (number, ("technician", "second_technician"))
    )
    said = {} if event == "approve" else {"ticket_number": "N-2"}
    barrier = PROCESSES.Barrier(2)
    work = [(barrier, [(cases.act, (about, event, said, given.actor(getattr(world, who)), NOW))]) for who in people]
    found = [row for rows in together(Place(given.database.url, given.organisation.id), turns, *work) for row in rows]
    assert sorted(isinstance(row, str) for row in found) == [False, True]
    assert [row.kind for row in given.events(about)].count(event) == 1
    assert not broken(given.database, given.organisation.id)
