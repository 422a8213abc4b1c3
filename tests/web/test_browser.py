"""The first pages in a real Chromium: in both themes, at 320 pixels, without JavaScript, by keyboard, on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from tests.given import Given
from tests.web.conftest import Clock
from tests.web.live import DESK, PHONE, scrolls_sideways, served, violations, window
from web.site import SiteApp


@pytest.fixture(scope="module")
def clock() -> Clock:
    """A clock that stands."""
    return Clock()


@pytest.fixture
def site(demo: Given, clock: Clock) -> Iterator[SiteApp]:
    """The site, on a port."""
    with served(demo, clock, smtp_host="mail.example", smtp_sender="noreply@behorig.example") as app:
        yield app


def every_page(page: Page, number: str) -> Iterator[str]:
    """Each of the first pages in turn, as it is shown; the last ones to somebody who is logged out."""
    for path in ("/", f"/cases/{number}", "/cases/NONE"):
        page.goto(path)
        yield path
    page.get_by_role("button", name=re.compile("^(Logga ut|Log out)$")).click()
    yield "/logged-out"
    page.get_by_role("link", name=re.compile("^(Logga in igen|Log in again)$")).click()
    yield "/login"
    page.get_by_label(re.compile("e-post|e-mail")).fill("head@behorig.example")
    page.get_by_role("button", name=re.compile("länken|link")).click()
    yield "/login/link"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(
    chromium: Chromium, site: SiteApp, demo: Given, theme: str
) -> None:
    number = demo.order()
    for size in (DESK, PHONE):
        with window(chromium, site, demo.world.head, size=size, color_scheme=theme) as page:
            for path in every_page(page, number):
                assert violations(page) == [], path
                assert not scrolls_sideways(page), path


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_a_link_to_a_case_lands_there_after_logging_in(
    chromium: Chromium, site: SiteApp, demo: Given, scripts: bool
) -> None:
    number = demo.order()
    with window(chromium, site, java_script_enabled=scripts) as page:
        page.goto(f"/cases/{number}")
        page.get_by_role("button", name=re.compile("^Head Svensson")).click()
        expect(page).to_have_url(re.compile(f"/cases/{number}$"))
        expect(page.get_by_role("heading", level=1)).to_contain_text("Nurse Svensson")
        step = page.get_by_role("listitem").filter(has_text="Awaiting decision")
        expect(step).to_have_attribute("aria-current", "step")
        # In the other language from now on, on this very page.
        page.get_by_role("button", name="På svenska").click()
        expect(page).to_have_url(re.compile(f"/cases/{number}$"))
        expect(page.locator("html")).to_have_attribute("lang", "sv")
        expect(page.locator(".step[aria-current]")).to_contain_text("Väntar på beslut")


def test_one_gets_past_the_menu_and_through_the_page_by_keyboard(
    chromium: Chromium, site: SiteApp, demo: Given
) -> None:
    number = demo.order()
    with window(chromium, site, demo.world.head) as page:
        page.goto("/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        assert focused.evaluate("e => getComputedStyle(e).outlineStyle") != "none"
        page.get_by_role("link", name=re.compile("^Decide")).press("Enter")
        expect(page).to_have_url(re.compile(number))


def test_on_paper_a_case_is_its_content_alone(chromium: Chromium, site: SiteApp, demo: Given) -> None:
    number = demo.order()
    with window(chromium, site, demo.world.head) as page:
        page.goto(f"/cases/{number}")
        page.emulate_media(media="print")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for hidden in (".top", ".bottom"):
            expect(page.locator(hidden)).to_be_hidden()


def test_the_first_load_is_light(chromium: Chromium, site: SiteApp, demo: Given) -> None:
    weight: list[int] = []
    with window(chromium, site, demo.world.head) as page:
        page.on("response", lambda answer: weight.append(int(answer.headers.get("content-length", 0))))
        page.goto("/", wait_until="networkidle")
    assert len(weight) >= 6
    assert sum(weight) < 150_000
