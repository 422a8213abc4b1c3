"""The same call twice: one result, one event; a key used for something else is a conflict."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from models import Case, Database, Receipt
from tests.given import NOW, Given
from workflows import cases, orders
from workflows.engine import Outcome
from workflows.errors import Conflict, Refused


def test_a_repeated_act_gets_the_first_result(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    first = given.act(number, "approve", by=world.head, idempotency_key="k")
    again = given.act(number, "approve", by=world.head, idempotency_key="k")
    assert not first.repeated
    assert again == replace(first, repeated=True)
    assert [event.kind for event in given.events(number)] == ["submit", "approve"]
    assert len(given.decisions(number)) == 1


def test_a_repeated_act_gets_the_first_result_also_when_the_case_has_moved_on(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    first = given.act(number, "approve", by=world.head, idempotency_key="k", expected_version=2)
    given.act(number, "execute", by=world.administrator, account_name="a")
    again = given.act(number, "approve", by=world.head, idempotency_key="k", expected_version=2)
    assert again.state == first.state == "AWAITING_EXECUTION"


def test_a_repeated_order_gets_the_first_cases(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    lines = [given.line(), given.line(profile="WRITE")]
    first = orders.open_order(given.office, lines, given.actor(world.manager), NOW, idempotency_key="k")
    again = orders.open_order(given.office, lines, given.actor(world.manager), NOW, idempotency_key="k")
    assert again == [replace(row, repeated=True) for row in first]
    assert len(given.all(Case)) == 2


def test_without_a_key_the_same_act_twice_is_a_conflict(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    given.act(number, "approve", by=world.head)
    with pytest.raises(Conflict):
        given.act(number, "approve", by=world.head)


def test_a_key_is_for_one_call(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    given.act(number, "approve", by=world.head, idempotency_key="k", comment="Yes.")
    # Another text, another event, another person.
    with pytest.raises(Conflict):
        given.act(number, "approve", by=world.head, idempotency_key="k", comment="No.")
    with pytest.raises(Conflict):
        given.act(number, "reject", by=world.head, idempotency_key="k", reason="No.")
    with pytest.raises(Conflict):
        given.act(number, "approve", by=world.deputy, idempotency_key="k", comment="Yes.")


def test_a_refusal_keeps_no_receipt_so_that_it_can_be_tried_again(database: Database) -> None:
    given = Given(database)
    world = given.municipality()
    number = given.order()
    given.change(world.care, approval_withdrawn_on=NOW.date())
    with pytest.raises(Refused):
        given.act(number, "approve", by=world.head, idempotency_key="k")
    assert given.all(Receipt) == []
    given.change(world.care, approval_withdrawn_on=None)
    assert given.act(number, "approve", by=world.head, idempotency_key="k").state == "AWAITING_EXECUTION"


def test_a_key_of_one_organisation_is_free_in_another(database: Database) -> None:
    one, other = Given(database, "ONE"), Given(database, "OTHER")
    for given in (one, other):
        world = given.municipality()
        assert not given.act(given.order(), "approve", by=world.head, idempotency_key="k").repeated


def at_once(given: Given, act: str, times: int = 4) -> list[Outcome | Conflict]:
    """The same call with the same key from several connections in the same moment."""
    barrier = Barrier(times)
    world = given.world
    number = given.order(world.outsider)

    def call(_place: int) -> Outcome | Conflict:
        database = Database(given.database.url)
        office = replace(given.office, database=database)
        barrier.wait()
        try:
            if act == "order":
                return orders.open_order(office, [given.line()], given.actor(world.manager), NOW, idempotency_key="k")[
                    0
                ]
            return cases.act(office, number, "approve", {}, given.actor(world.head), NOW, idempotency_key="k")
        except Conflict as conflict:
            return conflict
        finally:
            database.dispose()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(call, range(times)))


@pytest.mark.parametrize("act", ["order", "approve"])
def test_a_call_repeated_in_the_same_moment_gets_the_first_result(database: Database, act: str) -> None:
    given = Given(database)
    given.municipality()
    results = at_once(given, act)
    outcomes = [row for row in results if isinstance(row, Outcome)]
    assert len(outcomes) == len(results)
    assert len({row.number for row in outcomes}) == 1
    assert sorted(row.repeated for row in outcomes) == [False, True, True, True]
    assert given.is_whole()
