"""A mail server of the demonstration's own, on this machine only: it shows the mails instead of passing them on."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"


@dataclass
class Mailbox:
    """The mails that have come, in order."""

    port: int = 0
    mails: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take every mail."""
        content = envelope.content
        self.mails.append(content if isinstance(content, bytes) else b"")
        return "250 OK"

    def taken(self) -> list[bytes]:
        """The mails since the last look, as they came; :func:`opened` reads one."""
        mails, self.mails = self.mails, []
        return mails


def opened(mail: bytes) -> EmailMessage:
    """A mail that somebody reads."""
    return message_from_bytes(mail, EmailMessage, policy=default)


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """A running server on a free port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    box = Mailbox(port=port)
    controller = Controller(box, hostname=HOST, port=port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
