"""The time limits of a release: counted back from its planned date, and on from what has happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from models import Part, SystemRelease
from workflows.deadlines import STOCKHOLM, Calendar, Due, Span, today
from workflows.policy import Policy, ReleasePolicy

Moments = tuple[datetime | None, Sequence[Due]]
"""By when somebody should have acted, if there is a time at all, and everything that happens if nobody has."""


def ready_by(release: SystemRelease, policy: ReleasePolicy) -> datetime | None:
    """When all that comes before the deployment should be done: on the planned date, and before the window closes."""
    if release.planned_from is None or release.planned_until is None:
        return None
    hour = datetime.combine(today(release.planned_from), policy.due_time, tzinfo=STOCKHOLM)
    return min(hour, release.planned_until)


def limits_of(part: Part, release: SystemRelease, policy: Policy, now: datetime) -> Moments:
    """The limits of a part of a release; registration has those of every registration, see the recorder."""
    own = policy.release
    if part is Part.SET_DATE:
        return _counted_on(own.new_date_due, own, policy.calendar, now)
    if part is Part.FOLLOW_UP:
        return _counted_on(own.urgent.review_due, own, policy.calendar, now)
    by = release.planned_until if part is Part.DEPLOY else ready_by(release, own)
    if by is None:
        return None, ()
    if part is Part.DEPLOY and release.planned_from is not None:
        reminders = [release.planned_from]
    else:
        reminders = sorted(policy.calendar.before(by, span) for span in own.remind_before)
    due = max(by, now)
    dues = [Due(at=at, do="remind", step=step) for step, at in enumerate(reminders, start=1) if now < at < due]
    told = Due(at=due, do="escalate", tell=own.tell_when_due)
    # What is only being prepared has no date that can fall.
    falls = [] if part is Part.PREPARE else [Due(at=due, do="lapse")]
    return due, [*dues, told, *falls]


def _counted_on(span: Span, policy: ReleasePolicy, calendar: Calendar, now: datetime) -> Moments:
    due = calendar.add(now, span)
    return due, [Due(at=due, do="escalate", tell=policy.tell_when_due)]
