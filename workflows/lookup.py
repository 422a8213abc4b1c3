"""Finding things by the words people use for them: case numbers, employee numbers, keys of systems and profiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import Text
from models import AccessGrant, AccessProfile, Case, GoverningBody, ItSystem, Person, locked
from workflows.errors import NotFound
from workflows.evidence import Actor


def case_by_number(session: Session, number: str, *, lock: bool = False) -> Case:
    """A case by its number; raises NotFound."""
    query = select(Case).where(Case.number == number.strip().upper())
    case = session.exec(locked(query) if lock else query).first()
    if case is None:
        raise NotFound(Text("There is no case {number}.", number=number))
    return case


def person_by_number(session: Session, number: str) -> Person:
    """A person by employee number; raises NotFound."""
    person = session.exec(select(Person).where(Person.employee_number == number.strip())).first()
    if person is None:
        raise NotFound(Text("There is nobody with employee number {number}.", number=number))
    return person


def actor_by_number(session: Session, number: str, *, channel: str, os_user: str = "", language: str = "") -> Actor:
    """The person who acts, by employee number, in their own language unless another is said; raises NotFound."""
    return Actor.of(person_by_number(session, number), channel=channel, os_user=os_user, language=language)


def person_of_claim(session: Session, claims: Mapping[str, Any], claim: str, matches: str) -> Person | None:
    """The one person that a login provider's claim is about: by employee number, or by an address that it vouches for.

    Nobody when the claim is missing, when several have the address, or when the provider says it is not verified.
    """
    value = claims.get(claim)
    if not isinstance(value, str) or not value.strip():
        return None
    if matches == "employee_number":
        return session.exec(select(Person).where(Person.employee_number == value.strip())).first()
    if claims.get("email_verified") in (False, "false"):
        return None
    return person_by_address(session, value)


def person_by_address(session: Session, address: str) -> Person | None:
    """The only person with an e-mail address; one that several share shows nobody who they are."""
    rows = session.exec(select(Person).where(sa.func.lower(Person.email) == address.strip().lower()).limit(2)).all()
    return rows[0] if len(rows) == 1 else None


def live_grant(session: Session, employment_id: UUID, profile_id: UUID, scope: str) -> AccessGrant | None:
    """The live grant of an employment on a profile and scope."""
    return session.exec(
        select(AccessGrant).where(
            AccessGrant.employment_id == employment_id,
            AccessGrant.profile_id == profile_id,
            AccessGrant.scope == scope,
            col(AccessGrant.ended_at).is_(None),
        )
    ).first()


def body_by_key(session: Session, key: str) -> GoverningBody:
    """A governing body by its key; raises NotFound."""
    body = session.exec(select(GoverningBody).where(sa.func.upper(GoverningBody.key) == key.strip().upper())).first()
    if body is None:
        raise NotFound(Text("There is no body {key}.", key=key))
    return body


def systems_by_name(session: Session) -> list[tuple[str, str]]:
    """The systems there are: key and name, by name."""
    rows = session.exec(select(ItSystem).order_by(col(ItSystem.name), col(ItSystem.key)))
    return [(row.key, row.name) for row in rows]


def system_by_key(session: Session, key: str) -> ItSystem:
    """A system by its key; raises NotFound."""
    system = session.exec(select(ItSystem).where(sa.func.upper(ItSystem.key) == key.strip().upper())).first()
    if system is None:
        raise NotFound(Text("There is no system {key}.", key=key))
    return system


def profile_by_key(session: Session, system_id: UUID, key: str) -> AccessProfile:
    """A profile of a system by its key; raises NotFound, naming those there are."""
    rows = session.exec(select(AccessProfile).where(AccessProfile.system_id == system_id)).all()
    for row in rows:
        if row.key.upper() == key.strip().upper():
            return row
    known = ", ".join(sorted(row.key for row in rows))
    raise NotFound(Text("There is no profile {key} in the system; there are: {known}.", key=key, known=known))


def name_is_like(words: str) -> sa.ColumnElement[bool]:
    """Whether each of some words begins a part of a person's name; a protected identity has no name to be found by."""
    name = " " + col(Person.given_name) + " " + col(Person.family_name)
    each = [
        # One of the databases knows upper and lower case of a to z only: the usual spellings are tried as well.
        sa.or_(
            *(
                name.icontains(before + form, autoescape=True)
                for form in {word, word.lower(), word.title()}
                for before in (" ", "-")
            )
        )
        for word in words.split()
    ]
    return sa.and_(sa.not_(col(Person.protected_identity)), *each)
