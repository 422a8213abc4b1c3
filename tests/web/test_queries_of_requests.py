"""Each page costs the same number of queries, however much there is to show."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models import Person
from tests.given import TODAY, Given
from tests.web.browser import Browser, app_for
from tests.web.conftest import Clock
from tests.web.counting import queries


@pytest.fixture
def given(embedded: Given) -> Given:
    return embedded


def cost(given: Given, clock: Clock, who: Person, path: str) -> int:
    """How many statements a page takes."""
    browser = Browser(given, app_for(given, clock)).log_in(who)
    browser.get(path)
    with queries() as said:
        page = browser.get(path)
    assert page.status == 200
    return len(said)


def crowd(given: Given, size: int, to: str) -> list[str]:
    """As many requests as that, each for a person of its own, at a state."""
    with given.together():
        people = [given.person() for _ in range(size)]
    return [given.take(given.order(person, ends_on=TODAY + timedelta(days=9)), to) for person in people]


@pytest.mark.parametrize(
    ("path", "who", "to"),
    [
        ("/", "head", "AWAITING_DECISION"),
        ("/tasks", "technician", "AWAITING_REGISTRATION"),
        ("/tasks", "administrator", "AWAITING_EXECUTION"),
        ("/requests", "manager", "AWAITING_DECISION"),
        ("/order", "manager", "AWAITING_DECISION"),
        ("/away", "head", "AWAITING_DECISION"),
    ],
)
def test_a_page_costs_the_same_with_five_rows_and_with_sixty(
    given: Given, clock: Clock, path: str, who: str, to: str
) -> None:
    person = getattr(given.world, who)
    crowd(given, 5, to)
    few = cost(given, clock, person, path)
    crowd(given, 55, to)
    assert cost(given, clock, person, path) == few


def test_approving_together_is_asked_at_the_same_cost(given: Given, clock: Clock) -> None:
    numbers = crowd(given, 30, "AWAITING_DECISION")

    def ask(size: int) -> int:
        ticks = "&".join(f"case={number}:2" for number in numbers[:size])
        return cost(given, clock, given.world.head, f"/approve?{ticks}")

    assert ask(2) == ask(30)


def test_a_case_costs_the_same_however_much_the_person_has(given: Given, clock: Clock) -> None:
    number = given.order(ends_on=TODAY)
    few = cost(given, clock, given.world.head, f"/cases/{number}")
    for place in range(20):
        system = given.system(administrator=given.world.administrator)
        given.grant(given.world.nurse, given.profile(system=system))
        given.act(number, "return_for_completion", by=given.world.head, reason=f"{place}?")
        given.act(number, "complete", by=given.world.manager, comment=f"{place}!")
    assert cost(given, clock, given.world.head, f"/cases/{number}") == few
    path = f"/access?person={given.world.nurse.employee_number}"
    held = cost(given, clock, given.world.manager, path)
    given.grant(given.world.nurse, given.world.write)
    assert cost(given, clock, given.world.manager, path) == held
