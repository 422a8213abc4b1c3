"""Several acts in one go, and what is worth noticing before: each by itself, nothing unusual in the crowd."""

from __future__ import annotations

from datetime import timedelta

from tests.given import NOW, TODAY, Given
from workflows import views
from workflows.several import Act, Result, act_on_each, approve_each


def approve(given: Given, *numbers: str, who: str = "head", version: int = 2) -> list[Result]:
    seen = [(number, version) for number in numbers]
    return approve_each(given.office, seen, "", given.actor(getattr(given.world, who)), NOW)


def codes(given: Given, number: str) -> list[str]:
    with given.database.reading(given.organisation.id) as session:
        rows = views.inbox(session, given.office, given.actor(given.world.head), NOW)
    (row,) = [row for row in rows if row["number"] == number]
    return [each["code"] for each in row["notables"]]


def test_each_is_done_by_itself_and_what_was_not_is_said(given: Given) -> None:
    first, second, third = given.order(), given.order(given.world.outsider), given.order(given.world.deputy)
    given.act(second, "withdraw", by=given.world.manager)
    results = approve(given, first, second, third)
    assert [given.state(number) for number in (first, second, third)] == [
        "AWAITING_EXECUTION",
        "WITHDRAWN",
        "AWAITING_EXECUTION",
    ]
    assert [bool(result.outcome) for result in results] == [True, False, True]
    assert "Withdrawn" in results[1].reasons[0].text.say("en")


def test_what_is_unusual_is_not_approved_in_the_crowd(given: Given) -> None:
    given.profile("ROOT", privileged=True)
    number = given.order(profile="ROOT")
    (result,) = approve(given, number)
    assert result.reasons[0].code == "look-at-it"
    assert given.state(number) == "AWAITING_DECISION"
    assert not given.decisions(number)


def test_nobody_learns_anything_of_a_case_of_others_by_approving_it(given: Given) -> None:
    given.profile("ROOT", privileged=True)
    numbers = [given.order(profile="ROOT"), given.take(given.order(given.world.deputy), "COMPLETED"), "BEH-2026-99999"]
    said = [
        result.reasons[0].text.say("en").replace(result.number, "X")
        for result in approve(given, *numbers, who="outsider")
    ]
    assert set(said) == {"There is no case X."}


def test_the_same_act_on_the_same_version_is_done_once(given: Given) -> None:
    number = given.order()
    acts = [Act(number=number, event="approve", expected_version=2)] * 2
    results = act_on_each(given.office, acts, given.actor(given.world.head), NOW)
    assert [result.outcome.repeated for result in results if result.outcome] == [False, True]
    assert len(given.decisions(number)) == 1


def test_an_ordinary_request_has_nothing_unusual(given: Given) -> None:
    assert codes(given, given.order()) == ["no-last-day"]
    assert codes(given, given.order(given.world.outsider, ends_on=TODAY)) == []


def test_what_is_unusual_is_noticed(given: Given) -> None:
    world = given.world
    given.profile("ROOT", privileged=True)
    assert codes(given, given.order(profile="ROOT")) == ["privileged", "no-last-day"]
    late = given.order(
        world.outsider, starts_on=TODAY - timedelta(days=3), ends_on=TODAY, retroactive_reason="An emergency."
    )
    assert codes(given, late) == ["retroactive"]
    own = given.order(world.deputy, by=world.deputy, ends_on=TODAY)
    assert codes(given, own) == ["own-request"]


def test_a_combination_that_became_forbidden_while_it_waited_is_noticed(given: Given) -> None:
    world = given.world
    number = given.order(ends_on=TODAY)
    given.grant(world.nurse, world.write)
    given.sod(world.read, world.write)
    assert codes(given, number) == ["forbidden-combination"]
