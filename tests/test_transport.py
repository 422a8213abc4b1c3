"""Letters over real SMTP: who is trusted, what arrives, and what a failure means for the letter and for the rest."""

from __future__ import annotations

import socket
import traceback
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.mailserver import HOST, Authority, MailServer, serving
from transport import Security, SmtpTransport, is_loopback
from workflows.errors import BadInput
from workflows.letters import Letter, MailServerUnavailable, RecipientRefused, Transport

NOW = datetime(2026, 12, 24, 9, 30, tzinfo=UTC)
SENDER = "noreply@kommun.example"
ANNA = "anna@kommun.example"
BO = "bo@kommun.example"
LOGIN = ("behorig", "hemligt-ord")


def letter(to: str = ANNA, **said: Any) -> Letter:
    """A letter in which a test says only what matters."""
    words: dict[str, Any] = {
        "message_id": "0192f3a4-1111-7000-8000-123456789abc",
        "sender": "Behörig <noreply@kommun.example>",
        "subject": "Beslut väntar: BEH-2026-00042",
        "text": "Ärendet väntar på dig.\n",
        "html": "<p>Ärendet väntar på dig.</p>\n",
        "language": "sv",
    }
    return Letter(to=to, **(words | said))


def to(server: MailServer, **said: Any) -> SmtpTransport:
    """The way to a server; without a word it is not secured and nobody logs in."""
    means: dict[str, Any] = {"host": HOST, "security": "none", "timeout": 5.0}
    return SmtpTransport(port=server.port, sender=SENDER, **(means | said))


def deliver(transport: Transport, *letters: Letter) -> list[str]:
    """Send letters over one connection; what became of each."""
    outcomes = []
    with transport.connect() as connection:
        for each in letters:
            try:
                connection.send(each, NOW)
            except RecipientRefused as refusal:
                outcomes.append(f"{'parked' if refusal.permanent else 'later'}: {refusal.detail}")
            else:
                outcomes.append("sent")
    return outcomes


