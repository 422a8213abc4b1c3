"""Supervision: what stands still, every case, who holds what, how long things take, and who looked at whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from models import AppointedRole, Event
from tests.given import NOW, Given
from workflows import oversight, people_views, statistics, views
from workflows.deadlines import Calendar
from workflows.errors import NotFound, Refused
from workflows.escalation import sweep_all
from workflows.evidence import Actor

LATER = NOW + timedelta(days=7)


@pytest.fixture
def auditor(given: Given) -> Actor:
    person = given.person("auditor")
    given.appointment(person, AppointedRole.AUDITOR)
    return given.actor(person)


def test_what_is_late_and_escalated_is_seen_by_those_who_supervise(given: Given, auditor: Actor) -> None:
    number = given.order()
    sweep_all(given.office, LATER)
    with given.database.reading(given.organisation.id) as session:
        counted, found = oversight.standing_still(session, given.office, auditor, LATER)
        fresh, _ = oversight.standing_still(session, given.office, auditor, NOW, way="unattended")
    assert [(row["number"], row["ways"]) for row in found.rows] == [(number, ["overdue", "escalated"])]
    assert counted == {"overdue": 1, "escalated": 1, "unattended": 0}
    assert fresh["unattended"] == 0


def test_nobody_else_sees_it(given: Given) -> None:
    given.order()
    manager = given.actor(given.world.manager)
    with given.database.reading(given.organisation.id) as session:
        for look in (
            lambda: oversight.standing_still(session, given.office, manager, NOW),
            lambda: oversight.cases_sheet(session, manager, NOW),
            lambda: oversight.looks(session, manager, NOW),
            lambda: statistics.by_month(session, given.office, manager, NOW),
        ):
            with pytest.raises(Refused):
                look()


@pytest.mark.parametrize("words", ["", "BEH-", "nurse", "care", "Nurse Svens", "nurse svensson"])
def test_every_case_is_found_by_its_number_person_or_system(given: Given, auditor: Actor, words: str) -> None:
    number = given.order()
    given.release()
    with given.database.reading(given.organisation.id) as session:
        found = oversight.cases_sheet(session, auditor, NOW, words=words)
        none = oversight.cases_sheet(session, auditor, NOW, words="nobody at all")
    assert number in [row["number"] for row in found.rows]
    assert none.rows == []


def test_a_record_says_whether_its_chain_is_whole(given: Given, auditor: Actor) -> None:
    number = given.order()
    with given.database.reading(given.organisation.id) as session:
        assert oversight.record_of(session, given.office, number, auditor, NOW)["broken"] is None
    with given.database.writing(given.organisation.id) as session:
        case = given.case(number)
        session.merge(case).event_count = 7
    with given.database.reading(given.organisation.id) as session:
        assert oversight.record_of(session, given.office, number, auditor, NOW)["broken"] is not None


def test_lead_times_are_counted_in_working_hours_and_lateness_by_when_it_was_due(given: Given, auditor: Actor) -> None:
    number = given.order()
    given.order(given.world.outsider)
    given.act(number, "reject", by=given.world.head, reason="No.", now=NOW + timedelta(days=1, hours=2))
    with given.database.reading(given.organisation.id) as session:
        rows = statistics.by_month(session, given.office, auditor, LATER, months=2)
    february, march = [row for row in rows if row.workflow == "authorisation"]
    assert (february.month, march.month) == (date(2026, 2, 1), date(2026, 3, 1))
    assert (march.opened, march.closed, march.lead_hours) == (2, 1, 11.0)
    assert (march.due, march.late, march.late_share) == (2, 1, 50.0)
    assert (february.opened, february.lead_hours, february.late_share) == (0, None, None)


@pytest.mark.parametrize(
    ("begins", "ends", "hours"),
    [
        ("2026-03-10T09:00", "2026-03-10T11:00", 2),
        ("2026-03-10T15:00", "2026-03-11T08:00", 2),  # 16 to 17, and 8 to 9 the day after
        ("2026-03-13T15:00", "2026-03-16T07:30", 1.5),  # over a weekend
        ("2026-04-02T07:00", "2026-04-07T07:00", 9),  # over Easter: Friday and Monday are holidays
        ("2026-03-11T09:00", "2026-03-10T09:00", 0),
    ],
)
def test_office_time_between_two_moments(begins: str, ends: str, hours: float) -> None:
    moments = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (begins, ends)]
    assert Calendar().worked(*moments) == timedelta(hours=hours)


# --- People ---------------------------------------------------------------------------------------------------------


def looked(given: Given) -> list[str]:
    return [event.data["employee_number"] for event in given.all(Event, Event.kind == "person.looked_at")]


def test_each_look_at_a_protected_identity_is_an_event(given: Given, auditor: Actor) -> None:
    hidden = given.person("hidden", given_name="Alva", protected=True)
    manager = given.actor(given.world.manager)
    assert people_views.person_page(given.office, "hidden", auditor, NOW)["name"] == "Protected identity (hidden)"
    assert people_views.person_page(given.office, "hidden", manager, NOW)["name"] == "Alva Svensson"
    people_views.person_page(given.office, "hidden", given.actor(hidden), NOW)
    with pytest.raises(NotFound):
        people_views.person_page(given.office, "hidden", given.actor(given.world.outsider), NOW)
    people_views.person_page(given.office, "nurse", auditor, NOW)
    assert looked(given) == ["hidden", "hidden"]
    with given.database.reading(given.organisation.id) as session:
        seen = oversight.looks(session, auditor, NOW)
    assert {row["by_number"] for row in seen.rows} == {"auditor", "manager"}
    assert given.is_whole()


def test_people_are_found_by_those_who_may_and_never_by_a_protected_name(given: Given, auditor: Actor) -> None:
    given.person("hidden", given_name="Alva", protected=True)
    given.person("open", given_name="Åsa")
    given.person("elsewhere", given_name="Åke", manager=given.world.head)

    def found(actor: Actor, words: str) -> list[str]:
        with given.database.reading(given.organisation.id) as session:
            return [row["employee_number"] for row in people_views.find(session, actor, NOW, words)]

    assert found(auditor, "alva") == []
    assert found(auditor, "hidden") == ["hidden"]
    assert found(auditor, "åsa svens") == ["open"]
    assert found(auditor, "å%") == []
    assert set(found(auditor, "å")) == {"open", "elsewhere"}
    assert found(given.actor(given.world.manager), "å") == ["open"]
    assert found(given.actor(given.world.outsider), "open") == []


def test_a_sheet_of_what_is_held_is_searched_and_turned(given: Given, auditor: Actor) -> None:
    for place in range(3):
        given.grant(given.person(f"p{place}"), given.world.read)
    with given.database.reading(given.organisation.id) as session:
        everything = views.held_sheet(session, auditor, NOW)
        one = views.held_sheet(session, auditor, NOW, words="p1 svensson", system="care")
        before = views.held_sheet(session, auditor, NOW, at=date(2019, 1, 1))
        mine = views.held_sheet(session, given.actor(given.world.outsider), NOW)
    assert everything.total == 3
    assert [row["employee_number"] for row in one.rows] == ["p1"]
    assert (before.total, mine.total) == (0, 0)
