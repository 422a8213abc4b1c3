"""What SQLite's planner is told of the tables, so that it never reads a whole organisation to find one case.

It plans by statistics, and until somebody gathers them it takes `organisation_id = ?`, which every query carries, for
as good a key as any. Gathered ones would change plans as a database grows; these are those of a municipality after some
years, and stay. PostgreSQL gathers its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from models import Database

# Rows there may be of what grows; of the rest there are few.
MANY = {
    "access_grant": 200_000,
    "authorisation_request": 500_000,
    "case_file": 500_000,
    "decision": 500_000,
    "departure_notice": 10_000,
    "employment": 20_000,
    "event": 5_000_000,
    "message": 2_000_000,
    "person": 20_000,
    "receipt": 500_000,
    "task": 1_000_000,
}
FEW = 1_000
# Of how many rows one stands in an index of what is open, or due; in those of what is live, most.
ONE_OF = 100
LIVE = ("uq_access_grant_live", "uq_departure_notice_employment")
# Into how many parts the values of a column divide the rows; a column that is not named here finds a handful of them.
PARTS = {"organisation_id": 1, "part": 10, "system_id": 100}
HANDFUL = 10


def write(database: Database) -> None:
    """Write the statistics of every index there is."""
    with database.writing(None) as session:
        connection = session.connection()
        # Makes the table that holds them.
        connection.exec_driver_sql("ANALYZE alembic_version")
        connection.exec_driver_sql("DELETE FROM sqlite_stat1")
        indexes = connection.exec_driver_sql(
            "SELECT tables.name, list.name, list.[unique], list.partial FROM sqlite_schema AS tables "
            "JOIN pragma_index_list(tables.name) AS list WHERE tables.type = 'table'"
        ).all()
        for table, index, is_unique, is_partial in indexes:
            columns = connection.exec_driver_sql(
                "SELECT name FROM pragma_index_info(?) ORDER BY seqno", (index,)
            ).scalars()
            rows = MANY.get(table, FEW) // (ONE_OF if is_partial and index not in LIVE else 1)
            found = [rows, *_found_by(list(columns), rows, is_unique=bool(is_unique))]
            said = (table, index, " ".join(map(str, found)))
            connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", said)
    # Connections that are open already plan by what they have read.
    database.dispose()


def _found_by(columns: Sequence[str], rows: int, *, is_unique: bool) -> list[int]:
    """How many rows the first column of an index finds, the first two, and so on."""
    found = []
    for column in columns:
        rows = max(rows // PARTS[column] if column in PARTS else min(rows, HANDFUL), 1)
        found.append(rows)
    return [*found[:-1], 1] if is_unique else found
