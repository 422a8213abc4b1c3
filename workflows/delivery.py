"""Delivery: one process carrying messages to the mail server, a batch under a claim at a time.

The claim has a lease, and the mail server is talked to outside every transaction. What becomes of each message is
written at once, so that a process that dies repeats at most the one message it had in hand. A claim that outlives its
lease is anybody's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import Text
from models import Case, Database, Message, MessageState, Organisation, locked, new_id
from workflows import evidence
from workflows.evidence import Actor, Entry
from workflows.letters import Connection, Letter, MailServerUnavailable, RecipientRefused, Transport

OUTBOX: Final = Actor.rule("outbox")
NEVER_FINISHED: Final = Text("The last try was never finished: the process that made it stopped.")

# Twice as long each time; more doublings than this would reach beyond the calendar.
MOST_DOUBLINGS: Final = 20

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
class Held:
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


HELD = ("id", "case_id", "kind", "address", "language", "subject", "text", "html", "attempts")


@dataclass(kw_only=True)
class Carrier:
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
    waiting: list[Held] = field(default_factory=list)
    in_hand: Held | None = None
    sent: int = 0
    postponed: int = 0
    failed: int = 0
    unavailable: str = ""

    def claim(self, now: datetime) -> bool:
        """Take the messages that have been due longest; others' rows are passed by, not waited for."""
        self.ticket, self.held_until = new_id(), self.clock() + self.limits.lease
        due = (
            sa.select(*(col(getattr(Message, name)) for name in HELD))
            .where(col(Message.next_attempt_at) <= now)
            .order_by(col(Message.next_attempt_at), col(Message.id))
            .limit(self.limits.batch)
        )
        with self.database.writing(self.organisation_id) as session:
            found = session.execute(locked(due, skip_locked=True)).mappings().all()
            if found:
                claimed = {
                    "state": MessageState.SENDING,
                    "claim": self.ticket,
                    "attempts": col(Message.attempts) + 1,
                    "next_attempt_at": self.held_until,
                }
                session.execute(change([row["id"] for row in found]).values(claimed))
        self.waiting = [Held(**{**row, "attempts": row["attempts"] + 1}) for row in found]
        return bool(found)

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

    def _send(self, connection: Connection, held: Held) -> None:
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

    def _not_sent(self, held: Held, error: str, *, permanent: bool = False) -> None:
        last = permanent or held.attempts >= self.limits.attempts
        self._done(held, MessageState.FAILED if last else MessageState.PENDING, error)

    def _done(self, held: Held, state: MessageState, error: str = "") -> None:
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
            chain = locked_chain(session, self.organisation_id, held.case_id)
            ours = change([held.id]).where(col(Message.claim) == self.ticket).values(values)
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

    def _ours(self, held: Sequence[Held]) -> sa.Update:
        return change([message.id for message in held]).where(col(Message.claim) == self.ticket)


def pause(attempts: int, limits: MailLimits) -> timedelta:
    """How long until a message is tried again: twice as long after each try, up to a limit."""
    return min(limits.first_retry * (1 << min(attempts - 1, MOST_DOUBLINGS)), limits.max_retry)


def change(ids: Sequence[UUID]) -> sa.Update:
    """The beginning of a change of some messages."""
    return sa.update(Message).where(col(Message.id).in_(ids)).execution_options(synchronize_session=False)


def locked_chain(session: Session, organisation_id: UUID, case_id: UUID | None) -> Case | Organisation:
    """The chain that a message's events stand in: its case's, else the organisation's own."""
    if case_id is None:
        return evidence.organisation_chain(session, organisation_id)
    return session.exec(locked(select(Case).where(Case.id == case_id))).one()
