"""What a guard of the authorisation request may look at: read once, under the lock, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    AccessGrant,
    AccessProfile,
    AuthorisationRequest,
    Case,
    ConfidentialityUndertaking,
    Decision,
    DepartureKind,
    DepartureNotice,
    Employment,
    ItSystem,
    Person,
    RequestKind,
    RequestState,
    SodRule,
    locked,
)
from workflows.authority import Authority, in_force

R = TypeVar("R", Decision, DepartureNotice)
OPEN_STATES = (
    RequestState.AWAITING_DECISION,
    RequestState.AWAITING_COMPLETION,
    RequestState.AWAITING_EXECUTION,
    RequestState.AWAITING_REGISTRATION,
    RequestState.OBSTRUCTED,
)


@dataclass(frozen=True, kw_only=True)
class Holding:
    """Access a person has, or has asked for: what a new request is weighed against."""

    profile_id: UUID
    employment_id: UUID
    scope: str
    number: str = ""
    """The case it is asked for in; empty for what is already held."""


@dataclass(frozen=True, kw_only=True)
class RequestFacts:
    """The circumstances of a request at one moment."""

    today: date
    authority: Authority
    person: Person
    employment: Employment
    system: ItSystem
    profile: AccessProfile
    profiles: Mapping[str, AccessProfile]
    """The profiles of the system, by key."""
    held: tuple[Holding, ...]
    pending: tuple[Holding, ...]
    forbidden: Mapping[UUID, Mapping[UUID, str]]
    """For a profile of this system: the profiles it must not meet, with why. The same both ways."""
    licences_taken: Mapping[UUID, int]
    undertaking_on: date | None
    other_users: int
    """How many others have live access to the system."""
    decision: Decision | None
    grant: AccessGrant | None
    notice: DepartureNotice | None
    """The departure notice that the request is part of."""
    leaving: DepartureNotice | None
    """The notice that the employment ends, if there is one."""

    @property
    def has_administrator(self) -> bool:
        """Whether somebody is appointed to administer the system today."""
        return any(True for _ in self.authority.administering(self.system.id, self.today))

    def profile_by_id(self, profile_id: UUID) -> AccessProfile:
        """A profile of the system."""
        return next(row for row in self.profiles.values() if row.id == profile_id)


def read(
    session: Session,
    request: AuthorisationRequest,
    today: date,
    authority: Authority,
    *,
    lock: bool = True,
    weighed: bool = True,
) -> RequestFacts:
    """Everything the guards of a request may look at. The person's row is locked, so that two requests for one
    person are weighed one after the other; so is the profile's when its licences are counted.

    What a request for access is weighed against is left out of an end, and of what is only told of (not `weighed`).
    """
    asks = weighed and request.kind != RequestKind.END
    who = select(Person).where(Person.id == request.person_id)
    person = session.exec(locked(who) if lock else who).one()
    query = select(AccessProfile).where(AccessProfile.system_id == request.system_id)
    profiles = {row.key: row for row in session.exec(query.order_by(col(AccessProfile.id)))}
    profile = next(row for row in profiles.values() if row.id == request.profile_id)
    if lock and asks and any(row.licences is not None for row in profiles.values()):
        session.exec(locked(query.order_by(col(AccessProfile.id)))).all()
    grants = session.exec(
        select(AccessGrant).where(AccessGrant.person_id == person.id, col(AccessGrant.ended_at).is_(None))
    ).all()
    licensed = {row.id for row in profiles.values() if row.licences}
    return RequestFacts(
        today=today,
        authority=authority,
        person=person,
        employment=session.exec(select(Employment).where(Employment.id == request.employment_id)).one(),
        system=authority.systems[request.system_id],
        profile=profile,
        profiles=profiles,
        held=tuple(
            Holding(profile_id=row.profile_id, employment_id=row.employment_id, scope=row.scope)
            for row in grants
            if row.id != request.grant_id
        ),
        pending=_pending(session, request) if asks else (),
        forbidden=_forbidden(session, {row.id for row in profiles.values()}) if asks else {},
        licences_taken=_licences_taken(session, request, licensed) if asks else {},
        undertaking_on=_undertaking_on(session, person.id) if asks else None,
        other_users=_other_users(session, request) if weighed else 0,
        decision=_row(session, Decision, request.decision_id),
        grant=next((row for row in grants if row.id == request.grant_id), None),
        notice=_row(session, DepartureNotice, request.notice_id),
        leaving=leaving(session, request.employment_id),
    )


def leaving(session: Session, employment_id: UUID) -> DepartureNotice | None:
    """The notice in force that an employment ends."""
    return session.exec(
        select(DepartureNotice).where(
            DepartureNotice.employment_id == employment_id,
            DepartureNotice.kind != DepartureKind.MOVE,
            col(DepartureNotice.cancelled_at).is_(None),
        )
    ).first()


def _row(session: Session, table: type[R], row_id: UUID | None) -> R | None:
    """A row that there may be none of."""
    if row_id is None:
        return None
    return session.exec(select(table).where(table.id == row_id)).one()


def _other_users(session: Session, request: AuthorisationRequest) -> int:
    return session.exec(
        select(sa.func.count(sa.distinct(AccessGrant.person_id))).where(  # type: ignore[arg-type]
            AccessGrant.system_id == request.system_id,
            AccessGrant.person_id != request.person_id,
            col(AccessGrant.ended_at).is_(None),
        )
    ).one()


def _undertaking_on(session: Session, person_id: UUID) -> date | None:
    return session.exec(
        select(sa.func.max(ConfidentialityUndertaking.acknowledged_on)).where(
            ConfidentialityUndertaking.person_id == person_id
        )
    ).one()


def _pending(session: Session, request: AuthorisationRequest) -> tuple[Holding, ...]:
    """What the person has asked for elsewhere and not been refused; the decided profile once there is one."""
    rows = session.execute(
        sa.select(
            sa.func.coalesce(col(Decision.profile_id), col(AuthorisationRequest.profile_id)),
            col(AuthorisationRequest.employment_id),
            col(AuthorisationRequest.scope),
            col(Case.number),
        )
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .outerjoin(Decision, col(Decision.id) == col(AuthorisationRequest.decision_id))
        .where(
            col(AuthorisationRequest.person_id) == request.person_id,
            col(AuthorisationRequest.id) != request.id,
            col(AuthorisationRequest.kind).in_(("NEW", "CHANGE")),
            col(Case.state).in_(OPEN_STATES),
        )
    )
    return tuple(Holding(profile_id=row[0], employment_id=row[1], scope=row[2], number=row[3]) for row in rows)


def _forbidden(session: Session, profile_ids: set[UUID]) -> dict[UUID, dict[UUID, str]]:
    pairs: dict[UUID, dict[UUID, str]] = {}
    for rule in session.exec(
        select(SodRule).where(
            col(SodRule.first_profile_id).in_(profile_ids) | col(SodRule.second_profile_id).in_(profile_ids)
        )
    ):
        pairs.setdefault(rule.first_profile_id, {})[rule.second_profile_id] = rule.reason
        pairs.setdefault(rule.second_profile_id, {})[rule.first_profile_id] = rule.reason
    return pairs


def _licences_taken(session: Session, request: AuthorisationRequest, profile_ids: set[UUID]) -> dict[UUID, int]:
    """Live grants, and requests decided and on their way, for each licensed profile, this request left out."""
    if not profile_ids:
        return {}
    live = session.execute(
        sa.select(col(AccessGrant.profile_id), sa.func.count())
        .where(
            col(AccessGrant.profile_id).in_(profile_ids),
            col(AccessGrant.ended_at).is_(None),
            col(AccessGrant.id) != request.grant_id if request.grant_id else sa.true(),
        )
        .group_by(col(AccessGrant.profile_id))
    )
    coming = session.execute(
        sa.select(col(Decision.profile_id), sa.func.count())
        .join(AuthorisationRequest, col(AuthorisationRequest.decision_id) == col(Decision.id))
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .where(
            col(Decision.profile_id).in_(profile_ids),
            col(AuthorisationRequest.id) != request.id,
            col(AuthorisationRequest.kind).in_(("NEW", "CHANGE")),
            col(Case.state).in_(OPEN_STATES),
        )
        .group_by(col(Decision.profile_id))
    )
    taken: dict[UUID, int] = {}
    for profile_id, count in (*live, *coming):
        taken[profile_id] = taken.get(profile_id, 0) + count
    return taken


def is_employed_throughout(employment: Employment, starts_on: date, ends_on: date | None) -> bool:
    """Whether an employment covers a whole period."""
    if not in_force(employment.starts_on, employment.ends_on, starts_on):
        return False
    return employment.ends_on is None or (ends_on is not None and ends_on <= employment.ends_on)
