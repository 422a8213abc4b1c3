"""The requester orders, completes, withdraws and renews; everybody follows what is theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from playwright.sync_api import expect

from models import AccessProfile, AuthorisationRequest, Case, RequestKind
from tests.browser.desk import Desk, do, now
from workflows.deadlines import today

# What one's orders say, and what is done before.
FOLLOWED: Final[tuple[tuple[str, tuple[tuple[str, str, dict[str, Any]], ...]], ...]] = (
    ("Not yet: not decided", ()),
    ("Not yet: approved, but not set up", (("approve", "head", {}),)),
    (
        "Yes, now",
        (
            ("execute", "administrator", {"account_name": "a1"}),
            ("register", "technician", {"ticket_number": "N-1"}),
        ),
    ),
)


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


def test_the_same_is_ordered_as_a_colleague_has_as_far_as_it_may_be(desk: Desk) -> None:
    given, world = desk.given, desk.given.world
    person, colleague = (given.person(manager=world.manager) for _ in range(2))
    gone = given.system(profiles=("LOOK",))
    given.change(gone, approval_withdrawn_on=today(now()))
    (look,) = given.all(AccessProfile, AccessProfile.system_id == gone.id)
    for profile in (world.read, look):
        given.grant(colleague, profile)
    with desk.of(world.manager) as page:
        page.goto(f"/order?person={person.employee_number}")
        fold = page.locator("details", has=page.locator('[name="colleague"]')).locator("> summary")
        fold.click()
        page.locator('[name="colleague"]').fill(colleague.employee_number)
        page.locator('button[value="copy"]').click()
        expect(page.locator(f'[name="profile-{world.care.key}"][value="READ"]')).to_be_checked()
        expect(page.locator(".ds-alert").first).to_contain_text(gone.name)
        page.locator('textarea[name="purpose"]').fill("The same duties.")
        page.locator('button[value="send"]').click()
        expect(page.get_by_role("status").first).to_be_visible()
    assert [row.profile_id for row in requests_for(desk, person.id)] == [world.read.id]


def test_an_employee_orders_for_themself_and_follows_it(desk: Desk) -> None:
    given, world = desk.given, desk.given.world
    person = given.person()
    with desk.of(person) as page:
        page.goto("/order")
        page.locator('select[name="system"]').select_option(world.care.key)
        page.locator('button[value="add"]').click()
        page.locator(f'[name="profile-{world.care.key}"][value="READ"]').check()
        page.locator('textarea[name="purpose"]').fill("Works at the ward.")
        page.locator('button[value="send"]').click()
        expect(page.get_by_role("status").first).to_be_visible()
        (asked,) = requests_for(desk, person.id)
        number = given.all(Case, Case.id == asked.id)[0].number
        for said, steps in FOLLOWED:
            for event, who, data in steps:
                given.act(number, event, by=getattr(world, who), now=now(), **data)
            page.goto("/requests")
            expect(page.locator("main tbody tr").first).to_contain_text(desk.say(said))
    assert asked.requester_id == person.id
    assert given.state(number) == "COMPLETED"


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
