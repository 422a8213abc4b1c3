"""Approve, execute, register and depart without a mouse, and get past the menu."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Locator, Page, expect

from models import DepartureNotice, Person
from tests.browser.desk import Desk, Setting, now, tab_to
from tests.browser.place import DESKTOP, Place
from workflows.deadlines import today


@pytest.fixture
def mouseless(chromium: Chromium, place: Place) -> Desk:
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


def write_day(page: Page, field: Locator, day: date) -> None:
    """Write a day in the order that the field asks for its parts in, which is the browser's own."""
    tab_to(page, field)
    for order in ("%Y%m%d", "%m%d%Y", "%d%m%Y"):
        page.keyboard.type(day.strftime(order))
        if field.input_value() == day.isoformat():
            return
        for _ in range(3):
            page.keyboard.press("Delete")
            page.keyboard.press("ArrowLeft")
    raise AssertionError("no order of year, month and day fits")


def test_a_request_is_approved_executed_and_registered_by_keyboard(mouseless: Desk) -> None:
    given, world = mouseless.given, mouseless.given.world
    number = given.order(given.person(), now=now())
    steps: tuple[tuple[Person, str, dict[str, str], str], ...] = (
        (world.head, "approve", {}, "AWAITING_EXECUTION"),
        (world.administrator, "execute", {"account_name": "a0815"}, "AWAITING_REGISTRATION"),
        (world.technician, "register", {"ticket_number": "N-0815"}, "COMPLETED"),
    )
    for person, event, fields, state in steps:
        with mouseless.of(person) as page:
            follow(page, number)
            press(page, event, **fields)
            expect(page.locator(".ds-alert, [role=status]").first).to_be_visible()
            assert given.state(number) == state


def test_somebody_is_departed_by_keyboard(mouseless: Desk) -> None:
    given = mouseless.given
    person = given.person()
    given.grant(person, given.world.read)
    last = today(now()) + timedelta(days=14)
    with mouseless.of(given.world.hr) as page:
        page.goto("/departures/new")
        tab_to(page, page.locator('[name="who"]'))
        page.keyboard.type(person.employee_number)
        write_day(page, page.locator('[name="last_day"]'), last)
        tab_to(page, page.locator('button[value="look"]'))
        page.keyboard.press("Enter")
        tab_to(page, page.locator('button[value="do"]'))
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/departures/AVS-"))
    (notice,) = given.all(DepartureNotice, DepartureNotice.person_id == person.id)
    assert notice.last_day == last


def test_whoever_waits_for_an_answer_sees_that_it_is_under_way(mouseless: Desk) -> None:
    given = mouseless.given
    number = given.order(given.person(), now=now())
    with mouseless.of(given.world.head) as page:
        page.goto(f"/cases/{number}")
        # The form is held on its way out: an answer that takes its time cannot be looked at by Playwright.
        page.evaluate("window.addEventListener('submit', (event) => event.preventDefault())")
        button = page.locator('form[action$="/approve"] button').first
        tab_to(page, button)
        page.keyboard.press("Enter")
        expect(button).to_have_attribute("aria-busy", "true")
    assert given.state(number) == "AWAITING_DECISION"


def test_one_gets_past_the_menu(mouseless: Desk) -> None:
    with mouseless.of(mouseless.given.world.head) as page:
        page.goto("/")
        page.keyboard.press("Tab")
        expect(page.locator("a.skip")).to_be_focused()
        expect(page.locator("a.skip")).to_be_in_viewport()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
