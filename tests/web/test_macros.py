"""What pages are built of, each piece on one page: shown right, judged by axe, and losing nothing that was typed."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.responses import Response
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from language import Text
from tests.given import NOW, Given
from tests.web.browser import Browser, app_for
from tests.web.conftest import Clock
from tests.web.live import DESK, PHONE, scrolls_sideways, served, violations, window
from web.forms import Form, Posted
from web.site import SiteApp
from web.templating import distance
from web.visit import Anybody, Visit

EVERYTHING = """
{% extends "base.html" %}
{% block title %}Everything{% endblock %}
{% block main %}
<h1 class="ds-heading" data-size="md">Everything</h1>
{{ m.problems(form, labels={"name": "Name", "first": "First day"}) }}
{{ m.steps(steps) }}
<p>{{ m.state("OBSTRUCTED") }} {{ m.state("COMPLETED") }} {{ m.state("AWAITING_DECISION") }} {{ m.state("QUEUED") }}
   {{ m.state("WITHDRAWN") }} {{ m.at(visit.now) }} {{ m.due(late) }} {{ m.due(soon) }} {{ m.due(none) }}</p>
{{ m.facts([("Label", "Value"), ("Said", text), ("Empty", "")]) }}
<form method="post" action="/everything" enctype="multipart/form-data" novalidate>
  {{ mark() }}
  {{ m.field(form, "name", "Name", hint="As in the register.", value="Before") }}
  {{ m.day_field(form, "first", "First day", value=day) }}
  {{ m.area(form, "why", "Why", required=false) }}
  {{ m.choose(form, "system", "System", [("care", text), ("food", "Food")], value="food") }}
  {{ m.radios(form, "answer", "Answer", [("yes", "Yes"), ("no", "No")], hint="One of them.") }}
  {{ m.tick(form, "sure", "I am sure", ticked=true) }}
  <div class="buttons"><button class="ds-button">Send</button>
  <button class="ds-button" data-variant="secondary">Other</button>
  <button class="ds-button" data-color="danger">Reject</button></div>
</form>
{% call m.table("A table", ["What", ("How many", "number")]) %}
  <tr><td data-label="What"><a class="ds-link main-link" href="/">This</a></td>
      <td class="number" data-label="How many">12</td></tr>
{% endcall %}
{{ m.empty("Nothing here", "Do this.", "/", "Do it") }}
{{ m.pages(2, 3, paging) }}
{% endblock %}
"""


def everything(town: Given, clock: Clock, **settings: Any) -> SiteApp:
    """The site of a town with a page more."""
    app = app_for(town, clock, **settings)
    add_everything(app)
    return app


def add_everything(app: SiteApp) -> None:
    """Give a site a page that uses everything."""
    router = APIRouter()
    template: Any = app.site.templates.from_string(EVERYTHING)

    def shown(visit: Visit, form: Form, status: int) -> Response:
        step = {"state": "AWAITING_DECISION", "since": NOW, "current": False, "escalated": True}
        steps = [step, {**step, "state": "COMPLETED", "current": True, "escalated": False}]
        return visit.page(
            template,
            status=status,
            form=form,
            steps=[*steps, {**steps[1], "since": None, "current": False}],
            late=NOW - timedelta(hours=2),
            soon=NOW + timedelta(days=3),
            none=None,
            day=date(2026, 6, 30),
            text=Text("Case"),
            paging=lambda number: f"/everything?page={number}",
        )

    @router.get("/everything")
    def look(visit: Anybody) -> Response:
        return shown(visit, Form(), 200)

    @router.post("/everything")
    def send(visit: Anybody, form: Posted) -> Response:
        form.text("name", required=True)
        form.day("first", required=True)
        form.choice("system", ("care", "food"))
        form.choice("answer", ("yes", "no"))
        if not form.ticked("sure"):
            form.wrong("sure", Text("Fill this in."))
        form.wrong("", Text("Fill this in."))
        return shown(visit, form, 422)

    app.include_router(router)


def test_nothing_typed_is_lost_and_each_error_stands_beside_its_field(town: Given, clock: Clock) -> None:
    browser = Browser(town, everything(town, clock))
    page = browser.get("/everything")
    assert page.form("/everything").values["name"] == "Before"
    assert page.form("/everything").values["first"] == "2026-06-30"
    assert 'value="food" selected' in page.html
    typed = {"name": "", "first": "30/6", "why": "Å <b>\n", "system": "drink", "answer": "no"}
    page = browser.submit(page, "/everything", **typed)
    assert page.status == 422
    assert page.form("/everything").values["name"] == ""
    assert page.form("/everything").values["first"] == "30/6"
    assert "Å &lt;b&gt;" in page.html
    assert 'value="no" checked' in page.html
    for wrong in ("name", "first", "system", "sure"):
        assert f'id="{wrong}-wrong"' in page.html
        assert f"#{wrong}" in page.links
    assert re.search(r'id="name"[^>]*aria-describedby="name-hint name-wrong"[^>]*aria-invalid="true"', page.html)
    assert 'id="answer-wrong"' not in page.html
    assert "Name: Fill this in." in page.text
    assert "Said Case" in page.text
    assert "checked" not in page.html[page.html.index('id="sure"') :]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_any_of_it(chromium: Chromium, town: Given, clock: Clock, theme: str) -> None:
    with served(town, clock) as app:
        add_everything(app)
        for size in (DESK, PHONE):
            with window(chromium, app, town.world.head, size=size, color_scheme=theme) as page:
                page.goto("/everything")
                assert violations(page) == []
                assert not scrolls_sideways(page)
                page.get_by_label("Name").fill("")
                page.get_by_role("button", name="Send").click()
                expect(page.locator("#problems")).to_be_focused()
                assert violations(page) == []
                assert not scrolls_sideways(page)


@pytest.mark.parametrize(
    ("away", "said"),
    [
        (timedelta(seconds=-59), "just now"),
        (timedelta(minutes=-2), "2 min ago"),
        (timedelta(minutes=61), "in 1 h"),
        (timedelta(hours=-30), "a day ago"),
        (timedelta(days=13), "in 13 days"),
        (timedelta(days=-14), ""),
    ],
)
def test_how_far_away_something_is(away: timedelta, said: str) -> None:
    assert distance(NOW + away, NOW).say("en") == said
