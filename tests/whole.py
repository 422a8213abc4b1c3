"""A municipality in which everything happens: every kind of case in every state, and everybody who has to do with them.

What walks through the site by itself starts from it: axe, the table of authority, the counting of queries.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

import migrations
from models import (
    AccessProfile,
    AppointedRole,
    AttachmentKind,
    Database,
    DepartureKind,
    GrantState,
    Organisation,
    Person,
    PlanKind,
    RequestKind,
    SystemPlan,
)
from tests.given import LONG_AGO, NOW, Given
from workflows import orders
from workflows.deadlines import today

BEFORE: Final = timedelta(hours=3)
"""So long ago everything was done; a release that is ready has had its window open for an hour."""
REQUESTS: Final = (
    "AWAITING_DECISION",
    "AWAITING_COMPLETION",
    "AWAITING_EXECUTION",
    "AWAITING_REGISTRATION",
    "OBSTRUCTED",
    "COMPLETED",
    "REJECTED",
    "WITHDRAWN",
    "FAILED",
    "LAPSED",
)
RELEASES: Final = (
    "AWAITING_DECISION",
    "AWAITING_TEST",
    "AWAITING_SECURITY_REVIEW",
    "AWAITING_OPERATIONAL_APPROVAL",
    "AWAITING_DEPLOYMENT",
    "PROPOSED",
    "REJECTED",
    "WITHDRAWN",
    "AWAITING_REGISTRATION",
    "IN_OPERATION",
)


def hasty(url: str) -> Database:
    """An empty, migrated database that does not wait for the disk: if the power goes, so does the test."""
    database = Database(url)
    sa.event.listen(
        database.engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF")
    )
    migrations.upgrade(database)
    return database


@dataclass(frozen=True, kw_only=True)
class Whole:
    """What was made: who plays which part, and the number of each case by what it is an example of."""

    given: Given
    now: datetime
    people: dict[str, Person]
    """By what they are, in the order that tables have them in."""
    cases: dict[str, str]
    """``request AWAITING_DECISION``, ``release PROPOSED``, ``departure``… and its number."""


def whole_municipality(given: Given, now: datetime = NOW, *, size: int = 1) -> Whole:
    """Make it, as it stands at a moment. What a page may list is there `size` times; the labels are the same."""
    world = given.municipality()
    given.change(world.delegation, valid_from=LONG_AGO, valid_to=None)
    with given.database.writing(None) as session:
        session.execute(sa.update(Organisation).values(demonstration=True))
    others = _others(given)
    whole = Whole(
        given=given,
        now=now,
        cases={},
        people={
            "employee": world.outsider,
            "beneficiary": world.nurse,
            "requester": world.manager,
            "delegate": world.head,
            "deputy": world.deputy,
            "chair": world.chair,
            "administrator": world.administrator,
            "technician": world.technician,
            "hr": world.hr,
            "coordinator": world.coordinator,
            "head_of_it": world.head_of_it,
            "auditor": others["auditor"],
            "dpo": others["dpo"],
            "other_delegate": others["other_delegate"],
            "dismissed": others["dismissed"],
        },
    )
    _requests(whole, size)
    _elsewhere(whole, others["other_delegate"])
    _departures(whole, others["dismissed"], size)
    _releases(whole, size)
    return whole


def _others(given: Given) -> dict[str, Person]:
    """Those who are not in the small municipality."""
    roles = {
        "auditor": AppointedRole.AUDITOR,
        "dpo": AppointedRole.DATA_PROTECTION_OFFICER,
    }
    with given.together():
        people = {name: given.person(name) for name in (*roles, "other_delegate", "dismissed")}
        for name, role in roles.items():
            given.appointment(people[name], role)
    return people


def _requests(whole: Whole, size: int) -> None:
    """A request in each state, and what the nurse and others hold."""
    given, world, then = whole.given, whole.given.world, whole.now - BEFORE
    profiles = _profiles(given, size + len(REQUESTS))
    for place, state in enumerate(REQUESTS):
        for copy in range(size):
            person = world.nurse if copy == 0 else given.person()
            how: dict[str, Any] = {"now": then, "profile": profiles[place].key}
            number = given.take(given.order(person, **how), state, now=then)
            whole.cases.setdefault(f"request {state}", number)
    whole.cases["request DRAFT"] = given.order(now=then, submit=False, profile=profiles[-1].key)
    day = today(whole.now)
    for copy in range(size):
        person = given.person(f"protected{copy}", protected=True)
        number = given.order(person, now=then, profile="READ")
        whole.cases.setdefault("request of somebody with protected identity", number)
        given.grant(given.person(), world.write, ends_on=day - timedelta(days=2), state=GrantState.REVOCATION_PENDING)
        given.grant(given.person(), world.write, ends_on=day + timedelta(days=20))
        given.grant(world.nurse, _profiles(given, 1)[0], ends_on=day + timedelta(days=20))
        ending = given.grant(world.nurse, _profiles(given, 1)[0])
        end = replace(
            given.line(profile=_key_of(given, ending.profile_id), purpose="Not needed any more."), kind=RequestKind.END
        )
        number = orders.open_order(given.office, [end], given.actor(world.manager), then)[0].number
        whole.cases.setdefault("request to end", number)


def _profiles(given: Given, count: int) -> list[AccessProfile]:
    with given.together():
        return [given.profile() for _ in range(count)]


def _key_of(given: Given, profile_id: Any) -> str:
    return given.all(AccessProfile, AccessProfile.id == profile_id)[0].key


def _elsewhere(whole: Whole, head: Person) -> None:
    """Another board with its own department, system and head: a case that is none of the others' business."""
    given = whole.given
    with given.together():
        board = given.body("ROADSBOARD", parent=given.world.council)
        department = given.department("ROADSDEPARTMENT", body=board)
        manager = given.person("other_manager", department=department, manager=head)
        clerk = given.person("clerk", department=department, manager=manager)
        system = given.system("ROADS", owner=board, department=department, profiles=("DRAW",))
        given.administers(given.person("other_administrator", department=department), system)
        given.delegation(head, body=board, valid_from=LONG_AGO, valid_to=None)
    how: dict[str, Any] = {"by": manager, "now": whole.now - BEFORE, "system": "ROADS", "profile": "DRAW"}
    whole.cases["request of another department"] = given.order(clerk, **how)


