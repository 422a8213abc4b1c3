"""Orders: one request, or several in one go, each line a case of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, select

from language import Text
from models import AccessOrder, AuthorisationRequest, Employment, Person, RequestKind, new_id
from workflows import evidence
from workflows.authorisation import WORKFLOW
from workflows.authority import Authority, circle_of, in_force
from workflows.beneficiaries import person_for
from workflows.deadlines import end_of_day, last_day, today
from workflows.dossier import write_tasks
from workflows.engine import Outcome, fire, open_case, outcome_of
from workflows.errors import BadInput, NotFound, Reason, Refused
from workflows.evidence import Actor, Entry
from workflows.lookup import live_grant, person_by_number, profile_by_key, system_by_key
from workflows.office import Office
from workflows.opening import opened
from workflows.requests import RequestDossier


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing ordered for one person: what, from when, until when, and what for."""

    employee_number: str
    system: str
    profile: str
    purpose: str
    kind: RequestKind = RequestKind.NEW
    employment_number: str | None = None
    scope: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    ends_at: datetime | None = None
    retroactive_reason: str = ""
    from_profile: str | None = None
    """For a change: the profile held now."""
    where: str = ""
    """Where it was written, such as a line of a file; its place among the lines when nothing is said."""


def open_order(
    office: Office,
    lines: Sequence[Line],
    actor: Actor,
    now: datetime,
    *,
    submit: bool = True,
    idempotency_key: str | None = None,
) -> list[Outcome]:
    """Write one request, or several for one or more people in one go; each line becomes a case of its own.

    One orders for oneself, and a manager for those whom they manage: others are NotFound. All of it happens or
    nothing. Raises Refused with the reasons of every line that a rule refuses, and keeps the
    refusal as an event; raises NotFound and BadInput for what cannot be understood.
    """
    asked = [
        {"employee_number": line.employee_number, "system": line.system, "profile": line.profile, "kind": line.kind}
        for line in lines
    ]
    return opened(
        office,
        "submit",
        ("open", [repr(line) for line in lines], submit),
        {"lines": asked},
        lambda session: _open_lines(session, office, lines, actor, now, submit),
        actor,
        now,
        idempotency_key,
    )


def _open_lines(
    session: Session, office: Office, lines: Sequence[Line], actor: Actor, now: datetime, submit: bool
) -> list[Outcome]:
    # One line is about one system; several are looked at with everything read once.
    everything = Authority.read(session) if len(lines) > 1 else None
    outcomes: list[Outcome] = []
    reasons: list[Reason] = []
    unreadable = False
    orders: dict[UUID, UUID] = {}
    for place, line in enumerate(lines, start=1):
        try:
            request = _request(session, line, _person(session, line, actor, now), actor, today(now))
            if len(lines) > 1:
                request.order_id = _order(session, orders, request, actor, now)
            outcomes.append(_opened(session, office, request, actor, now, everything, submit=submit))
        except (Refused, BadInput, NotFound) as error:
            if len(lines) == 1 and not line.where:
                raise
            unreadable = unreadable or not isinstance(error, Refused)
            reasons.extend(_on_line(line.where or str(place), reason) for reason in error.reasons)
    if unreadable:
        # Every line's reasons at once, those that a rule refuses too.
        raise BadInput(reasons)
    if reasons:
        raise Refused("submit", reasons)
    return outcomes


def open_line(
    session: Session, office: Office, line: Line, order: AccessOrder, authority: Authority, actor: Actor, now: datetime
) -> Outcome:
    """Submit one line of an order that is written already, in a transaction that is the caller's.

    Whether the actor may order for that person is the caller's to know.
    """
    request = _request(session, line, person_by_number(session, line.employee_number), actor, today(now))
    request.order_id = order.id
    return _opened(session, office, request, actor, now, authority)


def _opened(
    session: Session,
    office: Office,
    request: AuthorisationRequest,
    actor: Actor,
    now: datetime,
    authority: Authority | None,
    *,
    submit: bool = True,
) -> Outcome:
    authority = authority or Authority.read(session, around=circle_of(session, request))
    case = open_case(session, office, WORKFLOW, request, actor, now)
    dossier = RequestDossier.read(session, office, authority, case, now, request=request)
    if submit:
        return fire(session, dossier, "submit", {}, actor, now)
    _note_draft(session, dossier, actor, now)
    return outcome_of(case, "open")


