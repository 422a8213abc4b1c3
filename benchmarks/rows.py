"""Rows as the driver holds them, and the plain SQL that writes them: what the baselines are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Json

from models import Database, new_id

Values = dict[str, Any]


@dataclass(frozen=True)
class Driver:
    """A connection of the database's own driver: SQL text in, rows out, and nothing of ours between."""

    raw: Any
    sqlite: bool

    @classmethod
    @contextmanager
    def connected(cls, database: Database) -> Iterator[Driver]:
        """A connection set up as the program sets up its own."""
        fairy = database.engine.raw_connection()
        try:
            yield cls(fairy.driver_connection, database.is_sqlite)
        finally:
            fairy.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A durable commit."""
        if self.sqlite:
            self.raw.execute("BEGIN IMMEDIATE")
        yield
        self.raw.execute("COMMIT") if self.sqlite else self.raw.commit()

    def run(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Execute a statement written with ``?``."""
        return self.raw.execute(sql if self.sqlite else sql.replace("?", "%s"), values)

    def read(self, table: str, where: str = "1 = 1", values: Sequence[Any] = ()) -> list[Values]:
        """The rows of a table."""
        cursor = self.run(f"SELECT * FROM {table} WHERE {where}", values)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        if not self.sqlite:
            self.raw.rollback()
        return rows

    def insert(self, table: str, rows: Sequence[Values]) -> None:
        """Write rows."""
        if not rows:
            return
        names = list(rows[0])
        marks = ", ".join("?" if self.sqlite else "%s" for _ in names)
        sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
        values = [[_stored(row[name]) for name in names] for row in rows]
        if self.sqlite:
            self.raw.executemany(sql, values)
        else:
            with self.raw.cursor() as cursor:
                cursor.executemany(sql, values)

    def update(self, table: str, row: Values) -> None:
        """Write a row that is there already, by its id."""
        names = [name for name in row if name != "id"]
        sets = ", ".join(f"{name} = ?" for name in names)
        self.run(f"UPDATE {table} SET {sets} WHERE id = ?", [*(_stored(row[name]) for name in names), row["id"]])

    def new_id(self) -> Any:
        """An id as this database stores it."""
        return new_id().hex if self.sqlite else new_id()


def _stored(value: Any) -> Any:
    return Json(value) if isinstance(value, (dict, list)) else value


def renamed(rows: Iterable[tuple[str, Values]], names: Mapping[Any, Any]) -> list[tuple[str, Values]]:
    """Rows of several tables with other ids, and whatever else is to be another."""
    return [
        (
            table,
            {key: names.get(value, value) if isinstance(value, (str, UUID)) else value for key, value in row.items()},
        )
        for table, row in rows
    ]
