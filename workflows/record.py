"""The one recorder: all that an act writes is written here, in one transaction that the caller commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Message, Part, Person, Task
from workflows import evidence
from workflows.attachments import KeptFile
from workflows.changes import LimitsFallen, Noted, Rescheduled, Told
from workflows.dossier import Dossier, Waits, open_tasks, write_tasks
from workflows.evidence import Actor, Entry
from workflows.mandate import Answer, told_when_nobody_can
from workflows.notices import Notice, NoticeKind, compose
from workflows.people import shown_name
from workflows.workflow import Attempt, State

MESSAGES: Final = Message.metadata.tables["message"]
ASKED_BY: Final = NoticeKind.QUESTION_BACK
"""The notice that already says what its receiver is to do."""


@dataclass
class Outgoing:
    """Messages to be saved: who is told what, each person once for each task and kind."""

    dossier: Dossier
    now: datetime
    actor: Actor
    notices: list[tuple[UUID, NoticeKind, dict[str, Any]]] = field(default_factory=list)

    def tell(self, people: Iterable[UUID | None], kind: NoticeKind, **values: Any) -> None:
        """Add a notice for each of some people."""
        for person_id in dict.fromkeys(people):
            if person_id is not None:
                self.notices.append((person_id, kind, values))

    def ask(self, people: Iterable[UUID], **about: Any) -> None:
        """Tell people that a task waits for them; whoever is told of the question itself hears it in that message."""
        for person_id in dict.fromkeys(people):
            said = next((place for place, row in enumerate(self.notices) if row[:2] == (person_id, ASKED_BY)), None)
            if said is None:
                self.tell([person_id], NoticeKind.TASK_OPENED, **about)
            else:
                self.notices[said] = (person_id, ASKED_BY, {**self.notices[said][2], **about})

    def save(self, session: Session, others: Iterable[UUID] = ()) -> Mapping[UUID, Person]:
        """Write the messages, which are delivered after the commit. Returns the people they are to, and some others."""
        wanted = {person_id for person_id, _, _ in self.notices} | set(others)
        if not wanted:
            return {}
        if self.actor.person_id is not None:
            wanted.add(self.actor.person_id)
        people = {row.id: row for row in session.exec(select(Person).where(col(Person.id).in_(wanted)))}
        office, case = self.dossier.office, self.dossier.case
        rows = []
        for person_id, kind, values in self.notices:
            person = people[person_id]
            if kind is NoticeKind.HANDLED_BY_OTHER and self.actor.person_id is not None:
                values = {**values, "actor": shown_name(people[self.actor.person_id], person.language)}
            notice = Notice(kind=kind, recipient=person, summary=self.dossier.summary(person.language), **values)
            rows.append(
                compose(
                    notice,
                    organisation_id=office.organisation_id,
                    case_id=case.id if case.number else None,
                    saved_at=self.now,
                    base_url=office.base_url,
                )
            )
        if rows:
            # Into the table, not the class: of that, messages with a task and without one would be two statements.
            session.execute(sa.insert(MESSAGES), rows)
        return people


def record(
    session: Session, dossier: Dossier, attempt: Attempt, event: str, source: State, target: State
) -> tuple[str, ...]:
    """Write everything a successful attempt brings: changes, tasks, the event, messages, the case's new version.

    Returns the employee numbers of those who may act next.
    """
    case, actor, now = dossier.case, attempt.actor, attempt.now
    outgoing = Outgoing(dossier=dossier, now=now, actor=actor)
    data = _as_json(attempt.data)
    dossier, told = _apply(session, dossier, attempt, data)
    if source.name == dossier.workflow.initial:
        # In its first words: a completion may say them better later.
        data |= dossier.as_asked()
    outgoing.dossier = dossier
    for notice in told:
        people = [person for role in notice.to for person in dossier.people(role) if person != actor.person_id]
        lists = dossier.account(session) if notice.whole else ()
        outgoing.tell(people, notice.kind, comment=notice.comment, outcome=notice.outcome, lists=lists)
    if source.name != target.name:
        case.state_since = now
    anew = any(isinstance(change, Rescheduled) for change in attempt.changes)
    if any(isinstance(change, LimitsFallen) for change in attempt.changes):
        _let_limits_fall(session, dossier)
    opened, next_people = _keep_tasks(session, outgoing, event, anew=anew)
    case.version += 1
    case.closed_at = now if target.is_final else None
    evidence.append(
        session,
        case,
        [
            Entry(
                kind=event,
                at=now,
                actor=actor,
                from_state=source.name,
                to_state=target.name,
                comment=str(attempt.data.get("reason") or attempt.data.get("comment") or ""),
                mandate=attempt.mandate.as_record() if attempt.mandate else None,
                in_place_of_id=attempt.mandate.in_place_of_id if attempt.mandate else None,
                data=data,
            )
        ],
    )
    # The case, its subject and the tasks that are closed, each in one statement, before the tasks that follow them.
    session.flush()
    write_tasks(session, opened)
    named = outgoing.save(session, others=next_people)
    return tuple(named[person].employee_number for person in next_people)


def _apply(session: Session, dossier: Dossier, attempt: Attempt, data: dict[str, Any]) -> tuple[Dossier, list[Told]]:
    told: list[Told] = []
    two_parts = dossier.plays_two_parts(attempt)
    for change in attempt.changes:
        match change:
            case Told():
                told.append(change)
            case Rescheduled() | LimitsFallen():
                pass
            case Noted(values=values):
                for name, value in values.items():
                    setattr(dossier.subject, name, value)
                dossier = dossier.apply(session, attempt, change, data)
            case _:
                dossier = dossier.apply(session, attempt, change, data)
    if two_parts:
        dossier.shared(data)
    return dossier, told


def _keep_tasks(
    session: Session, outgoing: Outgoing, event: str, *, anew: bool
) -> tuple[list[dict[str, Any]], tuple[UUID, ...]]:
    """Close what the case no longer waits for; all of it when its times change, and what is due at another time.

    Returns the tasks to open instead, and who may act next.
    """
    dossier = outgoing.dossier
    wanted = dossier.waits()
    waiting = {Waits(part=Part(task.part), about=task.about): task for task in open_tasks(session, dossier.case.id)}
    again = {waits for waits, task in waiting.items() if anew or dossier.is_counted_wrong(task)}
    for waits, task in waiting.items():
        if waits not in wanted:
            _close(session, outgoing, task, event)
        elif waits in again:
            _shut(outgoing, task)
    may_act: dict[UUID, None] = {}
    rows = []
    for waits in wanted:
        if waits in waiting and waits not in again:
            continue
        rows.append(dossier.task_row(waits, outgoing.now))
        answer = _announce(outgoing, waits, rows[-1])
        may_act.update(dict.fromkeys(mandate.person_id for mandate in answer.holders))
    return rows, tuple(may_act)


def _let_limits_fall(session: Session, dossier: Dossier) -> None:
    """What is still waited for has no time any more; nobody is reminded until there is a new one."""
    for task in open_tasks(session, dossier.case.id):
        task.due_at = task.next_action_at = None
        task.schedule = task.schedule[: task.done]


def _close(session: Session, outgoing: Outgoing, task: Task, event: str) -> None:
    """Close a task; those who were asked in vain are told that somebody else has done it."""
    actor = outgoing.actor
    _shut(outgoing, task)
    asked = session.exec(
        select(Message.recipient_id).where(Message.task_id == task.id, Message.kind != NoticeKind.UNATTENDED).distinct()
    ).all()
    outgoing.tell(
        (person for person in asked if person != actor.person_id),
        NoticeKind.HANDLED_BY_OTHER,
        task_id=task.id,
        part=task.part,
        outcome=event,
    )


def _shut(outgoing: Outgoing, task: Task) -> None:
    task.closed_at = outgoing.now
    task.closed_by_id = outgoing.actor.person_id
    task.next_action_at = None


def _announce(outgoing: Outgoing, waits: Waits, row: dict[str, Any]) -> Answer:
    """Tell those who may act on a new task; if nobody can, those above."""
    dossier = outgoing.dossier
    answer = dossier.who_may(waits.part, about=waits.about)
    if waits.part is Part.RELEASE:
        # Of what waits in the queue there may be hundreds: workflows/queueing.py tells of them in one letter.
        row["unattended_since"] = None if answer.holders else outgoing.now
    elif not answer.holders:
        row["unattended_since"] = outgoing.now
        above = told_when_nobody_can(dossier.authority, dossier.today)
        outgoing.tell(above, NoticeKind.UNATTENDED, task_id=row["id"], part=waits.part, due_at=row["due_at"])
    elif waits.part is not Part.SUBMIT:
        outgoing.ask(
            (person for person in _asked(answer, dossier) if person != outgoing.actor.person_id),
            task_id=row["id"],
            part=waits.part,
            due_at=row["due_at"],
        )
    return answer


def _asked(answer: Answer, dossier: Dossier) -> list[UUID]:
    """Those who may act and are here; all of them when everybody is away."""
    everybody = [mandate.person_id for mandate in answer.holders]
    here = [person for person in everybody if not dossier.authority.is_away(person, dossier.today)]
    return here or everybody


def _as_json(data: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): _said(value) for name, value in data.items() if value not in (None, "")}


def _said(value: Any) -> Any:
    if isinstance(value, KeptFile):
        return value.to_json()
    return value.isoformat() if isinstance(value, (date, datetime)) else value
