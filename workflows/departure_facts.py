"""What a guard of a departure may look at: its parts, its duties, and what else is known about the one who leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    AccessGrant,
    AuthorisationRequest,
    Case,
    DepartureKind,
    DepartureNotice,
    DepartureState,
    Duty,
    Employment,
    Hold,
    Part,
    Person,
    RequestKind,
    RequestState,
    Task,
)
from workflows.authority import employments_of, in_force
from workflows.deadlines import STOCKHOLM, today
from workflows.facts import OPEN_STATES
from workflows.policy import Policy
from workflows.workflow import Field

UNDECIDED = (RequestState.DRAFT, RequestState.AWAITING_DECISION, RequestState.AWAITING_COMPLETION)
AN_HOUR = timedelta(hours=1)
# What was read before it was held is read again.
AGAIN = {"populate_existing": True}
NOTICES: Final = DepartureNotice.metadata.tables["departure_notice"]
R = TypeVar("R", Person, Employment)


@dataclass(frozen=True, kw_only=True)
class OpenRequest:
    """A request that has to come to its end before the departure does."""

    request: AuthorisationRequest
    case: Case

    @property
    def is_undecided(self) -> bool:
        """Whether its owner has something left to say."""
        return self.case.state in UNDECIDED

    @property
    def is_unexecuted(self) -> bool:
        """Whether its administrator has something left to do; an obstacle may be met before that or after."""
        return not self.is_undecided and self.request.executed_at is None

    def belongs_to(self, notice: DepartureNotice) -> bool:
        """Whether a notice waits for it: one it brought, or when somebody leaves any on the employment."""
        hangs_on = notice.kind != DepartureKind.MOVE and self.request.employment_id == notice.employment_id
        return hangs_on or self.request.notice_id == notice.id


@dataclass(frozen=True, kw_only=True)
class Other:
    """Another notice in force by which the same person leaves, this employment or another."""

    id: UUID
    number: str
    employment_id: UUID
    last_day: date
    ends_at: datetime
    has_begun: bool
    """Whether it ends its employment. One that is held, by the brake or for HR to confirm, ends nothing yet."""
    is_open: bool
    is_shut: bool
    """Whether their accounts are blocked or closed by it, and not opened again since."""
    awaits_its_block: bool
    """Whether a technician is asked to block their accounts, and has not yet."""
    accounts_closed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DepartureFacts:
    """The circumstances of a departure at one moment."""

    today: date
    person: Person
    employment: Employment
    parts: tuple[OpenRequest, ...]
    """The open requests on the employment; of a change of duties, those that it brought."""
    live: tuple[AccessGrant, ...]
    """What still opens a door by that employment."""
    ending: frozenset[UUID | None]
    """The grants that somebody has asked to end, in this case or another."""
    duties: tuple[Duty, ...]
    asked: frozenset[tuple[str, str]]
    """The open tasks of the notice itself, each with what it is about."""
    goes_on: tuple[Employment, ...]
    """The person's employments that go on when this one is over, and that no notice that has begun ends."""
    others: tuple[Other, ...]
    """The other notices in force by which the person leaves; oldest first."""
    now: datetime
    policy: Policy
    other: str = ""
    """When it is noticed: the number of another notice in force for the same employment."""
    hold: str = ""
    """When it is noticed: why it is to wait for a human, if it is."""

    def moment_of(self, kind: str, data: Mapping[str, Any], now: datetime) -> datetime:
        """When everything is over by a notice of a kind, with the last day and perhaps the hour that HR gives."""
        return end_of_notice(self.policy, kind, data[Field.LAST_DAY], data.get(Field.ENDS_AT), now)

    @property
    def works_on(self) -> bool:
        """Whether they have another employment that goes on: accounts, equipment and duties are theirs there too."""
        return bool(self.goes_on)

    def works_until(self, notice: DepartureNotice) -> datetime:
        """The last moment of all employments that notices end."""
        return max([notice.ends_at, *(other.ends_at for other in self.others if other.has_begun)])

    def takes_leave(self, notice: DepartureNotice) -> bool:
        """Whether accounts are closed and equipment is taken back in this notice: once, when nothing goes on.

        Of several notices under way it is the one that came last.
        """
        if notice.kind == DepartureKind.MOVE or self.works_on or self._were_closed_elsewhere(notice):
            return False
        return not any(other.is_open and other.has_begun and other.id > notice.id for other in self.others)

    def are_shut(self, notice: DepartureNotice) -> bool:
        """Whether this notice has shut their accounts, or another one for both."""
        return notice.kind != DepartureKind.MOVE and (notice.is_shut or self._were_closed_elsewhere(notice))

    def are_to_be_opened(self, notice: DepartureNotice) -> bool:
        """Whether accounts are shut of somebody who works on after all, and are this notice's to open again.

        A block is lifted when what hung on the employment is removed; at once when they do not leave at once any more.
        """
        works = self.works_on or self.works_until(notice) > self.now
        removed = not notice.hold and not any(part.is_undecided or part.is_unexecuted for part in self.parts)
        over = notice.kind != DepartureKind.IMMEDIATE or (removed and not grants_without_an_end(self))
        return works and over and self.are_shut(notice) and not self.kept_shut_by(notice)

    def kept_shut_by(self, notice: DepartureNotice) -> str:
        """The number of another notice that keeps their accounts shut: the last one that did opens them again.

        How somebody once left who was employed anew since shuts nothing.
        """
        gone = notice.cancelled_at is not None and not self.works_on
        return next((other.number for other in self._beside() if other.is_shut and (other.is_open or gone)), "")

    def to_be_shut_by(self, notice: DepartureNotice) -> str:
        """The number of another notice by which their accounts are to be blocked."""
        return next((other.number for other in self._beside() if other.awaits_its_block), "")

    def _beside(self) -> Iterator[Other]:
        return (other for other in self.others if other.last_day >= self.employment.starts_on)

    def waits_at(self, state: str, notice: DepartureNotice) -> Iterator[tuple[str, str]]:
        """What the notice itself waits for where it stands, each with what it is about."""
        match state:
            case DepartureState.CLOSED | DepartureState.CANCELLED:
                return
            case DepartureState.REOPENING:
                yield Part.REOPEN_ACCOUNTS, ""
            case DepartureState.QUEUED:
                yield Part.RELEASE, ""
                yield from self._about_a_block(notice)
            case _:
                yield from self.left(notice)

    def left(self, notice: DepartureNotice) -> Iterator[tuple[str, str]]:
        """What is left of it besides its parts: with the technician, and with those who appoint."""
        yield from self._about_a_block(notice)
        if self.takes_leave(notice):
            if notice.accounts_closed_at is None:
                yield Part.CLOSE_ACCOUNTS, ""
            if notice.equipment_returned_at is None:
                yield Part.RETURN_EQUIPMENT, ""
        for duty in self.duties:
            if duty.settled_at is None and not self.works_on:
                yield Part.APPOINT, duty.name

    def _about_a_block(self, notice: DepartureNotice) -> Iterator[tuple[str, str]]:
        if notice.kind == DepartureKind.IMMEDIATE and notice.blocked_at is None:
            yield Part.BLOCK, ""
        if self.are_to_be_opened(notice):
            yield Part.REOPEN_ACCOUNTS, ""

    def _were_closed_elsewhere(self, notice: DepartureNotice) -> bool:
        since = notice.reopened_at or notice.noticed_at
        return any(
            not other.is_open and other.is_shut and _is_since(other.accounts_closed_at, since) for other in self.others
        )


