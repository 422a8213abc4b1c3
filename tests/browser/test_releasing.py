"""A release at its gates: what is missing, and a protocol that is sent up and comes down as it was."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from playwright.sync_api import expect

from models import Attachment
from tests.browser.desk import Desk, do, form_of, now, open_from_inbox, write
from web.act_words import RELEASE_ACTS
from workflows.words import GATE_WORDS

PROTOCOL = b"Forty cases, none failed."


def test_a_protocol_is_sent_up_the_test_is_passed_and_the_file_comes_down_as_it_was(desk: Desk, tmp_path: Path) -> None:
    given, world = desk.given, desk.given.world
    system = given.system(administrator=world.administrator)
    begins = now() + timedelta(days=9)
    number = given.release(
        "7.1", system=system.key, now=now(), planned_from=begins, planned_until=begins + timedelta(hours=4)
    )
    given.take_release(number, "AWAITING_TEST", now=now())
    file = tmp_path / "protocol.txt"
    file.write_bytes(PROTOCOL)
    with desk.of(world.administrator) as page:
        page.goto(f"/releases/{number}")
        form = form_of(page, "attach")
        write(form, kind="PROTOCOL", file=str(file))
        form.locator("button").first.click()
        link = page.locator('main a[href*="/files/"]').first
        expect(link).to_be_visible()
        with page.expect_download() as arriving:
            link.click()
        assert Path(arriving.value.path()).read_bytes() == PROTOCOL
        assert arriving.value.suggested_filename == "protocol.txt"
        do(page, "pass_test", comment="All of it.")
        page.goto(f"/releases/{number}")
        desk.stands(page, number, "AWAITING_SECURITY_REVIEW")
    (kept,) = given.all(Attachment, Attachment.case_id == given.case(number).id)
    assert (kept.name, kept.size) == ("protocol.txt", len(PROTOCOL))


def test_the_owner_sees_what_is_missing_and_approves_when_it_is_there(desk: Desk) -> None:
    given, world = desk.given, desk.given.world
    system = given.system(administrator=world.administrator, critical=True)
    begins = now() + timedelta(days=9)
    number = given.release(
        "8.0", system=system.key, now=now(), planned_from=begins, planned_until=begins + timedelta(hours=4)
    )
    given.take_release(number, "AWAITING_OPERATIONAL_APPROVAL", now=now())
    with desk.of(world.head) as page:
        open_from_inbox(page, number)
        missing = page.locator(".gates .missing")
        for gate in ("security_plan", "outage_plan", "signature", "approval"):
            expect(missing.filter(has_text=desk.say(GATE_WORDS[gate]))).to_be_visible()
        assert page.locator('form[action$="/approve"]').count() == 0
        page.locator("details", has=page.locator(".why")).locator("> summary").click()
        expect(page.locator(".why")).to_contain_text(desk.say(RELEASE_ACTS["approve"].label))
        given.plans(system)
        given.act(number, "cosign", by=world.head_of_it, now=now())
        page.goto(f"/releases/{number}")
        expect(page.locator(".gates .missing", has_text=desk.say(GATE_WORDS["security_plan"]))).to_have_count(0)
        do(page, "approve")
        page.goto(f"/releases/{number}")
        desk.stands(page, number, "AWAITING_DEPLOYMENT")
    assert given.release_of(number).approved_by_id == world.head.id
