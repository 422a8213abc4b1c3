"""The queue of departures: whoever may let them go hears of all that are due in one letter, and not of each.

Each due thing is told once, however many processes sweep: what is told is written with the letter, in one transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import Text
from models import Case, DepartureKind, DepartureNotice, Employment, Message, Part, Person, Task, locked
from workflows import evidence, tasks
from workflows.authority import Authority
from workflows.deadlines import Due, today
from workflows.evidence import SWEEP, Entry
from workflows.mandate import Answer, Parties, departure_parties, told_when_nobody_can, who_holds, who_may
from workflows.notices import message_row
from workflows.office import Office
from workflows.templates import Fact, Page

KIND: Final = "DEPARTURES_QUEUED"
BATCH: Final = 1000
"""One letter a person for so many departures."""


class Told(StrEnum):
    """What somebody is told of a departure in the queue."""

    NEW = "NEW"
    STILL = "STILL"
    MAY_ACT = "MAY_ACT"
    LATE = "LATE"
    UNATTENDED = "UNATTENDED"


SAID: Final = {
    Told.NEW: Text(
        "New in the queue: {count}. Nothing of a departure begins until you let it go; refuse those that are wrong."
    ),
    Told.STILL: Text("Still waiting for you in the queue: {count}."),
    Told.MAY_ACT: Text("Waited too long and escalated: {count}. You may let them go or refuse them yourself now."),
    Told.LATE: Text("Waited too long: {count}. You are told so that you can see to it that it is done."),
    Told.UNATTENDED: Text("Nobody has the right to let these go: {count}. They do not pass by themselves."),
}
"""In the order of the letter."""


@dataclass(frozen=True, kw_only=True)
class Queued:
    """A departure in the queue about which something is due."""

    case: Case
    notice: DepartureNotice
    task: Task
    parties: Parties
    passed: tuple[Due, ...]


def sweep_queue(office: Office, now: datetime) -> int:
    """Tell of what is new in the queue and of what has waited too long. Returns how many departures it was about."""
    done = 0
    while told := _batch(office, now):
        done += told
    return done


def _batch(office: Office, now: datetime) -> int:
    with office.database.writing(office.organisation_id) as session:
        due = (
            select(Case)
            .join(Task, col(Task.case_id) == col(Case.id))
            .where(*_due(now))
            .order_by(col(Task.next_action_at), col(Case.id))
            .limit(BATCH)
        )
        taken = session.exec(locked(due, of=Case, skip_locked=True)).all()
        queued = _queued(session, office, [case.id for case in taken], now)
        if not queued:
            return 0
        authority = Authority.read(session)
        letters: dict[UUID, Counter[Told]] = {}
        for row in queued:
            for person, told in _told(row, authority, now):
                letters.setdefault(person, Counter())[told] += 1
            _move_on(session, row, now)
        _write(session, office, letters, queued, now)
        return len(queued)


def _due(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return col(Task.part) == Part.RELEASE, col(Task.next_action_at) <= now


def _queued(session: Session, office: Office, cases: Sequence[UUID], now: datetime) -> list[Queued]:
    """Read under the lock: another process may have told of a departure just before it let the case go."""
    rows = session.execute(
        sa.select(Case, DepartureNotice, Task, Employment)
        .join(DepartureNotice, col(DepartureNotice.id) == col(Case.id))
        .join(Task, col(Task.case_id) == col(Case.id))
        .join(Employment, col(Employment.id) == col(DepartureNotice.employment_id))
        .where(col(Case.id).in_(cases), *_due(now))
        .order_by(col(Case.number)),
        execution_options={"populate_existing": True},
    )
    return [
        Queued(
            case=case,
            notice=notice,
            task=task,
            parties=departure_parties(notice, employment, None, office.policy),
            passed=tasks.passed(task, now),
        )
        for case, notice, task, employment in rows
    ]


def _told(row: Queued, authority: Authority, now: datetime) -> Iterator[tuple[UUID, Told]]:
    """Who is told what of one departure, each once: the steps' own people first, then those who may act."""
    day = today(now)
    gained = tasks.gained(row.task) | {role for due in row.passed if due.do == "escalate" for role in due.may_act}
    step = max((due.step for due in row.passed if due.do == "escalate"), default=row.task.step)
    answer = who_may(Part.RELEASE, row.parties, authority, day, gained, step)
    roles = dict.fromkeys(role for due in row.passed for role in due.tell)
    named = dict.fromkeys(person for role in roles for person in who_holds(role, row.parties, authority, day))
    for person in named:
        yield person, Told.MAY_ACT if answer.of(person) else Told.LATE
    is_new = any(due.do == "ask" for due in row.passed)
    for person in _here(answer, authority, now) if is_new else [mandate.person_id for mandate in answer.holders]:
        if person not in named:
            yield person, Told.NEW if is_new else Told.STILL
    if not answer.holders:
        for person in told_when_nobody_can(authority, day):
            if person not in named:
                yield person, Told.UNATTENDED


def _here(answer: Answer, authority: Authority, now: datetime) -> list[UUID]:
    everybody = [mandate.person_id for mandate in answer.holders]
    return [person for person in everybody if not authority.is_away(person, today(now))] or everybody


def _move_on(session: Session, row: Queued, now: datetime) -> None:
    """What has passed has been done; that it was escalated is an event of the case."""
    escalated = [due for due in row.passed if due.do == "escalate"]
    if escalated:
        row.task.step = max(due.step for due in escalated)
        evidence.append(session, row.case, [tasks.entry_of(due, row.case, row.task, now) for due in escalated])
    tasks.move_on(row.task, len(row.passed))


def _write(
    session: Session, office: Office, letters: dict[UUID, Counter[Told]], queued: Sequence[Queued], now: datetime
) -> None:
    waiting = session.execute(
        sa.select(sa.func.count()).where(col(Task.part) == Part.RELEASE, col(Task.closed_at).is_(None))
    ).scalar_one()
    at_once = sum(row.notice.kind == DepartureKind.IMMEDIATE for row in queued)
    people = session.exec(select(Person).where(col(Person.id).in_(letters)).order_by(col(Person.id)))
    rows = [_letter(office, person, letters[person.id], waiting, at_once, now) for person in people]
    chain = evidence.organisation_chain(session, office.organisation_id)
    data = {"cases": [row.case.number for row in queued], "letters": len(rows)}
    evidence.append(session, chain, [Entry(kind="queue.told", at=now, actor=SWEEP, data=data)])
    session.flush()
    if rows:
        session.execute(sa.insert(Message.metadata.tables["message"]), rows)


def _letter(
    office: Office, person: Person, told: Counter[Told], waiting: int, at_once: int, now: datetime
) -> dict[str, Any]:
    """How many, and where to see which; never who they are."""
    facts: list[Fact] = [(Text("In the queue"), str(waiting))]
    if at_once:
        facts.append((Text("Leave at once"), str(at_once)))
    page = Page(
        number="Behörig",
        paragraphs=tuple(Text(said.message, count=told[each]) for each, said in SAID.items() if told[each]),
        quotes=(),
        facts=facts,
        link=f"{office.base_url.rstrip('/')}/departures/queue",
        action=Text("Open the queue"),
    )
    return message_row(
        page,
        kind=KIND,
        subject=Text("Departures wait in the queue: {count}", count=told.total()),
        recipient=person,
        organisation_id=office.organisation_id,
        saved_at=now,
    )
