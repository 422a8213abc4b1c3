"""What a guard of a departure may look at: its parts, its duties, and what else is known about the one who leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models import (
    AccessGrant,
    AuthorisationRequest,
    Case,
    Decision,
    DepartureKind,
    DepartureNotice,
    DepartureState,
    Duty,
    Employment,
    Event,
    GrantState,
    Hold,
    Part,
    Person,
    RequestKind,
    RequestState,
    Task,
)
from workflows.accounts import Accounts, Leaving, departures_of
from workflows.authority import employments_of
from workflows.deadlines import STOCKHOLM, today
from workflows.departure_limits import counted_from
from workflows.facts import OPEN_STATES
from workflows.policy import Policy
from workflows.workflow import Field

UNDECIDED = (RequestState.DRAFT, RequestState.AWAITING_DECISION, RequestState.AWAITING_COMPLETION)
AN_HOUR = timedelta(hours=1)
# What was read before it was held is read again.
AGAIN = {"populate_existing": True}
R = TypeVar("R", Person, Employment)


class Follows(StrEnum):
    """How a notice follows the register."""

    NOTHING = "NOTHING"
    MOVED = "MOVED"
    """It has another last day."""
    CANCELLED = "CANCELLED"
    """Nobody leaves yet; when they do, that is noticed when the day is near."""


@dataclass(frozen=True, kw_only=True)
class OpenRequest:
    """A request that has to come to its end before the departure does."""

    request: AuthorisationRequest
    case: Case
    decided_end: datetime | None
    """Until when its decision lets the access last; none for at once, and when it is not decided."""

    @property
    def is_undecided(self) -> bool:
        """Whether its owner has something left to say."""
        return self.case.state in UNDECIDED

    @property
    def is_unexecuted(self) -> bool:
        """Whether its administrator has something left to do; an obstacle may be met before that or after."""
        return not self.is_undecided and self.request.executed_at is None

    @property
    def is_a_draft(self) -> bool:
        """Whether nobody is asked for anything yet."""
        return self.case.state == RequestState.DRAFT

    @property
    def gives(self) -> bool:
        """Whether access comes of it."""
        return self.request.kind != RequestKind.END

    def comes_after(self, moment: datetime) -> bool:
        """Whether the access that it ends lasts longer than until a moment, as it is decided and was moved since."""
        ends = [end for end in (self.decided_end, self.request.ends_at) if end is not None]
        return bool(ends) and min(ends) > moment

    def belongs_to(self, notice: DepartureNotice) -> bool:
        """Whether a notice waits for it: one it brought, or when somebody leaves any on the employment."""
        hangs_on = notice.kind != DepartureKind.MOVE and self.request.employment_id == notice.employment_id
        return hangs_on or self.request.notice_id == notice.id


@dataclass(frozen=True, kw_only=True)
class DepartureFacts:
    """The circumstances of a departure at one moment."""

    now: datetime
    person: Person
    employment: Employment
    parts: tuple[OpenRequest, ...]
    """The open requests on the employment; of a change of duties, those that it brought."""
    live: tuple[AccessGrant, ...]
    """What still opens a door by that employment."""
    ending: frozenset[UUID | None]
    """The grants that somebody has asked to end, in this case or another."""
    duties: tuple[Duty, ...]
    asked: Mapping[tuple[str, str], datetime | None]
    """The open tasks of the notice itself, by part and what each is about: the last moment that it was counted from."""
    departures: tuple[Leaving, ...]
    """All notices that the person leaves an employment, this one among them."""
    employments: tuple[Employment, ...]
    """All of the person's."""
    policy: Policy
    called_off_of_a_move: frozenset[UUID | None] = frozenset()
    """The grants whose end was asked when duties changed, by that or by somebody, and a departure has called it off."""
    other: str = ""
    """When it is noticed: the number of another notice in force for the same employment."""
    hold: str = ""
    """When it is noticed: why it is to wait for a human, if it is."""

    @property
    def today(self) -> date:
        """The day of that moment."""
        return today(self.now)

    @property
    def leaves_by(self) -> str:
        """The number of a departure that has begun and ends the employment; empty when there is none, or it is over."""
        ending = (row for row in self.departures if row.employment_id == self.employment.id)
        return next((row.number for row in ending if row.has_begun and row.is_under_way), "")

    @property
    def without_an_end(self) -> list[AccessGrant]:
        """The live grants that nobody has asked to end yet."""
        return [grant for grant in self.live if grant.id not in self.ending]

    def to_be_ended(self, notice: DepartureNotice) -> list[AccessGrant]:
        """The grants without an end that a notice that has begun takes in.

        Of a change of duties those that it has asked about already, when a departure has called that off and did not
        come to pass: what is given for the new duties is none of its business.
        """
        if notice.kind != DepartureKind.MOVE:
            return self.without_an_end
        return [row for row in self.without_an_end if row.id in self.called_off_of_a_move and not self.leaves_by]

    def to_be_called_off(self, notice: DepartureNotice) -> list[OpenRequest]:
        """The open requests of others on the employment that a departure calls off: what would still give access, and
        an end that is not decided or comes later than the departure, which then asks for one itself.

        An end that is decided and comes no later is waited for, and stays whose it is.
        """
        if notice.kind == DepartureKind.MOVE:
            return []
        others = (row for row in self.parts if row.request.notice_id != notice.id and row.request.executed_at is None)
        return [row for row in others if row.gives or row.is_undecided or row.comes_after(notice.ends_at)]

    def in_use_though_suspended(self, case: Case, notice: DepartureNotice) -> list[AccessGrant]:
        """The grants that open a door while a block has suspended all that hang on the employment."""
        if notice.kind == DepartureKind.MOVE or not self.accounts(case, notice).own.suspends:
            return []
        return [grant for grant in self.live if grant.state == GrantState.ACTIVE]

    def follows(self, case: Case, notice: DepartureNotice) -> Follows:
        """What becomes of a notice by the register alone: what the sweep found there has moved on, and HR is silent."""
        ends_on, found = self.employment.ends_on, notice.register_ends_on
        works = ends_on is None or ends_on >= self.today
        if found is None or ends_on == found or (notice.kind, notice.last_day) != (DepartureKind.NORMAL, found):
            return Follows.NOTHING
        if case.state == DepartureState.CLOSED or self.accounts(case, notice).are_closed_here:
            return Follows.CANCELLED if works else Follows.NOTHING
        automatic, calendar = self.policy.departure.automatic, self.policy.calendar
        is_found_again = self.employment.kind in [kind.upper() for kind in automatic.kinds]
        if ends_on is None or (is_found_again and ends_on > today(calendar.add(self.now, automatic.ahead))):
            return Follows.CANCELLED
        return Follows.MOVED

    def moment_of(self, kind: str, data: Mapping[str, Any]) -> datetime:
        """When everything is over by a notice of a kind, with the last day and perhaps the hour that HR gives."""
        return end_of_notice(self.policy, kind, data[Field.LAST_DAY], data.get(Field.ENDS_AT), self.now)

    def accounts(self, case: Case, notice: DepartureNotice) -> Accounts:
        """The person's accounts, with the notice as it is at this moment of an act."""
        return Accounts(
            own=Leaving.of(notice, case),
            others=tuple(each for each in self.departures if each.id != notice.id),
            employments=self.employments,
            now=self.now,
        )

    def left(self, case: Case, notice: DepartureNotice) -> Iterator[tuple[str, str]]:
        """What the notice itself waits for where it stands, besides its parts; each with what it is about."""
        if case.state in (DepartureState.CLOSED, DepartureState.CANCELLED):
            return
        if case.state == DepartureState.REOPENING:
            yield Part.REOPEN_ACCOUNTS, ""
            return
        if case.state == DepartureState.QUEUED:
            yield Part.RELEASE, ""
        if notice.kind == DepartureKind.MOVE:
            return
        accounts = self.accounts(case, notice)
        if accounts.own.at_once and not accounts.own.was_blocked:
            yield Part.BLOCK, ""
        if accounts.are_for_this_to_open:
            yield Part.REOPEN_ACCOUNTS, ""
        if accounts.are_for_this_to_close:
            if not accounts.are_closed_here:
                yield Part.CLOSE_ACCOUNTS, ""
            if notice.equipment_returned_at is None:
                yield Part.RETURN_EQUIPMENT, ""
            for duty in self.duties:
                if duty.settled_at is None:
                    yield Part.APPOINT, duty.name

    def asks_for_what_is_left(self, case: Case, notice: DepartureNotice) -> bool:
        """Whether what is left is asked for, nothing else, and counted from the right moment."""
        return set(self.left(case, notice)) == set(self.asked) and not any(
            self.is_counted_wrong(case, notice, part, begins) for (part, _), begins in self.asked.items()
        )

    def is_counted_wrong(self, case: Case, notice: DepartureNotice, part: str, begins: datetime | None) -> bool:
        """Whether a task was counted from another last moment than the person's is now: other notices move it too."""
        if part not in (Part.CLOSE_ACCOUNTS, Part.RETURN_EQUIPMENT):
            return False
        until = self.accounts(case, notice).works_until
        return begins != until if until > self.now else begins is not None and begins > self.now


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
    departures = departures_of(session, people)
    asked = _asked(session, notices)
    called_off = _called_off(session, [notice for notice in notices if notice.kind == DepartureKind.MOVE])
    return {
        notice.id: DepartureFacts(
            now=now,
            person=people[notice.person_id],
            employment=employments[notice.employment_id],
            parts=tuple(part for part in hanging if part.belongs_to(notice)),
            live=tuple(live.get(notice.employment_id, ())),
            ending=frozenset(part.request.grant_id for part in hanging if not part.gives and not part.is_a_draft),
            duties=tuple(duties.get(notice.id, ())),
            asked=asked.get(notice.id, {}),
            departures=tuple(departures.get(notice.person_id, ())),
            employments=everything.get(notice.person_id, ()),
            called_off_of_a_move=called_off.get(notice.id, frozenset()),
            policy=policy,
        )
        for notice in notices
    }


