"""The policy file: the municipality's time limits, ladders and thresholds, as typed values.

The defaults, and what every key means, stand in ``policy.toml`` beside this module.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator
from pydantic_core import ErrorDetails

from language import Text
from workflows.deadlines import Calendar, Limits, Step
from workflows.errors import PolicyError, Reason
from workflows.policy_checks import (
    Dates,
    DaysAhead,
    DaysOfYear,
    EmploymentKinds,
    Eves,
    FileTypes,
    Interval,
    Problem,
    Releaser,
    Roles,
    Spans,
    SpanText,
    TimeOfDay,
    contradictory,
    nearest,
    out_of_order,
    untold,
    whole_number,
    yes_or_no,
)

DEFAULT_FILE = Path(__file__).with_name("policy.toml")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _office_day(info: ValidationInfo) -> int:
    return int((info.context or {})["office_day"])


class _CalendarSection(_Section):
    opens: TimeOfDay
    closes: TimeOfDay
    closed_eves: Eves
    closed_dates: Dates
    closed_yearly: DaysOfYear

    @model_validator(mode="after")
    def opens_before_it_closes(self) -> _CalendarSection:
        if self.opens >= self.closes:
            raise contradictory([Problem("closes", f"{self.closes:%H:%M}", Text("write a time after “opens”."))])
        return self

    def calendar(self) -> Calendar:
        return Calendar(
            opens=self.opens,
            closes=self.closes,
            closed_eves=frozenset(self.closed_eves),
            closed_dates=frozenset(self.closed_dates),
            closed_yearly=frozenset(self.closed_yearly),
        )


class _StepSection(_Section):
    after: SpanText
    tell: Roles
    may_act: Roles = ()


class _LimitsSection(_Section):
    remind: Spans
    due: SpanText
    escalate: tuple[_StepSection, ...]

    @model_validator(mode="after")
    def comes_in_order(self, info: ValidationInfo) -> _LimitsSection:
        limits = self.limits()
        if problems := [*out_of_order(limits, _office_day(info)), *untold(limits)]:
            raise contradictory(problems)
        return self

    def limits(self) -> Limits:
        ladder = tuple(Step(after=step.after, tell=step.tell, may_act=step.may_act) for step in self.escalate)
        return Limits(due=self.due, remind=self.remind, escalate=ladder, lapse=getattr(self, "lapse", None))


class _LapsingSection(_LimitsSection):
    # Required, since silence must never keep a request alive; the parts after a decision do not lapse at all.
    lapse: SpanText


class _RequestSection(_Section):
    decision: _LapsingSection
    execution: _LimitsSection
    registration: _LimitsSection
    completion: _LapsingSection
    draft: _LapsingSection
    obstacle: _LimitsSection


class NormalDeparturePolicy(_Section):
    """Someone leaves on a day known ahead; see ``policy.toml`` for what each is counted from."""

    remind: Spans
    due_time: TimeOfDay
    tell_when_silent: Roles
    execution_due: SpanText
    registration_due: SpanText


class ImmediateDeparturePolicy(_Section):
    """Someone leaves now; all is counted from the notice."""

    remind: Spans
    due: SpanText
    tell_at_once: Roles

    @model_validator(mode="after")
    def comes_in_order(self, info: ValidationInfo) -> ImmediateDeparturePolicy:
        if problems := [*out_of_order(Limits(due=self.due, remind=self.remind), _office_day(info))]:
            raise contradictory(problems)
        return self


class MovePolicy(_Section):
    """Someone gets other duties: how long the owners have to say what is kept."""

    keep: SpanText


class AutomaticDeparturePolicy(_Section):
    """Which employments become notices by themselves, how long ahead, and whether HR confirms each."""

    kinds: EmploymentKinds
    ahead: SpanText
    behind: SpanText
    confirm: Annotated[bool, yes_or_no()]


class BrakePolicy(_Section):
    """How many people may be noticed within an hour, and whose part it is to let more of them go."""

    percent: Annotated[int, whole_number(1, 100)]
    at_least: Annotated[int, whole_number(1, 100_000)]
    released_by: Releaser

    def most(self, employees: int) -> int:
        """How many within an hour, in an organisation of so many."""
        return max(self.at_least, employees * self.percent // 100)


class DeparturePolicy(_Section):
    """The limits of departure notices."""

    normal: NormalDeparturePolicy
    immediate: ImmediateDeparturePolicy
    move: MovePolicy
    automatic: AutomaticDeparturePolicy
    brake: BrakePolicy


class UrgentReleasePolicy(_Section):
    """Whether an urgent security fix may go the short path, and how long its review afterwards may take."""

    allowed: Annotated[bool, yes_or_no()]
    review_due: SpanText


class FilesPolicy(_Section):
    """What files a case takes: how large, and of which types."""

    most_megabytes: Annotated[int, whole_number(1, 1000)]
    types: FileTypes


class ReleasePolicy(_Section):
    """The limits of system releases, counted from the planned date."""

    remind_before: Spans
    due_time: TimeOfDay
    tell_when_due: Roles
    new_date_due: SpanText
    urgent: UrgentReleasePolicy
    files: FilesPolicy


class GrantsPolicy(_Section):
    """When the end of an access is announced."""

    warn_before_days: DaysAhead


class SeparationPolicy(_Section):
    """Where one person may hold two of decision, execution and registration; 0 is nowhere."""

    small_system_max_users: Annotated[int, whole_number(0, 1000)]


class MailPolicy(_Section):
    """How messages are sent, retried and given up."""

    batch: Annotated[int, whole_number(1, 1000)]
    first_retry: Interval
    max_retry: Interval
    attempts: Annotated[int, whole_number(1, 100)]
    lease: Interval

    @model_validator(mode="after")
    def waits_longer_each_time(self) -> MailPolicy:
        if self.max_retry < self.first_retry:
            raise contradictory([Problem("max_retry", str(self.max_retry), Text("write no less than “first_retry”."))])
        return self


class SweepPolicy(_Section):
    """How often each sweep runs."""

    tasks: Interval
    grants: Interval
    unattended: Interval
    departures: Interval
    outbox: Interval


class _PolicyFile(_Section):
    calendar: _CalendarSection
    request: _RequestSection
    departure: DeparturePolicy
    release: ReleasePolicy
    grants: GrantsPolicy
    separation: SeparationPolicy
    mail: MailPolicy
    sweeps: SweepPolicy


# --- What the program reads ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RequestPolicy:
    """The limits of each part that an authorisation request can wait for."""

    decision: Limits
    execution: Limits
    registration: Limits
    completion: Limits
    draft: Limits
    obstacle: Limits


@dataclass(frozen=True, kw_only=True)
class Policy:
    """All that a municipality may decide about how its cases move."""

    calendar: Calendar
    request: RequestPolicy
    departure: DeparturePolicy
    release: ReleasePolicy
    grants: GrantsPolicy
    separation: SeparationPolicy
    mail: MailPolicy
    sweeps: SweepPolicy


def load_policy(path: Path | None = None) -> Policy:
    """The default policy, with the keys that the municipality's own file gives in place of its own.

    A file that cannot be used is refused with every problem in it, not only the first.
    """
    values = _read(DEFAULT_FILE)
    if path is not None:
        values = _overridden(values, _read(path))
    try:
        file = _PolicyFile.model_validate(values, context={"office_day": _office_day_of(values["calendar"])})
    except ValidationError as error:
        name = str(path or DEFAULT_FILE)
        found = [problem for details in error.errors(include_url=False) for problem in _problems(details)]
        raise PolicyError(_reason(name, problem) for problem in found) from None
    request = {part: getattr(file.request, part).limits() for part in _RequestSection.model_fields}
    return Policy(
        calendar=file.calendar.calendar(),
        request=RequestPolicy(**request),
        departure=file.departure,
        release=file.release,
        grants=file.grants,
        separation=file.separation,
        mail=file.mail,
        sweeps=file.sweeps,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        # Editors on Windows like to begin a file with a mark that TOML does not know.
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise PolicyError(
            Text("The policy file {file} cannot be read: {why}.", file=str(path), why=error.strerror)
        ) from error
    except UnicodeDecodeError as error:
        raise PolicyError(
            Text("The policy file {file} is not written in UTF-8: save it as UTF-8.", file=str(path))
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(Text("The policy file {file} is not TOML: {why}.", file=str(path), why=str(error))) from error


def _overridden(default: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(default)
    for key, value in own.items():
        both_are_sections = isinstance(value, dict) and isinstance(default.get(key), dict)
        values[key] = _overridden(default[key], value) if both_are_sections else value
    return values


def _office_day_of(calendar: object) -> int:
    # The ladders are checked also when the calendar is wrong, so that every problem is told at once.
    try:
        return _CalendarSection.model_validate(calendar).calendar().office_day
    except ValidationError:
        return Calendar().office_day


# --- What is wrong with a file ----------------------------------------------------------------------------------


def _problems(details: ErrorDetails) -> Iterator[Problem]:
    place, stands = details["loc"], json.dumps(details["input"], ensure_ascii=False, default=str)
    key, context = _key(place), details.get("ctx", {})
    match details["type"]:
        case "contradictory":
            yield from (problem._replace(key=f"{key}.{problem.key}") for problem in context["problems"])
        case "behorig":
            yield Problem(key, stands, context["right"])
        case "extra_forbidden":
            yield Problem(
                key, stands, Text("there is no such key: {right}", right=nearest(str(place[-1]), _keys(place[:-1])))
            )
        case "missing":
            yield Problem(key, "", Text("the key must be there."))
        case "model_type":
            yield Problem(key, stands, Text("write a section with the keys {keys}.", keys=", ".join(_keys(place))))
        case _:  # tuple_type: the sections above can raise no other
            yield Problem(key, stands, Text("write a list in square brackets."))


def _key(place: tuple[str | int, ...]) -> str:
    """A place as the file's reader counts: ``request.decision.escalate[2].tell``, from 1."""
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def _keys(place: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that a section knows."""
    section: Any = _PolicyFile
    for part in place:
        if isinstance(part, str):
            kind = section.model_fields[part].annotation
            section = next(iter(get_args(kind)), kind)  # a list of sections, or a section
    return tuple(section.model_fields)


def _reason(file: str, problem: Problem) -> Reason:
    if not problem.stands:
        return Reason(PolicyError.code, Text("{file}: {key}: {right}", file=file, key=problem.key, right=problem.right))
    return Reason(
        PolicyError.code,
        Text(
            "{file}: {key} = {stands}: {right}", file=file, key=problem.key, stands=problem.stands, right=problem.right
        ),
    )
