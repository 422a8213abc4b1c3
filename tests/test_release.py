"""System releases: nothing goes into operation untested, unreviewed, unapproved or outside its window."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from models import (
    Attachment,
    AttachmentKind,
    Finding,
    ItSystem,
    Part,
    PlanKind,
    SystemVersion,
)
from tests.given import LONG_AGO, NOW, TODAY, WINDOW, Given
from tests.invariants import broken
from workflows import attachments, plans, releasing
from workflows.errors import BadInput, Conflict, NotFound, Refused
from workflows.escalation import sweep_all
from workflows.plans import NewPlan

BEGINS, ENDS = WINDOW
NEXT_WEEK: dict[str, Any] = {
    "planned_from": BEGINS + timedelta(days=7),
    "planned_until": ENDS + timedelta(days=7),
    "reason": "Later.",
}


def refused(given: Given, number: str, event: str, **how: Any) -> list[str]:
    """The codes of the reasons an act is refused for."""
    with pytest.raises(Refused) as caught:
        given.act(number, event, **how)
    return [reason.code for reason in caught.value.reasons]


def versions(given: Given) -> list[tuple[str, bool]]:
    """The versions that have been in operation, oldest first, and whether each still is."""
    rows = sorted(given.all(SystemVersion), key=lambda row: row.began_at)
    return [(row.version, row.ended_at is None) for row in rows]


def in_operation(given: Given, version: str = "2.0", **how: Any) -> str:
    """The number of a release that has gone into operation."""
    return given.take_release(given.release(version, **how), "IN_OPERATION")


# --- The way into operation ----------------------------------------------------------------------------------------


def test_a_version_goes_into_operation_tested_reviewed_approved_and_inside_its_window(given: Given) -> None:
    number = in_operation(given)
    assert given.state(number) == "IN_OPERATION"
    release = given.release_of(number)
    assert release.ticket_number == "N-2002"
    assert versions(given) == [("2.0", True)]
    assert given.tasks(number) == []
    assert [event.kind for event in given.events(number)] == [
        "propose", "agree_date", "go_ahead", "attach", "pass_test", "review", "cosign", "approve", "deploy", "register",
    ]  # fmt: skip
    assert not broken(given.database, given.organisation.id)
    assert given.told(number, "RELEASE_IN_OPERATION") >= {"head", "head_of_it", "administrator"}


def test_a_later_version_takes_the_place_of_the_one_before(given: Given) -> None:
    first = in_operation(given)
    second = in_operation(given, "3.0")
    assert versions(given) == [("2.0", False), ("3.0", True)]
    old = next(row for row in given.all(SystemVersion) if row.version == "2.0")
    assert old.case_id == given.case(first).id
    assert old.ended_by_case_id == given.case(second).id


def test_only_those_who_have_to_do_with_the_system_put_a_version_forward(given: Given) -> None:
    for somebody in (given.world.head, given.world.deputy, given.world.head_of_it):
        given.release(f"by {somebody.employee_number}", by=somebody)
    with pytest.raises(Refused):
        given.release("by outsider", by=given.world.outsider)


def test_nobody_decides_on_what_they_have_put_forward_themself(given: Given) -> None:
    number = given.release(by=given.world.head)
    given.act(number, "agree_date", by=given.world.head_of_it)
    assert refused(given, number, "go_ahead", by=given.world.head) == ["conflict-of-interest"]
    given.act(number, "go_ahead", by=given.world.deputy)
    assert given.state(number) == "AWAITING_TEST"


def test_the_owner_lets_nothing_go_ahead_on_a_date_the_head_of_it_has_not_agreed_to(given: Given) -> None:
    number = given.release()
    assert given.may(number, Part.AGREE_DATE) == ["head_of_it"]
    assert refused(given, number, "go_ahead", by=given.world.head) == ["date-not-agreed"]


def test_a_failed_test_goes_back_with_its_protocol_and_counts_for_nothing_in_the_next_round(given: Given) -> None:
    number = given.take_release(given.release(), "AWAITING_TEST")
    assert refused(given, number, "fail_test", by=given.world.administrator, reason="No.") == ["no-protocol"]
    given.attach(number, contents=b"Two of forty cases failed.")
    given.act(number, "fail_test", by=given.world.administrator, reason="Allergies are lost.")
    assert given.state(number) == "PROPOSED"
    assert given.release_of(number).decided_by_id is None
    given.act(number, "propose", by=given.world.administrator, version="2.0.1", purpose="Allergies are kept.")
    assert given.release_of(number).version == "2.0.1"
    given.take_release(number, "AWAITING_TEST")
    given.act(number, "withdraw", by=given.world.administrator, reason="Not this year.")
    first, second = [event.data["asked"] for event in given.events(number) if event.kind == "propose"]
    assert (first["version"], second["version"]) == ("2.0", "2.0.1")


def test_a_new_test_needs_a_protocol_of_its_own(given: Given) -> None:
    number = given.take_release(given.release(), "PROPOSED")
    later = NOW + timedelta(hours=1)
    given.act(number, "propose", by=given.world.administrator, now=later)
    given.act(number, "agree_date", by=given.world.head_of_it, now=later)
    given.act(number, "go_ahead", by=given.world.head, now=later)
    assert refused(given, number, "pass_test", by=given.world.administrator, now=later) == ["no-protocol"]


def test_the_one_who_tests_does_not_review_and_the_one_who_approves_does_not_deploy(given: Given) -> None:
    world = given.world
    given.administers(world.coordinator, world.care)
    given.administers(world.head, world.care)
    number = given.take_release(given.release(), "AWAITING_TEST")
    given.attach(number, by=world.coordinator)
    given.act(number, "pass_test", by=world.coordinator)
    assert refused(given, number, "review", by=world.coordinator, comment="Fine.") == ["separation"]
    other = in_operation(given, "1.9")
    assert given.state(other) == "IN_OPERATION"
    third = given.take_release(given.release("2.1"), "AWAITING_DEPLOYMENT")
    assert refused(given, third, "deploy", by=world.head, now=BEGINS) == ["separation"]


# --- Findings and gates --------------------------------------------------------------------------------------------


def test_a_blocking_finding_stops_the_approval_until_it_is_resolved(given: Given) -> None:
    world = given.world
    number = given.take_release(given.release(), "AWAITING_SECURITY_REVIEW")
    given.act(number, "note_finding", by=world.coordinator, comment="Passwords in the log.", blocking="yes")
    given.act(number, "note_finding", by=world.coordinator, comment="Old icons.", blocking="no")
    assert given.told(number, "RELEASE_FINDING") == {"head", "administrator"}
    given.act(number, "review", by=world.coordinator, comment="One thing stops it.")
    given.act(number, "cosign", by=world.head_of_it)
    assert refused(given, number, "approve", by=world.head) == ["blocking-finding"]
    assert refused(given, number, "resolve_finding", by=world.coordinator, finding="7", comment="?") == ["no-finding"]
    given.act(number, "resolve_finding", by=world.coordinator, finding="1", comment="Logged no more.")
    given.act(number, "approve", by=world.head)
    assert [row.resolution for row in given.all(Finding)] == ["Logged no more.", ""]


def test_the_review_is_left_out_only_for_a_system_that_is_not_critical(given: Given) -> None:
    world = given.world
    number = given.take_release(given.release(), "AWAITING_SECURITY_REVIEW")
    given.act(number, "skip_review", by=world.coordinator, reason="Only new icons.")
    assert given.release_of(number).review_skipped_because == "Only new icons."
    given.change(world.care, critical=True)
    critical = given.take_release(given.release("2.1"), "AWAITING_SECURITY_REVIEW")
    assert refused(given, critical, "skip_review", by=world.coordinator, reason="Only icons.") == ["critical"]


def test_a_critical_system_is_approved_only_with_both_its_plans_in_force(given: Given) -> None:
    world = given.world
    given.change(world.care, critical=True)
    number = given.take_release(given.release(), "AWAITING_OPERATIONAL_APPROVAL")
    given.act(number, "cosign", by=world.head_of_it)
    assert refused(given, number, "approve", by=world.head) == ["no-plan"]
    office, head, head_of_it = given.office, given.actor(world.head), given.actor(world.head_of_it)
    plans.adopt(office, NewPlan(system="CARE", kind=PlanKind.SECURITY, reference="§ 4", first=LONG_AGO), head, NOW)
    plans.adopt(office, NewPlan(system="CARE", kind=PlanKind.OUTAGE, reference="§ 5", first=LONG_AGO), head, NOW)
    assert refused(given, number, "approve", by=world.head) == ["no-plan"], "the head of IT has not agreed to one"
    plans.agree(office, "CARE", "§ 5", head_of_it, NOW)
    given.act(number, "approve", by=world.head)
    assert given.state(number) == "AWAITING_DEPLOYMENT"


def test_a_plan_is_adopted_by_whoever_decides_for_the_system_and_agreed_to_by_the_head_of_it(given: Given) -> None:
    world, office = given.world, given.office
    new = NewPlan(system="CARE", kind=PlanKind.OUTAGE, reference="§ 5", first=TODAY)
    for somebody in (world.administrator, world.outsider, world.head_of_it):
        with pytest.raises(Refused):
            plans.adopt(office, new, given.actor(somebody), NOW)
    given.absence(world.head)
    plans.adopt(office, new, given.actor(world.deputy), NOW)
    with pytest.raises(Refused):
        plans.agree(office, "CARE", "§ 5", given.actor(world.deputy), NOW)
    with pytest.raises(BadInput):
        plans.adopt(office, new, given.actor(world.head), NOW)
    with pytest.raises(NotFound):
        plans.agree(office, "CARE", "§ 6", given.actor(world.head_of_it), NOW)


def test_nothing_is_approved_before_the_head_of_it_has_signed_that_it_works_with_other_systems(given: Given) -> None:
    number = given.take_release(given.release(), "AWAITING_OPERATIONAL_APPROVAL")
    assert refused(given, number, "approve", by=given.world.head) == ["not-cosigned"]
    assert refused(given, number, "cosign", by=given.world.coordinator) == ["no-mandate"]


# --- Dates ---------------------------------------------------------------------------------------------------------


def test_a_new_date_asks_again_whom_it_concerns_but_not_the_one_who_moved_it(given: Given) -> None:
    world = given.world
    number = given.take_release(given.release(), "AWAITING_DEPLOYMENT")
    given.act(number, "move_date", by=world.administrator, **NEXT_WEEK)
    assert {task.part for task in given.tasks(number)} == {"DEPLOY", "AGREE_DATE", "CONFIRM_DATE"}
    during = NEXT_WEEK["planned_from"]
    assert isinstance(during, datetime)
    assert refused(given, number, "deploy", by=world.administrator, now=during) == [
        "date-not-agreed",
        "date-not-confirmed",
    ]
    given.act(number, "agree_date", by=world.head_of_it)
    given.act(number, "confirm_date", by=world.head)
    given.act(number, "deploy", by=world.administrator, now=during)
    other = given.take_release(given.release("2.1"), "AWAITING_TEST")
    given.act(other, "move_date", by=world.head_of_it, **NEXT_WEEK)
    assert {task.part for task in given.tasks(other)} == {"TEST", "CONFIRM_DATE"}
    given.act(other, "move_date", by=world.head, **NEXT_WEEK)
    assert {task.part for task in given.tasks(other)} == {"TEST", "AGREE_DATE"}


def test_reminded_two_working_days_before_the_planned_date_and_told_on_it(given: Given) -> None:
    number = given.take_release(given.release(), "AWAITING_TEST")
    [task] = given.tasks(number)
    wednesday, friday = (
        datetime.fromisoformat("2026-03-18T17:00+01:00"),
        datetime.fromisoformat("2026-03-20T17:00+01:00"),
    )
    assert [(row["do"], datetime.fromisoformat(row["at"])) for row in task.schedule] == [
        ("remind", wednesday),
        ("escalate", friday),
        ("lapse", friday),
    ]
    sweep_all(given.office, wednesday)
    assert "administrator" in given.told(number, "REMINDER")


def test_the_date_moves_and_the_approval_never_comes_by_itself(given: Given) -> None:
    world = given.world
    number = given.take_release(given.release(), "AWAITING_OPERATIONAL_APPROVAL")
    sweep_all(given.office, ENDS)
    assert given.state(number) == "AWAITING_OPERATIONAL_APPROVAL"
    assert given.release_of(number).planned_from is None
    assert given.told(number, "RELEASE_MISSED") >= {"head", "coordinator", "head_of_it", "administrator"}
    assert {task.part for task in given.tasks(number)} == {"APPROVE", "COSIGN", "SET_DATE"}
    given.act(number, "cosign", by=world.head_of_it, now=ENDS)
    assert refused(given, number, "approve", by=world.head, now=ENDS) == ["no-date", "date-not-agreed"]
    assert given.may(number, Part.SET_DATE, now=ENDS)[0] == "administrator"
    given.act(number, "move_date", by=world.administrator, now=ENDS, **NEXT_WEEK)
    given.act(number, "agree_date", by=world.head_of_it, now=ENDS)
    given.act(number, "approve", by=world.head, now=ENDS)
    assert given.state(number) == "AWAITING_DEPLOYMENT"
    assert not broken(given.database, given.organisation.id)


def test_nothing_is_deployed_outside_the_agreed_window(given: Given) -> None:
    number = given.take_release(given.release(), "AWAITING_DEPLOYMENT")
    for moment in (BEGINS - timedelta(minutes=1), ENDS):
        assert refused(given, number, "deploy", by=given.world.administrator, now=moment) == ["outside-the-window"]
    given.act(number, "deploy", by=given.world.administrator, now=ENDS - timedelta(minutes=1))


def test_a_date_that_has_passed_or_has_no_length_is_not_planned(given: Given) -> None:
    with pytest.raises(Refused):
        given.release(planned_from=NOW - timedelta(hours=2), planned_until=NOW - timedelta(hours=1))
    with pytest.raises(BadInput):
        given.release(planned_from=ENDS, planned_until=BEGINS)
    number = given.release()
    past = {"planned_from": NOW - timedelta(hours=2), "planned_until": NOW, "reason": "?"}
    assert refused(given, number, "move_date", by=given.world.administrator, **past) == ["no-date"]


def test_what_is_approved_may_be_moved_to_the_same_evening(given: Given) -> None:
    world, evening = given.world, datetime.fromisoformat("2026-03-19T17:30+01:00")
    tonight: dict[str, Any] = {
        "planned_from": evening + timedelta(minutes=30),
        "planned_until": evening + timedelta(hours=4),
    }
    undecided = given.take_release(given.release("1.9"), "AWAITING_TEST")
    codes = refused(given, undecided, "move_date", by=world.administrator, now=evening, reason="Now.", **tonight)
    assert codes == ["no-date"], "nothing that is not ready by 17:00 is deployed that evening"
    number = given.take_release(given.release(), "AWAITING_DEPLOYMENT")
    given.act(number, "move_date", by=world.head_of_it, now=evening, reason="Tonight instead.", **tonight)
    given.act(number, "confirm_date", by=world.head, now=evening)
    sweep_all(given.office, evening + timedelta(minutes=10))
    given.act(number, "deploy", by=world.administrator, now=evening + timedelta(hours=1))


def test_an_urgent_fix_may_be_planned_for_the_same_evening(given: Given) -> None:
    given.urgent_path_is_open()
    evening = datetime.fromisoformat("2026-03-10T20:00+01:00")
    number = given.release(
        urgent_reason="The hole is being used.",
        now=evening,
        planned_from=evening,
        planned_until=evening + timedelta(hours=3),
    )
    sweep_all(given.office, evening + timedelta(minutes=1))
    given.act(number, "go_ahead", by=given.world.head, now=evening + timedelta(minutes=5))
    given.act(number, "deploy", by=given.world.administrator, now=evening + timedelta(minutes=9), comment="Tried.")


# --- Deployment, registration, back --------------------------------------------------------------------------------


def test_two_releases_of_one_system_are_never_in_deployment_at_once(given: Given) -> None:
    first = given.take_release(given.release(), "AWAITING_DEPLOYMENT")
    second = given.take_release(given.release("2.1"), "AWAITING_OPERATIONAL_APPROVAL")
    given.act(second, "cosign", by=given.world.head_of_it)
    assert refused(given, second, "approve", by=given.world.head) == ["another-in-deployment"]
    given.act(first, "roll_back", by=given.world.administrator, now=BEGINS, reason="It does not start.")
    given.act(second, "approve", by=given.world.head)


def test_an_approved_release_of_which_nothing_can_be_installed_is_only_its_owners_to_take_back(given: Given) -> None:
    world = given.world
    number = given.take_release(given.release(), "AWAITING_DEPLOYMENT")
    said: dict[str, Any] = {"by": world.administrator, "reason": "I would rather not."}
    before, after = BEGINS - timedelta(minutes=1), ENDS
    for hour in (NOW, before, after):
        assert refused(given, number, "roll_back", now=hour, **said) == ["not-begun"]
    # A date that nobody but the administrator knows of opens no window.
    sooner: dict[str, Any] = {"planned_from": NOW, "planned_until": NOW + timedelta(hours=4)}
    given.act(number, "move_date", **said, **sooner)
    assert refused(given, number, "roll_back", now=NOW, **said) == ["not-begun"]
    given.act(number, "confirm_date", by=world.head)
    given.act(number, "roll_back", now=NOW, by=world.administrator, reason="It stopped half way.")
    other = given.take_release(given.release("2.1"), "AWAITING_DEPLOYMENT")
    assert refused(given, other, "roll_back", by=world.head, reason="Too soon.") == ["not-begun"]
    given.act(other, "withdraw", by=world.head, reason="Too soon.")


def test_another_version_than_the_approved_one_is_an_obstacle_and_never_registered(given: Given) -> None:
    number = given.take_release(given.release(), "AWAITING_REGISTRATION")
    technician = given.world.technician
    wrong = {"version": "2.0.1", "ticket_number": "N-1"}
    assert refused(given, number, "register", by=technician, now=BEGINS, **wrong) == ["another-version"]
    given.act(number, "report_obstacle", by=technician, now=BEGINS, reason="2.0.1 is installed.")
    assert given.state(number) == "AWAITING_DEPLOYMENT"
    assert given.release_of(number).deployed_by_id is None


def test_what_is_installed_wrongly_is_not_withdrawn_but_rolled_back(given: Given) -> None:
    number = given.take_release(given.release(), "AWAITING_REGISTRATION")
    given.act(number, "report_obstacle", by=given.world.technician, now=BEGINS, reason="2.0.1 is installed.")
    assert refused(given, number, "withdraw", by=given.world.head, now=BEGINS, reason="Stop.") == ["installed"]
    assert refused(given, number, "withdraw", by=given.world.administrator, now=BEGINS, reason="Stop.") == [
        "no-mandate",
        "installed",
    ]
    given.act(number, "roll_back", by=given.world.administrator, now=BEGINS, reason="Out with it.")


def test_a_finding_that_comes_after_the_approval_stops_the_deployment(given: Given) -> None:
    world = given.world
    number = given.take_release(given.release(), "AWAITING_DEPLOYMENT")
    given.act(number, "note_finding", by=world.coordinator, comment="A hole is known.", blocking="yes")
    assert refused(given, number, "deploy", by=world.administrator, now=BEGINS) == ["blocking-finding"]
    given.act(number, "resolve_finding", by=world.coordinator, finding="1", comment="Shut.")
    given.act(number, "deploy", by=world.administrator, now=BEGINS)


def test_a_finding_says_whether_it_stops_the_approval(given: Given) -> None:
    number = given.take_release(given.release(), "AWAITING_SECURITY_REVIEW")
    assert refused(given, number, "note_finding", by=given.world.coordinator, comment="Odd.") == ["needs-blocking"]


def test_rolled_back_the_earlier_version_stands(given: Given) -> None:
    in_operation(given)
    number = in_operation(given, "3.0")
    given.act(number, "roll_back", by=given.world.administrator, now=ENDS, reason="It loses journals.")
    assert given.state(number) == "ROLLED_BACK"
    assert versions(given) == [("2.0", False), ("3.0", False), ("2.0", True)]
    assert given.told(number, "RELEASE_ROLLED_BACK") >= {"coordinator", "head_of_it", "head", "technician"}
    assert not broken(given.database, given.organisation.id)


def test_only_the_version_in_operation_can_be_rolled_back(given: Given) -> None:
    first = in_operation(given)
    in_operation(given, "3.0")
    codes = refused(given, first, "roll_back", by=given.world.administrator, now=ENDS, reason="Never liked it.")
    assert codes == ["not-in-operation"]


def test_what_is_rolled_back_before_it_was_in_operation_changes_nothing_that_is(given: Given) -> None:
    in_operation(given)
    number = given.take_release(given.release("3.0"), "AWAITING_REGISTRATION")
    given.act(number, "roll_back", by=given.world.administrator, now=BEGINS, reason="It does not start.")
    assert versions(given) == [("2.0", True)]


# --- Approval of the system ----------------------------------------------------------------------------------------


def test_the_first_release_of_a_new_system_is_what_approves_it_for_operation(given: Given) -> None:
    system = given.system("NEW", administrator=given.world.administrator, approved=False, profiles=("READ",))
    with pytest.raises(Refused):
        given.order(system="NEW")
    in_operation(given, "1.0", system="NEW")
    assert given.again(system).approved_on == TODAY + timedelta(days=10)
    later = ENDS + timedelta(hours=1)
    given.order(system="NEW", now=later)


def test_a_first_release_that_is_rolled_back_leaves_nothing_approved(given: Given) -> None:
    system = given.system("NEW", administrator=given.world.administrator, approved=False, profiles=("READ",))
    number = in_operation(given, "1.0", system="NEW")
    given.act(number, "roll_back", by=given.world.administrator, now=ENDS, reason="Empty screens.")
    assert given.again(system).approval_withdrawn_on is not None
    with pytest.raises(Refused):
        given.order(system="NEW", now=ENDS)


def test_withdrawing_an_approval_stops_new_orders_and_tells_everybody_concerned(given: Given) -> None:
    world = given.world
    given.grant(world.outsider, world.read)
    number = given.order()
    told = releasing.withdraw_approval(given.office, "CARE", "Journals leak.", given.actor(world.head), NOW)
    letters = {given.recipient(row) for row in given.messages(kind="APPROVAL_WITHDRAWN")}
    assert told == len(letters)
    assert letters >= {"outsider", "manager", "administrator", "technician", "head_of_it", "coordinator", "deputy"}
    with pytest.raises(Refused):
        given.order(world.outsider, profile="WRITE")
    assert refused(given, number, "approve", by=world.head) == ["system-not-approved"]
    with pytest.raises(Refused):
        releasing.withdraw_approval(given.office, "CARE", "Again.", given.actor(world.head), NOW)
    in_operation(given, "2.0")
    assert given.all(ItSystem, ItSystem.key == "CARE")[0].approval_withdrawn_on is None


def test_only_whoever_decides_for_the_system_withdraws_its_approval(given: Given) -> None:
    for somebody in (given.world.administrator, given.world.head_of_it, given.world.coordinator, given.world.outsider):
        with pytest.raises(Refused):
            releasing.withdraw_approval(given.office, "CARE", "I say so.", given.actor(somebody), NOW)


# --- The short path ------------------------------------------------------------------------------------------------


def test_an_urgent_security_fix_goes_the_short_path_only_where_the_policy_opens_it(given: Given) -> None:
    with pytest.raises(Refused) as caught:
        given.release(urgent_reason="The hole is being used.")
    assert [reason.code for reason in caught.value.reasons] == ["no-short-path"]


def test_an_urgent_security_fix_is_deployed_on_the_owners_word_and_reviewed_afterwards(given: Given) -> None:
    world = given.world
    given.urgent_path_is_open()
    number = given.release(urgent_reason="The hole is being used.", planned_from=NOW)
    given.act(number, "go_ahead", by=world.head)
    assert given.state(number) == "AWAITING_DEPLOYMENT"
    assert given.told(number, "RELEASE_URGENT") == {"coordinator", "head_of_it", "administrator"}
    with pytest.raises(Refused):
        given.act(number, "deploy", by=world.administrator)
    given.act(number, "deploy", by=world.administrator, comment="Tried on one ward.")
    given.act(number, "register", by=world.technician, version="2.0", ticket_number="N-3")
    assert given.state(number) == "AWAITING_FOLLOW_UP"
    assert versions(given) == [("2.0", True)]
    assert given.case(number).closed_at is None
    sweep_all(given.office, NOW + timedelta(days=8))
    assert given.told(number, "ESCALATION") >= {"head", "head_of_it", "coordinator"}
    given.act(number, "note_finding", by=world.coordinator, comment="A door stands open.", blocking="yes")
    assert refused(given, number, "follow_up", by=world.coordinator, comment="Done.") == ["blocking-finding"]
    given.act(number, "resolve_finding", by=world.coordinator, finding="1", comment="It is shut.")
    given.act(number, "follow_up", by=world.coordinator, comment="Done.")
    assert given.state(number) == "IN_OPERATION"
    assert not broken(given.database, given.organisation.id)


def test_an_urgent_fix_does_not_wait_for_another_release_that_is_only_approved(given: Given) -> None:
    world = given.world
    given.urgent_path_is_open()
    waiting = given.take_release(given.release("3.0"), "AWAITING_DEPLOYMENT")
    number = given.release("2.0.1", urgent_reason="The hole is being used.", planned_from=NOW)
    given.act(number, "go_ahead", by=world.head)
    given.act(number, "deploy", by=world.administrator, comment="Tried.")
    assert refused(given, waiting, "deploy", by=world.administrator, now=BEGINS) == ["another-in-deployment"]
    given.act(number, "register", by=world.technician, version="2.0.1", ticket_number="N-3")
    given.act(waiting, "deploy", by=world.administrator, now=BEGINS)
    assert not broken(given.database, given.organisation.id)


def test_the_short_path_approves_nothing_new(given: Given) -> None:
    given.urgent_path_is_open()
    given.system("NEW", administrator=given.world.administrator, approved=False)
    number = given.release(system="NEW", urgent_reason="Quick.", planned_from=NOW)
    assert refused(given, number, "go_ahead", by=given.world.head) == ["not-approved"]


# --- Files ---------------------------------------------------------------------------------------------------------


def test_a_file_is_kept_by_what_it_holds_and_is_part_of_the_evidence(given: Given) -> None:
    number = given.take_release(given.release(), "AWAITING_TEST")
    given.attach(number)
    [row] = given.all(Attachment)
    assert given.office.files is not None
    assert given.office.files.get(row.sha256) == b"Forty cases, none failed."
    [event] = [event for event in given.events(number) if event.kind == "attach"]
    assert event.data["file"]["sha256"] == row.sha256


@pytest.mark.parametrize(
    ("name", "contents"),
    [
        ("protocol.pdf", b"MZ\x90\x00 a program that calls itself a document"),
        ("protocol.png", b"%PDF-1.7 a document that calls itself a picture"),
        ("protocol.txt", b"\x00\x01 no text"),
        ("protocol.txt", b"%PDF-1.7 a document that calls itself text"),
        ("protocol.exe", b"MZ\x90\x00"),
        ("protocol", b"Forty cases."),
        ("protocol.txt", b""),
        ("protocol.txt", b"x" * 20_000_001),
    ],
)
def test_a_file_whose_type_lies_or_is_not_taken_is_refused_and_nothing_is_kept(
    given: Given, name: str, contents: bytes
) -> None:
    number = given.take_release(given.release(), "AWAITING_TEST")
    with pytest.raises(BadInput):
        given.attach(number, name=name, contents=contents)
    assert given.all(Attachment) == []


def test_a_files_name_leads_into_no_other_folder(given: Given) -> None:
    number = given.take_release(given.release(), "AWAITING_TEST")
    given.attach(number, name="../../etc/..\\passwd\n.txt")
    [row] = given.all(Attachment)
    assert row.name == "passwd.txt"


def test_a_protocol_is_the_testers_and_a_review_the_coordinators(given: Given) -> None:
    number = given.take_release(given.release(), "AWAITING_TEST")
    for kind, by in (
        (AttachmentKind.PROTOCOL, given.world.coordinator),
        (AttachmentKind.REVIEW, given.world.administrator),
        (AttachmentKind.OTHER, given.world.outsider),
    ):
        with pytest.raises(Refused):
            given.attach(number, kind, by=by)
    given.attach(number, AttachmentKind.REVIEW, by=given.world.coordinator)
    given.attach(number, AttachmentKind.OTHER, by=given.world.technician)


def test_a_file_that_was_changed_or_lost_behind_our_back_is_found(given: Given) -> None:
    number = given.take_release(given.release(), "AWAITING_TEST")
    given.attach(number)
    given.attach(number, contents=b"Another protocol.")
    given.attach(number, contents=b"A third one.")
    store = given.office.files
    assert store is not None
    changed, lost, _ = given.all(Attachment)
    store.path(changed.sha256).write_bytes(b"All is well.")
    store.path(lost.sha256).unlink()
    with given.database.reading(given.organisation.id) as session:
        found = [(file["file"], what is None) for file, what in attachments.astray(session, store)]
    assert found == [(1, False), (2, False), (3, True)]


def test_nobody_attaches_what_was_never_looked_at(given: Given) -> None:
    number = given.take_release(given.release(), "AWAITING_TEST")
    assert refused(given, number, "attach", by=given.world.administrator, file="a" * 64) == ["no-file"]


def test_two_approve_a_release_and_one_comes_too_late(given: Given) -> None:
    number = given.take_release(given.release(), "AWAITING_OPERATIONAL_APPROVAL")
    given.act(number, "cosign", by=given.world.head_of_it)
    given.act(number, "approve", by=given.world.head)
    with pytest.raises(Conflict):
        given.act(number, "approve", by=given.world.deputy)


def test_an_expired_delegation_approves_no_release(given: Given) -> None:
    number = given.take_release(given.release(), "AWAITING_OPERATIONAL_APPROVAL")
    given.act(number, "cosign", by=given.world.head_of_it)
    given.change(given.world.delegation, valid_to=date(2026, 3, 9))
    assert "delegation-not-valid" in refused(given, number, "approve", by=given.world.head)
    given.act(number, "approve", by=given.world.chair)
