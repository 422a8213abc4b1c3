"""The system release: a new version goes into operation, or does not; and what has been in operation.

Source: IT programme 3.2.2 (the owner approves for operation), 3.2.3 (the administrator tests), 3.2.7 (security review).
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from models.database import Scoped, UtcDateTime, identity, new_id, one_of, partial_index, same_organisation


class ReleaseKind(StrEnum):
    """Which path a release takes: the ordinary one, or the short one of an urgent security fix."""

    ORDINARY = "ORDINARY"
    URGENT = "URGENT"


class ReleaseState(StrEnum):
    """Where a system release stands; what each state means is said in its policy."""

    PROPOSED = "PROPOSED"
    AWAITING_DECISION = "AWAITING_DECISION"
    AWAITING_TEST = "AWAITING_TEST"
    AWAITING_SECURITY_REVIEW = "AWAITING_SECURITY_REVIEW"
    AWAITING_OPERATIONAL_APPROVAL = "AWAITING_OPERATIONAL_APPROVAL"
    AWAITING_DEPLOYMENT = "AWAITING_DEPLOYMENT"
    AWAITING_REGISTRATION = "AWAITING_REGISTRATION"
    AWAITING_FOLLOW_UP = "AWAITING_FOLLOW_UP"
    IN_OPERATION = "IN_OPERATION"
    ROLLED_BACK = "ROLLED_BACK"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


class SystemRelease(Scoped, table=True):
    """A version of a system on its way into operation, and what was done about it. Its id is its case's."""

    __tablename__ = "system_release"
    __table_args__ = (
        identity(),
        same_organisation("id", "case_file"),
        same_organisation("system_id", "it_system"),
        same_organisation("proposed_by_id", "person"),
        same_organisation("decided_by_id", "person"),
        same_organisation("date_agreed_by_id", "person"),
        same_organisation("date_confirmed_by_id", "person"),
        same_organisation("tested_by_id", "person"),
        same_organisation("reviewed_by_id", "person"),
        same_organisation("cosigned_by_id", "person"),
        same_organisation("approved_by_id", "person"),
        same_organisation("deployed_by_id", "person"),
        same_organisation("registered_by_id", "person"),
        one_of("kind", ReleaseKind, "kind"),
        sa.CheckConstraint("version <> ''", name="names_its_version"),
        sa.CheckConstraint("(planned_from IS NULL) = (planned_until IS NULL)", name="a_window_has_both_ends"),
        sa.CheckConstraint("planned_until IS NULL OR planned_until > planned_from", name="window"),
        sa.CheckConstraint("kind <> 'URGENT' OR urgent_reason <> ''", name="urgency_has_its_reason"),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name="nobody_decides_on_their_own_proposal"),
        sa.CheckConstraint("approved_by_id <> proposed_by_id", name="nobody_approves_their_own_proposal"),
        sa.CheckConstraint(
            "separation_waived OR deployed_by_id <> approved_by_id", name="approval_and_deployment_are_separate"
        ),
        sa.CheckConstraint(
            "separation_waived OR deployed_by_id <> registered_by_id", name="deployment_and_registration_are_separate"
        ),
        sa.CheckConstraint(
            "deployed_by_id IS NULL OR approved_by_id IS NOT NULL", name="nothing_unapproved_is_deployed"
        ),
        sa.CheckConstraint("registered_by_id IS NULL OR deployed_by_id IS NOT NULL", name="deployed_before_registered"),
        sa.CheckConstraint("registered_by_id IS NULL OR ticket_number <> ''", name="registration_names_its_ticket"),
        # One at a time for a system.
        partial_index(
            "uq_system_release_in_deployment",
            "organisation_id",
            "system_id",
            unique=True,
            where="in_deployment",
        ),
    )
    id: UUID = Field(primary_key=True)
    kind: str = ReleaseKind.ORDINARY
    system_id: UUID = Field(index=True)
    version: str
    contents: str
    """What is new in it, in words its owner can judge."""
    urgent_reason: str = ""
    proposed_by_id: UUID
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    planned_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The window in which it may be deployed; none when a planned date has passed and no new one is set."""
    planned_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    date_agreed_by_id: UUID | None = None
    """The head of IT, who has agreed to the window as it is now."""
    date_confirmed_by_id: UUID | None = None
    """Who has confirmed the window as it is now on the owner's behalf."""
    decided_by_id: UUID | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tested_by_id: UUID | None = None
    tested_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the test was passed; empty again when the release goes back."""
    reviewed_by_id: UUID | None = None
    reviewed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    review_skipped_because: str = ""
    cosigned_by_id: UUID | None = None
    cosigned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the head of IT signed that it works together with other systems."""
    approved_by_id: UUID | None = None
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    in_deployment: bool = False
    """Whether something of it is installed and neither registered nor rolled back."""
    deployed_by_id: UUID | None = None
    deployed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    registered_by_id: UUID | None = None
    registered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ticket_number: str = ""
    separation_waived: bool = False

    def asked(self) -> dict[str, Any]:
        """What was proposed, as the record keeps it."""
        return {
            "kind": self.kind,
            "version": self.version,
            "contents": self.contents,
            "urgent_reason": self.urgent_reason,
            "planned_from": self.planned_from.isoformat() if self.planned_from else None,
            "planned_until": self.planned_until.isoformat() if self.planned_until else None,
        }


