"""The administrator executes, the technician registers, obstacles are reported; one by one and from the work list."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from models import Part
from tests.browser.desk import Desk, do, now, open_from_inbox
from workflows import claiming


def decided(desk: Desk, state: str = "AWAITING_EXECUTION") -> str:
    """The number of a request that was taken to a state."""
    return desk.given.take(desk.given.order(desk.given.person(), now=now()), state, now=now())


def test_the_administrator_executes_and_the_technician_registers(desk: Desk) -> None:
    given, world = desk.given, desk.given.world
    number = decided(desk)
    with desk.of(world.administrator) as page:
        open_from_inbox(page, number)
        expect(page.get_by_role("main")).to_contain_text("Read")
        do(page, "execute", account_name="a4711")
        page.goto(f"/cases/{number}")
        desk.stands(page, number, "AWAITING_REGISTRATION")
        expect(page.get_by_role("main")).to_contain_text("a4711")
    with desk.of(world.technician) as page:
        open_from_inbox(page, number)
        do(page, "register", ticket_number="N-4711")
        page.goto(f"/cases/{number}")
        desk.stands(page, number, "COMPLETED")
    (grant,) = [row for row in given.grants() if row.case_id == given.case(number).id]
    assert (grant.account_name, grant.state) == ("a4711", "ACTIVE")
    assert given.request(number).ticket_number == "N-4711"


def test_the_technician_closes_several_in_one_go(desk: Desk) -> None:
    given = desk.given
    numbers = [decided(desk, "AWAITING_REGISTRATION") for _ in range(3)]
    with desk.of(given.world.technician) as page:
        page.goto("/tasks")
        for number in numbers:
            page.locator(f'[name="value-{number}"]').fill(f"N-{number}")
        page.locator("form.work button.ds-button").first.click()
        for number in numbers:
            expect(page.locator(".ds-alert").first).to_contain_text(number)
    assert {given.state(number) for number in numbers} == {"COMPLETED"}
    assert {given.request(number).ticket_number for number in numbers} == {f"N-{number}" for number in numbers}


def test_an_obstacle_is_reported_in_two_clicks(desk: Desk) -> None:
    given = desk.given
    number = decided(desk)
    with desk.of(given.world.administrator) as page:
        page.goto("/tasks")
        page.locator(f'main a[href^="/cases/{number}?act=report_obstacle"]').click()
        do(page, "report_obstacle", reason="The licences are used up.", solver="owner")
        page.goto(f"/cases/{number}")
        desk.stands(page, number, "OBSTRUCTED")
        expect(page.get_by_role("main")).to_contain_text("The licences are used up.")


def test_somebody_takes_a_task_and_lets_it_go(desk: Desk) -> None:
    given = desk.given
    number = decided(desk)
    with desk.of(given.world.administrator) as page:
        page.goto("/tasks")
        page.locator(f'button[name="claim"][value^="{number}:"]').click()
        expect(page.locator(f'button[name="unclaim"][value^="{number}:"]')).to_be_visible()
        assert [task.claimed_by_id for task in given.tasks(number)] == [given.world.administrator.id]
        page.locator(f'button[name="unclaim"][value^="{number}:"]').click()
        expect(page.locator(f'button[name="claim"][value^="{number}:"]')).to_be_visible()
        assert [task.claimed_by_id for task in given.tasks(number)] == [None]


def test_the_list_is_narrowed_and_what_was_decided_is_copied_in_one_click(desk: Desk) -> None:
    given, world = desk.given, desk.given.world
    other = given.system(administrator=world.administrator, profiles=("LOOK",))
    person = given.person()
    number = given.order(person, system=other.key, profile="LOOK", now=now())
    given.act(number, "approve", by=world.head, now=now())
    decided(desk)
    with desk.of(world.administrator) as page:
        page.goto("/tasks")
        assert page.locator('main [href^="/cases/"].main-link').count() > 1
        page.locator("#system").select_option(other.key)
        if not desk.setting.scripts:
            page.locator("form.filters button").click()
        expect(page).to_have_url(re.compile(f"system={other.key}"))
        expect(page.locator('main [href^="/cases/"].main-link')).to_have_count(1)
        expect(page.locator(".decided")).to_contain_text(person.employee_number)
        if desk.setting.scripts:
            page.context.grant_permissions(["clipboard-read", "clipboard-write"])
            page.locator("[data-copy]").click()
            expect(page.locator("[data-copy]")).to_have_text(desk.say("Copied"))
            copied = page.evaluate("navigator.clipboard.readText()")
            assert all(word in copied for word in (number, person.employee_number, other.name))


def test_a_task_that_another_has_taken_is_taken_over(desk: Desk) -> None:
    given, world = desk.given, desk.given.world
    number = decided(desk, "AWAITING_REGISTRATION")
    claiming.claim(given.office, number, Part.REGISTER, given.actor(world.second_technician), now())
    with desk.of(world.technician) as page:
        page.goto("/tasks")
        row = page.locator("tr", has=page.locator(f'a[href="/cases/{number}"]'))
        expect(row).to_contain_text(world.second_technician.name)
        row.locator('button[name="take_over"]').click()
        expect(page.locator(f'button[name="unclaim"][value^="{number}:"]')).to_be_visible()
    assert [task.claimed_by_id for task in given.tasks(number)] == [world.technician.id]
