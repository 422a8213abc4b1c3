"""Several processes at once on one database: one wins, the other is told, and each due thing happens once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from models import (
    AccessGrant,
    AuthorisationRequest,
    Case,
    Decision,
    Employment,
    Event,
    GrantState,
    Message,
    RequestKind,
    Task,
    new_id,
)
from tests.given import NOW, TODAY, Given
from tests.invariants import broken
from tests.processes import PROCESSES, Place, attempts, keyed, sweeping, sweeping_while, together
from workflows import evidence, orders
from workflows.deadlines import end_of_day
from workflows.escalation import sweep_all

pytestmark = pytest.mark.alone

RACES = 1000
TASKS = 10_000
SWEEPERS = 8
ROUNDS = 30


@pytest.fixture(autouse=True)
def two_may_decide(given: Given) -> None:
    given.delegation(given.world.outsider)


def place(given: Given) -> Place:
    return Place(given.database.url, given.organisation.id)


def ordered(given: Given, count: int, **changes: Any) -> list[str]:
    """The numbers of so many submitted requests, for people of their own."""
    with given.together():
        people = [given.person(department=given.world.department) for _ in range(-(-count // 20))]
    lines = [given.line(person, scope=f"ward {ward}", **changes) for person in people for ward in range(20)][:count]
    manager = given.actor(given.world.manager)
    return [
        outcome.number
        for start in range(0, count, 20)
        for outcome in orders.open_order(given.office, lines[start : start + 20], manager, NOW)
    ]


def multiplied(given: Given, count: int) -> list[str]:
    """The numbers of so many cases that wait for a decision, each like one opened the real way, for many people."""
    with given.together():
        people = [given.person(department=given.world.department) for _ in range(count // 10)]
    employments = {row.person_id: row.id for row in given.all(Employment)}
    number = given.order()
    case, request = given.case(number), given.request(number)
    [task], [event] = given.tasks(number), given.events(number)
    rows: dict[type[Any], list[dict[str, Any]]] = {Case: [], AuthorisationRequest: [], Task: [], Event: []}
    for place_number in range(count - 1):
        person = people[place_number % len(people)]
        case_id = new_id()
        about = {"id": case_id, "person_id": person.id, "employment_id": employments[person.id]}
        written = {**event.model_dump(), "id": new_id(), "chain_id": case_id, "case_id": case_id}
        written["hash"] = evidence.digest(written)
        rows[Case].append(
            {
                **case.model_dump(),
                "id": case_id,
                "number": f"BEH-2026-9{place_number:05}",
                "event_hash": written["hash"],
            }
        )
        rows[AuthorisationRequest].append({**request.model_dump(), **about, "scope": f"ward {place_number}"})
        rows[Task].append({**task.model_dump(), "id": new_id(), "case_id": case_id})
        rows[Event].append(written)
    with given.database.writing(given.organisation.id) as session:
        for table, values in rows.items():
            session.execute(sa.insert(table), values)
    return [number, *(row["number"] for row in rows[Case])]


def of_kind(given: Given, kind: str) -> Counter[UUID | None]:
    return Counter(event.case_id for event in given.all(Event, Event.kind == kind))


def test_two_people_approve_in_the_same_second_a_thousand_times(given: Given) -> None:
    numbers = multiplied(given, RACES)
    barrier = PROCESSES.Barrier(2)
    work: list[tuple[str, str, dict[str, Any]]] = [(number, "approve", {}) for number in numbers]
    one, other = together(
        place(given),
        attempts,
        (barrier, work, given.actor(given.world.head), NOW),
        (barrier, work, given.actor(given.world.outsider), NOW),
    )
    assert Counter(tuple(sorted(pair)) for pair in zip(one, other, strict=True)) == {
        ("AWAITING_EXECUTION", "conflict"): RACES
    }
    assert set(of_kind(given, "approve").values()) == {1}
    assert len(of_kind(given, "approve")) == len(given.all(Decision)) == RACES
    assert not broken(given.database, given.organisation.id)


def test_withdrawing_and_approving_at_once_leaves_one_of_them(given: Given) -> None:
    numbers = ordered(given, ROUNDS)
    barrier = PROCESSES.Barrier(2)
    approvals, withdrawals = together(
        place(given),
        attempts,
        (barrier, [(number, "approve", {}) for number in numbers], given.actor(given.world.head), NOW),
        (barrier, [(number, "withdraw", {}) for number in numbers], given.actor(given.world.manager), NOW),
    )
    for approved, withdrawn in zip(approvals, withdrawals, strict=True):
        # Withdrawn first, the approval comes too late; approved first, what is not executed can still be withdrawn.
        assert (approved, withdrawn) in {("conflict", "WITHDRAWN"), ("AWAITING_EXECUTION", "WITHDRAWN")}
    assert not broken(given.database, given.organisation.id)


def test_the_last_licence_goes_to_one_of_two(given: Given) -> None:
    for round_number in range(ROUNDS // 3):
        profile = given.profile(licences=1)
        [first] = ordered(given, 1, profile=profile.key)
        [second] = ordered(given, 1, profile=profile.key)
        barrier = PROCESSES.Barrier(2)
        found = together(
            place(given),
            attempts,
            (barrier, [(first, "approve", {})], given.actor(given.world.head), NOW),
            (barrier, [(second, "approve", {})], given.actor(given.world.outsider), NOW),
        )
        assert sorted(state for states in found for state in states) == ["AWAITING_EXECUTION", "refused"], round_number
    assert not broken(given.database, given.organisation.id)


def test_one_key_used_by_two_processes_is_one_act(given: Given) -> None:
    numbers = ordered(given, ROUNDS)
    barrier = PROCESSES.Barrier(2)
    head = given.actor(given.world.head)
    one, other = together(place(given), keyed, (barrier, numbers, head, NOW), (barrier, numbers, head, NOW))
    for first, second in zip(one, other, strict=True):
        assert first[0] == second[0]
        assert {first[1], second[1]} == {True, False}
    assert set(of_kind(given, "approve").values()) == {1}


def test_a_request_lapses_or_is_approved_and_never_both(given: Given) -> None:
    numbers = ordered(given, ROUNDS)
    late = NOW + timedelta(days=60)
    barrier = PROCESSES.Barrier(2)
    # Everything lapses in the first sweep: the rounds after it meet what has lapsed.
    states, _ = together(
        place(given),
        attempts_and_sweeps,
        ("act", barrier, [(number, "approve", {}) for number in numbers], given.actor(given.world.head), late),
        ("sweep", barrier, [late] * ROUNDS, None, late),
    )
    assert set(states) <= {"AWAITING_EXECUTION", "conflict"}
    stands = Counter(row.state for row in given.all(Case))
    assert stands["LAPSED"] == states.count("conflict")
    assert stands["AWAITING_EXECUTION"] == states.count("AWAITING_EXECUTION")
    assert not broken(given.database, given.organisation.id)


def attempts_and_sweeps(office: Any, what: str, barrier: Any, work: Any, actor: Any, now: datetime) -> Any:
    """One process acts and the other sweeps, step by step."""
    return attempts(office, barrier, work, actor, now) if what == "act" else sweeping_while(office, barrier, work)


def test_eight_processes_begin_and_end_each_grant_once(given: Given) -> None:
    with given.together():
        people = [given.person(department=given.world.department) for _ in range(50)]
    for person in people:
        given.grant(person, given.world.read, ends_on=TODAY, next_action_at=end_of_day(TODAY))
    barrier = PROCESSES.Barrier(SWEEPERS)
    night = end_of_day(TODAY)
    found = together(place(given), sweeping, *[(barrier, "grants", night)] * SWEEPERS)
    assert sum(found) == len(people)
    assert {row.state for row in given.all(AccessGrant)} == {GrantState.REVOCATION_PENDING}
    ends = given.all(AuthorisationRequest, AuthorisationRequest.kind == RequestKind.END)
    assert len({row.grant_id for row in ends}) == len(ends) == len(people)
    assert not broken(given.database, given.organisation.id)


# --- Ten thousand due tasks -----------------------------------------------------------------------------------------


def test_eight_processes_handle_each_of_ten_thousand_due_tasks_once(given: Given) -> None:
    multiplied(given, TASKS)
    due = NOW + timedelta(days=1)
    barrier = PROCESSES.Barrier(SWEEPERS)
    found = together(place(given), sweeping, *[(barrier, "tasks", due)] * SWEEPERS)
    assert sum(found) == TASKS
    reminded = of_kind(given, "remind")
    assert len(reminded) == TASKS
    assert set(reminded.values()) == {1}
    assert len(given.all(Message, Message.kind == "REMINDER")) == TASKS * 2, "the two who may decide, once for each"
    assert {row.reminded for row in given.all(Task)} == {1}
    assert sweep_all(given.office, due).tasks == 0
    assert given.is_whole()
