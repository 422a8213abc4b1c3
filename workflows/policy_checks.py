"""What one key of the policy file may hold, and in what order the limits of a part must come."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from itertools import pairwise
from typing import Annotated, NamedTuple, get_args

from pydantic import AfterValidator, PlainValidator
from pydantic_core import PydanticCustomError

from language import Text
from models import EmploymentKind
from workflows.deadlines import Eve, Limits, Span

# Whom a ladder may name. workflows/mandate.py answers who they are in a given case.
ROLES = (
    "administrator",
    "chair",
    "deputy",
    "head_of_department",
    "head_of_it",
    "manager",
    "owner",
    "security_coordinator",
    "superior_chair",
    "technician",
)
EVES: tuple[Eve, ...] = get_args(Eve)

# With more days than this closed every year somebody has listed the working days instead, and where all of them
# are closed no deadline would ever come.
MOST_CLOSED_YEARLY = 100


class Problem(NamedTuple):
    """A key of a section whose value does not go with the others: the key, what stands there, what would be right."""

    key: str
    stands: str
    right: Text


def wrong(right: Text) -> PydanticCustomError:
    """A value that cannot be used; `right` says what would be."""
    return PydanticCustomError("behorig", "not as it should be", {"right": right})


def contradictory(problems: Iterable[Problem]) -> PydanticCustomError:
    """Values that can be used one by one, but not together."""
    return PydanticCustomError("contradictory", "not in agreement", {"problems": tuple(problems)})


def nearest(value: str, known: Iterable[str]) -> Text:
    """The one of `known` that was probably meant, else all of them."""
    known = tuple(known)
    if near := get_close_matches(value, known, 1):
        return Text("did you mean “{near}”?", near=near[0])
    return Text("write one of {known}.", known=", ".join(known))


def _one_of(value: object, known: tuple[str, ...]) -> str:
    if isinstance(value, str) and value in known:
        return value
    raise wrong(nearest(str(value), known))


def _span(value: object) -> Span:
    try:
        return Span.parse(value if isinstance(value, str) else "")
    except ValueError:
        raise wrong(
            Text(
                "write a number and one of minutes, hours, days, working hours, working days, such as "
                "“3 working days”, “4 working hours” or “30 minutes”."
            )
        ) from None


def _interval(value: object) -> timedelta:
    span = _span(value)
    if span.is_working_time or not span.amount:
        raise wrong(
            Text("this goes on round the clock: write minutes, hours or days, more than none, such as “10 minutes”.")
        )
    return timedelta(minutes=span.minutes())


def _time_of_day(value: object) -> time:
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return time.fromisoformat(value)
    raise wrong(Text("write a time of day from “00:00” to “23:59”, such as “08:00”."))


def _date(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise wrong(Text("write a date that exists as year-month-day, such as 2027-05-07.")) from None


def _day_of_year(value: object) -> tuple[int, int]:
    try:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{2}-[0-9]{2}", value):
            day = date.fromisoformat(f"2000-{value}")  # a leap year, so that 29 February can be meant
            return day.month, day.day
    except ValueError:
        pass
    raise wrong(Text("write month and day of a day that exists, such as “04-30”."))


def whole_number(lowest: int, highest: int) -> PlainValidator:
    def check(value: object) -> int:
        if type(value) is int and lowest <= value <= highest:
            return value
        raise wrong(Text("write a whole number from {lowest} to {highest}.", lowest=lowest, highest=highest))

    return PlainValidator(check)


def _not_too_many(days: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    if len(days) > MOST_CLOSED_YEARLY:
        raise wrong(Text("at most {most} days can be closed every year.", most=MOST_CLOSED_YEARLY))
    return days


def _longest_first(days: tuple[int, ...]) -> tuple[int, ...]:
    if not days or any(later >= earlier for earlier, later in pairwise(days)):
        raise wrong(Text("write at least one number, each smaller than the one before it, such as [30, 7]."))
    return days


SpanText = Annotated[Span, PlainValidator(_span)]
Spans = tuple[SpanText, ...]
Interval = Annotated[timedelta, PlainValidator(_interval)]
TimeOfDay = Annotated[time, PlainValidator(_time_of_day)]


def yes_or_no() -> PlainValidator:
    """True or false, and nothing that could be taken for either."""

    def check(value: object) -> bool:
        if not isinstance(value, bool):
            raise wrong(Text("write true or false."))
        return value

    return PlainValidator(check)


KINDS = tuple(kind.lower() for kind in EmploymentKind)
EmploymentKinds = tuple[Annotated[str, PlainValidator(lambda value: _one_of(value, KINDS))], ...]
# Who can be named to let departures out of the queue: a role held by appointment, for all systems alike.
RELEASERS = ("head_of_it", "security_coordinator", "hr_officer")
Releaser = Annotated[str, PlainValidator(lambda value: _one_of(value, RELEASERS))]
# The files a case can be told to take. workflows/attachments.py knows each by its contents.
FILE_TYPES = ("pdf", "png", "jpg", "txt", "csv", "docx", "xlsx", "odt", "ods")
FileTypes = tuple[Annotated[str, PlainValidator(lambda value: _one_of(value, FILE_TYPES))], ...]
Roles = tuple[Annotated[str, PlainValidator(lambda value: _one_of(value, ROLES))], ...]
Eves = tuple[Annotated[Eve, PlainValidator(lambda value: _one_of(value, EVES))], ...]
Dates = tuple[Annotated[date, PlainValidator(_date)], ...]
DaysOfYear = Annotated[
    tuple[Annotated[tuple[int, int], PlainValidator(_day_of_year)], ...], AfterValidator(_not_too_many)
]
DaysAhead = Annotated[tuple[Annotated[int, whole_number(1, 366)], ...], AfterValidator(_longest_first)]


def out_of_order(limits: Limits, office_day: int) -> Iterator[Problem]:
    """Every limit that comes before what it must follow; `office_day` is the minutes of office time in a day."""
    reminders = [(f"remind[{number}]", span) for number, span in enumerate(limits.remind, start=1)]
    steps = [(f"escalate[{number}].after", step.after) for number, step in enumerate(limits.escalate, start=1)]
    lapse = [("lapse", limits.lapse)] if limits.lapse else []
    due = ("due", limits.due)

    # Which of "3 working days" and "5 days" comes first depends on the holidays: only one kind can be put in order.
    rows = [due, *reminders, *steps, *lapse]
    in_working_time = next((span.is_working_time for _, span in rows if span.amount), True)
    strangers = [(key, span) for key, span in rows if span.amount and span.is_working_time != in_working_time]
    for key, span in strangers:
        right = (
            Text("the other limits here are in working time: write this one in working hours or working days too.")
            if in_working_time
            else Text("the other limits here run round the clock: write this one in minutes, hours or days too.")
        )
        yield Problem(key, str(span), right)
    if strangers:
        return

    def length(row: tuple[str, Span]) -> int:
        return row[1].minutes(office_day)

    for before, row in zip([None, *reminders], reminders, strict=False):
        if length(row) > length(due):
            yield _misplaced(row, Text("write no more than “{key}”, which is {span}.", key=due[0], span=str(due[1])))
        elif before and length(row) <= length(before):
            yield _misplaced(row, _more_than(before))
    for before, row in zip([None, *steps], steps, strict=False):
        if length(row) < length(due):
            yield _misplaced(row, Text("write no less than “{key}”, which is {span}.", key=due[0], span=str(due[1])))
        elif before and length(row) <= length(before):
            yield _misplaced(row, _more_than(before))
    last = max([due, *steps], key=length)
    for row in lapse:
        if length(row) <= length(last):
            yield _misplaced(row, _more_than(last))


def _misplaced(row: tuple[str, Span], right: Text) -> Problem:
    return Problem(row[0], str(row[1]), right)


def _more_than(row: tuple[str, Span]) -> Text:
    return Text("write more than “{key}”, which is {span}.", key=row[0], span=str(row[1]))


def untold(limits: Limits) -> Iterator[Problem]:
    """Every step of a ladder that tells nobody, or lets somebody act without telling them."""
    for number, step in enumerate(limits.escalate, start=1):
        if not step.tell:
            yield Problem(f"escalate[{number}].tell", "[]", Text("write at least one role that is told."))
        elif unaware := [role for role in step.may_act if role not in step.tell]:
            right = Text("whoever may act must be told: write {roles} in “tell” too.", roles=", ".join(unaware))
            yield Problem(f"escalate[{number}].may_act", ", ".join(step.may_act), right)
