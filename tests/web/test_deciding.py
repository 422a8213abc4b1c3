"""The head of department, on a phone, two minutes; and what happens when two are there at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.given import TODAY, Given
from tests.web.browser import Browser
from tests.web.conftest import Clock


@pytest.fixture
def head(browser: Browser, town: Given) -> Browser:
    """The head of department, logged in."""
    return browser.log_in(town.world.head)


def test_a_request_is_readable_on_one_page(head: Browser, town: Given) -> None:
    town.grant(town.world.nurse, town.profile("STOCK", system=town.system("STORE", administrator=town.world.deputy)))
    number = town.order(ends_on=TODAY + timedelta(days=30))
    page = head.get(f"/cases/{number}")
    for words in (
        "Nurse Svensson",  # who
        "Read what is in it.",  # what it lets the person do
        "2026-03-10 – 2026-04-09",  # from, to
        "Works at the ward.",  # why
        "Store · Stock",  # what the person has already
        "Approve with changes",
        "Ask for more",
        "Reject",
    ):
        assert words in page.text


def test_what_is_unusual_stands_out(head: Browser, town: Given) -> None:
    town.profile("ROOT", privileged=True)
    number = town.order(profile="ROOT")
    assert "Root is a privileged profile" in head.get(f"/cases/{number}").text
    assert "Root is a privileged profile" in head.get("/").text
    assert "No last day is given" in head.get(f"/cases/{number}").text


def test_approved_and_back_in_the_inbox(head: Browser, town: Given) -> None:
    number = town.order()
    answer = head.submit(head.get(f"/cases/{number}"), f"/cases/{number}/approve", **{"approve-comment": "Good."})
    assert (answer.status, answer.leads_to) == (303, "/")
    assert f"{number}: approved." in head.get("/").text
    (decision,) = town.decisions(number)
    assert (decision.outcome, decision.decided_by_id, decision.comment) == (
        "APPROVED",
        town.world.head.id,
        "Good.",
    )


def test_approved_for_a_shorter_time_and_a_lesser_profile(head: Browser, town: Given) -> None:
    number = town.order(profile="WRITE", ends_on=TODAY + timedelta(days=30))
    action = f"/cases/{number}/approve_with_changes"
    last = TODAY + timedelta(days=7)
    changes = {
        "approve_with_changes-profile": "READ",
        "approve_with_changes-ends_on": last.isoformat(),
        "approve_with_changes-comment": "A week is enough.",
    }
    assert head.submit(head.get(f"/cases/{number}"), action, **changes).status == 303
    (decision,) = town.decisions(number)
    assert (decision.outcome, decision.profile_id, decision.ends_on) == (
        "APPROVED_WITH_CHANGES",
        town.world.read.id,
        last,
    )
    page = head.get(f"/cases/{number}").text
    assert "2026-03-10 – 2026-04-09" in page  # what was asked
    assert "2026-03-10 – 2026-03-17" in page  # what was decided


def test_a_rejection_without_a_reason_says_so_beside_the_field_and_keeps_what_was_typed(
    head: Browser, town: Given
) -> None:
    number = town.order()
    page = head.submit(head.get(f"/cases/{number}"), f"/cases/{number}/reject", **{"reject-reason": " "})
    assert page.status == 422
    assert 'href="#reject-reason"' in page.html
    assert 'id="reject-reason-wrong"' in page.html
    assert town.state(number) == "AWAITING_DECISION"
    page = head.submit(page, f"/cases/{number}/reject", **{"reject-reason": "Not needed at the ward."})
    assert page.status == 303
    assert town.state(number) == "REJECTED"


def test_a_day_that_cannot_be_read_is_kept_and_marked(head: Browser, town: Given) -> None:
    number = town.order(ends_on=TODAY)
    action = f"/cases/{number}/approve_with_changes"
    page = head.submit(head.get(f"/cases/{number}"), action, **{"approve_with_changes-ends_on": "tomorrow"})
    assert page.status == 422
    assert 'value="tomorrow"' in page.html
    assert "Write the day as 2026-06-30." in page.text


def test_the_requester_is_asked_for_more_and_answers(head: Browser, town: Given) -> None:
    number = town.order()
    action = f"/cases/{number}/return_for_completion"
    head.submit(head.get(f"/cases/{number}"), action, **{"return_for_completion-reason": "Which ward?"})
    requester = head.another().log_in(town.world.manager)
    page = requester.get(f"/cases/{number}")
    assert "Which ward?" in page.text
    answer = requester.submit(page, f"/cases/{number}/complete", **{"complete-comment": "Ward four."})
    assert (answer.status, answer.leads_to) == (303, f"/cases/{number}")
    assert town.state(number) == "AWAITING_DECISION"


def test_several_are_approved_together_after_each_was_seen(head: Browser, town: Given) -> None:
    numbers = [town.order(person) for person in (town.world.nurse, town.world.outsider, town.world.deputy)]
    ticks = "&".join(f"case={number}:2" for number in numbers)
    page = head.get(f"/approve?{ticks}")
    assert all(number in page.text for number in numbers)
    answer = head.post("/approve", {"case": [f"{number}:2" for number in numbers], "comment": "All three."})
    assert (answer.status, answer.leads_to) == (303, "/")
    assert {town.state(number) for number in numbers} == {"AWAITING_EXECUTION"}
    assert {town.decisions(number)[0].comment for number in numbers} == {"All three."}


def test_what_cannot_be_approved_is_said_and_the_others_are_done(head: Browser, town: Given) -> None:
    first, second = town.order(), town.order(town.world.outsider)
    town.act(first, "withdraw", by=town.world.manager)
    page = head.post("/approve", {"case": [f"{first}:2", f"{second}:2"]})
    assert page.status == 200
    assert f"Approved: {second}." in page.text
    assert "Withdrawn" in page.text
    assert (town.state(first), town.state(second)) == ("WITHDRAWN", "AWAITING_EXECUTION")


def test_only_what_is_ordinary_can_be_ticked(head: Browser, town: Given) -> None:
    town.profile("ROOT", privileged=True)
    ordinary, privileged = town.order(), town.order(town.world.outsider, profile="ROOT")
    html = head.get("/").html
    assert f'value="{ordinary}:2"' in html
    assert f'value="{privileged}:2"' not in html
    page = head.get(f"/approve?case={privileged}:2")
    assert f"must be looked at by themselves: {privileged}" in page.text
    assert "Approve these" not in page.text


def test_nothing_ticked_is_said(head: Browser, town: Given) -> None:
    town.order()
    page = head.get("/approve")
    assert page.status == 422
    assert "Tick those that you want to approve together." in page.text


# --- The bugs that hit others --------------------------------------------------------------------------------------


def test_an_approver_who_edits_the_request_and_then_approves_it(head: Browser, town: Given) -> None:
    """Nobody can make a request their own to approve it: what was asked stays, and what is decided stands beside it."""
    number = town.order(ends_on=TODAY)
    asked = town.request(number)
    sent = {"version": "2", "complete-purpose": "Mine now.", "complete-comment": "Better words."}
    assert head.post(f"/cases/{number}/complete", sent).status == 409
    crafted = {
        "version": "2",
        "approve-purpose": "Mine now.",
        "approve-profile": "ADMIN",
        "approve-ends_on": "2027-01-01",
        "purpose": "Mine now.",
        "profile": "ADMIN",
    }
    assert head.post(f"/cases/{number}/approve", crafted).status == 303
    (decision,) = town.decisions(number)
    assert (decision.profile_id, decision.ends_on) == (asked.profile_id, asked.ends_on)
    assert town.request(number).purpose == asked.purpose
    wider = {"version": "2", "approve_with_changes-profile": "ADMIN"}
    other = town.order(town.world.outsider)
    assert head.post(f"/cases/{other}/approve_with_changes", wider).status == 422
    assert town.state(other) == "AWAITING_DECISION"


def test_nobody_approves_a_request_that_was_completed_after_they_read_it(head: Browser, town: Given) -> None:
    number = town.order()
    old_tab = head.get(f"/cases/{number}")
    town.act(number, "return_for_completion", by=town.world.head, reason="Which ward?")
    town.act(number, "complete", by=town.world.manager, comment="Ward four.", purpose="All wards.")
    page = head.submit(old_tab, f"/cases/{number}/approve")
    assert page.status == 409
    assert "All wards." in page.text
    assert town.state(number) == "AWAITING_DECISION"


def test_approving_into_a_lapsed_window(head: Browser, town: Given, clock: Clock) -> None:
    """The time for deciding ran out while the page stood open."""
    number = town.order()
    old_tab = head.get(f"/cases/{number}")
    clock.turn(minutes=5)
    town.by_rule(number, "lapse", now=clock.now)
    page = head.submit(old_tab, f"/cases/{number}/approve")
    assert page.status == 409
    assert "Lapsed" in page.text
    assert not town.decisions(number)


def test_approving_a_period_that_has_passed_meanwhile(head: Browser, town: Given, clock: Clock) -> None:
    number = town.order(ends_on=TODAY)
    clock.turn(hours=15)
    head.log_in(town.world.head)
    page = head.get(f"/cases/{number}")
    assert "The whole period has passed already." in page.text
    page = head.post(f"/cases/{number}/approve", {"version": "2"})
    assert page.status == 422
    assert "The whole period has passed; a retroactive emergency order needs a reason of its own." in page.text
    assert town.state(number) == "AWAITING_DECISION"


def test_a_withdrawn_case_approved_from_an_old_tab(head: Browser, town: Given, clock: Clock) -> None:
    number = town.order()
    old_tab = head.get(f"/cases/{number}")
    town.act(number, "withdraw", by=town.world.manager)
    clock.turn(minutes=2)
    page = head.submit(old_tab, f"/cases/{number}/approve", **{"approve-comment": "Of course."})
    assert page.status == 409
    assert "This request was withdrawn by Manager Svensson, 2 min ago." in page.text
    assert "You had written: Of course." in page.text
    assert town.state(number) == "WITHDRAWN"
    assert not town.decisions(number)


def test_double_click_on_approve(head: Browser, town: Given) -> None:
    number = town.order()
    page = head.get(f"/cases/{number}")
    first = head.submit(page, f"/cases/{number}/approve")
    second = head.submit(page, f"/cases/{number}/approve")
    assert (first.status, first.leads_to) == (second.status, second.leads_to) == (303, "/")
    assert [event.kind for event in town.events(number)].count("approve") == 1
    assert len(town.decisions(number)) == 1


def test_what_another_did_meanwhile_is_said_kindly(head: Browser, town: Given, clock: Clock) -> None:
    number = town.order()
    town.absence(town.world.head)
    deputy = head.another().log_in(town.world.deputy)
    old_tab = deputy.get(f"/cases/{number}")
    head.submit(head.get(f"/cases/{number}"), f"/cases/{number}/approve")
    clock.turn(minutes=2)
    page = deputy.submit(old_tab, f"/cases/{number}/reject", **{"reject-reason": "Not now."})
    assert page.status == 409
    assert "approved by Head Svensson, 2 min ago" in page.text
    assert "You had written: Not now." in page.text
    assert "Awaiting execution" in page.text


@pytest.mark.parametrize("way", ["get", "post"])
def test_a_guessed_case_number_of_another_department(head: Browser, town: Given, way: str) -> None:
    number, nowhere = town.order(), "BEH-2026-99999"
    stranger = head.another().log_in(town.world.outsider)

    def said(which: str) -> tuple[int, str]:
        if way == "get":
            page = stranger.get(f"/cases/{which}")
        else:
            page = stranger.post(f"/cases/{which}/approve", {"version": "2"})
        text, _, _ = page.text.partition("If you ask for help")
        return page.status, text.replace(which, "X")

    assert said(number) == said(nowhere)
    assert said(number)[0] == 404
    assert [event.kind for event in town.events(number)] == ["submit"]


def test_nobody_decides_for_themself_and_the_page_says_why(browser: Browser, town: Given) -> None:
    number = town.order(town.world.head)
    page = browser.log_in(town.world.head).get(f"/cases/{number}")
    assert "Conflict of interest" in page.text
    assert f"/cases/{number}/approve" not in [form.action for form in page.forms]
    assert browser.post(f"/cases/{number}/approve", {"version": "2"}).status == 422
    assert town.state(number) == "AWAITING_DECISION"


def test_a_protected_identity_is_masked_for_whoever_decides(head: Browser, town: Given) -> None:
    hidden = town.person("9001", given_name="Disa", family_name="Dold", protected=True)
    number = town.order(hidden)
    for path in ("/", f"/cases/{number}", f"/approve?case={number}:2"):
        text = head.get(path).text
        assert "Protected identity (9001)" in text
        assert "Dold" not in text


def test_approved_is_not_shown_as_usable_until_it_is(browser: Browser, town: Given) -> None:
    number = town.take(town.order(), "AWAITING_EXECUTION")
    nurse = browser.log_in(town.world.nurse)
    assert "It is approved, and cannot be used yet" in nurse.get(f"/cases/{number}").text
    town.act(number, "execute", by=town.world.administrator, account_name="nurse01")
    assert "You can log in now." not in nurse.get(f"/cases/{number}").text
    town.act(number, "register", by=town.world.technician, ticket_number="N-1")
    assert "You can log in now." in nurse.get(f"/cases/{number}").text


def test_what_begins_later_cannot_be_used_yet(browser: Browser, town: Given) -> None:
    number = town.take(town.order(starts_on=TODAY + timedelta(days=7)), "COMPLETED")
    page = browser.log_in(town.world.nurse).get(f"/cases/{number}")
    assert "can be used from 2026-03-17" in page.text
    assert "You can log in now." not in page.text


# --- The holiday ---------------------------------------------------------------------------------------------------


def test_the_deputy_stands_in_while_the_head_is_away(head: Browser, town: Given) -> None:
    answer = head.post("/away", {"starts_on": TODAY.isoformat(), "ends_on": TODAY.isoformat()})
    assert (answer.status, answer.leads_to) == (303, "/away")
    assert "2026-03-10 – 2026-03-10" in head.get("/away").text
    assert "Deputy Svensson" in head.get("/away").text
    number = town.order()
    assert f"/cases/{number}" in head.another().log_in(town.world.deputy).get("/").links
    head.post("/back")
    assert "You are away" not in head.get("/away").text.partition("I am away")[0].partition("Say that")[0]
    assert f"/cases/{number}" not in head.another().log_in(town.world.deputy).get("/").links


def test_days_that_cannot_be_are_said_beside_the_field(head: Browser) -> None:
    page = head.post("/away", {"starts_on": "2026-03-20", "ends_on": "2026-03-12"})
    assert page.status == 422
    assert 'id="ends_on-wrong"' in page.html
    assert 'value="2026-03-20"' in page.html


def test_the_head_lets_somebody_else_decide_as_well_for_a_while(head: Browser, town: Given) -> None:
    said = {
        "number": town.world.delegation.number,
        "delegate": "outsider",
        "first": TODAY.isoformat(),
        "last": (TODAY + timedelta(days=14)).isoformat(),
        "reference": "List 2026, point 4",
    }
    assert head.post("/away/delegate", said | {"delegate": "nobody"}).status == 422
    assert head.post("/away/delegate", said).status == 303
    assert "Outsider Svensson decides as well" in head.get("/away").text
    number = town.order()
    assert f"/cases/{number}" in head.another().log_in(town.world.outsider).get("/").links
    stranger = head.another().log_in(town.world.nurse)
    assert stranger.post("/away/delegate", said).status == 422
