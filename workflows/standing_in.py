"""When somebody is away: for which days, and who decides in their place meanwhile."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from language import Text
from models import Absence, Person
from workflows import delegating
from workflows.authority import Authority
from workflows.deadlines import today
from workflows.delegating import NewDelegation, last_day_of
from workflows.errors import NotFound
from workflows.evidence import Actor
from workflows.office import Office
from workflows.views import names_of


def standing_in(session: Session, actor: Actor, now: datetime) -> dict[str, Any]:
    """Somebody's days away that are not over, and the delegations that name them, with who stands in for whom."""
    day = today(now)
    absences = session.exec(
        select(Absence)
        .where(Absence.person_id == actor.person_id, Absence.ends_on >= day)
        .order_by(col(Absence.starts_on))
    ).all()
    authority = Authority.read(session)
    named_in = [
        row
        for row in authority.delegations.values()
        if actor.person_id in (row.delegate_id, row.deputy_id)
        and any(authority.delegation_is_valid(row, system_id, day) for system_id in authority.systems)
    ]
    made_of = [row for row in authority.delegations.values() if row.parent_id in {each.id for each in named_in}]
    people = [person for row in (*named_in, *made_of) for person in (row.delegate_id, row.deputy_id)]
    named = names_of(session, people, actor.language)
    numbers = dict(session.exec(select(Person.id, Person.employee_number).where(col(Person.id).in_(set(people)))).all())
    return {
        "absences": [{"starts_on": row.starts_on, "ends_on": row.ends_on} for row in absences],
        "away": authority.is_away(actor.person_id, day) if actor.person_id else False,
        "delegations": [
            {
                "number": row.number,
                "body": authority.bodies[row.body_id].name,
                "body_key": authority.bodies[row.body_id].key,
                "own": row.delegate_id == actor.person_id,
                "delegate": named.get(row.delegate_id, ""),
                "deputy": named.get(row.deputy_id, ""),
                "systems": None
                if row.all_systems
                else sorted(authority.systems[each].name for each in authority.named_systems.get(row.id, ())),
                "from": row.valid_from,
                "to": last_day_of(row.valid_to, row.revoked_on),
                "reference": row.reference,
                "may_be_delegated": row.delegate_id == actor.person_id and row.further_levels > 0,
                "further": [
                    {
                        "number": each.number,
                        "delegate": named.get(each.delegate_id, ""),
                        "employee_number": numbers.get(each.delegate_id, ""),
                        "from": each.valid_from,
                        "to": last_day_of(each.valid_to, each.revoked_on),
                    }
                    for each in made_of
                    if each.parent_id == row.id and (last_day_of(each.valid_to, each.revoked_on) or day) >= day
                ],
            }
            for row in sorted(named_in, key=lambda row: row.number)
        ],
    }


def delegate_further(
    office: Office,
    parent: str,
    delegate: str,
    first: date,
    last: date,
    reference: str,
    actor: Actor,
    now: datetime,
) -> str:
    """Let somebody decide as well for a while, on all that one's own delegation covers. Returns the new one's number.

    Raises what :func:`workflows.delegating.delegate` raises.
    """
    with office.database.reading(office.organisation_id) as session:
        authority = Authority.read(session)
        above = next((row for row in authority.delegations.values() if row.number == parent), None)
        if above is None or above.delegate_id != actor.person_id:
            raise NotFound(Text("There is no delegation {number}.", number=parent))
        taken = {row.number for row in authority.delegations.values()}
        number = next(
            number for place in range(1, len(taken) + 2) if (number := f"{above.number}-{place}") not in taken
        )
        named = authority.named_systems.get(above.id, ())
        systems = None if above.all_systems else sorted(authority.systems[each].key for each in named)
        body = authority.bodies[above.body_id].key
    new = NewDelegation(
        number=number,
        body=body,
        delegate=delegate,
        reference=reference,
        first=first,
        last=last,
        systems=systems,
        parent=above.number,
    )
    return delegating.delegate(office, new, actor, now)
