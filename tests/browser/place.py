"""A municipality that is served, and the windows that people open on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, ViewportSize

from models import Person
from tests.given import Given
from tests.web.browser import Browser, app_for
from tests.web.live import window
from tests.whole import Whole
from web.app import now
from web.site import SiteApp

DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 900}
TELEPHONE: Final[ViewportSize] = {"width": 390, "height": 844}
NARROW: Final[ViewportSize] = {"width": 320, "height": 640}
"""The narrowest that must do; the same as a desktop at four times its size."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A municipality and the address that it is served at."""

    whole: Whole
    address: str

    @property
    def given(self) -> Given:
        """Its database, to write in and to look at."""
        return self.whole.given

    @cached_property
    def twin(self) -> SiteApp:
        """The same site without a port, for what needs no browser."""
        return app_for(self.given, now, base_url=self.address)

    def quick(self, who: Person) -> Browser:
        """Somebody logged in, in a browser that has no window."""
        browser = Browser(self.given, self.twin)
        browser.client.base_url = self.address
        return browser.log_in(who)

    @contextmanager
    def window(self, chromium: Chromium, who: Person | None, **options: Any) -> Iterator[Page]:
        """A window with somebody logged in."""
        with window(chromium, self.twin, who, **({"size": DESKTOP} | options)) as page:
            yield page
