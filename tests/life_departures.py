"""What departures add to a random life: people leave, come back, are held by the brake and let go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from models import (
    DEPARTURE,
    Case,
    DepartureKind,
    DepartureNotice,
    Duty,
    Employment,
    EmploymentKind,
    Event,
    Part,
    Person,
)
from tests.given import NOW
from tests.invariants import (
    a_notice_is_where_its_slowest_part_is,
    accounts_are_shut_in_time_and_nobody_is_left_shut_out,
    nothing_is_in_use_by_an_employment_that_is_blocked,
    nothing_lasts_beyond_a_last_moment,
)
from tests.life import RandomLife, any_case, anybody
from workflows import cases, leaving, reordering
from workflows.deadlines import end_of_day, today
from workflows.departure import UNDER_WAY
from workflows.escalation import sweep_all
from workflows.leaving import Leaver

MOST = 3
"""More than so many people noticed within an hour are held by the brake."""
AN_HOUR = timedelta(hours=1)

# How the first departure of a life goes, as far as anybody takes it: who, how, and what is done then.
FirstDeparture = tuple[str, DepartureKind, int, tuple[str, ...]]
FIRST_DEPARTURES: tuple[FirstDeparture | None, ...] = (
    None,
    ("staff1", DepartureKind.NORMAL, 0, ("close_accounts", "return_equipment")),
    ("staff0", DepartureKind.IMMEDIATE, 0, ("block", "close_accounts", "return_equipment")),
    ("nurse", DepartureKind.MOVE, 10, ("keep",)),
    ("administrator", DepartureKind.NORMAL, 20, ("settle", "move_day")),
    ("nurse", DepartureKind.NORMAL, 10, ("approve", "move_day")),
    ("nurse", DepartureKind.NORMAL, 10, ("cancel",)),
    ("nurse", DepartureKind.NORMAL, 10, ("leave_now", "employed besides", "block", "move_day", "reopen_accounts")),
    ("nurse", DepartureKind.IMMEDIATE, 0, ("block", "cancel", "reopen_accounts")),
    ("nurse", DepartureKind.IMMEDIATE, 0, ("block", "cancel", "dismissed anew")),
    ("nurse", DepartureKind.NORMAL, 0, ("approve", "execute", "register", "close_accounts", "return_equipment")),
    ("staff1", DepartureKind.NORMAL, 0, ("close_accounts", "return_equipment", "employed anew")),
    ("hourly", DepartureKind.NORMAL, 8, ("prolonged",)),
    ("hourly", DepartureKind.NORMAL, 5, ("release",)),
    ("hourly", DepartureKind.NORMAL, 5, ("refuse",)),
)


class Departing(RandomLife):
    """A random life in which people leave."""

    WAYS: ClassVar[dict[Part, tuple[str, ...]]] = {
        Part.RELEASE: ("release", "release", "refuse"),
        Part.BLOCK: ("block",),
        Part.CLOSE_ACCOUNTS: ("close_accounts",),
        Part.RETURN_EQUIPMENT: ("return_equipment",),
        Part.REOPEN_ACCOUNTS: ("reopen_accounts",),
        Part.APPOINT: ("settle",),
    }
    ALSO_STANDING: ClassVar[tuple[Any, ...]] = (DepartureNotice, Duty)
    first_departure: ClassVar[FirstDeparture | None] = None

    def begin_more(self) -> None:
        super().begin_more()
        given, world = self.given, self.given.world
        given.brake_at(MOST)
        last = today(NOW) + timedelta(days=8)
        hourly = given.person("hourly", kind=EmploymentKind.HOURLY, ends_on=last)
        self.people.append(hourly)
        self.hourly = hourly
        self.unit = given.department("SCHOOL", body=world.board)
        given.grant(world.nurse, world.read)
        given.grant(hourly, world.read, ends_on=last, next_action_at=end_of_day(last))
        if self.first_departure is None:
            return
        who, kind, days, events = self.first_departure
        if {"release", "refuse"} & set(events):
            given.brake_at(0)
        person = next(row for row in (*self.people, *self.staff) if row.employee_number == who)
        number = self.found(days) if "prolonged" in events else self.leave(person, kind, days, world.hr)
        given.brake_at(MOST)
        for event in events:
            if event == "dismissed anew":
                # The owners have an hour left, so that not everything is over when it is swept.
                self.carry_on(self.leave(person, kind, days, world.hr), "block")
                sweep_all(given.office, self.now)
            elif event == "employed besides":
                self.employ(person)
                sweep_all(given.office, self.now)
            elif event == "employed anew":
                sweep_all(given.office, self.now)
                self.now += timedelta(days=9)
                self.employ(person, 0)
                sweep_all(given.office, self.now)
            elif event == "prolonged":
                self.registered(person, 60)
                sweep_all(given.office, self.now)
            else:
                self.carry_on(number, event)

    def found(self, days: int) -> str:
        """The notice that the sweep makes of the employment that ends in so many days, on the day before."""
        self.now += timedelta(days=days - 1)
        sweep_all(self.given.office, self.now)
        return self.given.all(Case, Case.workflow == DEPARTURE)[-1].number

    def registered(self, person: Person, ends: int | None, which: int = 0) -> None:
        """The register says that one of somebody's employments lasts for so many more days, or for good."""
        theirs = self.given.all(Employment, Employment.person_id == person.id)
        row = theirs[which % len(theirs)]
        ends_on = None if ends is None else today(self.now) + timedelta(days=ends)
        if ends_on is None or ends_on >= row.starts_on:
            self.given.change(row, ends_on=ends_on)
            self.swept = False

    def employ(self, person: Person, begins: int = -400) -> None:
        """Somebody turns out to have another employment, or gets one, from so many days from now."""
        theirs = self.given.all(Employment, Employment.person_id == person.id)
        if len(theirs) < 3:
            starts_on = today(self.now) + timedelta(days=begins)
            self.given.employment(person, number=str(len(theirs) + 1), starts_on=starts_on)
            self.swept = False

    def leave(self, person: Person, kind: DepartureKind, days: int, by: Person) -> str:
        """Notice that somebody leaves so many days from now; the number when it was not refused."""
        theirs = self.given.all(Employment, Employment.person_id == person.id)
        leaver = Leaver(
            employee_number=person.employee_number,
            employment_number=theirs[days % len(theirs)].number,
            last_day=today(self.now) + timedelta(days=days),
            kind=kind,
            new_department=self.unit.key if kind == DepartureKind.MOVE else None,
        )
        made: list[str] = []
        actor = self.given.actor(by)
        self.attempt("notice", lambda: made.append(leaving.notice(self.given.office, leaver, actor, self.now).number))
        return made[0] if made else ""

    def carry_on(self, number: str, event: str) -> None:
        """Have whoever may do something in a departure, or in the first of its parts."""
        if event in ("move_day", "cancel", "leave_now"):
            self.hr_says(number, event, 30)
            return
        if event == "close_accounts":
            # Nobody's are closed before the last moment.
            self.now = max(self.now, next(row.ends_at for row in self.given.all(DepartureNotice)))
        parts = [row.number for row in self.given.parts(number)]
        for each in (number, *parts):
            for task in self.given.tasks(each):
                if event in self.ways(Part(task.part)):
                    self.take(each, Part(task.part), event, 0, task.about)
                    return

    def hr_says(self, number: str, event: str, days: int) -> None:
        """HR moves the last day of a departure, makes it immediate, or cancels it."""
        data: dict[str, Any] = {"reason": "Because."}
        if event == "move_day":
            data["last_day"] = today(self.now) + timedelta(days=days)
        actor = self.given.actor(self.given.world.hr)
        self.attempt(event, lambda: cases.act(self.given.office, number, event, data, actor, self.now))

    @rule(
        person=anybody,
        kind=st.sampled_from([DepartureKind.NORMAL, *DepartureKind]),
        days=st.sampled_from([0, 3, 30, -2]),
        by=st.sampled_from(["hr", "hr", "hr", "manager", "nurse"]),
    )
    def somebody_leaves(self, person: int, kind: DepartureKind, days: int, by: str) -> None:
        # Staff rather than those that everything waits for, though they leave too.
        who = self.staff[person % len(self.staff)] if person < 60 else self.somebody(person)
        self.leave(who, kind, days, getattr(self.given.world, by))

    @rule(
        place=any_case,
        event=st.sampled_from(["move_day", "move_day", "leave_now", "cancel"]),
        days=st.sampled_from([-3, 2, 30]),
    )
    def hr_thinks_again(self, place: int, event: str, days: int) -> None:
        numbers = [row.number for row in self.given.all(Case, Case.workflow == DEPARTURE)]
        if numbers:
            self.hr_says(numbers[place % len(numbers)], event, days)

    @rule(place=any_case, by=st.sampled_from(["hr", "hr", "manager", "nurse"]))
    def what_a_cancelled_departure_took_is_ordered_again(self, place: int, by: str) -> None:
        numbers = [row.number for row in self.given.all(Case, Case.workflow == DEPARTURE)]
        if numbers:
            number, actor = numbers[place % len(numbers)], self.given.actor(getattr(self.given.world, by))
            self.attempt("order_again", lambda: reordering.order_again(self.given.office, number, actor, self.now))

    @rule(person=anybody, begins=st.sampled_from([-400, -400, 1, 20]))
    def somebody_is_employed_besides(self, person: int, begins: int) -> None:
        self.employ(self.staff[person % len(self.staff)], begins)

    @rule(person=anybody, which=any_case, ends=st.sampled_from([None, None, -1, 0, 5, 40]))
    def the_register_says_until_when(self, person: int, which: int, ends: int | None) -> None:
        theirs = [*self.staff, self.hourly]
        self.registered(theirs[person % len(theirs)], ends, which)

    @rule()
    def one_human_lets_all_go(self) -> None:
        coordinator = self.given.actor(self.given.world.coordinator)
        self.attempt("release", lambda: cases.release_all(self.given.office, "All right.", coordinator, self.now))

    # --- What is always true ---

    @invariant()
    def the_brake_lets_no_more_through(self) -> None:
        if not hasattr(self, "unit"):
            return
        people = {row.id: row.person_id for row in self.given.all(DepartureNotice)}
        begun = [
            (row.at, people[row.case_id])
            for row in self.given.all(Event, Event.kind == "notice", Event.to_state == UNDER_WAY[0])
            if row.case_id is not None
        ]
        for at, _ in begun:
            assert len({person for when, person in begun if at - AN_HOUR < when <= at}) <= MOST

    @invariant()
    def a_departure_is_over_in_time_once_swept(self) -> None:
        if hasattr(self, "unit") and self.swept:
            with self.database.reading(self.given.organisation.id) as session:
                assert list(a_notice_is_where_its_slowest_part_is(session)) == []
                assert list(nothing_lasts_beyond_a_last_moment(session, self.now)) == []
                assert list(accounts_are_shut_in_time_and_nobody_is_left_shut_out(session, self.now)) == []
                assert list(nothing_is_in_use_by_an_employment_that_is_blocked(session)) == []
