"""HR notices a departure, having seen what will happen; moves it; cancels it."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import expect

from models import DepartureNotice
from tests.browser.desk import Desk, do, now
from workflows.deadlines import today


def test_hr_departs_somebody_having_seen_what_will_happen(desk: Desk) -> None:
    given, world = desk.given, desk.given.world
    person = given.person()
    given.grant(person, world.write)
    last = today(now()) + timedelta(days=14)
    notices = DepartureNotice.person_id == person.id
    with desk.of(world.hr) as page:
        page.goto("/departures/new")
        page.locator('[name="who"]').fill(person.employee_number)
        page.locator('[name="last_day"]').fill(last.isoformat())
        page.locator('button[value="look"]').click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(person.name)
        expect(page.get_by_role("main")).to_contain_text(world.care.name)
        assert given.all(DepartureNotice, notices) == [], "nothing is sent by looking"
        page.locator('button[value="do"]').click()
        expect(page).to_have_url(re.compile("/departures/AVS-"))
        (notice,) = given.all(DepartureNotice, notices)
        number = page.url.rpartition("/")[2]
        assert (given.case(number).id, notice.last_day) == (notice.id, last)
        desk.stands(page, number, "AWAITING_DECISION")
    assert len(given.parts(number)) == 1


def test_hr_moves_the_day_and_cancels(desk: Desk) -> None:
    given, world = desk.given, desk.given.world
    person = given.person()
    given.grant(person, world.read)
    day = today(now())
    number = given.leaves(person, last_day=day + timedelta(days=14), now=now())
    later = day + timedelta(days=21)
    with desk.of(world.hr) as page:
        page.goto("/departures")
        page.locator(f'main a[href$="/{number}"]').first.click()
        do(page, "move_day", last_day=later.isoformat(), reason="Agreed.")
        expect(page.get_by_role("main")).to_contain_text(later.isoformat())
        (notice,) = given.all(DepartureNotice, DepartureNotice.person_id == person.id)
        assert notice.last_day == later
        page.goto(f"/departures/{number}")
        do(page, "cancel", reason="They stay.")
        page.goto(f"/departures/{number}")
        desk.stands(page, number, "CANCELLED")
    assert {part.state for part in given.parts(number)} == {"WITHDRAWN"}
