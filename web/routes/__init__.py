"""The pages, one small module for each area. Those in :data:`OPEN` need no login; all others do."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from web.routes import account, cases, health, inbox, login, login_link, login_provider, static

OPEN: Final[tuple[APIRouter, ...]] = (
    health.router,
    static.router,
    login.router,
    login_link.router,
    login_provider.router,
)
LOGGED_IN: Final[tuple[APIRouter, ...]] = (inbox.router, cases.router, account.router)
