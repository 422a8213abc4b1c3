"""What people may see of releases: one with its gates and what is missing, all of them, what has been in operation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from language import Text
from models import (
    RELEASE,
    Attachment,
    AttachmentKind,
    Case,
    Event,
    Finding,
    ItSystem,
    Part,
    PlanKind,
    SystemRelease,
    SystemVersion,
)
from workflows import cases, plans
from workflows.attachments import KeptFile
from workflows.authority import Authority
from workflows.deadlines import today
from workflows.dossier import attempt_on, open_tasks
from workflows.errors import NotFound, Reason
from workflows.evidence import Actor
from workflows.lookup import case_by_number, system_by_key
from workflows.mandate import Parties, told_when_nobody_can, who_holds, who_may
from workflows.office import Office
from workflows.release import OPEN, WORKFLOW
from workflows.releases import ReleaseDossier
from workflows.sight import reads_everything
from workflows.steps import steps
from workflows.views import event_rows, names_of, option_rows, step_rows
from workflows.workflow import Field

INSIDERS = ("owner", "deputy", "chair", "administrator", "technician", "head_of_it", "security_coordinator")
"""Those who play a part in every release of a system, and so see all of them."""
ATTACH = "attach"


def release_view(session: Session, office: Office, number: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """A release as it stands: its gates and what is missing, its files, what happened, what this person may do.

    For those who play a part in its system and those who read everything; NotFound for everybody else.
    """
    case = case_by_number(session, number)
    if case.workflow != RELEASE:
        raise NotFound(Text("There is no case {number}.", number=number))
    authority = Authority.read(session)
    dossier = ReleaseDossier.read(session, office, authority, case, now, lock=False)
    release, facts = dossier.release, dossier.facts
    waiting = open_tasks(session, case.id)
    answers = {task.id: dossier.who_may(Part(task.part), task) for task in waiting}
    may_act = {mandate.person_id for answer in answers.values() for mandate in answer.holders}
    if actor.person_id not in {release.proposed_by_id, *may_act} and not _sees(authority, facts.system.id, actor, now):
        raise NotFound(Text("There is no case {number}.", number=number))
    events = session.exec(select(Event).where(Event.chain_id == case.id).order_by(col(Event.position))).all()
    acted = [row.actor_id for row in events] + [row.in_place_of_id for row in events]
    named = names_of(session, [*may_act, *acted, release.proposed_by_id], actor.language).get
    return {
        "number": case.number,
        "state": case.state,
        "since": case.state_since,
        "version": case.version,
        "steps": step_rows(steps(WORKFLOW, case, events)),
        "kind": release.kind,
        "system": facts.system.name,
        "system_key": facts.system.key,
        "critical": facts.system.critical,
        "release": release.version,
        "contents": release.contents,
        "urgent_reason": release.urgent_reason,
        "proposed_by": named(release.proposed_by_id),
        "planned_from": release.planned_from,
        "planned_until": release.planned_until,
        "stands_until": facts.stands_until,
        "gates": _gates(dossier, named),
        "findings": [_finding(row) for row in facts.findings],
        "attachments": [_attachment(row, named) for row in facts.attachments],
        "in_operation": facts.in_operation.version if facts.in_operation else None,
        "ticket_number": release.ticket_number,
        "separation_waived": release.separation_waived,
        "waits_for": [
            {
                "part": task.part,
                "due_at": task.due_at,
                "step": task.step,
                "overdue": task.due_at is not None and task.due_at < now,
                "people": [named(mandate.person_id) for mandate in answers[task.id].holders],
            }
            for task in waiting
        ],
        "events": event_rows(events, named),
        "options": option_rows(cases.options(session, office, case, actor, now, dossier=dossier), actor),
        "kinds_to_attach": _kinds_to_attach(session, dossier, actor, now),
    }


def _kinds_to_attach(session: Session, dossier: ReleaseDossier, actor: Actor, now: datetime) -> list[AttachmentKind]:
    """The kinds of files that a person may make part of a release as it stands."""
    if not WORKFLOW.rules_for(ATTACH, dossier.case.state):
        return []
    return [kind for kind in AttachmentKind if not _refusal_of(kind, session, dossier, actor, now)]


def _refusal_of(
    kind: AttachmentKind, session: Session, dossier: ReleaseDossier, actor: Actor, now: datetime
) -> tuple[Reason, ...]:
    file = KeptFile(kind=kind, name="", media_type="", size=0, sha256="")
    return WORKFLOW.refusal(ATTACH, attempt_on(session, dossier, ATTACH, {Field.FILE: file}, actor, now))


def _sees(authority: Authority, system_id: UUID, actor: Actor, now: datetime) -> bool:
    day, parties = today(now), Parties(system_id=system_id)
    if actor.person_id is None or not authority.is_employed(actor.person_id, day):
        return False
    if reads_everything(authority, actor, now) or actor.person_id in told_when_nobody_can(authority, day):
        return True
    return any(actor.person_id in who_holds(role, parties, authority, day) for role in INSIDERS)


def _gates(dossier: ReleaseDossier, named: Any) -> list[dict[str, Any]]:
    """Everything that must be there before it is in operation: whether it is, since when, and by whom."""
    release, facts = dossier.release, dossier.facts
    reviewed = release.reviewed_at is not None or bool(release.review_skipped_because)
    blocking = [row.number for row in facts.findings if row.blocking and row.resolved_at is None]
    gates = [
        _gate("decision", release.decided_at is not None, release.decided_at, named(release.decided_by_id)),
        _gate("date", release.date_agreed_by_id is not None, None, named(release.date_agreed_by_id)),
        _gate("test", release.tested_at is not None, release.tested_at, named(release.tested_by_id)),
        _gate("review", reviewed, release.reviewed_at, named(release.reviewed_by_id), release.review_skipped_because),
        _gate("findings", not blocking, None, None, ", ".join(str(number) for number in blocking)),
    ]
    if facts.system.critical:
        gates.append(_gate("security_plan", facts.has_plan(PlanKind.SECURITY), None, None))
        gates.append(_gate("outage_plan", facts.has_plan(PlanKind.OUTAGE), None, None))
    return [
        *gates,
        _gate("signature", release.cosigned_at is not None, release.cosigned_at, named(release.cosigned_by_id)),
        _gate("approval", release.approved_at is not None, release.approved_at, named(release.approved_by_id)),
        _gate("deployment", release.deployed_at is not None, release.deployed_at, named(release.deployed_by_id)),
        _gate(
            "registration", release.registered_at is not None, release.registered_at, named(release.registered_by_id)
        ),
    ]


def _gate(name: str, passed: bool, at: datetime | None, by: str | None, note: str = "") -> dict[str, Any]:
    return {"gate": name, "passed": passed, "at": at, "by": by, "note": note}


def _finding(row: Finding) -> dict[str, Any]:
    return {
        "number": row.number,
        "what": row.what,
        "blocking": row.blocking,
        "noted_at": row.noted_at,
        "resolution": row.resolution,
        "resolved_at": row.resolved_at,
    }


def _attachment(row: Attachment, named: Any) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": row.kind,
        "name": row.name,
        "media_type": row.media_type,
        "size": row.size,
        "sha256": row.sha256,
        "by": named(row.added_by_id),
        "at": row.added_at,
    }


def attachment_contents(
    session: Session, office: Office, number: str, place: int, actor: Actor, now: datetime
) -> tuple[Attachment, bytes]:
    """A file of a case with what it holds, for whoever may see the case; NotFound otherwise."""
    release_view(session, office, number, actor, now)
    case = case_by_number(session, number)
    row = session.exec(select(Attachment).where(Attachment.case_id == case.id, Attachment.number == place)).first()
    if row is None or office.files is None:
        raise NotFound(Text("{number} has no file {place}.", number=case.number, place=place))
    return row, office.files.get(row.sha256)


def releases(
    session: Session, office: Office, actor: Actor, now: datetime, *, system: str | None = None, every: bool = False
) -> list[dict[str, Any]]:
    """The releases under way by planned date, of the systems a person plays a part in; all there were when asked."""
    authority = Authority.read(session)
    query = (
        select(Case, SystemRelease, ItSystem)
        .join(SystemRelease, col(SystemRelease.id) == col(Case.id))
        .join(ItSystem, col(ItSystem.id) == col(SystemRelease.system_id))
        .order_by(col(SystemRelease.planned_from), col(Case.number))
    )
    if not every:
        query = query.where(col(Case.state).in_(OPEN))
    if system is not None:
        query = query.where(ItSystem.id == system_by_key(session, system).id)
    seen: dict[UUID, bool] = {}
    found = []
    for case, release, of in session.exec(query):
        if of.id not in seen:
            seen[of.id] = _sees(authority, of.id, actor, now)
        if seen[of.id] or release.proposed_by_id == actor.person_id:
            found.append(
                {
                    "number": case.number,
                    "system": of.name,
                    "system_key": of.key,
                    "critical": of.critical,
                    "release": release.version,
                    "kind": release.kind,
                    "state": case.state,
                    "planned_from": release.planned_from,
                    "planned_until": release.planned_until,
                }
            )
    return found


def system_view(session: Session, key: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """What has been in operation of a system, from when until when and by which case, and the plans it has.

    For those who play a part in the system and those who read everything; NotFound for everybody else.
    """
    system = system_by_key(session, key)
    authority = Authority.read(session)
    if not _sees(authority, system.id, actor, now):
        raise NotFound(Text("There is no system {key}.", key=key))
    rows = session.exec(
        select(SystemVersion, Case.number)
        .join(Case, col(Case.id) == col(SystemVersion.case_id))
        .where(SystemVersion.system_id == system.id)
        .order_by(col(SystemVersion.began_at).desc())
    )
    return {
        "key": system.key,
        "name": system.name,
        "critical": system.critical,
        "approved_on": system.approved_on,
        "approval_withdrawn_on": system.approval_withdrawn_on,
        "versions": [
            {"version": row.version, "began_at": row.began_at, "ended_at": row.ended_at, "case": number}
            for row, number in rows
        ],
        "plans": plans.plans_of(session, system, today(now)),
        "decides": _holds(Part.DECIDE, system, authority, actor, now),
        "agrees": _holds(Part.COSIGN, system, authority, actor, now),
        "proposes": _holds(Part.PREPARE, system, authority, actor, now),
    }


def _holds(part: Part, system: ItSystem, authority: Authority, actor: Actor, now: datetime) -> bool:
    """Whether a person may play a part for a system as such, outside any case."""
    parties = Parties(system_id=system.id, requester_id=actor.person_id if part is Part.PREPARE else None)
    return who_may(part, parties, authority, today(now)).of(actor.person_id) is not None


def systems_seen(session: Session, actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """The systems whose releases a person sees, by name."""
    authority = Authority.read(session)
    return _listed(system for system in authority.systems.values() if _sees(authority, system.id, actor, now))


def systems_to_propose(session: Session, actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """The systems that a person may put a version forward of, by name."""
    authority = Authority.read(session)
    return _listed(
        system for system in authority.systems.values() if _holds(Part.PREPARE, system, authority, actor, now)
    )


def _listed(systems: Iterable[ItSystem]) -> list[dict[str, Any]]:
    return [{"key": row.key, "name": row.name} for row in sorted(systems, key=lambda row: (row.name, row.key))]
