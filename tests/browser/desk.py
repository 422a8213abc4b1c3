"""A desk: the size of a window, with scripts or without, a language; and what hands do there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Locator, Page, ViewportSize, expect

from language import Text
from models import Person
from tests.browser.place import DESKTOP, TELEPHONE, Place
from tests.given import Given
from workflows.words import STATE_WORDS

MOST_TABS: Final = 250


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How somebody sits: at which window, with scripts or without, in which language."""

    size: ViewportSize
    scripts: bool
    language: str


def _desk(size: ViewportSize, scripts: bool, language: str) -> Any:
    name = "-".join(("desktop" if size is DESKTOP else "telephone", "scripts" if scripts else "plain", language))
    return pytest.param(Setting(size=size, scripts=scripts, language=language), id=name)


# Two desks that differ in everything; four such pairs, so that each value of one is met with each of another.
PAIRS: Final = tuple(
    (_desk(DESKTOP, scripts, language), _desk(TELEPHONE, not scripts, other))
    for scripts in (True, False)
    for language, other in (("sv", "en"), ("en", "sv"))
)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where people sit down, one after the other."""

    chromium: Chromium
    place: Place
    setting: Setting

    @property
    def given(self) -> Given:
        """What is in the database."""
        return self.place.given

    @contextmanager
    def of(self, person: Person) -> Iterator[Page]:
        """A window of somebody's own, in the language of this desk."""
        self.given.change(person, language=self.setting.language)
        with self.place.window(
            self.chromium, person, size=self.setting.size, java_script_enabled=self.setting.scripts
        ) as page:
            yield page

    def say(self, sentence: str | Text, **values: Any) -> str:
        """A sentence of the interface as it is said here."""
        text = sentence if isinstance(sentence, Text) else Text(sentence, **values)
        return text.say(self.setting.language)

    def stands(self, page: Page, number: str, state: str) -> None:
        """A case stands in a state: the page in front says so, and so does the database."""
        expect(page.locator(".page-head .ds-tag").first).to_have_text(self.say(STATE_WORDS[state]))
        assert self.given.state(number) == state


def now() -> datetime:
    """The hour that the served site has as well."""
    return datetime.now(UTC)


def form_of(page: Page, event: str) -> Locator:
    """The form of an act on a case's page, with what it is folded into opened."""
    form = page.locator(f'form[action$="/{event}"]').first
    fold = page.locator("details", has=form)
    if fold.count() and not form.is_visible():
        fold.first.locator("> summary").click()
    return form


def write(form: Locator, **fields: str) -> None:
    """Fill in fields by the ends of their names: lines, lists that open, radio buttons, files."""
    for name, value in fields.items():
        field = form.locator(f'[name="{name}"], [name$="-{name}"]')
        kind = field.first.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
        if kind == "select":
            field.first.select_option(value)
        elif kind == "radio":
            form.locator(f'[type=radio][name$="{name}"][value="{value}"]').check()
        elif kind == "file":
            field.first.set_input_files(value)
        else:
            field.first.fill(value)


def do(page: Page, event: str, **fields: str) -> None:
    """Do something with the case in front: fill in its form and press its button."""
    form = form_of(page, event)
    write(form, **fields)
    form.locator("button").first.click()


def open_from_inbox(page: Page, number: str) -> None:
    """Come to a case as people do: from the inbox."""
    page.goto("/")
    page.locator(f'main a[href$="/{number}"]').first.click()
    expect(page).to_have_url(re.compile(f"/{number}$"))


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until something has the focus."""
    for _ in range(MOST_TABS):
        if target.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not come to {target}")
