"""Leaving: notice a departure, keep it where its slowest part is, and find the employments that end by themselves."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from language import Text
from models import (
    DEPARTURE,
    AccessGrant,
    Case,
    Department,
    DepartureKind,
    DepartureNotice,
    DepartureState,
    Employment,
    Part,
    Person,
    Task,
    locked,
    new_id,
)
from workflows import departure_facts, evidence
from workflows.accounts import BEGUN, NEXT_DAY, is_not_opened
from workflows.authorisation import WORKFLOW as REQUEST
from workflows.authority import Authority, in_force
from workflows.deadlines import today
from workflows.departure import UNDER_WAY, WORKFLOW
from workflows.departure_facts import DepartureFacts, Follows
from workflows.departure_guards import already_noticed
from workflows.departures import DepartureDossier, gathered, notice_of_case
from workflows.dossier import rule_mandate
from workflows.engine import Outcome, fire, open_case
from workflows.errors import BadInput, NotFound, Reason, Refused
from workflows.evidence import SWEEP, Actor, Entry
from workflows.locks import hold_what_ends
from workflows.lookup import person_by_number
from workflows.office import Office
from workflows.opening import opened
from workflows.workflow import Attempt

LOG = logging.getLogger("behorig.sweep")
BATCH = 100
PASSES: Final = 3
"""What moves one notice may move another one of the person; so often at most they are all looked at in one sweep."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Leaver:
    """Who leaves, or gets other duties, and when: one line of what HR says."""

    employee_number: str
    last_day: date
    kind: DepartureKind = DepartureKind.NORMAL
    employment_number: str | None = None
    ends_at: datetime | None = None
    """The hour on the last day, when it is another than the policy's."""
    reason: str = ""
    new_department: str | None = None
    """For a change of duties: where to; the last day is then the last one with the old ones."""
    where: str = ""


def notice(
    office: Office,
    leaver: Leaver,
    actor: Actor,
    now: datetime,
    *,
    idempotency_key: str | None = None,
) -> Outcome:
    """Notice one departure; everything that follows from it begins in the same transaction.

    Raises Refused with every reason, and keeps the refusal as an event; NotFound and BadInput for what cannot be
    understood.
    """
    (outcome,) = opened(
        office,
        "notice",
        ("notice", repr(leaver)),
        {"employee_number": leaver.employee_number},
        lambda session: [notice_within(session, office, leaver, actor, now)],
        actor,
        now,
        idempotency_key,
    )
    return outcome


def preview(office: Office, leaver: Leaver, actor: Actor, now: datetime, look: Callable[[Session, Outcome], T]) -> T:
    """What would follow from a notice: it is made, looked at and taken back. Raises what the notice would raise."""
    with office.database.writing(office.organisation_id) as session:
        seen = look(session, notice_within(session, office, leaver, actor, now))
        session.rollback()
    return seen


def notice_within(
    session: Session, office: Office, leaver: Leaver, actor: Actor, now: datetime, *, automatic: bool = False
) -> Outcome:
    """Notice a departure in a transaction that is the caller's."""
    employment = _employment(session, leaver)
    row = DepartureNotice(
        id=new_id(),
        organisation_id=office.organisation_id,
        kind=leaver.kind,
        person_id=employment.person_id,
        employment_id=employment.id,
        noticed_by_id=actor.person_id,
        noticed_at=now,
        last_day=today(now) if leaver.kind == DepartureKind.IMMEDIATE else leaver.last_day,
        ends_at=_moment(office, leaver, now),
        reason=leaver.reason.strip(),
        register_ends_on=leaver.last_day if automatic else None,
        new_department_id=_department(session, leaver),
    )
    # Two notices for one employment are weighed one after the other, and not by the database; so are all that the
    # brake counts.
    hold_what_ends(session, row, now, opens=(WORKFLOW, REQUEST))
    _refuse_a_second(session, row)
    case = open_case(session, office, WORKFLOW, row, actor, now)
    authority = Authority.read(session)
    dossier = DepartureDossier.read(session, office, authority, case, now, lock=False, automatic=automatic)
    outcome = fire(session, dossier, "notice", {"reason": leaver.reason} if leaver.reason else {}, actor, now)
    return _brought_on(session, dossier.again(session, now), now) or outcome


