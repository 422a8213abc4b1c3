"""Ordering in a few steps: whom one may order for, what can be ordered, and the same as a colleague has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import Text
from models import AccessGrant, AccessProfile, Employment, ItSystem, Person
from workflows.beneficiaries import lasts, may_be_ordered_for, person_for
from workflows.deadlines import today
from workflows.errors import Reason
from workflows.evidence import Actor
from workflows.people import shown_name

MOST_PEOPLE: Final = 20


def people_for(session: Session, text: str, actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """Those one may order for, whose name or number fits. A protected identity is found by its whole number only."""
    words = text.strip().lower()
    wanted = col(Person.employee_number) == text.strip()
    for word in [words] if words else []:
        name = sa.func.lower(col(Person.given_name) + " " + col(Person.family_name))
        open_to_see = col(Person.protected_identity).is_(False)
        wanted = wanted | (open_to_see & (name.contains(word, autoescape=True)))
        wanted = wanted | (open_to_see & col(Person.employee_number).startswith(word, autoescape=True))
    query = select(Person).where(may_be_ordered_for(actor, today(now)))
    if words:
        query = query.where(wanted)
    rows = session.exec(
        query.order_by(col(Person.id) != actor.person_id, col(Person.family_name), col(Person.given_name)).limit(
            MOST_PEOPLE
        )
    ).all()
    return shown(session, rows, actor, now)


def shown(session: Session, people: Sequence[Person], actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """Some people as they are shown to whoever orders."""
    titles = _titles(session, [row.id for row in people], today(now))
    return [
        {
            "employee_number": row.employee_number,
            "name": shown_name(row, actor.language),
            "title": "" if row.protected_identity else titles.get(row.id, ""),
        }
        for row in people
    ]


def _titles(session: Session, people: Sequence[UUID], day: date) -> dict[UUID, str]:
    rows = session.exec(select(Employment).where(col(Employment.person_id).in_(people), lasts(day)))
    return {row.person_id: row.title for row in rows}


def employments_for(session: Session, person: Person, now: datetime) -> list[tuple[str, str]]:
    """The employments that access can hang on, by number and title."""
    rows = session.exec(
        select(Employment)
        .where(Employment.person_id == person.id, lasts(today(now)))
        .order_by(col(Employment.starts_on))
    )
    return [(row.number, row.title or row.number) for row in rows]


# --- What can be ordered -------------------------------------------------------------------------------------------


def systems_to_order(session: Session, now: datetime) -> list[tuple[str, str]]:
    """The systems in operation with something to order, by key and name."""
    day = today(now)
    offered = sa.select(col(AccessProfile.system_id)).where(_in_force(day))
    rows = session.exec(
        select(ItSystem).where(_in_operation(day), col(ItSystem.id).in_(offered)).order_by(col(ItSystem.name))
    )
    return [(row.key, row.name) for row in rows]


def lines_for(session: Session, keys: Iterable[str], person: Person, now: datetime) -> list[dict[str, Any]]:
    """What can be ordered in some systems, in the order they are named, and what the person has there already."""
    day, wanted = today(now), list(dict.fromkeys(keys))
    systems = {
        row.key: row for row in session.exec(select(ItSystem).where(col(ItSystem.key).in_(wanted), _in_operation(day)))
    }
    ids = [row.id for row in systems.values()]
    profiles = session.exec(
        select(AccessProfile)
        .where(col(AccessProfile.system_id).in_(ids))
        .order_by(col(AccessProfile.level), col(AccessProfile.name))
    ).all()
    held = {
        row.profile_id: row
        for row in session.exec(
            select(AccessGrant).where(
                AccessGrant.person_id == person.id,
                col(AccessGrant.system_id).in_(ids),
                col(AccessGrant.ended_at).is_(None),
            )
        )
    }
    return [_line(systems[key], profiles, held, day) for key in wanted if key in systems]


def _line(
    system: ItSystem, profiles: Sequence[AccessProfile], held: dict[UUID, AccessGrant], day: date
) -> dict[str, Any]:
    own = [row for row in profiles if row.system_id == system.id]
    return {
        "key": system.key,
        "name": system.name,
        "profiles": [
            {
                "key": row.key,
                "name": row.name,
                "allows": row.allows,
                "privileged": row.privileged,
                "needs_last_day": row.requires_end_date or row.max_days is not None,
                "max_days": row.max_days,
                "needs_undertaking": row.requires_undertaking,
            }
            for row in own
            if _can_be_ordered(row, day) and row.id not in held
        ],
        "has": [{"key": row.key, "name": row.name, "ends_on": held[row.id].ends_on} for row in own if row.id in held],
    }


def _in_operation(day: date) -> sa.ColumnElement[bool]:
    withdrawn = col(ItSystem.approval_withdrawn_on)
    return (col(ItSystem.approved_on) <= day) & (withdrawn.is_(None) | (withdrawn > day))


def _in_force(day: date) -> sa.ColumnElement[bool]:
    withdrawn = col(AccessProfile.withdrawn_on)
    return (col(AccessProfile.valid_from) <= day) & (withdrawn.is_(None) | (withdrawn > day))


def _can_be_ordered(profile: AccessProfile, day: date) -> bool:
    return profile.valid_from <= day and (profile.withdrawn_on is None or profile.withdrawn_on > day)


# --- The same as a colleague ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Copied:
    """What a colleague has that can be ordered for another: a profile for each system; and what was left out, why."""

    chosen: dict[str, str] = field(default_factory=dict)
    left_out: tuple[Reason, ...] = ()


def copied(session: Session, colleague: str, person: Person, actor: Actor, now: datetime) -> Copied:
    """The access of somebody one may order for, as far as it can be ordered for another.

    The highest profile of each system; what is privileged is ordered by itself. NotFound for everybody else.
    """
    source = person_for(session, colleague, actor, now)
    day = today(now)
    rows = session.execute(
        select(AccessProfile, ItSystem)
        .join(ItSystem, col(ItSystem.id) == col(AccessProfile.system_id))
        .join(AccessGrant, col(AccessGrant.profile_id) == col(AccessProfile.id))
        .where(AccessGrant.person_id == source.id, col(AccessGrant.ended_at).is_(None))
        .order_by(col(ItSystem.name), col(AccessProfile.level))
    ).all()
    has = set(
        session.exec(
            select(AccessGrant.profile_id).where(
                AccessGrant.person_id == person.id, col(AccessGrant.ended_at).is_(None)
            )
        )
    )
    in_operation = {key for key, _ in systems_to_order(session, now)}
    chosen: dict[str, str] = {}
    left_out = []
    for profile, system in rows:
        what = {"system": system.name, "profile": profile.name}
        if profile.id in has:
            left_out.append(Reason("has-it", Text("{system}, {profile}: the person has it already.", **what)))
        elif system.key not in in_operation or not _can_be_ordered(profile, day):
            left_out.append(Reason("not-offered", Text("{system}, {profile}: cannot be ordered any more.", **what)))
        elif profile.privileged:
            left_out.append(
                Reason("privileged", Text("{system}, {profile}: is privileged, and is ordered by itself.", **what))
            )
        else:
            chosen[system.key] = profile.key
    return Copied(chosen=chosen, left_out=tuple(left_out))
