"""Many departures from one file: rehearsed, done, and not done twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from models import AppointedRole, Case, DepartureNotice, Event
from tests.given import NOW, TODAY, Given
from workflows import leaver_files
from workflows.errors import BadInput
from workflows.evidence import Actor

LAST = TODAY + timedelta(days=10)
FILE = f"person;last_day;reason\nnurse;{LAST};Moves\nnobody;{LAST};\noutsider;{LAST};\n".encode()


@pytest.fixture(autouse=True)
def the_nurse_has_access(given: Given) -> None:
    given.grant(given.world.nurse, given.world.read)


@pytest.fixture
def hr(given: Given) -> Actor:
    person = given.world.hr
    given.appointment(person, AppointedRole.HR_OFFICER)
    return given.actor(person)


def test_a_rehearsal_shows_what_would_come_and_leaves_nothing(given: Given, hr: Actor) -> None:
    before = len(given.all(Event))
    lines = leaver_files.rehearse(given.office, leaver_files.leavers_in("hr.csv", FILE), hr, NOW)
    assert [line.leaver.where for line in lines] == ["2", "3", "4"]
    assert [len(line.page["access"]) if line.page else None for line in lines] == [1, None, 0]
    assert [reason.code for reason in lines[1].refused] == ["not-found"]
    assert given.all(Case) == []
    assert len(given.all(Event)) == before


def test_a_rehearsal_tells_of_the_brake(given: Given, hr: Actor) -> None:
    policy = given.office.policy
    brake = policy.departure.brake.model_copy(update={"at_least": 1, "percent": 0})
    departure = policy.departure.model_copy(update={"brake": brake})
    given.office = replace(given.office, policy=replace(policy, departure=departure))
    lines = leaver_files.rehearse(given.office, leaver_files.leavers_in("hr.csv", FILE), hr, NOW)
    assert [line.page["hold"] if line.page else None for line in lines] == ["", None, "BRAKE"]


def test_the_file_is_done_line_by_line_and_once(given: Given, hr: Actor) -> None:
    leavers = leaver_files.leavers_in("hr.csv", FILE)
    first = leaver_files.carry_out(given.office, leavers, hr, NOW, "a-file")
    again = leaver_files.carry_out(given.office, leavers, hr, NOW, "a-file")
    assert [line.number for line in first] == [line.number for line in again]
    assert len(given.all(DepartureNotice)) == 2
    assert first[1].refused


def test_a_file_that_cannot_be_read_says_where(hr: Actor) -> None:
    with pytest.raises(BadInput) as caught:
        leaver_files.leavers_in("hr.csv", b"person;last_day\nnurse;yesterday\n")
    assert "hr.csv" in str(caught.value)
