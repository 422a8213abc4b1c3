"""Open tasks with who may act on each, read in a constant number of queries however many there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    AccessGrant,
    AuthorisationRequest,
    Case,
    Decision,
    DepartureNotice,
    Duty,
    Employment,
    ItSystem,
    Part,
    SystemRelease,
    Task,
)
from workflows import tasks
from workflows.authority import Authority
from workflows.deadlines import today
from workflows.mandate import Answer, departure_parties, parties_of, release_parties, who_may
from workflows.policy import Policy


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An open task, what it is about, and who may act on it."""

    task: Task
    case: Case
    kind: str
    answer: Answer
    person_id: UUID | None = None
    """Whom it is about; nobody, when it is a release."""
    system_id: UUID | None = None
    profile_id: UUID | None = None
    """What is asked for; a departure is about no single system and profile."""
    version: str = ""
    """Of a release."""
    request: AuthorisationRequest | None = None
    decision: Decision | None = None


def waiting(
    session: Session,
    authority: Authority,
    policy: Policy,
    now: datetime,
    *,
    parts: Iterable[Part] = tuple(Part),
    systems: Iterable[UUID] | None = None,
    only: sa.ColumnElement[bool] | None = None,
) -> list[Waiting]:
    """The open tasks of some parts, in some systems when given, with the answer of the mandate for each.

    `only` is a condition on the tasks, for whoever asks about a few of them.
    """
    some = sa.and_(col(Task.closed_at).is_(None), col(Task.part).in_(list(parts)), *([] if only is None else [only]))
    query = (
        sa.select(Task, Case, AuthorisationRequest, Decision, Employment)
        .join(Case, col(Case.id) == col(Task.case_id))
        .join(AuthorisationRequest, col(AuthorisationRequest.id) == col(Case.id))
        .join(Employment, col(Employment.id) == col(AuthorisationRequest.employment_id))
        .outerjoin(Decision, col(Decision.id) == col(AuthorisationRequest.decision_id))
        .where(some)
        .order_by(col(Task.due_at), col(Case.number))
    )
    if systems is not None:
        query = query.where(col(AuthorisationRequest.system_id).in_(list(systems)))
    most = policy.separation.small_system_max_users
    small = small_systems(session, most)
    day = today(now)
    found = []
    for task, case, request, decision, employment in session.execute(query):
        parties = parties_of(request, decision, employment, separation_waived=request.system_id in small)
        answer = who_may(Part(task.part), parties, authority, day, tasks.gained(task), task.step)
        found.append(
            Waiting(
                task=task,
                case=case,
                kind=request.kind,
                person_id=request.person_id,
                answer=answer,
                system_id=request.system_id,
                profile_id=request.profile_id,
                request=request,
                decision=decision,
            )
        )
    if systems is None:
        found += _departures(session, authority, policy, now, some)
        found += _releases(session, authority, policy, now, some)
        found.sort(key=lambda row: (row.task.due_at is None, row.task.due_at, row.case.number))
    return found


def _departures(
    session: Session, authority: Authority, policy: Policy, now: datetime, some: sa.ColumnElement[bool]
) -> list[Waiting]:
    """The open tasks of departures: the block, the accounts, the equipment, the duties, the queue."""
    query = (
        sa.select(Task, Case, DepartureNotice, Employment)
        .join(Case, col(Case.id) == col(Task.case_id))
        .join(DepartureNotice, col(DepartureNotice.id) == col(Case.id))
        .join(Employment, col(Employment.id) == col(DepartureNotice.employment_id))
        .where(some)
    )
    rows = session.execute(query).all()
    notices = [notice.id for _, _, notice, _ in rows]
    duties = {
        (duty.notice_id, duty.name): duty
        for duty in session.exec(select(Duty).where(col(Duty.notice_id).in_(notices), col(Duty.settled_at).is_(None)))
    }
    found = []
    for task, case, notice, employment in rows:
        parties = departure_parties(notice, employment, duties.get((notice.id, task.about)), policy)
        answer = who_may(Part(task.part), parties, authority, today(now), tasks.gained(task), task.step)
        found.append(Waiting(task=task, case=case, kind=notice.kind, person_id=notice.person_id, answer=answer))
    return found


def _releases(
    session: Session, authority: Authority, policy: Policy, now: datetime, some: sa.ColumnElement[bool]
) -> list[Waiting]:
    """The open tasks of releases."""
    query = (
        sa.select(Task, Case, SystemRelease)
        .join(Case, col(Case.id) == col(Task.case_id))
        .join(SystemRelease, col(SystemRelease.id) == col(Case.id))
        .where(some)
    )
    small = small_systems(session, policy.separation.small_system_max_users)
    found = []
    for task, case, release in session.execute(query):
        parties = release_parties(release, separation_waived=release.system_id in small)
        answer = who_may(Part(task.part), parties, authority, today(now), tasks.gained(task), task.step)
        found.append(
            Waiting(
                task=task,
                case=case,
                kind=release.kind,
                answer=answer,
                system_id=release.system_id,
                version=release.version,
            )
        )
    return found


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
