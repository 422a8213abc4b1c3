"""The time limits of a release: counted back from its planned date, and on from what has happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from models import Part, ReleaseKind, ReleaseState, SystemRelease
from workflows.deadlines import STOCKHOLM, Calendar, Due, Span, today
from workflows.policy import Policy, ReleasePolicy

Moments = tuple[datetime | None, Sequence[Due]]
"""By when somebody should have acted, if there is a time at all, and everything that happens if nobody has."""


def stands_until(
    release: SystemRelease, state: str, begins: datetime | None, ends: datetime | None, due_time: time
) -> datetime | None:
    """Until when a date stands: what is not done by then lets it fall. None while there is no date.

    What comes before the deployment is done by an hour of the planned date. What is approved, and what is urgent, has
    until the window closes.
    """
    if begins is None or ends is None:
        return None
    if state == ReleaseState.AWAITING_DEPLOYMENT or release.kind == ReleaseKind.URGENT:
        return ends
    return min(datetime.combine(today(begins), due_time, tzinfo=STOCKHOLM), ends)


def limits_of(part: Part, release: SystemRelease, state: str, policy: Policy, now: datetime) -> Moments:
    """The limits of a part of a release; registration has those of every registration, and is not asked for here."""
    own = policy.release
    if part is Part.SET_DATE:
        return _counted_on(own.new_date_due, own, policy.calendar, now)
    if part is Part.FOLLOW_UP:
        return _counted_on(own.urgent.review_due, own, policy.calendar, now)
    by = stands_until(release, state, release.planned_from, release.planned_until, own.due_time)
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
