"""How a grant moves: begun, warned about, ended, removed. Only a case or the passing of a decided day moves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    AccessGrant,
    AuthorisationRequest,
    Decision,
    DecisionOutcome,
    DepartureNotice,
    GrantState,
    RequestKind,
    new_id,
)
from workflows.accounts import suspends
from workflows.deadlines import last_day, start_of_day

MOVES: Final[Mapping[str, frozenset[str]]] = {
    GrantState.SCHEDULED: frozenset({GrantState.ACTIVE, GrantState.SUSPENDED, GrantState.REVOCATION_PENDING}),
    GrantState.ACTIVE: frozenset({GrantState.SUSPENDED, GrantState.REVOCATION_PENDING, GrantState.REVOKED}),
    GrantState.SUSPENDED: frozenset({GrantState.ACTIVE, GrantState.REVOCATION_PENDING}),
    GrantState.REVOCATION_PENDING: frozenset(
        {GrantState.REVOKED, GrantState.EXPIRED, GrantState.SCHEDULED, GrantState.ACTIVE, GrantState.SUSPENDED}
    ),
}
"""From where a grant may go where. An active one goes straight to REVOKED only when another profile replaces it; one
whose removal has begun is in use again only when the departure that began it is cancelled."""

# How long a grant that has run out waits for a renewal that is decided and on its way.
LOOK_AGAIN: Final = timedelta(hours=1)


def next_action(
    *,
    state: str,
    starts_on: date,
    ends_at: datetime | None,
    warned_days: int | None,
    warn_before_days: Sequence[int],
) -> datetime | None:
    """When the sweep next has something to do with a grant: start it, warn of its end, or end it."""
    if state == GrantState.SCHEDULED:
        return start_of_day(starts_on)
    if state != GrantState.ACTIVE or ends_at is None:
        return None
    ahead = [days for days in warn_before_days if warned_days is None or days < warned_days]
    return min([ends_at - timedelta(days=days) for days in ahead] + [ends_at])


def move(session: Session, grant: AccessGrant, target: str, **values: Any) -> None:
    """Take a grant to another state and write what goes with it. The only place that does."""
    if target != grant.state and target not in MOVES.get(grant.state, frozenset()):
        raise ValueError(f"a grant does not go from {grant.state} to {target}")
    changed = {"state": target, **values}
    session.execute(sa.update(AccessGrant).where(col(AccessGrant.id) == grant.id).values(**changed))
    session.refresh(grant)


def begin(session: Session, grant: AccessGrant) -> None:
    """The first day has come."""
    move(session, grant, _in_use(session, grant.employment_id))


def suspend(session: Session, grant: AccessGrant) -> None:
    """The accounts are blocked: the access opens no door, and is neither warned of nor ended by its own end."""
    move(session, grant, GrantState.SUSPENDED, next_action_at=None)


def _in_use(session: Session, employment_id: UUID) -> GrantState:
    """How an access is whose time it is: suspended while somebody is blocked who leaves that employment at once."""
    blocked = session.exec(select(DepartureNotice.id).where(DepartureNotice.employment_id == employment_id, suspends()))
    return GrantState.ACTIVE if blocked.first() is None else GrantState.SUSPENDED


def begin_removal(session: Session, grant: AccessGrant) -> None:
    """The access is over and waits for somebody to remove it."""
    if grant.state != GrantState.REVOCATION_PENDING or grant.next_action_at is not None:
        move(session, grant, GrantState.REVOCATION_PENDING, next_action_at=None)


def end_at(session: Session, grant: AccessGrant, ends_at: datetime, now: datetime) -> None:
    """Let a grant last until a moment and no longer: its removal begins then, now if it is past."""
    if ends_at <= max(now, start_of_day(grant.starts_on)):
        begin_removal(session, grant)
    elif grant.state != GrantState.REVOCATION_PENDING and (grant.ends_at is None or grant.ends_at > ends_at):
        # Nobody is warned of this end: they were told when it was set.
        due = next_action(
            state=grant.state, starts_on=grant.starts_on, ends_at=ends_at, warned_days=0, warn_before_days=()
        )
        ends = {"ends_on": last_day(ends_at), "ends_at": ends_at, "warned_days": 0}
        move(session, grant, grant.state, next_action_at=due, **ends)


def restore(
    session: Session, grant: AccessGrant, ends_at: datetime | None, now: datetime, warnings: Sequence[int]
) -> None:
    """Let a grant last until its own end again. When that is past, the sweep has it removed as it does any other."""
    ends = {"ends_on": last_day(ends_at) if ends_at else None, "ends_at": ends_at, "warned_days": None}
    if ends_at is not None and ends_at <= now:
        move(session, grant, grant.state, next_action_at=now, **ends)
        return
    waits = grant.state == GrantState.SCHEDULED or start_of_day(grant.starts_on) > now
    state = GrantState.SCHEDULED if waits else _in_use(session, grant.employment_id)
    ahead = _still_ahead(ends_at, now, warnings)
    due = next_action(state=state, starts_on=grant.starts_on, ends_at=ends_at, warned_days=None, warn_before_days=ahead)
    move(session, grant, state, next_action_at=due, **ends)


def resume(session: Session, grant: AccessGrant, now: datetime, warnings: Sequence[int]) -> None:
    """Let a grant that was suspended open its door again, until its own end; when that is past, the sweep ends it."""
    if grant.ends_at is not None and grant.ends_at <= now:
        move(session, grant, grant.state, next_action_at=now)
        return
    due = next_action(
        state=GrantState.ACTIVE,
        starts_on=grant.starts_on,
        ends_at=grant.ends_at,
        warned_days=grant.warned_days,
        warn_before_days=warnings,
    )
    move(session, grant, GrantState.ACTIVE, next_action_at=due)


def carry_out(
    session: Session,
    request: AuthorisationRequest,
    decision: Decision,
    grant: AccessGrant | None,
    now: datetime,
    warn_before_days: Sequence[int],
) -> UUID:
    """Make the grants say what was decided, executed and registered. Returns the grant's id."""
    if request.kind == RequestKind.END and grant is not None:
        begin_removal(session, grant)
        target = GrantState.EXPIRED if decision.outcome == DecisionOutcome.TIME_OUT else GrantState.REVOKED
        move(session, grant, target, ended_at=now, ended_by_case_id=request.id, next_action_at=None)
        return grant.id
    if request.kind == RequestKind.RENEW and grant is not None:
        due = next_action(
            state=grant.state,
            starts_on=grant.starts_on,
            ends_at=decision.ends_at,
            warned_days=None,
            warn_before_days=_still_ahead(decision.ends_at, now, warn_before_days),
        )
        move(
            session,
            grant,
            grant.state,
            ends_on=decision.ends_on,
            ends_at=decision.ends_at,
            decision_id=decision.id,
            warned_days=None,
            next_action_at=due,
        )
        return grant.id
    if request.kind == RequestKind.CHANGE and grant is not None:
        _replace(session, request, decision, grant, now)
    return _open(session, request, decision, now, warn_before_days)


