"""The work list of whoever carries out and registers: what was decided, what is to be filled in, who has taken it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from models import AccessGrant, AccessProfile, GrantState, ItSystem, Part, Person, RequestKind
from workflows.authority import Authority
from workflows.evidence import Actor
from workflows.office import Office
from workflows.paging import Sheet, sheet_of
from workflows.people import shown_name
from workflows.views import people_in, rows_by_id, task_row
from workflows.waiting import Waiting, waiting_for
from workflows.workflow import Field

PARTS: Final = (
    Part.EXECUTE,
    Part.REGISTER,
    Part.SOLVE,
    Part.BLOCK,
    Part.CLOSE_ACCOUNTS,
    Part.RETURN_EQUIPMENT,
    Part.REOPEN_ACCOUNTS,
)
"""The parts that are work with one's hands; decisions stay in the inbox."""
ASKS_FOR: Final[Mapping[str, Field]] = {Part.EXECUTE: Field.ACCOUNT_NAME, Part.REGISTER: Field.TICKET_NUMBER}
"""What is filled in when a part is done, where it is done right in the list."""
EVENTS: Final[Mapping[str, str]] = {Part.EXECUTE: "execute", Part.REGISTER: "register"}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which of the tasks somebody wants to see; everything, when nothing is said."""

    part: str = ""
    system: str = ""
    """The key of a system."""
    overdue: bool = False
    mine: bool = False
    """Only what one has taken on oneself."""


@dataclass(frozen=True, kw_only=True)
class WorkList:
    """The tasks that somebody wants to see, the most urgent first, and among what they can choose."""

    sheet: Sheet[dict[str, Any]]
    parts: Sequence[str]
    systems: Sequence[tuple[str, str]]
    """The systems with tasks, by key and name."""


def work_list(
    session: Session, office: Office, actor: Actor, now: datetime, wanted: Wanted, *, number: int = 1
) -> WorkList:
    """The work that waits for somebody: those tasks they may act on now."""
    authority = Authority.read(session)
    own = waiting_for(session, authority, office.policy, now, actor.person_id, parts=PARTS)
    with_tasks = {row.system_id for row in own}
    chosen = [row for row in own if _is_wanted(row, wanted, authority, actor, now)]
    found = sheet_of(chosen, number)
    shown = found.rows
    people = rows_by_id(session, Person, [who for row in shown for who in people_in(row)])
    named: dict[UUID | None, str] = {key: shown_name(row, actor.language) for key, row in people.items()}
    requests = [row.request for row in shown if row.request is not None]
    grants = rows_by_id(session, AccessGrant, [request.grant_id for request in requests])
    decided = [row.decision.profile_id for row in shown if row.decision is not None]
    profiles = rows_by_id(session, AccessProfile, [*decided, *(request.profile_id for request in requests)])
    rows = []
    for row in shown:
        line = task_row(row, authority, named, profiles, now)
        line |= _carried_out(row, profiles, grants, now)
        line["employee_number"] = people[row.person_id].employee_number if row.person_id in people else ""
        line["claimed_by_me"] = row.task.claimed_by_id == actor.person_id
        line["claimed_at"] = row.task.claimed_at
        rows.append(line)
    return WorkList(
        sheet=found.showing(rows),
        parts=[part for part in PARTS if any(row.task.part == part for row in own)],
        systems=sorted(
            ((system.key, system.name) for system in authority.systems.values() if system.id in with_tasks),
            key=lambda each: each[1],
        ),
    )


def _is_wanted(row: Waiting, wanted: Wanted, authority: Authority, actor: Actor, now: datetime) -> bool:
    system: ItSystem | None = authority.systems.get(row.system_id) if row.system_id else None
    return (
        wanted.part in ("", row.task.part)
        and (not wanted.system or (system is not None and system.key == wanted.system))
        and (not wanted.overdue or (row.task.due_at is not None and row.task.due_at < now))
        and (not wanted.mine or row.task.claimed_by_id == actor.person_id)
    )


def _carried_out(
    row: Waiting, profiles: Mapping[UUID, AccessProfile], grants: Mapping[UUID, AccessGrant], now: datetime
) -> dict[str, Any]:
    """What was decided and is to be done, exactly; what is known already; and from when it can be done."""
    request, decision = row.request, row.decision
    if request is None or decision is None:
        return {"asks_for": "", "event": "", "account_name": "", "scope": "", "not_before": None}
    grant = grants.get(request.grant_id) if request.grant_id else None
    removing = grant is not None and grant.state == GrantState.REVOCATION_PENDING
    lasts = request.kind == RequestKind.END and row.task.part == Part.EXECUTE and not removing
    later = decision.ends_at if lasts and decision.ends_at is not None and decision.ends_at > now else None
    return {
        "profile": profiles[decision.profile_id].name,
        "allows": profiles[decision.profile_id].allows,
        "scope": decision.scope,
        "starts_on": decision.starts_on,
        "ends_on": decision.ends_on,
        "asks_for": ASKS_FOR.get(row.task.part, ""),
        "event": EVENTS.get(row.task.part, ""),
        "account_name": request.account_name or (grant.account_name if grant is not None else ""),
        "not_before": later,
    }