def _refuse_a_second(session: Session, row: DepartureNotice) -> None:
    other = session.exec(
        select(Case.number)
        .join(DepartureNotice, col(DepartureNotice.id) == col(Case.id))
        .where(
            DepartureNotice.employment_id == row.employment_id,
            col(DepartureNotice.cancelled_at).is_(None),
            DepartureNotice.kind != DepartureKind.MOVE,
        )
    ).first()
    if other is not None and row.kind != DepartureKind.MOVE:
        raise Refused("notice", [Reason("noticed-already", already_noticed(other))])


def _moment(office: Office, leaver: Leaver, now: datetime) -> datetime:
    """When everything is to be over: now, the hour given, or the policy's hour; for new duties, what owners have."""
    if leaver.kind == DepartureKind.IMMEDIATE:
        return now
    return departure_facts.end_of_notice(office.policy, leaver.kind, leaver.last_day, leaver.ends_at, now)


def _employment(session: Session, leaver: Leaver) -> Employment:
    person = person_by_number(session, leaver.employee_number)
    rows = session.exec(select(Employment).where(Employment.person_id == person.id)).all()
    if leaver.employment_number is not None:
        rows = [row for row in rows if row.number == leaver.employment_number]
        if not rows:
            text = Text(
                "{person} has no employment {number}.", person=person.employee_number, number=leaver.employment_number
            )
            raise NotFound(text)
    fitting = [row for row in rows if in_force(row.starts_on, row.ends_on, leaver.last_day)] or list(rows)
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(sorted(row.number for row in fitting)) or "-"
    text = Text("{person} has several employments ({known}); say which.", person=person.employee_number, known=known)
    raise BadInput([Reason("which-employment", text)])


def _department(session: Session, leaver: Leaver) -> UUID | None:
    if leaver.kind != DepartureKind.MOVE:
        return None
    key = (leaver.new_department or "").strip()
    found = session.exec(select(Department.id).where(sa.func.upper(Department.key) == key.upper())).first()
    if found is None:
        raise NotFound(Text("There is no unit {key}.", key=key or "-"))
    return found


# --- Where its slowest part is --------------------------------------------------------------------------------------


def settled(session: Session, office: Office, case: Case, now: datetime) -> Outcome | None:
    """Bring a notice whose case is held to where its slowest part is, taking in what has come to light.

    Returns what the last step led to; nothing when it stands where it should.
    """
    notice = notice_of_case(session, case)
    if not is_misplaced(case, notice, departure_facts.read(session, notice, office.policy, now), now):
        return None
    hold_what_ends(session, notice, now, opens=(REQUEST,))
    dossier = DepartureDossier.read(session, office, Authority.read(session), case, now, lock=False)
    return _brought_on(session, dossier, now)


def _brought_on(session: Session, dossier: DepartureDossier, now: datetime) -> Outcome | None:
    """The same when everything it may change is held."""
    case, notice = dossier.case, dossier.notice
    outcome = None
    while True:
        if _has_strays(case, notice, dossier.facts) and dossier.facts.follows(case, notice) != Follows.CANCELLED:
            dossier = _taken_in(session, dossier, now)
        event = _next_step(case, notice, dossier.facts, now)
        if event is None:
            return outcome
        outcome = fire(session, dossier, event, {}, SWEEP, now)
        dossier = dossier.again(session, now)


def is_misplaced(case: Case, notice: DepartureNotice, facts: DepartureFacts, now: datetime) -> bool:
    """Whether a notice has something to take in, or stands elsewhere or asks for something else than it should."""
    return _has_strays(case, notice, facts) or _next_step(case, notice, facts, now) is not None


