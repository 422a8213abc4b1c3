"""Delegations, absences and undertakings: who may say them, what they must fit into, and what stays on record."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from models import Event, Part
from tests.given import NOW, TODAY, Given
from workflows import delegating
from workflows.delegating import NewDelegation
from workflows.errors import BadInput, NotFound, Refused


def written(**values: Any) -> NewDelegation:
    given = {"number": "D-9", "body": "CAREBOARD", "delegate": "outsider", "reference": "§ 9", "first": TODAY}
    return NewDelegation(**{**given, **values})


def events(given: Given, kind: str) -> list[Event]:
    return given.all(Event, Event.kind == kind)


def test_the_chair_delegates_and_the_delegate_can_decide_at_once(given: Given) -> None:
    delegating.delegate(given.office, written(), given.actor(given.world.chair), NOW)
    number = given.order()
    assert given.act(number, "approve", by=given.world.outsider).state == "AWAITING_EXECUTION"
    [event] = events(given, "delegate")
    assert event.mandate is not None
    assert event.mandate["basis"] == "chair"
    assert event.data["delegate"] == "outsider"
    assert given.is_whole()


def test_nobody_else_delegates_for_the_body(given: Given) -> None:
    for somebody in ("head", "deputy", "technician", "superior", "outsider"):
        with pytest.raises(Refused):
            delegating.delegate(
                given.office, written(delegate="nurse"), given.actor(getattr(given.world, somebody)), NOW
            )
    assert not events(given, "delegate")


def test_a_delegate_delegates_further_only_as_far_as_allowed(given: Given) -> None:
    allowed = written(number="D-10", delegate="manager", further_levels=1)
    delegating.delegate(given.office, allowed, given.actor(given.world.chair), NOW)
    below = written(number="D-11", parent="D-10")
    delegating.delegate(given.office, below, given.actor(given.world.manager), NOW)
    with pytest.raises(BadInput) as refusal:
        delegating.delegate(
            given.office,
            written(number="D-12", delegate="nurse", parent="D-11"),
            given.actor(given.world.outsider),
            NOW,
        )
    assert "may not be delegated further" in str(refusal.value)
    with pytest.raises(BadInput):
        delegating.delegate(
            given.office,
            written(number="D-13", delegate="nurse", parent="D-10", further_levels=1),
            given.actor(given.world.manager),
            NOW,
        )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"reference": " "}, "reference"),  # a delegation rests on a decision
        ({"deputy": "outsider"}, "deputy"),  # of oneself
        ({"last": date(2026, 3, 9)}, "to"),  # before it begins
        ({"number": "d-9 "}, "number"),  # taken
        ({"further_levels": -1}, "further_levels"),
        ({"systems": []}, "systems"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(given: Given, values: dict[str, Any], said: str) -> None:
    if "number" in values:
        delegating.delegate(given.office, written(), given.actor(given.world.chair), NOW)
    before = len(events(given, "delegate"))
    with pytest.raises(BadInput) as refusal:
        delegating.delegate(given.office, written(**values), given.actor(given.world.chair), NOW)
    assert str(refusal.value).startswith(said)
    assert len(events(given, "delegate")) == before


def test_a_body_delegates_only_its_own_systems(given: Given) -> None:
    council = given.body("OTHER")
    given.system("FOREIGN", owner=council)
    with pytest.raises(BadInput, match="not owned"):
        delegating.delegate(given.office, written(systems=["FOREIGN"]), given.actor(given.world.chair), NOW)


def test_a_revoked_delegation_decides_nothing_more_and_what_it_decided_stands(given: Given) -> None:
    delegating.delegate(given.office, written(), given.actor(given.world.chair), NOW)
    first, second = given.order(), given.order(profile="WRITE")
    given.act(first, "approve", by=given.world.outsider)
    delegating.revoke(given.office, "D-9", TODAY, "moved", given.actor(given.world.chair), NOW)
    with pytest.raises(Refused, match="does not hold"):
        given.act(second, "approve", by=given.world.outsider)
    assert given.state(first) == "AWAITING_EXECUTION"
    [event] = events(given, "delegation.end")
    assert event.comment == "moved"


def test_a_delegation_is_not_revoked_into_the_past_nor_prolonged(given: Given) -> None:
    delegating.delegate(given.office, written(last=date(2026, 4, 1)), given.actor(given.world.chair), NOW)
    for day in (TODAY - timedelta(days=1), date(2026, 5, 1)):
        with pytest.raises(BadInput):
            delegating.revoke(given.office, "D-9", day, "moved", given.actor(given.world.chair), NOW)
    with pytest.raises(BadInput):
        delegating.revoke(given.office, "D-9", TODAY, "", given.actor(given.world.chair), NOW)
    with pytest.raises(NotFound):
        delegating.revoke(given.office, "D-404", TODAY, "moved", given.actor(given.world.chair), NOW)
    with pytest.raises(Refused):
        delegating.revoke(given.office, "D-9", TODAY, "moved", given.actor(given.world.head), NOW)


def test_the_list_says_which_delegations_hold(given: Given) -> None:
    delegating.delegate(given.office, written(first=date(2026, 4, 1)), given.actor(given.world.chair), NOW)
    with given.database.reading(given.organisation.id) as session:
        rows = {row["number"]: row["holds"] for row in delegating.delegations(session, "careboard", TODAY)}
        later = {row["number"]: row["holds"] for row in delegating.delegations(session, None, date(2026, 4, 1))}
    assert rows["D-9"] is False
    assert later["D-9"] is True


def test_an_absence_lets_the_deputy_in_and_coming_back_lets_them_out(given: Given) -> None:
    number = given.order()
    with pytest.raises(Refused):
        given.act(number, "approve", by=given.world.deputy)
    delegating.away(given.office, "head", TODAY, TODAY + timedelta(days=7), given.actor(given.world.head), NOW)
    assert "deputy" in given.may(number, Part.DECIDE)
    assert delegating.back(given.office, "head", given.actor(given.world.head), NOW) == 1
    assert "deputy" not in given.may(number, Part.DECIDE)
    assert [event.kind for event in (*events(given, "away"), *events(given, "back"))] == ["away", "back"]


def test_only_oneself_or_the_manager_says_that_one_is_away(given: Given) -> None:
    tomorrow = TODAY + timedelta(days=1)
    with pytest.raises(Refused):
        delegating.away(given.office, "head", TODAY, tomorrow, given.actor(given.world.outsider), NOW)
    with pytest.raises(Refused):
        delegating.back(given.office, "head", given.actor(given.world.outsider), NOW)
    delegating.away(given.office, "nurse", TODAY, tomorrow, given.actor(given.world.manager), NOW)
    with pytest.raises(BadInput):
        delegating.away(given.office, "head", TODAY, TODAY - timedelta(days=1), given.actor(given.world.head), NOW)


def test_an_undertaking_is_acknowledged_by_oneself_and_opens_what_demanded_it(given: Given) -> None:
    given.profile("SECRET", requires_undertaking=True)
    with pytest.raises(Refused, match="undertaking"):
        given.order(profile="SECRET")
    delegating.acknowledge(given.office, given.actor(given.world.nurse), NOW)
    assert given.order(profile="SECRET")
    assert len(events(given, "acknowledge")) == 1
