"""The administrator and the technician: forty tasks, filters, claims, and several closed in one go."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from models import GrantState
from tests.given import NOW, TODAY, Given
from tests.web.browser import Browser, Page
from tests.web.conftest import Clock


@pytest.fixture
def technician(browser: Browser, town: Given) -> Browser:
    """The technician, logged in."""
    return browser.log_in(town.world.technician)


def lines_of(page: Page, *numbers: str) -> list[str]:
    """The hidden values of some lines, as the page holds them."""
    return [part for number in numbers for part in [f"{number}:4:REGISTER"] if f'value="{part}"' in page.html]


def registrable(town: Given, people: int = 3) -> list[str]:
    """Requests that wait to be registered, for as many people."""
    everybody = (town.world.nurse, town.world.outsider, town.world.deputy)
    return [town.take(town.order(person), "AWAITING_REGISTRATION") for person in everybody[:people]]


def test_the_list_says_exactly_what_was_decided(technician: Browser, town: Given) -> None:
    (number,) = registrable(town, 1)
    page = technician.get("/tasks")
    for words in (number, "Nurse Svensson", "Care", "Read", "2026-03-10", "nurse01"):
        assert words in page.text
    copied = 'data-copy="Case: {number}\nPerson: Nurse Svensson (nurse)\nSystem: Care\nProfile: Read\n'
    assert copied.format(number=number) in page.html


def test_several_are_closed_in_one_go(technician: Browser, town: Given) -> None:
    first, second, third = registrable(town)
    page = technician.get("/tasks")
    said = {"line": lines_of(page, first, second, third), f"value-{first}": "N-1", f"value-{second}": "N-2"}
    answer = technician.post("/tasks", said)
    assert (answer.status, answer.leads_to) == (303, "/tasks")
    assert f"Closed: {first}, {second}." in technician.get("/tasks").text
    assert [town.state(number) for number in (first, second, third)] == [
        "COMPLETED",
        "COMPLETED",
        "AWAITING_REGISTRATION",
    ]
    assert town.request(first).ticket_number == "N-1"


def test_what_cannot_be_closed_stays_with_what_was_typed_and_the_others_are_closed(
    technician: Browser, town: Given
) -> None:
    first, second = registrable(town, 2)
    page = technician.get("/tasks")
    town.act(first, "report_obstacle", by=town.world.second_technician, reason="No such role.", solver="owner")
    town.act(first, "resume", by=town.world.head, comment="There is now.")
    said = {"line": lines_of(page, first, second), f"value-{first}": "N-1", f"value-{second}": "N-2"}
    answer = technician.post("/tasks", said)
    assert answer.status == 422
    assert f"Closed: {second}." in answer.text
    assert f'href="#value-{first}"' in answer.html
    assert 'value="N-1"' in answer.html
    assert (town.state(first), town.state(second)) == ("AWAITING_REGISTRATION", "COMPLETED")


def test_a_ticket_that_is_missing_is_said_beside_its_line(technician: Browser, town: Given) -> None:
    (number,) = registrable(town, 1)
    page = technician.get("/tasks")
    answer = technician.post("/tasks", {"line": lines_of(page, number), "done": number})
    assert answer.status == 422
    assert f"{number}: This needs: the service desk's ticket number." in answer.text
    assert technician.post("/tasks", {"line": lines_of(page, number)}).status == 422


def test_the_administrator_fills_in_the_account(browser: Browser, town: Given) -> None:
    number = town.take(town.order(), "AWAITING_EXECUTION")
    administrator = browser.log_in(town.world.administrator)
    answer = administrator.post("/tasks", {"line": f"{number}:3:EXECUTE", f"value-{number}": "nurse07"})
    assert answer.status == 303
    assert town.request(number).account_name == "nurse07"
    assert town.state(number) == "AWAITING_REGISTRATION"


def test_an_account_that_is_known_is_only_ticked(browser: Browser, town: Given) -> None:
    town.grant(town.world.nurse, town.world.read)
    number = town.take(town.order(kind="END", purpose="Another ward."), "AWAITING_EXECUTION")
    administrator = browser.log_in(town.world.administrator)
    assert 'name="done"' in administrator.get("/tasks").html
    assert administrator.post("/tasks", {"line": f"{number}:3:EXECUTE", "done": number}).status == 303
    assert town.request(number).account_name == "nurse"


def test_what_lasts_a_while_yet_cannot_be_closed_from_the_list(browser: Browser, town: Given) -> None:
    town.grant(town.world.nurse, town.world.read)
    end = town.order(kind="END", purpose="Leaves the ward.", ends_on=TODAY + timedelta(days=5))
    number = town.take(end, "AWAITING_EXECUTION")
    page = browser.log_in(town.world.administrator).get("/tasks")
    assert number in page.text
    assert "Remove it after" in page.text
    assert f'value="{number}:3:EXECUTE"' not in page.html
    assert town.grants()[0].state == GrantState.ACTIVE


def test_i_take_it_is_seen_by_others_and_keeps_nobody_out(technician: Browser, town: Given) -> None:
    (number,) = registrable(town, 1)
    answer = technician.post("/tasks/claim", {"claim": f"{number}:REGISTER:"})
    assert (answer.status, answer.leads_to) == (303, "/tasks")
    assert f"You have taken {number}." in technician.get("/tasks").text
    other = technician.another().log_in(town.world.second_technician)
    page = other.get("/tasks")
    assert "Technician Svensson" in page.text
    assert "Take over" in page.text
    assert other.post("/tasks/claim", {"claim": f"{number}:REGISTER:"}).status == 409
    assert other.post("/tasks/claim", {"take_over": f"{number}:REGISTER:"}).status == 303
    assert town.tasks(number)[0].claimed_by_id == town.world.second_technician.id
    assert other.post("/tasks/unclaim", {"unclaim": f"{number}:REGISTER:"}).status == 303
    assert town.tasks(number)[0].claimed_by_id is None


def test_filters(technician: Browser, town: Given, clock: Clock) -> None:
    first, second, _ = registrable(town)
    technician.post("/tasks/claim", {"claim": f"{first}:REGISTER:"})
    page = technician.get("/tasks?mine=yes")
    assert first in page.text
    assert second not in page.text
    assert "Nothing fits" in technician.get("/tasks?overdue=yes").text
    assert "Nothing fits" in technician.get("/tasks?system=OTHER").text
    assert first in technician.get("/tasks?system=CARE&part=REGISTER").text
    clock.turn(hours=30)
    technician.log_in(town.world.technician)
    assert first in technician.get("/tasks?overdue=yes").text


def test_an_obstacle_takes_two_clicks(technician: Browser, town: Given) -> None:
    (number,) = registrable(town, 1)
    link = f"/cases/{number}?act=report_obstacle"
    assert any(each.startswith(link) for each in technician.get("/tasks").links)
    page = technician.get(link)
    assert re.search('<details [^>]*id="report_obstacle" open>', page.html)
    said = {"report_obstacle-reason": "No such role.", "report_obstacle-solver": "owner"}
    answer = technician.submit(page, f"/cases/{number}/report_obstacle", **said)
    assert (answer.status, answer.leads_to) == (303, "/tasks")
    assert town.state(number) == "OBSTRUCTED"


def test_a_protected_identity_is_a_number_in_the_list_too(technician: Browser, town: Given) -> None:
    hidden = town.person("9001", given_name="Disa", family_name="Dold", protected=True)
    town.take(town.order(hidden), "AWAITING_REGISTRATION")
    page = technician.get("/tasks")
    assert "Protected identity (9001)" in page.text
    assert "Dold" not in page.html


def test_an_empty_list_says_so(browser: Browser, town: Given) -> None:
    assert "Nothing to do" in browser.log_in(town.world.outsider).get("/tasks").text


def test_nobody_closes_or_claims_what_is_not_theirs(browser: Browser, town: Given) -> None:
    (number,) = registrable(town, 1)
    stranger = browser.log_in(town.world.outsider)
    answer = stranger.post("/tasks", {"line": f"{number}:4:REGISTER", f"value-{number}": "N-1"})
    assert f"There is no case {number}." in answer.text
    assert stranger.post("/tasks/claim", {"claim": f"{number}:REGISTER:"}).status == 404
    assert town.state(number) == "AWAITING_REGISTRATION"
    assert town.case(number).state_since == NOW
