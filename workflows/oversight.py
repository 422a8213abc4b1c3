"""What those who supervise see: what is late, escalated or stands still, and every case there is. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from language import Text
from models import (
    AuthorisationRequest,
    Case,
    DepartureNotice,
    Event,
    ItSystem,
    Person,
    SystemRelease,
    Task,
)
from workflows.all_views import view_of
from workflows.authority import Authority
from workflows.errors import Refused
from workflows.evidence import Actor, verify_case
from workflows.lookup import case_by_number, name_is_like
from workflows.office import Office
from workflows.paging import Sheet, sheet, sheet_of
from workflows.people import shown_name
from workflows.sight import reads_everything
from workflows.statistics import NOT_FOR_YOU
from workflows.views import rows_by_id
from workflows.waiting import Waiting, waiting
from workflows.words import KIND_WORDS

SLOW: Final[Mapping[str, Callable[[Waiting, datetime], bool]]] = {
    "overdue": lambda row, now: row.task.due_at is not None and row.task.due_at < now,
    "escalated": lambda row, now: row.task.step > 0,
    "unattended": lambda row, now: not row.answer.holders,
}
"""The ways in which a task can stand still, each with how it is told."""
LOOKED_AT: Final = "person.looked_at"


def _for_supervisors(session: Session, actor: Actor, now: datetime) -> Authority:
    authority = Authority.read(session)
    if not reads_everything(authority, actor, now):
        raise Refused("read", [NOT_FOR_YOU])
    return authority


def standing_still(
    session: Session, office: Office, actor: Actor, now: datetime, *, way: str = "", number: int = 1
) -> tuple[dict[str, int], Sheet[dict[str, Any]]]:
    """The open tasks that are overdue, escalated, or that nobody may act on: how many of each, and a sheet of them.

    For those who read everything; Refused for everybody else.
    """
    authority = _for_supervisors(session, actor, now)
    # A task that nobody may act on is marked as such by a sweep; one that has not been swept yet is late soon enough.
    some = sa.or_(col(Task.due_at) < now, col(Task.step) > 0, col(Task.unattended_since).is_not(None))
    rows = waiting(session, authority, office.policy, now, only=some)
    counted = {name: sum(tells(row, now) for row in rows) for name, tells in SLOW.items()}
    if way in SLOW:
        rows = [row for row in rows if SLOW[way](row, now)]
    found = sheet_of(rows, number)
    holders = {mandate.person_id for row in found.rows for mandate in row.answer.holders}
    people = rows_by_id(session, Person, [*holders, *(row.person_id for row in found.rows)])
    return counted, found.showing([_slow_row(row, authority, people, actor, now) for row in found.rows])


def _slow_row(
    row: Waiting, authority: Authority, people: dict[Any, Person], actor: Actor, now: datetime
) -> dict[str, Any]:
    return {
        "number": row.case.number,
        "workflow": row.case.workflow,
        "kind": row.kind,
        "part": row.task.part,
        "about": row.task.about,
        "person": shown_name(people[row.person_id], actor.language) if row.person_id else "",
        "system": authority.systems[row.system_id].name if row.system_id else "",
        "due_at": row.task.due_at,
        "step": row.task.step,
        "people": [shown_name(people[mandate.person_id], actor.language) for mandate in row.answer.holders],
        "ways": [name for name, tells in SLOW.items() if tells(row, now)],
    }


def cases_sheet(
    session: Session, actor: Actor, now: datetime, *, words: str = "", workflow: str = "", number: int = 1
) -> Sheet[dict[str, Any]]:
    """One sheet of all the cases there are, the newest first.

    `words` are a case's number or the beginning of one, an employee number, a name, or a system's key. For those who
    read everything; Refused for everybody else.
    """
    _for_supervisors(session, actor, now)
    request, notice, release = AuthorisationRequest, DepartureNotice, SystemRelease
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(Case, request, notice, release, Person, ItSystem)
        .outerjoin(request, col(request.id) == col(Case.id))
        .outerjoin(notice, col(notice.id) == col(Case.id))
        .outerjoin(release, col(release.id) == col(Case.id))
        .outerjoin(Person, col(Person.id) == sa.func.coalesce(col(request.person_id), col(notice.person_id)))
        .outerjoin(ItSystem, col(ItSystem.id) == sa.func.coalesce(col(request.system_id), col(release.system_id)))
        .order_by(col(Case.opened_at).desc(), col(Case.number).desc())
    )
    if said := words.strip():
        query = query.where(
            sa.or_(
                col(Case.number).startswith(said.upper(), autoescape=True),
                col(Person.employee_number) == said,
                sa.func.upper(col(ItSystem.key)) == said.upper(),
                name_is_like(said),
            )
        )
    if workflow:
        query = query.where(col(Case.workflow) == workflow)
    found = sheet(session, query, number)
    return found.showing([_case_row(row, actor) for row in found.rows])


def _case_row(row: Any, actor: Actor) -> dict[str, Any]:
    case, request, notice, release, person, system = row
    return {
        "number": case.number,
        "workflow": case.workflow,
        "kind": (request or notice or release).kind,
        "state": case.state,
        "person": shown_name(person, actor.language) if person is not None else "",
        "system": system.name if system is not None else "",
        "release": release.version if release is not None else "",
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
    }


def record_of(session: Session, office: Office, number: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """A case's whole history, and whether its chain of events is whole; for whoever may see the case."""
    workflow, page = view_of(session, office, number, actor, now)
    case = case_by_number(session, number)
    broken = verify_case(session, case)
    return {
        "number": case.number,
        "workflow": workflow,
        "title": Text("{number}: {kind}", number=case.number, kind=KIND_WORDS[page["kind"]]),
        "state": page["state"],
        "steps": page["steps"],
        "events": page["events"],
        "hash": case.event_hash,
        "broken": broken,
    }


def looks(session: Session, actor: Actor, now: datetime, *, number: int = 1) -> Sheet[dict[str, Any]]:
    """Who has looked at persons with protected identity, the latest first.

    For those who read everything; Refused for everybody else.
    """
    _for_supervisors(session, actor, now)
    query = (
        sa.select(Event, Person)
        .outerjoin(Person, col(Person.id) == col(Event.actor_id))
        .where(col(Event.kind) == LOOKED_AT)
        .order_by(col(Event.at).desc(), col(Event.position).desc())
    )
    found = sheet(session, query, number)
    rows = [
        {
            "at": event.at,
            "by": shown_name(person, actor.language) if person is not None else event.channel,
            "by_number": person.employee_number if person is not None else "",
            "person": event.data.get("employee_number", ""),
        }
        for event, person in found.rows
    ]
    return found.showing(rows)
