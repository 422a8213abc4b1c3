"""The same call twice: a call made again with its idempotency key gets the first result, and does nothing."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, select

from language import Text
from models import Receipt
from workflows.errors import Conflict
from workflows.evidence import Actor


def fingerprint_of(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def kept_result(session: Session, key: str | None, actor: Actor, fingerprint: str) -> dict[str, Any] | None:
    """The result of an earlier call with this key; a key used for something else is a conflict."""
    if key is None:
        return None
    if session.get_bind().dialect.name == "postgresql":
        # Two calls with one key at once: the second waits here and then finds the first one's result.
        session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})
    kept = session.exec(select(Receipt).where(Receipt.key == key)).first()
    if kept is None:
        return None
    if kept.fingerprint != fingerprint or kept.actor_id != actor.person_id:
        raise Conflict(Text("The key {key} has been used for another call; choose a new one.", key=key))
    return kept.result


def keep(
    session: Session, key: str | None, actor: Actor, fingerprint: str, result: dict[str, Any], now: datetime
) -> None:
    if key is not None and actor.person_id is not None:
        session.add(Receipt(key=key, actor_id=actor.person_id, fingerprint=fingerprint, result=result, at=now))
        session.flush()
