"""The first pages: the inbox, a case, coming in and going out."""

from __future__ import annotations

import pytest

from tests.given import Given
from tests.web.browser import Browser
from tests.web.counting import queries


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


@pytest.mark.parametrize("path", ["/", "/cases/{first}"])
def test_a_page_takes_the_same_number_of_queries_however_much_it_shows(
    browser: Browser, town: Given, path: str
) -> None:
    first = town.order()
    browser.log_in(town.world.head)

    def taken() -> int:
        with queries() as found:
            assert browser.get(path.format(first=first)).status == 200
        return len(found)

    before = taken()
    for profile in (town.world.write, town.world.admin):
        for person in (town.world.nurse, town.person()):
            town.order(profile=profile.key, person=person)
    assert taken() == before


def test_knowing_who_it_is_takes_six_queries_and_no_writing(browser: Browser, town: Given) -> None:
    browser.log_in(town.world.head).get("/")
    with queries() as found:
        browser.post("/nowhere")
        assert len(found) == 0, "nobody is asked for when there is no such page"
        browser.get("/cases/X")
    asked = [statement for statement in found if "FROM case_file" not in statement]
    assert len(asked) == 6
    assert not [statement for statement in found if not statement.lstrip().startswith("SELECT")]
