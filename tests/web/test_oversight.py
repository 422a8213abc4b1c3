"""Supervision in a browser: read-only, for those who read everything; people's own pages; lists taken out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models import AppointedRole, Event, Person
from tests.given import TODAY, Given
from tests.web.browser import Browser
from tests.web.conftest import Clock
from tests.web.counting import queries
from workflows import leaving
from workflows.escalation import sweep_all
from workflows.leaving import Leaver

SUPERVISION = ("/oversight", "/oversight/cases", "/oversight/looks", "/oversight/figures")


@pytest.fixture
def auditor(town: Given) -> Person:
    """Somebody who reads everything and changes nothing."""
    person = town.person("auditor")
    town.appointment(person, AppointedRole.AUDITOR)
    return person


@pytest.mark.parametrize("path", SUPERVISION)
def test_supervision_is_for_those_who_supervise(browser: Browser, town: Given, auditor: Person, path: str) -> None:
    assert browser.log_in(town.world.manager).get(path).status == 403
    page = browser.log_in(auditor).get(path)
    assert page.status == 200
    # Nothing can be done there but to log out and choose a language.
    assert {form.action for form in page.forms if form.method == "post"} == {
        "/logout", "/logout/everywhere", "/language",
    }  # fmt: skip


def test_what_stands_still_is_shown_with_who_may_act(
    browser: Browser, town: Given, auditor: Person, clock: Clock
) -> None:
    number = town.order()
    clock.turn(days=7)
    sweep_all(town.office, clock())
    browser.log_in(auditor)
    page = browser.get("/oversight")
    assert f"/cases/{number}" in page.links
    assert "Overdue 1" in page.text
    assert "Head Svensson" in page.text
    assert "Nothing stands still" in browser.get("/oversight?way=unattended").text


def test_cases_of_every_kind_are_found_and_lead_to_their_own_pages(
    browser: Browser, town: Given, auditor: Person, clock: Clock
) -> None:
    request, release = town.order(), town.release()
    leaver = Leaver(employee_number="nurse", last_day=TODAY + timedelta(days=9))
    hr = town.world.hr
    town.appointment(hr, AppointedRole.HR_OFFICER)
    departure = leaving.notice(town.office, leaver, town.actor(hr), clock()).number
    browser.log_in(auditor)
    links = browser.get("/oversight/cases").links
    for path in (f"/cases/{request}", f"/releases/{release}", f"/departures/{departure}"):
        assert path in links
        assert browser.get(path).status == 200
    for number in (request, release, departure):
        page = browser.get(f"/record/{number}")
        assert "is whole" in page.text
        assert town.case(number).event_hash in page.text
    assert browser.get("/oversight/cases?workflow=release").links.count(f"/cases/{request}") == 0
    assert browser.log_in(town.world.outsider).get(f"/record/{request}").status == 404


def test_figures_stand_in_a_chart_and_in_a_table(browser: Browser, town: Given, auditor: Person) -> None:
    town.take(town.order(), "REJECTED")
    page = browser.log_in(auditor).get("/oversight/figures")
    assert page.html.count("<svg") == page.html.count("<title id=") == page.html.count("<desc id=") == 1
    assert page.text.count("No figures for these months.") == 5
    assert "style=" not in page.html
    assert "2026-03" in page.text


def test_who_holds_what_is_searched_by_person_system_and_day_and_taken_out(
    browser: Browser, town: Given, auditor: Person
) -> None:
    town.grant(town.world.nurse, town.world.read, ends_on=TODAY)
    town.grant(town.person("formula", given_name="=cmd()"), town.world.write)
    browser.log_in(auditor)
    assert "2 accesses held now." in browser.get("/holdings").text
    assert "1 accesses held now." in browser.get("/holdings?q=nurse&system=care").text
    assert "No access is found" in browser.get("/holdings?at=2019-01-01").text
    assert "Write the day as" in browser.get("/holdings?at=yesterday").text
    answer = browser.client.get("/holdings.csv?system=CARE")
    assert answer.headers["content-disposition"].startswith("attachment; ")
    text = answer.content.decode("utf-8-sig")
    assert "nurse;Nurse Svensson;1;CARE;READ;;Active;2020-01-01;2026-03-10" in text
    assert ";'=cmd() Svensson;" in text
    mine = browser.log_in(town.world.nurse).client.get("/holdings.csv").content.decode("utf-8-sig")
    assert ("nurse;" in mine, "formula" in mine) == (True, False)


def test_each_look_at_a_protected_person_is_told_and_kept(browser: Browser, town: Given, auditor: Person) -> None:
    town.person("hidden", given_name="Alva", protected=True)
    browser.log_in(auditor)
    page = browser.get("/people/hidden")
    assert "Alva" not in page.text
    assert "That you have looked here is recorded" in page.text
    assert "Alva" not in browser.get("/people?q=hidden").text
    assert "Nobody is found" in browser.get("/people?q=alva").text
    assert [event.kind for event in town.all(Event, Event.kind == "person.looked_at")] == ["person.looked_at"]
    looks = browser.get("/oversight/looks")
    assert "Auditor Svensson" in looks.text
    assert "Alva Svensson" in browser.log_in(town.world.manager).get("/people/hidden").text


def test_a_person_is_there_for_those_who_may_see_them_only(browser: Browser, town: Given, auditor: Person) -> None:
    town.grant(town.world.nurse, town.world.read)
    page = browser.log_in(auditor).get("/people/nurse")
    assert "Employments" in page.text
    assert "Read" in page.text
    # An owner sees the access in their own systems, and nothing else of the person.
    page = browser.log_in(town.world.head).get("/people/nurse")
    assert ("Read" in page.text, "Employments" in page.text) == (True, False)
    browser.log_in(town.world.outsider)
    for number in ("nurse", "nobody"):
        page = browser.get(f"/people/{number}")
        assert (page.status, f"There is nobody with employee number {number}." in page.text) == (404, True)


def test_the_lists_take_no_more_queries_when_there_is_more(
    browser: Browser, town: Given, auditor: Person, clock: Clock
) -> None:
    town.grant(town.world.nurse, town.world.read)
    town.order(profile="WRITE")
    clock.turn(days=7)
    browser.log_in(auditor)
    paths = ("/oversight", "/oversight/cases", "/oversight/figures", "/holdings", "/people?q=s", "/people/nurse")
    before = []
    for path in paths:
        with queries() as seen:
            assert browser.get(path).status == 200
        before.append(len(seen))
    for place in range(5):
        person = town.person(f"p{place}")
        town.grant(person, town.world.read)
        town.order(person, profile="WRITE")
        town.order(profile="WRITE", scope=f"ward {place}")
    for path, most in zip(paths, before, strict=True):
        with queries() as seen:
            browser.get(path)
        assert len(seen) <= most, path
