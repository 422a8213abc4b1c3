"""A long list, a sheet at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import sqlalchemy as sa
from sqlmodel import Session

T = TypeVar("T")
U = TypeVar("U")
A_SHEET: Final = 50


@dataclass(frozen=True, kw_only=True)
class Sheet(Generic[T]):
    """Some of the rows of a list, and how many there are in all."""

    rows: list[T]
    total: int
    number: int
    last: int

    def showing(self, rows: list[U]) -> Sheet[U]:
        """The same sheet, with what is shown of its rows."""
        return Sheet(rows=rows, total=self.total, number=self.number, last=self.last)


def sheet_of(rows: Sequence[T], number: int, size: int = A_SHEET) -> Sheet[T]:
    """One sheet of rows that are read already; the nearest there is when there is no such sheet."""
    last = max(1, -(-len(rows) // size))
    here = min(max(number, 1), last)
    return Sheet(rows=list(rows[(here - 1) * size : here * size]), total=len(rows), number=here, last=last)


def sheet(session: Session, query: sa.Select[*tuple[Any, ...]], number: int, size: int = A_SHEET) -> Sheet[Any]:
    """One sheet of a query's rows, in two queries; the nearest there is when there is no such sheet."""
    counted = sa.select(sa.func.count()).select_from(query.order_by(None).subquery())
    total: int = session.execute(counted).scalar_one()
    last = max(1, -(-total // size))
    here = min(max(number, 1), last)
    rows = session.execute(query.limit(size).offset((here - 1) * size)).all()
    return Sheet(rows=list(rows), total=total, number=here, last=last)
