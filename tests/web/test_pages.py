"""The first pages: the inbox, a case, coming in and going out."""

from __future__ import annotations

import pytest

from tests.given import Given
from tests.web.browser import Browser


def test_whoever_is_not_logged_in_is_sent_to_log_in_and_back(browser: Browser) -> None:
    page = browser.get("/cases/BEH-2026-00001")
    assert (page.status, page.leads_to) == (303, "/login?next=%2Fcases%2FBEH-2026-00001")


def test_the_inbox_shows_what_waits_for_whoever_is_logged_in(browser: Browser, town: Given) -> None:
    number = town.order()
    page = browser.log_in(town.world.head).get("/")
    assert page.status == 200
    assert f"/cases/{number}" in page.links
    assert "Decide: New access" in page.text


def test_an_empty_inbox_says_so(browser: Browser, town: Given) -> None:
    assert "Nothing waits for you" in browser.log_in(town.world.outsider).get("/").text


def test_a_case_shows_what_was_asked_and_where_it_stands(browser: Browser, town: Given) -> None:
    number = town.order()
    page = browser.log_in(town.world.head).get(f"/cases/{number}")
    assert page.status == 200
    assert "Awaiting decision" in page.text
    assert "What was asked" in page.text


def test_a_case_of_others_is_not_there(browser: Browser, town: Given) -> None:
    number = town.order()
    page = browser.log_in(town.world.outsider).get(f"/cases/{number}")
    assert page.status == 404
    assert number in page.text


@pytest.mark.parametrize("path", ["/nowhere", "/static/nothing.css", "/static/../app.py"])
def test_what_is_not_there_is_said_kindly(browser: Browser, path: str) -> None:
    assert browser.get(path).status == 404


def test_the_language_is_the_persons_own_and_stays(browser: Browser, town: Given) -> None:
    page = browser.log_in(town.world.head).get("/")
    page = browser.submit(page, "/language", language="sv")
    assert (page.status, page.leads_to) == (303, "/")
    assert "Inkorg" in browser.get("/").text
    assert "Inkorg" in browser.another().log_in(town.world.head).get("/").text


def test_a_program_gets_problem_details(browser: Browser, town: Given) -> None:
    answer = browser.log_in(town.world.head).client.get("/cases/BEH-1", headers={"accept": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404
    assert answer.json()["reasons"] == [{"code": "not-found", "text": "There is no case BEH-1."}]
