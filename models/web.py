"""Who has come in by the browser, and the ways in that are open for a moment. No secret is kept, only its sum."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from models.database import Scoped, UtcDateTime, new_id, one_of, same_organisation


class WayIn(StrEnum):
    """How somebody showed who they are."""

    PROVIDER = "PROVIDER"
    LINK = "LINK"
    DEMONSTRATION = "DEMONSTRATION"


class Ending(StrEnum):
    """Why a session is over."""

    LOGOUT = "LOGOUT"
    EVERYWHERE = "EVERYWHERE"
    IDLE = "IDLE"
    OLD = "OLD"
    SHUT_OUT = "SHUT_OUT"
    REPLACED = "REPLACED"


class WebSession(Scoped, table=True):
    """That a person is logged in from one browser; over when it says so, and never taken up again."""

    __tablename__ = "web_session"
    __table_args__ = (
        same_organisation("person_id", "person"),
        one_of("way_in", WayIn, "way_in"),
        sa.CheckConstraint(
            "(ended_at IS NULL AND ending = '') OR (ended_at IS NOT NULL AND ending IN "
            "('LOGOUT', 'EVERYWHERE', 'IDLE', 'OLD', 'SHUT_OUT', 'REPLACED'))",
            name="an_end_has_a_cause",
        ),
        sa.Index("ix_web_session_person_id", "person_id"),
        sa.Index("ix_web_session_begun_at", "begun_at"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: str = Field(unique=True)
    person_id: UUID
    way_in: str
    begun_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    """When it was last used, to the minute."""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ending: str = ""


class LoginLink(Scoped, table=True):
    """A link that was asked for by e-mail; also one that nobody was sent, since the limits count what is asked."""

    __tablename__ = "login_link"
    __table_args__ = (
        same_organisation("person_id", "person"),
        same_organisation("message_id", "message"),
        sa.Index("ix_login_link_address_hash", "address_hash", "asked_at"),
        sa.Index("ix_login_link_client_hash", "client_hash", "asked_at"),
        sa.Index("ix_login_link_asked_at", "asked_at"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: str = Field(unique=True)
    person_id: UUID | None = None
    """Whom it lets in; nobody when the address is nobody's."""
    message_id: UUID | None = None
    """The letter it went out in, whose words are taken away when the link has had its time."""
    address_hash: str
    client_hash: str
    asked_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    leads_to: str
    """The page that was asked for, a path on this site."""


class ProviderLogin(Scoped, table=True):
    """A login on its way through the provider; taken away when it comes back."""

    __tablename__ = "provider_login"
    __table_args__ = (sa.Index("ix_provider_login_begun_at", "begun_at"),)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    state_hash: str = Field(unique=True)
    browser_hash: str
    """The browser that began it; no other may end it."""
    nonce: str
    verifier: str
    """What proves to the provider that the one who comes back is the one who began (PKCE)."""
    begun_at: datetime = Field(sa_type=UtcDateTime)
    leads_to: str
