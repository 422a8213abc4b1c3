"""Claims: a courtesy that others see. Nobody is kept from acting by one, and no case moves because of it."""

from __future__ import annotations

import pytest

from models import Part
from tests.given import NOW, Given
from workflows import claiming
from workflows.errors import Conflict, NotFound, Refused


def claim(given: Given, number: str, who: str, part: Part = Part.REGISTER, *, from_another: bool = False) -> None:
    actor = given.actor(getattr(given.world, who))
    claiming.claim(given.office, number, part, actor, NOW, from_another=from_another)


def test_a_claim_is_seen_on_the_task_and_in_the_history_and_moves_nothing(given: Given) -> None:
    number = given.take(given.order(), "AWAITING_REGISTRATION")
    before = given.case(number)
    claim(given, number, "technician")
    claim(given, number, "technician")  # once more changes nothing
    (task,) = given.tasks(number)
    assert (task.claimed_by_id, task.claimed_at) == (given.world.technician.id, NOW)
    assert (given.case(number).state, given.case(number).version) == (before.state, before.version)
    assert [event.kind for event in given.events(number)].count("claim") == 1
    assert given.is_whole()


def test_a_claim_keeps_nobody_from_acting(given: Given) -> None:
    number = given.take(given.order(), "AWAITING_REGISTRATION")
    claim(given, number, "technician")
    given.act(number, "register", by=given.world.second_technician, ticket_number="N-1")
    assert given.state(number) == "COMPLETED"


def test_another_takes_over_only_when_they_mean_to(given: Given) -> None:
    number = given.take(given.order(), "AWAITING_REGISTRATION")
    claim(given, number, "technician")
    with pytest.raises(Conflict, match="Technician Svensson"):
        claim(given, number, "second_technician")
    claim(given, number, "second_technician", from_another=True)
    assert given.tasks(number)[0].claimed_by_id == given.world.second_technician.id


def test_whoever_lets_go_lets_go_of_their_own_only(given: Given) -> None:
    number = given.take(given.order(), "AWAITING_REGISTRATION")
    claim(given, number, "technician")
    claiming.unclaim(given.office, number, Part.REGISTER, given.actor(given.world.second_technician), NOW)
    assert given.tasks(number)[0].claimed_by_id == given.world.technician.id
    claiming.unclaim(given.office, number, Part.REGISTER, given.actor(given.world.technician), NOW)
    assert given.tasks(number)[0].claimed_by_id is None
    assert [event.kind for event in given.events(number)][-1] == "unclaim"


def test_what_is_done_meanwhile_cannot_be_claimed(given: Given) -> None:
    number = given.take(given.order(), "COMPLETED")
    with pytest.raises(Conflict, match="does not wait for that any more"):
        claim(given, number, "second_technician")


def test_a_case_that_one_has_nothing_to_do_with_is_not_there(given: Given) -> None:
    number = given.take(given.order(), "AWAITING_REGISTRATION")
    with pytest.raises(NotFound) as one:
        claim(given, number, "outsider")
    with pytest.raises(NotFound) as other:
        claim(given, "BEH-2026-99999", "outsider")
    assert str(one.value).replace(number, "X") == str(other.value).replace("BEH-2026-99999", "X")


def test_nobody_claims_what_they_are_barred_from(given: Given) -> None:
    number = given.take(given.order(given.world.technician), "AWAITING_EXECUTION")
    given.act(number, "execute", by=given.world.administrator, account_name="tech01")
    with pytest.raises(Refused):
        claim(given, number, "technician")
