"""A case: the row that has a state, whatever its kind; and the numbers people know it by."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from models.authorisation import RequestState
from models.database import Scoped, UtcDateTime, identity, new_id, one_of, same_organisation
from models.departure import DepartureState
from models.release import ReleaseState

AUTHORISATION = "authorisation"
DEPARTURE = "departure"
RELEASE = "release"


class Case(Scoped, table=True):
    """Something that moves through a workflow; what it is about stands in the table of its kind."""

    __tablename__ = "case_file"
    __table_args__ = (
        identity(),
        sa.UniqueConstraint("organisation_id", "number"),
        same_organisation("opened_by_id", "person"),
        same_organisation("parent_id", "case_file"),
        one_of("workflow", (AUTHORISATION, DEPARTURE, RELEASE), "workflow"),
        one_of("state", dict.fromkeys((*RequestState, *DepartureState, *ReleaseState)), "state"),
        sa.CheckConstraint("version >= 1", name="version"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    workflow: str
    number: str
    state: str
    state_since: datetime = Field(sa_type=UtcDateTime)
    version: int = 1
    parent_id: UUID | None = None
    opened_by_id: UUID | None = None
    """Who opened it; nobody when a sweep did."""
    opened_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    event_count: int = 0
    event_hash: str = ""
    """The head of the case's event chain, so that events cut off at the end are missed too."""


class Counter(Scoped, table=True):
    """The last number given out in a series, such as ``BEH-2026``."""

    __tablename__ = "counter"
    __table_args__ = (sa.UniqueConstraint("organisation_id", "series"),)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    series: str
    last: int = 0


class Receipt(Scoped, table=True):
    """The result of a call made with an idempotency key; the same call again gets the same answer."""

    __tablename__ = "receipt"
    __table_args__ = (sa.UniqueConstraint("organisation_id", "key"), same_organisation("actor_id", "person"))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str
    actor_id: UUID
    fingerprint: str
    result: dict[str, Any] = Field(sa_type=sa.JSON)
    at: datetime = Field(sa_type=UtcDateTime)
