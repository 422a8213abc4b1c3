"""What every test of the web may ask for: a municipality, its site, a clock, and browsers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from tests.given import NOW, Given
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


@pytest.fixture
def town(embedded: Given) -> Given:
    """A small municipality on the embedded database: most of what a page does is not the engine's business."""
    return embedded


@pytest.fixture
def browser(town: Given, clock: Clock) -> Browser:
    """A browser in which nobody is logged in, on the site of the town."""
    return Browser(town, app_for(town, clock))


@pytest.fixture
def each_town(given: Given) -> Given:
    """A small municipality on each database in turn, for what asks the database something of its own."""
    return given


@pytest.fixture
def each_browser(each_town: Given, clock: Clock) -> Browser:
    """A browser on the site of that town."""
    return Browser(each_town, app_for(each_town, clock))


@pytest.fixture
def demo(town: Given) -> Given:
    """The town, in a database that is marked as a demonstration."""
    with town.database.writing(None) as session:
        town.organisation.demonstration = True
        session.add(town.organisation)
    return town
