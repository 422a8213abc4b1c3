"""The plans of critical systems: the owner adopts them, the head of IT agrees to outage plans. Source: 3.2.2, 4.5."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from language import Text
from models import ItSystem, Part, PlanKind, SystemPlan, new_id
from workflows import evidence
from workflows.authority import Authority, in_force
from workflows.deadlines import today
from workflows.errors import BadInput, NotFound, Reason, Refused
from workflows.evidence import Actor, Entry
from workflows.lookup import system_by_key
from workflows.mandate import Parties, required, who_may
from workflows.office import Office
from workflows.workflow import Mandate


@dataclass(frozen=True, kw_only=True)
class NewPlan:
    """A plan as its owner adopts it: which decision it rests on, and for how long it holds."""

    system: str
    kind: PlanKind
    reference: str
    first: date
    last: date | None = None


def adopt(office: Office, new: NewPlan, actor: Actor, now: datetime) -> None:
    """Adopt a plan for the system's owner. Raises Refused when the actor does not decide for the system."""
    reference = new.reference.strip()
    if not reference or (new.last is not None and new.last < new.first):
        raise BadInput([Reason("plan", Text("A plan names its decision, and ends no earlier than it begins."))])
    with office.database.writing(office.organisation_id) as session:
        chain = evidence.organisation_chain(session, office.organisation_id)
        system = system_by_key(session, new.system)
        mandate = _mandate(Part.DECIDE, session, system, actor, now)
        if _named(session, system, new.kind, reference) is not None:
            text = Text(
                "{system} has that plan already, by decision {reference}.", system=system.key, reference=reference
            )
            raise BadInput([Reason("duplicate", text)])
        session.add(
            SystemPlan(
                id=new_id(),
                system_id=system.id,
                kind=new.kind,
                reference=reference,
                valid_from=new.first,
                valid_to=new.last,
                adopted_by_id=mandate.person_id,
            )
        )
        data = {
            "system": system.key,
            "plan": new.kind,
            "reference": reference,
            "from": new.first.isoformat(),
            "to": new.last.isoformat() if new.last else None,
        }
        evidence.append(session, chain, [_entry("plan.adopted", actor, mandate, now, data)])
        session.flush()


def agree(office: Office, system_key: str, reference: str, actor: Actor, now: datetime) -> None:
    """Let the head of IT agree to an outage plan, which is in force only then."""
    with office.database.writing(office.organisation_id) as session:
        chain = evidence.organisation_chain(session, office.organisation_id)
        system = system_by_key(session, system_key)
        mandate = _mandate(Part.COSIGN, session, system, actor, now)
        plan = _named(session, system, PlanKind.OUTAGE, reference.strip())
        if plan is None:
            raise NotFound(
                Text("{system} has no outage plan by decision {reference}.", system=system.key, reference=reference)
            )
        if plan.agreed_on is not None:
            raise Refused("agree", [Reason("agreed", Text("The head of IT has agreed to it already."))])
        plan.agreed_on, plan.agreed_by_id = today(now), mandate.person_id
        data = {"system": system.key, "plan": plan.kind, "reference": plan.reference}
        evidence.append(session, chain, [_entry("plan.agreed", actor, mandate, now, data)])
        session.flush()


def plans_of(session: Session, system: ItSystem, day: date) -> list[dict[str, Any]]:
    """The plans of a system, the newest first, and whether each is in force on a day."""
    rows = session.exec(
        select(SystemPlan).where(SystemPlan.system_id == system.id).order_by(col(SystemPlan.valid_from).desc())
    )
    return [
        {
            "kind": row.kind,
            "reference": row.reference,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
            "agreed_on": row.agreed_on,
            "in_force": in_force(row.valid_from, row.valid_to, day)
            and (row.kind != PlanKind.OUTAGE or row.agreed_on is not None),
        }
        for row in rows
    ]


def _mandate(part: Part, session: Session, system: ItSystem, actor: Actor, now: datetime) -> Mandate:
    answer = who_may(part, Parties(system_id=system.id), Authority.read(session), today(now))
    return required(answer, actor, "plan")


def _named(session: Session, system: ItSystem, kind: PlanKind, reference: str) -> SystemPlan | None:
    return session.exec(
        select(SystemPlan).where(
            SystemPlan.system_id == system.id, SystemPlan.kind == kind, SystemPlan.reference == reference
        )
    ).first()


def _entry(kind: str, actor: Actor, mandate: Mandate, now: datetime, data: dict[str, Any]) -> Entry:
    return Entry(
        kind=kind,
        at=now,
        actor=actor,
        mandate=mandate.as_record(),
        in_place_of_id=mandate.in_place_of_id,
        data=data,
    )
