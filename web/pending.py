"""Logins on their way through the provider: kept until they come back, once, and to the browser they left from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import col

from models import ProviderLogin
from web.cookies import sum_of
from workflows.office import Office

LASTS: Final = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Pending:
    """What is needed when a login comes back."""

    nonce: str
    verifier: str
    leads_to: str


def begin(office: Office, state: str, browser: str, nonce: str, verifier: str, leads_to: str, now: datetime) -> None:
    """Keep a login that sets out; those that never came back are forgotten."""
    with office.database.writing(office.organisation_id) as session:
        session.execute(sa.delete(ProviderLogin).where(col(ProviderLogin.begun_at) <= now - LASTS))
        session.add(
            ProviderLogin(
                state_hash=sum_of(state),
                browser_hash=sum_of(browser),
                nonce=nonce,
                verifier=verifier,
                begun_at=now,
                leads_to=leads_to,
            )
        )


def take(office: Office, state: str, browser: str, now: datetime) -> Pending | None:
    """The login that comes back, which thereby is no more; nothing for another browser, a second time, or too late."""
    with office.database.writing(office.organisation_id) as session:
        found = session.execute(
            sa.delete(ProviderLogin)
            .where(
                col(ProviderLogin.state_hash) == sum_of(state),
                col(ProviderLogin.browser_hash) == sum_of(browser),
                col(ProviderLogin.begun_at) > now - LASTS,
            )
            .returning(col(ProviderLogin.nonce), col(ProviderLogin.verifier), col(ProviderLogin.leads_to))
        ).first()
    return Pending(nonce=found[0], verifier=found[1], leads_to=found[2]) if found else None
