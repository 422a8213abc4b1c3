"""Changing a table's own rules: by name on PostgreSQL, by building the table anew on SQLite, which has no other way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op


def change_checks(
    table: str,
    checks: Mapping[str, str],
    *,
    columns: Sequence[sa.Column[object]] = (),
    keys: Mapping[str, str] | None = None,
) -> None:
    """Give a table other CHECKs under the same names, more columns, and more foreign keys (name, what follows it)."""
    if op.get_bind().dialect.name != "sqlite":
        for column in columns:
            op.add_column(table, column)
        for name, condition in checks.items():
            op.drop_constraint(op.f(name), table, type_="check")
            op.create_check_constraint(op.f(name), table, condition)
        for name, rest in (keys or {}).items():
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {rest}")
        return
    for column in columns:
        op.add_column(table, column)
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("SELECT type, name, sql FROM sqlite_master WHERE tbl_name = :table AND sql IS NOT NULL"),
        {"table": table},
    ).all()
    (create,) = [row.sql for row in rows if row.type == "table"]
    for name, condition in checks.items():
        create = _with_check(create, name, condition)
    for name, rest in (keys or {}).items():
        create = f"{create.rstrip().removesuffix(')').rstrip()}, CONSTRAINT {name} {rest})"
    anew = f"{table}_anew"
    head = next(head for head in (f"CREATE TABLE {table} ", f'CREATE TABLE "{table}" ') if create.startswith(head))
    connection.exec_driver_sql(f"CREATE TABLE {anew} " + create.removeprefix(head))
    names = ", ".join(f'"{column["name"]}"' for column in sa.inspect(connection).get_columns(anew))
    connection.exec_driver_sql(f"INSERT INTO {anew} ({names}) SELECT {names} FROM {table}")  # noqa: S608 - our own names
    connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.exec_driver_sql(f"ALTER TABLE {anew} RENAME TO {table}")
    for row in rows:
        if row.type != "table":
            connection.exec_driver_sql(row.sql)


def _with_check(create: str, name: str, condition: str) -> str:
    """The CREATE statement with another condition in one of its CHECKs; the old one ends at its own bracket."""
    begins = create.index("(", create.index(f"CONSTRAINT {name} CHECK")) + 1
    depth, ends = 1, begins
    while depth:
        depth += {"(": 1, ")": -1}.get(create[ends], 0)
        ends += 1
    return create[:begins] + condition + create[ends - 1 :]
