"""Who holds what at one moment, read once: delegations, appointments, administrators, absences, employments.

A snapshot of values. `workflows.mandate` answers questions from it without touching the database, so that an
inbox of a thousand tasks costs no more queries than one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col

from models import (
    Absence,
    Administrator,
    AppointedRole,
    Appointment,
    AuthorisationRequest,
    DelegatedSystem,
    Delegation,
    DepartureKind,
    DepartureNotice,
    Employment,
    GoverningBody,
    ItSystem,
    Part,
    Task,
)
from models.database import values_of
from workflows.deadlines import today

K = TypeVar("K")
R = TypeVar("R", bound=SQLModel)
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Circle:
    """One system, and the people who answer for a request for access to it: all that an act on the request can meet."""

    system: ItSystem
    people: Set[UUID]

    def conditions(self) -> dict[Any, sa.ColumnElement[bool]]:
        """Which rows of each table can matter; of the others, all."""
        of_no_department = col(Appointment.department_id).is_(None)
        return {
            Delegation: col(Delegation.body_id) == self.system.owner_id,
            DelegatedSystem: col(DelegatedSystem.system_id) == self.system.id,
            Appointment: of_no_department | (col(Appointment.department_id) == self.system.department_id),
            Administrator: col(Administrator.system_id) == self.system.id,
        }


def circle_of(session: Session, request: AuthorisationRequest) -> Circle:
    """The system a request is about, and those who answer for it: who asked, and the manager behind them."""
    employment = session.get_one(Employment, request.employment_id)
    answer = (request.requester_id, employment.manager_id)
    return Circle(
        system=session.get_one(ItSystem, request.system_id),
        people=frozenset(person for person in answer if person is not None),
    )


@dataclass(frozen=True, kw_only=True)
class Delegations:
    """Those of one body, for one of its systems on one day."""

    valid: Sequence[Delegation]
    invalid: Sequence[Delegation]


@dataclass(frozen=True)
class Authority:
    """Everything mandates are read from. Rows are kept whatever their dates: each answer asks for its own day."""

    delegations: Mapping[UUID, Delegation]
    named_systems: Mapping[UUID, frozenset[UUID]]
    appointments: tuple[Appointment, ...]
    administrators: tuple[Administrator, ...]
    absences: tuple[Absence, ...]
    bodies: Mapping[UUID, GoverningBody]
    systems: Mapping[UUID, ItSystem]
    employments: Mapping[UUID, tuple[Employment, ...]]
    """The employments of everybody who holds anything or has an answer to give in an open request, by person."""
    over_from: Mapping[UUID, date]
    """The day from which a departure that is noticed has ended an employment, whatever its register says."""

    @classmethod
    def read(cls, session: Session, around: Circle | None = None) -> Authority:
        """The organisation's authority as it stands in the database now; or as much of it as a circle can meet."""
        near: dict[Any, sa.ColumnElement[bool]] = around.conditions() if around else {}

        def rows(table: type[R]) -> Sequence[R]:
            return values_of(session, table, near.get(table, sa.true()))

        delegations = {row.id: row for row in rows(Delegation)}
        named: dict[UUID, set[UUID]] = {}
        for row in rows(DelegatedSystem) if any(not row.all_systems for row in delegations.values()) else ():
            named.setdefault(row.delegation_id, set()).add(row.system_id)
        appointments = tuple(rows(Appointment))
        administrators = tuple(rows(Administrator))
        holders = (
            {row.delegate_id for row in delegations.values()}
            | {row.deputy_id for row in delegations.values() if row.deputy_id}
            | {row.person_id for row in appointments}
            | {row.person_id for row in administrators}
            | (around.people if around else _answerable(session))
        )
        if around:
            near[Absence] = col(Absence.person_id).in_(holders)
        return cls(
            delegations=delegations,
            named_systems={key: frozenset(value) for key, value in named.items()},
            appointments=appointments,
            administrators=administrators,
            absences=tuple(rows(Absence)),
            bodies={row.id: row for row in rows(GoverningBody)},
            systems={row.id: row for row in ([around.system] if around else rows(ItSystem))},
            employments=employments_of(session, holders),
            over_from=_over_from(session, holders),
        )

    def knowing(self, session: Session, people: Iterable[UUID | None]) -> Authority:
        """The same, with the employments of some people who may come to answer for a request."""
        unknown = {person for person in people if person is not None} - set(self.employments)
        if not unknown:
            return self
        return replace(
            self,
            employments={**dict.fromkeys(unknown, ()), **self.employments, **employments_of(session, unknown)},
            over_from={**self.over_from, **_over_from(session, unknown)},
        )

    def is_employed(self, person_id: UUID, day: date) -> bool:
        """Whether a holder works here on a day. Somebody who must leave at once does not, from that very day."""
        known = self._employed.get((person_id, day))
        if known is None:
            known = self._employed[person_id, day] = _works(self.employments.get(person_id, ()), self.over_from, day)
        return known

    @cached_property
    def _employed(self) -> dict[tuple[UUID, date], bool]:
        """What has been asked already: hundreds of tasks wait for the same few people."""
        return {}

    @cached_property
    def _appointed(self) -> Mapping[tuple[str, UUID | None, UUID | None], Sequence[Appointment]]:
        return grouped(self.appointments, lambda row: (row.role, row.body_id, row.department_id))

    @cached_property
    def _administering(self) -> Mapping[UUID, Sequence[Administrator]]:
        return grouped(self.administrators, lambda row: row.system_id)

    @cached_property
    def _delegated_by(self) -> Mapping[UUID, Sequence[Delegation]]:
        return grouped(self.delegations.values(), lambda row: row.body_id)

    @cached_property
    def _absences_of(self) -> Mapping[UUID, Sequence[Absence]]:
        return grouped(self.absences, lambda row: row.person_id)

    def is_away(self, person_id: UUID, day: date) -> bool:
        """Whether a person has said that they are away on a day."""
        return any(row.starts_on <= day <= row.ends_on for row in self._absences_of.get(person_id, ()))

    def is_dissolved(self, body_id: UUID, day: date) -> bool:
        """Whether a body is no more, and so decides nothing and delegates nothing."""
        dissolved_on = self.bodies[body_id].dissolved_on
        return dissolved_on is not None and dissolved_on <= day

    def delegations_for(self, system_id: UUID, day: date) -> Delegations:
        """The delegations of the body that owns a system, by whether they hold for it on a day."""
        known = self._weighed.get((system_id, day))
        if known is None:
            rows = self._delegated_by.get(self.systems[system_id].owner_id, ())
            holds = {row.id: self.delegation_is_valid(row, system_id, day) for row in rows}
            known = self._weighed[system_id, day] = Delegations(
                valid=[row for row in rows if holds[row.id]], invalid=[row for row in rows if not holds[row.id]]
            )
        return known

    @cached_property
    def _weighed(self) -> dict[tuple[UUID, date], Delegations]:
        return {}

    def delegation_is_valid(self, delegation: Delegation, system_id: UUID, day: date) -> bool:
        """Whether a delegation covers a system on a day; so must every delegation it was made under."""
        seen: set[UUID] = set()
        link: Delegation | None = delegation
        levels_below = 0
        while link is not None:
            if link.id in seen or not self._link_holds(link, system_id, day) or link.further_levels < levels_below:
                return False
            if link.body_id != self.systems[system_id].owner_id:
                return False
            seen.add(link.id)
            levels_below += 1
            if link.parent_id is not None and link.parent_id not in self.delegations:
                # Another body's, which gives no right here and need not have been read.
                return False
            link = self.delegations[link.parent_id] if link.parent_id else None
        return True

    def _link_holds(self, link: Delegation, system_id: UUID, day: date) -> bool:
        if self.is_dissolved(link.body_id, day):
            return False
        covers = link.all_systems or system_id in self.named_systems.get(link.id, frozenset())
        revoked = link.revoked_on is not None and link.revoked_on <= day
        return covers and not revoked and in_force(link.valid_from, link.valid_to, day)

    def appointed(
        self, role: AppointedRole, day: date, *, body_id: UUID | None = None, department_id: UUID | None = None
    ) -> Iterable[Appointment]:
        """The appointments in force to a role, of a body or department where the role has one."""
        return (
            row
            for row in self._appointed.get((role, body_id, department_id), ())
            if in_force(row.valid_from, row.valid_to, day)
        )

    def holds(self, role: AppointedRole, person_id: UUID | None, day: date) -> bool:
        """Whether somebody who works here is appointed to a role of the whole organisation."""
        return person_id is not None and any(
            row.person_id == person_id and self.is_employed(person_id, day) for row in self.appointed(role, day)
        )

    def administering(self, system_id: UUID, day: date) -> Iterable[Administrator]:
        """The administrators in force of a system."""
        return (row for row in self._administering.get(system_id, ()) if in_force(row.valid_from, row.valid_to, day))