def _replace(
    session: Session, request: AuthorisationRequest, decision: Decision, grant: AccessGrant, now: datetime
) -> None:
    """End what a change replaces: at once, or on the day before the new access begins, so that there is no gap."""
    begins = start_of_day(decision.starts_on)
    if begins <= max(now, start_of_day(grant.starts_on)):
        if grant.state != GrantState.ACTIVE:
            begin_removal(session, grant)
        move(session, grant, GrantState.REVOKED, ended_at=now, ended_by_case_id=request.id, next_action_at=None)
    else:
        end_at(session, grant, begins, now)


def _open(
    session: Session,
    request: AuthorisationRequest,
    decision: Decision,
    now: datetime,
    warn_before_days: Sequence[int],
) -> UUID:
    started = start_of_day(decision.starts_on) <= now
    state = _in_use(session, request.employment_id) if started else GrantState.SCHEDULED
    row = {
        "id": new_id(),
        "organisation_id": request.organisation_id,
        "case_id": request.id,
        "decision_id": decision.id,
        "person_id": request.person_id,
        "employment_id": request.employment_id,
        "system_id": decision.system_id,
        "profile_id": decision.profile_id,
        "scope": decision.scope,
        "state": state,
        "starts_on": decision.starts_on,
        "ends_on": decision.ends_on,
        "ends_at": decision.ends_at,
        "account_name": request.account_name,
        "next_action_at": next_action(
            state=state,
            starts_on=decision.starts_on,
            ends_at=decision.ends_at,
            warned_days=None,
            warn_before_days=_still_ahead(decision.ends_at, now, warn_before_days),
        ),
    }
    session.execute(sa.insert(AccessGrant), [row])
    grant_id: UUID = row["id"]  # type: ignore[assignment]
    return grant_id


def _still_ahead(ends_at: datetime | None, now: datetime, warn_before_days: Sequence[int]) -> list[int]:
    """The warnings that still lie ahead: nobody is told 30 days before an end that is a week away."""
    if ends_at is None:
        return []
    return [days for days in warn_before_days if ends_at - timedelta(days=days) > now]
