"""Several cases acted on in one go: each is a transaction of its own, and what became of each is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from language import Text
from models import Part
from workflows import cases
from workflows.authority import Authority
from workflows.engine import Outcome
from workflows.errors import BadInput, Conflict, NotFound, Reason, Refused
from workflows.evidence import Actor
from workflows.office import Office
from workflows.sight import sight_of
from workflows.waiting import waiting_for
from workflows.weighing import notables


@dataclass(frozen=True, kw_only=True)
class Act:
    """One act of several, on a case as it was seen."""

    number: str
    event: str
    data: Mapping[str, Any] = field(default_factory=dict)
    expected_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one act: done, or why not."""

    number: str
    outcome: Outcome | None = None
    reasons: tuple[Reason, ...] = ()


def act_as_seen(office: Office, act: Act, actor: Actor, now: datetime) -> Outcome:
    """Act on a request that one has seen; a second click on the same page is the same act, and done once.

    Raises what :func:`workflows.cases.act` raises, and NotFound first of all for somebody who may not see the case.
    """
    with office.database.reading(office.organisation_id) as session:
        sight_of(session, office, act.number, actor, now)
    return cases.act(
        office,
        act.number,
        act.event,
        act.data,
        actor,
        now,
        expected_version=act.expected_version,
        idempotency_key=_key(act, actor),
    )


def act_on_each(office: Office, acts: Sequence[Act], actor: Actor, now: datetime) -> list[Result]:
    """Do each of some acts, whatever becomes of the others."""
    return [_done(office, each, actor, now) for each in acts]


def approve_each(
    office: Office, seen: Sequence[tuple[str, int]], comment: str, actor: Actor, now: datetime
) -> list[Result]:
    """Approve several requests as they were seen, where nothing is unusual; the rest wait to be looked at."""
    with office.database.reading(office.organisation_id) as session:
        unusual = _unusual(session, office, {number for number, _ in seen}, actor, now)
    results = []
    for number, version in seen:
        if number in unusual:
            look = Reason("look-at-it", Text("Look at this one by itself: {what}", what=unusual[number].text))
            results.append(Result(number=number, reasons=(look,)))
        else:
            act = Act(number=number, event="approve", data={"comment": comment}, expected_version=version)
            results += act_on_each(office, [act], actor, now)
    return results


def _key(act: Act, actor: Actor) -> str | None:
    """What makes a second click the same act as the first: whose, on which case, as it then was."""
    if act.expected_version is None:
        return None
    return f"{actor.person_id}:{act.number}:{act.expected_version}:{act.event}"


def _done(office: Office, act: Act, actor: Actor, now: datetime) -> Result:
    try:
        return Result(number=act.number, outcome=act_as_seen(office, act, actor, now))
    except (BadInput, Conflict, NotFound, Refused) as error:
        return Result(number=act.number, reasons=error.reasons)


def _unusual(session: Session, office: Office, numbers: set[str], actor: Actor, now: datetime) -> dict[str, Reason]:
    """The first unusual thing about each of some cases that somebody may decide on, if there is any."""
    authority = Authority.read(session)
    waits = waiting_for(session, authority, office.policy, now, actor.person_id, parts=[Part.DECIDE])
    rows = {row.case.number: row.request for row in waits if row.case.number in numbers and row.request is not None}
    found = notables(session, list(rows.values()), now)
    return {
        number: next(each.reason for each in found[request.id] if each.unusual)
        for number, request in rows.items()
        if any(each.unusual for each in found[request.id])
    }
