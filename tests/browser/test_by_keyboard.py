"""Approve, execute, register and depart without a mouse, and get past the menu."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from models import DepartureNotice, Person
from tests.browser.desk import Desk, Setting, now, tab_to
from tests.browser.place import DESKTOP, Place
from workflows.deadlines import today


@pytest.fixture
def desk(chromium: Chromium, place: Place) -> Desk:
    """A desk without a mouse."""
    return Desk(chromium=chromium, place=place, setting=Setting(size=DESKTOP, scripts=True, language="sv"))


def follow(page: Page, number: str) -> None:
    """Go from the inbox to a case."""
    page.goto("/")
    link = page.locator(f'main a[href$="/{number}"]').first
    tab_to(page, link)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/{number}$"))


def press(page: Page, event: str, **fields: str) -> None:
    """Fill in an act's form and send it."""
    form = page.locator(f'form[action$="/{event}"]').first
    if not form.is_visible():
        fold = page.locator("details", has=form).first.locator("> summary")
        tab_to(page, fold)
        page.keyboard.press("Enter")
    for name, value in fields.items():
        tab_to(page, form.locator(f'[name$="{name}"]').first)
        page.keyboard.type(value)
    tab_to(page, form.locator("button").first)
    page.keyboard.press("Enter")
    page.wait_for_load_state()


def test_a_request_is_approved_executed_and_registered_by_keyboard(desk: Desk) -> None:
    given, world = desk.given, desk.given.world
    number = given.order(given.person(), now=now())
    steps: tuple[tuple[Person, str, dict[str, str], str], ...] = (
        (world.head, "approve", {}, "AWAITING_EXECUTION"),
        (world.administrator, "execute", {"account_name": "a0815"}, "AWAITING_REGISTRATION"),
        (world.technician, "register", {"ticket_number": "N-0815"}, "COMPLETED"),
    )
    for person, event, fields, state in steps:
        with desk.of(person) as page:
            follow(page, number)
            press(page, event, **fields)
            expect(page.locator(".ds-alert, [role=status]").first).to_be_visible()
            assert given.state(number) == state


def test_somebody_is_departed_by_keyboard(desk: Desk) -> None:
    given = desk.given
    person = given.person()
    given.grant(person, given.world.read)
    last = today(now()) + timedelta(days=14)
    with desk.of(given.world.hr) as page:
        page.goto("/departures/new")
        tab_to(page, page.locator('[name="who"]'))
        page.keyboard.type(person.employee_number)
        tab_to(page, page.locator('[name="last_day"]'))
        # As a Swede writes a day: the year, the month, the day.
        page.keyboard.type(last.strftime("%Y%m%d"))
        tab_to(page, page.locator('button[value="look"]'))
        page.keyboard.press("Enter")
        tab_to(page, page.locator('button[value="do"]'))
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/departures/AVS-"))
    (notice,) = given.all(DepartureNotice, DepartureNotice.person_id == person.id)
    assert notice.last_day == last


def test_one_gets_past_the_menu(desk: Desk) -> None:
    with desk.of(desk.given.world.head) as page:
        page.goto("/")
        page.keyboard.press("Tab")
        expect(page.locator("a.skip")).to_be_focused()
        expect(page.locator("a.skip")).to_be_in_viewport()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
