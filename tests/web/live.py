"""The site as a person meets it: on a port of this machine, in a real Chromium, judged by axe."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, ViewportSize, sync_playwright

from models import Person, WayIn
from tests.given import Given
from tests.house_rules import chromium_here
from tests.web.browser import app_for
from tests.web.provider import free_port
from web import sessions
from web.cookies import SESSION
from web.site import SiteApp

PATIENCE: Final = 15
"""Seconds that anything is waited for."""
PHONE: Final[ViewportSize] = {"width": 320, "height": 640}
DESK: Final[ViewportSize] = {"width": 1280, "height": 800}
# Its own sandbox is what containers do not let it have; it only ever sees our own pages, and asks nobody for news.
FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What axe is asked to judge by: all of WCAG 2.2 AA, and what it holds for good practice.
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def served(given: Given, clock: Any, **settings: Any) -> Iterator[SiteApp]:
    """The site of a town on a port of its own; its address is `app.site.settings.base_url`."""
    port = free_port()
    app = app_for(given, clock, base_url=f"http://localhost:{port}", **settings)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, name="site")
    thread.start()
    give_up = time.monotonic() + PATIENCE
    while not server.started:
        assert thread.is_alive(), "the site did not begin"
        assert time.monotonic() < give_up, "the site did not begin"
        time.sleep(0.01)
    try:
        yield app
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def chromium() -> Iterator[Chromium]:
    """The Chromium of this machine."""
    found = chromium_here()
    assert found, "Chromium is needed for these tests (on Debian: apt-get install chromium)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[*FLAGS, "--lang=sv-SE"])
        yield browser
        browser.close()


@contextmanager
def window(
    browser: Chromium, app: SiteApp, who: Person | None = None, *, size: ViewportSize = DESK, **options: Any
) -> Iterator[Page]:
    """A window on the site, with somebody logged in if they are named.

    `options` are Playwright's own: `java_script_enabled=False`, `color_scheme="dark"`, `forced_colors="active"`.
    What the browser complains of (a policy, a file that is missing) is an error at the end.
    """
    said: list[str] = []
    context: BrowserContext = browser.new_context(
        base_url=app.site.settings.base_url, viewport=size, locale="sv-SE", timezone_id="Europe/Stockholm", **options
    )
    if who is not None:
        site = app.site
        token = sessions.begin(site.office, who.id, WayIn.PROVIDER, site.clock())
        cookie = {"name": site.cookies.name(SESSION), "value": token, "url": site.settings.base_url}
        context.add_cookies([cookie])  # type: ignore[list-item]
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    # That a page was answered with an error of ours is no complaint about the page.
    complaints = [text for text in said if "the server responded with a status of" not in text]
    assert not complaints, complaints


def violations(page: Page) -> list[str]:
    """What axe finds wrong with a page as it is shown now."""
    results = Axe().run(page, options={"runOnly": TAGS})
    return [
        f"{found['id']}: {found['help']}: {[node['target'] for node in found['nodes']]}"
        for found in results.response["violations"]
    ]


def scrolls_sideways(page: Page) -> bool:
    """Whether a page is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def picture(page: Page, file: Path) -> None:
    """A picture of the whole page, to look at."""
    page.screenshot(path=file, full_page=True)
