"""How many queries something takes, so that a page can be held to a number that does not grow with what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa


@contextmanager
def queries() -> Iterator[list[str]]:
    """The statements that are executed, on whichever connection, until the end of the block."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
        found[:] = [statement for statement in found if not statement.startswith(("BEGIN", "PRAGMA"))]
