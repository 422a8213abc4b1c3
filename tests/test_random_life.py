"""Random people, clocks and acts, driven through the real program: whatever they do, what must be true stays true."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from models import Database
from tests.life import FIRST_STEPS, RandomLife
from tests.life_departures import FIRST_DEPARTURES, Departing
from tests.life_releases import FIRST_RELEASES, Releasing
from tests.postgres import PostgresServer
from workflows.cases import WORKFLOWS


class WholeLife(Departing, Releasing, RandomLife):
    """All workflows at once."""


class Seen:
    """What lives came to: the states that cases of each workflow were in and the events in them; how acts went."""

    def __init__(self) -> None:
        self.reached: set[tuple[str, str]] = set()
        self.outcomes: Counter[str] = Counter()


def live(new_database: Callable[[], Database], seen: Seen, beginning: int, *, examples: int, steps: int) -> None:
    """Let the machine live so many lives of so many steps that begin in one way."""
    begun = {
        "reached": seen.reached,
        "outcomes": seen.outcomes,
        "new_database": staticmethod(new_database),
        "first_steps": FIRST_STEPS[beginning % len(FIRST_STEPS)],
        "first_departure": FIRST_DEPARTURES[beginning % len(FIRST_DEPARTURES)],
        "first_release": FIRST_RELEASES[beginning % len(FIRST_RELEASES)],
    }
    # The name decides what is random in them, so that each beginning is followed by lives of its own.
    run_state_machine_as_test(
        type(f"Life{beginning}", (WholeLife,), begun),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            # A life that went wrong is told as it was lived: making it shorter takes longer than reading it.
            phases=(Phase.generate,),
            # The same lives every time, so that a red build is red again; BEHORIG_EXPLORE=1 lives others.
            derandomize="BEHORIG_EXPLORE" not in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(900)
def test_random_life_on_the_embedded_database(sqlite_template: Path, tmp_path: Path) -> None:
    def new() -> Database:
        path = tmp_path / f"{uuid4().hex}.db"
        path.write_bytes(sqlite_template.read_bytes())
        return Database(f"sqlite:///{path}")

    seen = Seen()
    for beginning in range(max(len(FIRST_STEPS), len(FIRST_DEPARTURES), len(FIRST_RELEASES))):
        live(new, seen, beginning, examples=2, steps=35)
    for name, workflow in WORKFLOWS.items():
        wanted = {(name, word) for word in (*workflow.states, *workflow.events)}
        assert wanted <= seen.reached, f"never came to {wanted - seen.reached}"
    assert seen.outcomes["done"] >= seen.outcomes["Refused"] / 3, seen.outcomes


@pytest.mark.timeout(900)
def test_random_life_on_postgresql(postgres: PostgresServer, postgres_template: str) -> None:
    def new() -> Database:
        return Database(postgres.create(f"life_{uuid4().hex}", template=postgres_template))

    seen = Seen()
    for beginning in (2, 5, 8):
        live(new, seen, beginning, examples=2, steps=30)
    assert seen.outcomes["done"] > 0
