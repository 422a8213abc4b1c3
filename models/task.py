"""What waits for a human: the inbox and the escalations read tasks and nothing else."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from models.database import Scoped, UtcDateTime, identity, new_id, one_of, partial_index, same_organisation


class Part(StrEnum):
    """A part somebody plays in a case, and so what a task waits for."""

    SUBMIT = "SUBMIT"
    DECIDE = "DECIDE"
    COMPLETE = "COMPLETE"
    EXECUTE = "EXECUTE"
    REGISTER = "REGISTER"
    SOLVE = "SOLVE"
    RELEASE = "RELEASE"
    """Let a departure out of the queue, or refuse it."""
    BLOCK = "BLOCK"
    CLOSE_ACCOUNTS = "CLOSE_ACCOUNTS"
    RETURN_EQUIPMENT = "RETURN_EQUIPMENT"
    REOPEN_ACCOUNTS = "REOPEN_ACCOUNTS"
    """Open accounts again that a cancelled departure has shut."""
    APPOINT = "APPOINT"
    """Appoint somebody to a duty that a leaver holds."""
    PREPARE = "PREPARE"
    """Put a release forward, or forward again."""
    TEST = "TEST"
    REVIEW = "REVIEW"
    APPROVE = "APPROVE"
    """Approve a release for operation."""
    COSIGN = "COSIGN"
    """Sign that a release works together with other systems."""
    DEPLOY = "DEPLOY"
    FOLLOW_UP = "FOLLOW_UP"
    """Review afterwards what went the short path."""
    AGREE_DATE = "AGREE_DATE"
    """Agree to when a release is deployed, for the infrastructure."""
    CONFIRM_DATE = "CONFIRM_DATE"
    """Confirm a new date, for the owner."""
    SET_DATE = "SET_DATE"
    """Set a new date when the planned one has passed."""


class Task(Scoped, table=True):
    """One thing a case waits for. It keeps the time limits it was opened under."""

    __tablename__ = "task"
    __table_args__ = (
        identity(),
        same_organisation("case_id", "case_file"),
        same_organisation("closed_by_id", "person"),
        same_organisation("claimed_by_id", "person"),
        one_of("part", Part, "part"),
        sa.CheckConstraint("closed_at IS NULL OR next_action_at IS NULL", name="nothing_is_due_on_a_closed_task"),
        sa.CheckConstraint("(claimed_by_id IS NULL) = (claimed_at IS NULL)", name="claimed_by_somebody"),
        partial_index("uq_task_open_part", "case_id", "part", "about", unique=True, where="closed_at IS NULL"),
        partial_index("ix_task_next_action_at", "next_action_at", where="next_action_at IS NOT NULL"),
        partial_index("ix_task_open", "organisation_id", "part", where="closed_at IS NULL"),
        sa.Index("ix_task_case_id", "case_id"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    case_id: UUID
    part: str
    about: str = ""
    """Which one, of a part that a case waits for several of: the name of the duty to be taken over."""
    opened_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    schedule: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    """Every reminder, escalation and lapse, with its moment and the roles it concerns, as resolved at opening."""
    done: int = 0
    """How many entries of the schedule have been carried out."""
    reminded: int = 0
    step: int = 0
    """The escalation step it has reached; 0 before the first."""
    next_action_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    unattended_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when nobody has had the right to act on it."""
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by_id: UUID | None = None
    claimed_by_id: UUID | None = None
    """Who has said that they take it: others see it, and may act all the same."""
    claimed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
