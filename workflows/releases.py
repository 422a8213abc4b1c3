"""A system release's dossier: who may play which part in it, and how what follows from it is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlmodel import Session, select

from models import (
    Attachment,
    Case,
    Finding,
    Part,
    ReleaseKind,
    ReleaseState,
    SystemRelease,
    SystemVersion,
    new_id,
)
from workflows import release_facts, tasks
from workflows.authority import Authority
from workflows.changes import (
    Attached,
    DateMoved,
    FindingNoted,
    FindingResolved,
    Noted,
    PutIntoOperation,
    RolledBack,
)
from workflows.deadlines import today
from workflows.dossier import Dossier, Waits
from workflows.errors import Reason
from workflows.evidence import Actor
from workflows.mandate import Parties, release_parties
from workflows.notices import CaseSummary
from workflows.office import Office
from workflows.release import WORKFLOW
from workflows.release_facts import ReleaseFacts
from workflows.release_limits import limits_of
from workflows.words import window_words
from workflows.workflow import Attempt, Change, Mandate, Role, Workflow

S = ReleaseState


@dataclass(frozen=True, kw_only=True)
class ReleaseDossier(Dossier):
    """A release's case with everything about it."""

    workflow: ClassVar[Workflow] = WORKFLOW

    release: SystemRelease
    facts: ReleaseFacts

    @classmethod
    def read(
        cls, session: Session, office: Office, authority: Authority, case: Case, now: datetime, *, lock: bool = True
    ) -> ReleaseDossier:
        """The dossier of a case."""
        release = session.exec(select(SystemRelease).where(SystemRelease.id == case.id)).one()
        facts = release_facts.read(session, release, case, office.policy.release, now, lock=lock)
        return cls(case=case, office=office, authority=authority, today=today(now), release=release, facts=facts)

    @property
    def subject(self) -> SystemRelease:
        return self.release

    @property
    def circumstances(self) -> ReleaseFacts:
        return self.facts

    def parties(self, about: str = "") -> Parties:
        """Who plays which part so far."""
        waived = self.facts.users <= self.office.policy.separation.small_system_max_users
        return release_parties(self.release, separation_waived=waived and self.facts.users > 0)

    def people(self, role: str) -> Sequence[UUID | None]:
        named = self.office.policy.release.tell_when_due if role == "told_when_due" else (role,)
        return [person for each in named for person in self.holders_of(each)]

    def own_mandate(self, role: Role, actor: Actor) -> Mandate | tuple[Reason, ...] | None:
        return None

    def is_party(self, person_id: UUID | None) -> bool:
        roles = ("requester", "owner", "deputy", "administrator", "technician", "head_of_it", "security_coordinator")
        return any(person_id in self.holders_of(role) for role in roles)

    def summary(self, language: str) -> CaseSummary:
        release = self.release
        begins, ends = release.planned_from, release.planned_until
        return CaseSummary(
            number=self.case.number,
            path=f"releases/{self.case.number}",
            kind=release.kind,
            state=self.case.state,
            system=self.facts.system.name,
            version=release.version,
            contents=release.contents,
            planned=window_words(begins, ends) if begins and ends else None,
        )

    def as_asked(self) -> dict[str, Any]:
        return {"asked": self.release.asked()}

    def waits(self) -> tuple[Waits, ...]:
        return tuple(Waits(part=part) for part in self._waits())

    def _waits(self) -> Iterator[Part]:
        release, state = self.release, self.case.state
        possible = self.workflow.states[state].waits_for
        planned = release.planned_from is not None
        for part in possible:
            match part:
                case Part.SET_DATE:
                    waits = not planned
                case Part.AGREE_DATE:
                    waits = planned and release.date_agreed_by_id is None and release.kind == ReleaseKind.ORDINARY
                case Part.CONFIRM_DATE:
                    waits = planned and release.date_confirmed_by_id is None
                case Part.COSIGN:
                    waits = release.cosigned_at is None
                case Part.DEPLOY:
                    waits = planned
                case _:
                    waits = True
            if waits:
                yield part

    def task_row(self, waits: Waits, now: datetime) -> dict[str, Any]:
        policy = self.office.policy
        if waits.part is Part.REGISTER:
            return tasks.within(policy.request.registration, self.case, waits.part, policy.calendar, now)
        due, dues = limits_of(waits.part, self.release, self.case.state, policy, now)
        return tasks.row(self.case, waits.part, now, due, dues)

    @property
    def silence(self) -> str:
        """Silence approves nothing: the planned date falls."""
        return "miss_date"

    def apply(self, session: Session, attempt: Attempt, change: Change, data: dict[str, Any]) -> ReleaseDossier:
        match change:
            case Noted():
                return self
            case DateMoved():
                self._move(attempt, change, data)
            case FindingNoted():
                self._note(session, attempt, change, data)
            case FindingResolved(number=number, resolution=resolution):
                found = next(row for row in self.facts.findings if row.number == number)
                found.resolution, found.resolved_by_id, found.resolved_at = (
                    resolution,
                    attempt.actor.person_id,
                    attempt.now,
                )
            case Attached():
                self._attach(session, attempt, change)
            case PutIntoOperation():
                self._put_into_operation(session, attempt, data)
            case RolledBack():
                self._roll_back(session, attempt, data)
            case _:
                raise TypeError(f"a release knows no {type(change).__name__}")
        session.flush()
        return self._again(session, attempt)

    def _move(self, attempt: Attempt, change: DateMoved, data: dict[str, Any]) -> None:
        """Another date, or none; whoever moved it stands by it in the capacity they moved it in."""
        release, mover = self.release, attempt.actor.person_id
        data["before"] = release.planned_from.isoformat() if release.planned_from else None
        release.planned_from, release.planned_until = change.planned_from, change.planned_until
        release.date_agreed_by_id = mover if attempt.role is Role.HEAD_OF_IT else None
        release.date_confirmed_by_id = mover if attempt.role is Role.OWNER else None

    def _note(self, session: Session, attempt: Attempt, change: FindingNoted, data: dict[str, Any]) -> None:
        number = len(self.facts.findings) + 1
        session.add(
            Finding(
                id=new_id(),
                release_id=self.release.id,
                number=number,
                what=change.what,
                blocking=change.blocking,
                noted_by_id=_somebody(attempt),
                noted_at=attempt.now,
            )
        )
        data["finding"] = number

    def _attach(self, session: Session, attempt: Attempt, change: Attached) -> None:
        file = change.file
        session.add(
            Attachment(
                id=new_id(),
                case_id=self.case.id,
                number=len(self.facts.attachments) + 1,
                kind=file.kind,
                name=file.name,
                media_type=file.media_type,
                size=file.size,
                sha256=file.sha256,
                added_by_id=_somebody(attempt),
                added_at=attempt.now,
            )
        )

    def _put_into_operation(self, session: Session, attempt: Attempt, data: dict[str, Any]) -> None:
        """The version is in operation, and with it the system is approved if it was not."""
        system, current = self.facts.system, self.facts.in_operation
        if current is not None:
            current.ended_at, current.ended_by_case_id = attempt.now, self.case.id
            session.flush()
        self._stands(session, self.release.version, attempt.now)
        data["in_operation"] = {"version": self.release.version, "before": current.version if current else None}
        if not self.facts.is_approved:
            system.approved_on, system.approval_withdrawn_on = self.today, None
            data["approved_for_operation"] = self.today.isoformat()

    def _roll_back(self, session: Session, attempt: Attempt, data: dict[str, Any]) -> None:
        """What was in operation is not any more; the version before it stands again, and without one nothing does."""
        current, before = self.facts.in_operation, self.facts.before
        if current is None or current.case_id != self.case.id:
            data["stands"] = current.version if current else None
            return
        current.ended_at, current.ended_by_case_id = attempt.now, self.case.id
        session.flush()
        data["stands"] = before.version if before else None
        if before is not None:
            self._stands(session, before.version, attempt.now)
        else:
            self.facts.system.approval_withdrawn_on = self.today
            data["approval_withdrawn"] = self.today.isoformat()

    def _stands(self, session: Session, version: str, now: datetime) -> None:
        session.add(
            SystemVersion(
                id=new_id(), system_id=self.release.system_id, version=version, began_at=now, case_id=self.case.id
            )
        )

    def _again(self, session: Session, attempt: Attempt) -> ReleaseDossier:
        """The dossier with its circumstances as they are now."""
        policy = self.office.policy.release
        return replace(self, facts=release_facts.read(session, self.release, self.case, policy, attempt.now))


def _somebody(attempt: Attempt) -> UUID:
    """Who acts, where only a person can."""
    if attempt.actor.person_id is None:
        raise LookupError(f"nobody does {attempt.taken.event}")
    return attempt.actor.person_id
