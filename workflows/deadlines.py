"""Working time of a Swedish office: spans, the calendar they are counted in, and the limits of a waiting part.

Pure: a moment and a policy in, moments out. Counting is done on the wall clock of Europe/Stockholm and every
answer is in UTC. The clock changes in the night to a Sunday, so no office hour is ever missing or doubled.

How each kind of span is counted from a moment:

* *working hours* use up office hours. What arrives while the office is closed counts from the next opening. What
  runs out exactly at closing time is due then, not at the opening after it.
* *working days* lead to the same time of day, that many working days later: Friday 14:00 and one working day is
  Monday 14:00. What arrives while the office is closed counts from the next opening, so Friday 18:00 and one
  working day is Tuesday 08:00: the whole of Monday. One working day is always as much office time as a day holds.
* *minutes* and *hours* pass round the clock.
* *days* are calendar days: the same wall-clock time, also over a change to or from summer time. A time that does
  not exist that night is the one an hour later; of a time that exists twice, the first is meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SATURDAY = 5

Unit = Literal["minutes", "hours", "days", "working hours", "working days"]
Eve = Literal["midsummer_eve", "christmas_eve", "new_years_eve"]
Deed = Literal["ask", "remind", "escalate", "lapse"]

_SPAN = re.compile(r"([0-9]{1,4}) +(minute|hour|day|working +hour|working +day)s?")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """A length of time as the policy writes it: a number and a unit."""

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Span:
        """The span that `text` says, such as ``3 working days``; ValueError says what would be right."""
        match = _SPAN.fullmatch(text.strip().lower())
        if match is None:
            raise ValueError(
                f"{text!r} is no span of time: write a number from 0 to 9999 and one of minutes, hours, days, "
                "working hours, working days, such as '3 working days'"
            )
        return cls(int(match[1]), cast("Unit", " ".join(match[2].split()) + "s"))

    def __str__(self) -> str:
        return f"{self.amount} {self.unit.removesuffix('s') if self.amount == 1 else self.unit}"

    @property
    def is_working_time(self) -> bool:
        """Whether only office hours count; otherwise the span runs round the clock."""
        return self.unit.startswith("working")

    def minutes(self, office_day: int = 0) -> int:
        """Its length on a day without a change of the clock; `office_day` is the minutes of office time in a day."""
        lengths = {"minutes": 1, "hours": 60, "days": 24 * 60, "working hours": 60, "working days": office_day}
        return self.amount * lengths[self.unit]


@cache
def _public_holidays(year: int) -> frozenset[date]:
    """The Swedish public holidays of a year, as the law (1989:253) has them."""
    # The library costs 60 ms to import, and most commands count no working time at all.
    from holidays.countries.sweden import Sweden

    # Said outright: older releases of the library counted every Sunday as a holiday unless told not to.
    return frozenset(Sweden(years=year, include_sundays=False))


def eve(name: Eve, year: int) -> date:
    """The day of an eve that is no public holiday by law, but on which offices may be closed."""
    match name:
        case "midsummer_eve":  # the Friday from 19 to 25 June
            nineteenth = date(year, 6, 19)
            return nineteenth + timedelta(days=(4 - nineteenth.weekday()) % 7)
        case "christmas_eve":
            return date(year, 12, 24)
        case "new_years_eve":
            return date(year, 12, 31)


def today(now: datetime) -> date:
    """The date in Sweden at a moment."""
    return _wall_clock(now).date()


def start_of_day(day: date) -> datetime:
    """The Swedish midnight with which a date begins, in UTC."""
    return _utc(datetime.combine(day, time.min))


def end_of_day(day: date) -> datetime:
    """The Swedish midnight with which a date ends, in UTC."""
    return start_of_day(day + _ONE_DAY)


def last_day(end: datetime) -> date:
    """The day on which something ends that ends at this moment; midnight belongs to the day before it."""
    return today(end - timedelta(microseconds=1))


def _wall_clock(at: datetime) -> datetime:
    """What a clock on a Swedish wall shows, without zone; a moment without a zone is refused."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone, so it is not one moment")
    return at.astimezone(STOCKHOLM).replace(tzinfo=None, fold=0)


