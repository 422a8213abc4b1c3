"""The coordinator, the auditor and the data protection officer read everything, and change nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from models import AccessProfile, GrantState
from tests.browser.desk import Desk, now, write
from workflows.deadlines import today


@pytest.mark.parametrize("role", ["coordinator", "auditor", "dpo"])
def test_whoever_supervises_reads_a_case_whole_and_can_change_nothing(desk: Desk, role: str) -> None:
    given = desk.given
    number = given.take(given.order(given.person(), now=now()), "COMPLETED", now=now())
    events = given.events(number)
    with desk.of(desk.place.whole.people[role]) as page:
        page.goto(f"/oversight/cases?q={number}")
        page.locator(f'main a[href="/cases/{number}"]').click()
        desk.stands(page, number, "COMPLETED")
        assert page.locator("main form").count() == 0
        page.goto(f"/record/{number}")
        assert page.locator("main form").count() == 0
        expect(page.locator("main tbody tr")).to_have_count(len(events))
        expect(page.get_by_role("main")).to_contain_text(events[-1].hash)
        page.emulate_media(media="print")
        for hidden in (".top", ".bottom"):
            expect(page.locator(hidden)).to_be_hidden()
        expect(page.get_by_role("main")).to_contain_text(events[-1].hash)
    assert len(given.events(number)) == len(events)


def test_what_is_overdue_stands_first_with_who_may_act(desk: Desk) -> None:
    given = desk.given
    number = given.order(given.person(), now=now() - timedelta(days=20))
    with desk.of(desk.place.whole.people["coordinator"]) as page:
        page.goto("/oversight")
        page.locator('a.chip[href*="overdue"]').click()
        expect(page).to_have_url(re.compile("way=overdue"))
        row = page.locator("main tbody tr", has_text=number)
        expect(row.locator(".late-mark")).to_be_visible()
        expect(row).to_contain_text(given.world.head.name)


def test_who_had_access_to_what_on_a_day_by_person_and_by_system(desk: Desk) -> None:
    given, day = desk.given, today(now())
    person = given.person()
    system = given.system(profiles=("LOOK",))
    (look,) = given.all(AccessProfile, AccessProfile.system_id == system.id)
    before = day - timedelta(days=50)
    held = given.grant(person, look, starts_on=before, ends_on=day - timedelta(days=10))
    given.change(held, state=GrantState.EXPIRED, ended_at=now() - timedelta(days=9))
    with desk.of(desk.place.whole.people["auditor"]) as page:
        for words in ({"q": person.employee_number}, {"system": system.key}):
            page.goto("/holdings")
            form = page.locator("main form")
            write(form, **words)
            form.locator('[name="at"]').fill((before + timedelta(days=1)).isoformat())
            form.locator("button").click()
            expect(page).to_have_url(re.compile("at=20"))
            rows = page.locator("main tbody tr")
            expect(rows).to_have_count(1)
            expect(rows).to_contain_text(person.name)
            expect(rows).to_contain_text(system.name)
            form.locator('[name="at"]').fill("")
            form.locator("button").click()
            expect(page.locator("main .empty")).to_be_visible()


def test_the_charts_show_the_same_figures_as_their_tables(desk: Desk) -> None:
    given = desk.given
    given.take(given.order(given.person(), now=now()), "COMPLETED", now=now())
    with desk.of(desk.place.whole.people["auditor"]) as page:
        page.goto("/oversight/figures")
        part = page.locator("section", has=page.locator("#authorisation"))
        for chart, column in enumerate(("Median lead time, working hours", "Percent")):
            bars = part.locator("figure").nth(chart).locator(".figure").all_text_contents()
            cells = part.locator(f'td[data-label="{desk.say(column)}"]').all_text_contents()
            assert bars[::-1] == [cell.strip() for cell in cells]
        opened = part.locator(f'td[data-label="{desk.say("Opened")}"]').first.text_content()
        assert int(opened or 0) >= 1
