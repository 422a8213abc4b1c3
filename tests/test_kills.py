"""A process killed at a random moment, fifty times: nothing that was said to be done is lost, nothing is done twice."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from models import Case, Database, Event
from tests.given import NOW, Given
from tests.invariants import broken
from tests.processes import PATIENCE, Life, Place, begin

pytestmark = pytest.mark.alone

KILLS = 50
LINES = 300
# Long enough for several acts, short enough to fall in the middle of one.
LONGEST_LIFE = 0.35
ONCE = ("submit", "approve", "execute", "register")


def test_fifty_kills_lose_nothing_and_double_nothing(database: Database, tmp_path: Path) -> None:
    given = Given(database)
    world = given.municipality()
    with given.together():
        people = [given.person(department=world.department) for _ in range(KILLS)]
    roles = {
        "requester": world.manager,
        "owner": world.head,
        "administrator": world.administrator,
        "technician": world.technician,
    }
    actors = {role: given.actor(person) for role, person in roles.items()}
    seed = 20260310
    chance = random.Random(seed)
    told = tmp_path / "told"
    for kill in range(KILLS):
        lines = [given.line(people[kill], profile=profile) for profile in ("READ", "WRITE", "ADMIN")] * (LINES // 3)
        # The clock goes on from one life to the next, so that there is something to sweep.
        life = Life(actors, lines, NOW + timedelta(hours=8 * kill), told, seed + kill)
        process = begin(Place(database.url, given.organisation.id), life)
        _wait_until_begun(told, kill + 1)
        time.sleep(chance.uniform(0, LONGEST_LIFE))
        process.kill()
        process.join(PATIENCE)
        assert process.exitcode == -9, f"life {kill} (seed {seed}) ended by itself: {process.exitcode}"
    said = [tuple(line.split()) for line in told.read_text().splitlines()]
    acknowledged = Counter((number, event) for number, event in said if number != "-")
    numbers = {case.id: case.number for case in given.all(Case)}
    written = Counter(
        (numbers[event.case_id], event.kind) for event in given.all(Event) if event.case_id and event.kind in ONCE
    )
    assert acknowledged - written == Counter(), f"lost (seed {seed})"
    assert set(written.values()) == {1}, f"double (seed {seed})"
    # Of each life at most one act was done and not yet said.
    assert (written - acknowledged).total() <= KILLS
    assert acknowledged.total() >= 3 * KILLS, "the lives were too short to do anything"
    assert broken(database, given.organisation.id) == []


def _wait_until_begun(told: Path, lives: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if told.exists() and told.read_text().count("begun") >= lives:
            return
        time.sleep(0.005)
    raise AssertionError("a process did not begin")