def _utc(wall: datetime) -> datetime:
    return wall.replace(tzinfo=STOCKHOLM).astimezone(UTC)


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """When the offices of one municipality are open."""

    opens: time = time(8)
    closes: time = time(17)
    closed_eves: frozenset[Eve] = frozenset({"midsummer_eve", "christmas_eve", "new_years_eve"})
    closed_dates: frozenset[date] = frozenset()
    # Month and day; 29 February is closed in leap years and moves nowhere in the others.
    closed_yearly: frozenset[tuple[int, int]] = frozenset()
    # Filled as years are asked for: a schedule steps over some forty days and must not ask the library for each.
    _closed: dict[int, frozenset[date]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError(f"an office that opens at {self.opens} cannot close at {self.closes}")

    @property
    def office_day(self) -> int:
        """The minutes of office time in a working day."""
        return (self.closes.hour - self.opens.hour) * 60 + self.closes.minute - self.opens.minute

    def is_working_day(self, day: date) -> bool:
        """Whether the offices are open at all on a date."""
        return day.weekday() < SATURDAY and day not in self._closed_in(day.year)

    def next_working_moment(self, at: datetime) -> datetime:
        """The moment itself inside office hours, else the next opening; closing time is outside."""
        return _utc(self._open_at_or_after(_wall_clock(at)))

    def add(self, at: datetime, span: Span) -> datetime:
        """The moment in UTC when a span that starts at `at` has run out."""
        wall = _wall_clock(at)
        match span.unit:
            case "working hours":
                return _utc(self._use_up(self._open_at_or_after(wall), timedelta(hours=span.amount)))
            case "working days":
                start = self._open_at_or_after(wall)
                day = start.date()
                for _ in range(span.amount):
                    day = self._next_working_day(day)
                return _utc(datetime.combine(day, start.time()))
            # Nothing added must be the same moment, also in the hour that the clock shows twice.
            case "days" if span.amount:
                return _utc(wall + timedelta(days=span.amount))
            case _:
                return at.astimezone(UTC) + timedelta(minutes=span.minutes())

    def before(self, at: datetime, span: Span) -> datetime:
        """The moment in UTC that lies a span before `at`: the same wall-clock time, so many working days earlier."""
        wall = _wall_clock(at)
        match span.unit:
            case "working hours":
                return _utc(self._give_back(self._open_at_or_before(wall), timedelta(hours=span.amount)))
            case "working days":
                day = wall.date()
                for _ in range(span.amount):
                    day = self._last_working_day_before(day)
                return _utc(datetime.combine(day, wall.time()))
            case "days" if span.amount:
                return _utc(wall - timedelta(days=span.amount))
            case _:
                return at.astimezone(UTC) - timedelta(minutes=span.minutes())

    def worked(self, begins: datetime, ends: datetime) -> timedelta:
        """The office time between two moments; none when they come in the other order."""
        wall, until = _wall_clock(begins), _wall_clock(ends)
        worked, day = timedelta(), wall.date()
        while day <= until.date():
            if self.is_working_day(day):
                opens = max(wall, datetime.combine(day, self.opens))
                closes = min(until, datetime.combine(day, self.closes))
                worked += max(closes - opens, timedelta())
            day += _ONE_DAY
        return worked

    def _closed_in(self, year: int) -> frozenset[date]:
        closed = self._closed.get(year)
        if closed is None:
            eves = {eve(name, year) for name in self.closed_eves}
            yearly = {date(year, month, day) for month, day in self.closed_yearly if _exists(year, month, day)}
            closed = self._closed[year] = _public_holidays(year) | eves | yearly | self.closed_dates
        return closed

    def _next_working_day(self, day: date) -> date:
        day += _ONE_DAY
        while not self.is_working_day(day):
            day += _ONE_DAY
        return day

    def _last_working_day_before(self, day: date) -> date:
        day -= _ONE_DAY
        while not self.is_working_day(day):
            day -= _ONE_DAY
        return day

    def _open_at_or_before(self, wall: datetime) -> datetime:
        if self.is_working_day(wall.date()) and wall.time() > self.opens:
            return min(wall, datetime.combine(wall.date(), self.closes))
        return datetime.combine(self._last_working_day_before(wall.date()), self.closes)

    def _give_back(self, wall: datetime, left: timedelta) -> datetime:
        while (room := wall - datetime.combine(wall.date(), self.opens)) < left:
            left -= room
            wall = datetime.combine(self._last_working_day_before(wall.date()), self.closes)
        return wall - left

    def _open_at_or_after(self, wall: datetime) -> datetime:
        if self.is_working_day(wall.date()):
            if self.opens <= wall.time() < self.closes:
                return wall
            if wall.time() < self.opens:
                return datetime.combine(wall.date(), self.opens)
        return datetime.combine(self._next_working_day(wall.date()), self.opens)

    def _use_up(self, wall: datetime, left: timedelta) -> datetime:
        while (room := datetime.combine(wall.date(), self.closes) - wall) < left:
            left -= room
            wall = datetime.combine(self._next_working_day(wall.date()), self.opens)
        return wall + left


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class Step:
    """One rung of an escalation ladder: when, who is told, and who then may act as well."""

    after: Span
    tell: tuple[str, ...]
    may_act: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long something may wait for one part, all counted from when the task was opened.

    Without `lapse` it waits until somebody acts, however long that takes.
    """

    due: Span
    remind: tuple[Span, ...] = ()
    escalate: tuple[Step, ...] = ()
    lapse: Span | None = None


@dataclass(frozen=True, kw_only=True)
class Due:
    """One thing that happens to a task by itself if nobody has acted by then.

    It carries the roles of its step, so that a task keeps the limits it was opened under when the policy changes.
    `step` counts reminders, and steps of the ladder, from 1.
    """

    at: datetime
    do: Deed
    step: int = 1
    tell: tuple[str, ...] = ()
    may_act: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The same in values that JSON knows."""
        return {
            "at": self.at.isoformat(),
            "do": self.do,
            "step": self.step,
            "tell": list(self.tell),
            "may_act": list(self.may_act),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Due:
        """What `to_json` gave."""
        return cls(
            at=datetime.fromisoformat(stored["at"]),
            do=stored["do"],
            step=stored["step"],
            tell=tuple(stored["tell"]),
            may_act=tuple(stored["may_act"]),
        )


def due_at(limits: Limits, opened_at: datetime, calendar: Calendar) -> datetime:
    """The moment by which the one it waits for should have acted."""
    return calendar.add(opened_at, limits.due)


def schedule(limits: Limits, opened_at: datetime, calendar: Calendar) -> tuple[Due, ...]:
    """Everything that will happen to a task if nobody acts, in order of time."""
    due = due_at(limits, opened_at, calendar)
    # A policy may write "24 hours" on one row and "1 day" on the next. In the nights when the clock changes they
    # lie an hour apart, so the order of the rows is held here: nothing is escalated before it is due.
    happenings = [
        Due(at=min(calendar.add(opened_at, span), due), do="remind", step=number)
        for number, span in enumerate(limits.remind, start=1)
    ]
    happenings.sort(key=lambda reminder: reminder.at)
    earliest = due
    for number, step in enumerate(limits.escalate, start=1):
        earliest = max(earliest, calendar.add(opened_at, step.after))
        happenings.append(Due(at=earliest, do="escalate", step=number, tell=step.tell, may_act=step.may_act))
    if limits.lapse is not None:
        happenings.append(Due(at=max(earliest, calendar.add(opened_at, limits.lapse)), do="lapse"))
    return tuple(happenings)
