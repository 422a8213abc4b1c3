"""Evidence: what is written once stays, and what is changed behind our back is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from models import Database, Event
from tests.given import NOW, Given
from workflows import evidence
from workflows.deadlines import STOCKHOLM

TRIGGERS = {
    "sqlite": ("DROP TRIGGER event_no_update", "DROP TRIGGER event_no_delete"),
    "postgresql": ("DROP TRIGGER event_no_change ON event",),
}


def behind_our_back(database: Database, *statements: str) -> None:
    """Change the database as somebody with the key to it could."""
    with database.writing(None) as session:
        for statement in (*TRIGGERS[database.engine.dialect.name], *statements):
            session.execute(sa.text(statement))


def events_of(given: Given, number: str) -> str:
    """A condition for the events of a case, as SQL."""
    plain = given.case(number).id
    return f"chain_id = '{plain.hex if given.database.is_sqlite else plain}'"


def breaks(given: Given) -> list[tuple[str, int, str]]:
    """The breaks that a verification finds."""
    with given.database.reading(given.organisation.id) as session:
        return [(row.chain, row.position, row.what.say("en")) for row in evidence.verify(session).breaks]


def test_a_moment_is_the_same_in_whatever_zone_it_is_said(database: Database) -> None:
    given = Given(database)
    given.municipality()
    given.take(given.order(now=NOW.astimezone(STOCKHOLM)), "COMPLETED", now=NOW.astimezone(STOCKHOLM))
    assert breaks(given) == []


def test_whole_chains_are_whole(database: Database) -> None:
    given = Given(database)
    given.municipality()
    number = given.take(given.order(), "COMPLETED")
    with database.reading(given.organisation.id) as session:
        seen: list[tuple[int, int]] = []
        result = evidence.verify(session, lambda done, of: seen.append((done, of)))
    assert (result.chains, result.events, result.breaks) == (2, 4, ())
    assert seen == [(2, 2)]
    assert [row.previous_hash for row in given.events(number)[1:]] == [row.hash for row in given.events(number)[:-1]]


Tampering = Callable[[str], tuple[str, ...]]
TAMPERING: list[tuple[str, Tampering, int, str]] = [
    (
        "an event edited",
        lambda case: (f"UPDATE event SET comment = 'No.' WHERE {case} AND position = 2",),
        2,
        "the event is not what was written",
    ),
    (
        "who did it edited",
        lambda case: (f"UPDATE event SET actor_id = NULL WHERE {case} AND position = 3",),
        3,
        "the event is not what was written",
    ),
    (
        "an event with its hash edited",
        lambda case: (f"UPDATE event SET hash = 'abc' WHERE {case} AND position = 2",),
        2,
        "the event is not what was written",
    ),
    (
        "the first event deleted",
        lambda case: (f"DELETE FROM event WHERE {case} AND position = 1",),
        1,
        "the event is missing",
    ),
    (
        "an event in the middle deleted",
        lambda case: (f"DELETE FROM event WHERE {case} AND position = 2",),
        2,
        "the event is missing",
    ),
    (
        "the last event deleted",
        lambda case: (f"DELETE FROM event WHERE {case} AND position = 4",),
        4,
        "the chain does not end where the case says it does",
    ),
    (
        "two events in the other order",
        lambda case: (
            f"UPDATE event SET position = 9 WHERE {case} AND position = 2",
            f"UPDATE event SET position = 2 WHERE {case} AND position = 3",
            f"UPDATE event SET position = 3 WHERE {case} AND position = 9",
        ),
        2,
        "the event does not follow the one before it",
    ),
]


@pytest.mark.parametrize(
    ("tampering", "position", "what"), [row[1:] for row in TAMPERING], ids=[r[0] for r in TAMPERING]
)
def test_a_change_behind_our_back_is_found(database: Database, tampering: Tampering, position: int, what: str) -> None:
    given = Given(database)
    world = given.municipality()
    whole = given.order(world.outsider)
    number = given.take(given.order(), "COMPLETED")
    behind_our_back(database, *tampering(events_of(given, number)))
    assert breaks(given) == [(number, position, what)]
    assert whole != number


@pytest.mark.parametrize("table", ["event", "decision"])
@pytest.mark.parametrize("statement", ["UPDATE {table} SET comment = 'x'", "DELETE FROM {table}"])
def test_the_database_refuses_to_change_what_is_written_once(database: Database, table: str, statement: str) -> None:
    given = Given(database)
    given.municipality()
    given.take(given.order(), "AWAITING_EXECUTION")
    with (
        pytest.raises(sa.exc.DBAPIError, match="rows are never changed"),
        database.writing(None) as session,
    ):
        session.execute(sa.text(statement.format(table=table)))
    assert given.is_whole()


def test_a_refusal_is_an_event_with_its_reasons_and_who_tried(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order(world.head)
    with pytest.raises(Exception, match="Conflict of interest"):
        given.act(number, "approve", by=world.head)
    last = given.events(number)[-1]
    assert (last.kind, last.actor_id, last.from_state, last.to_state) == (
        "refusal",
        world.head.id,
        "AWAITING_DECISION",
        "AWAITING_DECISION",
    )
    assert last.data == {"event": "approve", "reasons": ["conflict-of-interest"]}
    assert (last.channel, last.os_user) == ("cli", "tester")


def test_the_hash_covers_everything_an_event_says() -> None:
    assert {*evidence.HASHED, "hash"} == set(Event.model_fields)
