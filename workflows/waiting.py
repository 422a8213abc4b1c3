"""Open tasks with who may act on each, read in a constant number of queries however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    AuthorisationRequest,
    Case,
    Decision,
    DepartureNotice,
    Part,
    SystemRelease,
    Task,
)
from workflows.answers import answered, open_tasks
from workflows.authority import Authority
from workflows.mandate import Answer, Reach
from workflows.policy import Policy


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An open task, what it is about, and who may act on it."""

    task: Task
    case: Case
    kind: str
    answer: Answer = field(default_factory=Answer)
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
    only: sa.ColumnElement[bool] | None = None,
    wanted: Callable[[Answer], object] | None = None,
    within: Reach | None = None,
) -> list[Waiting]:
    """The open tasks of some parts with the answer of the mandate for each, as far as the answer is wanted.

    `only` is a condition on the tasks, for whoever asks about a few of them. Much more waits than one person may act
    on: it is looked for `within` their reach, who may is found out from a few columns, and what is not wanted is never
    read whole.
    """
    some = open_tasks(parts, only)
    answers = {
        row.task_id: row.answer
        for row in answered(session, authority, policy, now, some, within)
        if wanted is None or wanted(row.answer)
    }
    if wanted is not None:
        some = sa.and_(some, col(Task.id).in_(answers))
    rows = chain(_requests(session, some), _departures(session, some), _releases(session, some))
    # What was opened a moment ago, between the two readings, is seen the next time.
    found = [replace(row, answer=answers[row.task.id]) for row in rows if row.task.id in answers]
    return sorted(found, key=lambda row: (row.task.due_at is None, row.task.due_at, row.case.number))


def _requests(session: Session, some: sa.ColumnElement[bool]) -> Iterator[Waiting]:
    query = (
        sa.select(Task, Case, AuthorisationRequest, Decision)
        .join(Case, col(Case.id) == col(Task.case_id))
        .join(AuthorisationRequest, col(AuthorisationRequest.id) == col(Case.id))
        .outerjoin(Decision, col(Decision.id) == col(AuthorisationRequest.decision_id))
        .where(some)
    )
    for task, case, request, decision in session.execute(query):
        yield Waiting(
            task=task,
            case=case,
            kind=request.kind,
            person_id=request.person_id,
            system_id=request.system_id,
            profile_id=request.profile_id,
            request=request,
            decision=decision,
        )


def _departures(session: Session, some: sa.ColumnElement[bool]) -> Iterator[Waiting]:
    query = (
        sa.select(Task, Case, col(DepartureNotice.kind), col(DepartureNotice.person_id))
        .join(Case, col(Case.id) == col(Task.case_id))
        .join(DepartureNotice, col(DepartureNotice.id) == col(Case.id))
        .where(some)
    )
    for task, case, kind, person_id in session.execute(query):
        yield Waiting(task=task, case=case, kind=kind, person_id=person_id)


def _releases(session: Session, some: sa.ColumnElement[bool]) -> Iterator[Waiting]:
    query = (
        sa.select(Task, Case, col(SystemRelease.kind), col(SystemRelease.system_id), col(SystemRelease.version))
        .join(Case, col(Case.id) == col(Task.case_id))
        .join(SystemRelease, col(SystemRelease.id) == col(Case.id))
        .where(some)
    )
    for task, case, kind, system_id, version in session.execute(query):
        yield Waiting(task=task, case=case, kind=kind, system_id=system_id, version=version)
