"""The outbox: messages saved with what caused them, delivered after it is committed, at least once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from language import Text
from models import Case, Database, Message, MessageState, Person, new_id
from workflows import evidence
from workflows.delivery import OUTBOX, Carrier, Delivery, DeliveryResult, MailLimits, change, locked_chain
from workflows.evidence import Actor, Entry
from workflows.letters import Transport

UNSENT: Final = (MessageState.PENDING, MessageState.SENDING, MessageState.FAILED)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A message that is not sent, as an operator may see it: no address, no name, no words of the message."""

    message_id: UUID
    state: str
    kind: str
    case_number: str
    employee_number: str
    """Whom it is to, by the number that says nothing to those who do not know them."""
    saved_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    last_error: Text


def deliver(
    database: Database,
    organisation_id: UUID,
    transport: Transport,
    *,
    sender: str,
    now: datetime,
    limits: MailLimits,
    clock: Callable[[], datetime] | None = None,
    on_message: Callable[[Delivery], None] | None = None,
) -> DeliveryResult:
    """Send everything that is due `now`, a batch on each connection, and stop when the mail server does not answer.

    A long-lived process hands in its `clock` too, so that a lease is prolonged while a slow server takes its time;
    without it all happens at `now`.
    """
    run = Carrier(
        database=database,
        organisation_id=organisation_id,
        transport=transport,
        sender=sender,
        clock=clock or (lambda: now),
        limits=limits,
        told=on_message or (lambda _: None),
        ticket=new_id(),
        held_until=now,
    )
    while not run.unavailable and run.claim(now):
        run.send_claimed()
    return DeliveryResult(sent=run.sent, postponed=run.postponed, failed=run.failed, unavailable=run.unavailable)


def waiting(session: Session, *, states: Iterable[MessageState] = UNSENT) -> list[Waiting]:
    """The messages that are not sent, those saved first at the top."""
    query = (
        sa.select(
            col(Message.id),
            col(Message.state),
            col(Message.kind),
            col(Case.number),
            col(Message.saved_at),
            col(Message.attempts),
            col(Message.next_attempt_at),
            col(Message.last_error),
            col(Person.employee_number),
        )
        .join(Person, col(Person.id) == col(Message.recipient_id))
        .outerjoin(Case, col(Case.id) == col(Message.case_id))
        .where(col(Message.state).in_(list(states)))
        .order_by(col(Message.saved_at), col(Message.id))
    )
    return [
        Waiting(
            message_id=row[0],
            state=row[1],
            kind=row[2],
            case_number=row[3] or "",
            saved_at=row[4],
            attempts=row[5],
            next_attempt_at=row[6],
            last_error=Text(row[7]),
            employee_number=row[8],
        )
        for row in session.execute(query)
    ]


def retry(
    database: Database,
    organisation_id: UUID,
    *,
    now: datetime,
    ids: Iterable[UUID] | None = None,
    actor: Actor = OUTBOX,
) -> int:
    """Let parked messages be sent again, all of them unless some are named; how many were.

    They go to where their receivers are reached today; one whose receiver still has no address stays parked.
    """
    parked = sa.select(col(Message.id), col(Message.case_id)).where(col(Message.state) == MessageState.FAILED)
    if ids is not None:
        parked = parked.where(col(Message.id).in_(list(ids)))
    with database.reading(organisation_id) as session:
        found = session.execute(parked.order_by(col(Message.id))).all()
    return sum(_retried(database, organisation_id, row[0], row[1], now, actor) for row in found)


def _retried(
    database: Database, organisation_id: UUID, message_id: UUID, case_id: UUID | None, now: datetime, actor: Actor
) -> bool:
    with database.writing(organisation_id) as session:
        chain = locked_chain(session, organisation_id, case_id)
        kind, old, email = session.execute(
            sa.select(col(Message.kind), col(Message.address), col(Person.email))
            .join(Person, col(Person.id) == col(Message.recipient_id))
            .where(col(Message.id) == message_id)
        ).one()
        address = (email or old).strip()
        if not address:
            return False
        again = (
            change([message_id])
            .where(col(Message.state) == MessageState.FAILED)
            .values(state=MessageState.PENDING, address=address, attempts=0, next_attempt_at=now, last_error="")
        )
        if session.execute(again.returning(col(Message.id))).scalar_one_or_none() is None:
            return False
        data = {"message_id": str(message_id), "kind": kind}
        evidence.append(session, chain, [Entry(kind="message.retried", at=now, actor=actor, data=data)])
        return True
