"""Numbers people can say aloud: BEH-2026-00042, in one unbroken series a year."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from models import Counter, new_id
from workflows.deadlines import today


def next_number(session: Session, organisation_id: UUID, prefix: str, now: datetime) -> str:
    """The next case number of the year; the series is locked until the transaction ends, so it has no gaps."""
    year = today(now).year
    return f"{prefix}-{year}-{_next(session, organisation_id, f'{prefix}-{year}'):05d}"


def _next(session: Session, organisation_id: UUID, series: str) -> int:
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(
        insert(Counter)
        .values(id=new_id(), organisation_id=organisation_id, series=series, last=0)
        .on_conflict_do_nothing(index_elements=["organisation_id", "series"])
    )
    return int(
        session.execute(
            sa.update(Counter)
            .where(col(Counter.series) == series)
            .values(last=col(Counter.last) + 1)
            .returning(col(Counter.last))
            .execution_options(synchronize_session=False)
        ).scalar_one()
    )
