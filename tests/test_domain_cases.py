"""The cases that break naive software, one test each, in the words of the domain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest

from models import Administrator, Database, EmploymentKind, Part
from tests.given import NOW, TODAY, Given, codes
from workflows import cases
from workflows.deadlines import end_of_day
from workflows.engine import Outcome
from workflows.errors import BadInput, Conflict, Refused
from workflows.expiry import sweep_grants

YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)
NEXT_WEEK = TODAY + timedelta(days=7)


def test_a_head_of_department_requests_access_for_themself(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order(world.head, by=world.head)
    assert given.told(number, "TASK_OPENED") == {"deputy"}
    with pytest.raises(Refused) as refused:
        given.act(number, "approve", by=world.head)
    assert codes(refused) == {"conflict-of-interest"}
    given.act(number, "approve", by=world.deputy)
    (decision,) = given.decisions(number)
    assert (decision.decided_by_id, decision.in_place_of_id) == (world.deputy.id, world.head.id)


def test_the_delegate_is_also_the_administrator(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.administers(world.head, world.care)
    decides, executes = given.order(), given.order(world.outsider)
    given.act(decides, "approve", by=world.head)
    with pytest.raises(Refused) as refused:
        given.act(decides, "execute", by=world.head, account_name="a")
    assert codes(refused) == {"separation"}
    given.absence(world.head)
    given.act(executes, "approve", by=world.deputy)
    given.act(executes, "execute", by=world.head, account_name="a")
    assert given.request(executes).executed_by_id == world.head.id


def test_the_delegation_expires_while_a_case_waits(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.change(world.delegation, valid_to=TODAY)
    number = given.order()
    tomorrow = NOW + timedelta(days=1)
    for person in (world.head, world.deputy):
        with pytest.raises(Refused) as refused:
            given.act(number, "approve", by=person, now=tomorrow)
        assert codes(refused) == {"delegation-not-valid"}
    given.act(number, "approve", by=world.chair, now=tomorrow)
    assert given.decisions(number)[0].mandate_basis == "chair"


def test_two_employments_and_one_ends(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    person = given.person("double", ends_on=NEXT_WEEK)
    given.employment(person, number="2")
    with pytest.raises(BadInput) as which:
        given.order(person)
    assert "say which" in which.value.text.say("en")
    first = given.order(person, employment_number="1", ends_on=NEXT_WEEK)
    second = given.order(person, employment_number="2")
    for number in (first, second):
        given.take(number, "COMPLETED")
    sweep_grants(given.office, end_of_day(NEXT_WEEK))
    ends = {grant.ends_on: grant.state for grant in given.grants(person)}
    assert ends == {NEXT_WEEK: "REVOCATION_PENDING", None: "ACTIVE"}
    assert world.nurse.id != person.id


def test_rehired_the_day_after(database: Database) -> None:
    given = Given(database)
    given.municipality()
    person = given.person("again", ends_on=TODAY)
    given.employment(person, number="2", starts_on=TOMORROW)
    with pytest.raises(Refused) as refused:
        given.order(person, ends_on=NEXT_WEEK)
    assert codes(refused) == {"not-employed-then"}
    # Access hangs on an employment: the old one ends with it, the new one is ordered for the new.
    old = given.held(person, ends_on=TODAY)
    new = given.held(person, starts_on=TOMORROW)
    assert old.employment_id != new.employment_id
    sweep_grants(given.office, end_of_day(TODAY) + timedelta(hours=1))
    assert given.again(old).state == "REVOCATION_PENDING"
    assert given.again(new).state == "ACTIVE"


def test_a_person_with_protected_identity_is_named_nowhere(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    hidden = given.person("4711", given_name="Hemlig", family_name="Gömd", protected=True)
    given.delegation(hidden)
    given.take(given.order(hidden), "COMPLETED")
    # Also when it is they who act.
    given.act(given.order(), "approve", by=hidden)
    messages = given.messages()
    assert any("4711" in message.text for message in messages)
    for message in messages:
        for said in (message.subject, message.text, message.html):
            assert "Hemlig" not in said
            assert "Gömd" not in said
    assert world.nurse.name not in "".join(message.subject for message in messages)


def test_a_consultant_without_an_employee_number(database: Database) -> None:
    given = Given(database)
    given.municipality()
    consultant = given.person("K-00001", kind=EmploymentKind.CONSULTANT, ends_on=NEXT_WEEK)
    with pytest.raises(Refused):
        given.order(consultant)
    assert given.held(consultant, ends_on=NEXT_WEEK).state == "ACTIVE"


def test_an_hourly_employee_whose_access_ends_in_mid_shift(database: Database) -> None:
    given = Given(database)
    given.municipality()
    hourly = given.person("hourly", kind=EmploymentKind.HOURLY, ends_on=TODAY)
    mid_shift = datetime(2026, 3, 10, 13, 30, tzinfo=UTC)
    grant = given.held(hourly, ends_on=TODAY, ends_at=mid_shift)
    sweep_grants(given.office, mid_shift - timedelta(minutes=1))
    assert given.again(grant).state == "ACTIVE"
    sweep_grants(given.office, mid_shift)
    assert given.again(grant).state == "REVOCATION_PENDING"
    assert sweep_grants(given.office, mid_shift) == 0


def test_a_retroactive_emergency_order(database: Database) -> None:
    given = Given(database)
    given.municipality()
    with pytest.raises(Refused) as refused:
        given.order(starts_on=YESTERDAY)
    assert codes(refused) == {"retroactive-without-reason"}
    number = given.order(starts_on=YESTERDAY, retroactive_reason="The ward was flooded at night.")
    assert given.events(number)[0].data["asked"]["retroactive_reason"] == "The ward was flooded at night."
    given.take(number, "COMPLETED")
    assert given.grants()[0].starts_on == YESTERDAY


def test_a_profile_is_withdrawn_while_people_hold_it(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    grant = given.held(ends_on=NEXT_WEEK)
    waiting = given.order(world.outsider)
    given.change(world.read, withdrawn_on=TODAY)
    # It can no longer be ordered, decided or renewed; who holds it holds it, and can be relieved of it.
    for refuse in (
        lambda: given.order(world.manager),
        lambda: given.order(kind="RENEW", ends_on=NEXT_WEEK + timedelta(days=7)),
        lambda: given.act(waiting, "approve", by=world.head),
    ):
        with pytest.raises(Refused) as refused:
            refuse()
        assert codes(refused) == {"profile-not-in-force"}
    assert given.again(grant).state == "ACTIVE"
    given.take(given.order(kind="END"), "COMPLETED")
    assert given.again(grant).state == "REVOKED"


def test_a_system_goes_from_one_user_to_two(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.change(given.all(Administrator)[0], valid_to=YESTERDAY)
    first = given.take(given.order(), "AWAITING_EXECUTION")
    given.act(first, "execute", by=world.head_of_it, account_name="a")
    given.act(first, "register", by=world.technician, ticket_number="N-1")
    with pytest.raises(Refused) as refused:
        given.order(world.outsider)
    assert codes(refused) == {"no-administrator"}
    given.administers(world.administrator, world.care, valid_from=TODAY)
    assert given.state(given.order(world.outsider)) == "AWAITING_DECISION"


def test_a_board_is_reorganised_in_mid_case(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    new_board = given.body("HEALTHBOARD", parent=world.council)
    new_head = given.person("new_head")
    number = given.order()
    given.change(world.care, owner_id=new_board.id)
    given.change(world.board, dissolved_on=TODAY)
    given.delegation(new_head, body=new_board)
    assert given.may(number, Part.DECIDE) == ["new_head"]
    with pytest.raises(Refused):
        given.act(number, "approve", by=world.head)
    given.act(number, "approve", by=new_head)


def test_a_board_is_dissolved_and_nobody_took_over_its_system(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    given.change(world.board, dissolved_on=TODAY)
    with pytest.raises(Refused) as refused:
        given.act(number, "approve", by=world.head)
    assert codes(refused) == {"delegation-not-valid"}
    assert given.may(number, Part.DECIDE) == ["superior"]


@pytest.mark.parametrize("second", ["head", "deputy"])
def test_two_people_press_approve_in_the_same_second(database: Database, second: str) -> None:
    given = Given(database)
    world = given.municipality()
    given.absence(world.head)
    number = given.order()
    barrier = Barrier(2)

    def approve(name: str) -> Outcome | Conflict:
        own = Database(database.url)
        barrier.wait()
        try:
            return cases.act(
                replace(given.office, database=own), number, "approve", {}, given.actor(getattr(world, name)), NOW
            )
        except Conflict as conflict:
            return conflict
        finally:
            own.dispose()

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(approve, ("head", second)))
    assert sorted(type(row).__name__ for row in results) == ["Conflict", "Outcome"]
    (loser,) = [row for row in results if isinstance(row, Conflict)]
    assert "approved by" in loser.text.say("en")
    assert [event.kind for event in given.events(number)] == ["submit", "approve"]
    assert len(given.decisions(number)) == 1
    assert given.is_whole()


def test_whoever_could_have_decided_is_told_who_did(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.absence(world.head)
    number = given.order()
    given.act(number, "approve", by=world.head)
    with pytest.raises(Conflict) as late:
        given.act(number, "approve", by=world.deputy)
    assert "approved by" in late.value.text.say("en")


def test_a_leap_day_is_a_last_day_like_any_other(database: Database) -> None:
    given = Given(database)
    given.municipality()
    grant = given.held(ends_on=date(2028, 2, 29))
    sweep_grants(given.office, datetime(2028, 2, 29, 22, 59, tzinfo=UTC))
    assert given.again(grant).state == "ACTIVE"
    sweep_grants(given.office, datetime(2028, 2, 29, 23, 0, tzinfo=UTC))
    assert given.again(grant).state == "REVOCATION_PENDING"
