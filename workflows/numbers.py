"""Numbers people can say aloud: BEH-2026-00042, in one unbroken series a year."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from models import Counter, locked, new_id
from workflows.deadlines import today


def next_number(session: Session, organisation_id: UUID, prefix: str, now: datetime) -> str:
    """The next case number of the year; the series is locked until the transaction ends, so it has no gaps."""
    series = _series(prefix, now)
    change = (
        sa.update(Counter)
        .where(col(Counter.series) == series)
        .values(last=col(Counter.last) + 1)
        .returning(col(Counter.last))
        .execution_options(synchronize_session=False)
    )
    number = session.execute(change).scalar_one_or_none()
    if number is None:
        _begin(session, organisation_id, series)
        number = session.execute(change).scalar_one()
    return f"{series}-{number:05d}"


def hold(session: Session, organisation_id: UUID, prefix: str, now: datetime) -> None:
    """Lock the series of the year, as giving out a number does: for whoever must have it before other locks."""
    series = _series(prefix, now)
    query = locked(select(Counter.last).where(Counter.series == series))
    if session.exec(query).first() is None:
        _begin(session, organisation_id, series)
        session.exec(query).one()


def _series(prefix: str, now: datetime) -> str:
    return f"{prefix}-{today(now).year}"


def _begin(session: Session, organisation_id: UUID, series: str) -> None:
    """Begin a series, unless somebody else has meanwhile."""
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(
        insert(Counter)
        .values(id=new_id(), organisation_id=organisation_id, series=series, last=0)
        .on_conflict_do_nothing(index_elements=["organisation_id", "series"])
    )
