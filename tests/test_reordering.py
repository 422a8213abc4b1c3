"""A cancelled departure: what was carried out is ordered again with one command, and what was shut is opened again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models import AccessOrder, AppointedRole, AuthorisationRequest, DepartureKind, Event, RequestKind
from tests.departing import LATER
from tests.given import TODAY, Given, codes
from tests.invariants import broken
from tests.processes import PROCESSES, Place, together, turns
from workflows.departure_views import departure_view
from workflows.errors import NotFound, Refused
from workflows.escalation import sweep_all
from workflows.reordering import OrderedAgain, order_again


def remove(given: Given, end: str, *, register: bool = True) -> None:
    """An end request is decided and carried out."""
    given.act(end, "approve", by=given.world.head)
    given.act(end, "execute", by=given.world.administrator, account_name="a1", now=LATER)
    if register:
        given.act(end, "register", by=given.world.technician, ticket_number="N-1", now=LATER)


def cancelled(given: Given, *, register: bool = True) -> tuple[str, list[str]]:
    """A departure whose every end request was carried out and that was then cancelled; the requests' numbers too."""
    number = given.leaves(last_day=TODAY)
    ends = [part.number for part in given.parts(number)]
    for end in ends:
        remove(given, end, register=register)
    given.act(number, "cancel", by=given.world.hr, reason="They stay.", now=LATER)
    return number, ends


def again(given: Given, number: str, **changes: Any) -> OrderedAgain:
    """HR orders again what a departure had carried out."""
    by = changes.get("by", given.world.hr)
    return order_again(given.office, number, given.actor(by), LATER)


def test_everything_that_was_carried_out_is_ordered_again_in_one_order(given: Given) -> None:
    world, until = given.world, date(2026, 8, 31)
    given.held(scope="Ward 4", ends_on=until, purpose="Works at the ward.")
    given.grant(world.nurse, world.write)
    number, ends = cancelled(given)
    found = again(given, number)
    requests = [given.request(outcome.number) for outcome in found.outcomes]
    assert {(row.kind, row.profile_id, row.scope, row.starts_on, row.ends_on) for row in requests} == {
        (RequestKind.NEW, world.read.id, "Ward 4", TODAY, until),
        (RequestKind.NEW, world.write.id, "", TODAY, None),
    }
    [order] = given.all(AccessOrder)
    assert {row.order_id for row in requests} == {order.id}
    assert order.requester_id == world.hr.id
    # They are ordinary requests: nothing is given that its owner has not decided anew.
    assert {outcome.state for outcome in found.outcomes} == {"AWAITING_DECISION"}
    assert {purpose for row in requests if (purpose := row.purpose)} == {
        f"Removed by the departure {number}, which is cancelled. Works at the ward.",
        f"Removed by the departure {number}, which is cancelled.",
    }
    for outcome in found.outcomes:
        given.act(outcome.number, "approve", by=world.head, now=LATER)
    [event] = [row for row in given.events(number) if row.kind == "order_again"]
    assert set(event.data["ordered"]) == set(ends)
    assert event.mandate is not None
    assert event.mandate["basis"] == "hr-officer"
    assert not broken(given.database, given.organisation.id)


def test_a_second_call_orders_nothing_twice_whatever_became_of_the_first(given: Given) -> None:
    given.grant(given.world.nurse, given.world.read)
    number, _ = cancelled(given)
    [first] = again(given, number).outcomes
    assert again(given, number) == OrderedAgain(outcomes=(), left_out=())
    given.act(first.number, "reject", by=given.world.head, reason="Not needed any more.", now=LATER)
    assert again(given, number).outcomes == (), "what its owner has said no to is not asked for by pressing again"
    assert len(given.all(AuthorisationRequest, AuthorisationRequest.kind == RequestKind.NEW)) == 1


def test_of_two_who_order_again_at_once_one_orders_and_the_other_nothing(given: Given) -> None:
    given.grant(given.world.nurse, given.world.read)
    given.grant(given.world.nurse, given.world.write)
    number, _ = cancelled(given)
    actors = [given.actor(given.world.hr), given.actor(given.world.manager)]
    place, barrier = Place(given.database.url, given.organisation.id), PROCESSES.Barrier(2)
    work = [(barrier, [(order_again, (number, actor, LATER))]) for actor in actors]
    found = [row for rows in together(place, turns, *work) for row in rows]
    assert sorted(len(row.outcomes) for row in found) == [0, 2]
    assert len(given.all(AuthorisationRequest, AuthorisationRequest.kind == RequestKind.NEW)) == 2
    assert not broken(given.database, given.organisation.id)


