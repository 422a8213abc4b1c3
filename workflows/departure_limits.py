"""The time limits of a departure: counted to the last day when somebody leaves, round the clock when it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from models import DepartureKind, DepartureNotice, Part
from workflows.deadlines import Due, Limits, due_at, schedule
from workflows.policy import Policy

Moments = tuple[datetime, Sequence[Due]]
"""By when somebody should have acted, and everything that happens if nobody has."""


def limits_of_an_end(
    part: Part, notice: DepartureNotice, policy: Policy, now: datetime, *, until: datetime | None
) -> Moments:
    """The limits of a part of an end request that belongs to a notice.

    The owner's silence ends it: on the last day at the hour of the policy, or within the hour when it is immediate.
    What is decided is carried out when the access ends (`until`), which an owner may have set sooner.
    """
    if part in (Part.DECIDE, Part.COMPLETE):
        # Nor does a question that nobody answers keep anything.
        return _decision(notice, policy, now)
    if notice.kind == DepartureKind.MOVE:
        limits = policy.request.execution if part is Part.EXECUTE else policy.request.registration
        begins = max(now, until or notice.ends_at)
        return due_at(limits, begins, policy.calendar), schedule(limits, begins, policy.calendar)
    return carrying_out(part, notice, policy, now, until=until)


def carrying_out(
    part: Part, notice: DepartureNotice, policy: Policy, now: datetime, *, until: datetime | None = None
) -> Moments:
    """The limits of executing, registering, blocking and closing: those above are told the moment they run out.

    They begin when the employment is over, or with `until` when the person's last one is.
    """
    begins = max(now, until or notice.ends_at)
    if notice.kind == DepartureKind.IMMEDIATE:
        due = policy.calendar.add(begins, policy.departure.immediate.due)
        tell = policy.departure.immediate.tell_at_once
    else:
        normal = policy.departure.normal
        due = policy.calendar.add(begins, normal.execution_due if part is Part.EXECUTE else normal.registration_due)
        tell = normal.tell_when_silent
    # What is to be done on a day to come is asked for again when it has come.
    reminders = [Due(at=begins, do="remind")] if begins > now else []
    return due, [*reminders, Due(at=due, do="escalate", tell=tell, may_act=("head_of_it",))]


def counted_from(stored: Sequence[Mapping[str, Any]]) -> datetime | None:
    """The day to come that such limits were counted from, by a task's schedule; none when it had come already."""
    first = next((Due.from_json(row) for row in stored), None)
    return first.at if first is not None and first.do == "remind" else None


def duty_limits(notice: DepartureNotice, policy: Policy, now: datetime) -> Moments:
    """By the last day somebody has taken over what the leaver holds; the days of a decision when that is past."""
    usual = policy.request.decision
    due = max(notice.ends_at, due_at(Limits(due=usual.due), now, policy.calendar))
    return due, [Due(at=due, do="escalate", tell=("chair",), may_act=("chair",))]


def release_limits(notice: DepartureNotice, policy: Policy, now: datetime) -> Moments:
    """A notice in the queue waits an office's working hours for somebody to look at it; an immediate one, its hour.

    When the last moment comes and it still waits, those who are told of silence are told of it. It does not begin by
    itself: a brake that lets go when nobody looks is none.
    """
    if notice.kind == DepartureKind.IMMEDIATE:
        due = policy.calendar.add(now, policy.departure.immediate.due)
    else:
        due = due_at(policy.request.execution, now, policy.calendar)
    # Whoever may let it go is asked by the sweep, of all that are new at once.
    dues = [Due(at=now, do="ask"), Due(at=due, do="escalate", tell=("head_of_it",), may_act=("head_of_it",))]
    told = (*policy.departure.normal.tell_when_silent,)
    dues.append(Due(at=max(due, notice.ends_at), do="escalate", step=2, tell=told))
    return due, dues


def _decision(notice: DepartureNotice, policy: Policy, now: datetime) -> Moments:
    if notice.kind == DepartureKind.IMMEDIATE:
        spans = policy.departure.immediate.remind
        due = policy.calendar.add(now, policy.departure.immediate.due)
    else:
        spans = policy.departure.normal.remind
        due = max(now, notice.ends_at)
    # A reminder at the notice itself is the message that opens the task.
    at = [policy.calendar.add(now, span) for span in spans if span.amount]
    reminders = [Due(at=moment, do="remind", step=step) for step, moment in enumerate(sorted(at), start=1)]
    return due, [*(reminder for reminder in reminders if reminder.at < due), Due(at=due, do="lapse")]
