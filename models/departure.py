"""The departure notice: somebody leaves, or changes duties; what follows from it. Source: IT programme 3.2.2."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from models.database import Scoped, UtcDateTime, identity, new_id, one_of, partial_index, same_organisation


class DepartureKind(StrEnum):
    """How somebody leaves: on a day known ahead, now, or only the duties they have had."""

    NORMAL = "NORMAL"
    IMMEDIATE = "IMMEDIATE"
    MOVE = "MOVE"


class DepartureState(StrEnum):
    """Where a departure notice stands: where its slowest part does. What each means is said in its policy."""

    QUEUED = "QUEUED"
    AWAITING_DECISION = "AWAITING_DECISION"
    AWAITING_EXECUTION = "AWAITING_EXECUTION"
    AWAITING_REGISTRATION = "AWAITING_REGISTRATION"
    CLOSED = "CLOSED"
    REOPENING = "REOPENING"
    CANCELLED = "CANCELLED"


class Hold(StrEnum):
    """Why a notice waits in the queue: the brake on too many at once, or HR's own confirmation."""

    BRAKE = "BRAKE"
    CONFIRMATION = "CONFIRMATION"


class DepartureNotice(Scoped, table=True):
    """That an employment, or the duties in it, comes to an end, and what was done about it. Its id is its case's."""

    __tablename__ = "departure_notice"
    __table_args__ = (
        identity(),
        same_organisation("id", "case_file"),
        same_organisation("person_id", "person"),
        same_organisation("employment_id", "employment"),
        same_organisation("noticed_by_id", "person"),
        same_organisation("new_department_id", "department"),
        same_organisation("blocked_by_id", "person"),
        same_organisation("accounts_closed_by_id", "person"),
        same_organisation("equipment_returned_by_id", "person"),
        same_organisation("reopened_by_id", "person"),
        one_of("kind", DepartureKind, "kind"),
        sa.CheckConstraint("hold IN ('', 'BRAKE', 'CONFIRMATION')", name="hold"),
        sa.CheckConstraint("(kind = 'MOVE') = (new_department_id IS NOT NULL)", name="a_move_leads_somewhere"),
        sa.CheckConstraint("blocked_by_id <> person_id", name="nobody_blocks_themself"),
        sa.CheckConstraint("accounts_closed_by_id <> person_id", name="nobody_closes_their_own_accounts"),
        sa.CheckConstraint("(blocked_at IS NULL) = (block_ticket = '')", name="a_block_names_its_ticket"),
        sa.CheckConstraint("(accounts_closed_at IS NULL) = (accounts_ticket = '')", name="a_closing_names_its_ticket"),
        sa.CheckConstraint("reopened_by_id <> person_id", name="nobody_reopens_their_own_accounts"),
        sa.CheckConstraint("(reopened_at IS NULL) = (reopen_ticket = '')", name="a_reopening_names_its_ticket"),
        # One employment ends once; a cancelled notice has not ended it.
        partial_index(
            "uq_departure_notice_employment",
            "organisation_id",
            "employment_id",
            unique=True,
            where="cancelled_at IS NULL AND kind <> 'MOVE'",
        ),
        sa.Index("ix_departure_notice_person_id", "person_id"),
    )
    id: UUID = Field(primary_key=True)
    kind: str
    person_id: UUID
    employment_id: UUID
    noticed_by_id: UUID | None = None
    """Who noticed it; nobody when the sweep found that the employment ends."""
    noticed_at: datetime = Field(sa_type=UtcDateTime)
    register_ends_on: date | None = None
    """The end of the employment that the sweep found in the register; none when it followed another one since."""
    last_day: date
    ends_at: datetime = Field(sa_type=UtcDateTime)
    """The moment from which nothing may be open: an hour on the last day, or the notice itself when immediate."""
    reason: str = ""
    hold: str = ""
    new_department_id: UUID | None = None
    block_ticket: str = ""
    blocked_by_id: UUID | None = None
    blocked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    accounts_ticket: str = ""
    accounts_closed_by_id: UUID | None = None
    accounts_closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    equipment_note: str = ""
    equipment_returned_by_id: UUID | None = None
    equipment_returned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reopen_ticket: str = ""
    reopened_by_id: UUID | None = None
    reopened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the accounts that it had shut were opened again, in whichever notice of the person."""
    employed_anew_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When, after it was closed, they were seen to be employed anew: they have accounts with that."""


class DutyKind(StrEnum):
    """What a leaver holds and somebody else must take over."""

    DELEGATION = "DELEGATION"
    DEPUTY = "DEPUTY"
    ADMINISTRATOR = "ADMINISTRATOR"
    APPOINTMENT = "APPOINTMENT"


class Duty(Scoped, table=True):
    """One thing a leaver holds, until somebody has taken it over."""

    __tablename__ = "duty"
    __table_args__ = (
        identity(),
        same_organisation("notice_id", "departure_notice"),
        same_organisation("system_id", "it_system"),
        same_organisation("body_id", "governing_body"),
        same_organisation("settled_by_id", "person"),
        one_of("kind", DutyKind, "kind"),
        sa.UniqueConstraint("organisation_id", "notice_id", "name"),
        sa.CheckConstraint("(settled_at IS NULL) = (successor = '')", name="settled_by_a_successor"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    notice_id: UUID
    kind: str
    name: str
    """What it is, as people know it: the delegation's number, the system's key, the role with what it is a role in."""
    role: str = ""
    body_id: UUID | None = None
    system_id: UUID | None = None
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_by_id: UUID | None = None
    successor: str = ""
    """Who takes it over, or that nobody needs to; in the words of the one who appoints."""
