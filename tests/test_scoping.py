"""Two organisations in one database never meet, and the database holds the rules also against direct writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, col, select

from models import AccessGrant, Database, Decision, Employment, Event, Message, Person, Task, new_id
from models.database import Scoped, WrongOrganisationError, values_of
from tests.given import NOW, TODAY, Given
from workflows import evidence
from workflows.authority import Authority
from workflows.errors import NotFound
from workflows.escalation import sweep_all
from workflows.lookup import case_by_number


def two_organisations(database: Database) -> tuple[Given, Given]:
    """Two municipalities in one database, with the same keys and numbers in both."""
    one, other = Given(database, "ONE"), Given(database, "OTHER")
    one.municipality()
    other.municipality()
    return one, other


def test_each_organisation_sees_its_own_rows_and_no_others(database: Database) -> None:
    one, other = two_organisations(database)
    for given in (one, other):
        given.take(given.order(ends_on=TODAY), "COMPLETED")
    tables: list[type[Scoped]] = Scoped.__subclasses__()
    for table in tables:
        for given in (one, other):
            assert {row.organisation_id for row in given.all(table)} <= {given.organisation.id}
    for written in (Person, Event, Task, Message, AccessGrant):
        assert one.all(written)
        assert other.all(written)
    with database.reading(None) as session:
        assert len(session.exec(select(Person)).all()) == len(one.all(Person)) + len(other.all(Person))


def test_joins_aliases_subqueries_and_changes_reach_one_organisation_only(database: Database) -> None:
    one, other = two_organisations(database)
    manager = aliased(Person)
    query = (
        select(Employment.organisation_id, Person.organisation_id, manager.organisation_id)
        .join(Person, col(Person.id) == col(Employment.person_id))
        .join(manager, sa.true())
        .where(col(Person.id).in_(select(Person.id).where(Person.employee_number == "nurse")))
    )
    for given in (one, other, one):
        with database.writing(given.organisation.id) as session:
            found = session.execute(query).all()
            changed = session.execute(
                sa.update(Person).values(email="new@behorig.example").returning(col(Person.organisation_id))
            ).scalars()
            assert {key for row in found for key in row} == set(changed) == {given.organisation.id}


def test_each_organisation_has_its_own_numbers(database: Database) -> None:
    one, other = two_organisations(database)
    assert one.order() == other.order() == "BEH-2026-00001"
    assert one.case("BEH-2026-00001").id != other.case("BEH-2026-00001").id


def test_nobody_acts_in_another_organisation(database: Database) -> None:
    one, other = two_organisations(database)
    number = one.order()
    with pytest.raises(NotFound):
        other.act(number, "approve", by=other.world.head)
    assert one.state(number) == "AWAITING_DECISION"


def test_a_sweep_touches_one_organisation_only(database: Database) -> None:
    one, other = two_organisations(database)
    mine, theirs = one.order(), other.order()
    before = other.events(theirs)
    sweep_all(one.office, NOW + timedelta(days=40))
    assert one.state(mine) == "LAPSED"
    assert other.state(theirs) == "AWAITING_DECISION"
    assert [row.id for row in other.events(theirs)] == [row.id for row in before]


def test_authority_and_evidence_are_an_organisations_own(database: Database) -> None:
    one, other = two_organisations(database)
    one.order()
    with database.reading(other.organisation.id) as session:
        authority = Authority.read(session)
        assert set(authority.delegations) == {other.world.delegation.id}
        assert evidence.verify(session).events == 0


def test_a_session_refuses_a_row_of_another_organisation(database: Database) -> None:
    one, other = two_organisations(database)
    person = Person(organisation_id=other.organisation.id, employee_number="spy", given_name="A", family_name="Spy")
    with pytest.raises(WrongOrganisationError):
        one.save(person)


def write(database: Database, row: SQLModel) -> None:
    """Write a row past everything but the database itself."""
    with database.writing(None) as session:
        session.add(row)


def refuses(database: Database, row: SQLModel) -> None:
    """The database itself refuses to have this row."""
    with pytest.raises(sa.exc.IntegrityError):
        write(database, row)


def test_the_database_refuses_a_reference_into_another_organisation(database: Database) -> None:
    one, other = two_organisations(database)
    refuses(
        database,
        Employment(
            organisation_id=one.organisation.id,
            person_id=one.world.nurse.id,
            number="2",
            department_id=other.world.department.id,
            starts_on=TODAY,
        ),
    )


def test_the_database_refuses_a_profile_of_another_system(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    archive = given.system("ARCHIVE")
    refuses(database, decision(given, system_id=archive.id, profile_id=world.read.id))


def decision(given: Given, **values: Any) -> Decision:
    """A decision by the head on the nurse's request, with something else about it."""
    world = given.world
    number = given.order()
    plain: dict[str, Any] = {
        "organisation_id": given.organisation.id,
        "case_id": given.case(number).id,
        "outcome": "APPROVED",
        "at": NOW,
        "decided_by_id": world.head.id,
        "mandate_basis": "delegation",
        "mandate_reference": "§ 14",
        "requester_id": world.manager.id,
        "person_id": world.nurse.id,
        "system_id": world.care.id,
        "profile_id": world.read.id,
        "profile_version": 1,
        "starts_on": TODAY,
    }
    return Decision(**plain | values)


