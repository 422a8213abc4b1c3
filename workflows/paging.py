"""A long list, a sheet at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import sqlalchemy as sa
from sqlmodel import Session

T = TypeVar("T")
A_SHEET: Final = 50


@dataclass(frozen=True, kw_only=True)
class Sheet(Generic[T]):
    """Some of the rows of a list, and how many there are in all."""

    rows: list[T]
    total: int
    number: int
    last: int


def sheet(session: Session, query: sa.Select[*tuple[Any, ...]], number: int, size: int = A_SHEET) -> Sheet[Any]:
    """One sheet of a query's rows, in two queries; the nearest there is when there is no such sheet."""
    counted = sa.select(sa.func.count()).select_from(query.order_by(None).subquery())
    total: int = session.execute(counted).scalar_one()
    last = max(1, -(-total // size))
    here = min(max(number, 1), last)
    rows = session.execute(query.limit(size).offset((here - 1) * size)).all()
    return Sheet(rows=list(rows), total=total, number=here, last=last)
