"""The municipality that people come to: in the middle of its work, with departures and releases under way."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from benchmarks.places import SMALL
from benchmarks.visitors import Kind
from demo import cast
from demo.municipality import at_work
from demo.vocabulary import MUNICIPALITY_SCALE
from demo.weeks import WORKING_DAYS
from models import AppointedRole, Employment, EmploymentKind, Part, Person
from workflows import cases, leaving, releasing
from workflows.authority import Authority
from workflows.deadlines import today
from workflows.errors import BehorigError
from workflows.evidence import Actor
from workflows.leaving import Leaver
from workflows.lookup import actor_by_number
from workflows.mandate import Parties, who_holds
from workflows.office import Office
from workflows.policy import load_policy
from workflows.releasing import NewRelease
from workflows.waiting import waiting

LEAVERS: Final = 30
"""Some six hundred employments end in a year, and their departures are noticed some weeks before."""
RELEASES: Final = 12
ENOUGH: Final = 40
"""As many of a kind of people as anybody asks for."""


@dataclass(frozen=True, kw_only=True)
class Town:
    """Who lives there, and what waits."""

    size: int
    people: Mapping[Kind, Sequence[str]]
    """Employee numbers, those with most to do first."""
    waiting: Mapping[str, int]


def a_town(url: str, folder: Path, *, quick: bool) -> Town:
    """Make it up in an empty database, at this very hour."""
    now = datetime.now(UTC)
    office = at_work(
        url,
        folder,
        load_policy(None),
        now,
        base_url="http://localhost",
        scale=SMALL if quick else MUNICIPALITY_SCALE,
        days=2 if quick else WORKING_DAYS,
    )
    chance = random.Random(1)
    _depart(office, chance, now, 2 if quick else LEAVERS)
    _release(office, now, 2 if quick else RELEASES)
    with office.database.reading(office.organisation_id) as session:
        found = _read(session, office, now)
    office.database.dispose()
    return found


def _depart(office: Office, chance: random.Random, now: datetime, wanted: int) -> None:
    with office.database.reading(office.organisation_id) as session:
        hr = actor_by_number(session, cast.HR_OFFICER, channel="web")
        numbers = session.exec(
            select(Person.employee_number)
            .join(Employment, col(Employment.person_id) == col(Person.id))
            .where(Employment.kind == EmploymentKind.PERMANENT, col(Person.employee_number).not_in(_PLAYERS))
            .order_by(Person.employee_number)
        ).all()
    for number in chance.sample(numbers, wanted):
        last = today(now) + timedelta(days=chance.choice((7, 14, 30, 60)))
        with suppress(BehorigError):
            leaving.notice(office, Leaver(employee_number=number, last_day=last), hr, now)


def _release(office: Office, now: datetime, wanted: int) -> None:
    """Versions that are put forward by whoever administers a system; every other is let ahead, and tested next."""
    with office.database.reading(office.organisation_id) as session:
        authority = Authority.read(session)
        actors = {row.id: Actor.of(row, channel="web") for row in session.exec(select(Person))}
    begins = now + timedelta(days=14)
    for place, system in enumerate(sorted(authority.systems.values(), key=lambda row: row.key)[:wanted]):
        holders = {
            role: [actors[each] for each in who_holds(role, Parties(system_id=system.id), authority, today(now))]
            for role in ("administrator", "owner", "head_of_it")
        }
        new = NewRelease(
            system=system.key,
            version="2.0",
            contents="Belastningsprov",
            planned_from=begins,
            planned_until=begins + timedelta(hours=4),
        )
        with suppress(BehorigError, IndexError):
            outcome = releasing.propose(office, new, holders["administrator"][0], now)
            if place % 2:
                cases.act(office, outcome.number, "agree_date", {}, holders["head_of_it"][0], now)
                cases.act(office, outcome.number, "go_ahead", {}, holders["owner"][0], now)


_PLAYERS: Final = [number for number, *_ in cast.STORY]


def _read(session: Session, office: Office, now: datetime) -> Town:
    authority = Authority.read(session)
    rows = waiting(session, authority, office.policy, now)
    numbers = {row.id: row.employee_number for row in session.exec(select(Person))}
    day = today(now)

    def busiest(part: Part) -> list[str]:
        counted = Counter(mandate.person_id for row in rows if row.task.part == part for mandate in row.answer.holders)
        return [numbers[person] for person, _ in counted.most_common(ENOUGH)]

    def appointed(*roles: AppointedRole) -> list[str]:
        return [numbers[row.person_id] for role in roles for row in authority.appointed(role, day)]

    holders: set[UUID] = set(authority.employments)
    employed = session.exec(
        select(Employment).where(
            Employment.kind == EmploymentKind.PERMANENT,
            Employment.starts_on <= day,
            col(Employment.ends_on).is_(None),
        )
    ).all()
    managers = Counter(row.manager_id for row in employed if row.manager_id is not None)
    return Town(
        size=len(numbers),
        people={
            Kind.EMPLOYEE: [numbers[row.person_id] for row in employed if row.person_id not in holders][:ENOUGH],
            Kind.MANAGER: [numbers[person] for person, _ in managers.most_common(ENOUGH)],
            Kind.HEAD: busiest(Part.DECIDE),
            Kind.ADMINISTRATOR: busiest(Part.EXECUTE),
            Kind.TECHNICIAN: appointed(AppointedRole.TECHNICIAN),
            Kind.HR_OFFICER: appointed(AppointedRole.HR_OFFICER),
            Kind.SUPERVISOR: appointed(AppointedRole.SECURITY_COORDINATOR, AppointedRole.HEAD_OF_IT),
        },
        waiting=Counter(row.task.part for row in rows),
    )
