"""What a person holds: one grant for each employment, system, profile and scope at a time."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from models.database import Scoped, UtcDateTime, identity, new_id, one_of, partial_index, same_organisation


class GrantState(StrEnum):
    """Where a grant stands. Only REVOKED and EXPIRED are gone; REVOCATION_PENDING still opens the door."""

    SCHEDULED = "SCHEDULED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REVOCATION_PENDING = "REVOCATION_PENDING"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


ENDED = (GrantState.REVOKED, GrantState.EXPIRED)


class AccessGrant(Scoped, table=True):
    """An access somebody holds, from and until; only ever changed by a case. Live while `ended_at` is empty."""

    __tablename__ = "access_grant"
    __table_args__ = (
        identity(),
        same_organisation("case_id", "case_file"),
        same_organisation("ended_by_case_id", "case_file"),
        same_organisation("decision_id", "decision"),
        same_organisation("person_id", "person"),
        same_organisation("employment_id", "employment"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "system_id", "profile_id"],
            ["access_profile.organisation_id", "access_profile.system_id", "access_profile.id"],
        ),
        one_of("state", GrantState, "state"),
        sa.CheckConstraint("(state IN ('REVOKED', 'EXPIRED')) = (ended_at IS NOT NULL)", name="ended"),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="period"),
        sa.CheckConstraint("(ends_on IS NULL) = (ends_at IS NULL)", name="last_day_has_a_moment"),
        sa.CheckConstraint("ended_at IS NULL OR next_action_at IS NULL", name="nothing_is_due_on_an_ended_grant"),
        partial_index(
            "uq_access_grant_live",
            "organisation_id",
            "employment_id",
            "system_id",
            "profile_id",
            "scope",
            unique=True,
            where="ended_at IS NULL",
        ),
        partial_index("ix_access_grant_next_action_at", "next_action_at", where="next_action_at IS NOT NULL"),
        sa.Index("ix_access_grant_person_id", "person_id"),
        sa.Index("ix_access_grant_profile_id", "profile_id"),
        sa.Index("ix_access_grant_system_id", "system_id"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID | None = None
    """The case that opened it; none for access taken over when the register was first loaded."""
    ended_by_case_id: UUID | None = None
    decision_id: UUID
    person_id: UUID
    employment_id: UUID
    system_id: UUID
    profile_id: UUID
    scope: str = ""
    state: str
    starts_on: date
    ends_on: date | None = None
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The moment it stops: midnight after the last day, unless an hour was decided."""
    account_name: str = ""
    warned_days: int | None = None
    """The latest warning sent before the end, in days left."""
    next_action_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the sweep has something to do next: start it, warn, or end it."""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
