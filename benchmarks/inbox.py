"""The inbox as a whole process, beside an interpreter that does nothing and beside the program's own help."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.case_steps import employees
from benchmarks.measuring import Row, in_turns, row
from benchmarks.places import NOW, POSTGRESQL, SQLITE, Stage, actor, office_of
from demo.cast import CARE_SYSTEM, HEAD_OF_DEPARTMENT, READ, REQUESTER
from workflows import orders
from workflows.orders import Line

ROOT = Path(__file__).parent.parent
WAITING = 25
"""How much waits in the inbox that is shown."""


def measure(stage: Stage) -> list[Row]:
    """Milliseconds for a whole process, and milliseconds of processor."""
    return [found for engine in (SQLITE, POSTGRESQL) for found in _measure(stage, engine)]


def _measure(stage: Stage, engine: str) -> Iterator[Row]:
    rounds = 1 if stage.quick else 9
    with stage.database(engine) as database:
        office = office_of(database)
        lines = [
            Line(employee_number=number, system=CARE_SYSTEM, profile=READ, purpose="Measured")
            for number in employees(office)[:WAITING]
        ]
        orders.open_order(office, lines, actor(office, REQUESTER), NOW)
        sides = {
            "inbox": ["-m", "cli", "inbox", "--as", HEAD_OF_DEPARTMENT],
            "help": ["-m", "cli", "--help"],
            "pass": ["-c", "pass"],
        }
        samples = in_turns(rounds, {name: _Process(database.url, words) for name, words in sides.items()})
    for baseline, what in (("pass", "python -c pass"), ("help", "behorig --help")):
        yield row("inbox", engine, f"inbox / {what}", "ms", samples.wall("inbox"), samples.wall(baseline))
        yield row("inbox", engine, f"inbox / {what}, processor", "ms", samples.cpu("inbox"), samples.cpu(baseline))


class _Process:
    """A whole process of this interpreter, begun and waited for."""

    def __init__(self, url: str, words: list[str]) -> None:
        self.words = [sys.executable, *words]
        self.environment = {**os.environ, "BEHORIG_DATABASE_URL": url}

    def __call__(self) -> int:
        subprocess.run(self.words, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, check=True)
        return 1
