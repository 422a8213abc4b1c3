"""Random people, clocks and acts, driven through the real program: whatever they do, what must be true stays true."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from models import (
    AccessGrant,
    AppointedRole,
    Case,
    Database,
    Decision,
    Event,
    Message,
    Part,
    Person,
    RequestKind,
    RequestState,
    Task,
)
from tests.given import NOW, Given
from tests.invariants import broken, grants_are_over_in_time
from tests.postgres import PostgresServer
from workflows import cases, delegating, orders
from workflows.authorisation import WORKFLOW
from workflows.deadlines import today
from workflows.errors import BadInput, BehorigError, Conflict, NotFound, Refused
from workflows.escalation import sweep_all

PROFILES = ("READ", "WRITE", "ADMIN", "SINGLE", "SHORT", "SWORN")
SAYS = {
    "reason": "Because.",
    "comment": "So it is.",
    "account_name": "a1",
    "ticket_number": "T1",
    "solver": "owner",
    "purpose": "",
}
# What leads on, for whoever may: first the ordinary, then the odd.
WAYS: dict[Part, tuple[str, ...]] = {
    Part.SUBMIT: ("submit", "withdraw"),
    Part.DECIDE: ("approve", "approve", "return_for_completion", "approve_with_changes", "reject"),
    Part.COMPLETE: ("complete", "withdraw"),
    Part.EXECUTE: ("execute", "report_obstacle"),
    Part.REGISTER: ("register", "register", "report_obstacle"),
    Part.SOLVE: ("fail", "resume", "redecide"),
}
# How the first request of a life goes, as far as anybody takes it: every state is on one of these ways or at the
# end of every life, when nobody does anything any more.
FIRST_STEPS: tuple[tuple[str, ...], ...] = (
    (),
    ("reject",),
    ("withdraw",),
    ("return_for_completion",),
    ("approve", "report_obstacle", "fail"),
    ("approve", "execute", "register"),
)
PAUSES = [timedelta(minutes=7), timedelta(hours=5), timedelta(days=1), timedelta(days=4), timedelta(days=25)]


def needed(event: str) -> set[str]:
    """What an event asks the one who acts to fill in."""
    return {str(name) for rule in WORKFLOW.rules if rule.event == event for name in rule.needs}


anybody = st.integers(0, 99)
any_case = st.integers(0, 99)


class RandomLife(RuleBasedStateMachine):
    """A small municipality in which anything may be tried."""

    new_database: ClassVar[Callable[[], Database]]
    reached: ClassVar[set[str]]
    outcomes: ClassVar[Counter[str]]

    @initialize(first=st.sampled_from(FIRST_STEPS), ways=st.lists(st.integers(0, 9), max_size=3))
    def begin(self, first: tuple[str, ...], ways: list[int]) -> None:
        self.database = type(self).new_database()
        self.given = given = Given(self.database)
        world = given.municipality()
        with given.together():
            given.profile("SINGLE", licences=1)
            given.profile("SHORT", requires_end_date=True, max_days=60)
            sworn = given.profile("SWORN", requires_undertaking=True)
            given.sod(world.admin, sworn)
            small = given.system("SMALL", administrator=world.head, profiles=("READ",))
            given.delegation(world.outsider, systems=[small], valid_to=date(2026, 4, 15))
            given.appointment(world.administrator, AppointedRole.TECHNICIAN)
            self.staff = [
                given.person(f"staff{n}", department=world.department, manager=world.manager) for n in range(3)
            ]
        self.people: list[Person] = sorted(given.all(Person), key=lambda row: row.employee_number)
        self.now = NOW
        self.seen: dict[UUID, dict[str, Any]] = {}
        self.messages = 0
        self.keys: list[tuple[str, str, str, Person]] = []
        self.swept = False
        # Something is under way from the start.
        number = given.order(self.staff[0], ends_on=today(NOW) + timedelta(days=40))
        for event in first:
            self.take(number, next(part for part, ways in WAYS.items() if event in ways), event, 0)
        for person in self.staff[1:]:
            given.order(person, ends_on=today(NOW) + timedelta(days=40))
        self.a_working_day(ways)

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.nobody_does_anything_any_more()
            type(self).reached |= {case.state for case in self.given.all(Case)}
            type(self).reached |= {event.from_state for event in self.given.all(Event)}
            self.database.dispose()

    # --- What people try ---

    def attempt(self, name: str, act: Callable[[], Any]) -> None:
        """Do something; if it is refused, nothing but the event that says so may have changed."""
        before = self.standing()
        self.swept = False
        try:
            act()
        except (Refused, Conflict, BadInput, NotFound) as error:
            assert error.reasons, name  # noqa: PT017 - any of the tree will do, and what it says is looked at below
            type(self).outcomes[type(error).__name__] += 1
            assert self.standing() == before, f"{name} was refused and still changed something"
        else:
            type(self).outcomes["done"] += 1

    def standing(self) -> dict[str, Any]:
        """Everything but the events."""
        given = self.given
        return {
            "cases": {row.number: (row.state, row.version) for row in given.all(Case)},
            "grants": {row.id: row.model_dump() for row in given.all(AccessGrant)},
            "tasks": {row.id: row.model_dump() for row in given.all(Task)},
            "decisions": len(given.all(Decision)),
            "messages": len(given.all(Message)),
        }

    def a_case(self, place: int) -> str:
        numbers = [row.number for row in self.given.all(Case)]
        return numbers[place % len(numbers)] if numbers else "BEH-2026-00001"

    def somebody(self, place: int) -> Person:
        return self.people[place % len(self.people)]

    @rule(
        person=st.integers(0, 4),
        by=st.one_of(st.just(-1), anybody),
        profile=st.sampled_from(PROFILES),
        kind=st.sampled_from([RequestKind.NEW, RequestKind.NEW, *RequestKind]),
        held=st.sampled_from(PROFILES[:3]),
        starts=st.sampled_from([0, 0, 3, -2]),
        days=st.sampled_from([None, 1, 20, 400]),
        submit=st.booleans(),
        twice=st.booleans(),
    )
    def order(
        self,
        person: int,
        by: int,
        profile: str,
        kind: RequestKind,
        held: str,
        starts: int,
        days: int | None,
        submit: bool,
        twice: bool,
    ) -> None:
        """Order something for somebody: sensible or not, one line or two."""
        world, day = self.given.world, today(self.now)
        first = day + timedelta(days=starts)
        line = self.given.line(
            [*self.staff, world.nurse, world.head][person],
            profile=profile,
            kind=kind,
            starts_on=None if kind == RequestKind.RENEW else first,
            ends_on=first + timedelta(days=days) if days else None,
            from_profile=held if kind == RequestKind.CHANGE else None,
        )
        actor = self.given.actor(world.manager if by < 0 else self.somebody(by))
        lines = [line, self.given.line(world.nurse, profile="READ")] if twice else [line]
        self.attempt("order", lambda: orders.open_order(self.given.office, lines, actor, self.now, submit=submit))

    @rule(
        case=any_case, event=st.sampled_from(WORKFLOW.events), by=anybody, data=st.sets(st.sampled_from(sorted(SAYS)))
    )
    def anybody_does_anything(self, case: int, event: str, by: int, data: set[str]) -> None:
        number = self.a_case(case)
        said = {name: SAYS[name] for name in data}
        actor = self.given.actor(self.somebody(by))
        self.attempt(event, lambda: cases.act(self.given.office, number, event, said, actor, self.now))

    @rule(case=any_case, way=st.integers(0, 9), who=st.integers(0, 9))
    def somebody_who_may_leads_it_on(self, case: int, way: int, who: int) -> None:
        waiting = [row for row in self.given.all(Task) if row.closed_at is None]
        if waiting:
            self.lead_on(waiting[case % len(waiting)], way, who)

    @rule(ways=st.lists(st.integers(0, 9), min_size=5, max_size=5))
    def another_working_day(self, ways: list[int]) -> None:
        self.a_working_day(ways)

    def a_working_day(self, ways: list[int]) -> None:
        """Everything that waits is dealt with by whoever comes first."""
        for way in ways:
            for task in [row for row in self.given.all(Task) if row.closed_at is None][:4]:
                self.lead_on(task, way, 0)

    def lead_on(self, task: Task, way: int, who: int) -> None:
        ways = WAYS[Part(task.part)]
        number = next(row.number for row in self.given.all(Case) if row.id == task.case_id)
        self.take(number, Part(task.part), ways[way % len(ways)], who)

    def take(self, number: str, part: Part, event: str, who: int) -> None:
        """Have one of those who play a part take the request a step on."""
        holders = self.given.may(number, part, now=self.now)
        if not holders:
            return
        person = next(row for row in self.people if row.employee_number == holders[who % len(holders)])
        data: dict[str, Any] = {name: SAYS[name] for name in needed(event)}
        if event == "approve_with_changes":
            data = {"ends_on": today(self.now) + timedelta(days=1)}
        actor = self.given.actor(person)
        key = str(uuid4())
        self.keys.append((key, number, event, person))
        self.attempt(
            event, lambda: cases.act(self.given.office, number, event, data, actor, self.now, idempotency_key=key)
        )

    @precondition(lambda self: bool(self.keys))
    @rule(place=any_case)
    def the_same_call_comes_again(self, place: int) -> None:
        """A call made again with its key does nothing more."""
        key, number, event, person = self.keys[place % len(self.keys)]
        data = {name: SAYS[name] for name in needed(event)}
        before = self.standing()
        try:
            again = cases.act(
                self.given.office, number, event, data, self.given.actor(person), self.now, idempotency_key=key
            )
        except BehorigError:
            assert self.standing() == before
            return
        # Either it had been refused and now went through, or it was kept and changed nothing.
        if again.repeated:
            assert self.standing() == before

    # --- What time brings ---

    @rule(pause=st.sampled_from(PAUSES))
    def time_passes(self, pause: timedelta) -> None:
        self.now += pause
        self.swept = False

    @rule()
    def nobody_does_anything_for_a_month(self) -> None:
        self.now += timedelta(days=30)
        self.the_sweeps_run()

    @rule()
    def the_sweeps_run(self) -> None:
        sweep_all(self.given.office, self.now)
        self.swept = True
        again = sweep_all(self.given.office, self.now)
        assert (again.tasks, again.unattended) == (0, 0), "a due thing happens once"

    def nobody_does_anything_any_more(self) -> None:
        """How every life ends: what waits for the owner or the requester has an end of its own, and it comes."""
        self.now += timedelta(days=120)
        self.the_sweeps_run()
        self.nothing_is_open_after_its_time_once_swept()
        self.nothing_is_broken()
        waiting = {RequestState.AWAITING_DECISION, RequestState.AWAITING_COMPLETION}
        assert [row.number for row in self.given.all(Case) if row.state in waiting] == []

    # --- What changes behind the scenes ---

    @rule(profile=st.integers(0, 2), withdrawn=st.booleans())
    def a_profile_is_withdrawn_or_taken_up_again(self, profile: int, withdrawn: bool) -> None:
        world = self.given.world
        row = (world.read, world.write, world.admin)[profile]
        self.given.change(row, withdrawn_on=today(self.now) if withdrawn else None)

    @rule(approved=st.booleans())
    def the_system_is_closed_or_opened(self, approved: bool) -> None:
        self.given.change(self.given.world.care, approval_withdrawn_on=None if approved else today(self.now))

    @rule(person=st.integers(0, 2), days=st.sampled_from([None, -1, 10]))
    def an_employment_gets_a_last_day(self, person: int, days: int | None) -> None:
        last = today(self.now) + timedelta(days=days) if days is not None else None
        self.given.change(self.given.employment_of(self.staff[person]), ends_on=last)

    @rule(who=st.sampled_from(["head", "deputy", "administrator", "technician"]), days=st.integers(0, 12))
    def somebody_is_away(self, who: str, days: int) -> None:
        person, first = getattr(self.given.world, who), today(self.now)
        actor = self.given.actor(person)
        self.attempt(
            "away",
            lambda: delegating.away(
                self.given.office, person.employee_number, first, first + timedelta(days=days), actor, self.now
            ),
        )

    @rule(days=st.sampled_from([0, 30]))
    def a_delegation_is_revoked(self, days: int) -> None:
        chair, day = self.given.actor(self.given.world.chair), today(self.now) + timedelta(days=days)
        number = self.given.world.delegation.number
        self.attempt("revoke", lambda: delegating.revoke(self.given.office, number, day, "Moved.", chair, self.now))

    @rule(person=st.integers(0, 2))
    def an_undertaking_is_acknowledged(self, person: int) -> None:
        delegating.acknowledge(self.given.office, self.given.actor(self.staff[person]), self.now)

    # --- What is always true ---

    @invariant()
    def nothing_is_broken(self) -> None:
        if hasattr(self, "given"):
            assert broken(self.database, self.given.organisation.id) == []

    @invariant()
    def what_was_decided_stays_as_it_was_decided(self) -> None:
        if hasattr(self, "given"):
            now = {row.id: row.model_dump() for row in self.given.all(Decision)}
            assert {key: now.get(key) for key in self.seen} == self.seen
            self.seen = now

    @invariant()
    def no_message_is_lost(self) -> None:
        if hasattr(self, "given"):
            count = len(self.given.all(Message))
            assert count >= self.messages
            self.messages = count

    @invariant()
    def nothing_is_open_after_its_time_once_swept(self) -> None:
        if hasattr(self, "given") and self.swept:
            with self.database.reading(self.given.organisation.id) as session:
                assert list(grants_are_over_in_time(session, self.now)) == []


def live(new_database: Callable[[], Database], *, examples: int, steps: int) -> tuple[set[str], Counter[str]]:
    """Let the machine live so many lives of so many steps; the states it reached, and how its acts went."""

    class Life(RandomLife):
        reached: ClassVar[set[str]] = set()
        outcomes: ClassVar[Counter[str]] = Counter()

    Life.new_database = staticmethod(new_database)
    run_state_machine_as_test(
        Life,
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
    return Life.reached, Life.outcomes


@pytest.mark.alone
def test_random_life_on_the_embedded_database(sqlite_template: Path, tmp_path: Path) -> None:
    def new() -> Database:
        path = tmp_path / f"{uuid4().hex}.db"
        path.write_bytes(sqlite_template.read_bytes())
        return Database(f"sqlite:///{path}")

    reached, outcomes = live(new, examples=50, steps=40)
    assert set(RequestState) <= reached, f"never came to {set(RequestState) - reached}"
    assert outcomes["done"] >= outcomes["Refused"] / 3, outcomes


@pytest.mark.alone
def test_random_life_on_postgresql(postgres: PostgresServer, postgres_template: str) -> None:
    def new() -> Database:
        return Database(postgres.create(f"life_{uuid4().hex}", template=postgres_template))

    _, outcomes = live(new, examples=8, steps=30)
    assert outcomes["done"] > 0
