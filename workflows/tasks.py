"""Tasks: what a state waits for becomes a row that reminds, escalates and is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from models import Case, Part, Task, new_id
from workflows.deadlines import Calendar, Due, Limits, due_at, schedule
from workflows.evidence import SWEEP, Entry


def row(
    case: Case, part: Part, now: datetime, due_at: datetime | None, dues: Sequence[Due], *, about: str = ""
) -> dict[str, Any]:
    """A new task's row. It keeps the limits it is opened under, resolved to moments."""
    return {
        "id": new_id(),
        "organisation_id": case.organisation_id,
        "case_id": case.id,
        "part": part,
        "about": about,
        "opened_at": now,
        "due_at": due_at,
        "schedule": [due.to_json() for due in dues],
        "next_action_at": dues[0].at if dues else None,
    }


def within(
    limits: Limits, case: Case, part: Part, calendar: Calendar, now: datetime, *, begins: datetime | None = None
) -> dict[str, Any]:
    """A new task's row under limits that are counted from now, or from when there is something to do."""
    since = max(now, begins or now)
    return row(case, part, now, due_at(limits, since, calendar), schedule(limits, since, calendar))


def dues(task: Task) -> tuple[Due, ...]:
    """The schedule a task was opened with."""
    return tuple(Due.from_json(stored) for stored in task.schedule)


def passed(task: Task, now: datetime) -> tuple[Due, ...]:
    """What has become due on a task and is not done."""
    return tuple(due for due in dues(task)[task.done :] if due.at <= now)


def move_on(task: Task, count: int) -> None:
    """So many of what has become due are done; the task is looked at again when the next one is due."""
    task.done += count
    left = dues(task)[task.done :]
    task.next_action_at = left[0].at if left else None


def entry_of(due: Due, case: Case, task: Task, now: datetime) -> Entry:
    """What an event will say of something that became due on a task."""
    data = {"part": task.part, "due": due.at.isoformat(), "step": due.step, "may_act": list(due.may_act)}
    return Entry(kind=due.do, at=now, actor=SWEEP, from_state=case.state, to_state=case.state, data=data)


def ask_again(task: Task, now: datetime) -> None:
    """Let whoever may act be asked, now that somebody else may, or nobody."""
    left = [Due(at=now, do="ask"), *dues(task)[task.done :]]
    task.schedule = [*task.schedule[: task.done], *(due.to_json() for due in left)]
    task.next_action_at = now


def gained(task: Task | None) -> frozenset[str]:
    """The roles that escalations have let in so far."""
    if task is None:
        return frozenset()
    return escalated_to(task.schedule, task.done)


def escalated_to(schedule: Sequence[Mapping[str, Any]], done: int) -> frozenset[str]:
    """The roles that the first entries of a schedule, as it is stored, let in."""
    carried_out = map(Due.from_json, schedule[:done])
    return frozenset(role for due in carried_out if due.do == "escalate" for role in due.may_act)
