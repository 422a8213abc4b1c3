"""A release at its gates, with a protocol that is sent up and comes down as it was; the auditor, who reads it all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from playwright.sync_api import expect

from models import Attachment
from tests.browser.desk import Desk, do, form_of, now, write

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


def test_the_auditor_reads_a_case_whole_and_prints_it(desk: Desk) -> None:
    given = desk.given
    number = given.take(given.order(given.person(), now=now()), "COMPLETED", now=now())
    with desk.of(desk.place.whole.people["auditor"]) as page:
        page.goto(f"/cases/{number}")
        desk.stands(page, number, "COMPLETED")
        assert page.locator("main form").count() == 0, "whoever reads everything changes nothing"
        page.emulate_media(media="print")
        for hidden in (".top", ".bottom"):
            expect(page.locator(hidden)).to_be_hidden()
        expect(page.get_by_role("main")).to_contain_text("N-1001")
        assert page.locator("#history + *, [aria-labelledby=history] tbody tr").count() >= len(given.events(number))
