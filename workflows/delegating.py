"""Delegations, absences and undertakings: what people say once, outside any case. Each is an event of its own.

A delegation is a body's decision: its chair writes it, or a delegate who was allowed to delegate further does. It is
never changed; it can end earlier, and a new one can follow. Source: IT programme 3.2.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import Text
from models import (
    Absence,
    AppointedRole,
    ConfidentialityUndertaking,
    DelegatedSystem,
    Delegation,
    Employment,
    GoverningBody,
    ItSystem,
    Organisation,
    Person,
    new_id,
)
from workflows import evidence
from workflows.authority import Authority
from workflows.deadlines import today
from workflows.errors import BadInput, NotFound, Reason, Refused
from workflows.evidence import Actor, Entry
from workflows.lookup import body_by_key, person_by_number, system_by_key
from workflows.office import Office


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a delegation says, as far as a chain of them is concerned. Days are included; no systems means all."""

    number: str
    body_id: UUID
    delegate_id: UUID
    systems: frozenset[UUID] | None
    further_levels: int
    first: date
    last: date | None
    """The last day, an earlier end by revocation counted."""


def chain_problems(below: Terms, above: Terms, names: Mapping[UUID, str]) -> Iterator[tuple[str, Text]]:
    """What is wrong with one delegation made under another, by the field it stands in.

    Nobody can delegate further than they were allowed, more than they have, or for longer.
    """
    number = above.number
    if below.body_id != above.body_id:
        body = names.get(above.body_id, "?")
        yield "body", Text("delegation {number} is of the body {body}; write that.", number=number, body=body)
    if below.delegate_id == above.delegate_id:
        yield "delegate", Text("has this already by delegation {number}; delegate to another.", number=number)
    if above.further_levels == 0:
        yield "parent", Text("delegation {number} may not be delegated further.", number=number)
    elif above.further_levels <= below.further_levels:
        most = above.further_levels - 1
        yield "further_levels", Text("delegation {number} leaves at most {levels} here.", number=number, levels=most)
    if above.systems is not None and (below.systems is None or not below.systems <= above.systems):
        covered = ", ".join(sorted(names.get(each, "?") for each in above.systems))
        yield "systems", Text("delegation {number} covers only {systems}.", number=number, systems=covered)
    if below.first < above.first:
        yield "from", Text("delegation {number} begins on {first}.", number=number, first=above.first)
    if above.last is not None and (below.last is None or below.last > above.last):
        yield "to", Text("delegation {number} ends on {last}; end no later.", number=number, last=above.last)


def last_day_of(valid_to: date | None, revoked_on: date | None) -> date | None:
    """The last day on which a delegation holds: its own, or the day before it was revoked."""
    ends = [valid_to] if valid_to else []
    if revoked_on is not None:
        ends.append(revoked_on - timedelta(days=1))
    return min(ends, default=None)


# --- Writing and ending delegations --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class NewDelegation:
    """A delegation as somebody writes it; people, body and systems by the words they are known by."""

    number: str
    body: str
    delegate: str
    reference: str
    first: date
    last: date | None = None
    deputy: str | None = None
    systems: Sequence[str] | None = None
    further_levels: int = 0
    parent: str | None = None


def delegate(office: Office, new: NewDelegation, actor: Actor, now: datetime) -> str:
    """Write a delegation. Returns its number.

    Raises Refused when the actor may not delegate for the body, BadInput for what does not fit together, NotFound
    for a word that is not known.
    """
    with office.database.writing(office.organisation_id) as session:
        chain = _chain(session, office)
        body = body_by_key(session, new.body)
        systems = None if new.systems is None else [system_by_key(session, key) for key in new.systems]
        row = Delegation(
            id=new_id(),
            organisation_id=office.organisation_id,
            number=new.number.strip(),
            body_id=body.id,
            delegate_id=person_by_number(session, new.delegate).id,
            deputy_id=person_by_number(session, new.deputy).id if new.deputy else None,
            all_systems=systems is None,
            parent_id=_by_number(session, new.parent).id if new.parent else None,
            further_levels=new.further_levels,
            valid_from=new.first,
            valid_to=new.last,
            reference=new.reference.strip(),
        )
        _check(session, row, systems, body)
        authority = Authority.read(session)
        basis = _right_to_delegate(authority, row, systems, actor, today(now))
        session.add(row)
        session.flush()
        for system in systems or ():
            session.add(
                DelegatedSystem(organisation_id=office.organisation_id, delegation_id=row.id, system_id=system.id)
            )
        data = {
            "delegation": row.number,
            "body": body.key,
            "delegate": new.delegate,
            "deputy": new.deputy,
            "systems": sorted(system.key for system in systems) if systems is not None else None,
            "parent": new.parent,
            "further_levels": row.further_levels,
            "from": row.valid_from.isoformat(),
            "to": row.valid_to.isoformat() if row.valid_to else None,
            "reference": row.reference,
        }
        _append(session, chain, Entry(kind="delegate", at=now, actor=actor, mandate=basis, data=data))
    return row.number


