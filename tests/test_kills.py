"""A process killed at a random moment: nothing that was said to be done is lost, nothing is done twice or by halves."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from models import AuthorisationRequest, Case, DepartureNotice, Event, Person, SystemVersion
from tests.given import NOW, TODAY, WINDOW, Given
from tests.invariants import broken
from tests.processes import PATIENCE, Life, Place, begin, live, notice, registering
from workflows.leaving import Leaver

KILLS = 50
NOTICES = 16
RELEASED = 12
GRANTS = 40
LINES = 300
# Long enough for several acts, short enough to fall in the middle of one.
LONGEST_LIFE = 0.35
ONCE = ("submit", "approve", "execute", "register")


def test_fifty_kills_lose_nothing_and_double_nothing(given: Given, tmp_path: Path) -> None:
    world = given.world
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
        process = begin(live, Place(given.database.url, given.organisation.id), life)
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
    assert broken(given.database, given.organisation.id) == []


def test_a_notice_with_forty_accesses_is_opened_whole_or_not_at_all(given: Given, tmp_path: Path) -> None:
    world = given.world
    hr = world.hr
    with given.together():
        people = [given.person(department=world.department) for _ in range(NOTICES)]
        profiles = [given.profile() for _ in range(GRANTS)]
        for person in people:
            for profile in profiles:
                given.grant(person, profile)
    # One is let be, to see how long it takes.
    longest = _noticed(given, hr, people[0], tmp_path / "first", patience=PATIENCE)
    seed = 20260320
    chance = random.Random(seed)
    for kill, person in enumerate(people[1:]):
        _noticed(given, hr, person, tmp_path / f"{kill}", patience=chance.uniform(0, longest))
    of_notice = Counter(row.notice_id for row in given.all(AuthorisationRequest))
    noticed = {row.id: row for row in given.all(DepartureNotice)}
    assert set(of_notice) == set(noticed), f"a part without its notice, or a notice without its parts (seed {seed})"
    assert set(of_notice.values()) == {GRANTS}, f"half a notice (seed {seed})"
    told = [person for kill, person in enumerate(people[1:]) if "done" in (tmp_path / f"{kill}").read_text()]
    opened = {row.person_id for row in noticed.values()}
    assert {person.id for person in told} <= opened, f"lost (seed {seed})"
    assert 1 <= len(opened) < NOTICES, "no kill came in the middle of one"
    assert broken(given.database, given.organisation.id) == []
    # What was lost can be noticed as if nothing had happened.
    lost = next(person for person in people if person.id not in opened)
    assert given.leaves(lost) == f"AVS-2026-{len(opened) + 1:05}"


def test_a_kill_while_versions_go_into_operation_leaves_each_wholly_in_or_out(given: Given, tmp_path: Path) -> None:
    with given.together():
        keys = [given.system(administrator=given.world.administrator).key for _ in range(RELEASED * 4)]
    numbers = [given.take_release(given.release(system=key), "AWAITING_REGISTRATION") for key in keys]
    technician = given.actor(given.world.technician)
    chance = random.Random(20260320)
    for kill in range(RELEASED):
        told = tmp_path / f"{kill}"
        where = Place(given.database.url, given.organisation.id)
        process = begin(registering, where, numbers[kill * 4 : kill * 4 + 4], technician, WINDOW[0], told)
        _wait_until_begun(told, 1)
        time.sleep(chance.uniform(0, 0.06))
        process.kill()
        process.join(PATIENCE)
    stands = {row.id: row.state for row in given.all(Case)}
    running = {row.case_id for row in given.all(SystemVersion)}
    assert running == {case_id for case_id, state in stands.items() if state == "IN_OPERATION"}
    assert {"IN_OPERATION", "AWAITING_REGISTRATION"} == set(stands.values()), "the kills were all too early or too late"
    assert not broken(given.database, given.organisation.id)


def _noticed(given: Given, hr: Person, person: Person, told: Path, *, patience: float) -> float:
    """Let a process notice that somebody leaves, and kill it when patience ends; how long it lived since it began."""
    leaver = Leaver(employee_number=person.employee_number, last_day=TODAY + timedelta(days=10))
    where = Place(given.database.url, given.organisation.id)
    process = begin(notice, where, leaver, given.actor(hr), NOW, told)
    _wait_until_begun(told, 1)
    since = time.monotonic()
    process.join(patience)
    lived = time.monotonic() - since
    process.kill()
    process.join(PATIENCE)
    assert process.exitcode in (0, -9)
    return lived


def _wait_until_begun(told: Path, lives: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if told.exists() and told.read_text().count("begun") >= lives:
            return
        time.sleep(0.005)
    raise AssertionError("a process did not begin")
