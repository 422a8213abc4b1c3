"""What each row of a file may hold. These are not tables: they validate, the tables do not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from language import Text
from models import AppointedRole, BodyKind, EmploymentKind, PlanKind, RequestKind
from workflows.deadlines import STOCKHOLM
from workflows.load.problems import Place, Problems, Source, Unfit, reason_of

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2999, 12, 31)
YES = ("yes", "true", "1", "y", "ja", "j", "sant")
NO = ("no", "false", "0", "n", "nej", "falskt")


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
        if not value.isprintable():
            raise Unfit(Text("holds a line break or another character that cannot be shown; write it on one line."))
    return value


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            raise ValueError
        day = date.fromisoformat(value)
    except ValueError:
        raise Unfit(Text("is not a date; write it as 2026-01-31.")) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Unfit(
            Text(
                "must lie between {first} and {last}; leave an end that is not set empty.",
                first=FIRST_DAY,
                last=LAST_DAY,
            )
        )
    return day


def until_of(value: Any) -> Any:
    """A day, or a moment as the clock on a Swedish wall shows it; as ISO 8601 writes them. Raises Unfit."""
    if not isinstance(value, str) or "T" not in value:
        return _day(value)
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise Unfit(Text("is not a day or an hour on it; write it as 2026-06-18 or 2026-06-18T14:00.")) from None
    return at if at.tzinfo else at.replace(tzinfo=STOCKHOLM)


def _upper(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) else value


def _flag(value: Any) -> Any:
    word = value.strip().casefold() if isinstance(value, str) else value
    return True if word in YES else False if word in NO else value


def _email(value: Any) -> Any:
    value = _clean(value)
    if isinstance(value, str) and not re.fullmatch(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]+", value):
        raise Unfit(Text("is not an e-mail address; write it as name@example.se."))
    return value


def _key(value: Any) -> Any:
    value = _clean(value)
    if isinstance(value, str) and "/" in value:
        raise Unfit(Text("must not hold a slash, which parts a system from its profile."))
    return value


def _systems(value: Any) -> Any:
    if value == "all":
        return None
    if not isinstance(value, list) or not value:
        raise Unfit(Text("must be a list of the systems it covers, or the word all."))
    return value


Word = Annotated[str, BeforeValidator(_clean), StringConstraints(min_length=1, max_length=200)]
Words = Annotated[str, BeforeValidator(_clean), StringConstraints(max_length=2000)]
Key = Annotated[str, BeforeValidator(_key), StringConstraints(min_length=1, max_length=100)]
Day = Annotated[date, BeforeValidator(_day)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Email = Annotated[str, BeforeValidator(_email), StringConstraints(max_length=200)]
Whole = Annotated[int, Field(ge=0, le=1_000_000)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class OrganisationRow(_Row):
    """The municipality or region itself."""

    key: Key
    name: Word
    demonstration: Flag = False


class BodyRow(_Row):
    """A governing body."""

    key: Key
    name: Word
    kind: BodyKind = BodyKind.BOARD
    parent: Key | None = None
    dissolved_on: Day | None = None


class DepartmentRow(_Row):
    """A department or unit."""

    key: Key
    name: Word
    body: Key
    parent: Key | None = None


class _Dated(_Row):
    """From one day to another; both are included."""

    first: Day = Field(alias="from")
    last: Day | None = Field(default=None, alias="to")


class AppointmentRow(_Dated):
    """An appointment to a role."""

    person: Word
    role: AppointedRole
    body: Key | None = None
    department: Key | None = None
    reference: Words = ""


class AbsenceRow(_Dated):
    """Days somebody is away."""

    person: Word


class DelegationRow(_Dated):
    """A body's delegation of its decisions on access."""

    number: Word
    body: Key
    delegate: Word
    deputy: Word | None = None
    systems: Annotated[list[Key] | None, BeforeValidator(_systems)] = None
    """The systems it covers; None covers all that the body owns."""
    parent: Word | None = None
    further_levels: Annotated[int, Field(ge=0, le=10)] = 0
    revoked_on: Day | None = None
    reference: Word


class SystemRow(_Row):
    """An IT system; its profiles, administrators and plans stand inside it and are rows of their own.

    Without the dates of its approval, what cases have approved and withdrawn stays as it is.
    """

    key: Key
    name: Word
    owner: Key
    department: Key
    critical: Flag = False
    approved_on: Day | None = None
    approval_withdrawn_on: Day | None = None
    profiles: list[Any] = Field(default_factory=list)
    administrators: list[Any] = Field(default_factory=list)
    plans: list[Any] = Field(default_factory=list)


