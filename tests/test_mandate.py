"""Who may act: separation of parts, conflict of interest, delegations and their deputies, and when nobody can."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from models import AppointedRole, Appointment, Database, Delegation, Part, Person
from tests.given import NOW, TODAY, Given, World
from workflows.errors import Refused
from workflows.escalation import sweep_tasks, sweep_unattended

YESTERDAY = TODAY - timedelta(days=1)


def why_not(given: Given, number: str, event: str, by: Person, **data: Any) -> set[str]:
    """The codes of the reasons somebody is refused for."""
    with pytest.raises(Refused) as refused:
        given.act(number, event, by=by, **data)
    return {reason.code for reason in refused.value.reasons}


# --- Conflict of interest ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Jav:
    """Whose access it is, who asks, and who may then decide."""

    title: str
    person: str
    requester: str
    may: list[str]


CONFLICTS = [
    # The delegate decides, as long as they are no party.
    Jav(title="no party", person="nurse", requester="manager", may=["head"]),
    # Their own access, or their own request: the deputy.
    Jav(title="for the delegate", person="head", requester="manager", may=["deputy"]),
    Jav(title="asked by the delegate", person="nurse", requester="head", may=["deputy"]),
    # Both are parties: the chair of the body.
    Jav(title="delegate asks for deputy", person="deputy", requester="head", may=["chair"]),
    Jav(title="deputy asks for delegate", person="head", requester="deputy", may=["chair"]),
]


@pytest.mark.parametrize("row", CONFLICTS, ids=[row.title for row in CONFLICTS])
def test_a_conflict_of_interest_goes_to_the_deputy_and_then_to_the_chair(database: Database, row: Jav) -> None:
    given = Given(database)
    world = given.municipality()
    given.answers_to(getattr(world, row.person), getattr(world, row.requester))
    number = given.order(getattr(world, row.person), by=getattr(world, row.requester))
    assert given.may(number, Part.DECIDE) == row.may
    assert given.told(number, "TASK_OPENED") == set(row.may)
    for party in {row.person, row.requester} & {"head", "deputy"}:
        assert "conflict-of-interest" in why_not(given, number, "approve", getattr(world, party))
    given.act(number, "approve", by=getattr(world, row.may[0]))
    assert given.decisions(number)[0].decided_by_id == getattr(world, row.may[0]).id


def test_above_the_chair_is_the_superior_body(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.change(world.delegation, revoked_on=TODAY)
    number = given.order(world.chair)
    assert given.may(number, Part.DECIDE) == ["superior"]
    given.act(number, "approve", by=world.superior)
    assert given.decisions(number)[0].mandate_basis == "superior-chair"


def test_nobody_executes_or_registers_their_own_access(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    other = given.person("second_administrator")
    given.administers(other, world.care)
    number = given.take(given.order(world.administrator), "AWAITING_EXECUTION")
    assert "conflict-of-interest" in why_not(given, number, "execute", world.administrator, account_name="a")
    given.act(number, "execute", by=other, account_name="a")
    own = given.order(world.technician)
    given.take(own, "AWAITING_REGISTRATION")
    assert "conflict-of-interest" in why_not(given, own, "register", world.technician, ticket_number="N-1")
    assert given.act(own, "register", by=world.second_technician, ticket_number="N-1").state == "COMPLETED"


# --- Separation of the parts ------------------------------------------------------------------------------------------


def test_one_person_plays_one_part(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.administers(world.head, world.care)
    given.appointment(world.head, AppointedRole.TECHNICIAN)
    number = given.take(given.order(), "AWAITING_EXECUTION")
    assert "separation" in why_not(given, number, "execute", world.head, account_name="a")
    given.act(number, "execute", by=world.administrator, account_name="a")
    assert "separation" in why_not(given, number, "register", world.head, ticket_number="N-1")


def test_the_one_who_executed_does_not_register(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.appointment(world.administrator, AppointedRole.TECHNICIAN)
    number = given.take(given.order(), "AWAITING_REGISTRATION")
    assert "separation" in why_not(given, number, "register", world.administrator, ticket_number="N-1")


def test_on_a_small_system_two_parts_may_meet_and_the_record_says_so(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.separation_waived_up_to(1)
    given.administers(world.head, world.care)
    given.appointment(world.head, AppointedRole.TECHNICIAN)
    number = given.take(given.order(), "AWAITING_EXECUTION")
    given.act(number, "execute", by=world.head, account_name="a")
    assert given.request(number).separation_waived
    assert given.events(number)[-1].data["separation_waived"] is True
    # Two of three, never all three.
    assert "separation" in why_not(given, number, "register", world.head, ticket_number="N-1")
    given.act(number, "register", by=world.technician, ticket_number="N-1")


def test_a_waiver_never_lets_anybody_decide_for_themself(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.separation_waived_up_to(1)
    number = given.order(world.head)
    assert "conflict-of-interest" in why_not(given, number, "approve", world.head)


def test_separate_parts_are_not_marked_as_waived(database: Database) -> None:
    given = Given(database)
    given.municipality()
    given.separation_waived_up_to(1)
    assert not given.request(given.take(given.order(), "COMPLETED")).separation_waived


# --- Delegations ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Period:
    """What a delegation's dates are, and whether it holds today."""

    title: str
    values: dict[str, date | None]
    holds: bool


