"""How people are named to other people."""

from __future__ import annotations

from language import Text
from models import Person


def shown_name(person: Person, language: str) -> str:
    """The name others see; somebody with protected identity is an employee number and nothing else."""
    if person.protected_identity:
        return Text("Protected identity ({number})", number=person.employee_number).say(language)
    return person.name
