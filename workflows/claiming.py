"""Claims: somebody says that they take a task, so that others need not. A courtesy that is seen, not a lock.

A claim changes no state and gives no right: whoever may act on the task still may, and the claim goes with it.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from language import Text
from models import Case, Part, Person, Task
from workflows import cases, evidence
from workflows.authority import Authority
from workflows.errors import Conflict, NotFound
from workflows.evidence import Actor, Entry
from workflows.lookup import case_by_number
from workflows.mandate import required
from workflows.office import Office
from workflows.people import shown_name


def claim(
    office: Office,
    number: str,
    part: Part,
    actor: Actor,
    now: datetime,
    *,
    about: str = "",
    from_another: bool = False,
) -> None:
    """Say that one takes a task; over from somebody else only when that is what one means.

    Raises Conflict when it is done already or another was before, Refused for somebody who is barred from it, and
    NotFound for everybody else, as for a case that is not there. To claim what one has claimed changes nothing.
    """
    with office.database.writing(office.organisation_id) as session:
        case = case_by_number(session, number, lock=True)
        task = _open_task(session, case, part, about)
        dossier = cases.dossier_of(session, office, Authority.read(session), case, now, lock=False)
        answer = dossier.who_may(part, task, about)
        if answer.of(actor.person_id) is None and actor.person_id not in answer.barred:
            raise NotFound(Text("There is no case {number}.", number=number))
        required(answer, actor, "claim")
        if task is None:
            raise Conflict(Text("{number} does not wait for that any more.", number=case.number))
        if task.claimed_by_id == actor.person_id:
            return
        if task.claimed_by_id is not None and not from_another:
            other = session.exec(select(Person).where(Person.id == task.claimed_by_id)).one()
            raise Conflict(
                Text("{number} is taken on by {who}.", number=case.number, who=shown_name(other, actor.language))
            )
        task.claimed_by_id, task.claimed_at = actor.person_id, now
        _note(session, case, "claim", part, about, actor, now)


def unclaim(office: Office, number: str, part: Part, actor: Actor, now: datetime, *, about: str = "") -> None:
    """Let go of a task that one has claimed. What one has not claimed is left as it is."""
    with office.database.writing(office.organisation_id) as session:
        case = case_by_number(session, number, lock=True)
        task = _open_task(session, case, part, about)
        if task is None or actor.person_id is None or task.claimed_by_id != actor.person_id:
            return
        task.claimed_by_id = task.claimed_at = None
        _note(session, case, "unclaim", part, about, actor, now)


def _open_task(session: Session, case: Case, part: Part, about: str) -> Task | None:
    return session.exec(
        select(Task).where(
            Task.case_id == case.id, Task.part == part, Task.about == about, col(Task.closed_at).is_(None)
        )
    ).first()


def _note(session: Session, case: Case, kind: str, part: Part, about: str, actor: Actor, now: datetime) -> None:
    """An event on the case, whose state and version stay: nobody else's page is out of date because of it."""
    data = {"part": str(part), "about": about} if about else {"part": str(part)}
    entry = Entry(kind=kind, at=now, actor=actor, from_state=case.state, to_state=case.state, data=data)
    evidence.append(session, case, [entry])
    session.flush()
