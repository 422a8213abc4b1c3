"""A made-up municipality in a folder of its own, in the middle of its work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlmodel import select

import migrations
from demo.data import write_scale
from demo.vocabulary import MUNICIPALITY_SCALE, Scale
from demo.weeks import WORKING_DAYS, live, working_days
from models import Database, Organisation
from workflows.attachments import FileStore
from workflows.deadlines import start_of_day, today
from workflows.load import load
from workflows.office import Office
from workflows.policy import Policy


def at_work(
    url: str,
    folder: Path,
    policy: Policy,
    now: datetime,
    *,
    base_url: str,
    scale: Scale = MUNICIPALITY_SCALE,
    days: int = WORKING_DAYS,
    progress: Callable[[int, int], None] | None = None,
) -> Office:
    """Load it into an empty database, its files being written into a folder, and let its people work until now."""
    files = write_scale(folder, scale, 1, today(now))
    database = Database(url)
    migrations.upgrade(database)
    begins = start_of_day(working_days(policy.calendar, today(now), days)[0])
    load(database, None, files, now=begins, actor=None)
    with database.reading(None) as session:
        organisation_id = session.exec(select(Organisation.id)).one()
    office = Office(
        database=database,
        organisation_id=organisation_id,
        policy=policy,
        base_url=base_url,
        files=FileStore(folder.resolve() / "files"),
    )
    live(office, now, days=days, progress=progress)
    return office