class Serve(Protocol):
    """Starts a mail server for the length of a test."""

    def __call__(self, **behaviour: Any) -> MailServer: ...


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.new(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def serve(authority: Authority) -> Iterator[Serve]:
    with ExitStack() as running:

        def start(**behaviour: Any) -> MailServer:
            return running.enter_context(serving(MailServer(**behaviour), authority.server_context()))

        yield start


@pytest.mark.parametrize("login", [None, LOGIN], ids=["nobody logs in", "with a login"])
@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_letter_arrives_however_the_way_is_secured(
    serve: Serve, authority: Authority, security: Security, login: tuple[str, str] | None
) -> None:
    server = serve(security=security, login=login)
    user, password = login or (None, None)
    transport = to(server, security=security, user=user, password=password, ca_file=authority.file)
    assert deliver(transport, letter()) == ["sent"]
    (mail,) = server.mails
    assert (mail.sender, mail.recipients) == (SENDER, (ANNA,))
    assert mail.email["Subject"] == "Beslut väntar: BEH-2026-00042"
    assert mail.body("plain") == "Ärendet väntar på dig.\n"


def test_a_letter_says_what_it_is_to_machines(serve: Serve) -> None:
    server = serve()
    deliver(to(server), letter(headers={"X-Behorig-Case": "BEH-2026-00042"}))
    mail = server.mails[0].email
    assert {name: str(mail[name]) for name in ("From", "To", "Date", "Auto-Submitted", "Content-Language")} == {
        "From": "Behörig <noreply@kommun.example>",
        "To": ANNA,
        "Date": "Thu, 24 Dec 2026 09:30:00 +0000",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "sv",
    }
    assert mail["X-Behorig-Case"] == "BEH-2026-00042"
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_the_same_letter_has_the_same_identity_every_time_it_is_tried(serve: Serve) -> None:
    server = serve()
    deliver(to(server), letter())
    deliver(to(server), letter(), letter(message_id="another"))
    first, again, other = (mail.email["Message-ID"] for mail in server.mails)
    assert first == again == "<0192f3a4-1111-7000-8000-123456789abc@kommun.example>"
    assert other == "<another@kommun.example>"


def test_a_text_that_is_the_path_of_a_file_attaches_nothing(serve: Serve, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("not for mail", encoding="utf-8")
    server = serve()
    deliver(to(server), letter(text=str(secret), html=str(secret), subject=str(secret)))
    (mail,) = server.mails
    assert list(mail.email.iter_attachments()) == []
    assert mail.body("plain") == f"{secret}\n"
    assert mail.body("html") == f"{secret}\n"
    assert b"not for mail" not in mail.raw


def test_html_arrives_as_it_was_written(serve: Serve) -> None:
    html = (
        '<html><head><link rel="stylesheet" href="http://127.0.0.1:9/away.css"><style>p { color: red }</style></head>\n'
        f"<body><p class='å'>1 &lt; 2 &amp; {'long ' * 400}</p>\n.\n</body></html>\n"
    )
    server = serve()
    deliver(to(server), letter(html=html))
    assert server.mails[0].body("html") == html


def test_one_connection_carries_the_whole_batch(serve: Serve) -> None:
    server = serve()
    assert deliver(to(server), *(letter(message_id=f"m{n}") for n in range(20))) == ["sent"] * 20
    assert (len(server.mails), server.connections) == (20, 1)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_vouches_for_is_refused_and_nothing_is_sent(serve: Serve, security: Security) -> None:
    server = serve(security=security, login=LOGIN)
    with pytest.raises(MailServerUnavailable, match="certificate is not trusted"):
        deliver(to(server, security=security, user=LOGIN[0], password=LOGIN[1]), letter())
    assert (server.mails, server.commands) == ([], [])


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_another_host_is_refused(authority: Authority, security: Security) -> None:
    other = authority.server_context("mail.elsewhere.example")
    with (
        serving(MailServer(security=security), other) as server,
        pytest.raises(MailServerUnavailable, match="certificate is not trusted"),
    ):
        deliver(to(server, security=security, ca_file=authority.file), letter())
    assert server.mails == []


def test_a_server_that_cannot_secure_the_connection_gets_nothing(serve: Serve, authority: Authority) -> None:
    server = serve()
    with pytest.raises(MailServerUnavailable, match="STARTTLS is not offered"):
        deliver(to(server, security="starttls", ca_file=authority.file), letter())
    with pytest.raises(MailServerUnavailable, match="no secure connection"):
        deliver(to(server, security="tls", ca_file=authority.file), letter())
    assert server.mails == []


def test_a_file_of_certificates_that_cannot_be_read_stops_the_batch(serve: Serve, tmp_path: Path) -> None:
    nonsense = tmp_path / "ca.pem"
    nonsense.write_text("no certificate", encoding="utf-8")
    server = serve(security="tls")
    for file in (nonsense, tmp_path / "missing.pem"):
        with pytest.raises(MailServerUnavailable, match="file of trusted certificates"):
            deliver(to(server, security="tls", ca_file=file), letter())


@pytest.mark.parametrize("password", ["guessed", None, "inte-ascii-åäö"])
def test_a_wrong_password_stops_the_batch_and_is_told_to_nobody(serve: Serve, password: str | None) -> None:
    server = serve(login=LOGIN)
    with pytest.raises(MailServerUnavailable) as refusal:
        deliver(to(server, user=LOGIN[0], password=password), letter())
    said = "".join(traceback.format_exception(refusal.value))
    assert password is None or password not in said
    assert refusal.value.detail in {"login refused: SMTP 535 5.7.8", "user or password has other letters than ASCII"}
    assert server.mails == []


def test_a_server_that_wants_a_login_we_do_not_have_stops_the_batch(serve: Serve) -> None:
    server = serve(login=LOGIN)
    with pytest.raises(MailServerUnavailable, match=r"sender refused: SMTP 530 5\.7\.0"):
        deliver(to(server), letter())


def test_a_server_that_offers_no_login_is_not_given_one(serve: Serve) -> None:
    server = serve()
    with pytest.raises(MailServerUnavailable, match="no login is offered"):
        deliver(to(server, user=LOGIN[0], password=LOGIN[1]), letter())
    assert server.mails == []


def test_a_password_never_travels_in_the_clear_to_another_machine() -> None:
    with pytest.raises(BadInput, match="in the clear"):
        SmtpTransport(host="mail.kommun.example", port=25, sender=SENDER, security="none", user="u", password="p")
    SmtpTransport(host="localhost", port=25, sender=SENDER, security="none", user="u", password="p")
    assert [
        host for host in ("127.0.0.1", "127.1.2.3", "::1", "LocalHost", "10.0.0.1", "mail") if is_loopback(host)
    ] == [
        "127.0.0.1",
        "127.1.2.3",
        "::1",
        "LocalHost",
    ]


def test_an_address_to_send_from_is_demanded() -> None:
    with pytest.raises(BadInput, match="mail can be sent from"):
        SmtpTransport(host=HOST, port=25, sender="noreply")


def test_a_transport_does_not_show_its_password() -> None:
    shown = SmtpTransport(host=HOST, port=25, sender=SENDER, user=LOGIN[0], password=LOGIN[1])
    assert LOGIN[1] not in repr(shown)


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ("550 5.1.1 No anna@kommun.example here", "parked: SMTP 550 5.1.1"),
        ("450 4.2.0 Greylisted, anna@kommun.example", "later: SMTP 450 4.2.0"),
        ("451 Local error", "later: SMTP 451"),
        ("530 5.7.1 Log in first", "later: SMTP 530 5.7.1"),  # can be put right, and the letter is sound
    ],
)
@pytest.mark.parametrize("when", ["refuses", "refuses_data"])
def test_a_refused_letter_lets_the_next_through_on_the_same_connection(
    serve: Serve, when: str, reply: str, outcome: str
) -> None:
    server = serve(**{when: {ANNA: reply}})
    assert deliver(to(server), letter(), letter(BO), letter(), letter(BO)) == [outcome, "sent", outcome, "sent"]
    assert [mail.recipients for mail in server.mails] == [(BO,), (BO,)]
    assert server.connections == 1
    assert server.commands[:2] == [f"RCPT {ANNA}", "RSET"]


