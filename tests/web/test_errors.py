"""What is said when something is not possible: kindly, with every reason, on the case as it now is."""

from __future__ import annotations

import re

import pytest
from fastapi import APIRouter, Depends
from fastapi.responses import Response

from tests.given import Given
from tests.web.browser import Browser
from web.forms import Posted
from web.visit import Somebody, logged_in
from workflows import cases
from workflows.errors import NotFound, PolicyError


@pytest.fixture
def acting(browser: Browser) -> Browser:
    """A site with pages that leave to the mapping of errors whatever goes wrong."""
    router = APIRouter(dependencies=[Depends(logged_in)])

    @router.post("/cases/{number}/left/{event}")
    def act(visit: Somebody, form: Posted, number: str, event: str) -> Response:
        version = int(form.text("version") or 0) or None
        cases.act(visit.office, number, event, {}, visit.actor, visit.now, expected_version=version)
        return visit.go(visit.path("case", number=number))

    @router.get("/broken")
    def broken(visit: Somebody) -> Response:
        raise PolicyError

    @router.post("/departures/{number}/x")
    def vanish(visit: Somebody, number: str) -> Response:
        raise NotFound

    browser.app.include_router(router)
    return browser


def test_two_who_approve_at_once_are_told_kindly_and_see_the_case_as_it_now_is(acting: Browser, town: Given) -> None:
    number = town.order()
    version = str(town.case(number).version)
    first = acting.log_in(town.world.head)
    town.act(number, "approve", by=town.world.head)
    page = first.post(f"/cases/{number}/left/approve", {"version": version})
    assert page.status == 409
    assert "Awaiting execution" in page.text
    assert "What was decided" in page.text
    assert "Nothing of yours was changed or saved" in page.text
    assert [row.kind for row in town.events(number)].count("approve") == 1


def test_a_refusal_is_shown_on_the_case_with_every_reason(acting: Browser, town: Given) -> None:
    town.answers_to(town.world.nurse, town.world.head)
    number = town.order(by=town.world.head)
    page = acting.log_in(town.world.head).post(f"/cases/{number}/left/approve")
    assert page.status == 422
    assert "Conflict of interest" in page.text
    assert "Awaiting decision" in page.text
    assert f"/cases/{number}" in page.text or number in page.text


def test_what_cannot_be_used_is_said(acting: Browser, town: Given) -> None:
    number = town.order()
    page = acting.log_in(town.world.head).post(f"/cases/{number}/left/dance")
    assert page.status == 422
    assert "There is no action dance" in page.text


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_nobody_learns_of_a_case_by_trying_to_act_on_it(acting: Browser, town: Given, accept: str) -> None:
    """A guessed number: neither the refusal, nor what others did meanwhile, nor the page tells that it exists."""
    number = town.order()
    acting.log_in(town.world.outsider)

    def tried(wanted: str, version: str = "") -> tuple[int, str]:
        page = acting.post(f"/cases/{wanted}/left/approve", {"version": version}, Accept=accept)
        said = re.sub(r'name="_mark" value="[^"]*"|[0-9a-f-]{36}', "", page.html)
        return page.status, said.replace(wanted, "NUMBER")

    nothing = tried("BEH-2026-09999")
    assert nothing[0] == 404
    assert tried(number) == nothing
    assert acting.get(f"/cases/{number}").status == 404, "having been refused makes nobody a party"
    town.act(number, "approve", by=town.world.head)
    assert tried(number, "1") == nothing


def test_a_program_is_told_the_same_in_its_own_way(acting: Browser, town: Given) -> None:
    town.answers_to(town.world.nurse, town.world.head)
    number = town.order(by=town.world.head)
    acting.log_in(town.world.head)
    page = acting.post(f"/cases/{number}/left/approve", None, Accept="application/problem+json")
    assert page.status == 422
    assert page.headers["content-type"] == "application/problem+json"
    assert '"code":"conflict-of-interest"' in page.html
    page = acting.another().post(f"/cases/{number}/left/approve", None, Accept="application/json")
    assert (page.status, page.headers["content-type"]) == (401, "application/problem+json")


def test_an_error_of_the_program_says_no_more_than_it_must(acting: Browser, town: Given) -> None:
    acting.log_in(town.world.head)
    assert acting.get("/broken").status == 500
    assert acting.post("/departures/X/x").status == 404
    assert acting.get("/logout").status == 405
