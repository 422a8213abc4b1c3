"""The ways out."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from language import Text
from models import Ending, WayIn
from web import sessions
from web.cookies import SESSION
from web.visit import Somebody, Visit

router = APIRouter()


@router.post("/logout", name="logout")
def logout(visit: Somebody) -> Response:
    """Log out of this browser."""
    sessions.end(visit.office, visit.site.cookies.get(visit.request, SESSION), visit.now, Ending.LOGOUT)
    return _out(visit, Text("You are logged out."))


@router.post("/logout/everywhere", name="logout_everywhere")
def logout_everywhere(visit: Somebody) -> Response:
    """Log out of every browser."""
    sessions.end_all(visit.office, visit.who_id, visit.now)
    return _out(visit, Text("You are logged out everywhere."))


def _out(visit: Visit, said: Text) -> Response:
    through_provider = visit.who is not None and visit.who.way_in == WayIn.PROVIDER
    response = visit.go(visit.path("logged_out" if through_provider else "login"), said=said)
    visit.site.cookies.drop(response, SESSION)
    return response
