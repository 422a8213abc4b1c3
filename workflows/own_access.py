"""What somebody has, until when, and what they have asked for: for themself and for their manager."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import Text
from models import (
    AccessGrant,
    AccessProfile,
    AuthorisationRequest,
    Case,
    ConfidentialityUndertaking,
    Decision,
    Employment,
    GrantState,
    ItSystem,
    Person,
    RequestKind,
    RequestState,
)
from workflows.beneficiaries import person_for
from workflows.deadlines import today
from workflows.engine import Outcome
from workflows.errors import NotFound
from workflows.evidence import Actor
from workflows.facts import OPEN_STATES
from workflows.office import Office
from workflows.orders import Line, open_order
from workflows.paging import Sheet, sheet
from workflows.people import shown_name
from workflows.views import names_of

SOON_DAYS: Final = 30


def access_of(session: Session, number: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """Somebody's live access, and what of it is on its way to be changed; NotFound for anybody but those near."""
    person = person_for(session, number, actor, now)
    rows = session.execute(
        sa.select(AccessGrant, AccessProfile, ItSystem, Employment)
        .join(AccessProfile, col(AccessProfile.id) == col(AccessGrant.profile_id))
        .join(ItSystem, col(ItSystem.id) == col(AccessGrant.system_id))
        .join(Employment, col(Employment.id) == col(AccessGrant.employment_id))
        .where(col(AccessGrant.person_id) == person.id, col(AccessGrant.ended_at).is_(None))
        .order_by(col(ItSystem.name), col(AccessProfile.level))
    ).all()
    asked = session.execute(
        sa.select(col(AuthorisationRequest.grant_id), col(Case.number), col(AuthorisationRequest.kind), col(Case.state))
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .where(
            col(AuthorisationRequest.person_id) == person.id,
            col(AuthorisationRequest.grant_id).is_not(None),
            col(Case.state).in_(OPEN_STATES),
        )
    )
    pending = {grant_id: {"number": number, "kind": kind, "state": state} for grant_id, number, kind, state in asked}
    acknowledged = session.exec(
        select(sa.func.max(ConfidentialityUndertaking.acknowledged_on)).where(
            ConfidentialityUndertaking.person_id == person.id
        )
    ).one()
    return {
        "employee_number": person.employee_number,
        "name": shown_name(person, actor.language),
        "own": person.id == actor.person_id,
        "acknowledged_on": acknowledged,
        "grants": [
            _grant_row(grant, profile, system, employment, pending.get(grant.id), today(now))
            for grant, profile, system, employment in rows
        ],
    }


def _grant_row(
    grant: AccessGrant,
    profile: AccessProfile,
    system: ItSystem,
    employment: Employment,
    pending: dict[str, Any] | None,
    day: date,
) -> dict[str, Any]:
    lives = grant.state in (GrantState.ACTIVE, GrantState.SCHEDULED)
    return {
        "id": grant.id,
        "system": system.name,
        "profile": profile.name,
        "allows": profile.allows,
        "max_days": profile.max_days,
        "scope": grant.scope,
        "state": grant.state,
        "employment": employment.title,
        "starts_on": grant.starts_on,
        "ends_on": grant.ends_on,
        "ends_soon": grant.ends_on is not None and (grant.ends_on - day).days <= SOON_DAYS,
        "account_name": grant.account_name,
        "pending": pending,
        "may_renew": lives and grant.ends_on is not None and pending is None,
        "may_end": lives and pending is None,
    }


@dataclass(frozen=True, kw_only=True)
class Held:
    """Access that somebody asks to renew or end."""

    line: Line
    row: dict[str, Any]
    person: str


