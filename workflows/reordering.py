"""Ordering again what a cancelled departure had already carried out: one order of ordinary requests.

The same systems, profiles, scopes and last days as before; every owner decides anew, and every guard of an order holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import Text
from models import (
    DEPARTURE,
    AccessGrant,
    AccessOrder,
    AccessProfile,
    AuthorisationRequest,
    Case,
    Decision,
    Event,
    ItSystem,
    RequestKind,
)
from workflows import evidence
from workflows.authority import Authority, works_here
from workflows.deadlines import last_day
from workflows.departures import DepartureDossier
from workflows.engine import Outcome
from workflows.errors import BadInput, NotFound, Reason, Refused
from workflows.evidence import Actor, Entry
from workflows.lookup import case_by_number
from workflows.mandate import not_employed
from workflows.office import Office
from workflows.opening import opened
from workflows.orders import Line, open_line
from workflows.workflow import Mandate, Role

EVENT = "order_again"


@dataclass(frozen=True, kw_only=True)
class OrderedAgain:
    """What came of it: the new requests, and what is left out for now, with why."""

    outcomes: tuple[Outcome, ...]
    left_out: tuple[Reason, ...]


@dataclass(frozen=True, kw_only=True)
class _Removed:
    """An access that the departure had removed: the end request, what it was about, and what had given it."""

    case: Case
    grant: AccessGrant
    given: Decision
    purpose: str
    system: ItSystem
    profile: AccessProfile


def order_again(office: Office, number: str, actor: Actor, now: datetime) -> OrderedAgain:
    """Order everything again that a cancelled departure had carried out; what was ordered again before is passed by.

    What a rule refuses is left out and told, and tried anew by the next call. Raises Refused when nothing can be
    ordered although something is left, and NotFound for what is no departure.
    """
    left_out: list[Reason] = []
    outcomes = opened(
        office,
        EVENT,
        (EVENT, number),
        {"number": number},
        lambda session: _order_again(session, office, number, left_out, actor, now),
        actor,
        now,
        None,
    )
    return OrderedAgain(outcomes=tuple(outcomes), left_out=tuple(left_out))


def reasons_against(session: Session, dossier: DepartureDossier, actor: Actor) -> tuple[Reason, ...]:
    """Why somebody may not order again what a departure carried out; nothing when they may."""
    return _reasons_against(dossier, _mandate(session, dossier, actor), _executed(session, dossier))


def _reasons_against(
    dossier: DepartureDossier, mandate: Mandate | tuple[Reason, ...], executed: Sequence[AuthorisationRequest]
) -> tuple[Reason, ...]:
    found = [] if isinstance(mandate, Mandate) else list(mandate)
    if dossier.notice.cancelled_at is None:
        text = Text("Only what a cancelled departure had carried out is ordered again.")
        found.append(Reason("not-cancelled", text))
    elif not executed:
        found.append(Reason("nothing-carried-out", Text("Nothing was carried out before it was cancelled.")))
    return tuple(found)


def ordered_again(events: Iterable[Event]) -> dict[str, str]:
    """What was ordered again by a departure's events: the number of each end request, and of what followed it."""
    found: dict[str, str] = {}
    for event in events:
        if event.kind == EVENT:
            found |= event.data["ordered"]
    return found


def _order_again(
    session: Session, office: Office, number: str, left_out: list[Reason], actor: Actor, now: datetime
) -> list[Outcome]:
    case = case_by_number(session, number, lock=True)
    if case.workflow != DEPARTURE:
        raise NotFound(Text("There is no case {number}.", number=number))
    authority = Authority.read(session)
    dossier = DepartureDossier.read(session, office, authority, case, now, lock=False)
    mandate, executed = _mandate(session, dossier, actor), _executed(session, dossier)
    if reasons := _reasons_against(dossier, mandate, executed):
        raise Refused(EVENT, reasons)
    before = ordered_again(session.exec(select(Event).where(Event.chain_id == case.id, Event.kind == EVENT)))
    left = [row for row in _removed(session, executed) if row.case.number not in before]
    if not left or actor.person_id is None or not isinstance(mandate, Mandate):
        return []
    order = AccessOrder(requester_id=actor.person_id, employment_id=dossier.notice.employment_id, at=now)
    session.add(order)
    session.flush()
    ordered: dict[str, Outcome] = {}
    for row in left:
        try:
            line = _line(row, dossier, actor, now)
            with session.begin_nested():
                ordered[row.case.number] = open_line(session, office, line, order, authority, actor, now)
        except (Refused, BadInput, NotFound) as error:
            left_out += [_about(row, reason) for reason in error.reasons]
    if not ordered:
        raise Refused(EVENT, left_out)
    _note(session, case, mandate, ordered, left_out, actor, now)
    return list(ordered.values())


