"""Several processes at once on releases: one approval, one deployment at a time, and never half of two."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from models import Event, ItSystem, SystemRelease
from tests.given import NOW, Given
from tests.invariants import broken
from tests.processes import PROCESSES, Place, attempts, sweeping_while, together

ROUNDS = 12
FIVE_ON_THE_DAY = datetime.fromisoformat("2026-03-20T17:00+01:00")
JUST_BEFORE = FIVE_ON_THE_DAY - timedelta(seconds=1)


@pytest.fixture(autouse=True)
def two_may_decide(given: Given) -> None:
    given.delegation(given.world.outsider)


def place(given: Given) -> Place:
    return Place(given.database.url, given.organisation.id)


def systems(given: Given, count: int) -> list[ItSystem]:
    """So many systems with the world's administrator."""
    with given.together():
        return [given.system(f"SYSTEM{n}", administrator=given.world.administrator) for n in range(count)]


def to_be_approved(given: Given, system: str, version: str = "2.0") -> str:
    """A release that lacks nothing but the owner's approval."""
    number = given.take_release(given.release(version, system=system), "AWAITING_OPERATIONAL_APPROVAL")
    given.act(number, "cosign", by=given.world.head_of_it)
    return number


def test_two_people_approve_a_release_in_the_same_second(given: Given) -> None:
    numbers = [to_be_approved(given, system.key) for system in systems(given, ROUNDS)]
    barrier = PROCESSES.Barrier(2)
    work: list[tuple[str, str, dict[str, Any]]] = [(number, "approve", {}) for number in numbers]
    one, other = together(
        place(given),
        attempts,
        (barrier, work, given.actor(given.world.head), NOW),
        (barrier, work, given.actor(given.world.outsider), NOW),
    )
    pairs = Counter(tuple(sorted(pair)) for pair in zip(one, other, strict=True))
    assert pairs == {("AWAITING_DEPLOYMENT", "conflict"): ROUNDS}
    approvals = Counter(event.case_id for event in given.all(Event, Event.kind == "approve"))
    assert set(approvals.values()) == {1}
    assert not broken(given.database, given.organisation.id)


def test_of_two_releases_of_one_system_that_are_approved_at_once_one_is_deployed(given: Given) -> None:
    pairs = [
        (to_be_approved(given, system.key), to_be_approved(given, system.key, "2.1"))
        for system in systems(given, ROUNDS)
    ]
    barrier = PROCESSES.Barrier(2)
    one, other = together(
        place(given),
        attempts,
        (barrier, [(first, "approve", {}) for first, _ in pairs], given.actor(given.world.head), NOW),
        (barrier, [(second, "approve", {}) for _, second in pairs], given.actor(given.world.outsider), NOW),
    )
    found = Counter(tuple(sorted(pair)) for pair in zip(one, other, strict=True))
    assert found == {("AWAITING_DEPLOYMENT", "refused"): ROUNDS}
    assert sum(row.approved_at is not None for row in given.all(SystemRelease)) == ROUNDS
    assert not broken(given.database, given.organisation.id)


def test_a_date_falls_or_the_release_is_approved_in_time_and_never_half_of_each(given: Given) -> None:
    numbers = [to_be_approved(given, system.key) for system in systems(given, ROUNDS)]
    barrier = PROCESSES.Barrier(2)
    head = given.actor(given.world.head)
    states, _ = together(
        place(given),
        acts_and_sweeps,
        ("act", barrier, [(number, "approve", {}) for number in numbers], head, JUST_BEFORE),
        ("sweep", barrier, [FIVE_ON_THE_DAY] * ROUNDS, None, FIVE_ON_THE_DAY),
    )
    assert set(states) <= {"AWAITING_DEPLOYMENT", "refused"}
    for number, state in zip(numbers, states, strict=True):
        fell = given.release_of(number).planned_from is None
        assert fell == (state == "refused")
        assert (given.state(number) == "AWAITING_DEPLOYMENT") == (state == "AWAITING_DEPLOYMENT")
    assert not broken(given.database, given.organisation.id)


def acts_and_sweeps(office: Any, what: str, barrier: Any, work: Any, actor: Any, now: datetime) -> Any:
    """One process acts and the other sweeps, step by step."""
    return attempts(office, barrier, work, actor, now) if what == "act" else sweeping_while(office, barrier, work)
