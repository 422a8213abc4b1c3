"""Open tasks with who may act on each, read in a constant number of queries however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar
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
from models.database import values_of
from workflows.answers import ALL_PARTS, answered, open_tasks
from workflows.authority import Authority
from workflows.mandate import Answer, Reach, reach_of
from workflows.policy import Policy

R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An open task, what it is about, and who may act on it. Its rows are values: they are read, and never changed."""

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
    parts: Iterable[Part] = ALL_PARTS,
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
        if not answers:
            return []
        some = open_tasks(only=col(Task.id).in_(answers))
    found = [replace(row, answer=answers[row.task.id]) for row in _whole(session, some) if row.task.id in answers]
    return sorted(found, key=lambda row: (row.task.due_at is None, row.task.due_at, row.case.number, row.task.id))


def waiting_for(
    session: Session,
    authority: Authority,
    policy: Policy,
    now: datetime,
    person_id: UUID | None,
    *,
    parts: Iterable[Part] = ALL_PARTS,
    unattended: bool = False,
) -> list[Waiting]:
    """The open tasks of some parts that a person may act on; with `unattended` also those that nobody can act on."""
    return waiting(
        session,
        authority,
        policy,
        now,
        parts=parts,
        wanted=lambda answer: answer.of(person_id) or (unattended and not answer.holders),
        within=reach_of(person_id, authority),
    )


def _whole(session: Session, some: sa.ColumnElement[bool]) -> Iterator[Waiting]:
    """Some tasks with what they are about. What comes or goes while they are read is seen the next time."""
    tasks = values_of(session, Task, some)
    about = sa.select(col(Task.case_id)).where(some)
    cases = _by_id(values_of(session, Case, col(Case.id).in_(about)))
    requests = _by_id(values_of(session, AuthorisationRequest, col(AuthorisationRequest.id).in_(about)))
    notices = _by_id(values_of(session, DepartureNotice, col(DepartureNotice.id).in_(about)))
    releases = _by_id(values_of(session, SystemRelease, col(SystemRelease.id).in_(about)))
    decided = {row.decision_id for row in requests.values()}
    decisions = _by_id(values_of(session, Decision, col(Decision.id).in_(decided)))
    for task in tasks:
        case = cases.get(task.case_id)
        if case is None:
            continue
        if request := requests.get(case.id):
            yield Waiting(
                task=task,
                case=case,
                kind=request.kind,
                person_id=request.person_id,
                system_id=request.system_id,
                profile_id=request.profile_id,
                request=request,
                decision=decisions.get(request.decision_id) if request.decision_id else None,
            )
        elif notice := notices.get(case.id):
            yield Waiting(task=task, case=case, kind=notice.kind, person_id=notice.person_id)
        elif release := releases.get(case.id):
            yield Waiting(task=task, case=case, kind=release.kind, system_id=release.system_id, version=release.version)


def _by_id(rows: Iterable[R]) -> dict[UUID, R]:
    return {row.id: row for row in rows}  # type: ignore[attr-defined]
