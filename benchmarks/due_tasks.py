"""Due tasks done by one, two and four processes, beside processes that only claim the same rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from typing import Any

from benchmarks.case_steps import employees
from benchmarks.measuring import Row, row
from benchmarks.places import NOW, POSTGRESQL, SQLITE, Stage, actor, office_of
from benchmarks.rows import Driver, renamed
from demo.cast import CARE_SYSTEM, READ, REQUESTER
from models import Database
from tests.processes import PATIENCE, PROCESSES, Place, together
from workflows import escalation, orders
from workflows.office import Office
from workflows.orders import Line

DUE = NOW + timedelta(days=1)
"""When the first reminder of each is due."""
BATCH = 100


def measure(stage: Stage) -> list[Row]:
    """Tasks a second, by how many processes share them."""
    return [found for engine in (SQLITE, POSTGRESQL) for found in _measure(stage, engine)]


def _measure(stage: Stage, engine: str) -> Iterator[Row]:
    wanted = 20 if stage.quick else stage.due_tasks
    with stage.database(engine) as prepared:
        multiplied(office_of(prepared), wanted)
        url = prepared.url
    for sweepers in (1, 2) if stage.quick else (1, 2, 4):
        ours = _rate(stage, engine, url, sweepers, _sweeping)
        baseline = _rate(stage, engine, url, sweepers, _claiming)
        yield row("tasks", engine, f"{wanted} due, {sweepers} processes", "tasks/s", [ours], [baseline])


def _rate(stage: Stage, engine: str, prepared: str, sweepers: int, work: Any) -> float:
    database = Database(stage.address(engine, prepared))
    place = Place(database.url, office_of(database).organisation_id)
    database.dispose()
    barrier = PROCESSES.Barrier(sweepers)
    found = together(place, work, *[(barrier,)] * sweepers)
    done, begun, ended = (list(each) for each in zip(*found, strict=True))
    return float(sum(done) / (max(ended) - min(begun)))


def _sweeping(office: Office, barrier: Barrier) -> tuple[int, float, float]:
    """Sweep tasks as the scheduler does; how many, from when to when."""
    barrier.wait(PATIENCE)
    begun = time.monotonic()
    done = escalation.sweep_tasks(office, DUE)
    return done, begun, time.monotonic()


def _claiming(office: Office, barrier: Barrier) -> tuple[int, float, float]:
    """Claim the same rows a batch at a time, with nothing done about them but that they are no longer due."""
    with Driver.connected(office.database) as driver:
        skip = "" if driver.sqlite else " FOR UPDATE SKIP LOCKED"
        claim = (
            "UPDATE task SET next_action_at = NULL WHERE id IN (SELECT id FROM task "
            f"WHERE next_action_at <= ? ORDER BY next_action_at LIMIT {BATCH}{skip}) RETURNING id"
        )
        now = DUE.strftime("%Y-%m-%d %H:%M:%S.%f") if driver.sqlite else DUE
        barrier.wait(PATIENCE)
        begun = time.monotonic()
        done = 0
        while True:
            with driver.transaction():
                claimed = len(driver.run(claim, [now]).fetchall())
            if not claimed:
                return done, begun, time.monotonic()
            done += claimed


def multiplied(office: Office, wanted: int) -> None:
    """So many cases that wait for a decision, each with the rows of one that was opened the real way."""
    line = Line(
        employee_number=employees(office)[0], system=CARE_SYSTEM, profile=READ, purpose="Measured", scope="the model"
    )
    [outcome] = orders.open_order(office, [line], actor(office, REQUESTER), NOW)
    with Driver.connected(office.database) as driver:
        [case] = driver.read("case_file", "number = ?", [outcome.number])
        model = [("case_file", case)] + [
            (table, values)
            for table, key in (("authorisation_request", "id"), ("task", "case_id"), ("event", "case_id"))
            for values in driver.read(table, f"{key} = ?", [case["id"]])
        ]
        written: dict[str, list[dict[str, Any]]] = {}
        for place in range(1, wanted):
            names = {values["id"]: driver.new_id() for table, values in model if table != "authorisation_request"}
            names |= {outcome.number: f"BEH-2026-9{place:05}", "the model": f"part {place}"}
            for table, values in renamed(model, names):
                written.setdefault(table, []).append(values)
        with driver.transaction():
            for table, rows in written.items():
                driver.insert(table, rows)
