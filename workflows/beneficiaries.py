"""For whom one may order: everybody for themself, a manager also for those whom they manage.

Others are not there for them, whichever way the order comes: personal data is the least that works, and a request that
nobody near the person knows of is one that an owner cannot judge.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import Text
from models import Employment, Person
from workflows.deadlines import today
from workflows.errors import NotFound
from workflows.evidence import Actor


def person_for(session: Session, number: str, actor: Actor, now: datetime, *, also_gone: bool = False) -> Person:
    """A person one may order for; NotFound for all others, in the same words as for a number that nobody has.

    With `also_gone` a manager finds those who have left too: ending is never held up, and of all else they are told why
    it cannot be ordered.
    """
    day = today(now)
    theirs = may_be_ordered_for(actor, day)
    if also_gone:
        works = sa.select(col(Employment.person_id)).where(lasts(day))
        theirs |= may_be_ordered_for(actor, date.min) & col(Person.id).not_in(works)
    person = session.exec(select(Person).where(Person.employee_number == number.strip(), theirs)).first()
    if person is None:
        raise NotFound(Text("There is nobody with employee number {number}.", number=number))
    return person


def may_be_ordered_for(actor: Actor, day: date) -> sa.ColumnElement[bool]:
    """The people whom somebody may order for on a day."""
    staff = sa.select(col(Employment.person_id)).where(col(Employment.manager_id) == actor.person_id, lasts(day))
    return (col(Person.id) == actor.person_id) | col(Person.id).in_(staff)


def lasts(day: date) -> sa.ColumnElement[bool]:
    """Employments that are or are to come."""
    return col(Employment.ends_on).is_(None) | (col(Employment.ends_on) >= day)
