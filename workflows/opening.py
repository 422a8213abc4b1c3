"""Opening cases: all of it or nothing, once for each idempotency key; a refusal leaves nothing but its own event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from workflows import evidence, receipts
from workflows.engine import Outcome
from workflows.errors import Refused
from workflows.evidence import Actor, Entry
from workflows.office import Office


def opened(
    office: Office,
    event: str,
    call: tuple[object, ...],
    about: Mapping[str, Any],
    make: Callable[[Session], list[Outcome]],
    actor: Actor,
    now: datetime,
    idempotency_key: str | None,
) -> list[Outcome]:
    """Make some cases in one transaction.

    `call` is what a repeated call must be the same in; `about` is what the record of a refusal says was asked for.
    Raises what `make` raises; a Refused is kept as an event of the organisation.
    """
    fingerprint = receipts.fingerprint_of(*call)
    refused: Refused | None = None
    outcomes: list[Outcome] = []
    with office.database.writing(office.organisation_id) as session:
        kept = receipts.kept_result(session, idempotency_key, actor, fingerprint)
        if kept is not None:
            return [Outcome.kept(row) for row in kept["cases"]]
        try:
            outcomes = make(session)
        except Refused as caught:
            # Nothing of what was asked for stays; that it was refused does.
            refused = caught
            session.rollback()
            data = {"event": event, **about, "reasons": [reason.code for reason in caught.reasons]}
            chain = evidence.organisation_chain(session, office.organisation_id)
            evidence.append(session, chain, [Entry(kind="refusal", at=now, actor=actor, data=data)])
            session.flush()
        else:
            result = {"cases": [outcome.to_json() for outcome in outcomes]}
            receipts.keep(session, idempotency_key, actor, fingerprint, result, now)
    if refused is not None:
        raise refused
    return outcomes
