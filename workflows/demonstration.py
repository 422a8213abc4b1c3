"""Demonstrations: a database that is marked as one, by the files it was loaded from, and whom one can act as in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, select

from models import Employment, Organisation, Person
from workflows.office import Office
from workflows.people import shown_name

MOST: Final = 16
"""The people of the story have the lowest numbers; anybody else can be named by theirs."""


@dataclass(frozen=True, kw_only=True)
class Role:
    """Somebody one can act as."""

    employee_number: str
    name: str
    title: str


def is_demonstration(session: Session, office: Office) -> bool:
    """Whether the database says that everybody in it is made up. No setting can say so in its place."""
    return bool(session.exec(select(Organisation.demonstration).where(Organisation.id == office.organisation_id)).one())


def roles(session: Session, office: Office, language: str) -> list[Role]:
    """Whom one can act as; nobody where real people are."""
    if not is_demonstration(session, office):
        return []
    rows = session.exec(
        select(Person, Employment.title)
        .join(Employment, col(Employment.person_id) == col(Person.id))
        .order_by(col(Person.employee_number))
        .limit(MOST)
    ).all()
    return [
        Role(employee_number=person.employee_number, name=shown_name(person, language), title=title)
        for person, title in rows
    ]
