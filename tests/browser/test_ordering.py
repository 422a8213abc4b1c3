"""The requester orders, completes, withdraws and renews; everybody follows what is theirs."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import expect

from models import AuthorisationRequest, RequestKind
from tests.browser.desk import Desk, do, now
from workflows.deadlines import today


def requests_for(desk: Desk, person_id: object) -> list[AuthorisationRequest]:
    """What was asked for somebody."""
    return desk.given.all(AuthorisationRequest, AuthorisationRequest.person_id == person_id)


def test_the_requester_orders_several_systems_at_once(desk: Desk) -> None:
    given, world = desk.given, desk.given.world
    person = given.person()
    others = given.system(profiles=("LOOK",))
    with desk.of(world.manager) as page:
        page.goto(f"/order?person={person.employee_number}")
        for system, profile in ((world.care.key, "READ"), (others.key, "LOOK")):
            page.locator('select[name="system"]').select_option(system)
            page.locator('button[value="add"]').click()
            page.locator(f'[name="profile-{system}"][value="{profile}"]').check()
        page.locator('textarea[name="purpose"]').fill("Works at the ward.")
        page.locator('button[value="send"]').click()
        expect(page.get_by_role("status").first).to_be_visible()
    asked = requests_for(desk, person.id)
    assert {row.system_id for row in asked} == {world.care.id, others.id}
    assert {(row.requester_id, row.purpose) for row in asked} == {(world.manager.id, "Works at the ward.")}


def test_the_requester_completes_what_was_asked_about(desk: Desk) -> None:
    given = desk.given
    number = given.take(given.order(given.person(), now=now()), "AWAITING_COMPLETION", now=now())
    with desk.of(given.world.manager) as page:
        page.goto(f"/cases/{number}")
        do(page, "complete", comment="The third ward.")
        page.goto(f"/cases/{number}")
        desk.stands(page, number, "AWAITING_DECISION")
        expect(page.get_by_role("main")).to_contain_text("The third ward.")


def test_the_requester_withdraws(desk: Desk) -> None:
    given = desk.given
    number = given.order(given.person(), now=now())
    with desk.of(given.world.manager) as page:
        page.goto(f"/cases/{number}")
        do(page, "withdraw")
        page.goto(f"/cases/{number}")
        desk.stands(page, number, "WITHDRAWN")
    assert given.tasks(number) == []


def test_an_employee_sees_what_they_have_and_renews_it(desk: Desk) -> None:
    given, day = desk.given, today(now())
    person = given.person()
    given.grant(person, given.world.read, ends_on=day + timedelta(days=20))
    with desk.of(person) as page:
        page.goto("/access")
        expect(page.get_by_role("main")).to_contain_text((day + timedelta(days=20)).isoformat())
        page.locator('main a[href$="/renew"]').click()
        page.locator('[name="ends_on"]').fill((day + timedelta(days=200)).isoformat())
        page.locator('[name="purpose"]').fill("Works on.")
        page.locator('form[action$="/renew"] button').click()
        expect(page.get_by_role("status").first).to_be_visible()
    (asked,) = requests_for(desk, person.id)
    assert (asked.kind, asked.ends_on) == (RequestKind.RENEW, day + timedelta(days=200))


def test_approved_is_shown_as_something_else_than_usable(desk: Desk) -> None:
    given = desk.given
    person = given.person()
    number = given.take(given.order(person, now=now()), "AWAITING_EXECUTION", now=now())
    with desk.of(person) as page:
        page.goto(f"/cases/{number}")
        expect(page.locator(".ready")).to_have_count(0)
        given.act(number, "execute", by=given.world.administrator, now=now(), account_name="a1")
        given.act(number, "register", by=given.world.technician, now=now(), ticket_number="N-1")
        page.reload()
        expect(page.locator(".ready")).to_have_text(desk.say("You can log in now."))
