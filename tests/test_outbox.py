"""Messages reach a real mail server at least once, and twice only when nobody could have known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from models import Case, Database, Event, Message, MessageState, Person
from tests.given import NOW, Given
from tests.mailserver import HOST, MailServer, serving
from transport import SmtpTransport
from workflows import outbox
from workflows.delivery import Delivery, DeliveryResult, pause
from workflows.letters import Connection
from workflows.notices import NO_ADDRESS, CaseSummary, Notice, NoticeKind, compose

SENDER = "Behörig <behorig@mjolby.example>"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Short limits, so that a test can wait them out."""

    batch: int = 50
    attempts: int = 3
    first_retry: timedelta = timedelta(minutes=1)
    max_retry: timedelta = timedelta(minutes=90)
    lease: timedelta = timedelta(minutes=10)


@dataclass
class Post:
    """An organisation with a case, its outbox, and a mail server."""

    given: Given
    server: MailServer
    number: str = ""
    limits: Limits = field(default_factory=Limits)

    @property
    def transport(self) -> SmtpTransport:
        return SmtpTransport(host=HOST, port=self.server.port, sender=SENDER, security="none", timeout=5)

    def saved(self, count: int = 1, *, to: Person | None = None, in_case: bool = True, at: datetime = NOW) -> None:
        """Save messages, as an act does."""
        recipient = to or self.given.world.manager
        summary = CaseSummary(
            number=self.number,
            kind="NEW",
            state="AWAITING_DECISION",
            system="Care",
            profile="Read",
            allows="Reads.",
            person="Nurse Svensson",
            starts_on=date(2026, 3, 10),
            ends_on=None,
            purpose="Works at the ward.",
        )
        rows = [
            compose(
                Notice(kind=NoticeKind.LAPSED, recipient=recipient, summary=summary),
                organisation_id=self.given.organisation.id,
                case_id=self.given.case(self.number).id if in_case else None,
                saved_at=at,
                base_url="https://behorig.example",
            )
            for _ in range(count)
        ]
        with self.given.database.writing(self.given.organisation.id) as session:
            session.execute(sa.insert(Message), rows)

    def deliver(self, now: datetime = NOW, **options: object) -> DeliveryResult:
        """Deliver what is due."""
        choices: dict[str, object] = {"limits": self.limits, "transport": self.transport, **options}
        return outbox.deliver(
            self.given.database,
            self.given.organisation.id,
            sender=SENDER,
            now=now,
            **choices,  # type: ignore[arg-type]
        )

    def retry(self, now: datetime = NOW) -> int:
        """Let what is parked be sent again."""
        return outbox.retry(self.given.database, self.given.organisation.id, now=now)

    def states(self) -> list[str]:
        """Where each message stands, oldest first."""
        return [row.state for row in self.given.messages()]

    def only(self) -> Message:
        """The only message."""
        (message,) = self.given.messages()
        return message

    def heard(self) -> list[str]:
        """The identities of the mails that the server took on itself."""
        return [str(mail.email["Message-ID"]) for mail in self.server.mails]

    def outcomes(self) -> list[str]:
        """What the record says became of messages."""
        return [event.kind for event in self.given.all(Event) if event.kind.startswith("message.")]


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server in a good mood."""
    with serving(MailServer()) as running:
        yield running


def post_in(database: Database, server: MailServer) -> Post:
    """An outbox with nothing in it yet."""
    given = Given(database)
    given.municipality()
    post = Post(given, server, number=given.order(submit=False))
    with database.writing(given.organisation.id) as session:
        session.execute(sa.delete(Message))
    return post


@pytest.fixture
def post(database: Database, server: MailServer) -> Post:
    """An outbox on each database in turn."""
    return post_in(database, server)


@pytest.fixture
def embedded(sqlite_database: Database, server: MailServer) -> Post:
    """An outbox on the embedded database, for what has nothing to do with the engine."""
    return post_in(sqlite_database, server)


class Interrupted(BaseException):
    """The process is stopped from outside."""


@dataclass
class Watched:
    """The real way to the mail server, with something that happens before or after a letter."""

    transport: SmtpTransport
    before: dict[int, object] = field(default_factory=dict)
    after: dict[int, object] = field(default_factory=dict)
    sent: int = 0
    connection: Connection | None = None

    def connect(self) -> AbstractContextManager[Connection]:
        return self._connected()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        with self.transport.connect() as connection:
            self.connection = connection
            yield self

    def send(self, letter: object, at: datetime) -> None:
        self.sent += 1
        self._happens(self.before)
        assert self.connection is not None
        self.connection.send(letter, at)  # type: ignore[arg-type]
        self._happens(self.after)

    def _happens(self, what: dict[int, object]) -> None:
        happening = what.get(self.sent)
        if isinstance(happening, BaseException):
            raise happening
        if callable(happening):
            happening()


# --- A server in a good mood ---------------------------------------------------------------------------------------


def test_what_is_due_is_sent_once_and_put_on_the_record(post: Post) -> None:
    post.saved(3)
    assert post.deliver() == DeliveryResult(sent=3)
    assert post.deliver() == DeliveryResult()
    assert post.states() == [MessageState.SENT] * 3
    assert post.heard() == [f"<{row.id}@mjolby.example>" for row in post.given.messages()]
    message = post.given.messages()[0]
    assert (message.sent_at, message.claim, message.next_attempt_at, message.attempts) == (NOW, None, None, 1)
    assert post.outcomes() == ["message.sent"] * 3
    event = post.given.events(post.number)[-1]
    assert event.data.keys() == {"message_id", "kind", "attempt", "error"}
    assert event.channel == "outbox"
    assert post.given.is_whole()


def test_a_batch_goes_over_one_connection(embedded: Post) -> None:
    embedded.saved(5)
    embedded.limits = Limits(batch=3)
    assert embedded.deliver().sent == 5
    assert embedded.server.connections == 2


def test_nobody_is_called_when_nothing_is_due(embedded: Post) -> None:
    embedded.saved(at=NOW + timedelta(seconds=1))
    assert embedded.deliver() == DeliveryResult()
    assert embedded.server.connections == 0


def test_the_mail_says_what_was_saved(embedded: Post) -> None:
    embedded.saved()
    embedded.deliver()
    (mail,) = embedded.server.mails
    message = embedded.only()
    assert mail.email["Subject"] == message.subject
    assert mail.recipients == (message.address,)
    assert mail.body("plain") == message.text
    assert mail.body("html") == message.html


def test_a_message_without_a_case_is_on_the_organisations_chain(post: Post) -> None:
    post.saved(in_case=False)
    with post.given.database.reading(post.given.organisation.id) as session:
        (row,) = outbox.waiting(session)
    assert row.case_number == ""
    assert post.deliver().sent == 1
    (event,) = post.given.all(Event, Event.kind == "message.sent")
    assert event.case_id is None
    assert event.chain_id == post.given.organisation.id
    assert post.given.is_whole()


def test_whoever_waits_hears_of_each_message(embedded: Post) -> None:
    embedded.saved(2)
    heard: list[Delivery] = []
    embedded.deliver(on_message=heard.append)
    assert [(one.message_id, one.state, one.attempt) for one in heard] == [
        (row.id, MessageState.SENT, 1) for row in embedded.given.messages()
    ]


def test_another_organisations_messages_stay_where_they_are(post: Post) -> None:
    other = Given(post.given.database, "OTHER")
    other.municipality()
    theirs = Post(other, post.server, number=other.order())
    waiting = theirs.states()
    post.saved()
    assert post.deliver().sent == 1
    assert theirs.states() == waiting
    assert set(waiting) == {MessageState.PENDING}


# --- Servers in other moods ----------------------------------------------------------------------------------------


def test_a_server_that_is_down_loses_nothing_and_counts_only_what_was_tried(post: Post) -> None:
    post.saved(3)
    with serving(MailServer()) as gone:
        nowhere = SmtpTransport(host=HOST, port=gone.port, sender=SENDER, security="none")
    result = post.deliver(transport=nowhere)
    assert result.unavailable
    assert (result.sent, result.postponed, result.failed) == (0, 1, 0)
    messages = post.given.messages()
    assert [row.attempts for row in messages] == [1, 0, 0]
    assert [row.state for row in messages] == [MessageState.PENDING] * 3
    assert [row.next_attempt_at for row in messages] == [NOW + timedelta(minutes=1), NOW, NOW]
    assert {row.last_error for row in messages} == {result.unavailable}
    assert post.outcomes() == ["message.postponed"]
    assert post.deliver(NOW + timedelta(minutes=1)).sent == 3
    assert post.given.is_whole()


def test_a_server_that_dies_mid_batch_gets_the_rest_later_and_nothing_twice(post: Post) -> None:
    post.saved(5)
    post.server.dies_after = 2
    result = post.deliver()
    assert (result.sent, result.postponed) == (2, 1)
    assert result.unavailable
    assert [row.attempts for row in post.given.messages()] == [1, 1, 1, 0, 0]
    post.server.dies_after = None
    assert post.deliver(NOW + timedelta(minutes=1)).sent == 3
    heard = post.heard()
    assert sorted(heard) == sorted(f"<{row.id}@mjolby.example>" for row in post.given.messages())
    assert len(set(heard)) == 5
    assert post.given.is_whole()


def test_a_receiver_refused_for_good_is_parked_and_the_others_get_theirs(post: Post) -> None:
    world = post.given.world
    post.saved(to=world.nurse)
    post.saved(to=world.manager)
    post.server.refuses = {"nurse@behorig.example": "550 5.1.1 <nurse@behorig.example> No such user"}
    assert post.deliver() == DeliveryResult(sent=1, failed=1)
    refused, sent = post.given.messages()
    assert (refused.state, refused.next_attempt_at, refused.attempts) == (MessageState.FAILED, None, 1)
    assert sent.state == MessageState.SENT
    assert "550" in refused.last_error
    assert "nurse" not in refused.last_error
    assert post.outcomes() == ["message.failed", "message.sent"]
    assert "nurse" not in str([event.data for event in post.given.events(post.number)])


def test_a_receiver_refused_for_now_is_tried_again_ever_later_and_parked_in_the_end(post: Post) -> None:
    post.saved()
    post.server.refuses = {"manager@behorig.example": "451 4.3.0 Mailbox busy"}
    moments = []
    now = NOW
    while (message := post.only()).next_attempt_at is not None:
        now = message.next_attempt_at
        moments.append(now)
        post.deliver(now)
    assert moments == [NOW, NOW + timedelta(minutes=1), NOW + timedelta(minutes=3)]
    assert (message.state, message.attempts) == (MessageState.FAILED, 3)
    assert post.outcomes() == ["message.postponed", "message.postponed", "message.failed"]
    assert post.given.is_whole()


def test_a_pause_doubles_up_to_its_limit() -> None:
    minutes = [pause(attempts, Limits()) / timedelta(minutes=1) for attempts in (1, 2, 3, 7, 8, 100)]
    assert minutes == [1, 2, 4, 64, 90, 90]


def test_an_address_that_is_none_is_parked_and_stops_nobody(embedded: Post) -> None:
    world = embedded.given.world
    embedded.saved(to=world.nurse)
    embedded.saved(to=world.manager)
    nurse = embedded.given.messages()[0]
    embedded.given.change(nurse, address="nurse@behorig.example\r\nBcc: all@behorig.example")
    assert embedded.deliver() == DeliveryResult(sent=1, failed=1)


# --- Processes that die, and processes side by side ----------------------------------------------------------------


def test_what_a_dead_process_held_is_sent_by_another_after_the_lease(post: Post) -> None:
    post.saved(2)
    for message in post.given.messages():
        post.given.change(
            message,
            state=MessageState.SENDING,
            claim=message.id,
            attempts=1,
            next_attempt_at=NOW + timedelta(minutes=10),
        )
    assert post.deliver(NOW + timedelta(minutes=9)) == DeliveryResult()
    assert post.deliver(NOW + timedelta(minutes=10)).sent == 2
    assert [row.attempts for row in post.given.messages()] == [2, 2]


def test_a_message_that_takes_its_process_down_every_time_is_parked(embedded: Post) -> None:
    embedded.saved()
    embedded.given.change(embedded.only(), state=MessageState.SENDING, attempts=3, next_attempt_at=NOW)
    assert embedded.deliver() == DeliveryResult(failed=1)
    assert "never finished" in embedded.only().last_error
    assert embedded.server.connections == 0


def test_a_process_that_is_stopped_gives_the_rest_back_at_once(post: Post) -> None:
    post.saved(4)
    with pytest.raises(Interrupted):
        post.deliver(transport=Watched(post.transport, before={2: Interrupted()}))
    assert post.states() == [MessageState.SENT, MessageState.SENDING, MessageState.PENDING, MessageState.PENDING]
    assert [row.attempts for row in post.given.messages()] == [1, 1, 0, 0]
    assert post.deliver().sent == 2
    assert post.deliver(NOW + timedelta(minutes=10)).sent == 1  # nobody knows whether this one had been taken
    assert len(set(post.heard())) == len(post.heard()) == 4


def test_a_slow_server_does_not_outlast_the_lease(post: Post) -> None:
    post.saved(4)
    hands = iter([NOW + timedelta(minutes=3 * step) for step in range(100)])
    leases = []

    def look() -> None:
        leases.extend([row.next_attempt_at for row in post.given.messages() if row.state == MessageState.SENDING])

    watched = Watched(post.transport, before={4: look})
    assert post.deliver(transport=watched, clock=lambda: next(hands)).sent == 4
    assert leases[0] is not None
    assert leases[0] > NOW + timedelta(minutes=20)


def test_a_message_that_another_process_took_over_is_left_to_it(post: Post) -> None:
    post.saved(3)
    hands = iter([NOW, NOW, *[NOW + timedelta(hours=1)] * 100])  # it is held up just before it hands the letter over
    first_lease = NOW + timedelta(minutes=10)

    def taken_over() -> None:
        assert post.deliver(first_lease).sent == 3

    watched = Watched(post.transport, after={1: taken_over})
    assert post.deliver(transport=watched, clock=lambda: next(hands)) == DeliveryResult()
    assert watched.sent == 1
    heard = post.heard()
    assert len(heard) == 4
    assert heard[0] == heard[1]  # the receiver can tell that it has this one already
    assert len(set(heard)) == 3
    assert post.outcomes() == ["message.sent"] * 3
    assert post.given.is_whole()


def test_processes_side_by_side_share_a_backlog_without_doubles(post: Post) -> None:
    post.saved(30)
    post.limits = Limits(batch=4)
    start = Barrier(3)
    results: list[DeliveryResult] = []

    def work() -> None:
        start.wait()
        results.append(post.deliver())

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result.sent for result in results) == 30
    assert len(post.heard()) == len(set(post.heard())) == 30
    assert post.states() == [MessageState.SENT] * 30
    assert post.given.is_whole()


def test_no_transaction_is_open_while_the_mail_server_takes_its_time(post: Post) -> None:
    post.saved(2)

    def write() -> None:
        with post.given.database.writing(post.given.organisation.id) as session:
            session.exec(select(Case).where(Case.number == post.number).with_for_update()).one()
            session.exec(select(Message).order_by(col(Message.id)).with_for_update()).all()

    assert post.deliver(transport=Watched(post.transport, before={1: write, 2: write})).sent == 2


# --- What an operator sees and does --------------------------------------------------------------------------------


def test_the_list_of_what_waits_names_nobody(post: Post) -> None:
    world = post.given.world
    post.saved(to=world.nurse)
    post.saved(to=world.manager)
    post.server.refuses = {"nurse@behorig.example": "550 5.1.1 <nurse@behorig.example> No such user"}
    post.deliver()
    with post.given.database.reading(post.given.organisation.id) as session:
        (row,) = outbox.waiting(session)
        assert len(outbox.waiting(session, states=MessageState)) == 2
    assert (row.state, row.kind, row.case_number, row.attempts) == ("FAILED", "LAPSED", post.number, 1)
    assert row.employee_number == "nurse", "an operator must know whose address to mend"
    assert world.nurse.family_name not in repr(row)
    assert "nurse@" not in repr(row).lower()


def test_what_is_parked_can_be_sent_again_to_the_address_of_today(post: Post) -> None:
    world = post.given.world
    post.saved(to=world.nurse)
    post.server.refuses = {"nurse@behorig.example": "550 5.1.1 No such user"}
    post.deliver()
    first = post.only()
    assert post.deliver() == DeliveryResult()
    post.given.change(world.nurse, email="right@behorig.example")
    assert post.retry() == 1
    assert post.retry() == 0
    assert (post.only().attempts, post.only().last_error) == (0, "")
    assert post.deliver().sent == 1
    assert post.server.mails[0].recipients == ("right@behorig.example",)
    assert post.heard() == [f"<{first.id}@mjolby.example>"]
    assert post.outcomes() == ["message.failed", "message.retried", "message.sent"]
    assert post.given.is_whole()


def test_only_the_messages_that_are_named_are_sent_again_and_the_record_says_by_whom(embedded: Post) -> None:
    embedded.saved(2)
    for message in embedded.given.messages():
        embedded.given.change(message, state=MessageState.FAILED, next_attempt_at=None)
    second = embedded.given.messages()[1]
    actor = embedded.given.actor(embedded.given.world.technician)
    database, organisation = embedded.given.database, embedded.given.organisation
    assert outbox.retry(database, organisation.id, now=NOW, ids=[second.id], actor=actor) == 1
    assert embedded.states() == [MessageState.FAILED, MessageState.PENDING]
    event = embedded.given.events(embedded.number)[-1]
    assert (event.kind, event.actor_id) == ("message.retried", actor.person_id)


def test_a_receiver_without_an_address_waits_parked_until_there_is_one(embedded: Post) -> None:
    person = embedded.given.person("paper", email=None)
    embedded.saved(to=person)
    assert embedded.deliver() == DeliveryResult()
    assert (embedded.only().state, embedded.only().last_error) == (MessageState.FAILED, NO_ADDRESS.message)
    assert embedded.retry() == 0
    embedded.given.change(person, email="paper@behorig.example")
    assert embedded.retry() == 1
    assert embedded.deliver().sent == 1


def test_the_policy_of_the_municipality_says_how_often(embedded: Post) -> None:
    embedded.saved()
    embedded.server.refuses = {"manager@behorig.example": "451 4.3.0 Mailbox busy"}
    mail = embedded.given.office.policy.mail
    assert embedded.deliver(limits=mail).postponed == 1
    assert embedded.only().next_attempt_at == NOW + mail.first_retry
