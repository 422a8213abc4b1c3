"""A municipality's files read, checked, compared and written, beside its rows inserted in bulk and nothing more."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measuring import Row, in_turns, row
from benchmarks.places import NOW, POSTGRESQL, SQLITE, Stage
from benchmarks.rows import Driver, Values
from models import Database
from workflows.load import load
from workflows.load.loading import ORDER


def measure(stage: Stage) -> list[Row]:
    """Seconds for the whole load, and for loading the same again."""
    return [found for engine in (SQLITE, POSTGRESQL) for found in _measure(stage, engine)]


def _measure(stage: Stage, engine: str) -> Iterator[Row]:
    rounds = 1 if stage.quick else 3
    paths = stage.files()
    tables = ["organisation", *(str(table.__tablename__) for table in ORDER if table.__tablename__ != "counter")]
    with stage.database(engine) as full, Driver.connected(full) as driver:
        rows = [(table, driver.read(table)) for table in tables]
    total = sum(len(found) for _, found in rows)

    def ours() -> int:
        with stage.database(engine, loaded=False) as database:
            load(database, None, paths, now=NOW, actor=None)
        return total

    def again() -> int:
        with stage.database(engine) as database:
            load(database, None, paths, now=NOW, actor=None)
        return total

    def by_hand() -> int:
        with stage.database(engine, loaded=False) as database:
            _inserted(database, rows)
        return total

    stage.template(engine, loaded=False)
    samples = in_turns(rounds, {"ours": ours, "again": again, "baseline": by_hand})
    for side, what in (("ours", f"{total} rows from files"), ("again", "the same files again")):
        yield row("load", engine, what, "ms/row", samples.wall(side), samples.wall("baseline"))


def _inserted(database: Database, rows: list[tuple[str, list[Values]]]) -> None:
    with Driver.connected(database) as driver, driver.transaction():
        for table, found in rows:
            driver.insert(table, found)
