"""What people may see of departures: one with everything that is gone and left, and the board of all by last day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from language import Text
from models import (
    DEPARTURE,
    AccessProfile,
    AuthorisationRequest,
    Case,
    Decision,
    DepartureNotice,
    Duty,
    Event,
    Part,
    Person,
    Task,
)
from workflows import cases
from workflows.authority import Authority
from workflows.departure import UNDER_WAY, WORKFLOW
from workflows.departures import DepartureDossier
from workflows.dossier import open_tasks
from workflows.errors import NotFound
from workflows.evidence import Actor
from workflows.lookup import case_by_number
from workflows.office import Office
from workflows.people import shown_name
from workflows.requests import RequestDossier
from workflows.steps import steps
from workflows.views import event_rows, is_hr, option_rows, reads_everything, rows_by_id, step_rows


def departure_view(session: Session, office: Office, number: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """A departure as it stands: what is gone, what is left, who is slow, what happened, what this person may do.

    For HR, the manager, whoever may act on it and those who read everything; NotFound for everybody else.
    """
    case = case_by_number(session, number)
    if case.workflow != DEPARTURE:
        raise NotFound(Text("There is no departure {number}.", number=number))
    authority = Authority.read(session)
    dossier = DepartureDossier.read(session, office, authority, case, now, lock=False)
    notice = dossier.notice
    waiting = open_tasks(session, case.id)
    answers = {task.id: dossier.who_may(Part(task.part), task) for task in waiting}
    may_act = {mandate.person_id for answer in answers.values() for mandate in answer.holders}
    near = {notice.noticed_by_id, dossier.facts.employment.manager_id, *may_act}
    if actor.person_id not in near and not is_hr(authority, actor, now) and not reads_everything(authority, actor, now):
        raise NotFound(Text("There is no case {number}.", number=number))
    events = session.exec(select(Event).where(Event.case_id == case.id).order_by(col(Event.position))).all()
    access = _access(session, office, authority, notice, actor, now)
    people = rows_by_id(session, Person, [*may_act, *(row.actor_id for row in events), notice.person_id])

    def named(person_id: UUID | None) -> str | None:
        return shown_name(people[person_id], actor.language) if person_id in people else None

    return {
        "number": case.number,
        "state": case.state,
        "since": case.state_since,
        "version": case.version,
        "steps": step_rows(steps(WORKFLOW, case, events)),
        "kind": notice.kind,
        "person": named(notice.person_id),
        "employment": dossier.facts.employment.number,
        "last_day": notice.last_day,
        "ends_at": notice.ends_at,
        "hold": notice.hold,
        "reason": notice.reason,
        "access": access,
        "left": sum(not row["gone"] for row in access),
        "accounts_closed_at": notice.accounts_closed_at,
        "equipment_returned_at": notice.equipment_returned_at,
        "blocked_at": notice.blocked_at,
        "duties": [_duty(duty) for duty in dossier.facts.duties],
        "waits_for": [
            {
                "part": task.part,
                "about": task.about,
                "due_at": task.due_at,
                "overdue": _overdue(task, now),
                "people": [named(mandate.person_id) for mandate in answers[task.id].holders],
            }
            for task in waiting
        ],
        "events": event_rows(events, named),
        "options": option_rows(cases.options(session, office, case, actor, now), actor),
    }


def _duty(duty: Duty) -> dict[str, Any]:
    return {"kind": duty.kind, "name": duty.name, "successor": duty.successor, "settled_at": duty.settled_at}


def _overdue(task: Task, now: datetime) -> bool:
    return task.due_at is not None and task.due_at < now


def _access(
    session: Session, office: Office, authority: Authority, notice: DepartureNotice, actor: Actor, now: datetime
) -> list[dict[str, Any]]:
    """Each access with how far its end has come: by which roles, when, and whom it waits for."""
    rows = session.execute(
        select(AuthorisationRequest, Case)
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .where(AuthorisationRequest.notice_id == notice.id)
        .order_by(col(Case.number))
    ).all()
    profiles = rows_by_id(session, AccessProfile, [request.profile_id for request, _ in rows])
    decisions = rows_by_id(session, Decision, [request.decision_id for request, _ in rows if request.decision_id])
    found = []
    for request, case in rows:
        decision = decisions.get(request.decision_id)
        waits: Sequence[dict[str, Any]] = ()
        if case.closed_at is None:
            child = RequestDossier.read(session, office, authority, case, now, lock=False, request=request)
            waits = _slow(session, child, actor, now)
        found.append(
            {
                "number": case.number,
                "system": authority.systems[request.system_id].name,
                "profile": profiles[request.profile_id].name,
                "state": case.state,
                "gone": case.state == "COMPLETED",
                "ends_at": decision.ends_at if decision is not None else request.ends_at,
                "decided": decision.outcome if decision is not None else "",
                "decided_as": decision.mandate_basis if decision is not None else "",
                "decided_at": decision.at if decision is not None else None,
                "executed_at": request.executed_at,
                "registered_at": request.registered_at,
                "waits_for": waits,
            }
        )
    return found


def _slow(session: Session, child: RequestDossier, actor: Actor, now: datetime) -> list[dict[str, Any]]:
    found = []
    for task in open_tasks(session, child.case.id):
        holders = [mandate.person_id for mandate in child.who_may(Part(task.part), task).holders]
        people = rows_by_id(session, Person, holders)
        names = [shown_name(people[person], actor.language) for person in holders]
        found.append({"part": task.part, "due_at": task.due_at, "overdue": _overdue(task, now), "people": names})
    return found


def board(
    session: Session, office: Office, actor: Actor, now: datetime, *, every: bool = False
) -> list[dict[str, Any]]:
    """The departures under way by last day, with what is left and how much of it is late; all there are when asked.

    For HR and those who read everything; a manager sees those of their own staff.
    """
    authority = Authority.read(session)
    query = (
        select(Case, DepartureNotice, Person)
        .join(DepartureNotice, col(DepartureNotice.id) == col(Case.id))
        .join(Person, col(Person.id) == col(DepartureNotice.person_id))
        .order_by(col(DepartureNotice.last_day), col(Case.number))
    )
    if not every:
        query = query.where(col(Case.state).in_((WORKFLOW.initial, *UNDER_WAY)))
    rows = session.exec(query).all()
    whole = is_hr(authority, actor, now) or reads_everything(authority, actor, now)
    left = _left(session, [case.id for case, _, _ in rows], now)
    found = []
    for case, notice, person in rows:
        mine = notice.noticed_by_id == actor.person_id or any(
            row.manager_id == actor.person_id for row in authority.employments.get(person.id, ())
        )
        if whole or mine:
            parts, late = left.get(case.id, (0, 0))
            found.append(
                {
                    "number": case.number,
                    "person": shown_name(person, actor.language),
                    "kind": notice.kind,
                    "last_day": notice.last_day,
                    "state": case.state,
                    "left": parts,
                    "late": late,
                }
            )
    return found


def _left(session: Session, notices: Sequence[UUID], now: datetime) -> dict[UUID, tuple[int, int]]:
    """For each notice how many tasks are left, its parts' and its own, and how many of them are late."""
    rows = session.execute(
        select(AuthorisationRequest.notice_id, Case.id, Task.due_at)
        .select_from(Task)
        .join(Case, col(Case.id) == col(Task.case_id))
        .outerjoin(AuthorisationRequest, col(AuthorisationRequest.id) == col(Case.id))
        .where(col(Task.closed_at).is_(None))
    )
    counted: dict[UUID, tuple[int, int]] = {}
    wanted = set(notices)
    for notice_id, case_id, due_at in rows:
        key = notice_id or case_id
        if key in wanted:
            parts, late = counted.get(key, (0, 0))
            counted[key] = (parts + 1, late + (due_at is not None and due_at < now))
    return counted
