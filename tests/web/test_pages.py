"""The first pages: the inbox, a case, coming in and going out."""

from __future__ import annotations

import pytest

from tests.given import Given
from tests.web.browser import Browser
from tests.web.conftest import Clock
from tests.web.counting import queries


def test_whoever_is_not_logged_in_is_sent_to_log_in_and_back(browser: Browser) -> None:
    page = browser.get("/cases/BEH-2026-00001")
    assert (page.status, page.leads_to) == (303, "/login?next=%2Fcases%2FBEH-2026-00001")


def test_the_inbox_shows_what_waits_for_whoever_is_logged_in(each_browser: Browser, each_town: Given) -> None:
    number = each_town.order()
    page = each_browser.log_in(each_town.world.head).get("/")
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


def test_the_language_is_the_persons_own_and_stays(each_browser: Browser, each_town: Given) -> None:
    page = each_browser.log_in(each_town.world.head).get("/")
    page = each_browser.submit(page, "/language", language="sv")
    assert (page.status, page.leads_to) == (303, "/")
    assert "Inkorg" in each_browser.get("/").text
    assert "Inkorg" in each_browser.another().log_in(each_town.world.head).get("/").text


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


def test_knowing_who_it_is_takes_six_queries_and_no_writing(each_browser: Browser, each_town: Given) -> None:
    each_browser.log_in(each_town.world.head).get("/")
    with queries() as found:
        each_browser.get("/cases/X")
    asked = [statement for statement in found if "FROM case_file" not in statement]
    assert len(asked) == 6
    assert not [statement for statement in found if not statement.lstrip().startswith("SELECT")]


def test_what_was_typed_when_the_session_ran_out_is_kept_and_can_be_sent_again(
    browser: Browser, town: Given, clock: Clock
) -> None:
    ours = {"Origin": "https://behorig.example"}
    page = browser.log_in(town.world.head).get("/")
    mark = page.form("/logout/everywhere").values["_mark"]
    clock.turn(hours=2)
    page = browser.post("/logout/everywhere", {"_mark": mark, "comment": "Länge\noch väl"}, **ours)
    assert (page.status, "You were logged out meanwhile" in page.text) == (401, True)
    assert page.form("/logout/everywhere").values["comment"] == "Länge\noch väl"
    browser.log_in(town.world.head)
    assert browser.submit(page, "/logout/everywhere").leads_to == "/logged-out"


def test_what_was_typed_before_a_new_login_in_another_tab_is_kept_too(browser: Browser, town: Given) -> None:
    mark = browser.log_in(town.world.head).get("/").form("/logout").values["_mark"]
    browser.log_in(town.world.head)
    page = browser.post("/logout", {"_mark": mark, "comment": "x"}, Sec_Fetch_Site="same-origin")
    assert (page.status, "send it again" in page.text) == (403, True)
    assert [form.values["comment"] for form in page.forms if "comment" in form.values] == ["x"]


def test_what_another_site_sent_is_not_offered_to_be_sent_again(browser: Browser, town: Given) -> None:
    browser.log_in(town.world.head)
    for headers in ({"Origin": "https://evil.example"}, {}):
        page = browser.post("/logout", {"_mark": "wrong", "comment": "x"}, **headers)
        assert page.status == 403
        assert "comment" not in page.html


def test_after_an_error_in_a_form_another_language_leads_back_to_its_page(browser: Browser, town: Given) -> None:
    page = browser.log_in(town.world.head).post("/logout", {"_mark": ""}, Referer="https://behorig.example/cases/X?a=b")
    assert page.form("/language").values["back"] == "/cases/X?a=b"
    page = browser.post("/logout", {"_mark": ""}, Referer="https://evil.example//evil.example")
    assert page.form("/language").values["back"] == "/"