class Finding(Scoped, table=True):
    """Something a security review found; a blocking one stops the approval until it is resolved."""

    __tablename__ = "finding"
    __table_args__ = (
        identity(),
        same_organisation("release_id", "system_release"),
        same_organisation("noted_by_id", "person"),
        same_organisation("resolved_by_id", "person"),
        sa.UniqueConstraint("organisation_id", "release_id", "number"),
        sa.CheckConstraint("what <> ''", name="says_what"),
        sa.CheckConstraint("(resolved_at IS NULL) = (resolution = '')", name="resolved_in_words"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    release_id: UUID
    number: int
    what: str
    blocking: bool = False
    noted_by_id: UUID
    noted_at: datetime = Field(sa_type=UtcDateTime)
    resolution: str = ""
    resolved_by_id: UUID | None = None
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AttachmentKind(StrEnum):
    """What a file shows: how a test went, what a review found, or something else that belongs to the case."""

    PROTOCOL = "PROTOCOL"
    REVIEW = "REVIEW"
    OTHER = "OTHER"


class Attachment(Scoped, table=True):
    """A file that belongs to a case; its contents are kept under their own SHA-256. Written once."""

    __tablename__ = "attachment"
    __table_args__ = (
        identity(),
        same_organisation("case_id", "case_file"),
        same_organisation("added_by_id", "person"),
        one_of("kind", AttachmentKind, "kind"),
        sa.CheckConstraint("length(sha256) = 64", name="sha256"),
        sa.CheckConstraint("size > 0", name="size"),
        sa.UniqueConstraint("organisation_id", "case_id", "number"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID
    number: int
    kind: str
    name: str
    """The file's name as it came, without any folder."""
    media_type: str
    size: int
    """In bytes."""
    sha256: str
    added_by_id: UUID
    added_at: datetime = Field(sa_type=UtcDateTime)


class SystemVersion(Scoped, table=True):
    """Which version of a system has been in operation, from when until when, and by which cases."""

    __tablename__ = "system_version"
    __table_args__ = (
        identity(),
        same_organisation("system_id", "it_system"),
        same_organisation("case_id", "case_file"),
        same_organisation("ended_by_case_id", "case_file"),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="period"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by_case_id IS NULL)", name="ended_by_a_case"),
        partial_index(
            "uq_system_version_in_operation",
            "organisation_id",
            "system_id",
            unique=True,
            where="ended_at IS NULL",
        ),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    system_id: UUID
    version: str
    began_at: datetime = Field(sa_type=UtcDateTime)
    case_id: UUID
    """The release that put it into operation, or that was rolled back and so let it stand again."""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by_case_id: UUID | None = None


class PlanKind(StrEnum):
    """What sort of plan a critical system must have in force."""

    SECURITY = "SECURITY"
    OUTAGE = "OUTAGE"


class SystemPlan(Scoped, table=True):
    """A system security plan or an outage plan, decided by the owner. Source: IT programme 3.2.2, 4.5."""

    __tablename__ = "system_plan"
    __table_args__ = (
        identity(),
        same_organisation("system_id", "it_system"),
        same_organisation("adopted_by_id", "person"),
        same_organisation("agreed_by_id", "person"),
        one_of("kind", PlanKind, "kind"),
        sa.CheckConstraint("reference <> ''", name="names_its_decision"),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
        sa.UniqueConstraint("organisation_id", "system_id", "kind", "reference"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    system_id: UUID
    kind: str
    reference: str
    """The owner's decision, as the minutes name it."""
    valid_from: date
    valid_to: date | None = None
    adopted_by_id: UUID | None = None
    """Who adopted it here; nobody when it was loaded from a file."""
    agreed_on: date | None = None
    """When the head of IT agreed; an outage plan is in force only then."""
    agreed_by_id: UUID | None = None
