"""Alembic's entry: run the migrations in one writing transaction of the database handed in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context
from sqlmodel import SQLModel

import models

database: models.Database = context.config.attributes["database"]


def without_foreign_keys(connection: sa.Connection, switch: str) -> None:
    """SQLite changes a table by building it anew, which foreign keys must not notice; set outside a transaction."""
    if database.is_sqlite:
        connection.connection.cursor().execute(f"PRAGMA foreign_keys={switch}")


with database.engine.execution_options(writes=True).connect() as connection:
    without_foreign_keys(connection, "OFF")
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=database.is_sqlite,
        compare_type=True,
        # SQLite can roll a schema change back, so a migration that fails half-way leaves nothing behind.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if database.is_sqlite and (astray := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
            raise RuntimeError(f"the migration would leave rows without what they point at: {astray[:5]}")
    without_foreign_keys(connection, "ON")
