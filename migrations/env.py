"""Alembic's entry: run the migrations in one writing transaction of the database handed in."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import models

database: models.Database = context.config.attributes["database"]
with database.engine.execution_options(writes=True).connect() as connection:
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
