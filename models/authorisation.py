"""The authorisation request: what was asked, what was decided, what was carried out. Source: IT programme 3.2.2."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from models.database import Scoped, UtcDateTime, identity, new_id, one_of, same_organisation


class RequestKind(StrEnum):
    """What is asked for: new access, another profile, a longer time, or an end."""

    NEW = "NEW"
    CHANGE = "CHANGE"
    RENEW = "RENEW"
    END = "END"


class RequestState(StrEnum):
    """Where an authorisation request stands; what each state means is said in its policy."""

    DRAFT = "DRAFT"
    AWAITING_DECISION = "AWAITING_DECISION"
    AWAITING_COMPLETION = "AWAITING_COMPLETION"
    AWAITING_EXECUTION = "AWAITING_EXECUTION"
    AWAITING_REGISTRATION = "AWAITING_REGISTRATION"
    OBSTRUCTED = "OBSTRUCTED"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    LAPSED = "LAPSED"
    FAILED = "FAILED"


class DecisionOutcome(StrEnum):
    """What was decided; TIME_OUT and DEFAULT are the decisions that a rule makes when a period or a silence ends."""

    APPROVED = "APPROVED"
    APPROVED_WITH_CHANGES = "APPROVED_WITH_CHANGES"
    REJECTED = "REJECTED"
    TIME_OUT = "TIME_OUT"
    DEFAULT = "DEFAULT"
    TAKEN_OVER = "TAKEN_OVER"


class AccessOrder(Scoped, table=True):
    """Several requests for one person, written in one go; each line is a case of its own."""

    __tablename__ = "access_order"
    __table_args__ = (
        identity(),
        same_organisation("requester_id", "person"),
        same_organisation("employment_id", "employment"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    requester_id: UUID
    employment_id: UUID
    at: datetime = Field(sa_type=UtcDateTime)


class Decision(Scoped, table=True):
    """A decision, as it was taken: who, on which mandate, what exactly. Never changed; the database refuses it."""

    __tablename__ = "decision"
    __table_args__ = (
        identity(),
        same_organisation("case_id", "case_file"),
        same_organisation("decided_by_id", "person"),
        same_organisation("in_place_of_id", "person"),
        same_organisation("requester_id", "person"),
        same_organisation("person_id", "person"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "system_id", "profile_id"],
            ["access_profile.organisation_id", "access_profile.system_id", "access_profile.id"],
        ),
        one_of("outcome", DecisionOutcome, "outcome"),
        sa.CheckConstraint("decided_by_id <> person_id", name="nobody_decides_on_their_own_access"),
        sa.CheckConstraint("decided_by_id <> requester_id", name="nobody_decides_on_their_own_request"),
        sa.CheckConstraint(
            "(decided_by_id IS NULL) = (outcome IN ('TIME_OUT', 'DEFAULT', 'TAKEN_OVER'))", name="somebody_decided"
        ),
        sa.CheckConstraint("(case_id IS NULL) = (outcome = 'TAKEN_OVER')", name="case"),
        sa.CheckConstraint("mandate_reference <> ''", name="names_its_mandate"),
        sa.CheckConstraint("outcome <> 'REJECTED' OR comment <> ''", name="a_rejection_has_a_reason"),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="period"),
        sa.Index("ix_decision_case_id", "case_id"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID | None = None
    """The case it was taken in; none for access taken over when the register was first loaded."""
    outcome: str
    at: datetime = Field(sa_type=UtcDateTime)
    decided_by_id: UUID | None = None
    in_place_of_id: UUID | None = None
    mandate_basis: str
    mandate_reference: str
    requester_id: UUID | None = None
    person_id: UUID
    system_id: UUID
    profile_id: UUID
    profile_version: int
    scope: str = ""
    starts_on: date
    ends_on: date | None = None
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    comment: str = ""


class AuthorisationRequest(Scoped, table=True):
    """What a request asks for, and what was done about it. Its id is its case's."""

    __tablename__ = "authorisation_request"
    __table_args__ = (
        identity(),
        same_organisation("id", "case_file"),
        same_organisation("order_id", "access_order"),
        same_organisation("requester_id", "person"),
        same_organisation("person_id", "person"),
        same_organisation("employment_id", "employment"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "system_id", "profile_id"],
            ["access_profile.organisation_id", "access_profile.system_id", "access_profile.id"],
        ),
        same_organisation("grant_id", "access_grant"),
        same_organisation("notice_id", "departure_notice"),
        same_organisation("decision_id", "decision"),
        same_organisation("executed_by_id", "person"),
        same_organisation("registered_by_id", "person"),
        one_of("kind", RequestKind, "kind"),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="period"),
        sa.CheckConstraint("kind = 'NEW' OR grant_id IS NOT NULL", name="names_the_grant_it_is_about"),
        sa.CheckConstraint("executed_by_id <> person_id", name="nobody_executes_their_own_access"),
        sa.CheckConstraint("registered_by_id <> person_id", name="nobody_registers_their_own_access"),
        sa.CheckConstraint(
            "separation_waived OR executed_by_id <> registered_by_id", name="execution_and_registration_are_separate"
        ),
        sa.CheckConstraint("executed_by_id IS NULL OR decision_id IS NOT NULL", name="nothing_undecided_is_executed"),
        sa.CheckConstraint("registered_by_id IS NULL OR executed_by_id IS NOT NULL", name="executed_before_registered"),
        sa.CheckConstraint(
            "registered_by_id IS NULL OR ticket_number <> ''", name="registration_names_the_service_desk_ticket"
        ),
        # Pending requests are looked up by employment and by system at every guard.
        sa.Index("ix_authorisation_request_employment_id", "employment_id"),
        sa.Index("ix_authorisation_request_person_id", "person_id"),
        sa.Index("ix_authorisation_request_profile_id", "profile_id"),
        sa.Index("ix_authorisation_request_notice_id", "notice_id"),
    )
    id: UUID = Field(primary_key=True)
    order_id: UUID | None = None
    kind: str
    requester_id: UUID | None = None
    """Who asked; nobody when a sweep opened an end request because the time was out."""
    person_id: UUID
    employment_id: UUID
    system_id: UUID = Field(index=True)
    profile_id: UUID
    scope: str = ""
    starts_on: date
    ends_on: date | None = None
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    purpose: str
    retroactive_reason: str = ""
    grant_id: UUID | None = None
    notice_id: UUID | None = None
    """The departure notice that an end request is a part of."""
    decision_id: UUID | None = None
    account_name: str = ""
    executed_by_id: UUID | None = None
    executed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ticket_number: str = ""
    registered_by_id: UUID | None = None
    registered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    separation_waived: bool = False
    obstacle: str = ""
    obstacle_solver: str = ""
    obstructed_in: str = ""

    def asked(self) -> dict[str, Any]:
        """What was asked for, as the record keeps it."""
        return {
            "kind": self.kind,
            "profile_id": str(self.profile_id),
            "scope": self.scope,
            "starts_on": self.starts_on.isoformat(),
            "ends_on": self.ends_on.isoformat() if self.ends_on else None,
            "ends_at": self.ends_at.isoformat() if self.ends_at else None,
            "purpose": self.purpose,
            "retroactive_reason": self.retroactive_reason,
        }
