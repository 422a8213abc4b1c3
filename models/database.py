"""The database: types that behave alike on SQLite and PostgreSQL, and sessions that see one organisation only."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, TypeVar, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.sql.selectable import GenerativeSelect
from sqlmodel import Field, Session, SQLModel
from uuid_utils.compat import uuid7

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Q = TypeVar("Q", bound=GenerativeSelect)
R = TypeVar("R", bound=SQLModel)

# How long a writer waits for another on SQLite, in seconds; PostgreSQL queues on the row itself.
BUSY_SECONDS = 60


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware moment, stored in UTC; a naive one is refused, since nobody knows when it was."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment must say its time zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SqliteUuid(sa.Uuid[UUID]):
    """An id as SQLite keeps it, in characters. One that was seen before is taken as it was read then.

    Making them anew was a quarter of what a page of the web cost, since every row begins with its organisation's.
    """

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return _known_id if self.as_uuid else super().result_processor(dialect, coltype)  # type: ignore[no-untyped-call]


@lru_cache(maxsize=1 << 16)
def _known_id(stored: str | None) -> UUID | None:
    return None if stored is None else UUID(stored)


def new_id() -> UUID:
    """A new UUIDv7: unique everywhere, in order of time."""
    return uuid7()


def one_of(column: str, values: Iterable[str], name: str) -> sa.CheckConstraint:
    """A CHECK that a column holds one of the words given."""
    words = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({words})", name=name)


def same_organisation(column: str, table: str, target: str = "id") -> sa.ForeignKeyConstraint:
    """A foreign key that cannot reach into another organisation."""
    return sa.ForeignKeyConstraint(["organisation_id", column], [f"{table}.organisation_id", f"{table}.{target}"])


def identity(key: str = "id") -> sa.UniqueConstraint:
    """What :func:`same_organisation` points at."""
    return sa.UniqueConstraint("organisation_id", key)


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    """An index of those rows alone that a condition holds for."""
    return sa.Index(name, *columns, unique=unique, sqlite_where=sa.text(where), info={"where": sa.text(where)})


def _say_where_to_postgresql() -> None:
    # Said when the tables are made, it would have everybody on SQLite import what speaks with PostgreSQL.
    for table in SQLModel.metadata.tables.values():
        for index in table.indexes:
            if "where" in index.info:
                index.dialect_options["postgresql"]["where"] = index.info["where"]


class Scoped(SQLModel):
    """A row that belongs to one organisation; sessions add the key to every query and to every new row."""

    # A table validates nothing, so the validators that pydantic would build at import are never used.
    model_config = {"defer_build": True}

    organisation_id: UUID = Field(default=None, foreign_key="organisation.id", nullable=False)


class WrongOrganisationError(RuntimeError):
    """A row of one organisation was written in a session of another."""


class Database:
    """A database and the only way into it: sessions bound to one organisation, reading or writing."""

    def __init__(self, url: str) -> None:
        self.url = url
        options: dict[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS}} if url.startswith("sqlite") else {}
        self.engine: Engine = sa.create_engine(url, **options)
        if self.engine.dialect.name == "sqlite":
            self.engine.dialect.colspecs = {**self.engine.dialect.colspecs, sa.Uuid: SqliteUuid}
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)
        else:
            _say_where_to_postgresql()
        # Readers on SQLite must not queue behind writers, so only a writing transaction takes the write lock.
        self._writing: Engine = self.engine.execution_options(writes=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self, organisation_id: UUID | None) -> Iterator[Session]:
        """A session that only reads; None sees all organisations (listing them, verifying, migrating)."""
        with _session(self.engine, organisation_id) as session:
            yield session

    @contextmanager
    def writing(self, organisation_id: UUID | None) -> Iterator[Session]:
        """A session in one transaction: committed at the end, or nothing of it happened."""
        with _session(self._writing, organisation_id) as session:
            try:
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def values_of(session: Session, table: type[R], *where: sa.ColumnElement[bool]) -> Sequence[R]:
    """Rows as values, to be read and never changed: they have the columns of a table, and belong to no session.

    A page that weighs hundreds of rows to show a few spends most of its time on making objects of them otherwise.
    """
    organisation_id = session.info["organisation_id"]
    query = _all_of(table) if organisation_id is None else _of_one(table)
    found = session.connection().execute(query.where(*where), {"organisation": organisation_id})
    return cast("Sequence[R]", found.all())


@cache
def _all_of(table: type[SQLModel]) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(sa.inspect(table).local_table)


@cache
def _of_one(table: type[SQLModel]) -> sa.Select[*tuple[Any, ...]]:
    """All of a table that is of the organisation of the session: here no criteria are put on by themselves."""
    rows = sa.inspect(table).local_table
    return sa.select(rows).where(rows.c.organisation_id == sa.bindparam("organisation", type_=sa.Uuid()))


def locked(query: Q, *, of: type[SQLModel] | None = None, skip_locked: bool = False) -> Q:
    """A query that holds the rows it finds until the transaction ends.

    Others may write rows that refer to them meanwhile: a message to somebody does not wait for an act about them.
    """
    return query.with_for_update(of=of, skip_locked=skip_locked, key_share=True)


def _session(engine: Engine, organisation_id: UUID | None) -> Session:
    session = Session(engine, expire_on_commit=False, autoflush=False)
    session.info["organisation_id"] = organisation_id
    if organisation_id is not None:
        session.info["scope"] = _scope(organisation_id)
        sa.event.listen(session, "do_orm_execute", _scope_query)
        sa.event.listen(session, "before_flush", _scope_new_rows)
    return session


class _EveryTable:
    """Everything with an organisation's key, as the one thing that criteria are put on.

    Not the mixin itself, where pydantic would take the column for a default.
    """

    organisation_id = sa.column("organisation_id", sa.Uuid())

    @staticmethod
    def __subclasses__() -> list[type[Scoped]]:
        return Scoped.__subclasses__()


@lru_cache(maxsize=1024)
def _scope(organisation_id: UUID) -> ExecutableOption:
    return with_loader_criteria(
        _EveryTable, lambda table: table.organisation_id == organisation_id, include_aliases=True
    )


def _scope_query(state: ORMExecuteState) -> None:
    """Add the organisation to every query: the one place that scopes them."""
    if not state.is_insert:
        state.statement = state.statement.options(state.session.info["scope"])


def _scope_new_rows(session: Session, _context: object, _instances: object) -> None:
    organisation_id = session.info["organisation_id"]
    for row in session.new:
        if isinstance(row, Scoped):
            if getattr(row, "organisation_id", None) is None:
                row.organisation_id = organisation_id
            elif row.organisation_id != organisation_id:
                raise WrongOrganisationError(type(row).__name__)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    if not connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql("BEGIN")
        return
    with _next_to_write(connection.engine.url.database):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _next_to_write(file: str | None) -> Iterator[None]:
    """One writer at a time waits for SQLite; the others wait for their turn to wait.

    SQLite's own waiting is by chance: who asks again in the right moment is in, and with several who write without a
    pause somebody would not be within :data:`BUSY_SECONDS`. Held by the folder, since closing a second handle on the
    database's own file would drop the locks that SQLite has on it.
    """
    if not file or file == ":memory:":
        yield
        return
    folder = os.open(os.path.dirname(file) or ".", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
