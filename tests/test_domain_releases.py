"""The cases that break naive software, at system releases: one test each, in the words of the domain."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models import ItSystem, Part, Person, SystemVersion
from tests.given import NOW, TODAY, WINDOW, Given
from tests.invariants import broken
from workflows.deadlines import today
from workflows.errors import Refused
from workflows.escalation import sweep_all

BEGINS, ENDS = WINDOW


def refused(given: Given, number: str, event: str, *, by: Person, now: datetime = NOW, **said: Any) -> set[str]:
    """The codes of the reasons an act is refused for."""
    with pytest.raises(Refused) as caught:
        given.act(number, event, by=by, now=now, **said)
    return {reason.code for reason in caught.value.reasons}


def test_a_head_of_department_puts_a_version_forward_themself_and_does_not_decide_on_it(given: Given) -> None:
    world = given.world
    number = given.release(by=world.head)
    assert given.may(number, Part.DECIDE) == ["deputy"]
    given.act(number, "agree_date", by=world.head_of_it)
    assert refused(given, number, "go_ahead", by=world.head) == {"conflict-of-interest"}
    given.act(number, "go_ahead", by=world.deputy)
    assert given.release_of(number).decided_by_id == world.deputy.id


def test_the_delegate_is_also_the_administrator_and_plays_one_part(given: Given) -> None:
    world = given.world
    given.administers(world.head, world.care)
    number = given.take_release(given.release(), "AWAITING_DEPLOYMENT")
    assert refused(given, number, "deploy", by=world.head, now=BEGINS, comment="Tried.") == {"separation"}
    given.act(number, "deploy", by=world.administrator, now=BEGINS, comment="Tried.")


def test_the_delegation_expires_while_a_release_waits_for_its_approval(given: Given) -> None:
    world = given.world
    number = given.take_release(given.release(), "AWAITING_OPERATIONAL_APPROVAL")
    given.act(number, "cosign", by=world.head_of_it)
    given.change(world.delegation, valid_to=TODAY)
    tomorrow = NOW + timedelta(days=1)
    for person in (world.head, world.deputy):
        assert "delegation-not-valid" in refused(given, number, "approve", by=person, now=tomorrow)
    given.act(number, "approve", by=world.chair, now=tomorrow)
    assert given.state(number) == "AWAITING_DEPLOYMENT"


def test_a_board_is_reorganised_while_a_release_waits(given: Given) -> None:
    world = given.world
    number = given.take_release(given.release(), "AWAITING_OPERATIONAL_APPROVAL")
    given.act(number, "cosign", by=world.head_of_it)
    board, head = given.body("HEALTHBOARD", parent=world.council), given.person("new_head")
    given.change(world.care, owner_id=board.id)
    given.change(world.board, dissolved_on=TODAY)
    given.delegation(head, body=board)
    assert given.may(number, Part.APPROVE) == ["new_head"]
    assert refused(given, number, "approve", by=world.head)
    given.act(number, "approve", by=head)


def test_whoever_deploys_is_dismissed_before_the_window_and_another_does(given: Given) -> None:
    world = given.world
    number = given.take_release(given.release(), "AWAITING_DEPLOYMENT")
    given.leaves(world.administrator, kind="IMMEDIATE", last_day=TODAY)
    assert "administrator" not in given.may(number, Part.DEPLOY, now=BEGINS)
    assert refused(given, number, "deploy", by=world.administrator, now=BEGINS, comment="Tried.") == {"not-employed"}
    given.administers(world.outsider, world.care, valid_from=TODAY)
    given.act(number, "deploy", by=world.outsider, now=BEGINS, comment="Tried by hand.")
    assert given.state(number) == "AWAITING_REGISTRATION"


def test_the_one_who_reviewed_leaves_and_what_was_reviewed_stays_reviewed(given: Given) -> None:
    world = given.world
    number = given.take_release(given.release(), "AWAITING_OPERATIONAL_APPROVAL")
    given.leaves(world.coordinator, kind="IMMEDIATE", last_day=TODAY)
    given.act(number, "cosign", by=world.head_of_it)
    given.act(number, "approve", by=world.head)
    assert given.release_of(number).reviewed_by_id == world.coordinator.id
    assert not broken(given.database, given.organisation.id)


def test_the_date_is_moved_into_the_past_or_to_christmas_eve(given: Given) -> None:
    number = given.take_release(given.release(), "AWAITING_TEST")
    past: dict[str, Any] = {
        "planned_from": NOW - timedelta(days=2),
        "planned_until": NOW - timedelta(days=1),
        "reason": "Then.",
    }
    assert refused(given, number, "move_date", by=given.world.administrator, **past)
    eve = datetime(2026, 12, 24, 20, 0, tzinfo=UTC)
    given.act(
        number,
        "move_date",
        by=given.world.administrator,
        planned_from=eve,
        planned_until=eve + timedelta(hours=4),
        reason="When nobody works.",
    )
    [task] = [row for row in given.tasks(number) if row.part == Part.TEST]
    reminders = [datetime.fromisoformat(row["at"]) for row in task.schedule if row["do"] == "remind"]
    # Two working days before, and the offices are closed on the eve itself.
    assert [today(at) for at in reminders] == [date(2026, 12, 22)]


def test_a_release_on_a_leap_day_is_deployed_on_it_and_not_a_day_later(given: Given) -> None:
    world, now = given.world, datetime(2028, 2, 21, 9, 0, tzinfo=UTC)
    given.change(world.delegation, valid_to=date(2028, 12, 31))
    begins, ends = (datetime(2028, 2, 29, hour, 0, tzinfo=UTC) for hour in (17, 21))
    number = given.release(now=now, planned_from=begins, planned_until=ends)
    given.take_release(number, "AWAITING_DEPLOYMENT", now=now)
    for out in (begins - timedelta(minutes=1), ends + timedelta(hours=8)):
        assert refused(given, number, "deploy", by=world.administrator, now=out, comment="Tried.") == {
            "outside-the-window"
        }
    given.act(number, "deploy", by=world.administrator, now=begins, comment="Tried.")
    given.act(number, "register", by=world.technician, now=begins, version="2.0", ticket_number="N-1")
    [version] = given.all(SystemVersion)
    assert today(version.began_at) == date(2028, 2, 29)


def test_somebody_with_protected_identity_acts_in_a_release_and_is_named_nowhere(given: Given) -> None:
    hidden = given.person("4711", given_name="Hemlig", family_name="Gömd", protected=True)
    given.administers(hidden, given.world.care)
    number = given.release(by=hidden)
    given.act(number, "agree_date", by=given.world.head_of_it)
    given.act(number, "go_ahead", by=given.world.head)
    given.act(number, "withdraw", by=hidden, reason="Not now.")
    letters = given.messages(number)
    assert letters
    for letter in letters:
        for said in (letter.subject, letter.text, letter.html):
            assert "Hemlig" not in said
            assert "Gömd" not in said


def test_a_version_that_no_release_explains_is_found_and_never_registered(given: Given) -> None:
    number = given.take_release(given.release("2.0"), "AWAITING_REGISTRATION")
    late = BEGINS + timedelta(minutes=5)
    assert refused(
        given, number, "register", by=given.world.technician, now=late, version="1.9", ticket_number="N-1"
    ) == {"another-version"}
    assert given.all(SystemVersion) == []


def test_silence_never_puts_a_version_into_operation(given: Given) -> None:
    number = given.take_release(given.release(), "AWAITING_OPERATIONAL_APPROVAL")
    for days in (0, 5, 15, 60):
        sweep_all(given.office, BEGINS + timedelta(days=days))
    assert given.state(number) == "AWAITING_OPERATIONAL_APPROVAL"
    assert given.release_of(number).planned_from is None, "the date falls"
    [care] = given.all(ItSystem, ItSystem.key == "CARE")
    assert given.all(SystemVersion, SystemVersion.system_id == care.id) == []
