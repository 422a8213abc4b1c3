"""What people may see: their inbox, a case as it stands, who holds what. Reads only, and says no by default."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import Text
from models import (
    AccessGrant,
    AccessProfile,
    AppointedRole,
    AuthorisationRequest,
    Decision,
    Employment,
    Event,
    GrantState,
    ItSystem,
    Part,
    Person,
    RequestKind,
    RequestState,
)
from models.database import values_of
from workflows.authority import Authority, in_force
from workflows.deadlines import end_of_day, start_of_day, today
from workflows.errors import NotFound
from workflows.evidence import Actor
from workflows.lookup import name_is_like, person_by_number, system_by_key
from workflows.mandate import told_when_nobody_can
from workflows.office import Office
from workflows.paging import Sheet, sheet
from workflows.people import shown_name
from workflows.sight import reads_everything, sight_of
from workflows.steps import Step, steps
from workflows.waiting import Waiting, waiting_for
from workflows.weighing import notable_rows, notables

if TYPE_CHECKING:
    from workflows.cases import Option


def inbox(session: Session, office: Office, actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """The open tasks this person may act on now, most urgent first; and, for those above, what nobody can."""
    authority = Authority.read(session)
    above = actor.person_id in told_when_nobody_can(authority, today(now))
    mine = waiting_for(session, authority, office.policy, now, actor.person_id, unattended=above)
    if not mine:
        return []
    named = names_of(session, [who for row in mine for who in people_in(row)], actor.language)
    profiles = rows_by_id(session, AccessProfile, [row.profile_id for row in mine if row.profile_id])
    decide = [row.request for row in mine if row.request is not None and row.task.part == Part.DECIDE]
    found = notables(session, decide, now)
    rows = []
    for row in mine:
        shown = task_row(row, authority, named, profiles, now)
        shown["yours"] = row.answer.of(actor.person_id) is not None
        shown["notables"] = notable_rows(found.get(row.case.id, ()))
        rows.append(shown)
    return rows


def people_in(row: Waiting) -> tuple[UUID | None, ...]:
    """Those whom a line about a task names."""
    return row.person_id, row.task.claimed_by_id, row.request.requester_id if row.request else None


def names_of(session: Session, ids: Iterable[UUID | None], language: str) -> dict[UUID | None, str]:
    """Some people's names, as others see them."""
    return {row.id: shown_name(row, language) for row in rows_by_id(session, Person, ids).values()}


def task_row(
    row: Waiting,
    authority: Authority,
    named: dict[UUID | None, str],
    profiles: dict[UUID, AccessProfile],
    now: datetime,
) -> dict[str, Any]:
    """A line about a task."""
    profile, request = profiles.get(row.profile_id) if row.profile_id else None, row.request
    return {
        "number": row.case.number,
        "workflow": row.case.workflow,
        "version": row.case.version,
        "part": row.task.part,
        "about": row.task.about,
        "due_at": row.task.due_at,
        "overdue": row.task.due_at is not None and row.task.due_at < now,
        "kind": row.kind,
        "person": named.get(row.person_id, ""),
        "system": authority.systems[row.system_id].name if row.system_id else "",
        "profile": profile.name if profile else "",
        "allows": profile.allows if profile else "",
        "starts_on": request.starts_on if request else None,
        "ends_on": request.ends_on if request else None,
        "purpose": request.purpose if request else "",
        "requester": named.get(request.requester_id, "") if request else "",
        "release": row.version,
        "step": row.task.step,
        "unattended": not row.answer.holders,
        "claimed_by": named.get(row.task.claimed_by_id, ""),
    }


def rows_by_id(session: Session, table: Any, ids: Iterable[UUID | None]) -> dict[UUID, Any]:
    """Some rows of a table as values, by their ids."""
    return {row.id: row for row in values_of(session, table, col(table.id).in_(set(ids)))}