def _note(
    session: Session,
    case: Case,
    mandate: Mandate,
    ordered: dict[str, Outcome],
    left_out: Sequence[Reason],
    actor: Actor,
    now: datetime,
) -> None:
    data: dict[str, Any] = {"ordered": {end: outcome.number for end, outcome in ordered.items()}}
    if left_out:
        data["left_out"] = [{"number": reason.line, "reason": reason.code} for reason in left_out]
    entry = Entry(
        kind=EVENT,
        at=now,
        actor=actor,
        from_state=case.state,
        to_state=case.state,
        mandate=mandate.as_record(),
        data=data,
    )
    evidence.append(session, case, [entry])
    session.flush()


def _mandate(session: Session, dossier: DepartureDossier, actor: Actor) -> Mandate | tuple[Reason, ...]:
    """HR, who cancels departures, and the nearest manager, who orders for their staff."""
    manager = dossier.facts.employment.manager_id
    found = dossier.own_mandate(Role.HR, actor)
    if not isinstance(found, Mandate) and manager is not None and actor.person_id == manager:
        found = Mandate(person_id=manager, basis="manager", reference="")
    if isinstance(found, Mandate):
        return found if works_here(session, found.person_id, dossier.today) else (not_employed(),)
    return (Reason("not-theirs-to-order", Text("HR orders this again, or the nearest manager; nobody for themself.")),)


def _executed(session: Session, dossier: DepartureDossier) -> Sequence[AuthorisationRequest]:
    if dossier.notice.cancelled_at is None:
        return ()
    return session.exec(
        select(AuthorisationRequest).where(
            AuthorisationRequest.notice_id == dossier.notice.id,
            AuthorisationRequest.kind == RequestKind.END,
            col(AuthorisationRequest.executed_at).is_not(None),
        )
    ).all()


def _removed(session: Session, executed: Sequence[AuthorisationRequest]) -> list[_Removed]:
    """What was removed, each with the words it was first asked for in; none for what was taken over at the start."""
    asked = sa.orm.aliased(AuthorisationRequest)
    rows = session.execute(
        sa.select(Case, AccessGrant, Decision, ItSystem, AccessProfile, col(asked.purpose))
        .join(AuthorisationRequest, col(AuthorisationRequest.id) == col(Case.id))
        .join(AccessGrant, col(AccessGrant.id) == col(AuthorisationRequest.grant_id))
        .join(Decision, col(Decision.id) == col(AccessGrant.decision_id))
        .join(ItSystem, col(ItSystem.id) == col(AccessGrant.system_id))
        .join(AccessProfile, col(AccessProfile.id) == col(AccessGrant.profile_id))
        .outerjoin(asked, col(asked.id) == col(AccessGrant.case_id))
        .where(
            col(Case.id).in_([row.id for row in executed]),
            # What went another way, as when other access replaced it, was not removed by the departure.
            sa.or_(col(Case.closed_at).is_(None), col(AccessGrant.ended_by_case_id) == col(Case.id)),
        )
        .order_by(col(Case.number))
    ).all()
    return [
        _Removed(case=row[0], grant=row[1], given=row[2], system=row[3], profile=row[4], purpose=row[5] or "")
        for row in rows
    ]


def _line(row: _Removed, dossier: DepartureDossier, actor: Actor, now: datetime) -> Line:
    """The same access from today: as it was decided when it was given, no longer than the employment lasts."""
    if row.grant.ended_at is None:
        text = Text("It is removed and not deregistered yet; order it again when it is.")
        raise Refused(EVENT, [Reason("not-gone-yet", text)])
    employment = dossier.facts.employment
    ends_on = row.given.ends_on or employment.ends_on
    if row.given.ends_at is not None and row.given.ends_at <= now:
        text = Text("It was given until {day}; order it anew with a later last day.", day=last_day(row.given.ends_at))
        raise Refused(EVENT, [Reason("time-is-out", text)])
    why = Text("Removed by the departure {number}, which is cancelled.", number=dossier.case.number)
    return Line(
        employee_number=dossier.facts.person.employee_number,
        employment_number=employment.number,
        system=row.system.key,
        profile=row.profile.key,
        scope=row.grant.scope,
        purpose=" ".join(part for part in (why.say(actor.language), row.purpose) if part),
        starts_on=max(row.given.starts_on, dossier.today),
        ends_on=ends_on,
        ends_at=row.given.ends_at,
    )


def _about(row: _Removed, reason: Reason) -> Reason:
    text = Text(
        "{number} {system}, {profile}: {what}",
        number=row.case.number,
        system=row.system.name,
        profile=row.profile.name,
        what=reason.text,
    )
    return Reason(reason.code, text, line=row.case.number)
