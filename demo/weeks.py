"""A demonstration in the middle of its work: some weeks of orders, decisions, delays and departures, as people do them.

Everything is done through the workflows, by those who may, at the hours of working days; the same seed, the same weeks.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlmodel import Session, col, select

from demo.cast import HR_OFFICER, STORY
from demo.versions import Versions
from models import RELEASE, AccessProfile, Employment, EmploymentKind, ItSystem, Part, Person
from workflows import cases, escalation, leaving, orders
from workflows.authority import Authority
from workflows.deadlines import STOCKHOLM, Calendar, today
from workflows.errors import BehorigError
from workflows.evidence import Actor
from workflows.leaving import Leaver
from workflows.lookup import actor_by_number
from workflows.office import Office
from workflows.orders import Line
from workflows.waiting import Waiting, waiting

WORKING_DAYS: Final = 9
ORDERS_A_DAY: Final = 14
DEPARTURES_A_DAY: Final = 1
HOURS: Final = (8, 10, 13, 15)
VERSIONS_AT: Final = 10
PURPOSES: Final = (
    "Ny på enheten, behöver systemet från första dagen.",
    "Ska vikariera under en föräldraledighet.",
    "Tar över uppgifter från en kollega som slutar.",
    "Behöver följa upp verksamhetens statistik.",
    "Ska handlägga ärenden i den egna gruppen.",
    "Går in som stöd till en annan enhet under våren.",
)
QUESTIONS: Final = ("Vilken enhet gäller det?", "Räcker inte läsbehörighet?", "Hur länge behövs den?")
NO: Final = ("Uppgifterna ingår inte i tjänsten.", "Enheten använder inte längre systemet.")
OBSTACLES: Final = ("Kontot finns redan under ett annat namn.", "Licenserna är slut hos leverantören.")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Somebody for whom something may be ordered, and by whom."""

    number: str
    employment: str
    manager: str


