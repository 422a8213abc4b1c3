"""HR notices a departure, having seen what will happen; moves it; cancels it."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import expect

from models import Case, DepartureKind, DepartureNotice, Person
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


def test_hr_chooses_among_those_of_the_name_and_sees_what_they_hold(desk: Desk) -> None:
    given, world = desk.given, desk.given.world
    name = f"Ottilia{len(given.all(Person))}"
    person, _other = (given.person(given_name=name) for _ in range(2))
    system = given.system(administrator=person)
    with desk.of(world.hr) as page:
        page.goto("/departures/new")
        page.locator('[name="who"]').fill(name)
        if not desk.setting.scripts:
            page.locator('button[value="look"]').click()
            expect(page.locator("#problems")).to_be_visible()
        page.locator(f'[name="person"][value="{person.employee_number}"]').check()
        page.locator('[name="kind"][value="IMMEDIATE"]').check()
        page.locator('button[value="look"]').click()
        expect(page.get_by_role("main")).to_contain_text(system.key)
        page.locator('button[value="do"]').click()
        expect(page).to_have_url(re.compile("/departures/AVS-"))
    (notice,) = given.all(DepartureNotice, DepartureNotice.person_id == person.id)
    assert notice.kind == DepartureKind.IMMEDIATE
    (case,) = given.all(Case, Case.id == notice.id)
    number = case.number
    assert "BLOCK" in {task.part for task in given.tasks(number)}, "the block waits for no decision"
    with desk.of(world.technician) as page:
        page.goto(f"/departures/{number}")
        do(page, "block", ticket_number="N-22")
        expect(page.get_by_role("status").first).to_be_visible()
    assert [row.blocked_at is not None for row in given.all(DepartureNotice, DepartureNotice.id == notice.id)] == [True]


def test_the_board_shows_by_last_day_what_is_left_and_who_is_slow(desk: Desk) -> None:
    given, world, day = desk.given, desk.given.world, today(now())
    numbers = []
    for last in (day + timedelta(days=400), day + timedelta(days=399)):
        person = given.person()
        given.grant(person, world.read)
        numbers.append(given.leaves(person, last_day=last, now=now()))
    person = given.person()
    given.grant(person, world.read)
    overdue = given.leaves(person, last_day=day - timedelta(days=9), now=now() - timedelta(days=8))
    with desk.of(world.hr) as page:
        page.goto("/departures?every=1")
        rows = page.locator("main tbody tr")
        order = [row.split()[-1] for row in rows.all_inner_texts()]
        assert order.index(overdue) < order.index(numbers[1]) < order.index(numbers[0])
        late = rows.filter(has_text=overdue)
        expect(late.locator(".late-mark")).to_be_visible()
        expect(late).to_contain_text(world.head.name)


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