def revoke(office: Office, number: str, revoked_on: date, reason: str, actor: Actor, now: datetime) -> None:
    """End a delegation from a day on, today or later; what was decided on it stays decided.

    Raises Refused when the actor may not; BadInput without a reason, or when it would last longer than it does.
    """
    with office.database.writing(office.organisation_id) as session:
        chain = _chain(session, office)
        row = _by_number(session, number)
        problems = []
        if not reason.strip():
            problems.append(Reason("no-reason", Text("Say why the delegation ends.")))
        if revoked_on < today(now):
            problems.append(
                Reason("past", Text("A delegation ends today or later: what was decided on it stays decided."))
            )
        before = last_day_of(row.valid_to, row.revoked_on)
        if before is not None and before < revoked_on:
            problems.append(Reason("ends-already", Text("The delegation ends {day} already.", day=before)))
        if problems:
            raise BadInput(problems)
        basis = _right_to_delegate(Authority.read(session), row, None, actor, today(now), ending=True)
        row.revoked_on = revoked_on
        data = {"delegation": row.number, "revoked_on": revoked_on.isoformat()}
        entry = Entry(kind="delegation.end", at=now, actor=actor, comment=reason.strip(), mandate=basis, data=data)
        _append(session, chain, entry)


def _check(session: Session, row: Delegation, systems: Sequence[ItSystem] | None, body: GoverningBody) -> None:
    """What a delegation must be in itself, and under the one it is made under."""
    problems: list[tuple[str, Text]] = []
    if not row.number:
        problems.append(("number", Text("is missing.")))
    if _find(session, row.number) is not None:
        problems.append(("number", Text("there is a delegation {number} already.", number=row.number)))
    if not row.reference:
        problems.append(("reference", Text("is missing: name the decision that the delegation rests on.")))
    if row.deputy_id == row.delegate_id:
        problems.append(("deputy", Text("the deputy must be another person than the delegate.")))
    if row.valid_to is not None and row.valid_to < row.valid_from:
        problems.append(("to", Text("is before the first day.")))
    if row.further_levels < 0:
        problems.append(("further_levels", Text("is 0 or more.")))
    if systems is not None and not systems:
        problems.append(("systems", Text("names none; leave it out for all systems of the body.")))
    foreign = [system.key for system in systems or () if system.owner_id != body.id]
    if foreign:
        problems.append(("systems", Text("{systems}: not owned by {body}.", systems=", ".join(foreign), body=body.key)))
    if row.parent_id is not None:
        above = session.exec(select(Delegation).where(Delegation.id == row.parent_id)).one()
        names = {system.id: system.key for system in session.exec(select(ItSystem))} | {body.id: body.key}
        named = None if systems is None else frozenset(system.id for system in systems)
        problems += chain_problems(terms_of(row, named), terms_of(above, _named_systems(session, above)), names)
    if problems:
        raise BadInput(
            [Reason("delegation", Text("{field}: {what}", field=field, what=what)) for field, what in problems]
        )


def terms_of(row: Delegation, systems: frozenset[UUID] | None) -> Terms:
    """A delegation's row in terms of the chain."""
    return Terms(
        number=row.number,
        body_id=row.body_id,
        delegate_id=row.delegate_id,
        systems=systems,
        further_levels=row.further_levels,
        first=row.valid_from,
        last=last_day_of(row.valid_to, row.revoked_on),
    )


def _named_systems(session: Session, row: Delegation) -> frozenset[UUID] | None:
    if row.all_systems:
        return None
    query = select(DelegatedSystem.system_id).where(DelegatedSystem.delegation_id == row.id)
    return frozenset(session.exec(query).all())


def _right_to_delegate(
    authority: Authority,
    row: Delegation,
    systems: Sequence[ItSystem] | None,
    actor: Actor,
    day: date,
    *,
    ending: bool = False,
) -> dict[str, Any]:
    """The mandate on which somebody writes or ends a delegation: chair of the body, or the delegate above."""
    for chair in authority.appointed(AppointedRole.CHAIR, day, body_id=row.body_id):
        if chair.person_id == actor.person_id and authority.is_employed(chair.person_id, day):
            return {"basis": "chair", "reference": chair.reference, "basis_id": str(chair.id)}
    above = authority.delegations.get(row.parent_id) if row.parent_id else None
    if above is not None and above.delegate_id == actor.person_id and authority.is_employed(above.delegate_id, day):
        covered = [system.id for system in systems or ()] or [
            system.id for system in authority.systems.values() if system.owner_id == row.body_id
        ]
        if ending or all(authority.delegation_is_valid(above, system_id, day) for system_id in covered):
            return {"basis": "delegation", "reference": above.reference, "basis_id": str(above.id)}
    who = Text("Only the chair of the body, or the delegate it is made under, writes or ends a delegation.")
    raise Refused("delegate", [Reason("may-not-delegate", who)])


