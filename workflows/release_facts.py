"""What a guard of a release may look at: the system, its plans and versions, what was found, what is attached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    AccessGrant,
    Attachment,
    Case,
    Finding,
    ItSystem,
    PlanKind,
    SystemPlan,
    SystemRelease,
    SystemVersion,
)
from workflows.authority import in_force
from workflows.deadlines import today
from workflows.policy import ReleasePolicy
from workflows.release_limits import stands_until


@dataclass(frozen=True, kw_only=True)
class Other:
    """Another release of the same system that is not over, by its number."""

    number: str
    version: str
    state: str
    in_deployment: bool
    """Whether something of it is installed and neither registered nor rolled back."""


@dataclass(frozen=True, kw_only=True)
class ReleaseFacts:
    """The circumstances of a release at one moment."""

    today: date
    system: ItSystem
    findings: tuple[Finding, ...]
    attachments: tuple[Attachment, ...]
    plans: tuple[SystemPlan, ...]
    others: tuple[Other, ...]
    in_operation: SystemVersion | None
    """The version that is in operation now, if any that is known."""
    before: SystemVersion | None
    """The version that was in operation before that one."""
    since: datetime
    """When the case came to where it stands."""
    due_time: time
    """The hour of a planned date by which everything before the deployment is done."""
    stands_until: datetime | None
    """Until when the planned date stands, as the case stands; none while there is no date."""
    users: int
    """How many people hold access to the system."""
    urgent_path_is_open: bool
    """Whether the municipality's policy lets urgent security fixes take the short path."""

    @property
    def is_approved(self) -> bool:
        """Whether the system is approved for operation."""
        system = self.system
        withdrawn = system.approval_withdrawn_on is not None and system.approval_withdrawn_on <= self.today
        return system.approved_on is not None and system.approved_on <= self.today and not withdrawn

    def has_plan(self, kind: PlanKind) -> bool:
        """Whether a plan is in force; an outage plan is that only when the head of IT has agreed to it."""
        return any(
            plan.kind == kind
            and in_force(plan.valid_from, plan.valid_to, self.today)
            and (kind is not PlanKind.OUTAGE or plan.agreed_on is not None)
            for plan in self.plans
        )


def read(
    session: Session, release: SystemRelease, case: Case, policy: ReleasePolicy, now: datetime, *, lock: bool = True
) -> ReleaseFacts:
    """Everything the guards of a release may look at; the system's row is locked, so that releases of it queue."""
    who = select(ItSystem).where(ItSystem.id == release.system_id)
    system = session.exec(who.with_for_update() if lock else who).one()
    versions = session.exec(
        select(SystemVersion).where(SystemVersion.system_id == system.id).order_by(col(SystemVersion.began_at).desc())
    ).all()
    others = session.exec(
        select(Case.number, SystemRelease.version, Case.state, SystemRelease.in_deployment)
        .join(SystemRelease, col(SystemRelease.id) == col(Case.id))
        .where(SystemRelease.system_id == system.id, SystemRelease.id != release.id, col(Case.closed_at).is_(None))
        .order_by(col(Case.number))
    ).all()
    users = session.exec(
        select(sa.func.count(sa.distinct(col(AccessGrant.person_id)))).where(
            AccessGrant.system_id == system.id, col(AccessGrant.ended_at).is_(None)
        )
    ).one()
    current = next((row for row in versions if row.ended_at is None), None)
    return ReleaseFacts(
        today=today(now),
        system=system,
        findings=tuple(
            session.exec(select(Finding).where(Finding.release_id == release.id).order_by(col(Finding.number)))
        ),
        attachments=tuple(
            session.exec(select(Attachment).where(Attachment.case_id == release.id).order_by(col(Attachment.number)))
        ),
        plans=tuple(session.exec(select(SystemPlan).where(SystemPlan.system_id == system.id))),
        others=tuple(
            Other(number=number, version=version, state=state, in_deployment=installed)
            for number, version, state, installed in others
        ),
        in_operation=current,
        before=next((row for row in versions if current and row.id != current.id), None),
        since=case.state_since,
        due_time=policy.due_time,
        stands_until=stands_until(release, case.state, release.planned_from, release.planned_until, policy.due_time),
        users=users,
        urgent_path_is_open=policy.urgent.allowed,
    )
