"""What an inbox leaves out unread is what nobody's answer could have named them for."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from models import (
    Absence,
    Administrator,
    AppointedRole,
    Appointment,
    BodyKind,
    Database,
    Delegation,
    Employment,
    GoverningBody,
    ItSystem,
    Part,
)
from tests.given import NOW, Given
from tests.whole import whole_municipality
from workflows.answers import answered, open_tasks
from workflows.authority import Authority
from workflows.mandate import Parties, Play, reach_of, who_may

DAY = date(2026, 3, 10)
A_WEEK = timedelta(days=7)
# Few enough to meet, and more people than have every role.
PEOPLE = [UUID(int=10 + n) for n in range(4)]
BODIES, SYSTEMS, DEPARTMENTS = ([UUID(int=first + n) for n in range(2)] for first in (20, 30, 40))
SOME_DAY = st.sampled_from([DAY - A_WEEK, DAY, DAY + A_WEEK])
ROLES_GAINED = ("deputy", "chair", "superior_chair", "head_of_department", "head_of_it", "manager", "technician")


@st.composite
def delegations(draw: st.DrawFn) -> Delegation:
    """Somebody's, of some body, that may or may not hold."""
    first = draw(SOME_DAY)
    return Delegation(
        id=draw(st.uuids()),
        number="D",
        body_id=draw(st.sampled_from(BODIES)),
        delegate_id=draw(st.sampled_from(PEOPLE)),
        deputy_id=draw(st.none() | st.sampled_from(PEOPLE)),
        all_systems=draw(st.booleans()),
        valid_from=first,
        valid_to=draw(st.none() | st.just(first + A_WEEK)),
        reference="§ 1",
    )


@st.composite
def appointments(draw: st.DrawFn) -> Appointment:
    """Somebody's, to some role, of a body or a department where the role has one."""
    role = draw(st.just(AppointedRole.HEAD_OF_DEPARTMENT) | st.sampled_from(AppointedRole))
    return Appointment(
        id=draw(st.uuids()),
        person_id=draw(st.sampled_from(PEOPLE)),
        role=role,
        body_id=draw(st.sampled_from(BODIES)) if role is AppointedRole.CHAIR else None,
        department_id=draw(st.sampled_from(DEPARTMENTS)) if role is AppointedRole.HEAD_OF_DEPARTMENT else None,
        valid_from=draw(SOME_DAY),
    )


@st.composite
def authorities(draw: st.DrawFn) -> Authority:
    """Anybody in any role, here or away."""
    rows = draw(st.lists(delegations(), max_size=3))
    named = {row.id: frozenset(draw(st.sets(st.sampled_from(SYSTEMS)))) for row in rows}
    administrators = draw(st.lists(st.tuples(st.sampled_from(SYSTEMS), st.sampled_from(PEOPLE), SOME_DAY), max_size=3))
    return Authority(
        delegations={row.id: row for row in rows},
        named_systems=named,
        appointments=tuple(draw(st.lists(appointments(), max_size=3))),
        administrators=tuple(
            Administrator(system_id=system, person_id=person, valid_from=day) for system, person, day in administrators
        ),
        absences=tuple(
            Absence(person_id=person, starts_on=DAY, ends_on=DAY) for person in draw(st.sets(st.sampled_from(PEOPLE)))
        ),
        bodies={
            body: GoverningBody(
                id=body, key="B", name="B", kind=BodyKind.BOARD, parent_id=draw(st.none() | st.sampled_from(BODIES))
            )
            for body in BODIES
        },
        systems={
            system: ItSystem(
                id=system,
                key="S",
                name="S",
                owner_id=draw(st.sampled_from(BODIES)),
                department_id=draw(st.sampled_from(DEPARTMENTS)),
            )
            for system in SYSTEMS
        },
        employments={
            person: (Employment(person_id=person, department_id=DEPARTMENTS[0], starts_on=DAY - A_WEEK),)
            for person in PEOPLE
        },
        over_from={},
    )


@st.composite
def parties(draw: st.DrawFn) -> Parties:
    """Whoever has to do with it, in a case about one of the systems."""
    somebody = st.none() | st.sampled_from(PEOPLE)
    return Parties(
        person_id=draw(somebody),
        system_id=draw(st.sampled_from(SYSTEMS)),
        body_id=draw(st.none() | st.sampled_from(BODIES)),
        released_by=draw(st.sampled_from(["", "hr_officer", "security_coordinator", "head_of_it"])),
        requester_id=draw(somebody),
        manager_id=draw(somebody),
        played={play: frozenset(draw(st.sets(st.sampled_from(PEOPLE), max_size=1))) for play in Play},
        solver=draw(st.sampled_from(["", "owner", "administrator", "technician", "head_of_it", "requester"])),
    )


@settings(max_examples=200, deadline=None)
@drawn(authorities(), parties(), st.sets(st.sampled_from(ROLES_GAINED)))
def test_nobody_is_named_for_what_is_outside_their_reach(authority: Authority, case: Parties, gained: set[str]) -> None:
    reaches = {person: reach_of(person, authority) for person in PEOPLE}
    for part in Part:
        for mandate in who_may(part, case, authority, DAY, gained, len(gained)).holders:
            reach = reaches[mandate.person_id]
            theirs = {case.requester_id, case.manager_id}
            assert part in reach.parts or case.system_id in reach.systems or mandate.person_id in theirs


@pytest.mark.parametrize("later", [timedelta(), timedelta(days=30)], ids=["now", "in a month"])
def test_an_inbox_finds_within_somebodys_reach_all_that_it_would_find_among_everything(
    database: Database, later: timedelta
) -> None:
    whole = whole_municipality(Given(database))
    office, now, some = whole.given.office, NOW + later, open_tasks()
    with database.reading(office.organisation_id) as session:
        authority = Authority.read(session)
        everything = list(answered(session, authority, office.policy, now, some))
        assert len({row.task_id for row in everything}) == len(everything) > 20
        for role, person in whole.people.items():
            near = answered(session, authority, office.policy, now, some, reach_of(person.id, authority))
            theirs = {row.task_id for row in everything if row.answer.of(person.id)}
            assert {row.task_id for row in near if row.answer.of(person.id)} == theirs, role
