"""Departures: what follows from one, whoever is slow, silent, early, late or back again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from language import clock
from models import (
    AccessGrant,
    AccessProfile,
    AppointedRole,
    Case,
    DepartureKind,
    DepartureNotice,
    Duty,
    Employment,
    EmploymentKind,
    Event,
    GrantState,
    Message,
    Person,
    RequestKind,
)
from tests.departing import FIVE, LAST, carry_out, close
from tests.given import NOW, TODAY, Given
from tests.invariants import broken
from workflows import cases
from workflows.deadlines import end_of_day, today
from workflows.errors import Conflict, Refused
from workflows.escalation import sweep_all


def letters_of_the_queue(given: Given) -> dict[str, list[Message]]:
    """What was written about the queue, by the employee number of those it is to."""
    found: dict[str, list[Message]] = {}
    for row in given.messages(kind="DEPARTURES_QUEUED"):
        found.setdefault(given.recipient(row), []).append(row)
    return found


def test_hr_says_it_once_and_everything_goes_on_time(given: Given) -> None:
    read, write = (given.grant(given.world.nurse, profile) for profile in (given.world.read, given.world.write))
    number = given.leaves()
    assert given.state(number) == "AWAITING_DECISION"
    assert len(given.parts(number)) == 2
    for part in given.parts(number):
        given.act(part.number, "approve", by=given.world.head)
    assert given.state(number) == "AWAITING_EXECUTION"
    # Confirmed, and theirs until the last day at five.
    assert {given.again(row).state for row in (read, write)} == {GrantState.ACTIVE}
    assert {given.again(row).ends_at for row in (read, write)} == {FIVE}
    with pytest.raises(Refused, match="lasts until"):
        given.act(given.parts(number)[0].number, "execute", by=given.world.administrator, account_name="a1")
    sweep_all(given.office, FIVE)
    assert {given.again(row).state for row in (read, write)} == {GrantState.REVOCATION_PENDING}
    carry_out(given, number, FIVE + timedelta(hours=1))
    assert given.state(number) == "AWAITING_REGISTRATION"
    close(given, number, FIVE + timedelta(hours=2))
    assert given.state(number) == "CLOSED"
    assert {given.again(row).state for row in (read, write)} == {GrantState.REVOKED}
    assert given.told(number, "DEPARTURE_CLOSED") == {"hr", "manager"}
    assert not broken(given.database, given.organisation.id)


def test_hr_and_the_manager_get_the_whole_list_when_it_closes(given: Given) -> None:
    world = given.world
    other = given.system("OTHER", administrator=world.administrator, profiles=("LOOK",))
    [look] = given.all(AccessProfile, AccessProfile.system_id == other.id)
    given.grant(world.nurse, world.read)
    given.grant(world.nurse, look)
    spare = given.system("SPARE", administrator=world.nurse)
    number = given.leaves()
    first, second = given.parts(number)
    given.act(first.number, "approve", by=world.head)
    sweep_all(given.office, FIVE)
    carry_out(given, number, FIVE + timedelta(hours=1))
    given.act(number, "settle", by=world.head, duty=spare.key, successor="Somebody else.")
    close(given, number, FIVE + timedelta(days=3))
    letters = {given.recipient(row): row for row in given.messages(number, "DEPARTURE_CLOSED")}
    assert set(letters) == {"hr", "manager"}
    told = {
        f"{first.number} Care, Read": (
            f"2026-03-10 10:00 approved, by delegation, {world.delegation.reference}",
            "2026-03-20 18:00 executed, as administrator",
            "2026-03-20 18:00 registered, as technician, TECHNICIAN § 1",
        ),
        f"{second.number} Other, Look": (
            "2026-03-20 17:00 revoked by default, by rule",
            "2026-03-20 18:00 executed, as administrator",
        ),
        "The notice, accounts and equipment": (
            "2026-03-10 10:00 noticed, as HR officer, HR_OFFICER § 1",
            "2026-03-23 17:00 accounts closed, as technician, TECHNICIAN § 1",
            "2026-03-23 17:00 equipment taken back, as technician, TECHNICIAN § 1",
        ),
        "Duties": (
            f"SPARE (administers the system): 2026-03-10 10:00 successor appointed, by delegation, "
            f"{world.delegation.reference}",
        ),
    }
    for letter in letters.values():
        text, html = letter.text, letter.html
        for heading, lines in told.items():
            assert f"{heading}:" in text
            assert f"{heading}:" in html
            for line in lines:
                assert f"- {line}" in text
                assert f"<li>{line}</li>" in html
        # Roles, and not who it was; and nothing at all in what a locked screen shows.
        assert "Technician Svensson" not in text
        assert letter.subject == f"{number}: a departure is closed"


def test_silence_is_revoked_by_default_on_the_last_day_and_says_so(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    number = given.leaves()
    [part] = given.parts(number)
    sweep_all(given.office, FIVE - timedelta(minutes=1))
    assert given.state(part.number) == "AWAITING_DECISION"
    sweep_all(given.office, FIVE)
    assert given.state(part.number) == "AWAITING_EXECUTION"
    [decision] = given.decisions(part.number)
    assert decision.outcome == "DEFAULT"
    assert given.again(grant).state == GrantState.REVOCATION_PENDING
    assert {"head_of_it", "coordinator"} <= given.told(part.number, "DECIDED")
    assert given.state(number) == "AWAITING_EXECUTION"


def test_one_slow_owner_holds_up_nobody_else(given: Given) -> None:
    other = given.system("OTHER", administrator=given.world.administrator, profiles=("READ",))
    mine = given.grant(given.world.nurse, given.world.read)
    [other_read] = given.all(AccessProfile, AccessProfile.system_id == other.id)
    slow = given.grant(given.world.nurse, other_read)
    number = given.leaves()
    [first, second] = given.parts(number)
    given.act(first.number, "approve_with_changes", by=given.world.head, ends_on=TODAY)
    sweep_all(given.office, end_of_day(TODAY))
    carry_out(given, number, end_of_day(TODAY) + timedelta(hours=9))
    assert {given.again(mine).state, given.again(slow).state} == {GrantState.REVOKED, GrantState.ACTIVE}
    assert given.state(number) == "AWAITING_DECISION", "the notice is where its slowest part is"
    assert given.state(second.number) == "AWAITING_DECISION"


def test_an_owner_can_set_an_earlier_day_but_not_keep_it_longer(given: Given) -> None:
    given.grant(given.world.nurse, given.world.read)
    number = given.leaves()
    [part] = given.parts(number)
    for event, data in (
        ("reject", {"reason": "No."}),
        ("return_for_completion", {"reason": "Why?"}),
        ("keep", {"reason": "No."}),
        ("approve_with_changes", {"ends_on": LAST + timedelta(days=1)}),
    ):
        with pytest.raises(Refused):
            given.act(part.number, event, by=given.world.head, **data)
    given.act(part.number, "approve_with_changes", by=given.world.head, ends_on=TODAY + timedelta(days=2))
    assert given.all(AccessGrant)[0].ends_on == TODAY + timedelta(days=2)


def test_a_leaver_without_any_access_still_gets_the_account_closed(given: Given) -> None:
    number = given.leaves()
    assert given.state(number) == "AWAITING_REGISTRATION"
    with pytest.raises(Refused, match="work until"):
        given.act(number, "close_accounts", by=given.world.technician, ticket_number="N-2")
    assert close(given, number, FIVE).state == given.state(number) == "CLOSED"


def test_nothing_more_is_ordered_beyond_the_last_day_and_what_was_on_its_way_is_called_off(given: Given) -> None:
    pending = given.order()
    number = given.leaves()
    assert given.state(pending) == "WITHDRAWN"
    with pytest.raises(Refused, match="nothing is ordered beyond"):
        given.order(profile="WRITE")
    assert given.order(profile="WRITE", ends_on=LAST - timedelta(days=1))
    assert given.state(number) != "CLOSED"


def test_a_person_with_two_employments_keeps_what_hangs_on_the_other(given: Given) -> None:
    second = given.employment(given.world.nurse, number="2")
    kept = given.grant(given.world.nurse, given.world.write, employment=second)
    first = next(
        row for row in given.all(Employment, Employment.person_id == given.world.nurse.id) if row.number == "1"
    )
    gone = given.grant(given.world.nurse, given.world.read, employment=first)
    number = given.leaves(employment_number="1")
    [part] = given.parts(number)
    assert given.request(part.number).grant_id == gone.id
    sweep_all(given.office, FIVE)
    assert given.again(kept).state == GrantState.ACTIVE
    # Their accounts are theirs in the other employment too.
    assert given.tasks(number) == []
    with pytest.raises(Refused, match="work on"):
        given.act(number, "close_accounts", by=given.world.technician, ticket_number="N-2", now=FIVE)
    carry_out(given, number, FIVE + timedelta(hours=1))
    assert given.state(number) == "CLOSED"


def test_the_brake_does_not_hold_up_the_block_of_somebody_who_leaves_at_once(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    given.brake_at(0)
    number = given.leaves(kind=DepartureKind.IMMEDIATE, last_day=TODAY)
    assert given.state(number) == "QUEUED"
    assert given.told(number, "DEPARTURE_NOTICED") == {"head_of_it", "coordinator"}
    given.act(number, "block", by=given.world.technician, ticket_number="N-9")
    assert given.again(grant).state == GrantState.SUSPENDED
    sweep_all(given.office, NOW + timedelta(hours=1))
    assert "head_of_it" in letters_of_the_queue(given), "it waits an hour, round the clock"
    given.act(number, "release", by=given.world.coordinator, reason="Looked at.", now=NOW + timedelta(hours=1))
    assert given.state(number) == "AWAITING_DECISION"


def test_what_still_waits_in_the_queue_on_the_last_day_is_told_and_does_not_begin_by_itself(given: Given) -> None:
    given.brake_at(0)
    number = given.leaves()
    sweep_all(given.office, FIVE)
    assert given.state(number) == "QUEUED"
    assert set(letters_of_the_queue(given)) == {"head_of_it", "coordinator"}


def test_hr_moves_or_cancels_also_what_waits_in_the_queue(given: Given) -> None:
    given.brake_at(0)
    number = given.leaves()
    given.act(number, "move_day", by=given.world.hr, last_day=TODAY + timedelta(days=20), reason="Later.")
    given.act(number, "cancel", by=given.world.hr, reason="They stay.")
    assert given.state(number) == "CANCELLED"
    assert given.tasks(number) == []


def test_somebody_who_was_to_leave_on_a_day_is_dismissed_before_it(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    number = given.leaves()
    [part] = given.parts(number)
    given.act(part.number, "approve", by=given.world.head)
    given.act(number, "leave_now", by=given.world.hr, reason="Dismissed.")
    assert "BLOCK" in {task.part for task in given.tasks(number)}
    assert given.told(number, "DEPARTURE_NOTICED") >= {"head_of_it", "coordinator"}
    assert given.again(grant).state == GrantState.REVOCATION_PENDING
    with pytest.raises(Refused):
        given.act(number, "leave_now", by=given.world.hr, reason="Again.")
    given.act(number, "block", by=given.world.technician, ticket_number="N-9")
    carry_out(given, number, NOW)
    close(given, number, NOW)
    assert given.state(number) == "CLOSED"
    assert not broken(given.database, given.organisation.id)


def test_accounts_are_closed_and_equipment_is_noted_once(given: Given) -> None:
    number = given.leaves(kind=DepartureKind.IMMEDIATE, last_day=TODAY)
    close(given, number, NOW)
    again: tuple[tuple[str, dict[str, Any]], ...] = (
        ("close_accounts", {"ticket_number": "N-3"}),
        ("return_equipment", {"comment": "Two."}),
    )
    for event, said in again:
        with pytest.raises(Refused):
            given.act(number, event, by=given.world.technician, **said)


def test_the_reason_of_a_cancelled_notice_is_not_told_to_technicians(given: Given) -> None:
    number = given.leaves()
    given.act(number, "cancel", by=given.world.hr, reason="The charge was dropped.")
    letters = {given.recipient(row): row.text for row in given.messages(number, "DEPARTURE_CANCELLED")}
    assert "The charge was dropped." in letters["manager"]
    assert "The charge was dropped." not in letters["technician"]


def test_rehired_the_day_after_has_what_the_new_employment_gives_and_nothing_of_the_old(given: Given) -> None:
    old = given.grant(given.world.nurse, given.world.read)
    given.leaves()
    given.employment(given.world.nurse, number="2", starts_on=LAST + timedelta(days=1))
    number = given.order(employment_number="2", starts_on=LAST + timedelta(days=1))
    sweep_all(given.office, FIVE)
    assert given.again(old).state == GrantState.REVOCATION_PENDING
    assert given.state(number) == "AWAITING_DECISION"


def test_immediate_dismissal_at_22_on_christmas_eve(given: Given) -> None:
    evening = datetime(2026, 12, 24, 21, 0, tzinfo=UTC)
    given.change(given.world.delegation, valid_to=date(2027, 12, 31))
    grant = given.grant(given.world.nurse, given.world.read)
    number = given.leaves(now=evening, kind=DepartureKind.IMMEDIATE, last_day=date(2026, 12, 24))
    assert {"head_of_it", "coordinator"} <= given.told(number, "DEPARTURE_NOTICED")
    assert "BLOCK" in {task.part for task in given.tasks(number)}
    # The block waits for nobody: no owner has said anything yet.
    given.act(number, "block", by=given.world.technician, ticket_number="N-9", now=evening + timedelta(minutes=4))
    assert given.again(grant).state == GrantState.SUSPENDED
    sweep_all(given.office, evening + timedelta(minutes=59))
    [part] = given.parts(number)
    assert given.state(part.number) == "AWAITING_DECISION"
    sweep_all(given.office, evening + timedelta(hours=1))
    assert given.state(part.number) == "AWAITING_EXECUTION", "within the hour, on a holiday, at night"
    assert given.again(grant).state == GrantState.REVOCATION_PENDING
    sweep_all(given.office, evening + timedelta(hours=2))
    assert {"head_of_it", "coordinator"} <= given.told(part.number, "ESCALATION")


def test_somebody_dismissed_acts_no_more_and_their_tasks_go_to_the_others(given: Given) -> None:
    world = given.world
    number = given.order()
    given.leaves(world.head, kind=DepartureKind.IMMEDIATE, last_day=TODAY)
    with pytest.raises(Refused) as refused:
        given.act(number, "approve", by=world.head)
    assert [reason.code for reason in refused.value.reasons] == ["not-employed"]
    given.act(number, "approve", by=world.deputy)
    assert given.state(number) == "AWAITING_EXECUTION"


def test_a_notice_that_is_held_back_takes_no_authority_from_anybody(given: Given) -> None:
    for n in range(50):
        given.leaves(given.person(f"p{n}"))
    number = given.leaves(given.world.head, kind=DepartureKind.IMMEDIATE, last_day=TODAY)
    assert given.state(number) == "QUEUED"
    order = given.order()
    given.act(order, "approve", by=given.world.head)
    assert given.state(order) == "AWAITING_EXECUTION"


def test_the_last_day_is_moved_earlier_and_later_and_into_the_past(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    number = given.leaves()
    [part] = given.parts(number)
    given.act(part.number, "approve", by=given.world.head)
    sooner = TODAY + timedelta(days=3)
    given.act(number, "move_day", by=given.world.hr, last_day=sooner, reason="Sooner.")
    assert given.again(grant).ends_on == sooner
    assert given.state(part.number) == "AWAITING_EXECUTION", "what the owner has confirmed covers an earlier day"
    later = TODAY + timedelta(days=20)
    given.act(number, "move_day", by=given.world.hr, last_day=later, reason="Later.")
    assert given.state(part.number) == "AWAITING_DECISION", "longer is the owner's to decide"
    assert given.again(grant).ends_on is None
    assert given.state(number) == "AWAITING_DECISION"
    given.act(number, "move_day", by=given.world.hr, last_day=TODAY - timedelta(days=2), reason="They have left.")
    sweep_all(given.office, NOW)
    assert given.again(grant).state == GrantState.REVOCATION_PENDING
    assert not broken(given.database, given.organisation.id)


def test_those_who_have_something_to_do_on_the_last_day_have_it_on_the_new_one(given: Given) -> None:
    number = given.leaves()
    assert {clock(task.due_at) for task in given.tasks(number)} == {"2026-03-23 12:00"}
    given.act(number, "move_day", by=given.world.hr, last_day=LAST + timedelta(days=7), reason="Later.")
    assert {clock(task.due_at) for task in given.tasks(number)} == {"2026-03-30 12:00"}
    sweep_all(given.office, FIVE + timedelta(days=4))
    assert given.told(number, "ESCALATION") == set(), "what cannot be done yet is not late"


def test_a_cancelled_notice_calls_off_what_is_not_carried_out_and_lists_what_is(given: Given) -> None:
    kept = given.grant(given.world.nurse, given.world.read)
    gone = given.grant(given.world.nurse, given.world.write)
    number = given.leaves(last_day=TODAY, now=NOW)
    for part in given.parts(number):
        given.act(part.number, "approve", by=given.world.head)
    evening = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
    sweep_all(given.office, evening)
    done = next(part for part in given.parts(number) if given.request(part.number).grant_id == gone.id)
    given.act(done.number, "execute", by=given.world.administrator, account_name="a1", now=evening)
    given.act(number, "cancel", by=given.world.hr, reason="They stay.", now=evening)
    assert given.state(number) == "CANCELLED"
    assert given.again(kept).state == GrantState.ACTIVE
    assert given.again(kept).ends_at is None
    [event] = [row for row in given.events(number) if row.kind == "cancel"]
    assert event.data["executed"] == [done.number]
    assert not given.tasks(number)
    # The next one can be noticed, and what was removed can be ordered again when it is gone.
    given.act(done.number, "register", by=given.world.technician, ticket_number="N-1", now=evening)
    assert given.order(profile="WRITE", now=evening)
    assert given.leaves(now=evening)
    assert not broken(given.database, given.organisation.id)


def test_what_the_leaver_holds_gets_a_task_for_whoever_appoints(given: Given) -> None:
    world = given.world
    number = given.leaves(world.administrator)
    assert {row.name for row in given.all(Duty)} == {"CARE"}
    with pytest.raises(Refused):
        given.act(number, "settle", by=world.administrator, duty="CARE", successor="nobody")
    with pytest.raises(Refused) as refused:
        given.act(number, "settle", by=world.head, duty="CAER", successor="outsider")
    assert refused.value.reasons[-1].text.say("en") == "There is no duty CAER left; there are: CARE."
    given.act(number, "settle", by=world.head, duty="CARE", successor="outsider")
    with pytest.raises(Refused, match="nothing left to take over"):
        given.act(number, "settle", by=world.head, duty="CARE", successor="outsider")
    other = given.leaves(world.head)
    duties = {row.name: row for row in given.all(Duty) if row.notice_id == given.case(other).id}
    head = f"HEAD_OF_DEPARTMENT {world.department.key}"
    assert set(duties) == {world.delegation.number, head}
    for name in duties:
        given.act(
            other,
            "settle",
            by=world.chair if name != head else world.superior,
            duty=name,
            successor="deputy",
        )
    close(given, other, FIVE)
    assert given.state(other) == "CLOSED"


def test_two_appointments_of_one_kind_are_two_duties_with_a_task_each(given: Given) -> None:
    world = given.world
    boards = [given.body(key, parent=world.council) for key in ("SCHOOLBOARD", "ROADSBOARD")]
    units = [given.department(key, body=board) for key, board in zip(("SCHOOL", "ROADS"), boards, strict=True)]
    for board, unit in zip(boards, units, strict=True):
        given.appointment(world.outsider, AppointedRole.CHAIR, body=board)
        given.appointment(world.outsider, AppointedRole.HEAD_OF_DEPARTMENT, department=unit)
    number = given.leaves(world.outsider)
    names = ["CHAIR ROADSBOARD", "CHAIR SCHOOLBOARD", "HEAD_OF_DEPARTMENT ROADS", "HEAD_OF_DEPARTMENT SCHOOL"]
    assert [row.name for row in sorted(given.all(Duty), key=lambda row: row.name)] == names
    assert sorted(row.about for row in given.tasks(number) if row.part == "APPOINT") == names
    given.act(number, "settle", by=world.superior, duty="CHAIR ROADSBOARD", successor="nurse")
    assert sorted(row.about for row in given.tasks(number) if row.part == "APPOINT") == names[1:]
    close(given, number, FIVE)
    assert given.state(number) == "AWAITING_REGISTRATION", "three duties are left"
    for name in names[1:]:
        given.act(number, "settle", by=world.superior, duty=name, successor="nurse", now=FIVE)
    assert given.state(number) == "CLOSED"


def test_a_system_and_a_delegation_of_one_name_are_two_duties(given: Given) -> None:
    delegation = given.delegation(given.world.outsider)
    given.system(delegation.number, administrator=given.world.outsider)
    given.leaves(given.world.outsider)
    assert sorted(row.kind for row in given.all(Duty)) == ["ADMINISTRATOR", "DELEGATION"]


def test_only_hr_notices_and_nobody_for_themself(given: Given) -> None:
    for somebody in (given.world.manager, given.world.head_of_it, given.world.nurse):
        with pytest.raises(Refused):
            given.leaves(by=somebody)
    with pytest.raises(Refused):
        given.leaves(given.world.hr)
    assert not given.all(DepartureNotice)
    assert len(given.all(Event, Event.kind == "refusal")) == 4


def test_an_employment_ends_once(given: Given) -> None:
    given.leaves()
    with pytest.raises(Refused, match="already"):
        given.leaves()


def test_a_change_of_duties_puts_what_came_with_the_old_before_its_owner(given: Given) -> None:
    world = given.world
    unit = given.department("SCHOOL", body=world.board)
    kept, silent = given.grant(world.nurse, world.read), given.grant(world.nurse, world.write)
    number = given.leaves(by=world.manager, kind=DepartureKind.MOVE, new_department=unit.key, last_day=TODAY)
    first, second = (
        next(part for part in given.parts(number) if given.request(part.number).grant_id == row.id)
        for row in (kept, silent)
    )
    given.act(first.number, "keep", by=world.head, reason="Hands over until May.", ends_on=date(2026, 5, 1))
    assert given.again(kept).ends_on == date(2026, 5, 1)
    assert given.state(first.number) == "REJECTED"
    limit = given.all(DepartureNotice)[0].ends_at
    assert limit > NOW + timedelta(days=13), "ten working days"
    sweep_all(given.office, limit)
    assert given.again(silent).state == GrantState.REVOCATION_PENDING
    assert given.again(kept).state == GrantState.ACTIVE
    carry_out(given, number, limit + timedelta(hours=1))
    assert given.state(second.number) == "COMPLETED"
    assert given.state(number) == "CLOSED"
    assert given.order(profile="ADMIN"), "they still work here"


def test_what_is_asked_to_end_already_is_not_asked_twice_by_a_change_of_duties(given: Given) -> None:
    world = given.world
    given.grant(world.nurse, world.read)
    given.grant(world.nurse, world.write)
    asked = given.order(kind="END")
    unit = given.department("SCHOOL", body=world.board)
    number = given.leaves(by=world.manager, kind=DepartureKind.MOVE, new_department=unit.key, last_day=TODAY)
    [part] = given.parts(number)
    assert given.request(part.number).profile_id == world.write.id
    assert given.state(asked) == "AWAITING_DECISION"


def test_hourly_employees_and_consultants_are_found_before_their_last_day(given: Given) -> None:
    person = given.person("hourly", kind=EmploymentKind.HOURLY, ends_on=TODAY + timedelta(days=3))
    given.grant(person, given.world.read)
    given.person("permanent", ends_on=TODAY + timedelta(days=3))
    assert sweep_all(given.office, NOW).departures >= 1
    [notice] = given.all(DepartureNotice)
    assert notice.person_id == person.id
    assert notice.noticed_by_id is None
    sweep_all(given.office, NOW + timedelta(hours=1))
    assert len(given.all(DepartureNotice)) == 1


@pytest.mark.parametrize("kind", [EmploymentKind.HOURLY, EmploymentKind.CONSULTANT])
def test_an_employment_whose_last_day_has_passed_unseen_is_found_once(given: Given, kind: EmploymentKind) -> None:
    person = given.person("late", kind=kind, ends_on=TODAY - timedelta(days=4))
    grant = given.grant(person, given.world.read)
    sweep_all(given.office, NOW)
    [notice] = given.all(DepartureNotice)
    assert (notice.person_id, notice.last_day) == (person.id, TODAY - timedelta(days=4))
    # The owner's time is out already, and silence keeps nothing.
    sweep_all(given.office, NOW)
    assert given.again(grant).state == GrantState.REVOCATION_PENDING
    [number] = [row.number for row in given.all(Case, Case.workflow == "departure")]
    carry_out(given, number, NOW)
    close(given, number, NOW)
    assert given.state(number) == "CLOSED"
    sweep_all(given.office, NOW + timedelta(days=1))
    assert len(given.all(DepartureNotice)) == 1
    assert not broken(given.database, given.organisation.id)


def test_what_ended_long_ago_is_found_when_it_still_gives_access_and_is_history_when_not(given: Given) -> None:
    years_ago = TODAY - timedelta(days=900)
    given.person("history", kind=EmploymentKind.HOURLY, ends_on=years_ago)
    forgotten = given.person("forgotten", kind=EmploymentKind.CONSULTANT, ends_on=years_ago)
    given.grant(forgotten, given.world.read)
    given.person("recent", kind=EmploymentKind.HOURLY, ends_on=TODAY - timedelta(days=20))
    sweep_all(given.office, NOW)
    people = {row.id: row.employee_number for row in given.all(Person)}
    assert {people[row.person_id] for row in given.all(DepartureNotice)} == {"forgotten", "recent"}


def test_what_hr_has_cancelled_is_not_found_again_for_the_same_last_day(given: Given) -> None:
    person = given.person("hourly", kind=EmploymentKind.HOURLY, ends_on=TODAY + timedelta(days=3))
    sweep_all(given.office, NOW)
    [case] = given.all(Case)
    given.act(case.number, "cancel", by=given.world.hr, reason="They get a new contract.")
    sweep_all(given.office, NOW + timedelta(hours=1))
    assert len(given.all(DepartureNotice)) == 1
    given.change(given.employment_of(person), ends_on=TODAY + timedelta(days=4))
    sweep_all(given.office, NOW + timedelta(hours=2))
    assert len(given.all(DepartureNotice)) == 2, "another last day is another thing to notice"


def test_many_that_are_found_late_are_held_by_the_brake(given: Given) -> None:
    with given.together():
        for place in range(4):
            given.person(f"late{place}", kind=EmploymentKind.HOURLY, ends_on=TODAY - timedelta(days=1))
    given.brake_at(3)
    sweep_all(given.office, NOW)
    assert sorted(row.hold for row in given.all(DepartureNotice)) == ["", "", "", "BRAKE"]


def test_the_brake_queues_what_is_too_much_and_one_human_lets_it_go(given: Given) -> None:
    with given.together():
        people = [given.person(f"p{place:03}") for place in range(55)]
    numbers = [given.leaves(person) for person in people]
    states = [given.state(number) for number in numbers]
    assert states.count("QUEUED") == 5
    assert states[-5:] == ["QUEUED"] * 5
    with pytest.raises(Refused):
        given.act(numbers[-1], "release", by=given.world.hr, reason="All right.")
    given.act(numbers[-1], "refuse", by=given.world.coordinator, reason="Not them.")
    released = cases.release_all(given.office, "A reorganisation.", given.actor(given.world.coordinator), NOW)
    assert [row.number for row in released] == numbers[-5:-1]
    assert {given.state(number) for number in numbers[:-1]} == {"AWAITING_REGISTRATION"}
    assert given.state(numbers[-1]) == "CANCELLED"


def test_a_request_that_was_executed_before_the_notice_is_taken_in_when_it_is_registered(given: Given) -> None:
    pending = given.take(given.order(), "AWAITING_REGISTRATION")
    number = given.leaves()
    given.act(pending, "register", by=given.world.technician, ticket_number="N-5")
    [part] = given.parts(number)
    assert part.state == "AWAITING_DECISION"
    assert given.request(part.number).kind == RequestKind.END
    assert given.state(number) == "AWAITING_DECISION"


def test_an_obstacle_after_the_execution_holds_the_notice_at_registration(given: Given) -> None:
    given.grant(given.world.nurse, given.world.read)
    number = given.leaves()
    [part] = given.parts(number)
    given.act(part.number, "approve", by=given.world.head)
    given.act(part.number, "execute", by=given.world.administrator, account_name="a1", now=FIVE)
    given.act(part.number, "report_obstacle", by=given.world.technician, reason="No.", solver="owner", now=FIVE)
    assert (given.state(part.number), given.state(number)) == ("OBSTRUCTED", "AWAITING_REGISTRATION")


def test_the_last_day_is_moved_while_an_obstacle_stands_in_the_way(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    number = given.leaves()
    [part] = given.parts(number)
    given.act(part.number, "approve", by=given.world.head)
    given.act(part.number, "report_obstacle", by=given.world.administrator, reason="No.", solver="owner")
    given.act(number, "move_day", by=given.world.hr, last_day=TODAY + timedelta(days=1), reason="Sooner.")
    assert given.state(part.number) == "OBSTRUCTED"
    assert given.again(grant).ends_on == TODAY + timedelta(days=1)
    given.act(number, "move_day", by=given.world.hr, last_day=LAST + timedelta(days=1), reason="Later.")
    assert (given.state(part.number), given.request(part.number).obstacle) == ("AWAITING_DECISION", "")
    assert given.again(grant).ends_on is None


def test_a_question_that_nobody_answers_keeps_nothing_after_a_change_of_duties(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    unit = given.department("SCHOOL", body=given.world.board)
    number = given.leaves(kind=DepartureKind.MOVE, new_department=unit.key, last_day=TODAY)
    [part] = given.parts(number)
    given.act(part.number, "return_for_completion", by=given.world.head, reason="Still needed?")
    limit = given.all(DepartureNotice)[0].ends_at
    sweep_all(given.office, limit - timedelta(minutes=1))
    assert given.state(part.number) == "AWAITING_COMPLETION"
    sweep_all(given.office, limit)
    assert given.state(part.number) == "AWAITING_EXECUTION"
    assert given.again(grant).state == GrantState.REVOCATION_PENDING


def test_owners_keep_their_time_when_the_day_of_a_change_of_duties_is_moved(given: Given) -> None:
    given.grant(given.world.nurse, given.world.read)
    unit = given.department("SCHOOL", body=given.world.board)
    number = given.leaves(kind=DepartureKind.MOVE, new_department=unit.key, last_day=TODAY)
    [before] = given.all(DepartureNotice)
    given.act(number, "move_day", by=given.world.hr, last_day=TODAY + timedelta(days=7), reason="A week later.")
    [after] = given.all(DepartureNotice)
    assert today(after.ends_at) == today(before.ends_at) + timedelta(days=7)


def test_nobody_leaves_at_once_before_the_employment_has_begun(given: Given) -> None:
    person = given.person(starts_on=TODAY + timedelta(days=10))
    number = given.leaves(person, last_day=TODAY + timedelta(days=40))
    with pytest.raises(Refused, match="has not begun"):
        given.act(number, "leave_now", by=given.world.hr, reason="They never come.")


def test_an_act_on_a_closed_departure_is_a_conflict(given: Given) -> None:
    number = given.leaves()
    close(given, number, FIVE)
    with pytest.raises(Conflict):
        given.act(number, "move_day", by=given.world.hr, last_day=LAST, reason="Too late.", now=FIVE)


def test_another_employment_that_ends_the_same_day_keeps_no_duty(given: Given) -> None:
    given.employment(given.world.administrator, number="2", ends_on=LAST)
    number = given.leaves(given.world.administrator, employment_number="1")
    assert {task.part for task in given.tasks(number)} >= {"CLOSE_ACCOUNTS", "APPOINT"}
