"""The head of department decides; what the page shows and what the database holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from models import Absence, AccessProfile, DecisionOutcome, Delegation, Part
from tests.browser.desk import Desk, do, form_of, now, open_from_inbox, write
from tests.browser.looking import violations_and_width
from tests.given import LONG_AGO
from workflows.deadlines import today

# What is pressed, what is written, where the case stands then, and what was decided.
DECISIONS = (
    pytest.param("approve", {}, "AWAITING_EXECUTION", DecisionOutcome.APPROVED, id="approve"),
    pytest.param(
        "approve_with_changes",
        {"ends_on": (today(now()) + timedelta(days=60)).isoformat()},
        "AWAITING_EXECUTION",
        DecisionOutcome.APPROVED_WITH_CHANGES,
        id="approve with changes",
    ),
    pytest.param("reject", {"reason": "Not part of the duties."}, "REJECTED", DecisionOutcome.REJECTED, id="reject"),
    pytest.param("return_for_completion", {"reason": "Which ward?"}, "AWAITING_COMPLETION", None, id="ask for more"),
)


@pytest.mark.parametrize(("event", "fields", "state", "outcome"), DECISIONS)
def test_the_head_of_department_decides(
    desk: Desk, event: str, fields: dict[str, str], state: str, outcome: str | None
) -> None:
    given, world = desk.given, desk.given.world
    number = given.order(given.person(), now=now())
    with desk.of(world.head) as page:
        open_from_inbox(page, number)
        do(page, event, **fields)
        page.goto(f"/cases/{number}")
        desk.stands(page, number, state)
    decisions = given.decisions(number)
    assert [decision.outcome for decision in decisions] == ([outcome] if outcome else [])
    assert [decision.decided_by_id for decision in decisions] == ([world.head.id] if outcome else [])
    if "ends_on" in fields:
        assert decisions[0].ends_on is not None
        assert decisions[0].ends_on.isoformat() == fields["ends_on"]
    if "reason" in fields:
        assert given.events(number)[-1].comment == fields["reason"]


def test_a_request_is_read_whole_and_the_most_urgent_stands_first(desk: Desk) -> None:
    given, world, day = desk.given, desk.given.world, today(now())
    board, head, person = given.body(), given.person(), given.person(given_name="Alva")
    given.delegation(head, body=board, valid_from=LONG_AGO, valid_to=None)
    system = given.system(owner=board, administrator=given.person(), profiles=("LOOK", "RULE"))
    look, rule = (row for row in given.all(AccessProfile, AccessProfile.system_id == system.id))
    given.change(rule, privileged=True)
    given.grant(person, look)
    terms: dict[str, Any] = {"system": system.key, "purpose": "Leads the ward.", "ends_on": day + timedelta(days=90)}
    late = given.order(person, profile="RULE", now=now() - timedelta(days=9), starts_on=day, **terms)
    fresh = given.order(given.person(), profile="LOOK", now=now(), starts_on=day, **terms)
    with desk.of(head) as page:
        page.goto("/")
        waiting = page.locator("main .list a").evaluate_all("links => links.map((link) => link.pathname)")
        assert waiting == [f"/cases/{late}", f"/cases/{fresh}"]
        page.locator(f'main a[href$="/{late}"]').click()
        seen = page.get_by_role("main")
        period = f"{day.isoformat()} – {terms['ends_on'].isoformat()}"
        for what in (person.name, system.name, rule.name, rule.allows, period, terms["purpose"], look.name):
            expect(seen).to_contain_text(what)
        expect(page.locator(".notables")).to_contain_text(
            desk.say("{name} is a privileged profile: it reaches further than ordinary work needs.", name=rule.name)
        )
    assert given.state(late) == given.state(fresh) == "AWAITING_DECISION", "nothing is decided by reading"
    assert world.head.employee_number not in given.may(late, Part.DECIDE, now=now())


def test_the_head_goes_on_holiday_and_somebody_else_decides(desk: Desk) -> None:
    given, day = desk.given, today(now())
    board, head, deputy, third = given.body(), given.person(), given.person(), given.person()
    above = given.delegation(head, body=board, deputy=deputy, further_levels=1, valid_from=LONG_AGO, valid_to=None)
    system = given.system(owner=board, profiles=("LOOK",))
    first, last = day.isoformat(), (day + timedelta(days=14)).isoformat()
    with desk.of(head) as page:
        page.goto("/away")
        expect(page.get_by_role("main")).to_contain_text(deputy.name)
        form = page.locator('form[action$="/away"]')
        write(form, starts_on=first, ends_on=last)
        form.locator("button").click()
        expect(page.get_by_role("status").first).to_contain_text(last)
        (absence,) = given.all(Absence, Absence.person_id == head.id)
        assert (absence.starts_on.isoformat(), absence.ends_on.isoformat()) == (first, last)
        form = form_of(page, "delegate")
        write(form, delegate=third.employee_number, first=first, last=last, reference="List 2026, point 4")
        form.locator("button").click()
        expect(page.get_by_role("main")).to_contain_text(third.name)
    (below,) = given.all(Delegation, Delegation.parent_id == above.id)
    assert (below.delegate_id, below.valid_to) == (third.id, day + timedelta(days=14))
    number = given.order(given.person(), system=system.key, profile="LOOK", now=now())
    with desk.of(deputy) as page:
        open_from_inbox(page, number)
        do(page, "approve")
    (decision,) = given.decisions(number)
    assert (decision.decided_by_id, decision.in_place_of_id) == (deputy.id, head.id)
    with desk.of(head) as page:
        page.goto("/away")
        page.locator('form[action$="/back"] button').click()
        expect(page.locator('form[action$="/back"]')).to_have_count(0)
    assert [row.ends_on for row in given.all(Absence, Absence.person_id == head.id) if row.ends_on >= day] == []


def test_what_another_did_meanwhile_is_said_and_the_case_is_shown_as_it_now_is(desk: Desk) -> None:
    given, world = desk.given, desk.given.world
    number = given.order(given.person(), now=now())
    with desk.of(world.head) as page:
        page.goto(f"/cases/{number}")
        given.act(number, "withdraw", by=world.manager, now=now())
        do(page, "approve")
        expect(page.locator("#problems")).to_contain_text(world.manager.name)
        desk.stands(page, number, "WITHDRAWN")
    assert given.decisions(number) == []


def test_several_where_nothing_is_unusual_are_approved_together(desk: Desk) -> None:
    given = desk.given
    numbers = [given.order(given.person(), now=now()) for _ in range(3)]
    with desk.of(given.world.head) as page:
        page.goto("/")
        for number in numbers:
            page.locator(f'input[name="case"][value^="{number}:"]').check()
        page.locator('form[action$="/approve"] button').first.click()
        for number in numbers:
            expect(page.get_by_text(number)).to_be_visible()
        page.locator('form[method="post"][action$="/approve"] button').first.click()
        expect(page.locator('[role="status"], .ds-alert').first).to_be_visible()
    assert {given.state(number) for number in numbers} == {"AWAITING_EXECUTION"}


def test_what_is_missing_is_said_beside_the_field_and_nothing_is_lost(desk: Desk) -> None:
    given = desk.given
    number = given.order(given.person(), now=now())
    with desk.of(given.world.head) as page:
        page.goto(f"/cases/{number}")
        # A browser would stop it at once; what came without one is answered as kindly.
        page.locator("form").evaluate_all("forms => forms.forEach((form) => { form.noValidate = true; })")
        do(page, "reject", reason="   ")
        expect(page.locator("#problems")).to_be_visible()
        if desk.setting.scripts:
            expect(page.locator("#problems")).to_be_focused()
            # Axe is a script itself.
            assert violations_and_width(page) == []
    assert given.state(number) == "AWAITING_DECISION"