def ends_access_of(notice: DepartureNotice) -> sa.ColumnElement[bool]:
    """That a request is an end that a notice asked for; or an end of others that a departure in force waits for too."""
    own = col(AuthorisationRequest.notice_id) == notice.id
    if notice.kind == DepartureKind.MOVE or notice.cancelled_at is not None:
        return own
    of_others = sa.and_(
        col(AuthorisationRequest.employment_id) == notice.employment_id,
        col(AuthorisationRequest.kind) == RequestKind.END,
        col(Case.state).not_in((RequestState.WITHDRAWN, RequestState.REJECTED)),
        sa.or_(col(Case.closed_at).is_(None), col(Case.closed_at) >= notice.noticed_at),
    )
    return sa.or_(own, of_others)


def _by_id(session: Session, table: type[R], ids: set[UUID]) -> dict[UUID, R]:
    return {row.id: row for row in session.exec(select(table).where(col(table.id).in_(ids)))}


def _open_requests(session: Session, notices: Sequence[DepartureNotice]) -> list[OpenRequest]:
    """The open requests on the employments that some notices are about, and those they brought; oldest first."""
    rows = session.execute(
        sa.select(AuthorisationRequest, Case, col(Decision.ends_at))
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .outerjoin(Decision, col(Decision.id) == col(AuthorisationRequest.decision_id))
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
    return [OpenRequest(request=request, case=case, decided_end=end) for request, case, end in rows]


def _asked(session: Session, notices: Sequence[DepartureNotice]) -> dict[UUID, dict[tuple[str, str], datetime | None]]:
    """What is open of some notices' own tasks."""
    rows = session.execute(
        sa.select(col(Task.case_id), col(Task.part), col(Task.about), col(Task.schedule)).where(
            col(Task.case_id).in_([notice.id for notice in notices]), col(Task.closed_at).is_(None)
        )
    )
    found: dict[UUID, dict[tuple[str, str], datetime | None]] = {}
    for case_id, part, about, schedule in rows:
        found.setdefault(case_id, {})[part, about] = counted_from(schedule)
    return found


def _called_off(session: Session, moves: Sequence[DepartureNotice]) -> dict[UUID, frozenset[UUID | None]]:
    """For some changes of duties the grants whose last end request, theirs or anybody's, was called off since."""
    if not moves:
        return {}
    by_departure = aliased(DepartureNotice)
    called_off = sa.exists().where(col(Event.chain_id) == col(Case.id), col(Event.kind) == "call_off")
    rows = session.execute(
        sa.select(AuthorisationRequest, called_off.label("called_off"), col(Case.closed_at))
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .outerjoin(by_departure, col(by_departure.id) == col(AuthorisationRequest.notice_id))
        .where(
            col(AuthorisationRequest.employment_id).in_([notice.employment_id for notice in moves]),
            col(AuthorisationRequest.kind) == RequestKind.END,
            sa.or_(col(by_departure.id).is_(None), col(by_departure.kind) == DepartureKind.MOVE),
        )
        .order_by(col(Case.id))
    ).all()
    found: dict[UUID, frozenset[UUID | None]] = {}
    for notice in moves:
        last = {row[0].grant_id: row for row in rows if row[0].employment_id == notice.employment_id}
        since = {
            grant for grant, (_, was, closed_at) in last.items() if was and closed_at and closed_at >= notice.noticed_at
        }
        found[notice.id] = frozenset(since)
    return found


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
