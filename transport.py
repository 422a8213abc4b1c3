"""The way to the mail server: yagmail carries the connection, and only letters that are whole travel on it."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from language import Text
from workflows.errors import BadInput, Reason
from workflows.letters import Letter, MailServerUnavailable, RecipientRefused, mailbox

if TYPE_CHECKING:
    from yagmail import SMTP

Security = Literal["none", "starttls", "tls"]

# "Log in first", said of a recipient: nothing is wrong with the letter, and what is wrong can be put right.
LOG_IN_FIRST = frozenset({530, 534, 535, 538})
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True, kw_only=True)
class SmtpTransport:
    """A mail server, how the way to it is secured, and as whom we come."""

    host: str
    port: int
    sender: str
    """The address that gets what cannot be delivered."""
    security: Security = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 10.0
    ca_file: Path | None = None
    """The certificates to trust instead of the system's own."""

    def __post_init__(self) -> None:
        problems = []
        if self.user and self.security == "none" and not is_loopback(self.host):
            text = Text("A password is not sent in the clear to {host}: use starttls or tls.", host=self.host)
            problems.append(Reason("smtp-login-in-the-clear", text))
        try:
            # Another name before the @ would demand of every server what few of them offer.
            mailbox(self.sender).username.encode("ascii")
        except ValueError:
            text = Text("“{sender}” is not an address that mail can be sent from.", sender=self.sender)
            problems.append(Reason("smtp-sender", text))
        if problems:
            raise BadInput(problems)

    @contextmanager
    def connect(self) -> Iterator[SmtpConnection]:
        """One connection, opened, secured and logged in; closed after use."""
        sender = mailbox(self.sender).addr_spec
        client = self._client(sender)
        try:
            yield self._opened(client, sender)
        finally:
            # A server that went away cannot be taken leave of, and no letter depends on it.
            with suppress(smtplib.SMTPException, OSError):
                client.close()
            if client.smtp is not None:
                client.smtp.close()

    def _client(self, sender: str) -> SMTP:
        """yagmail's client with everything it would otherwise guess or ask for decided."""
        import yagmail  # costs time that commands without mail need not spend

        options: dict[str, object] = {"timeout": self.timeout}
        starttls: bool | dict[str, object] = False
        if self.security == "tls":
            options["context"] = self._trust()
        elif self.security == "starttls":
            starttls = {"context": self._trust()}
        client = yagmail.SMTP(
            user=sender,
            host=self.host,
            port=self.port,
            smtp_ssl=self.security == "tls",
            smtp_starttls=starttls,
            # Its own login would look for a password in a keyring, and then ask the terminal.
            smtp_skip_login=True,
            soft_email_validation=False,
            **options,
        )
        client.set_logging(None)
        return client

    def _trust(self) -> ssl.SSLContext:
        """What is demanded of the server's certificate: a known issuer, and this very host."""
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError:  # an SSLError too
            raise MailServerUnavailable("the file of trusted certificates cannot be read") from None

    def _opened(self, client: SMTP, sender: str) -> SmtpConnection:
        """The connection once it is secured and we are let in."""
        # No chained errors here or below: replies and arguments may hold addresses and passwords.
        try:
            client.login()
        except smtplib.SMTPNotSupportedError:
            raise MailServerUnavailable("STARTTLS is not offered") from None
        except (smtplib.SMTPException, OSError) as error:
            raise _unavailable(error) from None
        except ValueError:  # a name that no host can have
            raise MailServerUnavailable("no connection") from None
        if self.user:
            self._log_in(client.smtp, self.user, self.password or "")
        return SmtpConnection(client.smtp, sender)

    def _log_in(self, smtp: smtplib.SMTP, user: str, password: str) -> None:
        try:
            smtp.login(user, password)
        except smtplib.SMTPAuthenticationError as error:
            raise MailServerUnavailable(f"login refused: {_said(error.smtp_code, error.smtp_error)}") from None
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException) as error:
            raise _unavailable(error) from None
        except smtplib.SMTPException:
            raise MailServerUnavailable("no login is offered that can be used") from None
        except OSError as error:
            raise _unavailable(error) from None
        except ValueError:  # smtplib writes them in ASCII only
            raise MailServerUnavailable("user or password has other letters than ASCII") from None


@dataclass(frozen=True)
class SmtpConnection:
    """A connection that is open, and may be used for one letter after another."""

    smtp: smtplib.SMTP
    sender: str

    def send(self, letter: Letter, at: datetime) -> None:
        """Hand one letter over; returns only when the server has taken it on itself."""
        email = letter.as_email(at)
        try:
            self.smtp.send_message(email, from_addr=self.sender, to_addrs=[mailbox(letter.to).addr_spec])
        except smtplib.SMTPRecipientsRefused as error:
            ((code, reply),) = error.recipients.values()
            raise self._refusal(code, reply) from None
        except smtplib.SMTPSenderRefused as error:
            # All that is said here concerns the sender, and so every letter, but for the size of this one.
            if error.smtp_code != 552:
                raise MailServerUnavailable(f"sender refused: {_said(error.smtp_code, error.smtp_error)}") from None
            raise self._refusal(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPDataError as error:
            raise self._refusal(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPNotSupportedError:
            raise RecipientRefused(permanent=True, detail="SMTPUTF8 is not offered") from None
        except (smtplib.SMTPException, OSError) as error:
            raise _unavailable(error) from None

    def _refusal(self, code: int, reply: bytes | str) -> RecipientRefused | MailServerUnavailable:
        """What a refusal means for this letter and the next; the connection is made ready for the next."""
        if code == 421 or not 400 <= code <= 599:  # the server hangs up, or does not speak SMTP
            return MailServerUnavailable(_said(code, reply))
        # smtplib resets after most refusals but not after all, and a half-begun letter would refuse the next one.
        with suppress(smtplib.SMTPException, OSError):
            self.smtp.rset()
        return RecipientRefused(permanent=code >= 500 and code not in LOG_IN_FIRST, detail=_said(code, reply))


def is_loopback(host: str) -> bool:
    """Whether what is sent to a host stays within this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _said(code: int, reply: bytes | str) -> str:
    """A server's reply by its codes; its words may name people."""
    words = reply if isinstance(reply, bytes) else reply.encode(errors="replace")
    enhanced = _ENHANCED.match(words)
    return f"SMTP {code} {enhanced[0].decode()}" if enhanced else f"SMTP {code}"


def _unavailable(error: smtplib.SMTPException | OSError) -> MailServerUnavailable:
    """Why no letter gets through, as far as the error tells without naming anybody."""
    # smtplib hides a time-out in a lost connection.
    match error.__context__ if isinstance(error, smtplib.SMTPServerDisconnected) else error:
        case ssl.SSLCertVerificationError():
            why = "its certificate is not trusted"
        case ssl.SSLError():
            why = "no secure connection"
        case TimeoutError():
            why = "no answer in time"
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=reply):
            why = _said(code, reply)
        case smtplib.SMTPException():
            why = "the exchange failed"
        case None | ConnectionResetError() | BrokenPipeError():
            why = "the connection was lost"
        case _:
            why = "no connection"
    return MailServerUnavailable(why)
