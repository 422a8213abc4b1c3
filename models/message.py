"""What is to be sent: saved with the change that causes it, delivered afterwards."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from models.database import Scoped, UtcDateTime, identity, new_id, one_of, partial_index, same_organisation


class MessageState(StrEnum):
    """Where a message stands: waiting, in the hands of a process, sent, or parked for an operator."""

    PENDING = "PENDING"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"


class Message(Scoped, table=True):
    """One letter to one person, in that person's language, as it was or will be sent."""

    __tablename__ = "message"
    __table_args__ = (
        identity(),
        same_organisation("case_id", "case_file"),
        same_organisation("task_id", "task"),
        same_organisation("recipient_id", "person"),
        one_of("state", MessageState, "state"),
        sa.CheckConstraint(
            "(state IN ('PENDING', 'SENDING')) = (next_attempt_at IS NOT NULL)", name="waiting_ones_have_a_time"
        ),
        partial_index("ix_message_next_attempt_at", "next_attempt_at", where="next_attempt_at IS NOT NULL"),
        sa.Index("ix_message_case_id", "case_id"),
        sa.Index("ix_message_task_id", "task_id"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    """Also the stable Message-ID, so that a receiver can tell a repeated delivery."""
    case_id: UUID | None = None
    task_id: UUID | None = None
    kind: str
    recipient_id: UUID
    address: str = ""
    """Where it goes; empty for a person without an address, and then it is parked at once."""
    language: str
    subject: str
    text: str
    html: str
    saved_at: datetime = Field(sa_type=UtcDateTime)
    state: str = MessageState.PENDING
    attempts: int = 0
    next_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When to try next; while SENDING, when the process that holds it must have been done."""
    claim: UUID | None = None
    last_error: str = ""
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
