"""Where it is measured: databases with a made-up municipality in them, copied for each benchmark."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

import migrations
from demo.data import write_scale
from demo.vocabulary import MUNICIPALITY_SCALE, Scale
from models import Database, Organisation, new_id
from tests.postgres import PostgresServer
from workflows.evidence import Actor
from workflows.load import load
from workflows.lookup import actor_by_number
from workflows.office import Office
from workflows.policy import load_policy

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
NOW: Final = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""A Tuesday morning in office hours; no clock is read, so that every run does the same."""
SMALL: Final = replace(MUNICIPALITY_SCALE, employees=160, consultants=3, systems=9, grants=150, people_in_a_unit=50)


@dataclass
class Stage:
    """What the benchmarks share: a folder, a server, and the files of the municipality that is measured on."""

    folder: Path
    server: PostgresServer
    quick: bool
    due_tasks: int = 1_000
    templates: dict[str, str] = field(default_factory=dict)

    @property
    def scale(self) -> Scale:
        """The size of a municipality; in a quick run, of a village."""
        return SMALL if self.quick else MUNICIPALITY_SCALE

    def files(self) -> list[Path]:
        """The municipality as files."""
        folder = self.folder / "files"
        return sorted(folder.iterdir()) if folder.exists() else write_scale(folder, self.scale, 1, NOW.date())

    def address(self, engine: str, template: str = "") -> str:
        """The address of a new database, empty or a copy of another."""
        name = f"bench_{new_id().hex}"
        if engine == POSTGRESQL:
            return self.server.create(name, template=sa.make_url(template).database or "" if template else "template0")
        path = self.folder / f"{name}.db"
        if template:
            shutil.copyfile(sa.make_url(template).database or "", path)
        return f"sqlite:///{path}"

    def template(self, engine: str, *, loaded: bool) -> str:
        """The address of a database that copies are made of: with the tables only, or with the municipality too."""
        key = f"{engine} {'loaded' if loaded else 'empty'}"
        if key not in self.templates:
            url = self.address(engine, self.template(engine, loaded=False) if loaded else "")
            database = Database(url)
            if loaded:
                load(database, None, self.files(), now=NOW, actor=None)
            else:
                migrations.upgrade(database)
            _settle(database)
            self.templates[key] = url
        return self.templates[key]

    @contextmanager
    def database(self, engine: str, *, loaded: bool = True) -> Iterator[Database]:
        """A database of a benchmark's own."""
        database = Database(self.address(engine, self.template(engine, loaded=loaded)))
        try:
            yield database
        finally:
            database.dispose()


def _settle(database: Database) -> None:
    """Leave a database in one piece and with current statistics, so that it can be copied."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    database.dispose()
    if database.is_sqlite:
        # A write-ahead log that nobody has open is a part of the database that a copy would leave behind.
        with database.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        database.dispose()


def office_of(database: Database) -> Office:
    """The municipality at work in a database."""
    with database.reading(None) as session:
        organisation_id: UUID = session.exec(select(Organisation.id)).one()
    return Office(
        database=database,
        organisation_id=organisation_id,
        policy=load_policy(None),
        base_url="https://behorig.example",
    )


def actor(office: Office, number: str) -> Actor:
    """Somebody of the story."""
    with office.database.reading(office.organisation_id) as session:
        return actor_by_number(session, number, channel="benchmark")


def versions(stage: Stage) -> str:
    """The databases that are measured on."""
    database = Database(stage.address(POSTGRESQL))
    with database.engine.connect() as connection:
        postgres = connection.exec_driver_sql("SHOW server_version").scalar_one()
    database.dispose()
    return f"SQLite {sqlite3.sqlite_version}, PostgreSQL {postgres}"
