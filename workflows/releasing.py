"""Releasing: put a version forward, and withdraw a system's operational approval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import Text
from models import (
    AccessGrant,
    AuthorisationRequest,
    Case,
    ItSystem,
    Message,
    Part,
    Person,
    ReleaseKind,
    SystemRelease,
    new_id,
)
from workflows import evidence
from workflows.authority import Authority
from workflows.deadlines import today
from workflows.engine import Outcome, fire, open_case
from workflows.errors import BadInput, Reason, Refused
from workflows.evidence import Actor, Entry
from workflows.lookup import system_by_key
from workflows.mandate import Parties, required, who_holds, who_may
from workflows.notices import CaseSummary, Notice, NoticeKind, compose
from workflows.office import Office
from workflows.opening import opened
from workflows.release import WORKFLOW
from workflows.releases import ReleaseDossier


@dataclass(frozen=True, kw_only=True)
class NewRelease:
    """A version as somebody puts it forward."""

    system: str
    version: str
    contents: str
    planned_from: datetime
    planned_until: datetime
    urgent_reason: str = ""
    """Why it is an urgent security fix; empty for an ordinary release."""


def propose(
    office: Office, new: NewRelease, actor: Actor, now: datetime, *, idempotency_key: str | None = None
) -> Outcome:
    """Put a version of a system forward. Raises Refused with every reason, and keeps the refusal as an event."""
    (outcome,) = opened(
        office,
        "propose",
        ("propose", repr(new)),
        {"system": new.system, "version": new.version},
        lambda session: [_propose(session, office, new, actor, now)],
        actor,
        now,
        idempotency_key,
    )
    return outcome


def _propose(session: Session, office: Office, new: NewRelease, actor: Actor, now: datetime) -> Outcome:
    if actor.person_id is None or not new.version.strip():
        raise BadInput([Reason("no-version", Text("Say which version is put forward."))])
    if new.planned_until <= new.planned_from:
        raise BadInput([Reason("no-window", Text("The window must end after it begins."))])
    # The system first: two releases of one system are weighed one after the other.
    system = session.exec(
        select(ItSystem).where(ItSystem.id == system_by_key(session, new.system).id).with_for_update()
    ).one()
    row = SystemRelease(
        id=new_id(),
        organisation_id=office.organisation_id,
        kind=ReleaseKind.URGENT if new.urgent_reason.strip() else ReleaseKind.ORDINARY,
        system_id=system.id,
        version=new.version.strip(),
        contents=new.contents.strip(),
        urgent_reason=new.urgent_reason.strip(),
        proposed_by_id=actor.person_id,
        proposed_at=now,
        planned_from=new.planned_from,
        planned_until=new.planned_until,
    )
    case = open_case(session, office, WORKFLOW, row, actor, now)
    dossier = ReleaseDossier.read(session, office, Authority.read(session), case, now)
    return fire(session, dossier, "propose", {}, actor, now)


# --- Withdrawing an approval ---------------------------------------------------------------------------------------


def withdraw_approval(office: Office, system_key: str, reason: str, actor: Actor, now: datetime) -> int:
    """Withdraw a system's approval for operation. Nothing new is ordered in it, and everybody concerned is told.

    Returns how many people are told. Raises Refused when the actor does not decide for the system, or when there is
    no approval to withdraw.
    """
    if not reason.strip():
        raise BadInput([Reason("needs-reason", Text("This needs: {field}.", field=Text("a reason")))])
    with office.database.writing(office.organisation_id) as session:
        found = system_by_key(session, system_key)
        system = session.exec(select(ItSystem).where(ItSystem.id == found.id).with_for_update()).one()
        authority, day = Authority.read(session), today(now)
        answer = who_may(Part.DECIDE, Parties(system_id=system.id), authority, day)
        mandate = required(answer, actor, "withdraw_approval")
        if system.approved_on is None or system.approval_withdrawn_on is not None:
            text = Text("The system {name} is not approved for operation.", name=system.name)
            raise Refused("withdraw_approval", [Reason("not-approved", text)])
        system.approval_withdrawn_on = day
        concerned = _concerned(session, authority, system, now)
        rows = _letters(session, office, system, concerned - {actor.person_id}, reason.strip(), now)
        if rows:
            session.execute(sa.insert(Message), rows)
        chain = evidence.organisation_chain(session, office.organisation_id)
        entry = Entry(
            kind="approval.withdrawn",
            at=now,
            actor=actor,
            comment=reason.strip(),
            mandate=mandate.as_record(),
            in_place_of_id=mandate.in_place_of_id,
            data={"system": system.key, "from": day.isoformat(), "told": len(rows)},
        )
        evidence.append(session, chain, [entry])
        session.flush()
    return len(rows)


def _concerned(session: Session, authority: Authority, system: ItSystem, now: datetime) -> set[Any]:
    """Those who use the system or wait for it, and everybody who plays a part in it."""
    holders = select(AccessGrant.person_id).where(
        AccessGrant.system_id == system.id, col(AccessGrant.ended_at).is_(None)
    )
    requesters = (
        select(AuthorisationRequest.requester_id)
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .where(AuthorisationRequest.system_id == system.id, col(Case.closed_at).is_(None))
    )
    people = {*session.exec(holders), *session.exec(requesters)} - {None}
    roles = ("owner", "deputy", "administrator", "technician", "head_of_it", "security_coordinator")
    parties = Parties(system_id=system.id)
    return people | {person for role in roles for person in who_holds(role, parties, authority, today(now))}


def _letters(
    session: Session, office: Office, system: ItSystem, people: set[Any], reason: str, now: datetime
) -> list[dict[str, Any]]:
    rows = session.exec(select(Person).where(col(Person.id).in_(people)).order_by(col(Person.employee_number)))
    summary = CaseSummary(number=system.key, kind="", state="", system=system.name, path="access")
    return [
        compose(
            Notice(kind=NoticeKind.APPROVAL_WITHDRAWN, recipient=person, summary=summary, comment=reason),
            organisation_id=office.organisation_id,
            case_id=None,
            saved_at=now,
            base_url=office.base_url,
        )
        for person in rows
    ]
