"""Who may act on each open task, from the few columns that it takes; the tasks themselves are not read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    AccessGrant,
    AuthorisationRequest,
    Decision,
    DepartureNotice,
    Duty,
    Employment,
    ItSystem,
    Part,
    SystemRelease,
    Task,
)
from models.database import values_of
from workflows.authority import Authority
from workflows.deadlines import today
from workflows.mandate import Answer, Parties, Reach, departure_parties, parties_of, release_parties, who_may
from workflows.policy import Policy
from workflows.tasks import escalated_to

ALL_PARTS: Final = tuple(Part)


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An open task, and who may act on it."""

    task_id: UUID
    case_id: UUID
    unattended_since: datetime | None
    answer: Answer


def open_tasks(parts: Iterable[Part] = ALL_PARTS, only: sa.ColumnElement[bool] | None = None) -> sa.ColumnElement[bool]:
    """The condition that a task is open and of some parts; `only` is one more."""
    conditions = [] if parts == ALL_PARTS else [col(Task.part).in_(list(parts))]
    return sa.and_(col(Task.closed_at).is_(None), *conditions, *([] if only is None else [only]))


def answered(
    session: Session,
    authority: Authority,
    policy: Policy,
    now: datetime,
    some: sa.ColumnElement[bool],
    within: Reach | None = None,
) -> Iterator[Answered]:
    """The answer of the mandate for each of some open tasks, in a constant number of queries.

    `within` somebody's reach only: of the others, who may act on them is not asked.
    """
    small = small_systems(session, policy.separation.small_system_max_users)
    day = today(now)
    for row, parties in chain(
        _of_requests(session, small, some, within),
        _of_departures(session, policy, some, within),
        _of_releases(session, small, some, within),
    ):
        gained = escalated_to(row.schedule, row.done)
        answer = who_may(Part(row.part), parties, authority, day, gained, row.step)
        yield Answered(task_id=row.id, case_id=row.case_id, unattended_since=row.unattended_since, answer=answer)


_OF_A_TASK: Final = (
    col(Task.id),
    col(Task.case_id),
    col(Task.part),
    col(Task.about),
    col(Task.step),
    col(Task.done),
    col(Task.schedule),
    col(Task.unattended_since),
)

# Beside the task's own columns each row below has what the rows that parties are told from would have.


def _of_requests(
    session: Session, small: Set[UUID], some: sa.ColumnElement[bool], within: Reach | None
) -> Iterator[tuple[Any, Parties]]:
    query = (
        sa.select(
            *_OF_A_TASK,
            col(AuthorisationRequest.system_id),
            col(AuthorisationRequest.person_id),
            col(AuthorisationRequest.requester_id),
            col(AuthorisationRequest.executed_by_id),
            col(AuthorisationRequest.registered_by_id),
            col(AuthorisationRequest.obstacle_solver),
            col(Decision.decided_by_id),
            col(Employment.manager_id),
        )
        .join(AuthorisationRequest, col(AuthorisationRequest.id) == col(Task.case_id))
        .join(Employment, col(Employment.id) == col(AuthorisationRequest.employment_id))
        .outerjoin(Decision, col(Decision.id) == col(AuthorisationRequest.decision_id))
        .where(some)
    )
    if within is not None:
        query = query.where(
            sa.or_(
                col(Task.part).in_(within.parts),
                col(AuthorisationRequest.system_id).in_(within.systems),
                col(AuthorisationRequest.requester_id) == within.person_id,
                col(Employment.manager_id) == within.person_id,
            )
        )
    row: Any
    for row in session.execute(query):
        yield row, parties_of(row, row, row, separation_waived=row.system_id in small)


def _of_departures(
    session: Session, policy: Policy, some: sa.ColumnElement[bool], within: Reach | None
) -> Iterator[tuple[Any, Parties]]:
    query = (
        sa.select(
            *_OF_A_TASK,
            col(DepartureNotice.person_id),
            col(DepartureNotice.noticed_by_id),
            col(DepartureNotice.hold),
            col(Employment.manager_id),
        )
        .join(DepartureNotice, col(DepartureNotice.id) == col(Task.case_id))
        .join(Employment, col(Employment.id) == col(DepartureNotice.employment_id))
        .where(some)
    )
    if within is not None:
        # All else in a departure is done by those who are appointed to it.
        query = query.where(col(Task.part).in_({Part.APPOINT, *within.parts}))
    row: Any
    rows = session.execute(query).all()
    open_duties = values_of(
        session, Duty, col(Duty.notice_id).in_({row.case_id for row in rows}), col(Duty.settled_at).is_(None)
    )
    duties = {(duty.notice_id, duty.name): duty for duty in open_duties}
    for row in rows:
        yield row, departure_parties(row, row, duties.get((row.case_id, row.about)), policy)


def _of_releases(
    session: Session, small: Set[UUID], some: sa.ColumnElement[bool], within: Reach | None
) -> Iterator[tuple[Any, Parties]]:
    query = (
        sa.select(
            *_OF_A_TASK,
            col(SystemRelease.system_id),
            col(SystemRelease.proposed_by_id),
            col(SystemRelease.decided_by_id),
            col(SystemRelease.approved_by_id),
            col(SystemRelease.tested_by_id),
            col(SystemRelease.deployed_by_id),
            col(SystemRelease.registered_by_id),
            col(SystemRelease.reviewed_by_id),
        )
        .join(SystemRelease, col(SystemRelease.id) == col(Task.case_id))
        .where(some)
    )
    if within is not None:
        query = query.where(
            sa.or_(
                col(Task.part).in_(within.parts),
                col(SystemRelease.system_id).in_(within.systems),
                col(SystemRelease.proposed_by_id) == within.person_id,
            )
        )
    row: Any
    for row in session.execute(query):
        yield row, release_parties(row, separation_waived=row.system_id in small)


def small_systems(session: Session, most: int) -> frozenset[UUID]:
    """The systems with so few users that the policy lets one person hold two parts; none when it does not."""
    if most < 1:
        return frozenset()
    crowded = (
        sa.select(col(AccessGrant.system_id))
        .where(col(AccessGrant.ended_at).is_(None))
        .group_by(col(AccessGrant.system_id))
        .having(sa.func.count(sa.distinct(col(AccessGrant.person_id))) >= most)
    )
    return frozenset(session.exec(select(ItSystem.id).where(col(ItSystem.id).not_in(crowded))).all())
