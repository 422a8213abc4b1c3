"""What happens because nobody acted, and because a day has come: each due thing once, in order, whoever was down."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from models import AccessGrant, Case, Event, GrantState, Message, Part, RequestKind, Task
from tests.given import NOW, TODAY, Given
from workflows.deadlines import end_of_day, start_of_day
from workflows.escalation import sweep, sweep_all, sweep_tasks
from workflows.expiry import sweep_grants


def stockholm(day: int, hour: int = 10, month: int = 3) -> datetime:
    """An hour on a day of the spring of 2026, by the clock on the wall until the clocks change on the 29th."""
    return datetime(2026, month, day, hour - (2 if (month, day) >= (3, 29) else 1), tzinfo=UTC)


def kinds(given: Given, number: str) -> list[str]:
    return [event.kind for event in given.events(number)]


# --- An undecided request, from reminder to lapse -------------------------------------------------------------------


def test_a_decision_is_reminded_escalated_twice_and_lapses_by_the_working_calendar(given: Given) -> None:
    # Opened on Tuesday 10 March at 10:00.
    number = given.order()
    assert sweep_tasks(given.office, stockholm(11, 9)) == 0, "one working day has not gone yet"
    for at, kind, told in (
        (stockholm(11), "REMINDER", {"head"}),  # after 1 working day
        (stockholm(13), "ESCALATION", {"deputy"}),  # Friday, after 3
        (stockholm(18), "ESCALATION", {"chair"}),  # after 6, the weekend between
    ):
        before = len(given.messages(number, kind))
        assert sweep_tasks(given.office, at) == 1
        assert sweep_tasks(given.office, at) == 0, "a due thing happens once"
        assert given.told(number, kind) >= told
        assert len(given.messages(number, kind)) > before
    assert given.state(number) == "AWAITING_DECISION"
    # After 15 working days: Tuesday 31 March, when summer time has begun.
    assert sweep_tasks(given.office, stockholm(31, 10) - timedelta(minutes=1)) == 0
    assert sweep_tasks(given.office, stockholm(31, 10)) == 1
    assert given.state(number) == "LAPSED"
    assert given.told(number, "LAPSED") == {"manager"}
    assert not given.grants()
    assert kinds(given, number) == ["submit", "remind", "escalate", "escalate", "lapse"]
    assert given.is_whole()


def test_each_step_gives_the_right_to_act_to_those_it_names(given: Given) -> None:
    number = given.order()
    assert given.may(number, Part.DECIDE) == ["head"]
    sweep_tasks(given.office, stockholm(13))
    assert given.may(number, Part.DECIDE) == ["head", "deputy"]
    sweep_tasks(given.office, stockholm(18))
    assert given.may(number, Part.DECIDE) == ["head", "deputy", "chair"]
    outcome = given.act(number, "approve", by=given.world.chair, now=stockholm(18, 11))
    assert outcome.state == "AWAITING_EXECUTION"
    [event] = [event for event in given.events(number) if event.kind == "approve"]
    assert event.mandate is not None
    assert (event.mandate["basis"], event.mandate["step"]) == ("chair", 2)
    assert given.told(number, "HANDLED_BY_OTHER") == {"head", "deputy"}


def test_a_scheduler_that_was_down_for_a_week_catches_up_in_order_with_one_message_a_person(given: Given) -> None:
    number = given.order()
    assert sweep_tasks(given.office, stockholm(18, 12)) == 1
    assert kinds(given, number) == ["submit", "remind", "escalate", "escalate"]
    heard = [row.recipient_id for row in given.messages(number) if row.kind in ("REMINDER", "ESCALATION")]
    assert len(heard) == len(set(heard)) == 3
    [task] = given.tasks(number)
    assert (task.reminded, task.step, task.done) == (1, 2, 3)


def test_a_case_that_should_long_have_lapsed_lapses_and_nobody_is_chased_about_it(given: Given) -> None:
    number = given.order()
    sweep_tasks(given.office, stockholm(30, month=6))
    assert given.state(number) == "LAPSED"
    assert not given.messages(number, "ESCALATION")
    assert {row.kind for row in given.messages(number)} == {"TASK_OPENED", "LAPSED", "HANDLED_BY_OTHER"}


def test_execution_is_escalated_by_the_hour_to_the_head_of_department_and_the_head_of_it(given: Given) -> None:
    number = given.take(given.order(), "AWAITING_EXECUTION")
    assert sweep_tasks(given.office, stockholm(10, 14)) == 1
    assert given.told(number, "REMINDER") == {"administrator"}
    sweep_tasks(given.office, stockholm(11))
    sweep_tasks(given.office, stockholm(12))
    assert given.told(number, "ESCALATION") == {"head", "head_of_it"}
    # The head of department decided this one, and so carries nothing out.
    assert given.may(number, Part.EXECUTE) == ["administrator", "head_of_it"]
    sweep_tasks(given.office, stockholm(30, month=6))
    assert given.state(number) == "AWAITING_EXECUTION", "what was decided never lapses"


def test_an_undecided_end_is_revoked_by_default_and_says_so(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    number = given.order(kind=RequestKind.END)
    sweep_tasks(given.office, stockholm(31))
    assert given.state(number) == "AWAITING_EXECUTION"
    [decision] = given.decisions(number)
    assert (decision.outcome, decision.decided_by_id, decision.mandate_basis) == ("DEFAULT", None, "rule")
    assert given.again(grant).state == GrantState.REVOCATION_PENDING


def test_a_task_keeps_the_limits_it_was_opened_under(given: Given) -> None:
    number = given.order()
    given.absence(given.world.outsider)
    [before] = given.tasks(number)
    later = given.order(profile="WRITE", now=stockholm(11))
    sweep_tasks(given.office, stockholm(11))
    assert given.tasks(number)[0].schedule == before.schedule
    assert given.tasks(later)[0].schedule != before.schedule


def test_one_case_that_cannot_be_swept_holds_up_no_other(given: Given, caplog: pytest.LogCaptureFixture) -> None:
    bad, good = given.order(), given.order(profile="WRITE")
    [task] = given.tasks(bad)
    given.change(task, schedule=[{"at": "nonsense"}])
    assert sweep_tasks(given.office, stockholm(11, 12)) == 1
    assert kinds(given, good) == ["submit", "remind"]
    assert kinds(given, bad) == ["submit"]
    assert "left as it was" in caplog.text


def test_a_sweep_that_did_something_is_an_event_and_one_that_did_nothing_is_not(given: Given) -> None:
    given.order()
    assert sweep_all(given.office, stockholm(10, 11)).tasks == 0
    assert not given.all(Event, Event.kind == "sweep")
    assert sweep(given.office, "tasks", stockholm(11, 12)) == 1
    [event] = given.all(Event, Event.kind == "sweep")
    assert (event.data, event.case_id) == ({"tasks": 1}, None)


# --- Grants over time ----------------------------------------------------------------------------------------------


def test_a_grant_begins_on_its_first_day_is_warned_of_twice_and_ends_after_its_last(given: Given) -> None:
    first, last = TODAY + timedelta(days=2), TODAY + timedelta(days=60)
    grant = given.held(starts_on=first, ends_on=last)
    assert grant.state == GrantState.SCHEDULED
    assert sweep_grants(given.office, start_of_day(first) - timedelta(seconds=1)) == 0
    assert sweep_grants(given.office, start_of_day(first)) == 1
    assert given.again(grant).state == GrantState.ACTIVE
    number = given.all(Case)[0].number
    for days in (30, 7):
        before = len(given.messages(number, "ACCESS_ENDING"))
        sweep_grants(given.office, end_of_day(last) - timedelta(days=days))
        assert sweep_grants(given.office, end_of_day(last) - timedelta(days=days)) == 0
        assert len(given.messages(number, "ACCESS_ENDING")) == before + 2
    assert given.told(number, "ACCESS_ENDING") == {"nurse", "manager"}
    assert sweep_grants(given.office, end_of_day(last)) == 1
    assert given.again(grant).state == GrantState.REVOCATION_PENDING
    [end] = given.all(Case, Case.parent_id.is_not(None))  # type: ignore[union-attr]
    assert end.state == "AWAITING_EXECUTION"
    [decision] = given.decisions(end.number)
    assert decision.outcome == "TIME_OUT"
    given.act(end.number, "execute", by=given.world.administrator, now=end_of_day(last) + timedelta(hours=10))
    given.act(
        end.number,
        "register",
        by=given.world.technician,
        ticket_number="N-2",
        now=end_of_day(last) + timedelta(hours=11),
    )
    assert given.again(grant).state == GrantState.EXPIRED


def test_of_two_missed_warnings_only_the_latest_is_sent(given: Given) -> None:
    last = TODAY + timedelta(days=60)
    given.held(ends_on=last)
    sweep_grants(given.office, end_of_day(last) - timedelta(days=3))
    assert len(given.all(Message, Message.kind == "ACCESS_ENDING")) == 2


def test_nobody_is_warned_of_an_end_nearer_than_the_warning(given: Given) -> None:
    grant = given.held(ends_on=TODAY + timedelta(days=5))
    assert grant.next_action_at == grant.ends_at


def test_a_renewal_that_is_decided_keeps_the_access_while_it_is_carried_out(given: Given) -> None:
    last = TODAY + timedelta(days=1)
    grant = given.held(ends_on=last)
    number = given.order(kind=RequestKind.RENEW, ends_on=TODAY + timedelta(days=90))
    given.act(number, "approve", by=given.world.head)
    night = end_of_day(last)
    sweep_grants(given.office, night)
    assert given.again(grant).state == GrantState.ACTIVE
    assert sweep_grants(given.office, night + timedelta(minutes=30)) == 0, "looked at again after an hour"
    given.act(number, "execute", by=given.world.administrator, now=night + timedelta(hours=9))
    given.act(number, "register", by=given.world.technician, ticket_number="N-3", now=night + timedelta(hours=10))
    sweep_grants(given.office, night + timedelta(hours=11))
    renewed = given.again(grant)
    assert (renewed.state, renewed.ends_on) == (GrantState.ACTIVE, TODAY + timedelta(days=90))


def test_a_renewal_that_fails_after_the_time_is_out_ends_the_access(given: Given) -> None:
    last = TODAY + timedelta(days=1)
    grant = given.held(ends_on=last)
    number = given.take(given.order(kind=RequestKind.RENEW, ends_on=TODAY + timedelta(days=90)), "FAILED")
    assert given.state(number) == "FAILED"
    sweep_grants(given.office, end_of_day(last))
    assert given.again(grant).state == GrantState.REVOCATION_PENDING


def test_an_undecided_renewal_keeps_nothing_open(given: Given) -> None:
    last = TODAY + timedelta(days=1)
    grant = given.held(ends_on=last)
    given.order(kind=RequestKind.RENEW, ends_on=TODAY + timedelta(days=90))
    sweep_grants(given.office, end_of_day(last))
    assert given.again(grant).state == GrantState.REVOCATION_PENDING


def test_a_change_that_begins_later_leaves_no_gap(given: Given) -> None:
    old = given.held()
    first = TODAY + timedelta(days=40)
    number = given.take(
        given.order(kind=RequestKind.CHANGE, profile="WRITE", from_profile="READ", starts_on=first), "COMPLETED"
    )
    shortened = given.again(old)
    assert (shortened.state, shortened.ends_on) == (GrantState.ACTIVE, first - timedelta(days=1))
    sweep_grants(given.office, start_of_day(first) - timedelta(days=7))
    assert not given.all(Message, Message.kind == "ACCESS_ENDING"), "what comes after it is there already"
    sweep_grants(given.office, start_of_day(first))
    states = {row.profile_id: row.state for row in given.grants()}
    assert states[given.world.write.id] == GrantState.ACTIVE
    assert states[given.world.read.id] == GrantState.REVOCATION_PENDING
    assert given.state(number) == "COMPLETED"


def test_a_change_to_what_is_held_is_no_change(given: Given) -> None:
    from workflows.errors import Refused

    given.held()
    with pytest.raises(Refused, match="already has this access"):
        given.order(kind=RequestKind.CHANGE)


def test_two_sweeps_end_a_grant_once(given: Given) -> None:
    last = TODAY + timedelta(days=1)
    given.grant(given.world.nurse, given.world.read, ends_on=last, next_action_at=end_of_day(last))
    assert sweep_grants(given.office, end_of_day(last)) == 1
    assert sweep_grants(given.office, end_of_day(last)) == 0
    assert len(given.all(Case)) == 1


def test_tasks_that_wait_are_swept_in_batches(given: Given) -> None:
    """More than one batch: nothing is left for the next minute."""
    with given.together():
        people = [given.person(f"p{place}", department=given.world.department) for place in range(3)]
    for person in people:
        for profile in ("READ", "WRITE", "ADMIN"):
            given.order(person, profile=profile)
    given.database.engine.dispose()
    assert sweep_tasks(given.office, stockholm(11, 12)) == 9
    with given.database.engine.connect() as connection:
        left = connection.execute(
            sa.select(sa.func.count()).select_from(Task).where(Task.next_action_at <= stockholm(11, 12))  # type: ignore[arg-type,operator]
        ).scalar_one()
    assert left == 0


# --- One message where one is enough -------------------------------------------------------------------------------


def test_a_question_back_is_one_message(given: Given) -> None:
    number = given.take(given.order(), "AWAITING_COMPLETION")
    [message] = [row for row in given.messages(number) if given.recipient(row) == "manager"]
    assert message.kind == "QUESTION_BACK"
    assert "Which ward?" in message.text
    [task] = given.tasks(number)
    assert message.task_id == task.id


def test_access_that_ends_on_an_hour_ends_on_that_hour(given: Given) -> None:
    at = datetime(2026, 3, 12, 13, 0, tzinfo=UTC)
    grant = given.held(ends_at=at)
    assert grant.ends_on == date(2026, 3, 12)
    sweep_grants(given.office, at - timedelta(seconds=1))
    assert given.again(grant).state == GrantState.ACTIVE
    sweep_grants(given.office, at)
    assert given.again(grant).state == GrantState.REVOCATION_PENDING
    assert given.all(AccessGrant)[0].ended_at is None, "expired is not removed"
    assert sweep_grants(given.office, NOW + timedelta(days=9)) == 0
