"""What tests in a real browser may ask for: a whole municipality that `behorig serve` serves, and windows on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser as Chromium

from models import Database
from tests.browser.desk import PAIRS, Desk, Setting
from tests.browser.place import Place
from tests.given import Given
from tests.web.process import serving
from tests.whole import whole_municipality
from workflows.attachments import FileStore


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Place]:
    """A municipality in the middle of its work, now, and a process that serves it; one for each process of tests."""
    folder = tmp_path_factory.mktemp("place")
    file = folder / "town.db"
    file.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{file}")
    given = Given(database)
    files = folder / "files"
    files.mkdir()
    given.office = replace(given.office, files=FileStore(files))
    whole = whole_municipality(given, datetime.now(UTC))
    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE person SET language = 'sv'"))
    # Without its sweeps: what a test finds is what it has left.
    with serving(given, "--no-scheduler", BEHORIG_FILES_FOLDER=str(files)) as served:
        yield Place(whole=whole, address=served.address)
    database.dispose()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each story is played at two desks that differ in everything; which two, changes from story to story."""
    if "desk" in metafunc.fixturenames:
        turn = sum(map(ord, metafunc.function.__name__)) % len(PAIRS)
        metafunc.parametrize("desk", PAIRS[turn], indirect=True)


@pytest.fixture
def desk(request: pytest.FixtureRequest, chromium: Chromium, place: Place) -> Desk:
    """A desk in a setting."""
    setting: Setting = request.param
    return Desk(chromium=chromium, place=place, setting=setting)
