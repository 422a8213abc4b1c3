"""Who may be logged in, and what they see there: whether they work here, and in which capacities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import Text
from models import (
    Administrator,
    AppointedRole,
    Appointment,
    Delegation,
    DepartureNotice,
    Employment,
)
from workflows.accounts import keeps_blocked
from workflows.authority import works_here
from workflows.errors import Reason

BLOCKED: Final = Reason("blocked", Text("Your accounts are blocked. Ask your manager."))
NOT_HERE: Final = Reason("not-employed", Text("You do not work here today, as the register has it. Ask your manager."))


def why_shut_out(session: Session, person_id: UUID, day: date) -> Reason | None:
    """Why a person may not be logged in on a day: they do not work here, or their accounts are blocked."""
    if not works_here(session, person_id, day):
        return NOT_HERE
    theirs = DepartureNotice.person_id == person_id
    blocked = session.exec(select(DepartureNotice.id).where(theirs, keeps_blocked(DepartureNotice)).limit(1))
    return BLOCKED if blocked.first() is not None else None


@dataclass(frozen=True, kw_only=True)
class Capacities:
    """What somebody is here: it says which pages they are shown the way to, and decides nothing."""

    appointed: frozenset[str] = frozenset()
    decides: bool = False
    """Whether a delegation names them, as delegate or as deputy."""
    administers: bool = False
    manages: bool = False

    def holds(self, *roles: AppointedRole) -> bool:
        """Whether they are appointed to one of the roles."""
        return not self.appointed.isdisjoint(roles)


def capacities(session: Session, person_id: UUID, day: date) -> Capacities:
    """What somebody is on a day, in two queries."""
    who_and_when = {"person_id": person_id, "day": day}
    appointed = session.execute(_APPOINTED, who_and_when).scalars()
    decides, administers, manages = session.execute(_QUESTIONS, who_and_when).one()
    return Capacities(appointed=frozenset(appointed), decides=decides, administers=administers, manages=manages)


_WHO: Final = sa.bindparam("person_id", type_=sa.Uuid())
_DAY: Final = sa.bindparam("day", type_=sa.Date())


def _in_force(first: date, last: date | None) -> tuple[sa.ColumnElement[bool], ...]:
    return col(first) <= _DAY, sa.or_(col(last).is_(None), col(last) >= _DAY)


# Put together once: they are asked on every page, and putting them together takes longer than asking.
_APPOINTED: Final = sa.select(col(Appointment.role)).where(
    col(Appointment.person_id) == _WHO, *_in_force(Appointment.valid_from, Appointment.valid_to)
)
_QUESTIONS: Final = sa.select(
    sa.exists().where(
        sa.or_(col(Delegation.delegate_id) == _WHO, col(Delegation.deputy_id) == _WHO),
        sa.or_(col(Delegation.revoked_on).is_(None), col(Delegation.revoked_on) > _DAY),
        *_in_force(Delegation.valid_from, Delegation.valid_to),
    ),
    sa.exists().where(
        col(Administrator.person_id) == _WHO, *_in_force(Administrator.valid_from, Administrator.valid_to)
    ),
    sa.exists().where(col(Employment.manager_id) == _WHO, *_in_force(Employment.starts_on, Employment.ends_on)),
)
