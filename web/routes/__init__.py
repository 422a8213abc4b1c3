"""The pages, one small module for each area. Those in :data:`OPEN` need no login; all others do."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from web.routes import (
    access,
    account,
    away,
    cases,
    departing,
    departures,
    health,
    inbox,
    login,
    login_link,
    login_provider,
    ordering,
    oversight,
    releases,
    static,
    work,
)

OPEN: Final[tuple[APIRouter, ...]] = (
    health.router,
    static.router,
    login.router,
    login_link.router,
    login_provider.router,
)
LOGGED_IN: Final[tuple[APIRouter, ...]] = (
    inbox.router,
    work.router,
    cases.router,
    ordering.router,
    access.router,
    away.router,
    # Before the pages of one departure: their paths could be read as its number.
    departing.router,
    departures.router,
    releases.router,
    oversight.router,
    account.router,
)