def _has_strays(case: Case, notice: DepartureNotice, facts: DepartureFacts) -> bool:
    """Whether there is access that it does not know of yet, or a request would still give some.

    What is held ends nothing yet, but a block has suspended everything. When all is closed, only what is found to be
    there counts.
    """
    if facts.in_use_though_suspended(case, notice):
        return True
    if case.state not in BEGUN:
        return False
    too_late = [row for row in facts.to_be_called_off(notice) if case.state in UNDER_WAY or not row.gives]
    return bool(too_late or facts.to_be_ended(notice))


def _taken_in(session: Session, dossier: DepartureDossier, now: datetime) -> DepartureDossier:
    """The dossier with what came to light among its parts, and the event that says so."""
    case, data = dossier.case, dict[str, Any]()
    if case.state in BEGUN:
        dossier = gathered(session, dossier, SWEEP, now, data, anew=True)
    else:
        data["suspended"] = dossier.suspended(session)
        dossier = dossier.again(session, now)
    entry = Entry(kind="gathered", at=now, actor=SWEEP, from_state=case.state, to_state=case.state, data=data)
    evidence.append(session, case, [entry])
    session.flush()
    return dossier


def _next_step(case: Case, notice: DepartureNotice, facts: DepartureFacts, now: datetime) -> str | None:
    """The event that brings a notice nearer to where its slowest part is; none when it is there, and asks for that."""
    undecided = any(part.is_undecided for part in facts.parts)
    events: tuple[str, ...]
    match case.state:
        case DepartureState.REOPENING:
            events = ("stay_shut",)
        case DepartureState.CLOSED if notice.kind != DepartureKind.MOVE:
            events = ("follow_register", "employed_anew", "fall_back", "ask_anew")
        case DepartureState.QUEUED:
            events = ("follow_register", "ask_anew")
        case state if state in UNDER_WAY:
            moves = "fall_back" if state != UNDER_WAY[0] and undecided else "proceed"
            events = ("follow_register", moves, "ask_anew")
        case _:
            return None
    attempt = Attempt(
        case=case, subject=notice, facts=facts, actor=SWEEP, now=now, capacity=lambda _role, _part: rule_mandate(SWEEP)
    )
    return next((event for event in events if not WORKFLOW.refusal(event, attempt)), None)


def advance(office: Office, notice_id: UUID, now: datetime) -> Outcome | None:
    """Bring a notice to where its slowest part is, in a transaction of its own: the part's own has been committed."""
    with office.database.writing(office.organisation_id) as session:
        case = session.exec(locked(select(Case).where(Case.id == notice_id))).one()
        return settled(session, office, case, now)


# --- The sweep -----------------------------------------------------------------------------------------------------


def sweep_departures(office: Office, now: datetime) -> int:
    """Notice the employments that end by themselves, and let every notice be where its slowest part is."""
    # What the register has moved is taken back first, so that it can be noticed anew.
    done = 0
    for _ in range(PASSES):
        moved = _advance_all(office, now)
        done += moved
        if not moved:
            break
    return done + _notice_what_ends(office, now)


def _advance_all(office: Office, now: datetime) -> int:
    done = 0
    for case_id in _misplaced(office, now):
        try:
            with office.database.writing(office.organisation_id) as session:
                case = session.exec(locked(select(Case).where(Case.id == case_id), skip_locked=True)).first()
                if case is not None and settled(session, office, case, now) is not None:
                    done += 1
        except Exception:
            LOG.exception("sweeping departure %s failed; it is left as it was", case_id)
    return done


def _misplaced(office: Office, now: datetime) -> list[UUID]:
    """The notices that stand elsewhere than they should: none, when each act has done what follows from it."""
    found: list[UUID] = []
    with office.database.reading(office.organisation_id) as session:
        query = (
            select(Case, DepartureNotice)
            .join(DepartureNotice, col(DepartureNotice.id) == col(Case.id))
            .where(Case.workflow == DEPARTURE, _may_be_misplaced(today(now)))
            .order_by(col(Case.id))
        )
        under_way = session.exec(query).all()
        for start in range(0, len(under_way), BATCH):
            batch = under_way[start : start + BATCH]
            facts = departure_facts.read_all(session, [notice for _, notice in batch], office.policy, now)
            found += [case.id for case, notice in batch if is_misplaced(case, notice, facts[notice.id], now)]
    return found


