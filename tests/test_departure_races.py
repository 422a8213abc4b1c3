"""Several processes at once on one departure: one wins, the other is told, and nothing happens twice or by halves."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col

from models import (
    AccessGrant,
    AppointedRole,
    AuthorisationRequest,
    Case,
    DepartureKind,
    DepartureNotice,
    EmploymentKind,
    Event,
    GrantState,
    Person,
    Task,
)
from tests.departing import FIVE, LAST
from tests.given import NOW, TODAY, Given
from tests.invariants import broken
from tests.processes import PROCESSES, Place, Turn, together, turns
from workflows import cases, escalation, leaving, orders
from workflows.leaving import Leaver
from workflows.policy import load_policy

ROUNDS = 20


def place(given: Given) -> Place:
    return Place(given.database.url, given.organisation.id)


def staff(given: Given, count: int, *, holding: bool = True) -> list[Person]:
    """People with access to read, unless said to hold nothing."""
    with given.together():
        people = [given.person(department=given.world.department) for _ in range(count)]
        for person in people if holding else ():
            given.grant(person, given.world.read)
    return people


def leaver(person: Person, **changes: Any) -> Leaver:
    return Leaver(**{"employee_number": person.employee_number, "last_day": LAST, **changes})


def notices(given: Given, people: list[Person], ends: list[datetime]) -> list[str]:
    """The numbers of notices that each of some people leaves, each at a moment of their own."""
    hr = given.actor(given.world.hr)
    return [
        leaving.notice(given.office, leaver(person, ends_at=at), hr, NOW).number
        for person, at in zip(people, ends, strict=True)
    ]


def part(given: Given, number: str) -> str:
    """The only end request of a notice."""
    [case] = given.parts(number)
    return case.number


def at_once(given: Given, *work: list[Turn]) -> list[list[str]]:
    """What came of each turn of each process."""
    barrier = PROCESSES.Barrier(len(work))
    found = together(place(given), turns, *[(barrier, each) for each in work])
    return [[row if isinstance(row, str) else getattr(row, "state", "") for row in rows] for rows in found]


def acts(numbers: list[str], event: str, data: dict[str, Any], actor: Any, moments: list[datetime]) -> list[Turn]:
    return [(cases.act, (number, event, data, actor, at)) for number, at in zip(numbers, moments, strict=True)]


def sweeps(moments: list[datetime]) -> list[Turn]:
    return [(escalation.sweep_all, (at,)) for at in moments]


def test_an_owner_confirms_or_the_sweep_revokes_by_default_and_never_both(given: Given) -> None:
    moments = [FIVE + timedelta(minutes=place) for place in range(ROUNDS)]
    parts = [part(given, number) for number in notices(given, staff(given, ROUNDS), moments)]
    confirmed, *_ = at_once(
        given, acts(parts, "approve", {}, given.actor(given.world.head), moments), sweeps(moments), sweeps(moments)
    )
    assert set(confirmed) <= {"AWAITING_EXECUTION", "conflict"}
    for number, came in zip(parts, confirmed, strict=True):
        kinds = [row.kind for row in given.events(number)]
        assert kinds.count("approve") + kinds.count("revoke_by_default") == len(given.decisions(number)) == 1
        assert ("approve" in kinds) == (came == "AWAITING_EXECUTION")
    assert {row.state for row in given.all(AccessGrant)} == {GrantState.REVOCATION_PENDING}
    assert not broken(given.database, given.organisation.id)


def test_cancelling_while_a_technician_registers_the_last_thing_lists_it(given: Given) -> None:
    late = FIVE + timedelta(hours=1)
    numbers = notices(given, staff(given, ROUNDS), [FIVE] * ROUNDS)
    parts = [part(given, number) for number in numbers]
    world = given.world
    for number, end in zip(numbers, parts, strict=True):
        given.act(end, "approve", by=world.head)
        given.act(end, "execute", by=world.administrator, account_name="a1", now=late)
        given.act(number, "close_accounts", by=world.technician, ticket_number="N-2", now=late)
        given.act(number, "return_equipment", by=world.technician, comment="A laptop, wiped.", now=late)
    cancelled, registered = at_once(
        given,
        acts(numbers, "cancel", {"reason": "They stay."}, given.actor(given.world.hr), [late] * ROUNDS),
        acts(parts, "register", {"ticket_number": "N-3"}, given.actor(world.technician), [late] * ROUNDS),
    )
    assert set(registered) == {"COMPLETED"}, "what is removed is removed, whatever HR says meanwhile"
    for number, came, end in zip(numbers, cancelled, parts, strict=True):
        state = given.state(number)
        # HR's word holds, also when it was closed just before; a technician opens the accounts.
        assert (came, state) == ("REOPENING", "REOPENING")
        [event] = [row for row in given.events(number) if row.kind == "cancel"]
        assert event.data["executed"] == [end], "what is removed can be ordered again"
    assert {row.state for row in given.all(AccessGrant)} == {GrantState.REVOKED}
    assert not broken(given.database, given.organisation.id)


def test_of_two_employments_noticed_at_once_one_notice_closes_the_accounts(given: Given) -> None:
    people = staff(given, ROUNDS, holding=False)
    with given.together():
        for person in people:
            given.employment(person, number="2")
    hr = given.actor(given.world.hr)
    at_once(
        given,
        *[
            [(leaving.notice, (leaver(person, employment_number=number), hr, NOW)) for person in people]
            for number in ("1", "2")
        ],
    )
    escalation.sweep_all(given.office, NOW)
    asked = Counter(row.part for row in given.all(Task, col(Task.closed_at).is_(None)))
    assert asked == {"CLOSE_ACCOUNTS": ROUNDS, "RETURN_EQUIPMENT": ROUNDS}
    # The other one has nothing left to do when the last moment has come.
    escalation.sweep_all(given.office, FIVE)
    assert Counter(row.state for row in given.all(Case)) == {"AWAITING_REGISTRATION": ROUNDS, "CLOSED": ROUNDS}
    by_person = Counter(row.person_id for row in given.all(DepartureNotice))
    assert set(by_person.values()) == {2}
    assert not broken(given.database, given.organisation.id)


def test_somebody_who_leaves_at_once_after_all_is_blocked_also_when_the_accounts_are_opened_just_then(
    given: Given,
) -> None:
    world, people = given.world, staff(given, ROUNDS, holding=False)
    with given.together():
        for person in people:
            given.grant(person, world.write, employment=given.employment(person, number="2"))
    again, others = [], []
    for person in people:
        again.append(given.leaves(person, kind=DepartureKind.IMMEDIATE, last_day=TODAY, employment_number="2"))
        given.act(again[-1], "block", by=world.technician, ticket_number="N-1")
        given.act(again[-1], "move_day", by=world.hr, last_day=LAST, reason="Until the end of the notice period.")
        others.append(given.leaves(person, last_day=LAST, employment_number="1"))
    moments = [NOW] * ROUNDS
    opened, left = at_once(
        given,
        acts(others, "reopen_accounts", {"ticket_number": "N-2"}, given.actor(world.technician), moments),
        acts(again, "leave_now", {"reason": "Now after all."}, given.actor(world.hr), moments),
    )
    assert set(opened) <= {"AWAITING_REGISTRATION", "refused"}
    assert set(left) == {"AWAITING_DECISION"}
    for number, came in zip(again, opened, strict=True):
        asked = {task.part for task in given.tasks(number)}
        # Either the block stood, or it had been lifted and is asked for anew.
        assert ("BLOCK" in asked) == (came != "refused")
    assert not broken(given.database, given.organisation.id)


def test_of_two_notices_for_one_employment_one_is_refused_and_named(given: Given) -> None:
    people = staff(given, ROUNDS)
    second = given.person("second_hr")
    given.appointment(second, AppointedRole.HR_OFFICER)
    one, other = at_once(
        given,
        [(leaving.notice, (leaver(person), given.actor(given.world.hr), NOW)) for person in people],
        [(leaving.notice, (leaver(person), given.actor(second), NOW)) for person in people],
    )
    for pair in zip(one, other, strict=True):
        assert sorted(pair) == ["AWAITING_DECISION", "refused"]
    assert [row.number for row in given.all(Case, Case.workflow == "departure")] == [
        f"AVS-2026-{place:05}" for place in range(1, ROUNDS + 1)
    ], "the series has no gap"
    assert len(given.all(AuthorisationRequest)) == ROUNDS
    refusals = given.all(Event, Event.kind == "refusal")
    assert [row.data["reasons"] for row in refusals] == [["noticed-already"]] * ROUNDS
    assert not broken(given.database, given.organisation.id)


def test_of_several_sweeps_at_once_one_notices_each_employment_that_has_ended(given: Given) -> None:
    with given.together():
        people = [
            given.person(kind=EmploymentKind.HOURLY, ends_on=TODAY + timedelta(days=place - 3)) for place in range(6)
        ]
    at_once(given, *[sweeps([NOW]) for _ in range(3)])
    assert Counter(row.person_id for row in given.all(DepartureNotice)) == dict.fromkeys([row.id for row in people], 1)
    assert not broken(given.database, given.organisation.id)


def test_the_last_day_is_moved_while_an_administrator_executes(given: Given) -> None:
    late, later = FIVE + timedelta(hours=1), LAST + timedelta(days=10)
    numbers = notices(given, staff(given, ROUNDS), [FIVE] * ROUNDS)
    parts = [part(given, number) for number in numbers]
    for end in parts:
        given.act(end, "approve", by=given.world.head)
    moved, executed = at_once(
        given,
        acts(
            numbers,
            "move_day",
            {"last_day": later, "reason": "Stays on."},
            given.actor(given.world.hr),
            [late] * ROUNDS,
        ),
        acts(parts, "execute", {"account_name": "a1"}, given.actor(given.world.administrator), [late] * ROUNDS),
    )
    for number, end, day, came in zip(numbers, parts, moved, executed, strict=True):
        # Moved first, the owner is asked again; executed first, what is removed stays removed.
        expected = {"AWAITING_REGISTRATION": "AWAITING_REGISTRATION", "conflict": "AWAITING_DECISION"}
        assert given.state(end) == expected[came]
        assert day.startswith("AWAITING_")
        assert given.state(number) == given.state(end)
        [notice] = given.all(DepartureNotice, DepartureNotice.id == given.case(number).id)
        assert notice.last_day == later
    assert not broken(given.database, given.organisation.id)


def test_the_brake_holds_however_many_notice_at_once(given: Given) -> None:
    most = load_policy(None).departure.brake.at_least
    processes, each = 4, most // 4 + 5
    people = staff(given, processes * each, holding=False)
    found = at_once(
        given,
        *(
            [
                (leaving.notice, (leaver(person), given.actor(given.world.hr), NOW))
                for person in people[start::processes]
            ]
            for start in range(processes)
        ),
    )
    states = Counter(state for rows in found for state in rows)
    assert states == {"AWAITING_REGISTRATION": most, "QUEUED": processes * each - most}
    coordinator, head_of_it = (given.actor(row) for row in (given.world.coordinator, given.world.head_of_it))
    given.appointment(given.world.head_of_it, AppointedRole.SECURITY_COORDINATOR)
    released = together(
        place(given),
        turns,
        *[
            (barrier, [(cases.release_all, ("A reorganisation.", actor, NOW))])
            for barrier in [PROCESSES.Barrier(2)]
            for actor in (coordinator, head_of_it)
        ],
    )
    let_go = [row.number for rows in released for outcomes in rows for row in outcomes]
    assert len(let_go) == len(set(let_go)) == processes * each - most, "each once, whoever lets it go"
    assert {row.state for row in given.all(Case)} == {"AWAITING_REGISTRATION"}
    assert not broken(given.database, given.organisation.id)


def test_nobody_waits_in_a_ring(given: Given) -> None:
    """Everything that takes locks on the same people at once: the database would break a ring by refusing one."""
    people = staff(given, ROUNDS)
    world = given.world
    pending = [given.order(person, profile="WRITE") for person in people]
    manager = given.actor(world.manager)
    day = timedelta(days=1)
    evenings = [FIVE + place * day for place in range(ROUNDS)]
    found = at_once(
        given,
        [(leaving.notice, (leaver(person), given.actor(given.world.hr), NOW)) for person in people],
        [(orders.open_order, ([given.line(person, profile="ADMIN")], manager, NOW)) for person in people],
        acts(pending, "approve", {}, given.actor(world.head), [NOW] * ROUNDS),
        sweeps(evenings),
    )
    assert {state for rows in found for state in rows} <= {
        "AWAITING_DECISION",
        "AWAITING_EXECUTION",
        "AWAITING_REGISTRATION",
        "refused",
        "conflict",
        "",
    }
    assert not broken(given.database, given.organisation.id)
