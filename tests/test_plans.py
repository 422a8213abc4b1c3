"""On SQLite no act and no sweep reads a whole organisation to find what belongs to one case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from migrations.statistics import MANY
from models import Database, DepartureKind
from tests.given import NOW, TODAY, Given
from workflows.departure_views import departure_view
from workflows.escalation import sweep_all
from workflows.views import case_view

# They grow with people and systems, and not with every act.
SMALL = {"departure_notice", "employment", "person"}
WHOLE = re.compile(r"SCAN (\w+)|SEARCH (\w+) USING (?:COVERING )?INDEX (\w+) \(organisation_id=\?\)$")
# All that is open is few, and is what an inbox is made of.
OPEN = "ix_task_open"


@contextmanager
def statements(database: Database) -> Iterator[dict[str, Any]]:
    """Every statement that is made meanwhile, with what it was given."""
    made: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE")):
            made.setdefault(statement, given[0] if many else given)

    sa.event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield made
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", note)


def read_whole(database: Database, statement: str, given: Any) -> list[str]:
    """The growing tables that a statement reads a whole organisation's rows of, or all."""
    with database.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all()
    found = [match.groups() for row in plan if (match := WHOLE.match(row[3]))]
    return [one or other for one, other, index in found if (one or other) in MANY.keys() - SMALL and index != OPEN]


def test_nothing_that_grows_is_read_whole(sqlite_database: Database) -> None:
    given = Given(sqlite_database)
    world = given.municipality()
    given.grant(world.outsider, world.read)
    with statements(sqlite_database) as made:
        number = given.order(ends_on=TODAY)
        given.act(number, "approve", by=world.head)
        given.act(number, "execute", by=world.administrator, account_name="a1")
        given.act(number, "register", by=world.technician, ticket_number="N-1")
        leaves = given.leaves(world.outsider, kind=DepartureKind.IMMEDIATE, last_day=TODAY)
        given.act(leaves, "block", by=world.technician, ticket_number="N-2")
        for days in (1, 2):
            sweep_all(given.office, NOW + timedelta(days=days))
        with sqlite_database.reading(given.organisation.id) as session:
            case_view(session, given.office, number, given.actor(world.head), NOW)
            departure_view(session, given.office, leaves, given.actor(world.hr), NOW)
    assert len(made) > 50
    whole = {text: tables for text, values in made.items() if (tables := read_whole(sqlite_database, text, values))}
    assert not whole