def _may_be_misplaced(day: date) -> sa.ColumnElement[bool]:
    """Whether a notice is to be looked at: each that is under way, and of the others those that may have changed."""
    over = sa.and_(
        col(Case.state) == DepartureState.CLOSED,
        col(DepartureNotice.kind) != DepartureKind.MOVE,
        sa.or_(
            _gives_access(DepartureNotice.person_id, DepartureNotice.employment_id),
            _is_registered_otherwise(),
            # Accounts are to be opened of those who work here all the same, and to be closed of the others; and what
            # has shut them is history when they are employed anew, though that is noticed to end as well.
            sa.case(
                (_works_besides(DepartureNotice, day), _is_shut_out()),
                (_works_besides(DepartureNotice, day, noticed=True), _has_shut(DepartureNotice)),
                else_=~_is_closed_for(DepartureNotice),
            ),
        ),
    )
    # In the queue there may be hundreds.
    held = sa.and_(
        col(Case.state) == DepartureState.QUEUED,
        sa.or_(_is_asked_to_open(), _is_shut_out(), _is_registered_otherwise()),
    )
    return sa.or_(col(Case.state).in_((*UNDER_WAY, DepartureState.REOPENING)), held, over)


def _has_shut(notice: Any) -> sa.ColumnElement[bool]:
    """That a technician has blocked or closed the accounts by a notice, and nobody has opened them since."""
    shut = sa.or_(col(notice.blocked_at).is_not(None), col(notice.accounts_closed_at).is_not(None))
    return sa.and_(shut, is_not_opened(notice))


def _is_shut_out() -> sa.ColumnElement[bool]:
    """That the accounts of the one a notice is about are shut, by whichever."""
    theirs = aliased(DepartureNotice)
    return sa.exists().where(col(theirs.person_id) == col(DepartureNotice.person_id), _has_shut(theirs))


def _is_registered_otherwise() -> sa.ColumnElement[bool]:
    """That the register ends the employment on another day than the sweep has found there."""
    found = col(DepartureNotice.register_ends_on)
    ends_otherwise = sa.or_(col(Employment.ends_on).is_(None), col(Employment.ends_on) != found)
    theirs = col(Employment.id) == col(DepartureNotice.employment_id)
    return sa.and_(found.is_not(None), sa.exists().where(theirs, ends_otherwise))


def _is_asked_to_open() -> sa.ColumnElement[bool]:
    """That a technician is asked in a case to open accounts."""
    open_task = (col(Task.case_id) == col(Case.id), col(Task.closed_at).is_(None))
    return sa.exists().where(*open_task, col(Task.part) == Part.REOPEN_ACCOUNTS)


def _is_closed_for(notice: Any) -> sa.ColumnElement[bool]:
    """That a notice of the person has closed the accounts and taken the equipment back, after the end of this one.

    And they have not worked since, by the register, in an employment that no notice is about.
    """
    theirs = aliased(DepartureNotice)
    worked_since = sa.exists().where(
        col(Employment.person_id) == col(theirs.person_id),
        col(Employment.ends_on) >= sa.func.date(col(theirs.accounts_closed_at)),
        ~_is_noticed(),
    )
    return sa.exists().where(
        ~worked_since,
        col(theirs.person_id) == col(notice.person_id),
        col(theirs.cancelled_at).is_(None),
        col(theirs.accounts_closed_at) >= col(notice.ends_at),
        is_not_opened(theirs),
        col(theirs.equipment_returned_at).is_not(None),
    )


