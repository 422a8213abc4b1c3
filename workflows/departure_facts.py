"""What a guard of a departure may look at: its parts, its duties, and what else is known about the one who leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    AccessGrant,
    AuthorisationRequest,
    Case,
    DepartureKind,
    DepartureNotice,
    Duty,
    Employment,
    Hold,
    Person,
    RequestKind,
    RequestState,
)
from workflows.deadlines import STOCKHOLM, today
from workflows.facts import OPEN_STATES
from workflows.policy import Policy
from workflows.workflow import Field

UNDECIDED = (RequestState.DRAFT, RequestState.AWAITING_DECISION, RequestState.AWAITING_COMPLETION)
UNEXECUTED = (RequestState.AWAITING_EXECUTION, RequestState.OBSTRUCTED)
AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A request that has to come to its end before the departure does."""

    request: AuthorisationRequest
    case: Case


@dataclass(frozen=True, kw_only=True)
class DepartureFacts:
    """The circumstances of a departure at one moment."""

    today: date
    person: Person
    employment: Employment
    parts: tuple[Part, ...]
    """The open requests on the employment; of a change of duties, those that it brought."""
    live: tuple[AccessGrant, ...]
    """What still opens a door by that employment."""
    duties: tuple[Duty, ...]
    other: str
    """The number of another notice in force for the same employment."""
    hold: str
    due_hour: Any
    """The hour of the last day by which everything ends, by the policy."""

    def waits_in(self, states: tuple[RequestState, ...]) -> bool:
        """Whether a part stands in one of some states."""
        return any(part.case.state in states for part in self.parts)

    def moment_of(self, data: Mapping[str, Any]) -> datetime:
        """When a last day ends: the hour given, else that of the policy."""
        given: datetime | None = data.get(Field.ENDS_AT)
        return given or end_of_last_day(data[Field.LAST_DAY], self.due_hour)


def end_of_last_day(day: date, hour: Any) -> datetime:
    """The hour of a last day, in Sweden, as a moment."""
    return datetime.combine(day, hour, tzinfo=STOCKHOLM)


def read(
    session: Session,
    notice: DepartureNotice,
    policy: Policy,
    now: datetime,
    *,
    lock: bool = True,
    automatic: bool = False,
) -> DepartureFacts:
    """Everything the guards of a departure may look at; the person's row is locked, as for a request."""
    who = select(Person).where(Person.id == notice.person_id)
    return DepartureFacts(
        today=today(now),
        person=session.exec(who.with_for_update() if lock else who).one(),
        employment=session.exec(select(Employment).where(Employment.id == notice.employment_id)).one(),
        parts=parts_of(session, notice),
        live=live_grants(session, notice),
        duties=tuple(session.exec(select(Duty).where(Duty.notice_id == notice.id).order_by(col(Duty.name)))),
        other=_other_notice(session, notice),
        hold=_hold(session, notice, policy, now, automatic=automatic),
        due_hour=policy.departure.normal.due_time,
    )


def parts_of(session: Session, notice: DepartureNotice) -> tuple[Part, ...]:
    """The requests that have to be over before the notice is, oldest first."""
    mine = col(AuthorisationRequest.notice_id) == notice.id
    if notice.kind != DepartureKind.MOVE:
        mine = sa.or_(mine, col(AuthorisationRequest.employment_id) == notice.employment_id)
    rows = session.execute(
        sa.select(AuthorisationRequest, Case)
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .where(mine, col(Case.state).in_((RequestState.DRAFT, *OPEN_STATES)))
        .order_by(col(Case.id))
    )
    return tuple(Part(request=request, case=case) for request, case in rows)


def live_grants(session: Session, notice: DepartureNotice) -> tuple[AccessGrant, ...]:
    """What hangs on the employment and is not removed yet."""
    return tuple(
        session.exec(
            select(AccessGrant)
            .where(AccessGrant.employment_id == notice.employment_id, col(AccessGrant.ended_at).is_(None))
            .order_by(col(AccessGrant.id))
        )
    )


def grants_without_an_end(facts: DepartureFacts) -> list[AccessGrant]:
    """The live grants that nobody has asked to end yet."""
    ending: set[UUID | None] = {part.request.grant_id for part in facts.parts if part.request.kind == RequestKind.END}
    return [grant for grant in facts.live if grant.id not in ending]


def _other_notice(session: Session, notice: DepartureNotice) -> str:
    """Another notice for the same employment: of the same sort, or that it ends altogether."""
    query = (
        select(Case.number)
        .join(DepartureNotice, col(DepartureNotice.id) == col(Case.id))
        .where(
            DepartureNotice.employment_id == notice.employment_id,
            DepartureNotice.id != notice.id,
            col(DepartureNotice.cancelled_at).is_(None),
        )
    )
    if notice.kind == DepartureKind.MOVE:
        query = query.where(sa.or_(col(DepartureNotice.kind) != DepartureKind.MOVE, col(Case.closed_at).is_(None)))
    else:
        query = query.where(DepartureNotice.kind != DepartureKind.MOVE)
    return session.exec(query).first() or ""


def _hold(session: Session, notice: DepartureNotice, policy: Policy, now: datetime, *, automatic: bool) -> str:
    """Why a notice is to wait for a human, if it is."""
    if automatic and policy.departure.automatic.confirm:
        return Hold.CONFIRMATION
    day = today(now)
    employed = session.exec(
        select(sa.func.count(sa.distinct(Employment.person_id))).where(  # type: ignore[arg-type]
            Employment.starts_on <= day, sa.or_(col(Employment.ends_on).is_(None), col(Employment.ends_on) >= day)
        )
    ).one()
    noticed = session.exec(
        select(sa.func.count(sa.distinct(DepartureNotice.person_id))).where(  # type: ignore[arg-type]
            DepartureNotice.noticed_at > now - AN_HOUR,
            DepartureNotice.noticed_at <= now,
            DepartureNotice.hold == "",
            DepartureNotice.id != notice.id,
        )
    ).one()
    return Hold.BRAKE if noticed >= policy.departure.brake.most(employed) else ""
