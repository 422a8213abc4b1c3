"""How people are named to other people, and the language they are spoken to in."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from language import LANGUAGES, Text
from models import Person
from workflows.errors import BadInput, Reason
from workflows.office import Office


def shown_name(person: Person, language: str) -> str:
    """The name others see; somebody with protected identity is an employee number and nothing else."""
    if person.protected_identity:
        return Text("Protected identity ({number})", number=person.employee_number).say(language)
    # Written out, since a person can also come as values.
    return f"{person.given_name} {person.family_name}"


def choose_language(office: Office, person_id: UUID, language: str) -> None:
    """Speak to a person in another language from now on; raises BadInput for one that is not spoken."""
    if language not in LANGUAGES:
        raise BadInput([Reason("bad-language", Text("The language is sv or en."))])
    with office.database.writing(office.organisation_id) as session:
        session.execute(sa.update(Person).where(col(Person.id) == person_id).values(language=language))