PERIODS = [
    # Both days are included.
    Period(title="from today", values={"valid_from": TODAY}, holds=True),
    Period(title="until today", values={"valid_to": TODAY}, holds=True),
    Period(title="until further notice", values={"valid_to": None}, holds=True),
    Period(title="from tomorrow", values={"valid_from": TODAY + timedelta(days=1)}, holds=False),
    Period(title="until yesterday", values={"valid_to": YESTERDAY}, holds=False),
    # A revocation counts from its day.
    Period(title="revoked today", values={"revoked_on": TODAY}, holds=False),
    Period(title="revoked tomorrow", values={"revoked_on": TODAY + timedelta(days=1)}, holds=True),
]


@pytest.mark.parametrize("row", PERIODS, ids=[row.title for row in PERIODS])
def test_a_delegation_holds_on_its_days(sqlite_database: Database, row: Period) -> None:
    given = Given(sqlite_database)
    world = given.municipality()
    number = given.order()
    given.change(world.delegation, **row.values)
    if row.holds:
        given.act(number, "approve", by=world.head)
    else:
        assert why_not(given, number, "approve", world.head) == {"delegation-not-valid"}
        assert given.may(number, Part.DECIDE) == ["chair"]


def test_a_delegation_of_named_systems_reaches_no_other(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.change(world.delegation, revoked_on=TODAY)
    archive = given.system("ARCHIVE", administrator=world.administrator, profiles=["FILE"])
    given.delegation(world.outsider, systems=[archive])
    assert given.may(given.order(), Part.DECIDE) == ["chair"]
    assert given.may(given.order(system="ARCHIVE", profile="FILE"), Part.DECIDE) == ["outsider"]


def test_a_delegation_of_another_body_reaches_nothing(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.delegation(world.outsider, body=given.body("SCHOOLBOARD"))
    assert why_not(given, given.order(), "approve", world.outsider) == {"no-mandate"}


def chain(given: Given, world: World, further_levels: int) -> tuple[Delegation, Delegation]:
    """A delegation under the head's, and one under that."""
    given.change(world.delegation, further_levels=further_levels)
    first = given.delegation(world.manager, parent=world.delegation, further_levels=1)
    return first, given.delegation(world.outsider, parent=first)


@pytest.mark.parametrize(
    ("further_levels", "may"),
    # No further, one further, two further.
    [(0, ["head"]), (1, ["head", "manager"]), (2, ["head", "manager", "outsider"])],
)
def test_a_chain_is_no_longer_than_its_delegations_allow(
    sqlite_database: Database, further_levels: int, may: list[str]
) -> None:
    given = Given(sqlite_database)
    world = given.municipality()
    chain(given, world, further_levels)
    given.answers_to(world.deputy, world.nurse)
    number = given.order(by=world.nurse, person=world.deputy)
    assert given.may(number, Part.DECIDE) == may


def test_a_chain_holds_no_better_than_its_first_link(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    chain(given, world, 2)
    given.change(world.delegation, revoked_on=TODAY)
    assert given.may(given.order(), Part.DECIDE) == ["chair"]


# --- Absence and deputies ---------------------------------------------------------------------------------------------


def test_a_deputy_reaches_a_task_that_was_already_open(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    assert why_not(given, number, "approve", world.deputy) == {"no-mandate"}
    given.absence(world.head)
    given.act(number, "approve", by=world.deputy)
    (decision,) = given.decisions(number)
    assert (decision.decided_by_id, decision.in_place_of_id, decision.mandate_basis) == (
        world.deputy.id,
        world.head.id,
        "deputy",
    )
    event = given.events(number)[-1]
    assert event.in_place_of_id == world.head.id
    assert event.mandate is not None
    assert event.mandate["reference"] == world.delegation.reference


@pytest.mark.parametrize(
    ("first", "last", "away"),
    # Both days are included.
    [(0, 0, True), (-5, 0, True), (0, 5, True), (1, 5, False), (-5, -1, False)],
)
def test_somebody_is_away_on_the_days_they_said(sqlite_database: Database, first: int, last: int, away: bool) -> None:
    given = Given(sqlite_database)
    world = given.municipality()
    given.absence(world.head, TODAY + timedelta(days=first), TODAY + timedelta(days=last))
    assert given.may(given.order(), Part.DECIDE) == (["head", "deputy"] if away else ["head"])


def test_those_who_are_away_are_not_asked(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.absence(world.head)
    assert given.told(given.order(), "TASK_OPENED") == {"deputy"}


def test_when_all_are_away_the_chair_is_asked(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    given.absence(world.head)
    given.absence(world.deputy)
    assert given.told(given.order(), "TASK_OPENED") == {"chair"}


def test_when_the_technicians_are_away_the_head_of_it_registers(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    for person in (world.technician, world.second_technician):
        given.absence(person)
    number = given.take(given.order(), "AWAITING_REGISTRATION")
    assert "head_of_it" in given.may(number, Part.REGISTER)


def test_escalation_lets_the_deputy_in_and_then_the_chair(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    sweep_tasks(given.office, NOW + timedelta(days=3))
    assert given.may(number, Part.DECIDE) == ["head", "deputy"]
    sweep_tasks(given.office, NOW + timedelta(days=8))
    assert given.may(number, Part.DECIDE) == ["head", "deputy", "chair"]
    late = NOW + timedelta(days=8)
    given.act(number, "approve", by=world.chair, now=late)
    assert given.told(number, "ESCALATION") == {"deputy", "chair"}


# --- When nobody can --------------------------------------------------------------------------------------------------


def nobody_decides(given: Given, world: World) -> None:
    """The delegation is gone and every chair has left."""
    given.change(world.delegation, revoked_on=TODAY)
    for row in given.all(Appointment, Appointment.role == AppointedRole.CHAIR):
        given.change(row, valid_to=YESTERDAY)


def test_when_nobody_can_act_the_case_waits_and_those_above_are_told(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    nobody_decides(given, world)
    number = given.order()
    (task,) = given.tasks(number)
    assert task.unattended_since == NOW
    assert given.told(number, "UNATTENDED") == {"head_of_it", "coordinator"}
    assert given.told(number, "TASK_OPENED") == set()
    for person in (world.head, world.deputy, world.chair, world.superior, world.head_of_it, world.coordinator):
        assert why_not(given, number, "approve", person)
    assert given.state(number) == "AWAITING_DECISION"


def test_a_task_that_loses_its_last_holder_is_found_and_so_is_one_that_gets_one_again(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    nobody_decides(given, world)
    assert sweep_unattended(given.office, NOW) == 1
    assert sweep_unattended(given.office, NOW) == 0
    assert given.tasks(number)[0].unattended_since == NOW
    given.delegation(world.deputy)
    assert sweep_unattended(given.office, NOW) == 1
    assert given.tasks(number)[0].unattended_since is None
    assert [event.kind for event in given.events(number)] == ["submit", "unattended", "attended"]
    assert given.is_whole()


def test_somebody_who_has_left_cannot_act(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    given.change(given.employment_of(world.head), ends_on=YESTERDAY)
    assert "not-employed" in why_not(given, number, "approve", world.head)
    assert given.may(number, Part.DECIDE) == ["deputy"]


def test_an_outsider_learns_nothing_of_the_case_but_that_they_have_no_mandate(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    given.change(world.read, withdrawn_on=TODAY)
    assert why_not(given, number, "approve", world.outsider) == {"no-mandate"}
