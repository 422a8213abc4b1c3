"""Migrations: the schema's history, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from migrations import statistics
from models import Database


def configuration(database: Database) -> Config:
    """Alembic's configuration for a database; there is no ini file, so there is one place that says where."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["database"] = database
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema to a revision; a database that is there already is left as it is."""
    command.upgrade(configuration(database), revision)
    if database.is_sqlite:
        statistics.write(database)


def downgrade(database: Database, revision: str) -> None:
    """Take the schema back to a revision; for trying migrations, not for a database in use."""
    command.downgrade(configuration(database), revision)


def current(database: Database) -> str | None:
    """The revision the database is at; None when it has no schema."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def latest(database: Database) -> str | None:
    """The newest revision there is."""
    return ScriptDirectory.from_config(configuration(database)).get_current_head()