def test_what_cannot_be_ordered_is_left_out_and_told_and_tried_again_by_the_next_call(given: Given) -> None:
    world = given.world
    given.grant(world.nurse, world.read)
    given.grant(world.nurse, world.write)
    number = given.leaves(last_day=TODAY)
    first, second = (part.number for part in given.parts(number))
    remove(given, first)
    remove(given, second, register=False)
    given.act(number, "cancel", by=world.hr, reason="They stay.", now=LATER)
    found = again(given, number)
    assert len(found.outcomes) == 1
    assert [(reason.code, reason.line) for reason in found.left_out] == [("not-gone-yet", second)]
    with pytest.raises(Refused) as refused:
        again(given, number)
    assert codes(refused) == {"not-gone-yet"}
    given.act(second, "register", by=world.technician, ticket_number="N-2", now=LATER)
    assert len(again(given, number).outcomes) == 1


def test_every_guard_of_an_order_holds_for_what_is_ordered_again(given: Given) -> None:
    world = given.world
    given.grant(world.nurse, world.read)
    number, _ = cancelled(given)
    given.change(world.read, withdrawn_on=TODAY)
    with pytest.raises(Refused) as refused:
        again(given, number)
    assert codes(refused) == {"profile-not-in-force"}
    assert given.all(AccessOrder) == []
    assert [row.data["event"] for row in given.all(Event, Event.kind == "refusal")] == ["order_again"]
    assert not broken(given.database, given.organisation.id)


def test_access_whose_own_time_has_run_out_meanwhile_is_not_ordered_again(given: Given) -> None:
    given.grant(given.world.nurse, given.world.read, ends_on=TODAY)
    number, _ = cancelled(given)
    tomorrow = LATER + timedelta(days=1)
    with pytest.raises(Refused) as refused:
        order_again(given.office, number, given.actor(given.world.hr), tomorrow)
    assert codes(refused) == {"time-is-out"}


def test_only_what_a_cancelled_departure_has_carried_out_is_ordered_again(given: Given) -> None:
    request = given.order(given.world.outsider)
    given.grant(given.world.nurse, given.world.read)
    number = given.leaves()
    with pytest.raises(Refused) as refused:
        again(given, number)
    assert codes(refused) == {"not-cancelled"}
    given.act(number, "cancel", by=given.world.hr, reason="A mistake.")
    with pytest.raises(Refused) as refused:
        again(given, number)
    assert codes(refused) == {"nothing-carried-out"}
    for other in (request, "AVS-2026-09999"):
        with pytest.raises(NotFound):
            again(given, other)


def test_hr_and_the_nearest_manager_order_again_and_nobody_for_themself(given: Given) -> None:
    world = given.world
    given.grant(world.nurse, world.read)
    number, _ = cancelled(given)
    for somebody in (world.nurse, world.head, world.technician, world.outsider):
        with pytest.raises(Refused) as refused:
            again(given, number, by=somebody)
        assert codes(refused) == {"not-theirs-to-order"}
    assert len(again(given, number, by=world.manager).outcomes) == 1
    second = given.person("second_hr")
    given.appointment(second, AppointedRole.HR_OFFICER)
    given.grant(world.hr, world.read)
    own = given.leaves(world.hr, by=second, last_day=TODAY)
    [end] = given.parts(own)
    remove(given, end.number)
    given.act(own, "cancel", by=second, reason="They stay.", now=LATER)
    with pytest.raises(Refused) as refused:
        again(given, own)
    assert codes(refused) == {"not-theirs-to-order"}


def test_what_a_cancelled_change_of_duties_had_ended_is_ordered_again_too(given: Given) -> None:
    world = given.world
    unit = given.department("SCHOOL", body=world.board)
    for profile in (world.read, world.write):
        given.grant(world.nurse, profile)
    number = given.leaves(kind=DepartureKind.MOVE, new_department=unit.key, last_day=TODAY)
    ended, kept = given.parts(number)
    given.act(ended.number, "approve_with_changes", by=world.head, ends_on=TODAY)
    tomorrow = datetime(2026, 3, 11, 8, 0, tzinfo=UTC)
    sweep_all(given.office, tomorrow)
    given.act(ended.number, "execute", by=world.administrator, account_name="a1", now=tomorrow)
    given.act(ended.number, "register", by=world.technician, ticket_number="N-1", now=tomorrow)
    given.act(number, "cancel", by=world.hr, reason="They stay where they are.", now=tomorrow)
    assert given.state(kept.number) == "WITHDRAWN"
    [outcome] = order_again(given.office, number, given.actor(world.hr), tomorrow).outcomes
    assert given.request(outcome.number).profile_id == given.request(ended.number).profile_id


def test_the_page_of_a_cancelled_departure_says_what_stands_and_what_is_ordered_again(given: Given) -> None:
    world = given.world
    given.grant(world.nurse, world.read)
    number, [end] = cancelled(given)

    def page(person: Any) -> dict[str, Any]:
        with given.database.reading(given.organisation.id) as session:
            return departure_view(session, given.office, number, given.actor(person), LATER)

    assert page(world.hr)["stands"] == [end]
    assert [page(person)["may_order_again"] for person in (world.hr, world.manager, world.coordinator)] == [
        True,
        True,
        False,
    ]
    [outcome] = again(given, number).outcomes
    assert [row["ordered_again"] for row in page(world.hr)["access"]] == [outcome.number]
    assert page(world.hr)["may_order_again"] is False
