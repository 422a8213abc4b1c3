"""The working-time calendar: tables of days that people would look up, and what holds on all days."""

from __future__ import annotations

import json
import time as clock
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.deadlines import (
    STOCKHOLM,
    Calendar,
    Due,
    Limits,
    Span,
    Step,
    Unit,
    due_at,
    end_of_day,
    schedule,
    start_of_day,
    today,
)

OFFICE = Calendar()
unhurried = settings(deadline=None)  # a busy machine is no failure, and the first look at a year is slow


def swedish(text: str) -> datetime:
    """The moment when a clock on a Swedish wall shows `text`, such as ``2026-06-18 14:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("3 working days", Span(3, "working days")),
        ("1 working day", Span(1, "working days")),
        ("4 working hours", Span(4, "working hours")),
        ("1 hour", Span(1, "hours")),
        ("30 minutes", Span(30, "minutes")),
        ("7 days", Span(7, "days")),
        ("0 hours", Span(0, "hours")),
        ("  2  Working   Days ", Span(2, "working days")),  # people type, too
        ("1 days", Span(1, "days")),
    ],
)
def test_a_span_is_a_number_and_a_unit(text: str, span: Span) -> None:
    assert Span.parse(text) == span


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "working day",
        "-1 days",
        "1.5 hours",
        "3 workdays",
        "3 arbetsdagar",
        "2 weeks",
        "30 working minutes",
        "10000 days",  # a slip of the finger, not a deadline
        "٣ days",  # a digit to Unicode, but not to the reader of a policy
        "3 days or so",
    ],
)
def test_what_is_no_span_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match="write a number from 0 to 9999 and one of minutes, hours"):
        Span.parse(text)


@unhurried
@given(st.integers(0, 9999), st.sampled_from(["minutes", "hours", "days", "working hours", "working days"]))
def test_a_span_reads_back_from_what_it_says(amount: int, unit: Unit) -> None:
    assert Span.parse(str(Span(amount, unit))) == Span(amount, unit)


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        # An ordinary week: 9 November 2026 is a Monday.
        ("2026-11-09 09:30", "1 working day", "2026-11-10 09:30"),
        ("2026-11-09 09:30", "3 working days", "2026-11-12 09:30"),
        ("2026-11-13 14:00", "1 working day", "2026-11-16 14:00"),  # Friday to Monday
        ("2026-11-09 09:30", "4 working hours", "2026-11-09 13:30"),
        ("2026-11-09 15:00", "4 working hours", "2026-11-10 10:00"),
        ("2026-11-13 15:00", "4 working hours", "2026-11-16 10:00"),
        ("2026-11-09 13:00", "4 working hours", "2026-11-09 17:00"),  # due at closing, not at the next opening
        ("2026-11-09 08:00", "9 working hours", "2026-11-09 17:00"),
        ("2026-11-09 08:00", "10 working hours", "2026-11-10 09:00"),
        ("2026-11-09 12:00", "45 working hours", "2026-11-16 12:00"),  # a week of office time
        # Arrivals while the office is closed count from the next opening.
        ("2026-11-09 06:15", "1 working day", "2026-11-10 08:00"),  # early: the whole of that Monday
        ("2026-11-09 16:59", "1 working day", "2026-11-10 16:59"),
        ("2026-11-09 17:00", "1 working day", "2026-11-11 08:00"),  # at closing it is already closed
        ("2026-11-13 18:00", "1 working day", "2026-11-17 08:00"),  # Friday evening: the whole of Monday
        ("2026-11-14 11:00", "1 working day", "2026-11-17 08:00"),  # Saturday: the same
        ("2026-11-15 23:59", "4 working hours", "2026-11-16 12:00"),
        ("2026-11-15 23:59", "0 working days", "2026-11-16 08:00"),
        ("2026-11-15 23:59", "0 working hours", "2026-11-16 08:00"),
        # Round the clock.
        ("2026-11-13 22:40", "30 minutes", "2026-11-13 23:10"),
        ("2026-12-24 22:00", "1 hour", "2026-12-24 23:00"),  # dismissed at once, on Christmas Eve
        ("2026-11-13 22:40", "7 days", "2026-11-20 22:40"),
        ("2026-11-14 22:40", "0 hours", "2026-11-14 22:40"),
        # Midsummer 2026: eve on Friday 19 June. 18 June is the last working day of that week.
        ("2026-06-18 14:00", "1 working day", "2026-06-22 14:00"),
        ("2026-06-18 15:00", "4 working hours", "2026-06-22 10:00"),
        ("2026-06-19 10:00", "1 working day", "2026-06-23 08:00"),  # arrives on the eve itself
        ("2027-06-24 14:00", "1 working day", "2027-06-28 14:00"),  # the eve is on the 25th at its latest
        # Christmas and New Year 2026–27: closed 24–27 December, 31 December–3 January, and on Epiphany, 6 January.
        ("2026-12-23 14:00", "1 working day", "2026-12-28 14:00"),
        ("2026-12-23 14:00", "3 working days", "2026-12-30 14:00"),
        ("2026-12-23 14:00", "4 working days", "2027-01-04 14:00"),
        ("2026-12-23 14:00", "6 working days", "2027-01-07 14:00"),
        ("2026-12-30 16:00", "4 working hours", "2027-01-04 11:00"),
        ("2026-12-24 22:00", "4 working hours", "2026-12-28 12:00"),
        # Easter 2027: Good Friday 26 March, Monday 29 March. Summer time begins on Easter Sunday that year.
        ("2027-03-25 14:00", "1 working day", "2027-03-30 14:00"),
        ("2027-03-25 16:00", "2 working hours", "2027-03-30 09:00"),
        # Ascension Day is a Thursday; the Friday after it is an ordinary day unless the policy closes it.
        ("2027-05-05 14:00", "1 working day", "2027-05-07 14:00"),
        # The National Day and the first of May, when they fall on working days.
        ("2029-06-05 14:00", "1 working day", "2029-06-07 14:00"),
        ("2029-04-30 14:00", "1 working day", "2029-05-02 14:00"),
        # 29 February 2028 is a Tuesday like any other.
        ("2028-02-28 14:00", "1 working day", "2028-02-29 14:00"),
        ("2028-02-28 14:00", "2 working days", "2028-03-01 14:00"),
        ("2027-02-26 14:00", "1 working day", "2027-03-01 14:00"),
        ("2028-02-28 14:00", "1 day", "2028-02-29 14:00"),
        # Summer time begins on 29 March 2026 at 02:00.
        ("2026-03-27 16:00", "2 working hours", "2026-03-30 09:00"),
        ("2026-03-27 16:00", "1 working day", "2026-03-30 16:00"),
        ("2026-03-28 12:00", "1 day", "2026-03-29 12:00"),  # 23 hours
        ("2026-03-28 12:00", "24 hours", "2026-03-29 13:00"),
        ("2026-03-28 02:30", "1 day", "2026-03-29 03:30"),  # 02:30 does not exist that night
        # Summer time ends on 25 October 2026 at 03:00.
        ("2026-10-23 16:00", "2 working hours", "2026-10-26 09:00"),
        ("2026-10-24 12:00", "1 day", "2026-10-25 12:00"),  # 25 hours
        ("2026-10-24 12:00", "24 hours", "2026-10-25 11:00"),
        ("2026-10-24 02:30", "1 day", "2026-10-25 02:30"),  # the first of the two
    ],
)
def test_a_span_ends_when_a_swede_would_say_so(start: str, span: str, end: str) -> None:
    assert OFFICE.add(swedish(start), Span.parse(span)) == swedish(end)


def test_nothing_added_is_the_same_moment_in_the_hour_that_comes_twice() -> None:
    second_half_past_two = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert OFFICE.add(second_half_past_two, Span.parse("0 days")) == second_half_past_two
    assert OFFICE.add(second_half_past_two, Span.parse("1 day")) == swedish("2026-10-26 02:30")


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-01-01", "New Year's Day"),
        ("2026-01-06", "Epiphany"),
        ("2026-04-03", "Good Friday"),
        ("2026-04-04", "Easter Eve is a Saturday"),
        ("2026-04-06", "Easter Monday"),
        ("2026-05-01", "the first of May"),
        ("2026-05-14", "Ascension Day"),
        ("2025-06-06", "the National Day"),
        ("2026-06-19", "Midsummer Eve, at its earliest"),
        ("2027-06-25", "Midsummer Eve, at its latest"),
        ("2026-12-24", "Christmas Eve"),
        ("2026-12-25", "Christmas Day"),
        ("2026-12-31", "New Year's Eve"),
        ("2026-11-22", "a Sunday"),
    ],
)
def test_the_offices_are_closed_on(day: str, why: str) -> None:
    assert not OFFICE.is_working_day(date.fromisoformat(day)), why


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-01-05", "Twelfth Night, on which banks close early"),
        ("2026-04-02", "Maundy Thursday"),
        ("2026-04-30", "Walpurgis Night"),
        ("2026-05-15", "the Friday after Ascension Day"),
        ("2026-05-25", "Whit Monday, abolished in 2005 for the National Day"),
        ("2026-06-18", "the day before Midsummer Eve"),
        ("2026-10-30", "the day before All Saints' Day"),
        ("2026-12-23", "the day before Christmas Eve"),
        ("2028-02-29", "leap day"),
    ],
)
def test_the_offices_are_open_on(day: str, why: str) -> None:
    assert OFFICE.is_working_day(date.fromisoformat(day)), why


def test_a_municipality_closes_days_of_its_own() -> None:
    own = Calendar(
        closed_dates=frozenset({date(2027, 5, 7)}),  # the squeeze day after Ascension Day, that year only
        closed_yearly=frozenset({(4, 30), (2, 29)}),
    )
    assert not own.is_working_day(date(2027, 5, 7))
    assert own.is_working_day(date(2026, 5, 15))
    assert not own.is_working_day(date(2026, 4, 30))
    assert not own.is_working_day(date(2027, 4, 30))
    # 29 February is closed when there is one, and moves to no other day when there is none.
    assert not own.is_working_day(date(2028, 2, 29))
    assert own.is_working_day(date(2027, 3, 1))
    assert own.add(swedish("2027-05-05 14:00"), Span.parse("1 working day")) == swedish("2027-05-10 14:00")


def test_a_municipality_may_keep_open_on_an_eve() -> None:
    open_on_eves = Calendar(closed_eves=frozenset({"christmas_eve"}))
    assert open_on_eves.is_working_day(date(2026, 6, 19))
    assert open_on_eves.is_working_day(date(2026, 12, 31))
    assert not open_on_eves.is_working_day(date(2026, 12, 24))


def test_other_office_hours_move_the_due_times() -> None:
    short = Calendar(opens=time(9, 30), closes=time(16))
    assert short.office_day == 390
    assert short.add(swedish("2026-11-09 15:00"), Span.parse("2 working hours")) == swedish("2026-11-10 10:30")
    assert short.add(swedish("2026-11-09 07:00"), Span.parse("1 working day")) == swedish("2026-11-10 09:30")


def test_an_office_must_open_before_it_closes() -> None:
    with pytest.raises(ValueError, match="opens at 17:00:00 cannot close at 08:00:00"):
        Calendar(opens=time(17), closes=time(8))


@pytest.mark.parametrize(
    ("at", "moment"),
    [
        ("2026-11-09 07:59", "2026-11-09 08:00"),
        ("2026-11-09 08:00", "2026-11-09 08:00"),
        ("2026-11-09 16:59", "2026-11-09 16:59"),
        ("2026-11-09 17:00", "2026-11-10 08:00"),
        ("2026-12-24 10:00", "2026-12-28 08:00"),
    ],
)
def test_the_next_working_moment(at: str, moment: str) -> None:
    assert OFFICE.next_working_moment(swedish(at)) == swedish(moment)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    naive = datetime(2026, 11, 9, 12)  # noqa: DTZ001 - the mistake itself
    for span in ("1 working day", "1 working hour", "1 day", "1 hour", "0 minutes"):
        with pytest.raises(ValueError, match="has no time zone"):
            OFFICE.add(naive, Span.parse(span))
    with pytest.raises(ValueError, match="has no time zone"):
        today(naive)


def test_a_swedish_date_begins_and_ends_at_swedish_midnight() -> None:
    assert start_of_day(date(2026, 1, 31)) == datetime(2026, 1, 30, 23, tzinfo=UTC)
    assert end_of_day(date(2026, 6, 30)) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    # 23 hours in spring, 25 in autumn.
    assert end_of_day(date(2026, 3, 29)) - start_of_day(date(2026, 3, 29)) == timedelta(hours=23)
    assert end_of_day(date(2026, 10, 25)) - start_of_day(date(2026, 10, 25)) == timedelta(hours=25)


def test_today_is_the_date_in_sweden() -> None:
    assert today(datetime(2026, 6, 30, 21, 59, tzinfo=UTC)) == date(2026, 6, 30)
    assert today(datetime(2026, 6, 30, 22, 0, tzinfo=UTC)) == date(2026, 7, 1)
    assert today(datetime(2026, 12, 31, 23, 0, tzinfo=UTC)) == date(2027, 1, 1)


DECISION = Limits(
    remind=(Span(1, "working days"),),
    due=Span(3, "working days"),
    escalate=(
        Step(after=Span(3, "working days"), tell=("deputy",), may_act=("deputy",)),
        Step(after=Span(6, "working days"), tell=("chair", "owner"), may_act=("chair",)),
    ),
    lapse=Span(15, "working days"),
)


def test_a_decision_that_nobody_takes_over_christmas() -> None:
    opened = swedish("2026-12-22 15:00")
    assert due_at(DECISION, opened, OFFICE) == swedish("2026-12-29 15:00")
    assert schedule(DECISION, opened, OFFICE) == (
        Due(at=swedish("2026-12-23 15:00"), do="remind"),
        Due(at=swedish("2026-12-29 15:00"), do="escalate", step=1, tell=("deputy",), may_act=("deputy",)),
        Due(at=swedish("2027-01-05 15:00"), do="escalate", step=2, tell=("chair", "owner"), may_act=("chair",)),
        Due(at=swedish("2027-01-19 15:00"), do="lapse"),
    )


def test_a_schedule_is_the_same_after_json() -> None:
    happenings = schedule(DECISION, swedish("2026-12-22 15:00"), OFFICE)
    stored = json.dumps([due.to_json() for due in happenings])
    assert tuple(Due.from_json(due) for due in json.loads(stored)) == happenings


def test_nothing_is_escalated_before_it_is_due_where_a_day_has_25_hours() -> None:
    limits = Limits(
        remind=(Span(1, "days"),),
        due=Span(24, "hours"),
        escalate=(Step(after=Span(24, "hours"), tell=("chair",)), Step(after=Span(1, "days"), tell=("owner",))),
        lapse=Span(25, "hours"),
    )
    moments = schedule(limits, swedish("2026-10-24 12:00"), OFFICE)
    assert [(due.do, due.at) for due in moments] == [
        ("remind", swedish("2026-10-25 11:00")),
        ("escalate", swedish("2026-10-25 11:00")),
        ("escalate", swedish("2026-10-25 12:00")),
        ("lapse", swedish("2026-10-25 12:00")),
    ]


def test_ten_thousand_schedules_are_a_matter_of_a_second() -> None:
    opened = swedish("2026-12-01 09:00")
    began = clock.process_time()
    for minute in range(10_000):
        schedule(DECISION, opened + timedelta(minutes=37 * minute), OFFICE)
    assert clock.process_time() - began < 5  # 0.3 s alone on an ordinary machine; what this guards is 100 times more


# --- What holds on all days -------------------------------------------------------------------------------------

moments = st.datetimes(datetime(2024, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
units = st.sampled_from(["minutes", "hours", "days", "working hours", "working days"])
working_units = st.sampled_from(["working hours", "working days"])
amounts = st.integers(0, 60)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    opens, closes = sorted(draw(st.lists(st.integers(0, 1439), min_size=2, max_size=2, unique=True)))
    # An office open for a minute a day makes an hour last sixty days: true, and slow.
    closes = max(closes, min(opens + 60, 1439))
    opens = min(opens, closes - 60)
    return Calendar(
        opens=time(opens // 60, opens % 60),
        closes=time(closes // 60, closes % 60),
        closed_dates=draw(st.frozensets(st.dates(date(2024, 1, 1), date(2034, 12, 31)), max_size=5)),
        closed_yearly=draw(st.frozensets(st.sampled_from([(2, 29), (4, 30), (1, 5), (12, 23)]))),
    )


@unhurried
@given(calendars(), moments, units, amounts, amounts)
def test_adding_more_is_never_earlier(calendar: Calendar, at: datetime, unit: Unit, less: int, more: int) -> None:
    less, more = sorted((less, more))
    assert at <= calendar.add(at, Span(less, unit)) <= calendar.add(at, Span(more, unit))


@unhurried
@given(calendars(), moments, moments, working_units, amounts)
def test_what_arrives_later_is_never_due_earlier(
    calendar: Calendar, one: datetime, other: datetime, unit: Unit, amount: int
) -> None:
    earlier, later = sorted((one, other))
    assert calendar.add(earlier, Span(amount, unit)) <= calendar.add(later, Span(amount, unit))


@unhurried
@given(calendars(), moments, working_units, amounts)
def test_working_time_ends_in_office_hours(calendar: Calendar, at: datetime, unit: Unit, amount: int) -> None:
    end = calendar.add(at, Span(amount, unit)).astimezone(STOCKHOLM)
    assert calendar.is_working_day(end.date())
    assert calendar.opens <= end.time() <= calendar.closes


@unhurried
@given(calendars(), moments, st.integers(1, 40), st.integers(1, 40))
def test_working_hours_can_be_added_in_two_parts(calendar: Calendar, at: datetime, first: int, second: int) -> None:
    halfway = calendar.add(at, Span(first, "working hours"))
    assert calendar.add(halfway, Span(second, "working hours")) == calendar.add(
        at, Span(first + second, "working hours")
    )


@unhurried
@given(calendars(), moments, amounts, amounts)
def test_working_days_can_be_added_in_two_parts(calendar: Calendar, at: datetime, first: int, second: int) -> None:
    halfway = calendar.add(at, Span(first, "working days"))
    assert calendar.add(halfway, Span(second, "working days")) == calendar.add(at, Span(first + second, "working days"))


@unhurried
@given(moments, st.integers(1, 20))
def test_a_working_day_is_as_much_office_time_as_a_day_holds(at: datetime, days: int) -> None:
    in_days = OFFICE.add(at, Span(days, "working days"))
    in_hours = OFFICE.add(at, Span(9 * days, "working hours"))
    # They part only where the hours run out at closing time: the days then lead to the next opening.
    assert OFFICE.next_working_moment(in_hours) == in_days


@unhurried
@given(moments, st.integers(0, 400))
def test_calendar_days_keep_the_time_on_the_wall(at: datetime, days: int) -> None:
    start = at.astimezone(STOCKHOLM)
    end = OFFICE.add(at, Span(days, "days")).astimezone(STOCKHOLM)
    assert (end.date() - start.date()).days == days
    # In the night to summer time the hour from two to three is missing, and the next one stands for it.
    moved = timedelta(hours=1) if end.time() != start.time() else timedelta()
    assert end.replace(tzinfo=None) == start.replace(tzinfo=None) + timedelta(days=days) + moved
    assert not moved or (end.month == 3 and end.hour == 3)


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    working = draw(st.booleans())
    kinds = ("working hours", "working days") if working else ("minutes", "hours", "days")
    spans = st.builds(Span, st.integers(0, 40), st.sampled_from(kinds))

    def length(span: Span) -> int:
        return span.minutes(OFFICE.office_day)

    in_order = sorted(draw(st.lists(spans, min_size=1, max_size=8)), key=length)
    due = draw(st.integers(0, len(in_order) - 1))
    lapse = draw(st.booleans())
    ladder = in_order[due:]
    return Limits(
        remind=tuple(in_order[:due]),
        due=in_order[due],
        escalate=tuple(Step(after=span, tell=("chair",)) for span in (ladder[:-1] if lapse else ladder)),
        lapse=ladder[-1] if lapse else None,
    )


@unhurried
@given(limits(), moments)
def test_a_schedule_is_in_order(limits: Limits, opened: datetime) -> None:
    happenings = schedule(limits, opened, OFFICE)
    due = due_at(limits, opened, OFFICE)
    assert [happening.at for happening in happenings] == sorted(happening.at for happening in happenings)
    assert [happening.step for happening in happenings if happening.do == "escalate"] == [
        number for number, _ in enumerate(limits.escalate, start=1)
    ]
    assert all((happening.at <= due) if happening.do == "remind" else (happening.at >= due) for happening in happenings)
    assert [happening.do for happening in happenings].count("lapse") == (limits.lapse is not None)
    assert limits.lapse is None or happenings[-1].do == "lapse"
    assert all(happening.at.tzinfo is UTC for happening in happenings)