@pytest.mark.parametrize("when", ["refuses", "refuses_data"])
def test_a_server_that_says_goodbye_stops_the_batch(serve: Serve, when: str) -> None:
    server = serve(**{when: {ANNA: "421 4.3.2 Closing, anna@kommun.example"}})
    with pytest.raises(MailServerUnavailable) as refusal:
        deliver(to(server), letter(BO), letter(), letter(BO))
    assert refusal.value.detail == "SMTP 421 4.3.2"
    assert len(server.mails) == 1


def test_a_refused_sender_stops_the_batch_but_a_letter_too_big_does_not(serve: Serve) -> None:
    server = serve(refuses_sender="550 5.7.1 noreply@kommun.example may not send")
    with pytest.raises(MailServerUnavailable, match=r"sender refused: SMTP 550 5\.7\.1"):
        deliver(to(server), letter())
    server.refuses_sender = "552 5.3.4 Too big"
    assert deliver(to(server), letter(), letter()) == ["parked: SMTP 552 5.3.4"] * 2


def test_an_address_with_swedish_letters_is_parked_where_the_server_cannot_take_it(serve: Serve) -> None:
    server = serve()
    assert deliver(to(server), letter("åsa@kommun.example"), letter(BO)) == ["parked: SMTPUTF8 is not offered", "sent"]
    assert server.connections == 1


def test_an_address_with_swedish_letters_is_used_where_the_server_can_take_it(serve: Serve) -> None:
    server = serve(international=True)
    assert deliver(to(server), letter("åsa@växjö.example")) == ["sent"]
    (mail,) = server.mails
    assert mail.recipients == ("åsa@xn--vxj-qla6g.example",)
    assert "To: åsa@xn--vxj-qla6g.example\r\n".encode() in mail.raw


