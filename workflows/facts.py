"""What a guard of the authorisation request may look at: read once, under the lock, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

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

R = TypeVar("R", Decision, DepartureNotice, Employment)
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
    other_users: int
    """How many others have live access to the system."""
    decision: Decision | None
    grant: AccessGrant | None
    notice: DepartureNotice | None
    """The departure notice that the request is part of."""
    leaving: DepartureNotice | None
    """The notice that the employment ends, if there is one."""

    ended_by: str = ""
    """The number of another open request that ends the access that this one is to end."""

    # What access that is asked for is weighed against:
    pending: tuple[Holding, ...] = ()
    forbidden: Mapping[UUID, Mapping[UUID, str]] = field(default_factory=dict)
    """For a profile of this system: the profiles it must not meet, with why. The same both ways."""
    licences_taken: Mapping[UUID, int] = field(default_factory=dict)
    undertaking_on: date | None = None

    @property
    def has_administrator(self) -> bool:
        """Whether somebody who works here is appointed to administer the system today."""
        rows = self.authority.administering(self.system.id, self.today)
        return any(self.authority.is_employed(row.person_id, self.today) for row in rows)

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
) -> RequestFacts:
    """Everything the guards of a request may look at. The person's row is locked, so that two requests for one
    person are weighed one after the other; so is the profile's when its licences are counted."""
    facts = read_all(session, [request], today, authority, lock=lock)[request.id]
    if request.kind == RequestKind.END:
        # An end is weighed against another one and nothing else.
        return replace(facts, ended_by=_other_end(session, request))
    profiles = {row.id: row for row in facts.profiles.values()}
    if lock and any(row.licences is not None for row in profiles.values()):
        query = select(AccessProfile).where(AccessProfile.system_id == request.system_id)
        session.exec(locked(query.order_by(col(AccessProfile.id)))).all()
    return replace(
        facts,
        pending=_pending(session, request),
        forbidden=_forbidden(session, set(profiles)),
        licences_taken=_licences_taken(session, request, {row.id for row in profiles.values() if row.licences}),
        undertaking_on=_undertaking_on(session, request.person_id),
    )


def read_all(
    session: Session,
    requests: Sequence[AuthorisationRequest],
    today: date,
    authority: Authority,
    *,
    lock: bool = False,
    counted: bool = True,
) -> dict[UUID, RequestFacts]:
    """The circumstances of requests that are not weighed against others, in as many queries as of one.

    The other users of the systems are left out unless they are `counted`.
    """
    if not requests:
        return {}
    who = select(Person).where(col(Person.id).in_({row.person_id for row in requests})).order_by(col(Person.id))
    people = {row.id: row for row in session.exec(locked(who) if lock else who)}
    of_systems = col(AccessProfile.system_id).in_({row.system_id for row in requests})
    profiles: dict[UUID, dict[str, AccessProfile]] = {}
    for profile in session.exec(select(AccessProfile).where(of_systems).order_by(col(AccessProfile.id))):
        profiles.setdefault(profile.system_id, {})[profile.key] = profile
    theirs = select(AccessGrant).where(col(AccessGrant.person_id).in_(people), col(AccessGrant.ended_at).is_(None))
    live: dict[UUID, list[AccessGrant]] = {}
    for grant in session.exec(theirs):
        live.setdefault(grant.person_id, []).append(grant)
    employments = _rows(session, Employment, (row.employment_id for row in requests))
    decisions = _rows(session, Decision, (row.decision_id for row in requests))
    notices = _rows(session, DepartureNotice, (row.notice_id for row in requests))
    leaving = {row.employment_id: row for row in session.exec(_in_force(employments))}
    answering = (*(row.requester_id for row in requests), *(row.manager_id for row in employments.values()))
    authority = authority.knowing(session, answering)
    users = _users(session, {row.system_id for row in requests}) if counted else {}
    found = {}
    for request in requests:
        held = live.get(request.person_id, [])
        uses = any(row.system_id == request.system_id for row in held)
        found[request.id] = RequestFacts(
            today=today,
            authority=authority,
            person=people[request.person_id],
            employment=employments[request.employment_id],
            system=authority.systems[request.system_id],
            profile=next(row for row in profiles[request.system_id].values() if row.id == request.profile_id),
            profiles=profiles[request.system_id],
            held=tuple(
                Holding(profile_id=row.profile_id, employment_id=row.employment_id, scope=row.scope)
                for row in held
                if row.id != request.grant_id
            ),
            other_users=max(users.get(request.system_id, 0) - uses, 0),
            decision=decisions.get(request.decision_id),
            grant=next((row for row in held if row.id == request.grant_id), None),
            notice=notices.get(request.notice_id),
            leaving=leaving.get(request.employment_id),
        )
    return found


def leaving(session: Session, employment_id: UUID) -> DepartureNotice | None:
    """The notice in force that an employment ends."""
    return session.exec(_in_force([employment_id])).first()


def _in_force(employments: Iterable[UUID | None]) -> SelectOfScalar[DepartureNotice]:
    return select(DepartureNotice).where(
        col(DepartureNotice.employment_id).in_(list(employments)),
        DepartureNotice.kind != DepartureKind.MOVE,
        col(DepartureNotice.cancelled_at).is_(None),
    )


def _rows(session: Session, table: type[R], ids: Iterable[UUID | None]) -> dict[UUID | None, R]:
    """Some rows by their ids; of what there is none of, nothing is asked."""
    wanted = {row_id for row_id in ids if row_id is not None}
    if not wanted:
        return {}
    return {row.id: row for row in session.exec(select(table).where(col(table.id).in_(wanted)))}


def _users(session: Session, systems: set[UUID]) -> dict[UUID, int]:
    """How many have live access to some systems."""
    rows = session.execute(
        sa.select(col(AccessGrant.system_id), sa.func.count(sa.distinct(col(AccessGrant.person_id))))
        .where(col(AccessGrant.system_id).in_(systems), col(AccessGrant.ended_at).is_(None))
        .group_by(col(AccessGrant.system_id))
    )
    return {row[0]: row[1] for row in rows}


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


def about(grant: AccessGrant) -> tuple[Any, ...]:
    """That a request is about a grant; found by the employment, which has an index."""
    return AuthorisationRequest.employment_id == grant.employment_id, AuthorisationRequest.grant_id == grant.id


def _other_end(session: Session, request: AuthorisationRequest) -> str:
    query = (
        select(Case.number)
        .join(AuthorisationRequest, col(AuthorisationRequest.id) == col(Case.id))
        .where(
            AuthorisationRequest.employment_id == request.employment_id,
            AuthorisationRequest.grant_id == request.grant_id,
            AuthorisationRequest.kind == RequestKind.END,
            AuthorisationRequest.id != request.id,
            col(Case.state).in_(OPEN_STATES),
        )
    )
    return session.exec(query).first() or ""


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
