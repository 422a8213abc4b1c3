"""The outbox: messages saved with what caused them, delivered after it is committed, at least once.

A process claims a batch under a lease and talks to the mail server outside every transaction. What becomes of each
message is written at once, so that a process that dies repeats at most the one message it had in hand. Claims that
outlive their lease are anybody's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from language import Text
from models import Database, Message, MessageState, new_id
from workflows.evidence import Actor
from workflows.letters import MailServerUnavailable, RecipientRefused, Transport

OUTBOX: Final = Actor.rule("outbox")
NEVER_FINISHED: Final = Text("The last try was never finished: the process that made it stopped.")

# Twice as long each time; more doublings than this would reach beyond the calendar.
MOST_DOUBLINGS: Final = 20

UNSENT: Final = (MessageState.PENDING, MessageState.SENDING, MessageState.FAILED)
OUTCOMES: Final[Mapping[MessageState, str]] = {
    MessageState.SENT: "message.sent",
    MessageState.PENDING: "message.postponed",
    MessageState.FAILED: "message.failed",
}


class MailLimits(Protocol):
    """How many messages go at a time, how often a message is tried, and how long a claim holds."""

    @property
    def batch(self) -> int: ...
    @property
    def attempts(self) -> int: ...
    @property
    def first_retry(self) -> timedelta: ...
    @property
    def max_retry(self) -> timedelta: ...
    @property
    def lease(self) -> timedelta: ...


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What became of one message in one try."""

    message_id: UUID
    kind: str
    state: MessageState
    attempt: int
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class DeliveryResult:
    """What became of a delivery; `unavailable` says why it stopped before everything due was tried."""

    sent: int = 0
    postponed: int = 0
    failed: int = 0
    unavailable: str = ""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A message that is not sent, as an operator may see it: no address, no name, no words of the message."""

    message_id: UUID
    state: str
    kind: str
    case_number: str
    saved_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    last_error: Text


# --- Delivery ------------------------------------------------------------------------------------------------------


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
    """Send everything that is due, a batch on each connection, and stop when the mail server does not answer.

    A long-lived process hands in its `clock` too, so that a lease is prolonged while a slow server takes its time;
    without it all happens at `now`.
    """
    run = _Run(
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
    while not run.unavailable and run.claim():
        run.send_claimed()
    return DeliveryResult(sent=run.sent, postponed=run.postponed, failed=run.failed, unavailable=run.unavailable)


@dataclass(frozen=True, kw_only=True)
class _Held:
    """A message in the hands of this process."""

    id: UUID
    case_id: UUID | None
    kind: str
    address: str
    language: str
    subject: str
    text: str
    html: str
    attempts: int


_HELD = ("id", "case_id", "kind", "address", "language", "subject", "text", "html", "attempts")


@dataclass(kw_only=True)
class _Run:
    """One process at work on the outbox, a batch at a time."""

    database: Database
    organisation_id: UUID
    transport: Transport
    sender: str
    clock: Callable[[], datetime]
    limits: MailLimits
    told: Callable[[Delivery], None]
    ticket: UUID
    held_until: datetime
    waiting: list[_Held] = field(default_factory=list)
    in_hand: _Held | None = None
    sent: int = 0
    postponed: int = 0
    failed: int = 0
    unavailable: str = ""

    def claim(self) -> bool:
        """Take the messages that have been due longest; others' rows are passed by, not waited for."""
        at = self.clock()
        self.ticket, self.held_until = new_id(), at + self.limits.lease
        due = (
            sa.select(*(col(getattr(Message, name)) for name in _HELD))
            .where(col(Message.next_attempt_at) <= at)
            .order_by(col(Message.next_attempt_at), col(Message.id))
            .limit(self.limits.batch)
            .with_for_update(skip_locked=True)
        )
        with self.database.writing(self.organisation_id) as session:
            rows = session.execute(due).mappings().all()
            if rows:
                claimed = {
                    "state": MessageState.SENDING,
                    "claim": self.ticket,
                    "attempts": col(Message.attempts) + 1,
                    "next_attempt_at": self.held_until,
                }
                session.execute(_update([row["id"] for row in rows]).values(claimed))
        self.waiting = [_Held(**{**row, "attempts": row["attempts"] + 1}) for row in rows]
        return bool(rows)

    def send_claimed(self) -> None:
        """Send what is held on one connection, writing down each outcome as it comes."""
        # Tries are counted at the claim, so one too many means that the last process fell with the message in hand.
        for held in [held for held in self.waiting if held.attempts > self.limits.attempts]:
            self._done(replace(held, attempts=held.attempts - 1), MessageState.FAILED, NEVER_FINISHED.message)
        if not self.waiting:
            return
        try:
            with self.transport.connect() as connection:
                while self._still_held():
                    self._send(connection, self.waiting[0])
        except MailServerUnavailable as error:
            self.unavailable = error.detail
            if self.waiting:
                self._not_sent(self.waiting[0], error.detail)
        finally:
            # Also when something unforeseen stops the process: the rest is anybody's at once, not after the lease.
            self._release()

    def _send(self, connection: Connection, held: _Held) -> None:
        letter = Letter(
            message_id=str(held.id),
            sender=self.sender,
            to=held.address,
            subject=held.subject,
            text=held.text,
            html=held.html,
            language=held.language,
        )
        self.in_hand = held
        try:
            connection.send(letter, self.clock())
        except RecipientRefused as refusal:
            self._not_sent(held, refusal.detail, permanent=refusal.permanent)
        else:
            self._done(held, MessageState.SENT)

    def _not_sent(self, held: _Held, error: str, *, permanent: bool = False) -> None:
        last = permanent or held.attempts >= self.limits.attempts
        self._done(held, MessageState.FAILED if last else MessageState.PENDING, error)

    def _done(self, held: _Held, state: MessageState, error: str = "") -> None:
        """Write down what became of a message and put it on the record, unless it is another's by now."""
        self.in_hand = None
        self.waiting = [other for other in self.waiting if other.id != held.id]
        at = self.clock()
        values = {
            "state": state,
            "claim": None,
            "attempts": held.attempts,
            "next_attempt_at": at + pause(held.attempts, self.limits) if state == MessageState.PENDING else None,
            "last_error": error,
            "sent_at": at if state == MessageState.SENT else None,
        }
        with self.database.writing(self.organisation_id) as session:
            chain = _locked_chain(session, self.organisation_id, held.case_id)
            ours = _update([held.id]).where(col(Message.claim) == self.ticket).values(values)
            if session.execute(ours.returning(col(Message.id))).scalar_one_or_none() is None:
                return
            data = {"message_id": str(held.id), "kind": held.kind, "attempt": held.attempts, "error": error}
            evidence.append(session, chain, [Entry(kind=OUTCOMES[state], at=at, actor=OUTBOX, data=data)])
        self.sent += state == MessageState.SENT
        self.postponed += state == MessageState.PENDING
        self.failed += state == MessageState.FAILED
        self.told(Delivery(message_id=held.id, kind=held.kind, state=state, attempt=held.attempts, error=error))

    def _still_held(self) -> bool:
        """Whether anything is left to send; a claim is prolonged in good time, and what others took is let go."""
        at = self.clock()
        if self.waiting and at > self.held_until - self.limits.lease / 2:
            self.held_until = at + self.limits.lease
            ours = self._ours(self.waiting).values(next_attempt_at=self.held_until)
            with self.database.writing(self.organisation_id) as session:
                kept = set(session.execute(ours.returning(col(Message.id))).scalars())
            self.waiting = [held for held in self.waiting if held.id in kept]
        return bool(self.waiting)

    def _release(self) -> None:
        """Give back what was not tried, as if it had not been taken."""
        untried = [held for held in self.waiting if held is not self.in_hand]
        self.waiting = []
        if not untried:
            return
        values: dict[str, Any] = {
            "state": MessageState.PENDING,
            "claim": None,
            "attempts": col(Message.attempts) - 1,
            "next_attempt_at": self.clock(),
        }
        if self.unavailable:
            values["last_error"] = self.unavailable
        with self.database.writing(self.organisation_id) as session:
            session.execute(self._ours(untried).values(values))

    def _ours(self, held: Sequence[_Held]) -> sa.Update:
        return _update([message.id for message in held]).where(col(Message.claim) == self.ticket)


