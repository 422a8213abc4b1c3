"""An end that was asked or decided before somebody is to leave, and whatever becomes of that departure afterwards."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models import (
    AccessGrant,
    AuthorisationRequest,
    Case,
    DepartureKind,
    DepartureNotice,
    EmploymentKind,
    Event,
    RequestKind,
)
from tests.departing import FIVE, LAST, asked, carry_out, close, dismissed
from tests.given import NOW, TODAY, Given, codes
from tests.invariants import broken
from workflows.departure_views import board, departure_view
from workflows.errors import Refused
from workflows.escalation import sweep_all
from workflows.reordering import order_again

DAY = timedelta(days=1)
MONTH = 30 * DAY
ENDED = "REVOCATION_PENDING"


@pytest.fixture
def given(embedded: Given) -> Given:
    """What is decided by rules, and by no engine; random lives try it on both."""
    return embedded


def move_of(given: Given, **changes: Any) -> str:
    """The nurse gets other duties."""
    unit = given.department("SCHOOL", body=given.world.board)
    return given.leaves(kind=DepartureKind.MOVE, new_department=unit.key, **{"last_day": TODAY, **changes})


def ends_of(given: Given, grant: AccessGrant) -> dict[str, str]:
    """The requests to end an access: the number and state of each."""
    ends = given.all(
        AuthorisationRequest, AuthorisationRequest.grant_id == grant.id, AuthorisationRequest.kind == RequestKind.END
    )
    return {case.number: case.state for row in ends for case in given.all(Case, Case.id == row.id)}


def end_of(given: Given, number: str, grant: AccessGrant) -> str:
    """The part of a departure or of a change of duties that ends an access."""
    return next(part.number for part in given.parts(number) if given.request(part.number).grant_id == grant.id)


def stays(given: Given, number: str, now: datetime = NOW) -> None:
    """HR cancels it, and it is swept."""
    given.act(number, "cancel", by=given.world.hr, reason="They stay.", now=now)
    sweep_all(given.office, now)


# --- An end that was decided -----------------------------------------------------------------------------------------


def test_an_end_at_once_that_was_decided_goes_on_whatever_becomes_of_the_departure(given: Given) -> None:
    grant = given.held()
    end = given.order(kind="END", purpose="Changes ward.")
    given.act(end, "approve", by=given.world.head)
    number = given.leaves()
    given.act(number, "move_day", by=given.world.hr, last_day=LAST + 7 * DAY, reason="Later.")
    assert given.again(grant).state == ENDED
    stays(given, number)
    assert (given.state(number), given.state(end), given.again(grant).state) == (
        "CANCELLED",
        "AWAITING_EXECUTION",
        ENDED,
    )


@pytest.mark.parametrize("to", [LAST + 7 * DAY, LAST - 2 * DAY])
def test_an_end_that_was_decided_stands_when_the_day_is_moved_and_then_cancelled(given: Given, to: date) -> None:
    grant = given.held()
    end = given.order(kind="END", purpose="Changes ward.", ends_on=TODAY + 5 * DAY)
    given.act(end, "approve", by=given.world.head)
    number = given.leaves()
    given.act(number, "move_day", by=given.world.hr, last_day=to, reason="Another day.")
    stays(given, number)
    sweep_all(given.office, NOW + 10 * DAY)
    assert given.again(grant).state == ENDED


def test_an_end_that_was_decided_is_shown_and_waited_for_where_they_leave(given: Given) -> None:
    grant = given.held()
    end = given.order(kind="END", purpose="Changes ward.")
    given.act(end, "approve", by=given.world.head)
    number = given.leaves(last_day=TODAY)
    with given.database.reading(given.organisation.id) as session:
        page = departure_view(session, given.office, number, given.actor(given.world.hr), NOW)
        [row] = [
            row for row in board(session, given.office, given.actor(given.world.hr), NOW) if row["number"] == number
        ]
    assert [(row["number"], row["gone"]) for row in page["access"]] == [(end, False)]
    assert (given.state(number), row["left"]) == ("AWAITING_EXECUTION", len(given.tasks(number)) + 1)
    given.act(end, "execute", by=given.world.administrator, account_name="a1")
    assert given.state(number) == "AWAITING_REGISTRATION", "in the same moment"
    given.act(end, "register", by=given.world.technician, ticket_number="N-1")
    assert given.again(grant).ended_at is not None
    assert not broken(given.database, given.organisation.id)


def test_an_end_that_comes_too_late_for_a_dismissal_is_asked_for_anew_within_the_hour(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    move = move_of(given)
    late = end_of(given, move, grant)
    given.act(late, "approve", by=given.world.head)
    number = given.leaves(kind=DepartureKind.IMMEDIATE)
    assert given.state(late) == "WITHDRAWN"
    [task] = given.tasks(end_of(given, number, grant))
    assert task.due_at == NOW + timedelta(hours=1)


def test_what_is_removed_for_a_change_of_duties_is_not_removed_by_the_departure(given: Given) -> None:
    world = given.world
    given.grant(world.nurse, world.read)
    move = move_of(given)
    [part] = given.parts(move)
    given.act(part.number, "approve_with_changes", by=world.head, ends_on=TODAY)
    number, later = given.leaves(last_day=TODAY + 3 * MONTH), NOW + DAY
    sweep_all(given.office, later)
    given.act(part.number, "execute", by=world.administrator, account_name="a1", now=later)
    stays(given, number, later)
    assert given.state(move) == "AWAITING_REGISTRATION"
    given.act(part.number, "register", by=world.technician, ticket_number="N-1", now=later)
    with pytest.raises(Refused):
        order_again(given.office, number, given.actor(world.hr), later)
    assert not broken(given.database, given.organisation.id)


@pytest.mark.parametrize("by", ["somebody", "a change of duties", "a departure"])
def test_an_end_that_is_asked_for_already_is_not_asked_for_again(given: Given, by: str) -> None:
    grant = given.held()
    if by == "somebody":
        given.order(kind="END", purpose="Changes ward.")
    else:
        _ = move_of(given) if by == "a change of duties" else given.leaves()
    with pytest.raises(Refused) as refused:
        given.order(kind="END", purpose="Changes ward.")
    assert codes(refused) == {"duplicate"}
    assert len(ends_of(given, grant)) == 1


# --- Until when access lasts when an end is called off ---------------------------------------------------------------


@pytest.mark.parametrize("decided", [True, False])
def test_access_that_runs_out_meanwhile_is_removed_all_the_same_when_they_stay(given: Given, *, decided: bool) -> None:
    grant = given.grant(given.world.nurse, given.world.read, ends_on=TODAY + 3 * DAY, next_action_at=NOW)
    number = given.leaves()
    if decided:
        given.act(given.parts(number)[0].number, "approve", by=given.world.head)
    for day in range(1, 6):
        sweep_all(given.office, NOW + day * DAY)
    stays(given, number, NOW + 5 * DAY)
    sweep_all(given.office, NOW + 6 * DAY)
    assert given.again(grant).state == ENDED
    assert sorted(ends_of(given, grant).values()) == ["AWAITING_EXECUTION", "WITHDRAWN"]
    events = len(given.all(Event))
    sweep_all(given.office, NOW + 6 * DAY)
    assert len(given.all(Event)) == events, "it is ended once"


def test_access_that_has_run_out_is_not_asked_about_when_the_day_is_moved(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read, ends_on=TODAY + 3 * DAY, next_action_at=NOW)
    now = NOW + 5 * DAY
    sweep_all(given.office, now)
    [end] = ends_of(given, grant)
    number = given.leaves(now=now)
    given.act(number, "move_day", by=given.world.hr, last_day=LAST + 2 * MONTH, reason="Later.", now=now)
    assert given.state(end) == "AWAITING_EXECUTION"


def test_a_departure_that_is_moved_sooner_leaves_the_earlier_day_of_an_owner(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    number = given.leaves(last_day=TODAY + MONTH)
    [part] = given.parts(number)
    given.act(part.number, "approve_with_changes", by=given.world.head, ends_on=TODAY + 2 * DAY)
    given.act(number, "move_day", by=given.world.hr, last_day=TODAY + 20 * DAY, reason="Sooner.")
    assert given.state(part.number) == "AWAITING_EXECUTION"
    sweep_all(given.office, NOW + 10 * DAY)
    assert given.again(grant).state == ENDED


def test_a_departure_that_is_moved_sooner_and_back_lets_access_last_as_it_was_confirmed(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    number = given.leaves(last_day=TODAY + MONTH)
    [part] = given.parts(number)
    given.act(part.number, "approve", by=given.world.head)
    confirmed = given.again(grant).ends_at
    for days in (10, 30):
        given.act(number, "move_day", by=given.world.hr, last_day=TODAY + days * DAY, reason="Another day.")
    assert given.again(grant).ends_at in (confirmed, None)
    assert given.request(part.number).ends_at == confirmed


@pytest.mark.parametrize("how", ["moved", "cancelled"])
def test_what_a_change_of_access_replaces_still_ends_when_the_change_begins(given: Given, how: str) -> None:
    grant = given.held()
    change = given.order(kind="CHANGE", profile="WRITE", from_profile="READ", starts_on=TODAY + 5 * DAY)
    given.take(change, "COMPLETED")
    number = given.leaves(last_day=TODAY + MONTH)
    for part in given.parts(number):
        given.act(part.number, "approve", by=given.world.head)
    if how == "moved":
        given.act(number, "move_day", by=given.world.hr, last_day=TODAY + 20 * DAY, reason="Sooner.")
    else:
        stays(given, number)
    assert given.again(grant).ends_on == TODAY + 4 * DAY


def test_what_is_renewed_and_not_registered_when_they_are_to_leave_ends_with_that(given: Given) -> None:
    world = given.world
    grant = given.held(ends_on=TODAY + 20 * DAY)
    renewal = given.order(kind="RENEW", ends_on=TODAY + 6 * MONTH)
    given.take(renewal, "AWAITING_REGISTRATION")
    number = given.leaves(last_day=LAST)
    [part] = given.parts(number)
    given.act(part.number, "approve", by=world.head)
    given.act(renewal, "register", by=world.technician, ticket_number="N-1")
    [notice] = given.all(DepartureNotice)
    assert given.again(grant).ends_at == notice.ends_at
    sweep_all(given.office, notice.ends_at)
    assert given.again(grant).state == ENDED


# --- A change of duties, and a departure that comes to nothing -------------------------------------------------------


@pytest.mark.parametrize("event", ["keep", "reject"])
def test_what_is_kept_when_it_is_asked_again_is_kept_for_good(given: Given, event: str) -> None:
    world = given.world
    grant = given.grant(world.nurse, world.read)
    move = move_of(given)
    stays(given, given.leaves(last_day=TODAY + 3 * MONTH), NOW + DAY)
    [part] = [each for each in given.parts(move) if each.closed_at is None]
    given.act(part.number, event, by=world.head, reason="Needed.", now=NOW + DAY)
    for day in (2, 20, 40):
        sweep_all(given.office, NOW + day * DAY)
    assert (given.again(grant).state, given.state(move)) == ("ACTIVE", "CLOSED")


def test_a_change_of_duties_that_hr_cancels_ends_nothing_of_whoever_is_to_leave_later(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    move = move_of(given)
    given.act(given.parts(move)[0].number, "approve", by=given.world.head)
    number = given.leaves(last_day=TODAY + 3 * MONTH)
    stays(given, move)
    assert end_of(given, number, grant), "the departure asks for the end itself"
    sweep_all(given.office, NOW + MONTH)
    assert given.again(grant).state == "ACTIVE"


def test_a_change_of_duties_asks_about_what_somebody_else_had_asked_to_end(given: Given) -> None:
    grant = given.held()
    given.grant(given.world.nurse, given.world.write)
    given.order(kind="END", purpose="Other duties.")
    move = move_of(given)
    assert len(given.parts(move)) == 1
    stays(given, given.leaves(last_day=TODAY + 3 * MONTH), NOW + DAY)
    assert "AWAITING_DECISION" in ends_of(given, grant).values()


def test_a_change_of_duties_stands_where_its_slowest_end_does_when_they_stay(given: Given) -> None:
    given.grant(given.world.nurse, given.world.read)
    move = move_of(given)
    given.act(given.parts(move)[0].number, "approve", by=given.world.head)
    number = given.leaves(last_day=TODAY + 3 * MONTH)
    sweep_all(given.office, NOW + DAY)
    stays(given, number, NOW + DAY)
    assert given.state(move) == "AWAITING_EXECUTION"
    assert not broken(given.database, given.organisation.id)


def test_a_part_of_a_change_of_duties_that_is_withdrawn_stays_so(given: Given) -> None:
    given.grant(given.world.nurse, given.world.read)
    move = move_of(given)
    [part] = given.parts(move)
    given.act(part.number, "return_for_completion", by=given.world.head, reason="What for?")
    given.act(part.number, "withdraw", by=given.world.hr)
    sweep_all(given.office, NOW + DAY)
    assert given.state(move) == "CLOSED"


def test_the_hour_of_a_change_of_duties_is_kept_when_its_owners_are_asked_again(given: Given) -> None:
    at = datetime(2026, 4, 20, 8, 0, tzinfo=UTC)
    given.grant(given.world.nurse, given.world.read)
    move = move_of(given, last_day=at.date(), ends_at=at)

    def ends_at() -> datetime:
        [row] = given.all(DepartureNotice, DepartureNotice.id == given.case(move).id)
        return row.ends_at

    before = ends_at()
    stays(given, given.leaves(last_day=TODAY + 3 * MONTH))
    assert ends_at() == before


def test_what_was_decided_of_a_change_of_duties_keeps_its_limits_when_others_are_asked_again(given: Given) -> None:
    world, later = given.world, NOW + 10 * DAY
    grant = given.grant(world.nurse, world.read)
    given.grant(world.nurse, world.write)
    move = move_of(given)
    decided = end_of(given, move, grant)
    given.act(decided, "approve", by=world.head)
    stays(given, given.leaves(last_day=TODAY + 3 * MONTH), later)
    end = given.again(grant).ends_at
    assert end is not None
    sweep_all(given.office, end)
    given.act(decided, "execute", by=world.administrator, account_name="a1", now=end)
    due = given.tasks(decided)[0].due_at
    assert due is not None
    assert due < end + 7 * DAY


def test_a_change_of_duties_that_is_moved_sooner_is_so_also_while_they_are_to_leave(given: Given) -> None:
    world = given.world
    grant = given.grant(world.nurse, world.read)
    move = move_of(given, last_day=TODAY + MONTH)
    given.act(given.parts(move)[0].number, "approve", by=world.head)
    number = given.leaves(last_day=TODAY + 3 * MONTH)
    given.act(move, "move_day", by=world.hr, last_day=TODAY, reason="Sooner.")
    stays(given, number)
    [row] = given.all(DepartureNotice, DepartureNotice.id == given.case(move).id)
    assert given.again(grant).ends_at == row.ends_at
    sweep_all(given.office, row.ends_at)
    carry_out(given, move, row.ends_at)
    sweep_all(given.office, row.ends_at)
    assert (given.state(move), asked(given, move)) == ("CLOSED", set())


# --- Found by looking for what was left ------------------------------------------------------------------------------


def test_a_draft_that_is_called_off_opens_nothing_that_is_being_removed(given: Given) -> None:
    grant = given.held()
    number = given.leaves(last_day=LAST)
    given.act(given.parts(number)[0].number, "approve", by=given.world.head)
    sweep_all(given.office, FIVE)
    given.order(kind="END", purpose="They have left.", submit=False, now=FIVE + DAY)
    sweep_all(given.office, FIVE + DAY)
    assert given.again(grant).state == ENDED


def test_a_draft_of_an_end_lapses_and_hides_nothing_from_a_change_of_duties(given: Given) -> None:
    given.held()
    draft = given.order(kind="END", purpose="Changes ward.", submit=False)
    assert len(given.parts(move_of(given))) == 1
    sweep_all(given.office, NOW + 2 * MONTH)
    assert given.state(draft) == "LAPSED"


@pytest.mark.parametrize("swept", [True, False])
def test_an_end_that_falls_due_while_the_access_is_suspended_is_registered(given: Given, *, swept: bool) -> None:
    world = given.world
    grant = given.held()
    end = given.order(kind="END", purpose="Changes ward.", ends_on=TODAY)
    given.act(end, "approve", by=world.head)
    given.brake_at(0)
    dismissed(given)
    now = NOW + DAY
    if swept:
        sweep_all(given.office, now)
    given.act(end, "execute", by=world.administrator, account_name="a1", now=now)
    given.act(end, "register", by=world.technician, ticket_number="N-1", now=now)
    assert given.again(grant).ended_at is not None


def test_a_renewal_that_nobody_registers_keeps_nothing_open_when_they_have_left(given: Given) -> None:
    grant = given.held(ends_on=TODAY + 2 * MONTH)
    given.take(given.order(kind="RENEW", ends_on=TODAY + 6 * MONTH), "AWAITING_REGISTRATION")
    number = given.leaves(last_day=LAST)
    given.act(given.parts(number)[0].number, "approve", by=given.world.head)
    sweep_all(given.office, FIVE)
    assert given.again(grant).state == ENDED


def test_a_renewal_that_is_registered_when_they_stay_gives_back_what_had_run_out(given: Given) -> None:
    grant = given.held(ends_on=TODAY + 3 * DAY)
    renewal = given.order(kind="RENEW", ends_on=TODAY + 10 * MONTH)
    given.take(renewal, "AWAITING_REGISTRATION")
    number = given.leaves(last_day=TODAY + 2 * DAY)
    sweep_all(given.office, NOW + 3 * DAY)
    stays(given, number, NOW + 5 * DAY)
    sweep_all(given.office, NOW + 6 * DAY)
    given.act(renewal, "register", by=given.world.technician, ticket_number="N-1", now=NOW + 6 * DAY)
    sweep_all(given.office, NOW + 7 * DAY)
    assert given.again(grant).state == "ACTIVE"


def test_access_that_was_kept_until_a_day_is_not_renewed_beyond_it_by_an_older_renewal(given: Given) -> None:
    world = given.world
    grant = given.held(ends_on=TODAY + 2 * MONTH)
    renewal = given.order(kind="RENEW", ends_on=TODAY + 10 * MONTH)
    given.take(renewal, "AWAITING_REGISTRATION")
    move = move_of(given, now=NOW + DAY)
    [part] = given.parts(move)
    until = TODAY + 20 * DAY
    given.act(part.number, "keep", by=world.head, reason="Until then.", ends_on=until, now=NOW + DAY)
    given.act(renewal, "register", by=world.technician, ticket_number="N-1", now=NOW + 2 * DAY)
    assert given.again(grant).ends_on == until


def test_access_that_was_kept_until_the_very_day_that_was_asked_for_ends_then(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read)
    [part] = given.parts(move_of(given))
    until = given.request(part.number).ends_on
    given.act(part.number, "keep", by=given.world.head, reason="Until then.", ends_on=until)
    before = given.again(grant).ends_at
    stays(given, given.leaves(last_day=TODAY + 3 * MONTH), NOW + DAY)
    assert (given.again(grant).ends_on, given.again(grant).ends_at) == (until, before)


def test_access_that_runs_out_while_its_end_is_undecided_is_over_at_once(given: Given) -> None:
    grant = given.grant(given.world.nurse, given.world.read, ends_on=TODAY + 3 * DAY, next_action_at=NOW)
    given.leaves()
    sweep_all(given.office, NOW + 5 * DAY)
    assert given.again(grant).state == ENDED


def test_what_an_owner_ends_sooner_is_due_sooner(given: Given) -> None:
    given.grant(given.world.nurse, given.world.read)
    [part] = given.parts(given.leaves(last_day=TODAY + 2 * MONTH))
    given.act(part.number, "approve_with_changes", by=given.world.head, ends_on=TODAY + 2 * DAY)
    due = given.tasks(part.number)[0].due_at
    assert due is not None
    assert due < NOW + 10 * DAY


def test_an_end_that_is_decided_for_a_day_to_come_is_not_late_before_it(given: Given) -> None:
    given.held()
    end = given.order(kind="END", purpose="Changes ward.", ends_on=TODAY + 20 * DAY)
    given.act(end, "approve", by=given.world.head)
    given.leaves(last_day=TODAY + 40 * DAY)
    with given.database.reading(given.organisation.id) as session:
        [row] = board(session, given.office, given.actor(given.world.hr), NOW + 8 * DAY)
    assert row["late"] == 0


@pytest.mark.parametrize("days", [(), (3, 60)])
def test_the_day_of_an_owner_stands_though_a_departure_called_the_end_off(given: Given, days: tuple[int, ...]) -> None:
    grant = given.held()
    last = TODAY + 5 * DAY
    end = given.order(kind="END", purpose="Changes ward.", ends_on=last)
    given.act(end, "approve", by=given.world.head)
    number = given.leaves(last_day=last)
    for day in days:
        given.act(number, "move_day", by=given.world.hr, last_day=TODAY + day * DAY, reason="Another day.")
    stays(given, number)
    sweep_all(given.office, NOW + 7 * DAY)
    assert given.again(grant).state == ENDED


def test_what_is_renewed_after_it_was_to_be_replaced_lasts_as_renewed_when_they_stay(given: Given) -> None:
    grant = given.held()
    change = given.order(kind="CHANGE", profile="WRITE", from_profile="READ", starts_on=TODAY + 20 * DAY)
    given.take(change, "COMPLETED")
    now = NOW + DAY
    given.take(given.order(kind="RENEW", ends_on=TODAY + 2 * MONTH, now=now), "COMPLETED", now=now)
    before = given.again(grant).ends_at
    stays(given, given.leaves(last_day=TODAY + 3 * MONTH, now=now), now)
    assert given.again(grant).ends_at == before


def test_owners_have_their_time_when_a_change_of_duties_is_let_go_late(given: Given) -> None:
    later = NOW + MONTH
    given.grant(given.world.nurse, given.world.read)
    given.brake_at(0)
    move = move_of(given)
    given.act(move, "release", by=given.world.coordinator, reason="Looked at.", now=later)
    sweep_all(given.office, later)
    assert given.state(given.parts(move)[0].number) == "AWAITING_DECISION"


def test_pages_count_what_is_left_once_and_where_it_is(given: Given) -> None:
    given.grant(given.world.nurse, given.world.read)
    move = move_of(given)
    number = given.leaves(last_day=TODAY + 3 * MONTH)
    stays(given, number)
    with given.database.reading(given.organisation.id) as session:
        hr = given.actor(given.world.hr)
        rows = {row["number"]: row["left"] for row in board(session, given.office, hr, NOW, every=True)}
        page = departure_view(session, given.office, move, hr, NOW)
    assert rows == {move: 1, number: 0}
    assert (page["left"], len(page["access"])) == (1, 1)


def test_one_sweep_does_all_that_follows_from_a_day_that_the_register_has_moved(given: Given) -> None:
    employment = given.employment_of(given.world.nurse)
    given.change(employment, kind=EmploymentKind.HOURLY, ends_on=TODAY + 6 * DAY)
    given.grant(given.world.nurse, given.world.read)
    given.act(given.order(kind="END", purpose="Changes.", ends_on=TODAY + 5 * DAY), "approve", by=given.world.head)
    sweep_all(given.office, NOW)
    given.change(employment, ends_on=TODAY + 2 * DAY)
    now = NOW + timedelta(hours=1)
    sweep_all(given.office, now)
    events = len(given.all(Event))
    sweep_all(given.office, now)
    assert len(given.all(Event)) == events


def test_an_owner_is_not_asked_about_what_has_run_out_when_the_day_is_moved(given: Given) -> None:
    now = NOW + 5 * DAY
    given.grant(given.world.nurse, given.world.read, ends_on=TODAY + 3 * DAY, next_action_at=NOW)
    number = given.leaves()
    [part] = given.parts(number)
    given.act(part.number, "approve", by=given.world.head)
    sweep_all(given.office, now)
    given.act(number, "move_day", by=given.world.hr, last_day=LAST + 2 * MONTH, reason="Later.", now=now)
    assert given.state(part.number) == "AWAITING_EXECUTION"


def test_what_other_access_replaced_is_not_ordered_again(given: Given) -> None:
    world, now = given.world, NOW + DAY
    grant = given.held()
    change = given.order(kind="CHANGE", profile="WRITE", from_profile="READ")
    given.take(change, "AWAITING_REGISTRATION")
    number = given.leaves(last_day=LAST)
    end = end_of(given, number, grant)
    given.act(end, "approve_with_changes", by=world.head, ends_on=TODAY)
    sweep_all(given.office, now)
    given.act(end, "execute", by=world.administrator, account_name="a1", now=now)
    given.act(change, "register", by=world.technician, ticket_number="N-1", now=now)
    given.act(end, "report_obstacle", by=world.technician, reason="Gone.", solver="owner", now=now)
    given.act(end, "fail", by=world.head, reason="Replaced.", now=now)
    stays(given, number, now)
    assert not order_again(given.office, number, given.actor(world.hr), now).outcomes


def test_access_that_is_found_after_all_was_closed_does_not_outlast_it_by_an_end_of_others(given: Given) -> None:
    later = NOW + timedelta(hours=9)
    number = given.leaves(last_day=TODAY)
    sweep_all(given.office, later)
    close(given, number, later)
    grant = given.grant(given.world.nurse, given.world.read)
    end = given.order(kind="END", purpose="Found.", ends_on=TODAY + 2 * MONTH, now=later)
    given.act(end, "approve", by=given.world.head, now=later)
    for hours in (1, 2):
        sweep_all(given.office, later + timedelta(hours=hours))
    assert given.again(grant).state == ENDED


def test_access_that_ran_out_while_it_was_suspended_is_not_given_back(given: Given) -> None:
    now = NOW + 5 * DAY
    grant = given.grant(given.world.nurse, given.world.read, ends_on=TODAY + 2 * DAY, next_action_at=NOW)
    given.brake_at(0)
    number = dismissed(given)
    given.act(number, "refuse", by=given.world.coordinator, reason="Not them.", now=now)
    assert given.again(grant).state == "SUSPENDED"
    sweep_all(given.office, now)
    assert given.again(grant).state == ENDED
