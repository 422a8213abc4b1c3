"""Evidence: every event is linked to the one before it by a hash, so that a change behind our back shows.

The hash covers the canonical JSON of all that an event says, and the hash before it. The head of each chain
stands on the case (or on the organisation, for what belongs to no case), so events cut off at the end show too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import SWEDISH, Text
from models import Case, Event, Organisation, Person, locked, new_id

# How many chains are read at a time when all are verified.
CHAINS_AT_A_TIME = 500


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts, and through which channel. A rule that acts by itself has no person."""

    person_id: UUID | None
    employee_number: str
    name: str
    channel: str
    os_user: str = ""
    language: str = SWEDISH

    @classmethod
    def rule(cls, name: str, *, os_user: str = "") -> Actor:
        """The software itself, acting because a rule says so."""
        return cls(person_id=None, employee_number="", name=name, channel=name, os_user=os_user)

    @classmethod
    def of(cls, person: Person, *, channel: str, os_user: str = "", language: str = "") -> Actor:
        """A person who acts; in their own language unless another is said."""
        return cls(
            person_id=person.id,
            employee_number=person.employee_number,
            name=person.name,
            channel=channel,
            os_user=os_user,
            language=language or person.language,
        )


SWEEP: Final = Actor.rule("sweep")
"""What happens because nobody acted, or because a day has come."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What an event will say, before it has its place in a chain."""

    kind: str
    at: datetime
    actor: Actor
    from_state: str = ""
    to_state: str = ""
    comment: str = ""
    mandate: dict[str, Any] | None = None
    in_place_of_id: UUID | None = None
    data: dict[str, Any] = field(default_factory=dict)


def append(session: Session, chain: Case | Organisation, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Append events to a chain that the caller holds locked; the head moves with them. Returns the rows."""
    rows = []
    for entry in entries:
        position = chain.event_count + 1
        row: dict[str, Any] = {
            "id": new_id(),
            "organisation_id": chain.id if isinstance(chain, Organisation) else chain.organisation_id,
            "chain_id": chain.id,
            "position": position,
            "case_id": chain.id if isinstance(chain, Case) else None,
            "at": entry.at,
            "kind": entry.kind,
            "actor_id": entry.actor.person_id,
            "in_place_of_id": entry.in_place_of_id,
            "mandate": entry.mandate,
            "channel": entry.actor.channel,
            "os_user": entry.actor.os_user,
            "from_state": entry.from_state,
            "to_state": entry.to_state,
            "comment": entry.comment,
            "data": entry.data,
            "previous_hash": chain.event_hash,
        }
        row["hash"] = digest(row)
        chain.event_count = position
        chain.event_hash = row["hash"]
        rows.append(row)
    if rows:
        session.execute(sa.insert(Event), rows)
    return rows


def organisation_chain(session: Session, organisation_id: UUID) -> Organisation:
    """The organisation's own chain, for what belongs to no case; locked, and always the last lock to be taken."""
    return session.exec(locked(select(Organisation).where(Organisation.id == organisation_id))).one()


HASHED = (
    "id",
    "organisation_id",
    "chain_id",
    "position",
    "case_id",
    "at",
    "kind",
    "actor_id",
    "in_place_of_id",
    "mandate",
    "channel",
    "os_user",
    "from_state",
    "to_state",
    "comment",
    "data",
    "previous_hash",
)


def digest(event: dict[str, Any]) -> str:
    """The SHA-256 of an event's canonical JSON."""
    return hashlib.sha256(canonical(event)).hexdigest()


def canonical(event: dict[str, Any]) -> bytes:
    """All that an event says, as the bytes that are hashed: sorted keys, no spaces, moments in UTC, UTF-8."""
    said = {name: event[name] for name in HASHED}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_as_text)
    return text.encode()


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"an event cannot hold a {type(value).__name__}")


@dataclass(frozen=True, kw_only=True)
class Break:
    """Where a chain does not fit: the first event that is not what was written, or that is missing."""

    chain: str
    position: int
    what: Text


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What a verification saw."""

    chains: int
    events: int
    breaks: tuple[Break, ...]


def verify(session: Session, progress: Callable[[int, int], None] | None = None) -> Verification:
    """Check every chain of the organisation the session sees; names the first break in each."""
    scope = session.info["organisation_id"]
    heads = [
        (row.id, row.key, row.event_count, row.event_hash)
        for row in session.exec(select(Organisation))
        if scope is None or row.id == scope
    ]
    heads += session.exec(select(Case.id, Case.number, Case.event_count, Case.event_hash).order_by(Case.number)).all()
    breaks: list[Break] = []
    events = 0
    for start in range(0, len(heads), CHAINS_AT_A_TIME):
        batch = heads[start : start + CHAINS_AT_A_TIME]
        chains = _chains(session, [head[0] for head in batch])
        for chain_id, name, count, last_hash in batch:
            rows = chains.get(chain_id, [])
            events += len(rows)
            breaks.extend(_check(name, rows, count, last_hash))
        if progress:
            progress(min(start + CHAINS_AT_A_TIME, len(heads)), len(heads))
    return Verification(chains=len(heads), events=events, breaks=tuple(breaks))


def verify_case(session: Session, case: Case) -> Break | None:
    """Check the chain of one case; where it does not fit, if anywhere."""
    rows = _chains(session, [case.id]).get(case.id, [])
    return next(_check(case.number, rows, case.event_count, case.event_hash), None)


def _chains(session: Session, chain_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    columns = [col(getattr(Event, name)) for name in (*HASHED, "hash")]
    query = (
        sa.select(*columns).where(col(Event.chain_id).in_(chain_ids)).order_by(col(Event.chain_id), col(Event.position))
    )
    chains: dict[UUID, list[dict[str, Any]]] = {}
    for row in session.execute(query).mappings():
        chains.setdefault(row["chain_id"], []).append(dict(row))
    return chains


def _check(name: str, rows: list[dict[str, Any]], count: int, last_hash: str) -> Iterator[Break]:
    """At most one break: after the first, nothing behind it can be trusted."""
    previous = ""
    for expected, row in enumerate(rows, start=1):
        if row["position"] != expected:
            yield Break(chain=name, position=expected, what=Text("the event is missing"))
            return
        if row["previous_hash"] != previous:
            yield Break(chain=name, position=expected, what=Text("the event does not follow the one before it"))
            return
        if digest(row) != row["hash"]:
            yield Break(chain=name, position=expected, what=Text("the event is not what was written"))
            return
        previous = row["hash"]
    if len(rows) != count or previous != last_hash:
        yield Break(chain=name, position=len(rows) + 1, what=Text("the chain does not end where the case says it does"))
