"""Departures many at a time: a file from HR, what would come of it, and doing it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from models import DepartureKind
from workflows import leaving
from workflows.deadlines import last_day
from workflows.departure_views import departure_view
from workflows.errors import BehorigError, Reason, Refused
from workflows.evidence import Actor
from workflows.leaving import Leaver
from workflows.load.lists import read_content, read_list
from workflows.load.rows import DepartureRow, Row
from workflows.office import Office

SECTION = "departures"


def leavers_at(path: Path) -> list[Leaver]:
    """The departures in a file; raises BadInput with every problem."""
    return [_leaver(row) for row in read_list(path, DepartureRow, SECTION)]


def leavers_in(name: str, content: bytes) -> list[Leaver]:
    """The departures in a file that is in hand; raises BadInput with every problem."""
    return [_leaver(row) for row in read_content(name, content, DepartureRow, SECTION)]


def _leaver(row: Row[DepartureRow]) -> Leaver:
    ends_at = row.value.last_day if isinstance(row.value.last_day, datetime) else None
    return Leaver(
        employee_number=row.value.person,
        last_day=last_day(ends_at) if ends_at else row.value.last_day,
        kind=DepartureKind(row.value.kind),
        employment_number=row.value.employment,
        ends_at=ends_at,
        reason=row.value.reason,
        where=str(row.at().line),
    )


@dataclass(frozen=True, kw_only=True)
class Line:
    """What came, or would come, of one line of a file."""

    leaver: Leaver
    number: str = ""
    """The case; empty when nothing was made."""
    page: dict[str, Any] | None = None
    """The departure as it would be, in a dry run."""
    refused: tuple[Reason, ...] = ()
    understood: bool = True
    """Whether it was refused by a rule, if it was, and not because something in it is unknown."""


def rehearse(office: Office, leavers: Iterable[Leaver], actor: Actor, now: datetime) -> list[Line]:
    """What would come of each line after those before it, the brake included. Nothing of it stays."""
    lines = []
    with office.database.writing(office.organisation_id) as session:
        for leaver in leavers:
            try:
                with session.begin_nested():
                    outcome = leaving.notice_within(session, office, replace(leaver, where=""), actor, now)
                    page = departure_view(session, office, outcome.number, actor, now)
            except BehorigError as error:
                lines.append(_refused(leaver, error))
            else:
                # What it would be called is given to the one that comes first.
                lines.append(Line(leaver=leaver, page={**page, "number": ""}))
        session.rollback()
    return lines


def carry_out(office: Office, leavers: Iterable[Leaver], actor: Actor, now: datetime, key: str) -> list[Line]:
    """Notice each of them, all or nothing for each; what is refused is told and the others are done.

    The same file with the same key again is not done twice.
    """
    lines = []
    for leaver in leavers:
        try:
            outcome = leaving.notice(
                office, leaver, actor, now, idempotency_key=f"{key}:{leaver.where}" if key else None
            )
        except BehorigError as error:
            lines.append(_refused(leaver, error))
        else:
            lines.append(Line(leaver=leaver, number=outcome.number))
    return lines


def _refused(leaver: Leaver, error: BehorigError) -> Line:
    return Line(leaver=leaver, refused=error.reasons, understood=isinstance(error, Refused))
