"""What every test may ask for: a migrated, empty database, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import sqlalchemy as sa

import migrations
from models import Database
from tests.given import Given
from tests.postgres import PostgresServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium

pytest_plugins = ["tests.house_rules"]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test process's own."""
    with PostgresServer.running(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty migrated SQLite database, copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrations.upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """The name of an empty migrated PostgreSQL database, copied for each test."""
    url = postgres.create("template_behorig")
    database = Database(url)
    migrations.upgrade(database)
    database.dispose()
    return "template_behorig"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of the test's own, on each engine in turn."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / "behorig.db"
        path.write_bytes(template.read_bytes())
        url = f"sqlite:///{path}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.create(f"test_{uuid4().hex}", template=request.getfixturevalue("postgres_template"))
    database = Database(url)
    yield database
    database.dispose()


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A database on the embedded engine only, for what has nothing to do with the engine."""
    path = tmp_path / "embedded.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database
    database.dispose()


@pytest.fixture
def given(database: Database) -> Given:
    """A municipality as every test begins with it: `given.world`."""
    given = Given(database)
    given.municipality()
    return given


@pytest.fixture
def embedded(sqlite_database: Database) -> Given:
    """The same on the embedded engine only, for what has nothing to do with the engine."""
    given = Given(sqlite_database)
    given.municipality()
    return given


def rows_in(database: Database, table: str) -> int:
    """How many rows a table holds, whatever the organisation."""
    with database.engine.connect() as connection:
        return int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """A real Chromium, begun once for each process of tests; windows in it share nothing."""
    # Only those who ask for it pay for what drives it.
    from tests.web import live

    with live.chromium() as browser:
        yield browser