def delegations(session: Session, body: str | None, day: date) -> list[dict[str, Any]]:
    """The delegations, those of one body when it is named, with whether each holds on a day."""
    authority = Authority.read(session)
    wanted = body_by_key(session, body).id if body else None
    people = {row.id: row.employee_number for row in session.exec(select(Person))}
    rows = sorted(authority.delegations.values(), key=lambda row: row.number)
    return [
        {
            "number": row.number,
            "body": authority.bodies[row.body_id].key,
            "delegate": people[row.delegate_id],
            "deputy": people[row.deputy_id] if row.deputy_id else None,
            "systems": None if row.all_systems else _keys(authority, row),
            "from": row.valid_from,
            "to": last_day_of(row.valid_to, row.revoked_on),
            "further_levels": row.further_levels,
            "parent": authority.delegations[row.parent_id].number if row.parent_id else None,
            "reference": row.reference,
            "holds": any(authority.delegation_is_valid(row, system_id, day) for system_id in authority.systems),
        }
        for row in rows
        if wanted in (None, row.body_id)
    ]


def _keys(authority: Authority, row: Delegation) -> list[str]:
    return sorted(authority.systems[each].key for each in authority.named_systems.get(row.id, ()))


# --- Absences and undertakings -------------------------------------------------------------------------------------

MOST_DAYS_AWAY: Final = 366


def away(office: Office, employee_number: str, first: date, last: date, actor: Actor, now: datetime) -> None:
    """Note that somebody is away, so that their deputy acts; both days are included.

    Said by oneself or by one's manager. Raises Refused for anybody else, BadInput for days that cannot be.
    """
    with office.database.writing(office.organisation_id) as session:
        chain = _chain(session, office)
        person = person_by_number(session, employee_number)
        if actor.person_id != person.id and actor.person_id not in _managers(session, person.id):
            raise Refused("away", [Reason("not-yours", Text("Only oneself or one's manager says that one is away."))])
        if last < max(first, today(now)) or (last - first).days >= MOST_DAYS_AWAY:
            text = Text("Give a first day and a last, today or later, at most a year apart.")
            raise BadInput([Reason("bad-days", text)])
        session.add(Absence(organisation_id=office.organisation_id, person_id=person.id, starts_on=first, ends_on=last))
        data = {"person": person.employee_number, "from": first.isoformat(), "to": last.isoformat()}
        _append(session, chain, Entry(kind="away", at=now, actor=actor, data=data))


def back(office: Office, employee_number: str, actor: Actor, now: datetime) -> int:
    """Take back the absences that are not over, from today on. Returns how many there were."""
    with office.database.writing(office.organisation_id) as session:
        chain = _chain(session, office)
        person = person_by_number(session, employee_number)
        if actor.person_id != person.id and actor.person_id not in _managers(session, person.id):
            raise Refused("back", [Reason("not-yours", Text("Only oneself or one's manager says that one is away."))])
        day = today(now)
        rows = session.exec(select(Absence).where(Absence.person_id == person.id, Absence.ends_on >= day)).all()
        for row in rows:
            if row.starts_on >= day:
                session.delete(row)
            else:
                row.ends_on = day - timedelta(days=1)
        if rows:
            data = {"person": person.employee_number, "from": day.isoformat()}
            _append(session, chain, Entry(kind="back", at=now, actor=actor, data=data))
    return len(rows)


def acknowledge(office: Office, actor: Actor, now: datetime) -> None:
    """The actor acknowledges the undertaking of confidentiality; nobody does it for another."""
    if actor.person_id is None:
        raise BadInput([Reason("no-actor", Text("An undertaking is acknowledged by somebody; say who acts."))])
    with office.database.writing(office.organisation_id) as session:
        chain = _chain(session, office)
        session.add(
            ConfidentialityUndertaking(
                organisation_id=office.organisation_id, person_id=actor.person_id, acknowledged_on=today(now)
            )
        )
        _append(session, chain, Entry(kind="acknowledge", at=now, actor=actor, data={}))


def _managers(session: Session, person_id: UUID) -> set[UUID | None]:
    return set(session.exec(select(Employment.manager_id).where(Employment.person_id == person_id)).all())


def _by_number(session: Session, number: str) -> Delegation:
    row = _find(session, number)
    if row is None:
        raise NotFound(Text("There is no delegation {number}.", number=number))
    return row


def _find(session: Session, number: str) -> Delegation | None:
    """A delegation by its number, however it is capitalised."""
    query = select(Delegation).where(sa.func.upper(col(Delegation.number)) == number.strip().upper())
    return session.exec(query).first()


def _chain(session: Session, office: Office) -> Organisation:
    """The organisation's own chain, locked: what is written here belongs to no case, and comes one after the other."""
    return evidence.organisation_chain(session, office.organisation_id)


def _append(session: Session, chain: Organisation, entry: Entry) -> None:
    session.flush()
    evidence.append(session, chain, [entry])
    session.flush()
