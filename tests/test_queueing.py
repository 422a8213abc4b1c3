"""The queue of departures: one letter for all that wait, each thing told once, and nothing personal in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlmodel import col

from models import (
    AppointedRole,
    Appointment,
    Case,
    DepartureKind,
    DepartureNotice,
    EmploymentKind,
    Event,
    Task,
)
from tests.given import NOW, TODAY, Given
from tests.invariants import broken
from tests.mailserver import HOST, MailServer, serving
from tests.processes import PROCESSES, Place, sweeping, together
from tests.test_outbox import SENDER, Limits
from transport import SmtpTransport
from workflows import cases, outbox, queueing
from workflows.escalation import sweep_all

MANY = 60


def held(given: Given, count: int, *, kind: DepartureKind = DepartureKind.NORMAL) -> list[str]:
    """The numbers of some departures that the brake holds."""
    given.brake_at(0)
    with given.together():
        people = [given.person(department=given.world.department) for _ in range(count)]
    return [given.leaves(person, kind=kind) for person in people]


def letters(given: Given) -> list[tuple[str, str]]:
    """Whom a letter about the queue is to, and its subject, in order."""
    return [(given.recipient(row), row.subject) for row in given.messages(kind=queueing.KIND)]


def test_however_many_wait_one_letter_says_how_many(given: Given) -> None:
    numbers = held(given, MANY)
    assert given.messages() == [], "nobody is written to of each by itself"
    sweep_all(given.office, NOW)
    assert letters(given) == [("coordinator", f"Departures wait in the queue: {MANY}")]
    [letter] = given.messages()
    assert letter.case_id is None
    for text in (letter.text, letter.html):
        assert f"New in the queue: {MANY}." in " ".join(text.split())
        assert "https://behorig.example/departures/queue" in text
        assert not any(number in text for number in numbers)
        assert "Svensson" not in text
    sweep_all(given.office, NOW)
    assert len(letters(given)) == 1, "each is told once"
    assert not broken(given.database, given.organisation.id)


def test_what_comes_later_is_told_in_a_letter_of_its_own_with_what_waits_in_all(given: Given) -> None:
    held(given, 3)
    sweep_all(given.office, NOW)
    held(given, 2)
    sweep_all(given.office, NOW)
    assert letters(given) == [
        ("coordinator", "Departures wait in the queue: 3"),
        ("coordinator", "Departures wait in the queue: 2"),
    ]
    assert "In the queue:  5" in given.messages(kind=queueing.KIND)[-1].text


def test_what_is_let_go_before_anybody_is_told_is_not_told(given: Given) -> None:
    numbers = held(given, 3)
    given.act(numbers[0], "release", by=given.world.coordinator, reason="Looked at.")
    sweep_all(given.office, NOW)
    assert letters(given) == [("coordinator", "Departures wait in the queue: 2")]


def test_those_who_were_told_in_one_letter_are_not_told_of_each_that_is_handled(given: Given) -> None:
    held(given, 5)
    sweep_all(given.office, NOW)
    given.appointment(given.world.head_of_it, AppointedRole.SECURITY_COORDINATOR)
    cases.release_all(given.office, "All right.", given.actor(given.world.head_of_it), NOW)
    assert [row for row in given.messages() if row.kind == "HANDLED_BY_OTHER"] == []


def test_what_waits_too_long_is_escalated_in_one_letter_each(given: Given) -> None:
    numbers = held(given, 5)
    sweep_all(given.office, NOW)
    later = NOW + timedelta(days=1, hours=1)
    sweep_all(given.office, later)
    after = [row for row in given.messages(kind=queueing.KIND) if row.saved_at == later]
    texts = {given.recipient(row): " ".join(row.text.split()) for row in after}
    assert len(after) == len(texts) == 2
    assert "Still waiting for you in the queue: 5." in texts["coordinator"]
    assert "Waited too long and escalated: 5. You may let them go" in texts["head_of_it"]
    assert [row.kind for row in given.events(numbers[0])] == ["notice", "escalate"]
    given.act(numbers[0], "release", by=given.world.head_of_it, reason="Looked at.", now=later)
    sweep_all(given.office, later)
    assert len(letters(given)) == 3


def test_those_above_are_told_once_when_nobody_may_let_them_go_and_who_comes_is_asked(given: Given) -> None:
    appointments = given.all(Appointment, col(Appointment.role).in_(("SECURITY_COORDINATOR", "HEAD_OF_IT")))
    for row in appointments:
        given.change(row, valid_to=TODAY - timedelta(days=1))
    held(given, 4)
    sweep_all(given.office, NOW)
    assert letters(given) == [], "there is nobody above either"
    assert all(task.unattended_since is not None for task in given.all(Task, Task.part == "RELEASE"))
    given.appointment(given.world.outsider, AppointedRole.SECURITY_COORDINATOR, valid_from=TODAY)
    for _ in range(2):
        sweep_all(given.office, NOW + timedelta(minutes=1))
    assert letters(given) == [("outsider", "Departures wait in the queue: 4")]


def test_hr_is_asked_in_one_letter_to_confirm_what_the_sweep_found(given: Given) -> None:
    departure = given.office.policy.departure
    automatic = departure.automatic.model_copy(update={"confirm": True})
    policy = replace(given.office.policy, departure=departure.model_copy(update={"automatic": automatic}))
    given.office = replace(given.office, policy=policy)
    for place in range(3):
        given.person(f"hourly{place}", kind=EmploymentKind.HOURLY, ends_on=TODAY + timedelta(days=2))
    for _ in range(2):
        sweep_all(given.office, NOW)
    assert letters(given) == [("hr", "Departures wait in the queue: 3")]
    assert [row.hold for row in given.all(DepartureNotice)] == ["CONFIRMATION"] * 3
    numbers = [row.number for row in given.all(Case)]
    given.act(numbers[0], "release", by=given.world.hr, reason="Right.")
    given.act(numbers[1], "refuse", by=given.world.hr, reason="A new contract.")
    assert [given.state(number) for number in numbers] == ["AWAITING_REGISTRATION", "CANCELLED", "QUEUED"]


def test_the_letter_says_how_many_of_them_leave_at_once(given: Given) -> None:
    held(given, 1)
    number = given.leaves(kind=DepartureKind.IMMEDIATE, last_day=TODAY)
    assert {task.part for task in given.tasks(number)} == {"RELEASE", "BLOCK"}
    sweep_all(given.office, NOW)
    [letter] = given.messages(kind=queueing.KIND)
    assert "Leave at once: 1" in letter.text


def test_a_letter_that_could_not_be_sent_is_sent_later_and_once(given: Given) -> None:
    held(given, 5)
    sweep_all(given.office, NOW)
    with serving(MailServer(refuses={"coordinator@behorig.example": "451 Later."})) as server:
        transport = SmtpTransport(host=HOST, port=server.port, sender=SENDER, security="none", timeout=5)
        results = []
        for minutes in (0, 2, 4):
            results.append(
                outbox.deliver(
                    given.database,
                    given.organisation.id,
                    transport,
                    sender=SENDER,
                    now=NOW + timedelta(minutes=minutes),
                    limits=Limits(),
                )
            )
            server.refuses = {}
    assert [(row.sent, row.postponed) for row in results] == [(0, 1), (1, 0), (0, 0)]
    [mail] = server.mails
    assert mail.recipients == ("coordinator@behorig.example",)


def test_of_several_processes_each_departure_is_told_of_by_one(given: Given) -> None:
    numbers = held(given, MANY)
    place, barrier = Place(given.database.url, given.organisation.id), PROCESSES.Barrier(3)
    together(place, sweeping, *[(barrier, "tasks", NOW) for _ in range(3)])
    told = [number for row in given.all(Event, Event.kind == "queue.told") for number in row.data["cases"]]
    assert sorted(told) == sorted(numbers)
    assert sum(int(subject.rsplit(" ", 1)[1]) for _, subject in letters(given)) == MANY
    assert len(letters(given)) <= 3
    assert not broken(given.database, given.organisation.id)
