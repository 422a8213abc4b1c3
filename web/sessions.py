"""Sessions: kept in the database, known to the browser by a secret of which only the sum is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Ending, Organisation, Person, WayIn, WebSession
from settings import Settings
from web.cookies import new_secret, sum_of
from workflows.deadlines import today
from workflows.office import Office
from workflows.presence import Capacities, capacities, why_shut_out

# To the minute is enough to tell whether a session is idle, and spares a write on every page.
SEEN_EVERY: Final = timedelta(minutes=1)
KEPT_FOR: Final = timedelta(days=90)


# Put together once, for every page asks it.
_OPEN_WITH: Final = (
    sa.select(WebSession, Person, Organisation)
    .join(Person, col(Person.id) == col(WebSession.person_id))
    .join(Organisation, col(Organisation.id) == col(WebSession.organisation_id))
    .where(col(WebSession.token_hash) == sa.bindparam("token_hash"), col(WebSession.ended_at).is_(None))
)


@dataclass(frozen=True, kw_only=True)
class LoggedIn:
    """Somebody who is logged in, as this moment's database knows them."""

    session_id: UUID
    way_in: str
    person: Person
    capacities: Capacities
    organisation: str
    demonstration: bool


def begin(office: Office, person_id: UUID, way_in: WayIn, now: datetime, *, replaces: str = "") -> str:
    """Log somebody in; the secret for their browser. It is always a new one, so that nobody can have set it before.

    What this browser had before is over, and what is long over is forgotten.
    """
    token = new_secret()
    with office.database.writing(office.organisation_id) as session:
        _end(session, now, Ending.REPLACED, col(WebSession.token_hash) == sum_of(replaces))
        session.execute(sa.delete(WebSession).where(col(WebSession.begun_at) < now - KEPT_FOR))
        row = WebSession(token_hash=sum_of(token), person_id=person_id, way_in=way_in, begun_at=now, seen_at=now)
        session.add(row)
    return token


def find(office: Office, token: str, now: datetime, settings: Settings) -> LoggedIn | None:
    """Who is logged in with a secret; nobody when it is unknown or over, or when they may not be here any more.

    Whether they work here and are not blocked is asked each time: the moment that changes, the session is over.
    """
    if not token:
        return None
    with office.database.reading(office.organisation_id) as session:
        found = session.execute(_OPEN_WITH, {"token_hash": sum_of(token)}).first()
        if found is None:
            return None
        row, person, organisation = found
        over = _why_over(session, row, now, settings)
        held = capacities(session, person.id, today(now))
    if over is not None:
        end(office, token, now, over)
        return None
    if now - row.seen_at >= SEEN_EVERY:
        with office.database.writing(office.organisation_id) as session:
            session.execute(sa.update(WebSession).where(col(WebSession.id) == row.id).values(seen_at=now))
    return LoggedIn(
        session_id=row.id,
        way_in=row.way_in,
        person=person,
        capacities=held,
        organisation=organisation.name,
        demonstration=organisation.demonstration,
    )


def _why_over(session: Session, row: WebSession, now: datetime, settings: Settings) -> Ending | None:
    if now - row.begun_at >= timedelta(hours=settings.session_hours):
        return Ending.OLD
    if now - row.seen_at >= timedelta(minutes=settings.session_idle_minutes):
        return Ending.IDLE
    return Ending.SHUT_OUT if why_shut_out(session, row.person_id, today(now)) else None


def end(office: Office, token: str, now: datetime, ending: Ending) -> None:
    """End the session of one browser."""
    with office.database.writing(office.organisation_id) as session:
        _end(session, now, ending, col(WebSession.token_hash) == sum_of(token))


def end_all(office: Office, person_id: UUID, now: datetime) -> None:
    """Log somebody out everywhere."""
    with office.database.writing(office.organisation_id) as session:
        _end(session, now, Ending.EVERYWHERE, col(WebSession.person_id) == person_id)


def _end(session: Session, now: datetime, ending: Ending, which: sa.ColumnElement[bool]) -> None:
    session.execute(
        sa.update(WebSession).where(which, col(WebSession.ended_at).is_(None)).values(ended_at=now, ending=ending)
    )
