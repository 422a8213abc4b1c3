"""Letters over SMTP, carried by yagmail: one connection for a batch, certificates verified, nothing guessed.

yagmail builds no message here and asks for no password: what it would take for a file's name, a keyring or a home
folder is never handed to it. See docs/design-notes.md.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from workflows.letters import Letter, MailServerUnavailable, RecipientRefused

if TYPE_CHECKING:
    import yagmail

LOOPBACK = ("localhost", "127.0.0.1", "::1")
TEMPORARY = range(400, 500)

Security = Literal["none", "starttls", "tls"]


@dataclass(frozen=True, kw_only=True)
class SmtpTransport:
    """A mail server and how to reach it. `timeout` is in seconds, for each step of the conversation."""

    host: str
    port: int
    sender: str
    security: Security = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 10.0
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        if self.security == "none" and self.user and self.host not in LOOPBACK:
            raise ValueError("a password is not sent in the clear: use starttls or tls")

    @contextmanager
    def connect(self) -> Iterator[SmtpConnection]:
        """Connect, verify the server's certificate and log in. Raises MailServerUnavailable."""
        client = self._client()
        try:
            try:
                client.login()
                if self.user:
                    client.smtp.login(self.user, self.password or "")
            except (smtplib.SMTPException, OSError) as error:
                raise MailServerUnavailable(_what(error)) from error
            yield SmtpConnection(client.smtp)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                client.close()
            with suppress(AttributeError, OSError):
                client.smtp.close()

    def _client(self) -> yagmail.SMTP:
        import yagmail

        # Neither way of encrypting verifies the server unless it is given a context that does.
        context = ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)
        more: dict[str, Any] = {"context": context} if self.security == "tls" else {}
        return yagmail.SMTP(
            user=self.sender,
            host=self.host,
            port=self.port,
            timeout=self.timeout,
            smtp_ssl=self.security == "tls",
            smtp_starttls={"context": context} if self.security == "starttls" else False,
            smtp_skip_login=True,
            soft_email_validation=False,
            **more,
        )


class SmtpConnection:
    """An open conversation with a mail server."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp

    def send(self, letter: Letter, at: datetime) -> None:
        """Hand one letter over. Raises RecipientRefused when only it is refused, else MailServerUnavailable."""
        try:
            email = letter.as_email(at)
        except ValueError as error:
            raise RecipientRefused("malformed header", permanent=True) from error
        try:
            self._smtp.send_message(email, from_addr=letter.sender, to_addrs=[letter.to])
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise RecipientRefused(f"SMTP {codes[0]}", permanent=codes[0] not in TEMPORARY) from error
        except smtplib.SMTPServerDisconnected as error:
            raise MailServerUnavailable(_what(error)) from error
        except smtplib.SMTPResponseException as error:
            if error.smtp_code == 421:
                # The server says good-bye: nothing more goes through this connection.
                raise MailServerUnavailable(_what(error)) from error
            raise RecipientRefused(_what(error), permanent=error.smtp_code not in TEMPORARY) from error
        except (smtplib.SMTPNotSupportedError, UnicodeError) as error:
            raise RecipientRefused("address not supported", permanent=True) from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailServerUnavailable(_what(error)) from error


def _what(error: Exception) -> str:
    """The kind of failure, with the server's code; never its text, which may repeat an address."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"SMTP {error.smtp_code}"
    return type(error).__name__
