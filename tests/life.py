"""A small municipality in which random people try random things with requests, and time passes.

What another workflow adds stands in a file of its own, as a class to be mixed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlmodel import col

from models import (
    RELEASE,
    AccessGrant,
    AppointedRole,
    Case,
    Database,
    Decision,
    Employment,
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
from workflows import cases, delegating, orders
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
    "last_day": date(2026, 3, 20),
    "ends_at": datetime(2026, 3, 20, 16, 0, tzinfo=UTC),
    "duty": "CARE",
    "successor": "outsider",
}
# What leads on, for whoever may: first the ordinary, then the odd.
WAYS: dict[Part, tuple[str, ...]] = {
    Part.SUBMIT: ("submit", "withdraw"),
    Part.DECIDE: ("approve", "approve", "return_for_completion", "approve_with_changes", "reject", "keep"),
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
    ("return_for_completion", "complete", "approve_with_changes"),
    ("approve", "report_obstacle", "fail"),
    ("approve", "report_obstacle", "resume"),
    ("approve", "report_obstacle", "redecide"),
    ("approve", "execute"),
    ("approve", "execute", "register"),
)
PAUSES = [timedelta(minutes=7), timedelta(hours=5), timedelta(days=1), timedelta(days=4), timedelta(days=25)]


def needed(workflow: str, event: str) -> set[str]:
    """What an event asks the one who acts to fill in."""
    return {str(name) for rule in cases.WORKFLOWS[workflow].rules if rule.event == event for name in rule.needs}


EVENTS = sorted({event for workflow in cases.WORKFLOWS.values() for event in workflow.events})
anybody = st.integers(0, 99)
any_case = st.integers(0, 99)


class RandomLife(RuleBasedStateMachine):
    """A small municipality in which anything may be tried."""

    new_database: ClassVar[Callable[[], Database]]
    reached: ClassVar[set[tuple[str, str]]]
    """The states that cases of each workflow have been in, and the events that happened to them."""
    outcomes: ClassVar[Counter[str]]
    first_steps: ClassVar[tuple[str, ...]] = ()
    WAYS: ClassVar[dict[Part, tuple[str, ...]]] = WAYS
    ALSO_STANDING: ClassVar[tuple[Any, ...]] = ()
    """Tables of the workflows that are mixed in, which a refusal must not change."""

    @initialize(ways=st.lists(st.integers(0, 9), max_size=3))
    def begin(self, ways: list[int]) -> None:
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
        self.keys: list[tuple[str, str, str, dict[str, Any], Person]] = []
        self.swept = False
        # Something is under way from the start.
        number = given.order(self.staff[0], ends_on=today(NOW) + timedelta(days=40))
        for event in self.first_steps:
            self.take(number, next(part for part, ways in WAYS.items() if event in ways), event, 0)
        for person in self.staff[1:]:
            given.order(person, ends_on=today(NOW) + timedelta(days=40))
        self.begin_more()
        self.a_working_day(ways)

    def begin_more(self) -> None:
        """What else is under way from the start, in the workflows that are mixed in."""

    @classmethod
    def ways(cls, part: Part) -> tuple[str, ...]:
        """What leads on where a part is waited for."""
        return next(known[part] for each in cls.__mro__ if part in (known := vars(each).get("WAYS", {})))

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.nobody_does_anything_any_more()
            workflows = {case.id: case.workflow for case in self.given.all(Case)}
            for event in self.given.all(Event):
                if event.case_id is not None:
                    said = (event.kind, event.from_state, event.to_state)
                    type(self).reached |= {(workflows[event.case_id], word) for word in said}
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

    def standing(self) -> dict[str, list[str]]:
        """Everything but the events."""
        cases = sa.select(col(Case.number), col(Case.state), col(Case.version))
        counts = [sa.select(sa.func.count(col(table.id))) for table in (Decision, Message)]
        whole = [sa.select(*sa.inspect(table).columns) for table in (AccessGrant, Task, *self.ALSO_STANDING)]
        with self.database.reading(self.given.organisation.id) as session:
            return {str(query): sorted(map(repr, session.execute(query))) for query in (cases, *counts, *whole)}

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

    @rule(case=any_case, event=st.sampled_from(EVENTS), by=anybody, data=st.sets(st.sampled_from(sorted(SAYS))))
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
        """What waits is dealt with by whoever comes first, some of it each time."""
        for way in ways:
            waiting = self.given.all(Task, col(Task.closed_at).is_(None))
            first = way % (len(waiting) or 1)
            for task in (waiting[first:] + waiting[:first])[:3]:
                self.lead_on(task, way, 0)

    def lead_on(self, task: Task, way: int, who: int) -> None:
        ways = self.ways(Part(task.part))
        number = next(row.number for row in self.given.all(Case) if row.id == task.case_id)
        self.take(number, Part(task.part), ways[way % len(ways)], who, task.about)

    def take(self, number: str, part: Part, event: str, who: int, about: str = "") -> None:
        """Have one of those who play a part take the case a step on."""
        holders = self.given.may(number, part, now=self.now, about=about)
        if not holders:
            return
        person = next(row for row in self.people if row.employee_number == holders[who % len(holders)])
        workflow = self.given.case(number).workflow
        data: dict[str, Any] = {name: SAYS[name] for name in needed(workflow, event)}
        if event == "approve_with_changes":
            data = {"ends_on": today(self.now) + timedelta(days=1)}
        if about:
            data["duty"] = about
        actor = self.given.actor(person)
        key = str(uuid4())
        self.keys.append((key, number, event, data, person))
        self.attempt(
            event, lambda: cases.act(self.given.office, number, event, data, actor, self.now, idempotency_key=key)
        )

    @precondition(lambda self: bool(self.keys))
    @rule(place=any_case)
    def the_same_call_comes_again(self, place: int) -> None:
        """A call made again with its key does nothing more."""
        key, number, event, data, person = self.keys[place % len(self.keys)]
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
        first = sweep_all(self.given.office, self.now)
        self.swept = True
        again = sweep_all(self.given.office, self.now)
        if first.departures:
            # A departure that was found when its last day was over is revoked by default in the next.
            again = sweep_all(self.given.office, self.now)
        assert (again.tasks, again.unattended, again.departures) == (0, 0, 0), f"a due thing happens once: {again}"

    def nobody_does_anything_any_more(self) -> None:
        """How every life ends: what waits for the owner or the requester has an end of its own, and it comes."""
        self.now += timedelta(days=120)
        self.the_sweeps_run()
        self.nothing_is_open_after_its_time_once_swept()
        self.nothing_is_broken()
        waiting = {RequestState.AWAITING_DECISION, RequestState.AWAITING_COMPLETION}
        # A release waits: silence approves nothing, and lets its date fall.
        rows = self.given.all(Case, Case.workflow != RELEASE)
        assert [row.number for row in rows if row.state in waiting] == []

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
        first, *_ = self.given.all(Employment, Employment.person_id == self.staff[person].id)
        self.given.change(first, ends_on=last)

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
