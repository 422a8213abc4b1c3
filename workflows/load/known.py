"""What the database holds already, as plain values under the names that files use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col

from models import (
    Absence,
    AccessGrant,
    AccessProfile,
    Administrator,
    Appointment,
    ConfidentialityUndertaking,
    Counter,
    Decision,
    DecisionOutcome,
    DelegatedSystem,
    Delegation,
    Department,
    DepartureNotice,
    Employment,
    GoverningBody,
    ItSystem,
    Person,
    SodRule,
    SystemPlan,
)
from workflows.accounts import suspends
from workflows.load.files import Given
from workflows.load.plan import Values

CONSULTANTS = "K"
"""The series that consultants without an employee number are numbered in."""


class Known:
    """Every row that the files of one load may meet."""

    def __init__(self, session: Session | None, given: Given) -> None:
        self._session = session
        self.bodies = {row["key"]: row for row in self._rows(GoverningBody)}
        self.departments = {row["key"]: row for row in self._rows(Department)}
        self.people = {row["employee_number"]: row for row in self._rows(Person)}
        self.numbers: dict[UUID, str] = {row["id"]: number for number, row in self.people.items()}
        self.employments = {(row["person_id"], row["number"]): row for row in self._rows(Employment)}
        self.undertakings = {
            (row["person_id"], row["acknowledged_on"]): row
            for row in self._rows(ConfidentialityUndertaking, given.people.present)
        }
        self.appointments = {
            (row["person_id"], row["role"], row["body_id"], row["department_id"], row["valid_from"]): row
            for row in self._rows(Appointment, given.appointments.present)
        }
        self.absences = {
            (row["person_id"], row["starts_on"]): row for row in self._rows(Absence, given.absences.present)
        }
        self.systems = {row["key"]: row for row in self._rows(ItSystem)}
        keys = {row["id"]: key for key, row in self.systems.items()}
        self.profiles = {f"{keys[row['system_id']]}/{row['key']}": row for row in self._rows(AccessProfile)}
        self.administrators = {
            (row["system_id"], row["person_id"], row["valid_from"]): row
            for row in self._rows(Administrator, given.administrators.present)
        }
        self.plans = {
            (row["system_id"], row["kind"], row["reference"]): row
            for row in self._rows(SystemPlan, given.plans.present)
        }
        self.sod_rules = {(row["first_profile_id"], row["second_profile_id"]): row for row in self._rows(SodRule)}
        self.delegations = {row["number"]: row for row in self._rows(Delegation, given.delegations.present)}
        self.delegated: dict[UUID, set[UUID]] = {}
        for row in self._rows(DelegatedSystem, given.delegations.present):
            self.delegated.setdefault(row["delegation_id"], set()).add(row["system_id"])
        self.counters = {row["series"]: row for row in self._rows(Counter, given.people.present)}
        self.taken_over = {row["id"]: row for row in self._taken_over(given.grants.present)}
        self.live = {
            (row["employment_id"], row["profile_id"], row["scope"]) for row in self._live(given.grants.present)
        }

        self.suspended = {row["employment_id"] for row in self._suspended(given.grants.present)}

    def _rows(self, table: type[SQLModel], wanted: bool = True) -> list[Values]:
        if self._session is None or not wanted:
            return []
        return self._read(sa.select(*(getattr(table, name) for name in table.model_fields)))

    def _taken_over(self, wanted: bool) -> Sequence[Values]:
        query = sa.select(
            col(Decision.id), col(Decision.ends_on), col(Decision.mandate_reference), col(Decision.at)
        ).where(col(Decision.outcome) == DecisionOutcome.TAKEN_OVER)
        return self._read(query) if self._session is not None and wanted else []

    def _live(self, wanted: bool) -> Sequence[Values]:
        query = sa.select(col(AccessGrant.employment_id), col(AccessGrant.profile_id), col(AccessGrant.scope)).where(
            col(AccessGrant.ended_at).is_(None)
        )
        return self._read(query) if self._session is not None and wanted else []

    def _suspended(self, wanted: bool) -> Sequence[Values]:
        """The employments by which all access is suspended."""
        return self._read(sa.select(col(DepartureNotice.employment_id)).where(suspends())) if wanted else []

    def _read(self, query: sa.Select[*tuple[Any, ...]]) -> list[Values]:
        if self._session is None:
            return []
        return [dict(row) for row in self._session.execute(query).mappings()]
