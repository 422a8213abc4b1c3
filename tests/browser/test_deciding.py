"""The head of department decides; what the page shows and what the database holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from models import DecisionOutcome
from tests.browser.desk import Desk, do, now, open_from_inbox
from tests.browser.looking import violations_and_width
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
