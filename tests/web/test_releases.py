"""Releases in a browser: put forward, taken through their gates, with files that run nothing and open nowhere."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from models import Attachment, SystemPlan
from tests.given import TODAY, WINDOW, Given
from tests.web.browser import Browser, Page
from tests.web.conftest import Clock
from tests.web.counting import queries

NEW = {
    "system": "CARE",
    "version": "2.0",
    "contents": "A list of allergies.",
    "planned_from": "2026-03-20T18:00",
    "planned_until": "2026-03-20T22:00",
}
PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n"


def upload(browser: Browser, number: str, name: str, contents: bytes, kind: str = "PROTOCOL") -> Page:
    """Send a file on a release's page."""
    values = browser.get(f"/releases/{number}").form(f"/releases/{number}/attach").values
    answer = browser.client.post(
        f"/releases/{number}/attach",
        data=values | {"attach-kind": kind},
        files={"attach-file": (name, contents, "application/pdf")},
    )
    return Page(answer.status_code, answer.headers, answer.text)


def test_a_version_is_put_forward_once_and_stands_on_the_board(browser: Browser, town: Given) -> None:
    browser.log_in(town.world.administrator)
    page = browser.get("/releases/new")
    first, second = (browser.submit(page, "/releases/new", **NEW) for _ in range(2))
    assert first.leads_to == second.leads_to
    number = first.leads_to.rsplit("/", 1)[1]
    release = town.release_of(number)
    assert (release.planned_from, release.planned_until) == WINDOW
    page = browser.get("/releases")
    assert f"/releases/{number}" in page.links
    assert f"/releases/{number}" in browser.get("/releases?system=care").links


def test_what_is_wrong_with_a_new_one_stands_beside_its_field(browser: Browser, town: Given) -> None:
    browser.log_in(town.world.administrator)
    start = browser.get("/releases/new")
    page = browser.submit(start, "/releases/new", **NEW | {"planned_until": "2026-03-20T17:00", "contents": ""})
    assert (page.status, 'id="contents-wrong"' in page.html) == (422, True)
    page = browser.submit(start, "/releases/new", **NEW | {"planned_until": "2026-03-20T17:00"})
    assert 'id="planned_until-wrong"' in page.html
    assert 'value="2026-03-20T17:00"' in page.html
    page = browser.submit(start, "/releases/new", **NEW | {"planned_from": "soon"})
    assert "Write the day and the hour" in page.text
    assert "lets you put a version forward" in browser.another().log_in(town.world.nurse).get("/releases/new").text
    assert browser.another().log_in(town.world.nurse).post("/releases/new", NEW).status == 422


def test_it_goes_into_operation_gate_by_gate(browser: Browser, town: Given, clock: Clock) -> None:
    world, number = town.world, town.release()
    path = f"/releases/{number}"

    def does(person: object, event: str, **fields: str) -> None:
        browser.log_in(person)  # type: ignore[arg-type]
        page = browser.submit(browser.get(path), f"{path}/{event}", **{f"{event}-{k}": v for k, v in fields.items()})
        assert page.status == 303, page.text

    page = browser.log_in(world.head).get(path)
    assert "The head of IT has not agreed to the date." in page.text
    assert f"{path}/go_ahead" not in [form.action for form in page.forms]
    does(world.head_of_it, "agree_date")
    does(world.head, "go_ahead")
    browser.log_in(world.administrator)
    assert "Attach the protocol of the test first." in browser.get(path).text
    assert upload(browser, number, "protocol.pdf", PDF).status == 303
    does(world.administrator, "pass_test")
    does(world.coordinator, "note_finding", comment="Logs too much.", blocking="yes")
    does(world.coordinator, "review", comment="One finding.")
    does(world.head_of_it, "cosign")
    assert "These findings stop it: 1." in browser.log_in(world.head).get(path).text
    does(world.coordinator, "resolve_finding", finding="1", comment="Logs less.")
    does(world.head, "approve")
    assert "The agreed window is from" in browser.log_in(world.administrator).get(path).text
    clock.now = WINDOW[0] + timedelta(minutes=5)
    does(world.administrator, "deploy", comment="Went well.")
    browser.log_in(world.technician)
    page = browser.submit(
        browser.get(path), f"{path}/register", **{"register-version": "1.9", "register-ticket_number": "N-3"}
    )
    assert (page.status, 'id="register-version-wrong"' in page.html) == (422, True)
    does(world.technician, "register", version="2.0", ticket_number="N-3")
    assert town.state(number) == "IN_OPERATION"
    page = browser.get("/systems/CARE")
    assert "2.0" in page.text
    assert path in page.links


@pytest.mark.parametrize(
    ("name", "contents", "says"),
    [
        ("protocol.pdf", b"<html><script>alert(1)</script></html>", "what it holds is not what its name says"),
        ("protocol.exe", b"MZ\x90\x00", "it must be one of"),
        ("protocol.txt", PDF, "what it holds is not what its name says"),
        ("protocol.pdf", b"", "it is empty"),
        ("page.html", b"<p>", "it must be one of"),
    ],
)
def test_a_file_whose_type_lies_is_not_taken(
    browser: Browser, town: Given, name: str, contents: bytes, says: str
) -> None:
    number = town.release()
    page = upload(browser.log_in(town.world.administrator), number, name, contents)
    assert (page.status, says in page.text) == (422, True)
    assert 'id="attach-file-wrong"' in page.html
    assert town.all(Attachment) == []


