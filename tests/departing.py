"""What tests of departures share: the last day and its hour, how it is carried out, and what is asked and shut."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from models import AccessGrant, DepartureKind, Employment, Person
from tests.given import NOW, TODAY, Given
from workflows.engine import Outcome
from workflows.presence import why_shut_out

LAST = TODAY + timedelta(days=10)
FIVE = datetime(2026, 3, 20, 16, 0, tzinfo=UTC)
"""17:00 in Sweden on the last day."""
LATER = NOW + timedelta(hours=9)
"""When the last day is over, for somebody whose last day is today."""


def dismissed(given: Given, person: Person | None = None, **leaver: Any) -> str:
    """The number of an immediate departure whose accounts are blocked: the nurse's, unless said otherwise."""
    number = given.leaves(person, kind=DepartureKind.IMMEDIATE, last_day=TODAY, **leaver)
    given.act(number, "block", by=given.world.technician, ticket_number="N-9")
    return number


def carry_out(given: Given, number: str, now: datetime) -> None:
    """Execute and register every part that is decided."""
    for part in given.parts(number):
        if part.state == "AWAITING_EXECUTION":
            given.act(part.number, "execute", by=given.world.administrator, account_name="a1", now=now)
            given.act(part.number, "register", by=given.world.technician, ticket_number="N-1", now=now)


def close(given: Given, number: str, now: datetime) -> Outcome:
    """Close the accounts and take the equipment back."""
    given.act(number, "close_accounts", by=given.world.technician, ticket_number="N-2", now=now)
    return given.act(number, "return_equipment", by=given.world.technician, comment="A laptop, wiped.", now=now)


def asked(given: Given, number: str) -> set[str]:
    """What a departure itself waits for."""
    return {task.part for task in given.tasks(number)}


def in_the_first(given: Given) -> Employment:
    """The nurse's first employment."""
    [row] = given.all(Employment, Employment.person_id == given.world.nurse.id, Employment.number == "1")
    return row


def other_job(given: Given, *, access: bool = False) -> AccessGrant | None:
    """The nurse has another employment, perhaps with access."""
    second = given.employment(given.world.nurse, number="2")
    return given.grant(given.world.nurse, given.world.write, employment=second) if access else None


def shut_out(given: Given, person: Person, day: date = TODAY) -> bool:
    """Whether somebody may not be logged in."""
    with given.database.reading(given.organisation.id) as session:
        return why_shut_out(session, person.id, day) is not None


def reopen(given: Given, number: str, now: datetime = NOW) -> None:
    """A technician opens the accounts again."""
    given.act(number, "reopen_accounts", by=given.world.technician, ticket_number="N-10", now=now)