def pause(attempts: int, limits: MailLimits) -> timedelta:
    """How long until a message is tried again: twice as long after each try, up to a limit."""
    return min(limits.first_retry * 2 ** min(attempts - 1, MOST_DOUBLINGS), limits.max_retry)


def _update(ids: Sequence[UUID]) -> sa.Update:
    return sa.update(Message).where(col(Message.id).in_(ids)).execution_options(synchronize_session=False)


def _locked_chain(session: Session, organisation_id: UUID, case_id: UUID | None) -> Case | Organisation:
    """The chain that a message's events stand in: its case's, else the organisation's own."""
    if case_id is None:
        return session.exec(select(Organisation).where(Organisation.id == organisation_id).with_for_update()).one()
    return session.exec(select(Case).where(Case.id == case_id).with_for_update()).one()


# --- What an operator sees and does --------------------------------------------------------------------------------


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
        )
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
        chain = _locked_chain(session, organisation_id, case_id)
        kind, old, email = session.execute(
            sa.select(col(Message.kind), col(Message.address), col(Person.email))
            .join(Person, col(Person.id) == col(Message.recipient_id))
            .where(col(Message.id) == message_id)
        ).one()
        address = (email or old).strip()
        if not address:
            return False
        again = (
            _update([message_id])
            .where(col(Message.state) == MessageState.FAILED)
            .values(state=MessageState.PENDING, address=address, attempts=0, next_attempt_at=now, last_error="")
        )
        if session.execute(again.returning(col(Message.id))).scalar_one_or_none() is None:
            return False
        data = {"message_id": str(message_id), "kind": kind}
        evidence.append(session, chain, [Entry(kind="message.retried", at=now, actor=actor, data=data)])
        return True
