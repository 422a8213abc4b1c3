"""A case from request to registration: four commits of ours, beside the same rows written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col, select

from benchmarks.measuring import Row, in_turns, row
from benchmarks.places import NOW, POSTGRESQL, SQLITE, Stage, actor, office_of
from benchmarks.rows import Driver, Values, renamed
from demo.cast import ADMINISTRATOR, HEAD_OF_DEPARTMENT, READ, REQUESTER, STORY, TECHNICIAN
from demo.cast import CARE_SYSTEM as SYSTEM
from models import ConfidentialityUndertaking, Employment, Person
from workflows import cases, orders
from workflows.evidence import Actor
from workflows.office import Office
from workflows.orders import Line

STEPS: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    (HEAD_OF_DEPARTMENT, "approve", {}),
    (ADMINISTRATOR, "execute", {"account_name": "a1"}),
    (TECHNICIAN, "register", {"ticket_number": "NP-1"}),
)
TABLES: Final = ("case_file", "authorisation_request", "decision", "access_grant", "task", "event", "message")
"""What a case writes, in an order in which no row comes before one that it refers to."""
Commit = list[tuple[str, str, Values]]
"""What one commit writes: whether inserted or updated, in which table, which values."""


def measure(stage: Stage) -> list[Row]:
    """Cases a second, and milliseconds of processor a case."""
    return [found for engine in (SQLITE, POSTGRESQL) for found in _measure(stage, engine)]


def _measure(stage: Stage, engine: str) -> Iterator[Row]:
    rounds, each = (2, 2) if stage.quick else (7, 20)
    with stage.database(engine) as database, Driver.connected(database) as driver:
        office = office_of(database)
        opened = _ours(office)
        commits = _commits_of(office, driver)
        numbers = count(1)
        opened(1)

        def by_hand() -> int:
            for _ in range(each):
                _write(driver, commits, next(numbers))
            return each

        samples = in_turns(rounds, {"ours": lambda: opened(each), "baseline": by_hand})
    yield row("cases", engine, "a case, four commits", "cases/s", samples.rates("ours"), samples.rates("baseline"))
    yield row("cases", engine, "a case, processor", "ms", samples.cpu("ours"), samples.cpu("baseline"))


def _ours(office: Office) -> Callable[[int], int]:
    """Takes cases all the way, each for another person or another part of the system."""
    requester, actors = actor(office, REQUESTER), [actor(office, number) for number, _, _ in STEPS]
    people, places = employees(office), count()

    def opened(wanted: int) -> int:
        for _ in range(wanted):
            place = next(places)
            line = Line(
                employee_number=people[place % len(people)],
                system=SYSTEM,
                profile=READ,
                purpose="Measured",
                scope=f"ours {place}",
            )
            _through(office, line, requester, actors)
        return wanted

    return opened


def _through(office: Office, line: Line, requester: Actor, actors: list[Actor]) -> str:
    [outcome] = orders.open_order(office, [line], requester, NOW)
    for who, (_, event, data) in zip(actors, STEPS, strict=True):
        cases.act(office, outcome.number, event, data, who, NOW)
    return outcome.number


def employees(office: Office) -> list[str]:
    """People who can be given access, put under the one who orders for them here.

    They have one employment, until further notice, and the undertaking acknowledged.
    """
    acknowledged = select(ConfidentialityUndertaking.person_id)
    query = (
        sa.select(col(Person.employee_number))
        .join(Employment, col(Employment.person_id) == col(Person.id))
        .where(col(Person.id).in_(acknowledged), col(Person.employee_number).not_in([number for number, *_ in STORY]))
        .group_by(col(Person.employee_number))
        .having(sa.func.count() == 1, sa.func.max(col(Employment.ends_on)).is_(None))
        .order_by(col(Person.employee_number))
    )
    manager = sa.select(col(Person.id)).where(col(Person.employee_number) == REQUESTER).scalar_subquery()
    with office.database.writing(office.organisation_id) as session:
        numbers = list(session.execute(query).scalars())
        people = sa.select(col(Person.id)).where(col(Person.employee_number).in_(numbers))
        session.execute(sa.update(Employment).where(col(Employment.person_id).in_(people)).values(manager_id=manager))
    return numbers


# --- The baseline ---------------------------------------------------------------------------------------------------


def _commits_of(office: Office, driver: Driver) -> list[Commit]:
    """What each commit of one of our cases writes, seen in the database after each."""
    requester, actors = actor(office, REQUESTER), [actor(office, number) for number, _, _ in STEPS]
    line = Line(
        employee_number=employees(office)[0], system=SYSTEM, profile=READ, purpose="Measured", scope="the model"
    )
    [outcome] = orders.open_order(office, [line], requester, NOW)
    seen: dict[tuple[str, Any], Values] = {}
    commits = [_difference(driver, outcome.number, seen)]
    for who, (_, event, data) in zip(actors, STEPS, strict=True):
        cases.act(office, outcome.number, event, data, who, NOW)
        commits.append(_difference(driver, outcome.number, seen))
    return commits


def _difference(driver: Driver, number: str, seen: dict[tuple[str, Any], Values]) -> Commit:
    commit: Commit = []
    [case] = driver.read("case_file", "number = ?", [number])
    for table in TABLES:
        key = "id" if table in ("case_file", "authorisation_request") else "case_id"
        for values in driver.read(table, f"{key} = ?", [case["id"]]):
            before = seen.get((table, values["id"]))
            changed = {name: value for name, value in values.items() if before is None or before[name] != value}
            if before is None:
                commit.append(("insert", table, values))
            elif changed:
                commit.append(("update", table, {"id": values["id"], **changed}))
            seen[table, values["id"]] = values
    # A case is opened before anybody decides on it, and is seen with its decision only after: inserts come first.
    return sorted(commit, key=lambda change: change[0])


def _write(driver: Driver, commits: list[Commit], place: int) -> None:
    """Write a case like the model, with ids and a number of its own."""
    names: dict[Any, Any] = {"the model": f"by hand {place}"}
    for commit in commits:
        for how, table, values in commit:
            if how == "insert":
                names.setdefault(values["id"], driver.new_id())
            if table == "case_file" and "number" in values:
                names[values["number"]] = f"HAND-{place}"
    for commit in commits:
        with driver.transaction():
            if commit is not commits[0]:
                lock = "" if driver.sqlite else " FOR UPDATE"
                driver.run(f"SELECT * FROM case_file WHERE number = ?{lock}", [f"HAND-{place}"]).fetchone()
            for how, table, values in commit:
                [(_, named)] = renamed([(table, values)], names)
                driver.insert(table, [named]) if how == "insert" else driver.update(table, named)
