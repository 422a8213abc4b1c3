"""How long things take: for each month and workflow what was opened and closed, how quickly, and how much was late."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from language import Text
from models import AUTHORISATION, DEPARTURE, RELEASE, Case, Task
from workflows.authority import Authority
from workflows.deadlines import start_of_day, today
from workflows.errors import Reason, Refused
from workflows.evidence import Actor
from workflows.office import Office
from workflows.sight import reads_everything

A_YEAR: Final = 12
AN_HOUR: Final = timedelta(hours=1)
NOT_FOR_YOU: Final = Reason("not-for-you", Text("This is for those who supervise: they read everything."))


@dataclass(frozen=True, kw_only=True)
class Month:
    """One workflow in one month."""

    workflow: str
    month: date
    """Its first day."""
    opened: int
    closed: int
    lead_hours: float | None
    """The median of the working hours from opening to closing, of what was closed; none when nothing was."""
    due: int
    """How many tasks had their time out in the month, so far."""
    late: int
    """How many of those were done after their time, or are not done yet."""

    @property
    def late_share(self) -> float | None:
        """The late ones in percent; none when nothing was due."""
        return 100 * self.late / self.due if self.due else None


def by_month(session: Session, office: Office, actor: Actor, now: datetime, *, months: int = A_YEAR) -> list[Month]:
    """The last months, this one last, workflow by workflow; for those who read everything, Refused for others."""
    if not reads_everything(Authority.read(session), actor, now):
        raise Refused("read", [NOT_FOR_YOU])
    line = _months(today(now), months)
    since = start_of_day(line[0])
    opened: dict[tuple[str, date], int] = defaultdict(int)
    hours: dict[tuple[str, date], list[float]] = defaultdict(list)
    cases = session.execute(
        sa.select(Case).where(sa.or_(col(Case.opened_at) >= since, col(Case.closed_at) >= since))
    ).scalars()
    for case in cases:
        opened[case.workflow, _month_of(case.opened_at)] += 1
        if case.closed_at is not None:
            worked = office.policy.calendar.worked(case.opened_at, case.closed_at)
            hours[case.workflow, _month_of(case.closed_at)].append(worked / AN_HOUR)
    due: dict[tuple[str, date], int] = defaultdict(int)
    late: dict[tuple[str, date], int] = defaultdict(int)
    tasks = session.execute(
        sa.select(col(Case.workflow), col(Task.due_at), col(Task.closed_at))
        .join(Case, col(Case.id) == col(Task.case_id))
        .where(col(Task.due_at) >= since, col(Task.due_at) <= now)
    )
    for workflow, due_at, closed_at in tasks:
        place = (workflow, _month_of(due_at))
        due[place] += 1
        late[place] += closed_at is None or closed_at > due_at
    return [
        Month(
            workflow=workflow,
            month=month,
            opened=opened[workflow, month],
            closed=len(hours[workflow, month]),
            lead_hours=round(median(found), 1) if (found := hours[workflow, month]) else None,
            due=due[workflow, month],
            late=late[workflow, month],
        )
        for workflow in (AUTHORISATION, DEPARTURE, RELEASE)
        for month in line
    ]


def _months(last: date, count: int) -> list[date]:
    """The first days of so many months, the one of a day last."""
    place = last.year * 12 + last.month - 1
    return [date(each // 12, each % 12 + 1, 1) for each in range(place - count + 1, place + 1)]


def _month_of(at: datetime) -> date:
    return today(at).replace(day=1)
