"""The diagram of the tables, from the models themselves; `make diagrams` puts it into docs/data-model.md."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from models import Case

PAGE = Path(__file__).parent.parent / "docs" / "data-model.md"
BEGINS, ENDS = "<!-- made by make diagrams -->", "<!-- end -->"


def diagram(metadata: sa.MetaData = Case.metadata) -> str:
    """Every table with its columns, and an arrow for every foreign key but the organisation's own."""
    lines = ["erDiagram"]
    for table in sorted(metadata.tables.values(), key=lambda table: table.name):
        for key in sorted(table.foreign_key_constraints, key=lambda key: str(list(key.column_keys))):
            columns = [column for column in key.column_keys if column != "organisation_id"]
            if columns:
                lines.append(f'    {key.referred_table.name} ||--o{{ {table.name} : "{columns[-1]}"')
    for table in sorted(metadata.tables.values(), key=lambda table: table.name):
        lines.append(f"    {table.name} {{")
        lines += [f"        {_type(column)} {column.name}" for column in table.columns]
        lines.append("    }")
    return "\n".join(lines)


def _type(column: sa.Column[object]) -> str:
    return type(column.type).__name__.removeprefix("Auto").lower()


def page(current: str) -> str:
    """The page with its diagram as it is now."""
    before, _, rest = current.partition(BEGINS)
    after = rest.partition(ENDS)[2]
    return f"{before}{BEGINS}\n```mermaid\n{diagram()}\n```\n{ENDS}{after}"


def write() -> None:
    """Bring the page up to date."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
