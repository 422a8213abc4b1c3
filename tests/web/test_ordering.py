"""The requester and every employee: order, follow, withdraw, renew, acknowledge."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models import Case, ConfidentialityUndertaking
from tests.given import TODAY, Given
from tests.web.browser import Browser, Page


@pytest.fixture
def manager(browser: Browser, town: Given) -> Browser:
    """The manager, logged in."""
    return browser.log_in(town.world.manager)


def send(browser: Browser, **fields: Any) -> Page:
    """Send an order for the nurse, of READ in CARE unless said otherwise."""
    said = {
        "person": "nurse",
        "line": ["CARE"],
        "profile-CARE": "READ",
        "purpose": "Works at the ward.",
        "do": "send",
        **{name.replace("__", "-"): value for name, value in fields.items()},
    }
    return browser.post("/order", said)


def test_a_manager_chooses_among_their_own_staff(manager: Browser, town: Given) -> None:
    page = manager.get("/order?find=nur")
    assert "/order?person=nurse" in page.links
    assert not [link for link in page.links if "person=head_of_it" in link]
    stranger = town.person("stranger", manager=town.world.head)
    assert "Nobody is found" in manager.get("/order?find=stranger").text
    one, other = manager.get(f"/order?person={stranger.employee_number}"), manager.get("/order?person=nowhere")
    assert (one.status, other.status) == (404, 404)


def test_somebody_with_protected_identity_is_not_found_by_name(manager: Browser, town: Given) -> None:
    town.person("9001", given_name="Disa", family_name="Dold", protected=True)
    assert "Nobody is found" in manager.get("/order?find=dold").text
    assert "Nobody is found" in manager.get("/order?find=900").text
    assert "Protected identity (9001)" in manager.get("/order?find=9001").text


def test_an_employee_orders_for_themself_and_for_nobody_else(browser: Browser, town: Given) -> None:
    nurse = browser.log_in(town.world.nurse)
    assert "Order access for yourself" in nurse.get("/order").text
    assert send(nurse, person="outsider").status == 404
    answer = send(nurse)
    assert answer.status == 303
    assert town.state(answer.leads_to.rpartition("/")[2]) == "AWAITING_DECISION"


def test_several_systems_in_one_order(manager: Browser, town: Given) -> None:
    town.system("STORE", administrator=town.world.deputy, profiles=("PICK", "BUY"))
    page = manager.post("/order", {"person": "nurse", "do": "add", "system": "CARE"})
    assert "Read what is in it." in page.text
    page = manager.post("/order", {"person": "nurse", "do": "add", "system": "STORE", "line": ["CARE"], "purpose": "X"})
    assert "Pick what is in it." in page.text
    assert ">X</textarea>" in page.html
    answer = send(manager, line=["CARE", "STORE"], profile__STORE="BUY")
    assert (answer.status, answer.leads_to) == (303, "/requests")
    page = manager.get("/requests")
    assert "Care · Read" in page.text
    assert "Store · Buy" in page.text


def test_a_line_is_taken_away(manager: Browser, town: Given) -> None:
    page = manager.post("/order", {"person": "nurse", "do": "remove:CARE", "line": ["CARE"]})
    assert "Nothing yet." in page.text


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(manager: Browser, town: Given) -> None:
    town.profile("SHORT", requires_end_date=True)
    page = send(manager, profile__CARE="SHORT", purpose="For the summer.", starts_on="2026-03-20")
    assert page.status == 422
    assert "The profile Short demands a last day." in page.text
    assert 'href="#ends_on' in page.html
    assert ">For the summer.</textarea>" in page.html
    assert 'value="2026-03-20"' in page.html
    page = send(manager, profile__CARE="", purpose="")
    assert "Choose a profile in Care." in page.text
    assert "Say what the access is for." in page.text
    assert not manager.get("/requests").text.count("BEH-")


def test_all_lines_or_none(manager: Browser, town: Given) -> None:
    town.system("STORE", administrator=town.world.deputy, profiles=("PICK",))
    town.grant(town.world.nurse, town.world.read)
    page = send(manager, line=["STORE", "CARE"], profile__STORE="PICK", profile__CARE="READ")
    assert page.status == 422
    assert "Line 2:" in page.text
    assert 'href="#profile-CARE"' in page.html
    assert not manager.get("/requests").text.count("BEH-")


def test_another_profile_instead_of_the_one_that_is_held(manager: Browser, town: Given) -> None:
    town.grant(town.world.nurse, town.world.read)
    page = manager.post("/order", {"person": "nurse", "do": "add", "system": "CARE"})
    assert "instead of Read" in page.text
    answer = send(manager, profile__CARE="WRITE", instead__CARE="READ")
    assert town.request(answer.leads_to.rpartition("/")[2]).kind == "CHANGE"


def test_the_same_as_a_colleague_as_far_as_it_may_be_ordered(manager: Browser, town: Given) -> None:
    outsider, world = town.world.outsider, town.world
    store = town.system("STORE", administrator=world.deputy, profiles=("PICK",))
    for profile in (
        world.write,
        town.profile("ROOT", privileged=True),
        town.profile("OLD", system=store, withdrawn_on=TODAY),
        town.profile("SELL", system=store, level=2),
    ):
        town.grant(outsider, profile)
    page = manager.post("/order", {"person": "nurse", "do": "copy", "colleague": "outsider"})
    assert 'id="profile-CARE-WRITE" name="profile-CARE" value="WRITE" checked' in page.html
    assert 'id="profile-STORE-SELL" name="profile-STORE" value="SELL" checked' in page.html
    assert "Care, Root: is privileged, and is ordered by itself." in page.text
    assert "Store, Old: cannot be ordered any more." in page.text


def test_nobody_copies_from_somebody_they_do_not_manage(manager: Browser, town: Given) -> None:
    stranger = town.person("stranger", manager=town.world.head)
    town.grant(stranger, town.world.read)
    page = manager.post("/order", {"person": "nurse", "do": "copy", "colleague": "stranger"})
    assert page.status == 422
    assert "There is nobody with employee number stranger." in page.text
    assert 'id="profile-CARE"' not in page.html


def test_a_double_click_orders_once(manager: Browser, town: Given) -> None:
    first, second = send(manager, once="abc"), send(manager, once="abc")
    assert first.leads_to == second.leads_to
    assert len(town.all(Case)) == 1


def test_the_requester_withdraws(manager: Browser, town: Given) -> None:
    number = town.order()
    answer = manager.submit(manager.get(f"/cases/{number}"), f"/cases/{number}/withdraw")
    assert (answer.status, answer.leads_to) == (303, f"/cases/{number}")
    assert town.state(number) == "WITHDRAWN"


def test_approved_and_usable_are_two_things_in_the_list(browser: Browser, town: Given) -> None:
    nurse = browser.log_in(town.world.nurse)
    number = town.take(town.order(), "AWAITING_EXECUTION")
    assert "Not yet: approved, but not set up" in nurse.get("/requests").text
    town.act(number, "execute", by=town.world.administrator, account_name="nurse01")
    town.act(number, "register", by=town.world.technician, ticket_number="N-1")
    assert "Yes, now" in nurse.get("/requests").text


def test_my_access_says_until_when_and_is_renewed(browser: Browser, town: Given) -> None:
    grant = town.grant(town.world.nurse, town.world.read, ends_on=TODAY + timedelta(days=10))
    nurse = browser.log_in(town.world.nurse)
    page = nurse.get("/access")
    assert "2026-03-20" in page.text
    assert "ends soon" in page.text
    path = f"/access/{grant.id}/renew"
    assert path in page.links
    page = nurse.submit(nurse.get(path), path, ends_on="2026-03-01", purpose="Still here.")
    assert page.status == 422
    assert ">Still here.</textarea>" in page.html
    answer = nurse.submit(page, path, ends_on="2026-06-30", purpose="Still here.")
    number = answer.leads_to.rpartition("/")[2]
    assert town.request(number).kind == "RENEW"
    page = nurse.get("/access")
    assert "Renewed access: Awaiting decision" in page.text
    assert path not in page.links


def test_access_is_ended(browser: Browser, town: Given) -> None:
    grant = town.grant(town.world.nurse, town.world.read)
    nurse = browser.log_in(town.world.nurse)
    path = f"/access/{grant.id}/end"
    answer = nurse.submit(nurse.get(path), path, purpose="Another ward.")
    assert town.request(answer.leads_to.rpartition("/")[2]).kind == "END"


def test_the_access_of_others_is_not_there(browser: Browser, town: Given) -> None:
    grant = town.grant(town.world.nurse, town.world.read)
    stranger = browser.log_in(town.world.outsider)
    assert stranger.get("/access?person=nurse").status == 404
    assert stranger.get(f"/access/{grant.id}/renew").status == 404
    assert stranger.post(f"/access/{grant.id}/end", {"purpose": "No."}).status == 404
    assert browser.another().log_in(town.world.manager).get("/access?person=nurse").status == 200


def test_the_undertaking_is_acknowledged_for_oneself(browser: Browser, town: Given) -> None:
    nurse = browser.log_in(town.world.nurse)
    answer = nurse.submit(nurse.get("/access"), "/undertaking")
    assert (answer.status, answer.leads_to) == (303, "/access")
    assert "You acknowledged it on 2026-03-10." in nurse.get("/access").text
    (row,) = town.all(ConfidentialityUndertaking)
    assert row.person_id == town.world.nurse.id


def test_empty_pages_say_what_to_do(browser: Browser, town: Given) -> None:
    outsider = browser.log_in(town.world.outsider)
    assert "You have ordered nothing" in outsider.get("/requests").text
    assert "No access" in outsider.get("/access").text
