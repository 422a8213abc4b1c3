"""The weeks that a demonstration has behind it: everything is somewhere on its way, and all of it is right."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

from sqlmodel import select

from demo import data
from demo.weeks import live, working_days
from models import Case, Database, Organisation
from tests.invariants import broken
from tests.test_demo_data import TINY
from workflows.attachments import FileStore
from workflows.deadlines import start_of_day
from workflows.load import load
from workflows.office import Office
from workflows.policy import load_policy

# A Monday morning, so that the last day is a short one and there is a weekend in between.
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
DAYS = 4


def lived(database: Database, folder: Path) -> Office:
    """A small organisation with its weeks behind it."""
    policy = load_policy(None)
    begins = start_of_day(working_days(policy.calendar, date(2026, 11, 2), DAYS)[0])
    load(database, None, data.write_scale(folder, TINY, 7, date(2026, 11, 2)), now=begins, actor=None)
    with database.reading(None) as session:
        (organisation,) = session.exec(select(Organisation)).all()
    office = Office(
        database=database,
        organisation_id=organisation.id,
        policy=policy,
        base_url="https://behorig.example",
        files=FileStore(folder / "files"),
    )
    passed: list[tuple[int, int]] = []
    live(office, NOW, days=DAYS, progress=lambda done, total: passed.append((done, total)))
    assert passed[-1] == (DAYS, DAYS)
    return office


def test_after_some_weeks_there_is_something_of_everything_and_all_of_it_is_right(
    sqlite_database: Database, tmp_path: Path
) -> None:
    office = lived(sqlite_database, tmp_path)
    with sqlite_database.reading(office.organisation_id) as session:
        rows = session.exec(select(Case)).all()
    states = Counter(row.state for row in rows)
    assert {"AWAITING_DECISION", "AWAITING_EXECUTION", "AWAITING_REGISTRATION", "COMPLETED"} <= set(states)
    assert {"authorisation", "departure", "release"} == {row.workflow for row in rows}
    assert {"AWAITING_TEST", "AWAITING_SECURITY_REVIEW"} & {row.state for row in rows if row.workflow == "release"}
    assert max(row.state_since for row in rows) <= NOW
    assert broken(sqlite_database, office.organisation_id) == []


def test_the_working_days_are_those_of_the_calendar_and_end_today() -> None:
    calendar = load_policy(None).calendar
    days = working_days(calendar, date(2026, 11, 2))
    assert (len(days), days[-1], days[0]) == (9, date(2026, 11, 2), date(2026, 10, 21))
    assert working_days(calendar, date(2026, 12, 25))[-1] == date(2026, 12, 25), "today, though it is a holiday"
