"""What every test of the web may ask for: a municipality, its site, a clock, and browsers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser as Chromium

from models import Database
from tests.given import NOW, Given
from tests.web import live
from tests.web.browser import Browser, app_for


@dataclass
class Clock:
    """The hour on the wall, which a test may turn."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands until it is turned."""
    return Clock()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """A real Chromium, begun once for each process of tests; windows in it share nothing."""
    with live.chromium() as browser:
        yield browser


@pytest.fixture
def town(database: Database) -> Given:
    """A small municipality, on each database in turn."""
    given = Given(database)
    given.municipality()
    return given


@pytest.fixture
def browser(town: Given, clock: Clock) -> Browser:
    """A browser in which nobody is logged in, on the site of the town."""
    return Browser(town, app_for(town, clock))
