"""A letter ready to be carried, and what whoever carries it must be able to do; no socket is opened here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Protocol

from language import Text
from workflows.errors import BehorigError

# Quoted-printable carries any text over any server, and stays readable where a mail is looked at raw.
POLICY = SMTP.clone(cte_type="7bit")

# One address without quotes, comments or lists: a narrower grammar than the standard's leaves nothing to hide a
# second recipient in.
_PLAIN = r"[^\s@<>(),:;\"\\\[\]]+@[^\s@<>(),:;\"\\\[\]]+"
_MAILBOX = re.compile(rf"(?:(?P<name>[^<>\"]*|\"[^<>\"]*\")<(?P<within>{_PLAIN})>|(?P<bare>{_PLAIN}))")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_IDENTITY = re.compile(r"[A-Za-z0-9._+-]+")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
# What a letter says itself, and what would send it elsewhere or answer for it.
_TAKEN = re.compile(
    r"(?:from|to|cc|bcc|sender|reply-to|return-path|subject|date|message-id|auto-submitted|mime-version"
    r"|received|dkim-.*|content-.*|resent-.*)",
    re.IGNORECASE,
)


class RecipientRefused(BehorigError):
    """This letter could not be handed over; the connection is whole, and the next letter can be."""

    code = "recipient-refused"

    def __init__(self, *, permanent: bool, detail: str) -> None:
        self.permanent = permanent
        self.detail = detail
        super().__init__(Text("The letter was not accepted ({detail}).", detail=detail))


class MailServerUnavailable(BehorigError):
    """No letter can be handed over now: the server is away, not to be trusted, or does not let us in."""

    code = "mail-server-unavailable"

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(Text("The mail server cannot be used now ({detail}).", detail=detail))


def mailbox(written: str) -> Address:
    """The one address in ``name@domain`` or ``Name <name@domain>``; ValueError for anything else."""
    found = _MAILBOX.fullmatch(written.strip(" "))
    if not found or not _is_one_line(written):
        raise ValueError("not one address")
    username, _, domain = (found["within"] or found["bare"]).rpartition("@")
    # A domain with å, ä or ö has a plain form that every server understands; a name before the @ has not.
    return Address((found["name"] or "").strip(' "'), username, domain.encode("idna").decode("ascii"))


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One mail to one person, as text and as HTML, in their language."""

    message_id: str
    """The same at every try, so that a receiver can tell a repeated delivery; without a domain."""
    sender: str
    to: str
    subject: str
    text: str
    html: str
    language: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_email(self, at: datetime) -> EmailMessage:
        """The letter as it travels, dated `at`; RecipientRefused if something in it could pass for a header."""
        if at.tzinfo is None:
            raise ValueError("a letter is dated with a time zone")
        sender = self._address("From", self.sender)
        if not _IDENTITY.fullmatch(self.message_id):
            raise _unfit("Message-ID")
        email = EmailMessage(policy=POLICY)
        email["From"] = sender
        email["To"] = self._address("To", self.to)
        email["Subject"] = self._line("Subject", self.subject)
        email["Date"] = at
        email["Message-ID"] = f"<{self.message_id}@{sender.domain}>"
        email["Auto-Submitted"] = "auto-generated"
        for name, value in self.headers.items():
            if not _HEADER_NAME.fullmatch(name) or _TAKEN.fullmatch(name):
                raise _unfit("a header's name")
            email[name] = self._line(name, value)
        try:
            email.set_content(self.text, cte="quoted-printable")
            email.add_alternative(self.html, subtype="html", cte="quoted-printable")
        except UnicodeError:
            raise _unfit("the text") from None
        # Only now: headers about the content are taken off when content is put in.
        email["Content-Language"] = self._line("Content-Language", self.language)
        return email

    @staticmethod
    def _line(name: str, value: str) -> str:
        if not _is_one_line(value):
            raise _unfit(name)
        return value

    @staticmethod
    def _address(name: str, value: str) -> Address:
        try:
            return mailbox(value)
        except ValueError:
            raise _unfit(name) from None


def _is_one_line(value: str) -> bool:
    """Whether a value can stand in a header, and is read there as it is written."""
    try:
        value.encode()
    except UnicodeError:
        return False
    # What looks like an encoded word would be decoded, line breaks and all, while the header is put together.
    return not _CONTROL.search(value) and "=?" not in value


def _unfit(where: str) -> RecipientRefused:
    """A letter that would be refused, or misread, wherever it came; trying again does not help."""
    return RecipientRefused(permanent=True, detail=f"unusable: {where}")


class Connection(Protocol):
    """A way to the mail server that is open for a batch of letters."""

    def send(self, letter: Letter, at: datetime) -> None:
        """Hand over one letter; RecipientRefused or MailServerUnavailable when it was not taken."""


class Transport(Protocol):
    """A mail server that can be connected to, once per batch."""

    def connect(self) -> AbstractContextManager[Connection]:
        """Open the way; MailServerUnavailable when there is none."""
