"""One-time links by e-mail, where there is no login provider. Only a sum of each is kept.

Asking does the same work and gets the same answer whether the address is somebody's or not; whether a letter goes out
is found out afterwards, by :func:`send`, when the answer has been given.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import Text
from models import LoginLink, Message, MessageState, Person, new_id
from workflows.deadlines import today
from workflows.errors import BehorigError
from workflows.lookup import person_by_address
from workflows.office import Office
from workflows.presence import why_shut_out
from workflows.templates import Page, as_html, as_text

LASTS: Final = timedelta(minutes=10)
WINDOW: Final = timedelta(minutes=15)
LETTERS_TO_AN_ADDRESS: Final = 3
"""How many letters an address gets within the window; the answer stays the same."""
ASKED_BY_A_CLIENT: Final = 60
"""How often one network address may ask within the window: a whole town hall may stand behind it."""
KEPT_FOR: Final = timedelta(days=1)
KIND: Final = "LOGIN_LINK"


class TooMany(BehorigError):
    """This was asked for too often."""

    code = "too-many"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """That a link was asked for; who it is for, if for anybody, is not known yet."""

    link_id: UUID
    token: str
    address: str


def ask(office: Office, address: str, client: str, leads_to: str, token: str, now: datetime) -> Asked:
    """Note that a link is asked for; raises TooMany when too many were from the same place."""
    client_hash = _sum(client)
    with office.database.writing(office.organisation_id) as session:
        _forget(session, now)
        asked = session.execute(
            sa.select(sa.func.count())
            .select_from(LoginLink)
            .where(col(LoginLink.client_hash) == client_hash, col(LoginLink.asked_at) > now - WINDOW)
        ).scalar_one()
        if asked >= ASKED_BY_A_CLIENT:
            raise TooMany(Text("A link was asked for too often from here. Wait a quarter of an hour."))
        row = LoginLink(
            token_hash=_sum(token),
            address_hash=_sum(_plain(address)),
            client_hash=client_hash,
            asked_at=now,
            leads_to=leads_to,
        )
        session.add(row)
    return Asked(link_id=row.id, token=token, address=address)


def send(office: Office, asked: Asked, path: str, now: datetime) -> bool:
    """Write the letter, if the address is one person's who may be logged in and has not had too many; whether it was.

    `path` is where the link leads, and gets the token at its end.
    """
    with office.database.writing(office.organisation_id) as session:
        person = person_by_address(session, asked.address)
        if person is None or why_shut_out(session, person.id, today(now)) or _had_enough(session, asked, now):
            return False
        message_id = new_id()
        link = f"{office.base_url.rstrip('/')}{path}{quote(asked.token, safe='')}"
        session.execute(sa.insert(Message), [_letter(office, person, message_id, link, now)])
        session.execute(
            sa.update(LoginLink)
            .where(col(LoginLink.id) == asked.link_id)
            .values(person_id=person.id, message_id=message_id)
        )
        return True


def holder(session: Session, token: str, now: datetime) -> Person | None:
    """Whom a link would let in; nobody when it is used, over, or was never sent."""
    return session.exec(
        select(Person).join(LoginLink, col(LoginLink.person_id) == col(Person.id)).where(*_open(token, now))
    ).first()


def use(office: Office, token: str, now: datetime) -> tuple[UUID, str] | None:
    """Use a link up: who is let in and where to; nothing the second time, after its time, or for one who left."""
    with office.database.writing(office.organisation_id) as session:
        # In one statement, so that of two at the same moment one comes too late.
        found = session.execute(
            sa.update(LoginLink)
            .where(*_open(token, now))
            .values(used_at=now)
            .returning(col(LoginLink.person_id), col(LoginLink.leads_to))
        ).first()
        if found is None or why_shut_out(session, found[0], today(now)):
            return None
        return found[0], found[1]


def _open(token: str, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(LoginLink.token_hash) == _sum(token),
        col(LoginLink.used_at).is_(None),
        col(LoginLink.person_id).is_not(None),
        col(LoginLink.asked_at) > now - LASTS,
    )


def _had_enough(session: Session, asked: Asked, now: datetime) -> bool:
    letters = session.execute(
        sa.select(sa.func.count())
        .select_from(LoginLink)
        .where(
            col(LoginLink.address_hash) == _sum(_plain(asked.address)),
            col(LoginLink.asked_at) > now - WINDOW,
            col(LoginLink.message_id).is_not(None),
        )
    ).scalar_one()
    return int(letters) >= LETTERS_TO_AN_ADDRESS


def _letter(office: Office, person: Person, message_id: UUID, link: str, now: datetime) -> dict[str, object]:
    page = Page(
        number="Behörig",
        paragraphs=(
            Text("Somebody, probably you, wants to log in to Behörig. The link works once, within ten minutes."),
            Text("If it was not you, do nothing; nobody gets in without the link."),
        ),
        quotes=(),
        facts=(),
        link=link,
        action=Text("Log in"),
    )
    return {
        "id": message_id,
        "organisation_id": office.organisation_id,
        "kind": KIND,
        "recipient_id": person.id,
        "address": (person.email or "").strip(),
        "language": person.language,
        "subject": Text("Log in to Behörig").say(person.language),
        "text": as_text(page, person.language),
        "html": as_html(page, person.language),
        "saved_at": now,
        "state": MessageState.PENDING,
        "attempts": 0,
        "next_attempt_at": now,
        "last_error": "",
    }


def _forget(session: Session, now: datetime) -> None:
    """Take the words out of letters whose link has had its time, and then the links themselves."""
    over = sa.select(col(LoginLink.message_id)).where(
        col(LoginLink.asked_at) <= now - LASTS, col(LoginLink.message_id).is_not(None)
    )
    session.execute(
        sa.update(Message)
        .where(col(Message.id).in_(over), col(Message.state) == MessageState.SENT, col(Message.text) != "")
        .values(text="", html="")
    )
    session.execute(sa.delete(LoginLink).where(col(LoginLink.asked_at) <= now - KEPT_FOR))


def _plain(address: str) -> str:
    return address.strip().lower()


def _sum(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