Wrong = Callable[[Given], dict[str, Any]]
WRONG: list[tuple[str, Wrong]] = [
    ("on one's own access", lambda given: {"decided_by_id": given.world.nurse.id}),
    ("on one's own request", lambda given: {"decided_by_id": given.world.manager.id}),
    ("by nobody", lambda _given: {"decided_by_id": None}),
    ("by a rule that is somebody", lambda _given: {"outcome": "DEFAULT"}),
    ("without a mandate", lambda _given: {"mandate_reference": ""}),
    ("a rejection without a reason", lambda _given: {"outcome": "REJECTED"}),
    ("for a period that runs backwards", lambda _given: {"ends_on": TODAY - timedelta(days=1)}),
    ("in no case", lambda _given: {"case_id": None}),
]


@pytest.mark.parametrize("wrong", [row[1] for row in WRONG], ids=[row[0] for row in WRONG])
def test_the_database_refuses_a_decision(database: Database, wrong: Wrong) -> None:
    given = Given(database)
    given.municipality()
    refuses(database, decision(given, **wrong(given)))


def test_the_database_has_a_right_decision(database: Database) -> None:
    given = Given(database)
    given.municipality()
    row = decision(given)
    write(database, row)
    assert given.all(Decision)[0].id == row.id


PLAYED = [
    ("executed by the person", "AWAITING_REGISTRATION", {"executed_by_id": "nurse"}),
    ("registered by the person", "COMPLETED", {"registered_by_id": "nurse"}),
    ("executed and registered by one", "COMPLETED", {"registered_by_id": "administrator"}),
    ("executed undecided", "AWAITING_DECISION", {"executed_by_id": "administrator"}),
    ("registered, not executed", "AWAITING_EXECUTION", {"registered_by_id": "technician"}),
]


@pytest.mark.parametrize(("state", "played"), [row[1:] for row in PLAYED], ids=[row[0] for row in PLAYED])
def test_the_database_refuses_a_part_that_is_not_theirs(database: Database, state: str, played: dict[str, str]) -> None:
    given = Given(database)
    world = given.municipality()
    request = given.request(given.take(given.order(), state))
    with pytest.raises(sa.exc.IntegrityError):
        given.change(request, **{column: getattr(world, name).id for column, name in played.items()})


def test_the_database_refuses_a_registration_without_a_ticket(database: Database) -> None:
    given = Given(database)
    given.municipality()
    with pytest.raises(sa.exc.IntegrityError):
        given.change(given.request(given.take(given.order(), "COMPLETED")), ticket_number="")


def test_the_database_has_one_live_grant_of_a_kind(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    grant = given.held()
    copy = {**grant.model_dump(), "id": new_id()}
    refuses(database, AccessGrant(**copy))
    given.change(grant, state="REVOKED", ended_at=NOW)
    given.grant(world.nurse, world.read)


def test_the_database_has_one_open_task_of_a_part(database: Database) -> None:
    given = Given(database)
    given.municipality()
    (task,) = given.tasks(given.order())
    refuses(database, Task(**{**task.model_dump(), "id": new_id()}))


def test_a_case_of_another_organisation_is_not_found_by_its_number(database: Database) -> None:
    one, other = two_organisations(database)
    one.order()
    with pytest.raises(NotFound), database.reading(other.organisation.id) as session:
        case_by_number(session, "BEH-2026-00001")


def test_values_are_an_organisations_own_too(database: Database) -> None:
    one, other = two_organisations(database)
    for given in (one, other):
        given.take(given.order(ends_on=TODAY), "COMPLETED")
    tables: list[type[Scoped]] = Scoped.__subclasses__()
    for table in tables:
        everything = len(one.all(table)) + len(other.all(table))
        for given in (one, other):
            with database.reading(given.organisation.id) as session:
                found = values_of(session, table)
            assert {row.organisation_id for row in found} <= {given.organisation.id}
            assert len(found) == len(given.all(table))
        with database.reading(None) as session:
            assert len(values_of(session, table)) == everything
