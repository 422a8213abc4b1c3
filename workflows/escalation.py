"""The sweeps: what happens because nobody acted, or because a day has come. Each due thing happens exactly once.

Any number of processes may sweep at once. Each takes rows that nobody else holds, does what is due and commits; a
process that dies leaves its rows as they were. A scheduler that was down catches up in order, with one message for
each task and person. Locks are taken in the order case, then person, as everywhere.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Case, Part, Task, locked
from workflows import cases, evidence, tasks
from workflows.answers import answered, open_tasks
from workflows.authority import Authority
from workflows.deadlines import Due
from workflows.dossier import Dossier
from workflows.engine import fire
from workflows.evidence import SWEEP, Entry
from workflows.expiry import BATCH, sweep_grants
from workflows.leaving import sweep_departures
from workflows.mandate import told_when_nobody_can
from workflows.notices import NoticeKind
from workflows.office import Office
from workflows.queueing import sweep_queue
from workflows.record import Outgoing

LOG = logging.getLogger("behorig.sweep")


@dataclass(frozen=True, kw_only=True)
class SweepResult:
    """How much each sweep dealt with."""

    tasks: int
    grants: int
    unattended: int
    departures: int


def sweep_all(office: Office, now: datetime) -> SweepResult:
    """Every due sweep once."""
    return SweepResult(**{name: sweep(office, name, now) for name in SWEEPS})


def sweep(office: Office, name: str, now: datetime) -> int:
    """One sweep; what was done is kept as an event when it was anything. Returns how much was dealt with."""
    done = SWEEPS[name](office, now)
    if done:
        with office.database.writing(office.organisation_id) as session:
            chain = evidence.organisation_chain(session, office.organisation_id)
            evidence.append(session, chain, [Entry(kind="sweep", at=now, actor=SWEEP, data={name: done})])
            session.flush()
    return done


# --- Tasks ---------------------------------------------------------------------------------------------------------


def sweep_tasks(office: Office, now: datetime) -> int:
    """Remind, escalate and lapse what is due. Returns the number of tasks dealt with."""
    done = 0
    left_out: set[UUID] = set()
    while True:
        dealt_with, failed = _tasks_batch(office, now, left_out)
        done += dealt_with
        left_out |= failed
        if not dealt_with and not failed:
            return done + sweep_queue(office, now)


def _tasks_batch(office: Office, now: datetime, left_out: set[UUID]) -> tuple[int, set[UUID]]:
    with office.database.writing(office.organisation_id) as session:
        due = (
            select(Case)
            .join(Task, col(Task.case_id) == col(Case.id))
            .where(*_due(now), col(Case.id).not_in(left_out))
            .order_by(col(Task.next_action_at))
            .limit(BATCH)
        )
        taken = {case.id: case for case in session.exec(locked(due, of=Case, skip_locked=True))}
        if not taken:
            return 0, set()
        # Read again under the lock: another process may have dealt with a task just before it let the case go.
        still_due = session.exec(
            select(Task).where(col(Task.case_id).in_(taken), *_due(now)).order_by(col(Task.next_action_at))
        ).all()
        authority = Authority.read(session)
        told = _to_tell_of(session, office, authority, taken, still_due, now)
        failed: set[UUID] = set()
        for task in still_due:
            case = taken[task.case_id]
            tend = partial(_tend, session, office, authority, case, task, now, told.get(case.id))
            if not _unharmed(session, task.case_id, tend):
                failed.add(task.case_id)
        return len(still_due) - len(failed), failed if still_due else set(taken)


def _due(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """What is due on tasks that are told of one by one."""
    return col(Task.next_action_at) <= now, col(Task.part) != Part.RELEASE


def _to_tell_of(
    session: Session,
    office: Office,
    authority: Authority,
    taken: Mapping[UUID, Case],
    still_due: Sequence[Task],
    now: datetime,
) -> dict[UUID, Dossier]:
    """What can be read of all at once. What lapses cannot: what came before it may have changed what it is weighed by.

    Nothing when one of them cannot be read, so that the others go on.
    """
    try:
        with session.begin_nested():
            lapsing = {task.case_id for task in still_due if any(due.do == "lapse" for due in tasks.passed(task, now))}
            told = [case for case in taken.values() if case.id not in lapsing]
            return cases.dossiers_to_tell_of(session, office, authority, told, now)
    except Exception:
        LOG.exception("%d cases cannot be read together; each is read by itself", len(taken))
        return {}


def _unharmed(session: Session, row_id: UUID, act: Callable[[], None]) -> bool:
    """Do something to one row; if it cannot be done the others go on, and the log says which one could not."""
    try:
        with session.begin_nested():
            act()
    except Exception:
        LOG.exception("sweeping %s failed; it is left as it was", row_id)
        return False
    return True


def _tend(
    session: Session,
    office: Office,
    authority: Authority,
    case: Case,
    task: Task,
    now: datetime,
    known: Dossier | None,
) -> None:
    """Everything that has become due on one task, in order, with one message a person."""
    if task.next_action_at is None:
        # What was due on another task of the case has just closed this one, or taken its time away.
        return
    dossier = known or cases.dossier_of(session, office, authority, case, now, lock=False)
    passed = tasks.passed(task, now)
    entries = []
    lapses = False
    for due in passed:
        if due.do == "lapse":
            lapses = True
            break
        if due.do == "remind":
            task.reminded += 1
        else:
            task.step = due.step
        entries.append(tasks.entry_of(due, case, task, now))
    tasks.move_on(task, len(entries))
    evidence.append(session, case, entries)
    session.flush()
    if lapses:
        fire(session, dossier, dossier.silence, {}, SWEEP, now)
        return
    outgoing = Outgoing(dossier=dossier, now=now, actor=SWEEP)
    _tell(outgoing, dossier, task, passed)
    outgoing.save(session)
    session.flush()


def _tell(outgoing: Outgoing, dossier: Dossier, task: Task, passed: Sequence[Due]) -> None:
    """Those the steps name are told of the escalation; the others who may act are reminded; nobody hears twice."""
    about = {"task_id": task.id, "part": Part(task.part), "due_at": task.due_at}
    roles = dict.fromkeys(role for due in passed for role in due.tell)
    named = dict.fromkeys(person for role in roles for person in dossier.holders_of(role))
    holders = [mandate.person_id for mandate in dossier.who_may(Part(task.part), task).holders]
    for person in named:
        outgoing.tell([person], NoticeKind.ESCALATION, step=task.step, may_act=person in holders, **about)
    outgoing.tell((person for person in holders if person not in named), NoticeKind.REMINDER, **about)
    if not holders:
        above = told_when_nobody_can(dossier.authority, dossier.today)
        outgoing.tell((person for person in above if person not in named), NoticeKind.UNATTENDED, **about)


# --- Tasks that nobody may act on ----------------------------------------------------------------------------------


def sweep_unattended(office: Office, now: datetime) -> int:
    """Find tasks whose last holder has gone, and tasks that somebody can act on again. Returns how many changed."""
    with office.database.reading(office.organisation_id) as session:
        changed = [
            row.case_id
            for row in answered(session, Authority.read(session), office.policy, now, open_tasks())
            if bool(row.answer.holders) == (row.unattended_since is not None)
        ]
    done = 0
    for case_id in changed:
        with office.database.writing(office.organisation_id) as session:
            done += _tend_unattended(session, office, case_id, now)
    return done


def _tend_unattended(session: Session, office: Office, case_id: UUID, now: datetime) -> int:
    case = session.exec(locked(select(Case).where(Case.id == case_id), skip_locked=True)).first()
    if case is None:
        return 0
    dossier = cases.dossier_of(session, office, Authority.read(session), case, now, lock=False)
    outgoing = Outgoing(dossier=dossier, now=now, actor=SWEEP)
    done = 0
    for task in session.exec(select(Task).where(Task.case_id == case.id, col(Task.closed_at).is_(None))):
        holders = [mandate.person_id for mandate in dossier.who_may(Part(task.part), task).holders]
        if bool(holders) != (task.unattended_since is not None):
            continue
        about = {"task_id": task.id, "part": task.part, "due_at": task.due_at}
        task.unattended_since = None if holders else now
        if task.part == Part.RELEASE:
            tasks.ask_again(task, now)
        elif holders:
            outgoing.tell(holders, NoticeKind.TASK_OPENED, **about)
        else:
            above = told_when_nobody_can(dossier.authority, dossier.today)
            outgoing.tell(above, NoticeKind.UNATTENDED, **about)
        kind = "attended" if holders else "unattended"
        entry = Entry(
            kind=kind, at=now, actor=SWEEP, from_state=case.state, to_state=case.state, data={"part": task.part}
        )
        evidence.append(session, case, [entry])
        done += 1
    outgoing.save(session)
    session.flush()
    return done


SWEEPS: Final[Mapping[str, Callable[[Office, datetime], int]]] = {
    "tasks": sweep_tasks,
    "grants": sweep_grants,
    "unattended": sweep_unattended,
    "departures": sweep_departures,
}
"""Every sweep by its name, in the order they are made."""
