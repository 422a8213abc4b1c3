"""Coming in by a link in a letter: once, in time, and without telling anybody whose an address is."""

from __future__ import annotations

import re
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models import LoginLink, Message, MessageState, WebSession
from tests.given import TODAY, Given
from tests.mailserver import MailServer, serving
from tests.web.browser import Browser, Page, app_for
from tests.web.conftest import Clock
from tests.web.counting import queries
from transport import SmtpTransport
from workflows import login_links
from workflows.login_links import ASKED_BY_A_CLIENT, LETTERS_TO_AN_ADDRESS
from workflows.outbox import deliver

MAIL = {"smtp_host": "mail.example", "smtp_sender": "noreply@behorig.example"}


@pytest.fixture
def browser(town: Given, clock: Clock) -> Browser:
    """A browser on a site that sends links."""
    return Browser(town, app_for(town, clock, **MAIL))


@pytest.fixture
def each_browser(each_town: Given, clock: Clock) -> Browser:
    """The same on each database in turn."""
    return Browser(
        each_town, app_for(each_town, clock, smtp_host="mail.example", smtp_sender="noreply@behorig.example")
    )


def ask(browser: Browser, address: str, path: str = "/login") -> Page:
    """Ask for a link on the page for it."""
    return browser.submit(browser.get(path), "/login/link", email=address)


def link_in(town: Given) -> str:
    """The path in the letter that was written last."""
    letter = max(town.all(Message), key=lambda row: (row.saved_at, row.id))
    (path,) = re.findall(r"https://behorig\.example(/login/link\?token=\S+)", letter.text)
    return str(path)


def follow(browser: Browser, path: str) -> Page:
    """Open the link and press the button."""
    return browser.submit(browser.get(path), "/login/link/use")


def test_a_letter_with_a_link_lets_one_in_where_one_wanted_to_go(each_browser: Browser, each_town: Given) -> None:
    number = each_town.order()
    assert "Look in your mail" in ask(each_browser, "HEAD@behorig.example", f"/login?next=/cases/{number}").text
    letter = max(each_town.all(Message), key=lambda row: row.id)
    assert (letter.recipient_id, letter.address) == (each_town.world.head.id, "head@behorig.example")
    assert (letter.subject, letter.kind, letter.case_id) == ("Log in to Behörig", "LOGIN_LINK", None)
    page = each_browser.get(link_in(each_town))
    assert "Log in as Head Svensson" in page.text
    page = follow(each_browser, link_in(each_town))
    assert (page.status, page.leads_to) == (303, f"/cases/{number}")
    assert "Head Svensson" in each_browser.get("/").text


def test_the_link_works_in_another_browser_too(browser: Browser, town: Given) -> None:
    ask(browser, "head@behorig.example")
    on_the_phone = browser.another()
    assert follow(on_the_phone, link_in(town)).status == 303
    assert "Head Svensson" in on_the_phone.get("/").text


def test_a_replayed_link_opens_nothing(browser: Browser, town: Given) -> None:
    ask(browser, "head@behorig.example")
    path = link_in(town)
    page = browser.get(path)
    another = browser.another()
    second = another.get(path)
    assert browser.submit(page, "/login/link/use").status == 303
    assert another.submit(second, "/login/link/use").status == 403
    assert browser.another().get(path).status == 403
    assert another.get("/").status == 303


def test_a_link_is_not_used_up_by_programs_that_follow_every_link(browser: Browser, town: Given) -> None:
    ask(browser, "head@behorig.example")
    for _ in range(3):
        browser.another().get(link_in(town))
    assert follow(browser, link_in(town)).status == 303


def test_of_two_who_use_a_link_at_the_same_moment_one_gets_in(
    each_browser: Browser, each_town: Given, clock: Clock
) -> None:
    ask(each_browser, "head@behorig.example")
    token = link_in(each_town).rpartition("=")[2]
    begin = threading.Barrier(4)
    found: list[Any] = []

    def use() -> None:
        begin.wait()
        found.append(login_links.use(each_town.office, token, clock()))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [who for who in found if who is not None] == [(each_town.world.head.id, "/")]


def test_a_link_is_over_after_ten_minutes(browser: Browser, town: Given, clock: Clock) -> None:
    ask(browser, "head@behorig.example")
    page = browser.get(link_in(town))
    clock.turn(minutes=9, seconds=59)
    assert browser.get(link_in(town)).status == 200
    clock.turn(seconds=1)
    assert browser.submit(page, "/login/link/use").status == 403
    assert browser.get(link_in(town)).status == 403


@pytest.mark.parametrize("address", ["nobody@behorig.example", "gone@behorig.example", "desk@behorig.example"])
def test_the_answer_is_the_same_whosever_the_address_is(browser: Browser, town: Given, address: str) -> None:
    town.person("gone", ends_on=date(2021, 1, 1))
    town.person("one", email="desk@behorig.example")
    town.person("two", email="desk@behorig.example")

    def shown(page: Page, asked_for: str) -> tuple[int, str, set[str]]:
        words = re.sub(r'value="[^"]*"', "", page.html).replace(asked_for, "ADDRESS")
        return page.status, words, set(page.headers)

    known = shown(ask(browser, "head@behorig.example"), "head@behorig.example")
    before = len(town.all(Message))
    assert shown(ask(browser, address), address) == known
    assert len(town.all(Message)) == before


