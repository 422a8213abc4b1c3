"""Real mail servers on this machine, in the moods that mail servers have."""

from __future__ import annotations

import asyncio
import email
import ssl
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from threading import Thread
from typing import Any, Literal

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Received:
    """A mail as the server took it on itself."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def email(self) -> EmailMessage:
        """The mail, read as a mail program reads it."""
        return email.message_from_bytes(self.raw, policy=default)

    def body(self, kind: Literal["plain", "html"]) -> str:
        """The text or the HTML of the mail, with the line ends of this machine."""
        part = self.email.get_body((kind,))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


@dataclass(kw_only=True)
class MailServer:
    """A running mail server: how it behaves, which may be changed while it runs, and what it has seen."""

    port: int = 0
    security: Literal["none", "starttls", "tls"] = "none"
    login: tuple[str, str] | None = None
    """The user and password without which nothing is taken."""
    refuses: Mapping[str, str] = field(default_factory=dict)
    """Replies to certain recipients, such as ``550 5.1.1 No such user``."""
    refuses_data: Mapping[str, str] = field(default_factory=dict)
    """The same, said only when the letter itself is to come."""
    refuses_sender: str = ""
    """The reply to every sender."""
    dies_after: int | None = None
    """After so many mails it hangs up when it has the next in its hands, and on everybody who calls again."""
    sleeps: float = 0.0
    """Seconds before it answers to a sender."""
    international: bool = False
    """Whether it takes addresses with other letters than ASCII before the @."""
    connections: int = 0
    mails: list[Received] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    """What came after the greeting: a recipient, a reset."""

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: LoginPassword
    ) -> AuthResult:
        """Whether somebody may in."""
        right = self.login is not None and (given.login.decode(), given.password.decode()) == self.login
        return AuthResult(success=right, handled=False)

    async def handle_MAIL(  # noqa: N802 - named by the library, as are those below
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.login is not None and not session.authenticated:
            return "530 5.7.0 Authentication required"
        await asyncio.sleep(self.sleeps)
        if self.refuses_sender:
            return self.refuses_sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.commands.append(f"RCPT {address}")
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_RSET(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        self.commands.append("RSET")
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.dies_after is not None and len(self.mails) >= self.dies_after:
            _hang_up(server)
        for address in envelope.rcpt_tos:
            if address in self.refuses_data:
                return self.refuses_data[address]
        assert isinstance(envelope.content, bytes)
        self.mails.append(Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), envelope.content))
        return "250 OK"


def _hang_up(server: SMTP) -> None:
    """End a connection without a word."""
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()
    raise ConnectionResetError


@dataclass(frozen=True)
class Authority:
    """An issuer of certificates that nobody trusts unless told to."""

    ca: trustme.CA
    file: Path

    @classmethod
    def new(cls, folder: Path) -> Authority:
        """An issuer whose own certificate lies in a folder."""
        authority = cls(trustme.CA(), folder / "ca.pem")
        authority.ca.cert_pem.write_to_path(str(authority.file))
        return authority

    def server_context(self, host: str = HOST) -> ssl.SSLContext:
        """What a server shows who calls itself `host`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(host).configure_cert(context)
        return context


@contextmanager
def serving(server: MailServer, certificate: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    """Let a mail server listen on a port of its own, or the one it names, until the end of the block."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="mail server")
    thread.start()

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(10)

    def session() -> SMTP:
        server.connections += 1
        return SMTP(
            server,
            hostname="mail.example",
            enable_SMTPUTF8=server.international,
            tls_context=certificate if server.security == "starttls" else None,
            require_starttls=server.security == "starttls",
            authenticator=server.authenticate if server.login else None,
            auth_require_tls=False,
            auth_exclude_mechanism=() if server.login else ("LOGIN", "PLAIN"),
            loop=loop,
        )

    async def listen() -> asyncio.Server:
        implicit = certificate if server.security == "tls" else None
        return await loop.create_server(session, HOST, server.port, ssl=implicit)

    async def stop(listener: asyncio.Server) -> None:
        listener.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    try:
        listener: asyncio.Server = run(listen())
        server.port = listener.sockets[0].getsockname()[1]
        try:
            yield server
        finally:
            run(stop(listener))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