def _works_besides(notice: Any, day: date, *, noticed: bool = False) -> sa.ColumnElement[bool]:
    """That somebody works on a day, or the day after it, in another employment than that which a notice is about.

    In one that no notice is about, unless those that are `noticed` count too.
    """
    return sa.exists().where(
        col(Employment.person_id) == col(notice.person_id),
        col(Employment.id) != col(notice.employment_id),
        col(Employment.starts_on) <= day + NEXT_DAY,
        sa.or_(col(Employment.ends_on).is_(None), col(Employment.ends_on) >= day),
        sa.true() if noticed else ~_is_noticed(),
    )


def _is_noticed() -> sa.ColumnElement[bool]:
    """That a notice in force is about an employment."""
    ending = aliased(DepartureNotice)
    return sa.exists().where(
        col(ending.employment_id) == col(Employment.id),
        col(ending.kind) != DepartureKind.MOVE,
        col(ending.cancelled_at).is_(None),
    )


def _gives_access(person_id: UUID, employment_id: UUID) -> sa.ColumnElement[bool]:
    """That an employment gives access. It is found among everybody's by the person."""
    return sa.exists().where(
        col(AccessGrant.person_id) == col(person_id),
        col(AccessGrant.employment_id) == col(employment_id),
        col(AccessGrant.ended_at).is_(None),
    )


def _notice_what_ends(office: Office, now: datetime) -> int:
    """Hourly employees and consultants whose last day comes near, or has passed unseen, become notices, each once."""
    with office.database.reading(office.organisation_id) as session:
        ending = session.execute(_what_ends(office, now)).all()
    done = 0
    for number, employment, last in ending:
        leaver = Leaver(employee_number=number, employment_number=employment, last_day=last)
        try:
            with office.database.writing(office.organisation_id) as session:
                notice_within(session, office, leaver, SWEEP, now, automatic=True)
                done += 1
        except Refused:
            # Somebody else has noticed it meanwhile.
            continue
        except Exception:
            LOG.exception("noticing that an employment of the register ends failed; the others are noticed")
    return done


def _what_ends(office: Office, now: datetime) -> sa.Select[*tuple[Any, ...]]:
    """The employments of the policy's kinds that end by themselves and that nobody has noticed, longest over first.

    Found late too: the register was loaded late, or no sweep ran. What ended long ago and gives no access is history.
    """
    automatic, calendar = office.policy.departure.automatic, office.policy.calendar
    earlier, later = aliased(DepartureNotice), aliased(DepartureNotice)
    of_it = (col(earlier.employment_id) == col(Employment.id), col(earlier.kind) != DepartureKind.MOVE)
    last_of_it = ~sa.exists().where(
        col(later.employment_id) == col(earlier.employment_id),
        col(later.kind) != DepartureKind.MOVE,
        col(later.id) > col(earlier.id),
    )
    # What HR has cancelled last is not noticed again for the same last day.
    not_again = sa.exists().where(*of_it, last_of_it, col(earlier.register_ends_on) == col(Employment.ends_on))
    # What the register had prolonged and ends after all is noticed, however long it is over by then.
    was_prolonged = sa.exists().where(
        *of_it,
        last_of_it,
        col(earlier.noticed_by_id).is_(None),
        col(earlier.cancelled_at).is_not(None),
        col(earlier.register_ends_on).is_(None),
    )
    return (
        sa.select(col(Person.employee_number), col(Employment.number), col(Employment.ends_on))
        .join(Person, col(Person.id) == col(Employment.person_id))
        .where(
            col(Employment.kind).in_([kind.upper() for kind in automatic.kinds]),
            col(Employment.ends_on) <= today(calendar.add(now, automatic.ahead)),
            sa.or_(
                col(Employment.ends_on) >= today(calendar.before(now, automatic.behind)),
                _gives_access(Employment.person_id, Employment.id),
                was_prolonged,
            ),
            ~_is_noticed(),
            ~not_again,
        )
        .order_by(col(Employment.ends_on), col(Person.employee_number))
    )
