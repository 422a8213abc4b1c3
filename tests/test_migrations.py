"""The migrations build exactly the tables that the models describe, and the database holds what it is told to hold."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlmodel import SQLModel

import migrations
from models import Database


def test_the_migrations_build_what_the_models_describe(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_schema_is_at_the_latest_revision_and_upgrading_again_changes_nothing(database: Database) -> None:
    assert migrations.current(database) == migrations.latest(database)
    migrations.upgrade(database)
    assert migrations.current(database) == migrations.latest(database)


def test_the_schema_can_be_taken_back_and_built_again(database: Database) -> None:
    migrations.downgrade(database, "base")
    with database.engine.connect() as connection:
        assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version"}
    migrations.upgrade(database)
    assert migrations.current(database) == migrations.latest(database)


def test_every_table_that_carries_data_has_the_organisation_in_its_key(database: Database) -> None:
    with database.engine.connect() as connection:
        inspector = sa.inspect(connection)
        tables = set(inspector.get_table_names()) - {"alembic_version", "organisation"}
        without = {t for t in tables if "organisation_id" not in {c["name"] for c in inspector.get_columns(t)}}
    assert tables
    assert without == set()


@pytest.mark.parametrize("table", ["event", "decision", "attachment"])
def test_the_database_has_triggers_on_what_is_written_once(database: Database, table: str) -> None:
    catalogue = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
        if database.is_sqlite
        else "SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal"
    )
    with database.engine.connect() as connection:
        assert len(connection.execute(sa.text(catalogue), {"table": table}).all()) == 2