def case_view(session: Session, office: Office, number: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """A case as it stands: asked, decided, whose turn it is, what happened, what this person may do.

    Raises NotFound also for a case that this person has nothing to do with.
    """
    # Here, and not above: the inbox, which is looked at most, needs nothing of what moves a case.
    from workflows import cases

    seen = sight_of(session, office, number, actor, now)
    authority, case, request, decision = seen.authority, seen.case, seen.request, seen.decision
    dossier = cases.dossier_of(session, office, authority, case, now, lock=False)
    events = session.exec(select(Event).where(Event.chain_id == case.id).order_by(col(Event.position))).all()
    mentioned = {row.actor_id for row in events} | {row.in_place_of_id for row in events} | seen.touched
    mentioned |= {task.claimed_by_id for task in seen.tasks}
    people = rows_by_id(session, Person, [person for person in mentioned if person is not None])
    grants = _live_grants(session, request, everywhere=seen.near)
    offered = session.exec(select(AccessProfile).where(AccessProfile.system_id == request.system_id)).all()
    profiles = {row.id: row for row in offered} | rows_by_id(
        session, AccessProfile, {grant.profile_id for grant in grants}
    )
    systems = rows_by_id(session, ItSystem, {grant.system_id for grant in grants})
    theirs = select(AccessGrant).where(
        AccessGrant.person_id == request.person_id,
        (AccessGrant.id == request.grant_id) | (AccessGrant.case_id == case.id),
    )
    # Of a change, what it made and not what it replaced.
    own = max(session.exec(theirs), key=lambda grant: grant.case_id == case.id, default=None)
    done = case.state == RequestState.COMPLETED and request.kind != RequestKind.END and own is not None

    def named(person_id: UUID | None) -> str | None:
        return shown_name(people[person_id], actor.language) if person_id in people else None

    return {
        "number": case.number,
        "state": case.state,
        "since": case.state_since,
        "version": case.version,
        "usable": done and own is not None and own.state == GrantState.ACTIVE,
        "usable_from": own.starts_on if done and own is not None and own.state == GrantState.SCHEDULED else None,
        "steps": step_rows(steps(cases.WORKFLOWS[case.workflow], case, events)),
        "kind": request.kind,
        "person": named(request.person_id),
        "employee_number": people[request.person_id].employee_number,
        "is_mine": actor.person_id == request.person_id,
        "sees_all": seen.near,
        "requester": named(request.requester_id),
        "system": authority.systems[request.system_id].name,
        "purpose": request.purpose,
        "retroactive_reason": request.retroactive_reason,
        "asked": _terms(profiles[request.profile_id], request),
        "decided": _decision(decision, profiles, named) if decision is not None else None,
        "lesser": _lesser(profiles[request.profile_id], offered, today(now)),
        "has": [_has_row(grant, systems, profiles) for grant in grants if own is None or grant.id != own.id],
        "instead_of": next((_has_row(row, systems, profiles) for row in grants if row.id == request.grant_id), None),
        "notables": notable_rows(notables(session, [request], now)[request.id]),
        "account_name": request.account_name,
        "known_account": own.account_name if own is not None else "",
        "ticket_number": request.ticket_number,
        "obstacle": request.obstacle,
        "separation_waived": request.separation_waived,
        "waits_for": [
            {
                "part": task.part,
                "due_at": task.due_at,
                "step": task.step,
                "people": [named(mandate.person_id) for mandate in seen.answers[task.part].holders],
                "yours": seen.answers[task.part].of(actor.person_id) is not None,
                "claimed_by": named(task.claimed_by_id),
            }
            for task in seen.tasks
        ],
        "events": event_rows(events, named),
        "options": option_rows(cases.options(session, office, case, actor, now, dossier=dossier), actor),
    }


def step_rows(line: Iterable[Step]) -> list[dict[str, Any]]:
    """A line of steps as it is shown."""
    return [
        {"state": step.state, "since": step.since, "current": step.current, "escalated": step.escalated}
        for step in line
    ]


def event_rows(events: Iterable[Event], named: Callable[[UUID | None], str | None]) -> list[dict[str, Any]]:
    """What happened, as it is shown."""
    return [
        {
            "position": row.position,
            "at": row.at,
            "kind": row.kind,
            "by": named(row.actor_id) or row.channel,
            "by_rule": row.actor_id is None,
            "in_place_of": named(row.in_place_of_id),
            "mandate": row.mandate,
            "from": row.from_state,
            "to": row.to_state,
            "comment": row.comment,
            "refused": _refused(row),
            "hash": row.hash,
        }
        for row in events
    ]


def _refused(row: Event) -> dict[str, Any] | None:
    """What a refusal was about: the action that was tried, and the codes of the reasons."""
    return {"event": row.data["event"], "reasons": row.data["reasons"]} if row.kind == "refusal" else None


def option_rows(options: Iterable[Option], actor: Actor) -> list[dict[str, Any]]:
    """What this person may do now, and why not the rest, as it is shown."""
    return [
        {
            "event": option.event,
            "needs": list(option.needs),
            "may_say": list(option.may_say),
            "allowed": not option.reasons,
            "why_not": [reason.text.say(actor.language) for reason in option.reasons],
        }
        for option in options
    ]


def _terms(profile: AccessProfile, row: AuthorisationRequest | Decision) -> dict[str, Any]:
    return {
        "profile": profile.name,
        "allows": profile.allows,
        "scope": row.scope,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
    }


def _decision(decision: Decision, profiles: dict[UUID, AccessProfile], named: Any) -> dict[str, Any]:
    return {
        **_terms(profiles[decision.profile_id], decision),
        "outcome": decision.outcome,
        "at": decision.at,
        "by": named(decision.decided_by_id),
        "in_place_of": named(decision.in_place_of_id),
        "mandate": f"{decision.mandate_basis} {decision.mandate_reference}",
        "basis": decision.mandate_basis,
        "reference": decision.mandate_reference,
        "comment": decision.comment,
    }


def _live_grants(session: Session, request: AuthorisationRequest, *, everywhere: bool) -> Sequence[AccessGrant]:
    """What the person has already: everywhere for those near, in the system itself for those who carry it out."""
    query = select(AccessGrant).where(AccessGrant.person_id == request.person_id, col(AccessGrant.ended_at).is_(None))
    if not everywhere:
        query = query.where(AccessGrant.system_id == request.system_id)
    return session.exec(query.order_by(col(AccessGrant.starts_on), col(AccessGrant.id))).all()


def _has_row(grant: AccessGrant, systems: dict[UUID, ItSystem], profiles: dict[UUID, AccessProfile]) -> dict[str, Any]:
    return {
        "system": systems[grant.system_id].name,
        "profile": profiles[grant.profile_id].name,
        "state": grant.state,
        "starts_on": grant.starts_on,
        "ends_on": grant.ends_on,
    }


def _lesser(asked: AccessProfile, offered: Iterable[AccessProfile], day: date) -> list[dict[str, Any]]:
    """The profiles that may be decided instead of what was asked, what was asked first."""
    fitting = [
        row
        for row in offered
        if row.id == asked.id
        or (row.level < asked.level and in_force(row.valid_from, row.withdrawn_on, day) and row.withdrawn_on != day)
    ]
    fitting.sort(key=lambda row: (row.id != asked.id, -row.level, row.name))
    return [{"key": row.key, "name": row.name, "allows": row.allows, "privileged": row.privileged} for row in fitting]


def person_view(session: Session, number: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """A person's employments and access, for themself, their manager, HR and those who read everything.

    Owners, administrators and technicians see the access in their own systems. Raises NotFound for everybody else,
    in the same words as for a number that nobody has.
    """
    person = person_by_number(session, number)
    employments = session.exec(
        select(Employment).where(Employment.person_id == person.id).order_by(col(Employment.number))
    ).all()
    authority = Authority.read(session)
    near = actor.person_id in {person.id, *(row.manager_id for row in employments)}
    whole = near or reads_everything(authority, actor, now) or is_hr(authority, actor, now)
    grants = held(session, actor, now, person=number)
    if not whole and not grants:
        raise NotFound(Text("There is nobody with employee number {number}.", number=number))
    return {
        "employee_number": person.employee_number,
        "name": shown_name(person, actor.language),
        "employments": [
            {"number": row.number, "kind": row.kind, "starts_on": row.starts_on, "ends_on": row.ends_on}
            for row in employments
            if whole
        ],
        "grants": grants,
    }


def is_hr(authority: Authority, actor: Actor, now: datetime) -> bool:
    """Whether a person is an HR officer today."""
    return authority.holds(AppointedRole.HR_OFFICER, actor.person_id, today(now))


def held(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    person: str | None = None,
    system: str | None = None,
    at: date | None = None,
    words: str = "",
) -> list[dict[str, Any]]:
    """Who holds what now, or held it on a day; a person sees their own and their staff's, owners their systems'."""
    query = _held(session, actor, now, person=person, system=system, at=at, words=words)
    return [_held_row(row, actor, now, at) for row in session.execute(query)]


def held_sheet(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    system: str | None = None,
    at: date | None = None,
    words: str = "",
    number: int = 1,
) -> Sheet[dict[str, Any]]:
    """One sheet of who holds what; `words` are of a person's name, or an employee number."""
    found = sheet(session, _held(session, actor, now, system=system, at=at, words=words), number)
    return found.showing([_held_row(row, actor, now, at) for row in found.rows])


def _held(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    person: str | None = None,
    system: str | None = None,
    at: date | None = None,
    words: str = "",
) -> sa.Select[*tuple[Any, ...]]:
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(AccessGrant, Person, ItSystem, AccessProfile, Employment)
        .join(Person, col(Person.id) == col(AccessGrant.person_id))
        .join(ItSystem, col(ItSystem.id) == col(AccessGrant.system_id))
        .join(AccessProfile, col(AccessProfile.id) == col(AccessGrant.profile_id))
        .join(Employment, col(Employment.id) == col(AccessGrant.employment_id))
        .order_by(col(Person.employee_number), col(ItSystem.key), col(AccessProfile.key))
    )
    if at is None:
        query = query.where(col(AccessGrant.ended_at).is_(None))
    else:
        gone = sa.or_(col(AccessGrant.ended_at).is_(None), col(AccessGrant.ended_at) > start_of_day(at))
        query = query.where(col(AccessGrant.starts_on) <= at, gone)
    if person is not None:
        query = query.where(col(AccessGrant.person_id) == person_by_number(session, person).id)
    if system is not None:
        query = query.where(col(AccessGrant.system_id) == system_by_key(session, system).id)
    if words.strip():
        query = query.where(sa.or_(col(Person.employee_number) == words.strip(), name_is_like(words)))
    authority = Authority.read(session)
    if not reads_everything(authority, actor, now) and not is_hr(authority, actor, now):
        managed = _systems_of(authority, actor, today(now))
        query = query.where(
            sa.or_(
                col(Person.id) == actor.person_id,
                col(Employment.manager_id) == actor.person_id,
                col(ItSystem.id).in_(managed),
            )
        )
    return query


def _held_row(row: Any, actor: Actor, now: datetime, at: date | None) -> dict[str, Any]:
    grant, holder, of, profile, employment = row
    return {
        "employee_number": holder.employee_number,
        "person": shown_name(holder, actor.language),
        "employment": employment.number,
        "system": of.key,
        "system_name": of.name,
        "profile": profile.key,
        "profile_name": profile.name,
        "scope": grant.scope,
        "state": grant.state if at is None or at >= today(now) else _state_on(grant, at),
        "starts_on": grant.starts_on,
        "ends_on": grant.ends_on,
        "ended_at": grant.ended_at,
        "account_name": grant.account_name,
    }


def _state_on(grant: AccessGrant, at: date) -> str:
    """What can be said of a day gone by: it was held, or held over its time."""
    over = grant.ends_at is not None and grant.ends_at < end_of_day(at)
    return "REVOCATION_PENDING" if over else "ACTIVE"


def _systems_of(authority: Authority, actor: Actor, day: date) -> frozenset[UUID]:
    """The systems that a person decides on, administers or registers in."""
    if authority.holds(AppointedRole.TECHNICIAN, actor.person_id, day):
        return frozenset(authority.systems)
    own = {
        row.system_id
        for row in authority.administrators
        if row.person_id == actor.person_id and in_force(row.valid_from, row.valid_to, day)
    }
    own |= {
        system.id
        for system in authority.systems.values()
        for row in authority.delegations.values()
        if actor.person_id in (row.delegate_id, row.deputy_id) and authority.delegation_is_valid(row, system.id, day)
    }
    return frozenset(own)