def _departures(whole: Whole, dismissed: Person, size: int) -> None:
    """Somebody who leaves with accesses and a duty, a dismissal, a change of duties, one that is over."""
    given, world, then = whole.given, whole.given.world, whole.now - BEFORE
    day = today(whole.now)

    def leaves(label: str, person: Person, last_day: date, **more: Any) -> str:
        number = given.leaves(person, now=then, last_day=last_day, **more)
        whole.cases.setdefault(label, number)
        return number

    profiles = _profiles(given, size)
    leaver = given.person("leaver")
    for profile in profiles:
        given.grant(leaver, profile)
        given.administers(leaver, given.system())
    leaves("departure", leaver, day + timedelta(days=20))
    blocked = leaves("dismissal", dismissed, day, kind=DepartureKind.IMMEDIATE, reason="Dismissed.")
    given.act(blocked, "block", by=world.technician, now=then, ticket_number="N-9")
    for copy in range(size):
        leaves("dismissal not blocked yet", given.person(f"goes{copy}"), day, kind=DepartureKind.IMMEDIATE)
        mover = given.person(f"mover{copy}")
        given.grant(mover, profiles[0])
        where = given.department().key
        leaves("move", mover, day + timedelta(days=5), kind=DepartureKind.MOVE, new_department=where)
        stays = given.person(f"stays{copy}")
        given.grant(stays, profiles[0])
        over = leaves("departure CANCELLED", stays, day, ends_at=then)
        [end] = given.parts(over)
        given.take(end.number, "COMPLETED", now=then)
        given.act(over, "cancel", by=world.hr, now=then, reason="They stay.")
        back = leaves("departure REOPENING", given.person(f"back{copy}"), day, kind=DepartureKind.IMMEDIATE)
        given.act(back, "block", by=world.technician, now=then, ticket_number="N-9")
        given.act(back, "cancel", by=world.hr, now=then, reason="A mistake.")
    usual = given.office
    given.brake_at(0)
    for copy in range(size):
        leaves("departure QUEUED", given.person(f"queued{copy}"), day + timedelta(days=9))
    given.office = usual


def _releases(whole: Whole, size: int) -> None:
    """A release in each state, each of a system of its own: two of one system are never in deployment at once."""
    given, world, then = whole.given, whole.given.world, whole.now - BEFORE
    begins, ends = whole.now - timedelta(hours=1), whole.now + timedelta(hours=6)
    for place, state in enumerate(RELEASES):
        for _ in range(size):
            system = given.system(administrator=world.administrator)
            given.plans(system)
            number = given.release("2.0", system=system.key, now=then, planned_from=begins, planned_until=ends)
            given.take_release(number, state, now=then)
            whole.cases.setdefault(f"release {state}", number)
        given.save(
            SystemPlan(system_id=world.care.id, kind=PlanKind.OUTAGE, reference=f"O {place}", valid_from=LONG_AGO)
        )
    number = whole.cases["release AWAITING_SECURITY_REVIEW"]
    for copy in range(size):
        finding: dict[str, Any] = {"comment": f"Door {copy} stands open.", "blocking": "no"}
        given.act(number, "note_finding", by=world.coordinator, now=then, **finding)
        how: dict[str, Any] = {"name": f"review{copy}.txt", "contents": b"Doors."}
        given.attach(number, AttachmentKind.REVIEW, by=world.coordinator, now=then, **how)