def held_by(session: Session, grant_id: UUID, actor: Actor, now: datetime) -> Held:
    """One live access of somebody one may order for; NotFound for any other."""
    gone = NotFound(Text("There is no such access."))
    found = session.execute(
        sa.select(AccessGrant, AccessProfile, ItSystem, Employment, Person)
        .join(AccessProfile, col(AccessProfile.id) == col(AccessGrant.profile_id))
        .join(ItSystem, col(ItSystem.id) == col(AccessGrant.system_id))
        .join(Employment, col(Employment.id) == col(AccessGrant.employment_id))
        .join(Person, col(Person.id) == col(AccessGrant.person_id))
        .where(col(AccessGrant.id) == grant_id, col(AccessGrant.ended_at).is_(None))
    ).first()
    if found is None:
        raise gone
    grant, profile, system, employment, person = found
    try:
        person_for(session, person.employee_number, actor, now)
    except NotFound:
        raise gone from None
    line = Line(
        employee_number=person.employee_number,
        system=system.key,
        profile=profile.key,
        purpose="",
        employment_number=employment.number,
        scope=grant.scope,
    )
    row = _grant_row(grant, profile, system, employment, None, today(now))
    return Held(line=line, row=row, person=shown_name(person, actor.language))


def ask(
    office: Office,
    grant_id: UUID,
    kind: RequestKind,
    purpose: str,
    ends_on: date | None,
    actor: Actor,
    now: datetime,
    *,
    idempotency_key: str | None = None,
) -> Outcome:
    """Ask to renew or end an access; raises what :func:`workflows.orders.open_order` raises, and NotFound."""
    with office.database.reading(office.organisation_id) as session:
        held = held_by(session, grant_id, actor, now)
    line = Line(
        employee_number=held.line.employee_number,
        system=held.line.system,
        profile=held.line.profile,
        employment_number=held.line.employment_number,
        scope=held.line.scope,
        purpose=purpose,
        kind=kind,
        ends_on=ends_on,
    )
    return open_order(office, [line], actor, now, idempotency_key=idempotency_key)[0]


def own_cases(session: Session, actor: Actor, *, number: int = 1) -> Sheet[dict[str, Any]]:
    """One sheet of what somebody has asked for, or what was asked for them, the latest first."""
    mine = (col(AuthorisationRequest.requester_id) == actor.person_id) | (
        col(AuthorisationRequest.person_id) == actor.person_id
    )
    query = (
        sa.select(AuthorisationRequest, Case, AccessProfile, ItSystem, Decision)
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .join(AccessProfile, col(AccessProfile.id) == col(AuthorisationRequest.profile_id))
        .join(ItSystem, col(ItSystem.id) == col(AuthorisationRequest.system_id))
        .outerjoin(Decision, col(Decision.id) == col(AuthorisationRequest.decision_id))
        .where(mine)
    )
    there = sheet(session, query.order_by(col(Case.closed_at).is_not(None), col(Case.number).desc()), number)
    rows = there.rows
    cases, given = [case.id for _, case, *_ in rows], [request.grant_id for request, *_ in rows if request.grant_id]
    grants: dict[UUID, AccessGrant] = {}
    theirs = col(AccessGrant.person_id).in_({request.person_id for request, *_ in rows})
    for grant in session.exec(
        select(AccessGrant).where(theirs, col(AccessGrant.case_id).in_(cases) | col(AccessGrant.id).in_(given))
    ):
        grants[grant.id] = grant
        if grant.case_id is not None:
            grants[grant.case_id] = grant
    named = names_of(session, [request.person_id for request, *_ in rows], actor.language)
    found = []
    for request, case, profile, system, decision in rows:
        # Of a change, what it made and not what it replaced.
        own = grants.get(case.id) or grants.get(request.grant_id)
        done = case.state == RequestState.COMPLETED and request.kind != RequestKind.END and own is not None
        found.append(
            {
                "number": case.number,
                "kind": request.kind,
                "state": case.state,
                "since": case.state_since,
                "open": case.closed_at is None,
                "person": named[request.person_id],
                "for_me": request.person_id == actor.person_id,
                "system": system.name,
                "profile": profile.name,
                "decided": decision is not None and decision.outcome in ("APPROVED", "APPROVED_WITH_CHANGES"),
                "usable": done and own is not None and own.state == GrantState.ACTIVE,
                "usable_from": own.starts_on if done and own and own.state == GrantState.SCHEDULED else None,
            }
        )
    return there.showing(found)