def _is_since(moment: datetime | None, since: datetime) -> bool:
    return moment is not None and moment >= since


def end_of_notice(policy: Policy, kind: str, last_day: date, hour: datetime | None, now: datetime) -> datetime:
    """The hour given on the last day, else the policy's; after a change of duties, when owners have had their time."""
    at = hour or end_of_last_day(last_day, policy.departure.normal.due_time)
    return policy.calendar.add(max(at, now), policy.departure.move.keep) if kind == DepartureKind.MOVE else at


def end_of_last_day(day: date, hour: Any) -> datetime:
    """The hour of a last day, in Sweden, as a moment."""
    return datetime.combine(day, hour, tzinfo=STOCKHOLM)


def read(
    session: Session,
    notice: DepartureNotice,
    policy: Policy,
    now: datetime,
    *,
    noticing: bool = False,
    automatic: bool = False,
) -> DepartureFacts:
    """Everything the guards of a departure may look at.

    Only when it is noticed does it matter whether there is another, or so many that this one is held.
    """
    facts = read_all(session, [notice], policy, now)[notice.id]
    if not noticing:
        return facts
    held = _hold(session, notice, policy, now, automatic=automatic)
    return replace(facts, other=_other_notice(session, notice), hold=held)


def read_all(
    session: Session, notices: Sequence[DepartureNotice], policy: Policy, now: datetime
) -> dict[UUID, DepartureFacts]:
    """The same of many that are noticed already, in as many queries as of one; as they are in the database now."""
    employments = _by_id(session, Employment, {notice.employment_id for notice in notices})
    people = _by_id(session, Person, {notice.person_id for notice in notices})
    everything = employments_of(session, people)
    hanging = _open_requests(session, notices)
    live: dict[UUID, list[AccessGrant]] = {}
    for grant in session.exec(
        select(AccessGrant)
        .where(col(AccessGrant.employment_id).in_(employments), col(AccessGrant.ended_at).is_(None))
        .order_by(col(AccessGrant.id)),
        execution_options=AGAIN,
    ):
        live.setdefault(grant.employment_id, []).append(grant)
    duties: dict[UUID, list[Duty]] = {}
    for duty in session.exec(
        select(Duty).where(col(Duty.notice_id).in_([notice.id for notice in notices])).order_by(col(Duty.name)),
        execution_options=AGAIN,
    ):
        duties.setdefault(duty.notice_id, []).append(duty)
    in_force_for = _in_force_for(session, people)
    asked = _asked(session, notices)
    found = {}
    for notice in notices:
        others = tuple(other for other in in_force_for.get(notice.person_id, ()) if other.id != notice.id)
        found[notice.id] = DepartureFacts(
            today=today(now),
            person=people[notice.person_id],
            employment=employments[notice.employment_id],
            parts=tuple(part for part in hanging if part.belongs_to(notice)),
            live=tuple(live.get(notice.employment_id, ())),
            ending=frozenset(part.request.grant_id for part in hanging if part.request.kind == RequestKind.END),
            duties=tuple(duties.get(notice.id, ())),
            asked=frozenset(asked.get(notice.id, ())),
            goes_on=tuple(_goes_on(notice, everything.get(notice.person_id, ()), others)),
            others=others,
            now=now,
            policy=policy,
        )
    return found