def _note_draft(session: Session, dossier: RequestDossier, actor: Actor, now: datetime) -> None:
    """A draft waits for its writer, with a time limit like everything else."""
    case = dossier.case
    write_tasks(session, [dossier.task_row(waits, now) for waits in dossier.waits()])
    asked = {"asked": dossier.request.asked()}
    evidence.append(session, case, [Entry(kind="open", at=now, actor=actor, to_state=case.state, data=asked)])
    session.flush()


def _person(session: Session, line: Line, actor: Actor, now: datetime) -> Person:
    if actor.person_id is None:
        raise BadInput([Reason("no-actor", Text("A request is written by somebody; say who acts."))])
    return person_for(session, line.employee_number, actor, now, also_gone=True)


def _request(session: Session, line: Line, person: Person, actor: Actor, day: date) -> AuthorisationRequest:
    """The request a line describes; every word in it looked up."""
    employment = _employment(session, person, line, day)
    system = system_by_key(session, line.system)
    profile = profile_by_key(session, system.id, line.profile)
    is_end = line.kind == RequestKind.END
    if not line.purpose.strip():
        raise BadInput([Reason("no-purpose", Text("Say what the access is for."))])
    grant = None
    if line.kind != RequestKind.NEW:
        held = profile_by_key(session, system.id, line.from_profile) if line.from_profile else profile
        grant = live_grant(session, employment.id, held.id, line.scope)
        if grant is None:
            raise NotFound(
                Text(
                    "{person} has no live access to {system} with that profile.",
                    person=person.employee_number,
                    system=system.key,
                )
            )
    # What is renewed has begun already: a longer time is asked for from now on.
    starts_on = line.starts_on or (max(grant.starts_on, day) if grant and line.kind == RequestKind.RENEW else day)
    ends_on = line.ends_on or (last_day(line.ends_at) if line.ends_at else None)
    first = min(day, ends_on) if is_end and ends_on else day
    if ends_on is not None and ends_on < (first if is_end else starts_on):
        # The database would refuse the row before any guard could say why.
        raise BadInput([Reason("period-backwards", Text("The last day is before the first day."))])
    return AuthorisationRequest(
        id=new_id(),
        kind=line.kind,
        requester_id=actor.person_id,
        person_id=person.id,
        employment_id=employment.id,
        system_id=system.id,
        profile_id=profile.id,
        scope=line.scope,
        starts_on=first if is_end else starts_on,
        ends_on=ends_on,
        ends_at=line.ends_at if line.ends_at or ends_on is None else end_of_day(ends_on),
        purpose=line.purpose.strip(),
        retroactive_reason=line.retroactive_reason.strip(),
        grant_id=grant.id if grant else None,
    )


def _employment(session: Session, person: Person, line: Line, day: date) -> Employment:
    """The employment the access will hang on: the one named, else the only one that is or will be."""
    rows = session.exec(select(Employment).where(Employment.person_id == person.id)).all()
    if line.employment_number is not None:
        named = [row for row in rows if row.number == line.employment_number]
        if not named:
            raise NotFound(
                Text(
                    "{person} has no employment {number}.", person=person.employee_number, number=line.employment_number
                )
            )
        return named[0]
    first = line.starts_on or day
    fitting = [row for row in rows if in_force(row.starts_on, row.ends_on, first)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting and rows:
        # Let the guards say what is wrong with the period, with the latest employment's dates.
        return max(rows, key=lambda row: row.starts_on)
    known = ", ".join(sorted(row.number for row in rows)) or "-"
    raise BadInput(
        [
            Reason(
                "which-employment",
                Text(
                    "{person} has several employments ({known}); say which.", person=person.employee_number, known=known
                ),
            )
        ]
    )


def _order(
    session: Session, orders: dict[UUID, UUID], request: AuthorisationRequest, actor: Actor, now: datetime
) -> UUID:
    """One order for each employment that lines are written for."""
    if request.employment_id not in orders and actor.person_id is not None:
        order = AccessOrder(requester_id=actor.person_id, employment_id=request.employment_id, at=now)
        session.add(order)
        session.flush()
        orders[request.employment_id] = order.id
    return orders[request.employment_id]


def _on_line(place: str, reason: Reason) -> Reason:
    return Reason(reason.code, Text("Line {place}: {what}", place=place, what=reason.text), line=place)