def in_force(first: date, last: date | None, day: date) -> bool:
    """Whether a day lies within a period; both ends are included, no last day means until further notice."""
    return first <= day and (last is None or day <= last)


def works_here(session: Session, person_id: UUID, day: date) -> bool:
    """Whether anybody at all, holder or not, works here on a day."""
    rows = employments_of(session, [person_id]).get(person_id, ())
    return _works(rows, _over_from(session, [person_id]), day)


def _works(employments: Iterable[Employment], over_from: Mapping[UUID, date], day: date) -> bool:
    return any(
        in_force(row.starts_on, row.ends_on, day) and day < over_from.get(row.id, date.max) for row in employments
    )


def _over_from(session: Session, people: Iterable[UUID]) -> dict[UUID, date]:
    """What departures have ended. One that is held back, by the brake or for HR to confirm, ends nothing yet."""
    notices = values_of(
        session,
        DepartureNotice,
        col(DepartureNotice.person_id).in_(set(people)),
        col(DepartureNotice.cancelled_at).is_(None),
        col(DepartureNotice.kind) != DepartureKind.MOVE,
        col(DepartureNotice.hold) == "",
    )
    return {
        row.employment_id: today(row.ends_at)
        if row.kind == DepartureKind.IMMEDIATE
        else row.last_day + timedelta(days=1)
        for row in notices
    }


def _answerable(session: Session) -> set[UUID]:
    """Those whom requests wait for an answer from: who asked, and the manager behind them."""
    rows = session.execute(
        sa.select(col(AuthorisationRequest.requester_id), col(Employment.manager_id))
        .join(Task, col(Task.case_id) == col(AuthorisationRequest.id))
        .join(Employment, col(Employment.id) == col(AuthorisationRequest.employment_id))
        .where(col(Task.closed_at).is_(None), col(Task.part).in_((Part.SUBMIT, Part.COMPLETE, Part.SOLVE)))
        .distinct()
    )
    return {person_id for row in rows for person_id in row if person_id is not None}


def employments_of(session: Session, people: Iterable[UUID]) -> dict[UUID, tuple[Employment, ...]]:
    """The employments of some people, by person."""
    rows = values_of(session, Employment, col(Employment.person_id).in_(set(people)))
    return {person: tuple(theirs) for person, theirs in grouped(rows, lambda row: row.person_id).items()}


def grouped(rows: Iterable[T], by: Callable[[T], K]) -> dict[K, list[T]]:
    """Rows by something they have in common, in their order."""
    found: dict[K, list[T]] = {}
    for row in rows:
        found.setdefault(by(row), []).append(row)
    return found
