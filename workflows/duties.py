"""What a leaver holds and somebody else must take over: delegations, administratorships, appointments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from models import (
    AppointedRole,
    Appointment,
    BodyKind,
    Department,
    DepartureNotice,
    Duty,
    DutyKind,
    new_id,
)
from workflows.authority import Authority, in_force


def duties_of(authority: Authority, departments: Mapping[UUID, str], person_id: UUID, day: date) -> list[Duty]:
    """Everything a person holds that somebody else must take over: each once, by the name people know it by.

    `departments` are the keys of those that somebody may be head of.
    """
    held: dict[tuple[str, DutyKind], Duty] = {}

    def add(kind: DutyKind, name: str, **whose: Any) -> None:
        held.setdefault((name, kind), Duty(kind=kind, name=name, **whose))

    for row in authority.delegations.values():
        over = row.valid_to is not None and row.valid_to < day
        revoked = row.revoked_on is not None and row.revoked_on <= day
        if person_id in (row.delegate_id, row.deputy_id) and not over and not revoked:
            kind = DutyKind.DELEGATION if row.delegate_id == person_id else DutyKind.DEPUTY
            add(kind, row.number, body_id=row.body_id)
    for admin in authority.administrators:
        if admin.person_id == person_id and in_force(admin.valid_from, admin.valid_to, day):
            system = authority.systems[admin.system_id]
            add(DutyKind.ADMINISTRATOR, system.key, system_id=system.id)
    for appointment in authority.appointments:
        if appointment.person_id == person_id and in_force(appointment.valid_from, appointment.valid_to, day):
            body_id = appointing_body(authority, appointment.role, appointment.body_id)
            name = _name_of(appointment, authority, departments)
            add(DutyKind.APPOINTMENT, name, role=appointment.role, body_id=body_id)
    names = [name for name, _ in held]
    for duty in held.values():
        if names.count(duty.name) > 1:
            # A system may be called what a delegation is.
            duty.name = f"{duty.name} ({duty.kind})"
    return sorted(held.values(), key=lambda duty: duty.name)


def _name_of(appointment: Appointment, authority: Authority, departments: Mapping[UUID, str]) -> str:
    """The role, and of what: a chair of two bodies holds two duties."""
    if appointment.body_id is not None:
        return f"{appointment.role} {authority.bodies[appointment.body_id].key}"
    if appointment.department_id is not None:
        return f"{appointment.role} {departments[appointment.department_id]}"
    return appointment.role


def appointing_body(authority: Authority, role: str, body_id: UUID | None) -> UUID | None:
    """The body that appoints to a role: for a chair the one above; for a technician none, but the head of IT."""
    if role == AppointedRole.CHAIR and body_id is not None:
        return authority.bodies[body_id].parent_id or body_id
    if role == AppointedRole.TECHNICIAN:
        return None
    executive = [row.id for row in authority.bodies.values() if row.kind == BodyKind.EXECUTIVE_BOARD]
    highest = [row.id for row in authority.bodies.values() if row.parent_id is None]
    return next(iter((*executive, *highest)), None)


def list_duties(session: Session, notice: DepartureNotice, authority: Authority, today: date) -> None:
    """List everything the leaver holds among what the notice waits for."""
    departments = {row.id: row.key for row in session.exec(select(Department))}
    for duty in duties_of(authority, departments, notice.person_id, today):
        duty.id, duty.notice_id, duty.organisation_id = new_id(), notice.id, notice.organisation_id
        session.add(duty)
    session.flush()