class ProfileRow(_Row):
    """What can be ordered in a system."""

    key: Key
    name: Word
    allows: Words = ""
    level: Whole = 1
    privileged: Flag = False
    requires_end_date: Flag = False
    requires_undertaking: Flag = False
    max_days: Annotated[int, Field(gt=0, le=100_000)] | None = None
    licences: Whole | None = None
    valid_from: Day
    withdrawn_on: Day | None = None


class AdministratorRow(_Dated):
    """An appointment as administrator of the system it stands in."""

    person: Word


class PlanRow(_Dated):
    """A plan that the system it stands in has; an outage plan is in force once the head of IT has agreed to it."""

    kind: Annotated[PlanKind, BeforeValidator(_upper)]
    reference: Word
    agreed_on: Day | None = None


class SodRuleRow(_Row):
    """Two profiles that must not meet, each written SYSTEM/PROFILE."""

    first: Word
    second: Word
    reason: Word


class PersonRow(_Row):
    """One employment, and the person who has it."""

    employee_number: Word | None = None
    given_name: Word
    family_name: Word
    email: Email | None = None
    language: Literal["sv", "en"] = "sv"
    protected_identity: Flag = False
    employment_number: Word = "1"
    department: Key
    manager: Word | None = None
    kind: EmploymentKind = EmploymentKind.PERMANENT
    title: Words = ""
    starts_on: Day
    ends_on: Day | None = None
    undertaking_acknowledged_on: Day | None = None


class GrantRow(_Row):
    """An access that is held already and is taken over."""

    employee_number: Word
    employment_number: Word = "1"
    system: Key
    profile: Key
    scope: Words = ""
    account_name: Words = ""
    starts_on: Day
    ends_on: Day | None = None
    decision_reference: Word
    decided_on: Day | None = None


class OrderRow(_Row):
    """One line of an order: access asked for, changed, renewed or ended."""

    person: Word
    system: Key
    profile: Key
    purpose: Words
    kind: Annotated[RequestKind, BeforeValidator(_upper)] = RequestKind.NEW
    first: Day | None = Field(default=None, alias="from")
    until: Annotated[date | datetime | None, BeforeValidator(until_of)] = None
    """The last day, or the hour on it at which the access ends."""
    employment: Word | None = None
    scope: Words = ""
    from_profile: Key | None = None
    retroactive_reason: Words = ""


class DepartureRow(_Row):
    """One line of a file of departures: who leaves, and when."""

    person: Word
    last_day: Annotated[date | datetime, BeforeValidator(until_of)]
    kind: Annotated[Literal["NORMAL", "IMMEDIATE"], BeforeValidator(_upper)] = "NORMAL"
    employment: Word | None = None
    reason: Words = ""


T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Row(Generic[T]):
    """A valid row, and where it stands."""

    value: T
    source: Source
    path: tuple[str | int, ...] = ()
    within: str = ""
    """The key of the system that a profile or administrator stands in."""

    def at(self, field_name: str = "") -> Place:
        """The place of one of its fields, or of the row."""
        return self.source.place((*self.path, field_name) if field_name else self.path)


@dataclass
class Rows(Generic[T]):
    """All rows of one sort, from every file."""

    model: type[T]
    key: Callable[[Any, str], str] = field(default=lambda raw, within: str(raw.get("key", "")))
    valid: list[Row[T]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    """Keys of rows that could not be read: a reference to one of them is not a second problem."""
    present: bool = False

    def add(
        self, raw: Any, source: Source, problems: Problems, path: tuple[str | int, ...] = (), within: str = ""
    ) -> Row[T] | None:
        """Validate one row; what is wrong becomes problems."""
        self.present = True
        if not isinstance(raw, dict):
            problems.add(
                source.place(path), "not-a-row", Text("must be fields with values, not a single value or a list.")
            )
            return None
        try:
            row = Row(self.model.model_validate(raw), source, path, within)
        except ValidationError as error:
            fields = [info.alias or name for name, info in self.model.model_fields.items()]
            for found in error.errors(include_url=False):
                problems.add(source.place((*path, *found["loc"])), found["type"], reason_of(found, problems, fields))
            self.broken.add(self.key(raw, within))
            return None
        self.valid.append(row)
        return row