def _goes_on(
    notice: DepartureNotice, employments: Iterable[Employment], others: Sequence[Other]
) -> Iterator[Employment]:
    """The employments that go on; of somebody whose notice is cancelled also the one that it was to end."""
    ended = {other.employment_id for other in others if other.has_begun}
    for row in employments:
        if row.id == notice.employment_id:
            stays = notice.cancelled_at is not None
        else:
            stays = in_force(row.starts_on, row.ends_on, notice.last_day + timedelta(days=1))
        if stays and row.id not in ended:
            yield row


def _by_id(session: Session, table: type[R], ids: set[UUID]) -> dict[UUID, R]:
    return {row.id: row for row in session.exec(select(table).where(col(table.id).in_(ids)))}


def _open_requests(session: Session, notices: Sequence[DepartureNotice]) -> list[OpenRequest]:
    """The open requests on the employments that some notices are about, and those they brought; oldest first."""
    rows = session.execute(
        sa.select(AuthorisationRequest, Case)
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .where(
            sa.or_(
                col(AuthorisationRequest.notice_id).in_([notice.id for notice in notices]),
                col(AuthorisationRequest.employment_id).in_([notice.employment_id for notice in notices]),
            ),
            col(Case.state).in_((RequestState.DRAFT, *OPEN_STATES)),
        )
        .order_by(col(Case.id)),
        execution_options=AGAIN,
    )
    return [OpenRequest(request=request, case=case) for request, case in rows]


def _in_force_for(session: Session, people: Iterable[UUID]) -> dict[UUID, list[Other]]:
    """The notices in force by which some people leave, by person; oldest first."""
    # As columns: this notice may be among them, and changed but not written yet.
    rows = session.execute(
        sa.select(NOTICES, col(Case.number), col(Case.closed_at))
        .join(Case, col(Case.id) == NOTICES.c.id)
        .where(NOTICES.c.person_id.in_(people), NOTICES.c.cancelled_at.is_(None), NOTICES.c.kind != DepartureKind.MOVE)
        .order_by(NOTICES.c.id)
    )
    found: dict[UUID, list[Other]] = {}
    for row in rows:
        other = Other(
            id=row.id,
            number=row.number,
            employment_id=row.employment_id,
            last_day=row.last_day,
            ends_at=row.ends_at,
            has_begun=not row.hold,
            is_open=row.closed_at is None,
            is_shut=row.reopened_at is None and (row.blocked_at or row.accounts_closed_at) is not None,
            awaits_its_block=row.kind == DepartureKind.IMMEDIATE and row.closed_at is None and row.blocked_at is None,
            accounts_closed_at=row.accounts_closed_at,
        )
        found.setdefault(row.person_id, []).append(other)
    return found


def _asked(session: Session, notices: Sequence[DepartureNotice]) -> dict[UUID, set[tuple[str, str]]]:
    """What is open of some notices' own tasks."""
    rows = session.execute(
        sa.select(col(Task.case_id), col(Task.part), col(Task.about)).where(
            col(Task.case_id).in_([notice.id for notice in notices]), col(Task.closed_at).is_(None)
        )
    )
    found: dict[UUID, set[tuple[str, str]]] = {}
    for case_id, part, about in rows:
        found.setdefault(case_id, set()).add((part, about))
    return found


def grants_without_an_end(facts: DepartureFacts) -> list[AccessGrant]:
    """The live grants that nobody has asked to end yet."""
    return [grant for grant in facts.live if grant.id not in facts.ending]


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
