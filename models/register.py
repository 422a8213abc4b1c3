"""The register: systems, the profiles that can be ordered in them, who administers them, what must not meet."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from models.database import Scoped, identity, new_id, same_organisation


class ItSystem(Scoped, table=True):
    """An IT system; its owner is a governing body. Source: IT programme 3.2.2 and 4.5."""

    __tablename__ = "it_system"
    __table_args__ = (
        identity(),
        sa.UniqueConstraint("organisation_id", "key"),
        same_organisation("owner_id", "governing_body"),
        same_organisation("department_id", "department"),
        sa.CheckConstraint(
            "approval_withdrawn_on IS NULL OR approved_on IS NOT NULL", name="only_an_approval_can_be_withdrawn"
        ),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str
    name: str
    owner_id: UUID = Field(index=True)
    department_id: UUID
    critical: bool = False
    approved_on: date | None = None
    approval_withdrawn_on: date | None = None


class AccessProfile(Scoped, table=True):
    """What can be ordered in a system, in words its owner can judge. A changed profile is a new version."""

    __tablename__ = "access_profile"
    __table_args__ = (
        identity(),
        sa.UniqueConstraint("organisation_id", "system_id", "key"),
        # So that a request or grant cannot name a profile of another system.
        sa.UniqueConstraint("organisation_id", "system_id", "id"),
        same_organisation("system_id", "it_system"),
        sa.CheckConstraint("licences IS NULL OR licences >= 0", name="licences"),
        sa.CheckConstraint("max_days IS NULL OR max_days > 0", name="max_days"),
        sa.CheckConstraint("withdrawn_on IS NULL OR withdrawn_on >= valid_from", name="period"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    system_id: UUID
    key: str
    name: str
    allows: str = ""
    """What it lets a person do, in plain words."""
    level: int = 1
    """How far it reaches; an owner may decide a lower level of the same system than was requested."""
    privileged: bool = False
    requires_end_date: bool = False
    requires_undertaking: bool = False
    max_days: int | None = None
    licences: int | None = None
    valid_from: date
    withdrawn_on: date | None = None
    version: int = 1


class Administrator(Scoped, table=True):
    """A dated appointment as administrator of one system. Source: IT programme 3.2.3."""

    __tablename__ = "administrator"
    __table_args__ = (
        identity(),
        same_organisation("system_id", "it_system"),
        same_organisation("person_id", "person"),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
        sa.UniqueConstraint("organisation_id", "system_id", "person_id", "valid_from"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    system_id: UUID
    person_id: UUID
    valid_from: date
    valid_to: date | None = None


class SodRule(Scoped, table=True):
    """Two profiles that must not meet in one person; the lower id is first, so that a pair stands once."""

    __tablename__ = "sod_rule"
    __table_args__ = (
        same_organisation("first_profile_id", "access_profile"),
        same_organisation("second_profile_id", "access_profile"),
        sa.UniqueConstraint("organisation_id", "first_profile_id", "second_profile_id"),
        sa.CheckConstraint("first_profile_id < second_profile_id", name="one_order"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    first_profile_id: UUID
    second_profile_id: UUID
    reason: str
