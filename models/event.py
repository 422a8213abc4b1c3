"""What happened. Written once; the application has no way to change it and the database refuses to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from models.database import Scoped, UtcDateTime, identity, new_id, same_organisation


class Event(Scoped, table=True):
    """One thing that happened, linked to the one before it in its chain by a hash.

    A chain is a case's, or the organisation's own for what belongs to no case.
    """

    __tablename__ = "event"
    __table_args__ = (
        identity(),
        sa.UniqueConstraint("organisation_id", "chain_id", "position"),
        same_organisation("case_id", "case_file"),
        same_organisation("actor_id", "person"),
        same_organisation("in_place_of_id", "person"),
        sa.CheckConstraint("case_id IS NULL OR case_id = chain_id", name="chain"),
        sa.CheckConstraint("position >= 1", name="position"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    chain_id: UUID
    position: int
    case_id: UUID | None = None
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str
    actor_id: UUID | None = None
    """Who did it; nobody when a rule did."""
    in_place_of_id: UUID | None = None
    mandate: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON)
    channel: str
    os_user: str = ""
    from_state: str = ""
    to_state: str = ""
    comment: str = ""
    data: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    previous_hash: str
    hash: str
