"""Every chain verified from the database, beside the bare SHA-256 of the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlmodel import select

from benchmarks.due_tasks import multiplied
from benchmarks.measuring import Row, in_turns, row
from benchmarks.places import POSTGRESQL, SQLITE, Stage, office_of
from models import Event
from workflows import evidence


def measure(stage: Stage) -> list[Row]:
    """Events a second."""
    return [found for engine in (SQLITE, POSTGRESQL) for found in _measure(stage, engine)]


def _measure(stage: Stage, engine: str) -> Iterator[Row]:
    rounds, wanted = (2, 20) if stage.quick else (5, 5_000)
    with stage.database(engine) as database:
        office = office_of(database)
        multiplied(office, wanted)
        with database.reading(office.organisation_id) as session:
            texts = [evidence.canonical(event.model_dump()) for event in session.exec(select(Event))]

        def verified() -> int:
            with database.reading(office.organisation_id) as session:
                return evidence.verify(session).events

        def hashed() -> int:
            for text in texts:
                hashlib.sha256(text).hexdigest()
            return len(texts)

        samples = in_turns(rounds, {"ours": verified, "baseline": hashed})
    what = f"{len(texts)} events"
    yield row("verify", engine, what, "events/s", samples.rates("ours"), samples.rates("baseline"))
