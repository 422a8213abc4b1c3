"""Who there is: bodies, departments, people, their employments, and what they are appointed and delegated to do."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.database import Scoped, identity, new_id, one_of, same_organisation


class Organisation(SQLModel, table=True):
    """A municipality or region; the key that every other row carries. Holds the head of its own event chain."""

    __tablename__ = "organisation"
    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str = Field(unique=True)
    name: str
    demonstration: bool = False
    event_count: int = 0
    event_hash: str = ""


class BodyKind(StrEnum):
    """What sort of governing body: the council, the executive board, or a board under it."""

    COUNCIL = "COUNCIL"
    EXECUTIVE_BOARD = "EXECUTIVE_BOARD"
    BOARD = "BOARD"


class GoverningBody(Scoped, table=True):
    """A board or council; the one that owns a system decides on it. Source: IT programme 3.2.1."""

    __tablename__ = "governing_body"
    __table_args__ = (
        identity(),
        sa.UniqueConstraint("organisation_id", "key"),
        same_organisation("parent_id", "governing_body"),
        one_of("kind", BodyKind, "kind"),
        sa.CheckConstraint("parent_id <> id", name="not_its_own_parent"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str
    name: str
    kind: str = BodyKind.BOARD
    parent_id: UUID | None = None
    dissolved_on: date | None = None


class Department(Scoped, table=True):
    """A department (förvaltning) or unit under a body."""

    __tablename__ = "department"
    __table_args__ = (
        identity(),
        sa.UniqueConstraint("organisation_id", "key"),
        same_organisation("body_id", "governing_body"),
        same_organisation("parent_id", "department"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str
    name: str
    body_id: UUID
    parent_id: UUID | None = None


class Person(Scoped, table=True):
    """A human being; the employee number is the key, a consultant without one gets a number from Behörig."""

    __tablename__ = "person"
    __table_args__ = (
        identity(),
        sa.UniqueConstraint("organisation_id", "employee_number"),
        one_of("language", ("sv", "en"), "language"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    employee_number: str
    given_name: str
    family_name: str
    email: str | None = Field(default=None, index=True)
    language: str = "sv"
    protected_identity: bool = False

    @property
    def name(self) -> str:
        """Given and family name; for a person with protected identity use :func:`workflows.people.shown_name`."""
        return f"{self.given_name} {self.family_name}"


class EmploymentKind(StrEnum):
    """On what terms somebody works here."""

    PERMANENT = "PERMANENT"
    TEMPORARY = "TEMPORARY"
    HOURLY = "HOURLY"
    CONSULTANT = "CONSULTANT"


class Employment(Scoped, table=True):
    """One period of work; access hangs on it, so that one can end and another stay. Both days are included."""

    __tablename__ = "employment"
    __table_args__ = (
        identity(),
        sa.UniqueConstraint("organisation_id", "person_id", "number"),
        same_organisation("person_id", "person"),
        same_organisation("department_id", "department"),
        same_organisation("manager_id", "person"),
        one_of("kind", EmploymentKind, "kind"),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="period"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(index=True)
    number: str = "1"
    department_id: UUID
    manager_id: UUID | None = Field(default=None, index=True)
    kind: str = EmploymentKind.PERMANENT
    title: str = ""
    starts_on: date
    ends_on: date | None = None


class AppointedRole(StrEnum):
    """A role somebody holds by appointment, for the organisation, a body or a department."""

    CHAIR = "CHAIR"
    HEAD_OF_DEPARTMENT = "HEAD_OF_DEPARTMENT"
    HEAD_OF_IT = "HEAD_OF_IT"
    TECHNICIAN = "TECHNICIAN"
    SECURITY_COORDINATOR = "SECURITY_COORDINATOR"
    HR_OFFICER = "HR_OFFICER"
    AUDITOR = "AUDITOR"
    DATA_PROTECTION_OFFICER = "DATA_PROTECTION_OFFICER"


class Appointment(Scoped, table=True):
    """A dated appointment of a person to a role; the last day is included."""

    __tablename__ = "appointment"
    __table_args__ = (
        identity(),
        same_organisation("person_id", "person"),
        same_organisation("body_id", "governing_body"),
        same_organisation("department_id", "department"),
        one_of("role", AppointedRole, "role"),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
        sa.CheckConstraint("(role = 'CHAIR') = (body_id IS NOT NULL)", name="chair_of_a_body"),
        sa.CheckConstraint("(role = 'HEAD_OF_DEPARTMENT') = (department_id IS NOT NULL)", name="head_of_a_department"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID
    role: str
    body_id: UUID | None = None
    department_id: UUID | None = None
    valid_from: date
    valid_to: date | None = None
    reference: str = ""


class Delegation(Scoped, table=True):
    """A body's written delegation of its decisions on access to a person. Source: IT programme 3.2.1."""

    __tablename__ = "delegation"
    __table_args__ = (
        identity(),
        sa.UniqueConstraint("organisation_id", "number"),
        same_organisation("body_id", "governing_body"),
        same_organisation("delegate_id", "person"),
        same_organisation("deputy_id", "person"),
        same_organisation("parent_id", "delegation"),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
        sa.CheckConstraint("deputy_id <> delegate_id", name="deputy_is_another"),
        sa.CheckConstraint("further_levels >= 0", name="further_levels"),
        sa.CheckConstraint("reference <> ''", name="has_a_decision_reference"),
        sa.CheckConstraint("parent_id <> id", name="not_its_own_parent"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    number: str
    body_id: UUID
    delegate_id: UUID
    deputy_id: UUID | None = None
    all_systems: bool = True
    parent_id: UUID | None = None
    further_levels: int = 0
    valid_from: date
    valid_to: date | None = None
    revoked_on: date | None = None
    reference: str


class DelegatedSystem(Scoped, table=True):
    """A system named in a delegation that does not cover all systems of the body."""

    __tablename__ = "delegated_system"
    __table_args__ = (same_organisation("delegation_id", "delegation"), same_organisation("system_id", "it_system"))
    delegation_id: UUID = Field(primary_key=True)
    system_id: UUID = Field(primary_key=True)


class Absence(Scoped, table=True):
    """Days on which somebody is away, so that their deputy acts; both days are included."""

    __tablename__ = "absence"
    __table_args__ = (
        same_organisation("person_id", "person"),
        sa.CheckConstraint("ends_on >= starts_on", name="period"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(index=True)
    starts_on: date
    ends_on: date


class ConfidentialityUndertaking(Scoped, table=True):
    """That a person acknowledged the undertaking of confidentiality, and when."""

    __tablename__ = "confidentiality_undertaking"
    __table_args__ = (same_organisation("person_id", "person"),)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(index=True)
    acknowledged_on: date