def test_a_file_is_a_download_that_runs_nothing_and_is_for_those_who_see_the_case(
    browser: Browser, town: Given
) -> None:
    number = town.release()
    assert (
        upload(
            browser.log_in(town.world.administrator), number, '../"a\r\nSet-Cookie: x=1 å.txt', b"<b>hello</b>"
        ).status
        == 303
    )
    answer = browser.client.get(f"/releases/{number}/files/1")
    assert answer.content == b"<b>hello</b>"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; ")
    assert "set-cookie" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["content-type"].startswith("text/plain")
    assert browser.get(f"/releases/{number}/files/2").status == 404
    for place in (1, 2):
        stranger = browser.another().log_in(town.world.outsider).get(f"/releases/{number}/files/{place}")
        assert (stranger.status, f"There is no case {number}." in stranger.text) == (404, True)


@pytest.mark.parametrize(
    ("who", "kinds"),
    [
        ("administrator", ["PROTOCOL", "OTHER"]),
        ("coordinator", ["REVIEW", "OTHER"]),
        ("technician", ["OTHER"]),
    ],
)
def test_everybody_is_offered_the_kinds_of_files_that_they_may_attach(
    browser: Browser, town: Given, who: str, kinds: list[str]
) -> None:
    number = town.take_release(town.release(), "AWAITING_TEST")
    browser.log_in(getattr(town.world, who))
    page = browser.get(f"/releases/{number}")
    offered = page.html.partition('id="attach-kind"')[2].partition("</select>")[0]
    assert [value for value in re.findall('value="([A-Z]*)"', offered) if value] == kinds
    for kind in kinds:
        assert upload(browser, number, f"{kind}.pdf", PDF, kind).status == 303


@pytest.mark.parametrize(("who", "shown"), [("administrator", True), ("head", True), ("coordinator", False)])
def test_the_way_to_put_a_version_forward_is_shown_to_those_who_do(
    browser: Browser, town: Given, who: str, shown: bool
) -> None:
    page = browser.log_in(getattr(town.world, who)).get("/releases")
    assert ("/releases/new" in page.links) == shown


def test_nobody_is_offered_to_attach_to_what_is_over(browser: Browser, town: Given) -> None:
    number = town.take_release(town.release(), "REJECTED")
    page = browser.log_in(town.world.administrator).get(f"/releases/{number}")
    assert "attach-kind" not in page.html


@pytest.mark.parametrize("event", ["withdraw", "attach"])
def test_a_guessed_number_is_answered_as_one_that_does_not_exist(browser: Browser, town: Given, event: str) -> None:
    number, request = town.release(), town.order()
    browser.log_in(town.world.outsider)
    for each in (number, "REL-2026-09999", request):
        for page in (browser.get(f"/releases/{each}"), browser.post(f"/releases/{each}/{event}", {"x": "1"})):
            assert (page.status, f"There is no case {each}." in page.text) == (404, True)
    assert len(town.events(number)) == 1


def test_the_owner_adopts_plans_the_head_of_it_agrees_and_an_approval_is_withdrawn(
    browser: Browser, town: Given
) -> None:
    browser.log_in(town.world.head)
    page = browser.submit(browser.get("/systems/CARE"), "/systems/CARE/plans", plan="OUTAGE", reference="VON § 22")
    assert page.status == 303
    (plan,) = town.all(SystemPlan)
    assert (plan.reference, plan.valid_from, plan.agreed_on) == ("VON § 22", TODAY, None)
    page = browser.submit(browser.get("/systems/CARE"), "/systems/CARE/plans", plan="OUTAGE", reference="VON § 22")
    assert 'id="reference-wrong"' in page.html
    browser.log_in(town.world.head_of_it)
    assert browser.submit(browser.get("/systems/CARE"), "/systems/CARE/agree").status == 303
    assert town.all(SystemPlan)[0].agreed_on == TODAY
    assert browser.post("/systems/CARE/withdraw", {"withdraw-reason": "No."}).status == 422
    browser.log_in(town.world.head)
    page = browser.submit(browser.get("/systems/CARE"), "/systems/CARE/withdraw", **{"withdraw-reason": "A hole."})
    assert page.status == 303
    assert town.again(town.world.care).approval_withdrawn_on == TODAY
    assert browser.log_in(town.world.outsider).get("/systems/CARE").status == 404


def test_the_board_and_a_release_take_no_more_queries_when_there_is_more(browser: Browser, town: Given) -> None:
    browser.log_in(town.world.administrator)
    number = town.release()
    paths = ("/releases", f"/releases/{number}", "/systems/CARE")
    before = []
    for path in paths:
        with queries() as seen:
            browser.get(path)
        before.append(len(seen))
    for place in range(5):
        town.release(f"3.{place}")
        town.attach(number, name=f"p{place}.txt")
    for path, most in zip(paths, before, strict=True):
        with queries() as seen:
            browser.get(path)
        assert len(seen) <= most, path