def live(
    office: Office,
    now: datetime,
    *,
    days: int = WORKING_DAYS,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Let the weeks before now pass; the last day stops at now, with what is open then."""
    chance = random.Random(seed)
    passing = working_days(office.policy.calendar, today(now), days)
    with office.database.reading(office.organisation_id) as session:
        candidates, wares = _candidates(session, passing[0]), _wares(session)
        hr = actor_by_number(session, HR_OFFICER, channel="web")
    # Whom a visitor is told to act as does not leave.
    in_the_story = {number for number, *_ in STORY}
    leavers = [person for person in candidates if person.number not in in_the_story]
    versions = Versions(office=office, planned=passing[-1] + timedelta(days=7))
    for place, day in enumerate(passing):
        for hour in HOURS:
            at = datetime.combine(day, time(hour, chance.randrange(60)), tzinfo=STOCKHOLM)
            if at >= now:
                break
            for _ in range(ORDERS_A_DAY // 4 + chance.randrange(2)):
                _order(office, chance, candidates, wares, at)
            _work(office, chance, min(at + timedelta(minutes=20), now))
            if hour == VERSIONS_AT:
                versions.go_on(min(at + timedelta(minutes=30), now))
        evening = datetime.combine(day, time(17, 30), tzinfo=STOCKHOLM)
        if evening < now:
            for _ in range(DEPARTURES_A_DAY):
                _leave(office, chance, leavers, hr, evening)
            escalation.sweep_all(office, evening)
        if progress:
            progress(place + 1, len(passing))


def working_days(calendar: Calendar, last: date, count: int = WORKING_DAYS) -> Sequence[date]:
    """The last working days up to a day, and that day itself whatever it is."""
    found: list[date] = []
    day = last
    while len(found) < count:
        if calendar.is_working_day(day) or day == last:
            found.append(day)
        day -= timedelta(days=1)
    return found[::-1]


def _candidates(session: Session, day: date) -> list[Candidate]:
    manager = col(Employment.manager_id)
    rows = session.exec(
        select(Person.employee_number, Employment.number, Employment.manager_id)
        .join(Employment, col(Employment.person_id) == col(Person.id))
        .where(
            Employment.starts_on <= day,
            col(Employment.ends_on).is_(None),
            Employment.kind == EmploymentKind.PERMANENT,
            manager.is_not(None),
        )
        .order_by(Person.employee_number)
    ).all()
    managers = {row.id: row.employee_number for row in session.exec(select(Person))}
    return [
        Candidate(number=number, employment=which, manager=managers[above]) for number, which, above in rows if above
    ]


def _wares(session: Session) -> list[tuple[str, str]]:
    rows = session.exec(
        select(ItSystem.key, AccessProfile.key)
        .join(AccessProfile, col(AccessProfile.system_id) == col(ItSystem.id))
        .order_by(ItSystem.key, AccessProfile.key)
    ).all()
    return [(system, profile) for system, profile in rows]


def _order(
    office: Office, chance: random.Random, people: Sequence[Candidate], wares: Sequence[tuple[str, str]], at: datetime
) -> None:
    person, (system, profile) = chance.choice(people), chance.choice(wares)
    first = today(at) + timedelta(days=chance.randrange(10))
    line = Line(
        employee_number=person.number,
        employment_number=person.employment,
        system=system,
        profile=profile,
        purpose=chance.choice(PURPOSES),
        starts_on=first,
        ends_on=first + timedelta(days=chance.choice((90, 180, 365))),
    )
    with office.database.reading(office.organisation_id) as session:
        manager = actor_by_number(session, person.manager, channel="web")
    try:
        orders.open_order(office, [line], manager, at)
    except BehorigError:
        # What a rule refuses is not ordered; the attempt is on the record, as it would be.
        return


def _work(office: Office, chance: random.Random, at: datetime) -> None:
    """What is done of all that waits: most of it in a day or two, some of it late."""
    with office.database.reading(office.organisation_id) as session:
        open_tasks = waiting(session, Authority.read(session), office.policy, at)
        ordinary = [task for task in open_tasks if task.case.workflow != RELEASE]
        mine = [task for task in ordinary if task.answer.holders and chance.random() < 0.22]
        holders = {task.answer.holders[0].person_id for task in mine}
        people = {row.id: row for row in session.exec(select(Person).where(col(Person.id).in_(holders)))}
    for task in mine:
        actor = Actor.of(people[task.answer.holders[0].person_id], channel="web")
        event, data = _act(chance, task)
        try:
            cases.act(office, task.case.number, event, data, actor, at)
        except BehorigError:
            continue


def _act(chance: random.Random, task: Waiting) -> tuple[str, dict[str, str]]:
    ticket = f"NX-{chance.randrange(100_000, 999_999)}"
    match Part(task.task.part):
        case Part.DECIDE:
            if (drawn := chance.random()) < 0.08 and task.kind != "END":
                return "reject", {"reason": chance.choice(NO)}
            if drawn < 0.2 and task.kind != "END":
                return "return_for_completion", {"reason": chance.choice(QUESTIONS)}
            return "approve", {}
        case Part.COMPLETE:
            return "complete", {"comment": "Det gäller den egna enheten, och bara så länge som står i beställningen."}
        case Part.EXECUTE:
            if chance.random() < 0.06:
                return "report_obstacle", {"reason": chance.choice(OBSTACLES), "solver": "owner"}
            return "execute", {"account_name": f"anv{chance.randrange(1000, 9999)}"}
        case Part.REGISTER:
            return "register", {"ticket_number": ticket}
        case Part.SOLVE:
            return "resume", {"comment": "Löst med leverantören."}
        case Part.BLOCK:
            return "block", {"ticket_number": ticket}
        case Part.CLOSE_ACCOUNTS:
            return "close_accounts", {"ticket_number": ticket}
        case Part.REOPEN_ACCOUNTS:
            return "reopen_accounts", {"ticket_number": ticket}
        case Part.RETURN_EQUIPMENT:
            return "return_equipment", {"comment": "Dator och telefon, rensade."}
        case _:
            # What nobody here does: drafts, the queue, successors.
            return "submit", {}


def _leave(office: Office, chance: random.Random, people: Sequence[Candidate], hr: Actor, at: datetime) -> None:
    person = chance.choice(people)
    last = today(at) + timedelta(days=chance.choice((2, 5, 14, 30)))
    leaver = Leaver(employee_number=person.number, employment_number=person.employment, last_day=last)
    try:
        leaving.notice(office, leaver, hr, at)
    except BehorigError:
        return