def test_the_same_is_done_before_the_answer_whosever_the_address_is(browser: Browser, town: Given) -> None:
    """What takes longer for an address that is somebody's is done when the answer has been given."""
    counted: list[list[str]] = []

    def asked(address: str) -> None:
        with queries() as statements:
            login_links.ask(town.office, address, "192.0.2.1", "/", f"token of {address}", datetime.now(UTC))
        counted.append(statements)

    asked("head@behorig.example")
    asked("nobody@behorig.example")
    assert counted[0] == counted[1]
    assert len(counted[0]) >= 4
    assert not any("FROM person" in statement for statement in counted[0])


def test_only_a_sum_of_the_link_is_kept_and_the_letter_loses_its_words(
    each_browser: Browser, each_town: Given, clock: Clock
) -> None:
    ask(each_browser, "head@behorig.example")
    token = link_in(each_town).rpartition("=")[2]
    (row,) = each_town.all(LoginLink)
    assert token not in row.model_dump_json()
    assert row.message_id is not None
    with each_town.database.writing(each_town.organisation.id) as session:
        sent = {"state": MessageState.SENT, "next_attempt_at": None}
        session.execute(sa.update(Message).where(Message.id == row.message_id).values(**sent))  # type: ignore[arg-type]
    clock.turn(minutes=11)
    ask(each_browser, "nobody@behorig.example")
    assert [letter.text for letter in each_town.all(Message)] == [""]
    clock.turn(days=1)
    ask(each_browser, "nobody@behorig.example")
    assert len(each_town.all(LoginLink)) == 1


def test_an_address_is_not_flooded_with_letters(browser: Browser, town: Given, clock: Clock) -> None:
    answers = {ask(browser, "head@behorig.example").status for _ in range(LETTERS_TO_AN_ADDRESS + 2)}
    assert answers == {200}
    assert len(town.all(Message)) == LETTERS_TO_AN_ADDRESS
    clock.turn(minutes=16)
    ask(browser, "head@behorig.example")
    assert len(town.all(Message)) == LETTERS_TO_AN_ADDRESS + 1


def test_one_place_does_not_ask_for_ever(browser: Browser, town: Given, clock: Clock) -> None:
    for number in range(ASKED_BY_A_CLIENT):
        login_links.ask(town.office, f"{number}@behorig.example", "testclient", "/", f"{number}", clock())
    page = ask(browser, "head@behorig.example")
    assert page.status == 429
    assert "too often from here" in page.text
    assert page.form("/login/link").values["email"] == "head@behorig.example"
    clock.turn(minutes=16)
    assert ask(browser, "head@behorig.example").status == 200


def test_somebody_who_left_between_the_letter_and_the_link_is_not_let_in(browser: Browser, town: Given) -> None:
    leaver = town.person("leaver", email="leaver@behorig.example")
    ask(browser, "leaver@behorig.example")
    town.change(town.employment_of(leaver), ends_on=TODAY - timedelta(days=1))
    assert follow(browser, link_in(town)).status == 403
    assert not town.all(WebSession)


@pytest.mark.parametrize(
    "written",
    ["", "head", "head@behorig.example, chair@behorig.example", "Head <head@behorig.example>", "a@b\r\nBcc: c@d"],
)
def test_what_is_no_address_is_said_beside_the_field(browser: Browser, town: Given, written: str) -> None:
    page = ask(browser, written)
    assert page.status == 422
    assert 'id="email-wrong"' in page.html
    assert not town.all(LoginLink)


def test_the_letter_arrives_by_the_ordinary_outbox(browser: Browser, town: Given, clock: Clock) -> None:
    ask(browser, "head@behorig.example")
    with serving(MailServer()) as server:
        transport = SmtpTransport(host="127.0.0.1", port=server.port, sender="noreply@behorig.example", security="none")
        deliver(
            town.database,
            town.organisation.id,
            transport,
            sender=transport.sender,
            now=clock(),
            limits=town.office.policy.mail,
        )
    (received,) = server.mails
    assert received.recipients == ("head@behorig.example",)
    assert "/login/link?token=" in received.body("plain").replace("=\n", "")


def test_there_are_no_links_where_there_is_a_provider(town: Given, clock: Clock) -> None:
    provider = {"oidc_issuer": "https://login.example", "oidc_client_id": "behorig"}
    browser = Browser(town, app_for(town, clock, **MAIL, **provider))
    page = browser.get("/login")
    assert "/login/link" not in [form.action for form in page.forms]
    assert browser.post("/login/link", {"email": "head@behorig.example"}).status == 404
    assert browser.get("/login/link?token=x").status == 404
