"""Small pictures of the running pages, for the README: ``make screenshots`` takes them anew into docs/screenshots/.

From a demonstration that is made for it and served by a process of its own, so everybody in them is made up.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, ViewportSize

from demo.cast import ADMINISTRATOR, HEAD_OF_DEPARTMENT, HR_OFFICER, TECHNICIAN
from language import LANGUAGES
from tests.browser.place import TELEPHONE
from tests.web.live import chromium
from tests.web.process import ROOT, becomes_ready, begun

FOLDER: Final = ROOT / "docs" / "screenshots"
DESK: Final[ViewportSize] = {"width": 1180, "height": 800}
PATIENCE: Final = 600
"""Seconds until the demonstration has lived its weeks and is served."""
QUALITY: Final = 72
LARGEST: Final = 80_000
"""Bytes; a README is read on telephones too."""


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A picture: its name, who sees the page, how they come to it, in which window."""

    name: str
    person: str
    path: str
    follow: str = ""
    """The first link like this leads on."""
    size: ViewportSize
    sharpness: float = 1


SHOTS: Final = (
    Shot(name="inbox", person=HEAD_OF_DEPARTMENT, path="/", size=TELEPHONE, sharpness=1.5),
    Shot(
        name="request",
        person=HEAD_OF_DEPARTMENT,
        path="/",
        follow='tr:has(input[name="case"]) a[href^="/cases/"]',
        size=TELEPHONE,
        sharpness=1.5,
    ),
    Shot(name="work", person=TECHNICIAN, path="/tasks", size=DESK),
    Shot(name="departures", person=HR_OFFICER, path="/departures", size=DESK),
    Shot(
        name="release",
        person=ADMINISTRATOR,
        path="/releases",
        follow='main a[href^="/releases/REL"]',
        size={"width": 1180, "height": 1180},
    ),
)


def take(browser: Chromium, address: str, shot: Shot, language: str) -> bytes:
    """Take a picture, as somebody who reads the language."""
    context = browser.new_context(
        base_url=address, viewport=shot.size, device_scale_factor=shot.sharpness, color_scheme="light"
    )
    page = context.new_page()
    page.goto("/login")
    page.locator('form.line [name="person"]').fill(shot.person)
    page.locator("form.line button").click()
    page.get_by_role("main").wait_for()
    if (other := page.locator(f'button[lang="{language}"]')).count():
        other.click()
    page.goto(shot.path)
    if shot.follow:
        page.locator(shot.follow).first.click()
        page.wait_for_load_state()
    picture = _webp(page, shot.size)
    context.close()
    return picture


def _webp(page: Page, size: ViewportSize) -> bytes:
    answer = page.context.new_cdp_session(page).send(
        "Page.captureScreenshot",
        {
            "format": "webp",
            "quality": QUALITY,
            "clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1},
        },
    )
    return base64.b64decode(answer["data"])


def take_all(say: Callable[[str], object] = print) -> None:
    """Take every picture in every language."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        told = stack.enter_context((folder / "told.txt").open("w"))
        process, address = begun("--demonstration", str(folder / "demo"), stdout=told, stderr=told)
        stack.callback(process.wait)
        stack.callback(process.terminate)
        assert becomes_ready(process, address, PATIENCE), (folder / "told.txt").read_text()
        browser = stack.enter_context(chromium())
        FOLDER.mkdir(exist_ok=True)
        for shot in SHOTS:
            for language in LANGUAGES:
                picture = take(browser, address, shot, language)
                assert len(picture) < LARGEST, f"{shot.name} weighs {len(picture)} bytes"
                file = FOLDER / f"{shot.name}-{language}.webp"
                file.write_bytes(picture)
                say(f"{file.relative_to(ROOT)}: {len(picture) // 1000} kB")


if __name__ == "__main__":
    take_all()
