"""What people may see of departures: one with everything that is gone and left, and the board of all by last day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import Text
from models import (
    DEPARTURE,
    AccessProfile,
    AuthorisationRequest,
    Case,
    Decision,
    DepartureKind,
    DepartureNotice,
    Duty,
    Employment,
    Event,
    Part,
    Person,
    RequestState,
    Task,
)
from workflows import cases, reordering
from workflows.authority import Authority
from workflows.departure import WORKFLOW
from workflows.departure_facts import ends_access_of
from workflows.departures import DepartureDossier
from workflows.dossier import open_tasks
from workflows.errors import NotFound, Reason, Refused
from workflows.evidence import Actor
from workflows.lookup import case_by_number
from workflows.office import Office
from workflows.paging import Sheet, sheet
from workflows.people import shown_name
from workflows.sight import reads_everything
from workflows.steps import steps
from workflows.views import event_rows, is_hr, names_of, option_rows, rows_by_id, step_rows
from workflows.waiting import waiting, waiting_for


def departure_view(session: Session, office: Office, number: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """A departure as it stands: what is gone, what is left, who is slow, what happened, what this person may do.

    For HR, the manager, whoever may act on it and those who read everything; NotFound for everybody else.
    """
    case = case_by_number(session, number)
    if case.workflow != DEPARTURE:
        raise NotFound(Text("There is no case {number}.", number=number))
    authority = Authority.read(session)
    dossier = DepartureDossier.read(session, office, authority, case, now, lock=False)
    notice = dossier.notice
    accounts = dossier.facts.accounts(case, notice)
    closes = accounts.are_for_this_to_close
    waiting = open_tasks(session, case.id)
    answers = {task.id: dossier.who_may(Part(task.part), task) for task in waiting}
    may_act = {mandate.person_id for answer in answers.values() for mandate in answer.holders}
    events = session.exec(select(Event).where(Event.chain_id == case.id).order_by(col(Event.position))).all()
    # Who has done something in it may see what came of it; who was refused has done nothing.
    acted = {row.actor_id for row in events if row.kind != "refusal"} - {None}
    near = {notice.noticed_by_id, dossier.facts.employment.manager_id, *may_act, *acted}
    if actor.person_id not in near and not is_hr(authority, actor, now) and not reads_everything(authority, actor, now):
        raise NotFound(Text("There is no case {number}.", number=number))
    again = reordering.ordered_again(events)
    access = [
        {**row, "ordered_again": again.get(row["number"], "")}
        for row in _access(session, office, authority, notice, actor, now)
    ]
    mentioned = [*may_act, *(row.actor_id for row in events), notice.person_id]
    named = names_of(session, mentioned, actor.language).get
    return {
        "number": case.number,
        "state": case.state,
        "since": case.state_since,
        "version": case.version,
        "steps": step_rows(steps(WORKFLOW, case, events)),
        "kind": notice.kind,
        "person": named(notice.person_id),
        "person_number": dossier.facts.person.employee_number,
        "employment": dossier.facts.employment.number,
        "last_day": notice.last_day,
        "ends_at": notice.ends_at,
        "hold": notice.hold,
        "reason": notice.reason,
        "access": access,
        "left": sum(row["open"] for row in access),
        "closes_accounts": closes,
        "accounts_closed_at": notice.accounts_closed_at,
        "equipment_returned_at": notice.equipment_returned_at,
        "blocked_at": notice.blocked_at,
        "reopened_at": notice.reopened_at,
        "employed_anew_at": notice.employed_anew_at,
        "duties": [_duty(duty) for duty in dossier.facts.duties if duty.settled_at or closes],
        "tasks": _tasks_of_the_leaver(session, office, dossier, now),
        "called_off": _listed(events, "called_off"),
        "stands": _listed(events, "executed"),
        "may_order_again": any(row["executed_at"] and not row["ordered_again"] for row in access)
        and not reordering.reasons_against(session, dossier, actor),
        "other_employments": sorted(row.number for row in accounts.goes_on),
        "stay_shut_by": sorted(each.number for each in accounts.shut_until_registered_by),
        "waits_for": [
            {
                "part": task.part,
                "about": task.about,
                "due_at": task.due_at,
                "overdue": _overdue(task, now),
                "mine": answers[task.id].of(actor.person_id) is not None,
                "people": [named(mandate.person_id) for mandate in answers[task.id].holders],
            }
            for task in waiting
        ],
        "events": event_rows(events, named),
        "options": option_rows(cases.options(session, office, case, actor, now, dossier=dossier), actor),
    }


def _duty(duty: Duty) -> dict[str, Any]:
    return {"kind": duty.kind, "name": duty.name, "successor": duty.successor, "settled_at": duty.settled_at}


def _tasks_of_the_leaver(
    session: Session, office: Office, dossier: DepartureDossier, now: datetime
) -> list[dict[str, Any]]:
    """What waits for the leaver elsewhere, and how many others may do it."""
    person = dossier.notice.person_id
    # Whoever neither holds anything nor answers for a request has no tasks; then not all of them are read.
    if dossier.notice.cancelled_at or dossier.case.closed_at or person not in dossier.authority.employments:
        return []
    return [
        {
            "number": row.case.number,
            "part": row.task.part,
            "due_at": row.task.due_at,
            "others": len(row.answer.holders) - 1,
        }
        for row in waiting_for(session, dossier.authority, office.policy, now, person)
    ]


def _overdue(task: Task, now: datetime) -> bool:
    return task.due_at is not None and task.due_at < now


def _listed(events: Iterable[Event], name: str) -> list[str]:
    """The cases that the events of a departure tell of under a name."""
    return sorted({number for event in events for number in event.data.get(name, ())})


def _access(
    session: Session, office: Office, authority: Authority, notice: DepartureNotice, actor: Actor, now: datetime
) -> list[dict[str, Any]]:
    """Each access with how far its end has come: by which roles, when, and whom it waits for."""
    rows = session.execute(
        select(AuthorisationRequest, Case)
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .where(ends_access_of(notice))
        .order_by(col(Case.number))
    ).all()
    profiles = rows_by_id(session, AccessProfile, [request.profile_id for request, _ in rows])
    decisions = rows_by_id(session, Decision, [request.decision_id for request, _ in rows if request.decision_id])
    waits = _slow(session, office, authority, col(Task.case_id).in_([case.id for _, case in rows]), actor, now)
    last = {request.grant_id: case.id for request, case in rows}
    found = []
    for request, case in rows:
        if case.state == RequestState.WITHDRAWN and last[request.grant_id] != case.id:
            # What was called off and is asked for anew stands once.
            continue
        decision = decisions.get(request.decision_id)
        found.append(
            {
                "number": case.number,
                "system": authority.systems[request.system_id].name,
                "profile": profiles[request.profile_id].name,
                "state": case.state,
                "gone": case.state == "COMPLETED",
                "open": case.closed_at is None,
                "ends_at": decision.ends_at if decision is not None else request.ends_at,
                "decided": decision.outcome if decision is not None else "",
                "decided_as": decision.mandate_basis if decision is not None else "",
                "decided_at": decision.at if decision is not None else None,
                "executed_at": request.executed_at,
                "registered_at": request.registered_at,
                "waits_for": waits.get(case.id, []),
            }
        )
    return found


def _slow(
    session: Session,
    office: Office,
    authority: Authority,
    only: sa.ColumnElement[bool],
    actor: Actor,
    now: datetime,
) -> dict[UUID, list[dict[str, Any]]]:
    """For each case what it waits for and whom, in a constant number of queries."""
    rows = waiting(session, authority, office.policy, now, only=only)
    holders = {mandate.person_id for row in rows for mandate in row.answer.holders}
    named = names_of(session, holders, actor.language)
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        names = [named[mandate.person_id] for mandate in row.answer.holders]
        said = {"part": row.task.part, "due_at": row.task.due_at, "overdue": _overdue(row.task, now), "people": names}
        found.setdefault(row.case.id, []).append(said)
    return found


def refuse_strangers(session: Session, actor: Actor, now: datetime, *, to_move: bool = False) -> None:
    """Let nobody further who notices no departures: HR does; managers, only that their staff get other duties."""
    if not _may_notice(session, Authority.read(session), actor, now, to_move=to_move):
        raise Refused("notice", [Reason("not-hr", Text("Only HR does this, and nobody for themself."))])


def _may_notice(session: Session, authority: Authority, actor: Actor, now: datetime, *, to_move: bool) -> bool:
    if is_hr(authority, actor, now):
        return True
    staff = select(Employment.id).where(col(Employment.manager_id) == actor.person_id).limit(1)
    return to_move and session.exec(staff).first() is not None


# --- The board of all ----------------------------------------------------------------------------------------------


def board(
    session: Session, office: Office, actor: Actor, now: datetime, *, every: bool = False
) -> list[dict[str, Any]]:
    """The departures under way by last day, with what is left and how much of it is late; all there are when asked.

    For HR and those who read everything; a manager sees those of their own staff.
    """
    authority = Authority.read(session)
    rows = session.execute(_board(authority, actor, now, every=every)).all()
    return _board_rows(session, office, authority, rows, actor, now)


@dataclass(frozen=True, kw_only=True)
class Board:
    """One sheet of the board, and what the one who looks at it may do there."""

    sheet: Sheet[dict[str, Any]]
    held: int
    """How many of what they see wait in the queue."""
    may_notice: bool
    may_move: bool


def board_page(
    session: Session, office: Office, actor: Actor, now: datetime, *, every: bool = False, number: int = 1
) -> Board:
    """One sheet of the board."""
    authority = Authority.read(session)
    found = sheet(session, _board(authority, actor, now, every=every), number)
    queued = _board(authority, actor, now, every=False).where(col(Case.state) == WORKFLOW.initial)
    return Board(
        sheet=found.showing(_board_rows(session, office, authority, found.rows, actor, now)),
        held=session.execute(sa.select(sa.func.count()).select_from(queued.order_by(None).subquery())).scalar_one(),
        may_notice=_may_notice(session, authority, actor, now, to_move=False),
        may_move=_may_notice(session, authority, actor, now, to_move=True),
    )


def queue(session: Session, office: Office, actor: Actor, now: datetime, *, number: int = 1) -> Sheet[dict[str, Any]]:
    """One sheet of the departures that wait in the queue, with whether this person may let each go."""
    authority = Authority.read(session)
    query = _board(authority, actor, now, every=False).where(col(Case.state) == WORKFLOW.initial)
    found = sheet(session, query, number)
    rows = _board_rows(session, office, authority, found.rows, actor, now)
    asked = waiting(
        session,
        authority,
        office.policy,
        now,
        parts=(Part.RELEASE,),
        only=col(Task.case_id).in_([row[0].id for row in found.rows]),
    )
    mine = {row.case.number for row in asked if row.answer.of(actor.person_id)}
    return found.showing([{**row, "mine": row["number"] in mine} for row in rows])


def _board(authority: Authority, actor: Actor, now: datetime, *, every: bool) -> sa.Select[*tuple[Any, ...]]:
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(Case, DepartureNotice, Person)
        .join(DepartureNotice, col(DepartureNotice.id) == col(Case.id))
        .join(Person, col(Person.id) == col(DepartureNotice.person_id))
        .join(Employment, col(Employment.id) == col(DepartureNotice.employment_id))
        .order_by(col(DepartureNotice.last_day), col(Case.number))
    )
    if not every:
        query = query.where(col(Case.closed_at).is_(None))
    if not is_hr(authority, actor, now) and not reads_everything(authority, actor, now):
        mine = sa.or_(
            col(DepartureNotice.noticed_by_id) == actor.person_id, col(Employment.manager_id) == actor.person_id
        )
        query = query.where(mine)
    return query


def _board_rows(
    session: Session, office: Office, authority: Authority, rows: Sequence[Any], actor: Actor, now: datetime
) -> list[dict[str, Any]]:
    part_of = _parts(session, [notice for _, notice, _ in rows])
    left = _left(session, part_of, now)
    late = sa.and_(col(Task.case_id).in_(list(part_of)), col(Task.due_at) < now)
    slow: dict[UUID, list[str]] = {}
    for case_id, waits in _slow(session, office, authority, late, actor, now).items():
        for notice_id in part_of[case_id]:
            slow.setdefault(notice_id, []).extend(name for each in waits for name in each["people"])
    found = []
    for case, notice, person in rows:
        parts, overdue = left.get(case.id, (0, 0))
        found.append(
            {
                "number": case.number,
                "person": shown_name(person, actor.language),
                "kind": notice.kind,
                "last_day": notice.last_day,
                "ends_at": notice.ends_at,
                "state": case.state,
                "hold": notice.hold,
                "left": parts,
                "late": overdue,
                "slow": list(dict.fromkeys(slow.get(case.id, ()))),
            }
        )
    return found


def _parts(session: Session, notices: Sequence[DepartureNotice]) -> dict[UUID, list[UUID]]:
    """The cases of some departures, their own and those they wait for, each with the departures that do."""
    found = {notice.id: [notice.id] for notice in notices}
    if not notices:
        return found
    rows = session.execute(
        sa.select(AuthorisationRequest)
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .where(sa.or_(*(ends_access_of(notice) for notice in notices)))
    ).scalars()
    leaves = [row for row in notices if row.kind != DepartureKind.MOVE and row.cancelled_at is None]
    of_employment = {row.employment_id: row.id for row in leaves}
    for row in rows:
        waits = [row.notice_id if row.notice_id in found else None, of_employment.get(row.employment_id)]
        found[row.id] = list(dict.fromkeys(notice for notice in waits if notice is not None))
    return found


def _left(session: Session, part_of: Mapping[UUID, Sequence[UUID]], now: datetime) -> dict[UUID, tuple[int, int]]:
    """For each notice how many tasks are left, its parts' and its own, and how many of them are late."""
    counted: dict[UUID, tuple[int, int]] = {}
    for task in session.exec(select(Task).where(col(Task.closed_at).is_(None), col(Task.case_id).in_(list(part_of)))):
        for notice in part_of[task.case_id]:
            parts, late = counted.get(notice, (0, 0))
            counted[notice] = (parts + 1, late + _overdue(task, now))
    return counted
