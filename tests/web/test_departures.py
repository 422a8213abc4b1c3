"""HR, managers and technicians with departures, in a browser."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from models import AppointedRole, AuthorisationRequest, Case, DepartureNotice, Duty, Person
from tests.given import TODAY, Given
from tests.web.browser import Browser, app_for
from tests.web.conftest import Clock
from tests.web.counting import queries
from workflows import leaving
from workflows.leaving import Leaver

LAST = TODAY + timedelta(days=10)
THREE = {"who": "nurse", "last_day": str(LAST), "kind": "NORMAL"}


@pytest.fixture
def hr(town: Given) -> Person:
    """An HR officer."""
    person = town.world.hr
    town.appointment(person, AppointedRole.HR_OFFICER)
    return person


def noticed(town: Given, hr: Person, who: str = "nurse", **changes: object) -> str:
    """The number of a departure."""
    leaver = Leaver(**{"employee_number": who, "last_day": LAST, **changes})  # type: ignore[arg-type]
    return leaving.notice(town.office, leaver, town.actor(hr), town_now()).number


def town_now() -> datetime:
    """The moment at which a test begins."""
    return Clock()()


def test_three_fields_what_will_happen_and_sent(browser: Browser, town: Given, hr: Person) -> None:
    town.grant(town.world.nurse, town.world.read)
    town.delegation(town.world.nurse)
    browser.log_in(hr)
    page = browser.submit(browser.get("/departures/new"), "/departures/new", **THREE, step="look")
    assert page.status == 200
    for said in (
        "What will happen when Nurse Svensson leaves",
        "Care",
        "Decide: Head Svensson",
        "decides by delegation",
    ):
        assert said in page.text
    assert town.all(DepartureNotice) == []
    page = browser.submit(page, "/departures/new", step="do")
    assert page.status == 303
    number = page.leads_to.rsplit("/", 1)[1]
    page = browser.get(page.leads_to)
    assert f"{number} is sent." in page.text
    assert "1 of 1 accesses are left." in page.text
    assert f"/departures/{number}" in browser.get("/departures").links


def test_sending_the_same_preview_twice_is_one_notice(browser: Browser, town: Given, hr: Person) -> None:
    browser.log_in(hr)
    page = browser.submit(browser.get("/departures/new"), "/departures/new", **THREE, step="look")
    first, second = (browser.submit(page, "/departures/new", step="do") for _ in range(2))
    assert first.leads_to == second.leads_to
    assert len(town.all(DepartureNotice)) == 1


def test_nothing_typed_is_lost_when_something_is_to_be_changed(browser: Browser, town: Given, hr: Person) -> None:
    browser.log_in(hr)
    page = browser.submit(browser.get("/departures/new"), "/departures/new", **THREE, reason="Moves away", step="look")
    page = browser.submit(page, "/departures/new", step="back")
    assert page.form("/departures/new").values | {"who": "nurse", "last_day": str(LAST), "reason": "Moves away"} == (
        page.form("/departures/new").values
    )


def test_several_with_the_name_are_shown_to_choose_from(browser: Browser, town: Given, hr: Person) -> None:
    town.person("a1", given_name="Anna", family_name="Ek")
    town.person("a2", given_name="Anna", family_name="Ekman")
    browser.log_in(hr)
    start = browser.get("/departures/new")
    page = browser.submit(start, "/departures/new", **THREE | {"who": "anna ek"}, step="look")
    assert page.status == 422
    assert "Several people are found; choose one of them." in page.text
    page = browser.submit(page, "/departures/new", kind="NORMAL", person="a2", step="look")
    assert "when Anna Ekman leaves" in page.text
    page = browser.submit(start, "/departures/new", **THREE | {"who": "no such"}, step="look")
    assert "Nobody is found by that name or number." in page.text


def test_with_several_employments_one_is_chosen(browser: Browser, town: Given, hr: Person) -> None:
    town.employment(town.world.nurse, number="2")
    browser.log_in(hr)
    page = browser.submit(browser.get("/departures/new"), "/departures/new", **THREE, step="look")
    assert "They have several employments; say which." in page.text
    page = browser.submit(page, "/departures/new", kind="NORMAL", person="nurse", employment="2", step="look")
    assert "They have another employment (1): what hangs on it stays." in page.text


def test_what_is_wrong_stands_beside_its_field(browser: Browser, town: Given, hr: Person) -> None:
    browser.log_in(hr)
    start = browser.get("/departures/new")
    page = browser.submit(start, "/departures/new", who="nurse", kind="NORMAL", step="look")
    assert (page.status, 'id="last_day-wrong"' in page.html) == (422, True)
    assert "Last day: Fill this in." in page.text, "the summary says which field it means"
    page = browser.submit(start, "/departures/new", **THREE | {"last_day": "2019-01-01"}, step="look")
    assert "The employment begins 2020-01-01" in page.text
    noticed(town, hr)
    page = browser.submit(start, "/departures/new", **THREE, step="look")
    assert "It is noticed already in" in page.text
    assert 'href="#who"' in page.html


def test_only_hr_notices_and_managers_move_their_own_staff(browser: Browser, town: Given) -> None:
    board = town.department("ELSEWHERE")
    browser.log_in(town.world.manager)
    assert browser.get("/departures/new").status == 403
    assert browser.post("/departures/new", THREE | {"step": "do"}).status in (403, 422)
    assert browser.post("/departures/file", {"step": "look", "rows": "person;last_day\nnurse;2026-04-01"}).status == 422
    assert town.all(DepartureNotice) == []
    page = browser.submit(
        browser.get("/departures/move"), "/departures/move",
        who="nurse", unit=board.key, first_day=str(LAST), step="look",
    )  # fmt: skip
    assert "when Nurse Svensson gets other duties" in page.text
    page = browser.submit(page, "/departures/move", step="do")
    (notice,) = town.all(DepartureNotice)
    assert (notice.kind, notice.last_day) == ("MOVE", LAST - timedelta(days=1))
    assert browser.another().log_in(town.world.outsider).get("/departures/move").status == 403


def test_the_last_day_is_moved_and_the_notice_cancelled(browser: Browser, town: Given, hr: Person) -> None:
    number = noticed(town, hr)
    path = f"/departures/{number}"
    browser.log_in(hr)
    page = browser.submit(browser.get(path), f"{path}/move_day", **{"move_day-last_day": "2026-05-01"})
    assert page.status == 422
    assert 'id="move_day-reason-wrong"' in page.html
    assert 'value="2026-05-01"' in page.html
    page = browser.submit(
        page, f"{path}/move_day",
        **{"move_day-last_day": "2026-05-01", "move_day-ends_at": "12:30", "move_day-reason": "Stays a month."},
    )  # fmt: skip
    assert page.leads_to == path
    (notice,) = town.all(DepartureNotice)
    assert (str(notice.last_day), str(notice.ends_at)) == ("2026-05-01", "2026-05-01 10:30:00+00:00")
    page = browser.submit(browser.get(path), f"{path}/cancel", **{"cancel-reason": "A mistake."})
    assert town.state(number) == "CANCELLED"
    assert "Cancelled" in browser.get(path).text


def test_the_technician_blocks_closes_and_takes_back(browser: Browser, town: Given, hr: Person) -> None:
    number = noticed(town, hr, kind="IMMEDIATE", last_day=TODAY)
    path = f"/departures/{number}"
    browser.log_in(town.world.technician)
    page = browser.submit(browser.get(path), f"{path}/block")
    assert (page.status, 'id="block-ticket_number-wrong"' in page.html) == (422, True)
    browser.submit(page, f"{path}/block", **{"block-ticket_number": "N-1"})
    browser.submit(browser.get(path), f"{path}/close_accounts", **{"close_accounts-ticket_number": "N-2"})
    browser.submit(browser.get(path), f"{path}/return_equipment", **{"return_equipment-comment": "A laptop, wiped."})
    page = browser.get(path)
    assert page.status == 200, "who has done something in it sees what came of it"
    assert town.state(number) == "CLOSED"
    (notice,) = town.all(DepartureNotice)
    assert (notice.block_ticket, notice.accounts_ticket, notice.equipment_note) == ("N-1", "N-2", "A laptop, wiped.")


def test_a_cancelled_departure_is_ordered_again_by_one_button(browser: Browser, town: Given, hr: Person) -> None:
    town.grant(town.world.nurse, town.world.read)
    number = noticed(town, hr, ends_at=town_now(), last_day=TODAY)
    [end] = town.parts(number)
    town.take(end.number, "COMPLETED", now=town_now())
    town.act(number, "cancel", by=hr, reason="They stay.", now=town_now())
    path = f"/departures/{number}"
    page = browser.log_in(hr).get(path)
    assert "Carried out before it was cancelled:" in page.text
    assert "not ordered again" in page.text
    first, second = (browser.submit(page, f"{path}/order_again") for _ in range(2))
    assert (first.leads_to, second.leads_to) == (path, path)
    page = browser.get(path)
    assert "Everything is ordered again already." in page.text, "a second click orders nothing twice"
    [request] = town.all(AuthorisationRequest, AuthorisationRequest.kind == "NEW")
    [case] = town.all(Case, Case.id == request.id)
    assert f"ordered again in {case.number}" in page.text
    assert f"{path}/order_again" not in [form.action for form in page.forms]
    # Whoever may see it and not order it is told so; to everybody else there is no such page.
    refused = browser.another().log_in(town.world.coordinator).post(f"{path}/order_again", {})
    assert (refused.status, "HR orders this again" in refused.text) == (422, True)
    assert browser.another().log_in(town.world.outsider).post(f"{path}/order_again", {}).status == 404


def test_a_mistake_is_cancelled_when_all_of_it_is_closed(browser: Browser, town: Given, hr: Person) -> None:
    number = noticed(town, hr, kind="IMMEDIATE", last_day=TODAY)
    act = partial(town.act, number, by=town.world.technician, now=town_now())
    act("block", ticket_number="N-1")
    act("close_accounts", ticket_number="N-2")
    act("return_equipment", comment="A laptop.")
    path = f"/departures/{number}"
    page = browser.log_in(hr).get(path)
    assert town.state(number) == "CLOSED"
    assert browser.submit(page, f"{path}/cancel", **{"cancel-reason": "The wrong person."}).leads_to == path
    assert "The accounts that were shut are to be opened again." in browser.get(path).text


def test_a_technician_opens_the_accounts_of_a_cancelled_dismissal(browser: Browser, town: Given, hr: Person) -> None:
    number = noticed(town, hr, kind="IMMEDIATE", last_day=TODAY)
    town.act(number, "block", by=town.world.technician, ticket_number="N-1", now=town_now())
    town.act(number, "cancel", by=hr, reason="A mistake.", now=town_now())
    path = f"/departures/{number}"
    browser.log_in(town.world.technician)
    assert f"{path}" in browser.get("/").links
    page = browser.submit(browser.get(path), f"{path}/reopen_accounts", **{"reopen_accounts-ticket_number": "N-2"})
    assert page.leads_to == path
    assert town.state(number) == "CANCELLED"


def test_an_old_page_is_told_what_happened_and_changes_nothing(browser: Browser, town: Given, hr: Person) -> None:
    number = noticed(town, hr)
    path = f"/departures/{number}"
    browser.log_in(hr)
    old = browser.get(path)
    town.act(number, "cancel", by=hr, reason="A mistake.")
    page = browser.submit(old, f"{path}/move_day", **{"move_day-last_day": "2026-05-01", "move_day-reason": "Later."})
    assert page.status == 409
    assert "has moved on" in page.text
    assert "Cancelled" in page.text


def test_whoever_appoints_says_who_takes_over(browser: Browser, town: Given, hr: Person) -> None:
    town.administers(town.world.nurse, town.world.care)
    number = noticed(town, hr)
    path = f"/departures/{number}"
    assert "Appoint a successor" in browser.log_in(town.world.head).get(path).text
    page = browser.submit(
        browser.get(path), f"{path}/settle", **{"settle-duty": "CARE", "settle-successor": "The administrator."}
    )
    assert page.status == 303
    (duty,) = town.all(Duty)
    assert duty.successor == "The administrator."
    assert f"{path}/settle" not in [form.action for form in browser.another().log_in(hr).get(path).forms]


@pytest.mark.parametrize("path", ["/departures/{}", "/departures/{}/cancel"])
def test_a_guessed_number_is_answered_as_one_that_does_not_exist(
    browser: Browser, town: Given, hr: Person, path: str
) -> None:
    request, number = town.order(), noticed(town, hr)
    browser.log_in(town.world.outsider)
    ask = browser.post if path.endswith("cancel") else browser.get
    pages = [ask(path.format(each)) for each in (number, "AVS-2026-09999", request)]
    assert [page.status for page in pages] == [404, 404, 404]
    for page, each in zip(pages, (number, "AVS-2026-09999", request), strict=True):
        assert f"There is no case {each}." in page.text
    assert town.state(number) != "CANCELLED"


def brake_at_one(town: Given) -> None:
    """The brake holds from the second on."""
    policy = town.office.policy
    brake = policy.departure.brake.model_copy(update={"at_least": 1, "percent": 0})
    departure = policy.departure.model_copy(update={"brake": brake})
    town.office = replace(town.office, policy=replace(policy, departure=departure))


def test_a_file_is_rehearsed_and_then_done(town: Given, clock: Clock, hr: Person) -> None:
    brake_at_one(town)
    browser = Browser(town, app_for(town, clock)).log_in(hr)
    rows = f"person;last_day\nnurse;{LAST}\nnobody;{LAST}\noutsider;{LAST}\n"
    values = browser.get("/departures/file").form("/departures/file").values
    answer = browser.client.post(
        "/departures/file", data=values | {"step": "look"}, files={"file": ("hr.csv", rows.encode(), "text/csv")}
    )
    assert "2 of 3 lines can be noticed." in answer.text
    assert "waits in the queue" in answer.text
    assert "There is nobody with employee number nobody." in answer.text
    assert town.all(DepartureNotice) == []
    page = browser.post("/departures/file", {"step": "do", "name": "hr.csv", "rows": rows})
    assert page.leads_to == "/departures"
    assert len(town.all(DepartureNotice)) == 2
    page = browser.get("/departures")
    assert "1 wait in the queue" in page.text


def test_a_file_that_cannot_be_read_is_refused_beside_its_field(browser: Browser, hr: Person) -> None:
    browser.log_in(hr)
    page = browser.post("/departures/file", {"step": "look", "name": "hr.csv", "rows": "who;when\nnurse;now"})
    assert page.status == 422
    assert 'id="file-wrong"' in page.html


@pytest.mark.parametrize(("event", "state"), [("release", "AWAITING_REGISTRATION"), ("refuse", "CANCELLED")])
def test_the_queue_is_let_go_or_refused_by_the_one_who_may(
    town: Given, clock: Clock, hr: Person, event: str, state: str
) -> None:
    brake_at_one(town)
    noticed(town, hr)
    held = [noticed(town, hr, who) for who in ("outsider", "deputy")]
    browser = Browser(town, app_for(town, clock)).log_in(hr)
    assert "Let the ticked ones go" not in browser.get("/departures/queue").text
    page = browser.post("/departures/queue", {"number": held, "event": event, "reason": "Checked."})
    assert page.status == 422
    browser.another().log_in(town.world.coordinator)
    browser.log_in(town.world.coordinator)
    page = browser.get("/departures/queue")
    assert "Let the ticked ones go" in page.text
    assert browser.post("/departures/queue", {"number": held, "event": event}).status == 422
    page = browser.post("/departures/queue", {"number": held, "event": event, "reason": "Checked."})
    assert page.leads_to == "/departures/queue"
    assert [town.state(number) for number in held] == [state, state]


def test_the_board_and_a_departure_take_no_more_queries_when_there_is_more(
    browser: Browser, town: Given, hr: Person
) -> None:
    browser.log_in(hr)
    few = noticed(town, hr)
    with queries() as before:
        browser.get("/departures")
    with queries() as before_page:
        browser.get(f"/departures/{few}")
    for place in range(6):
        person = town.person(f"p{place}")
        for profile in (town.world.read, town.world.write):
            town.grant(person, profile)
        many = noticed(town, hr, person.employee_number)
    browser.app.site.clock.turn(days=30)  # type: ignore[attr-defined]
    browser.log_in(hr)
    with queries() as after:
        browser.get("/departures")
    with queries() as after_page:
        browser.get(f"/departures/{many}")
    assert len(after) <= len(before)
    assert len(after_page) <= len(before_page)