def test_a_server_that_dies_in_the_middle_of_a_batch_keeps_what_it_took(serve: Serve) -> None:
    server = serve(dies_after=2)
    handed_over = []
    with to(server).connect() as connection:
        for number in range(2):
            connection.send(letter(message_id=f"m{number}"), NOW)
            handed_over.append(f"<m{number}@kommun.example>")
        for number in range(2, 4):  # and a connection that is gone stays gone
            with pytest.raises(MailServerUnavailable, match="connection was lost"):
                connection.send(letter(message_id=f"m{number}"), NOW)
    assert [mail.email["Message-ID"] for mail in server.mails] == handed_over


def test_a_server_that_does_not_answer_in_time_stops_the_batch(serve: Serve) -> None:
    server = serve(sleeps=5)
    with pytest.raises(MailServerUnavailable, match="no answer in time"):
        deliver(to(server, timeout=0.2), letter())
    assert server.mails == []


def test_a_server_that_never_greets_is_given_up(serve: Serve) -> None:
    with socket.create_server((HOST, 0)) as silent:
        silence = MailServer(port=silent.getsockname()[1])
        with pytest.raises(MailServerUnavailable, match="no answer in time"):
            deliver(to(silence, timeout=0.2), letter())


@pytest.mark.parametrize("host", [HOST, "a" * 64 + ".example"])
def test_a_server_that_is_not_there_stops_the_batch(host: str) -> None:
    with socket.create_server((HOST, 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(MailServerUnavailable):
        deliver(SmtpTransport(host=host, port=port, sender=SENDER, security="none", timeout=1), letter())


@pytest.mark.parametrize(
    "injected",
    [
        {"subject": "Beslut\r\nBcc: eva@elsewhere.example"},
        {"subject": "Beslut\n"},
        {"subject": "Beslut\u2028Bcc: eva@elsewhere.example"},
        {"subject": "=?utf-8?q?Beslut=0D=0ABcc=3A_eva=40elsewhere=2Eexample?="},
        {"subject": "half a character: \ud800"},
        {"text": "half a character: \ud800"},
        {"to": "anna@kommun.example\r\nBcc: eva@elsewhere.example"},
        {"to": "anna@kommun.example, eva@elsewhere.example"},
        {"to": "anna@kommun.example eva@elsewhere.example"},
        {"to": '"anna@kommun.example, eva"@elsewhere.example'},
        {"to": "anna"},
        {"to": ""},
        {"to": "anna@kommun..example"},
        {"sender": "Behörig\nBcc: eva@elsewhere.example <noreply@kommun.example>"},
        {"sender": "=?utf-8?q?=0ABcc=3A?= <noreply@kommun.example>"},
        {"message_id": "m@kommun.example>\r\nBcc: eva@elsewhere.example"},
        {"language": "sv\nBcc: eva@elsewhere.example"},
        {"headers": {"X-Case": "1\r\nBcc: eva@elsewhere.example"}},
        {"headers": {"Bcc": "eva@elsewhere.example"}},
        {"headers": {"X-Case: 1\r\nBcc": "eva@elsewhere.example"}},
        {"headers": {"Content-Type": "text/html"}},
        {"headers": {"Resent-To": "eva@elsewhere.example"}},
    ],
    ids=ascii,
)
def test_nothing_in_a_letter_passes_for_a_header_or_another_recipient(serve: Serve, injected: dict[str, Any]) -> None:
    server = serve()
    outcome, next_one = deliver(to(server), letter(**({"to": ANNA} | injected)), letter(BO))
    assert outcome.startswith("parked: unusable: ")
    assert "eva@" not in outcome
    assert next_one == "sent"
    assert [mail.recipients for mail in server.mails] == [(BO,)]


def test_a_letter_is_dated_with_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        letter().as_email(NOW.replace(tzinfo=None))
