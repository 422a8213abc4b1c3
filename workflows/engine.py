"""What moves any case, whatever its workflow: open one, and fire an event on one that is held locked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from models import Case
from workflows import numbers
from workflows.dossier import Dossier, attempt_on
from workflows.evidence import Actor
from workflows.office import Office
from workflows.record import record
from workflows.workflow import Workflow


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an act led to."""

    number: str
    event: str
    state: str
    version: int
    waits_for: tuple[str, ...] = ()
    """The employee numbers of those who may act next."""
    repeated: bool = False
    """Whether this is the kept result of an earlier call with the same key."""

    def to_json(self) -> dict[str, Any]:
        """The outcome as JSON keeps it."""
        return {
            "number": self.number,
            "event": self.event,
            "state": self.state,
            "version": self.version,
            "waits_for": list(self.waits_for),
        }

    @classmethod
    def kept(cls, stored: Mapping[str, Any]) -> Outcome:
        """The outcome of an earlier call, as `to_json` gave it."""
        return cls(**{**stored, "waits_for": tuple(stored["waits_for"]), "repeated": True})


def open_case(
    session: Session,
    office: Office,
    workflow: Workflow,
    subject: Any,
    actor: Actor,
    now: datetime,
    parent_id: UUID | None = None,
) -> Case:
    """Write a new case in its first state, with the row it is about; the number comes last in line for a lock."""
    case = Case(
        id=subject.id,
        organisation_id=office.organisation_id,
        workflow=workflow.name,
        number=numbers.next_number(session, office.organisation_id, workflow.prefix, now),
        state=workflow.initial,
        state_since=now,
        opened_by_id=actor.person_id,
        opened_at=now,
        parent_id=parent_id,
    )
    session.add(case)
    session.flush()
    session.add(subject)
    session.flush()
    return case


def fire(
    session: Session, dossier: Dossier, event: str, data: Mapping[str, Any], actor: Actor, now: datetime
) -> Outcome:
    """Fire an event on a case the caller holds locked, and record what it brings."""
    return outcome_of(dossier.case, event, step(session, dossier, event, data, actor, now))


def step(
    session: Session, dossier: Dossier, event: str, data: Mapping[str, Any], actor: Actor, now: datetime
) -> tuple[str, ...]:
    """The same where nobody asks what came of it but who may act next."""
    workflow = dossier.workflow
    source = workflow.states[dossier.case.state]
    attempt = attempt_on(session, dossier, event, dict(data), actor, now)
    workflow.fire(event, attempt)
    return record(session, dossier, attempt, event, source, workflow.states[dossier.case.state])


def outcome_of(case: Case, event: str, waits_for: tuple[str, ...] = ()) -> Outcome:
    """A case as it is after an act."""
    return Outcome(number=case.number, event=event, state=str(case.state), version=case.version, waits_for=waits_for)
