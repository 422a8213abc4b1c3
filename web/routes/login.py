"""Coming in: the page with the ways there are, and the one for demonstrations."""

from __future__ import annotations

import logging
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from language import LANGUAGES, Text
from models import WayIn
from web import sessions
from web.cookies import A_YEAR, LANGUAGE, SESSION
from web.forms import Form, Posted
from web.security import safe_path
from web.visit import Anybody, Visit
from workflows.deadlines import today
from workflows.demonstration import is_demonstration, roles
from workflows.errors import NotFound
from workflows.lookup import person_by_number
from workflows.people import choose_language
from workflows.presence import why_shut_out

LOG = logging.getLogger("behorig.web")
router = APIRouter()
NO_DEMONSTRATION = Text("This is not a demonstration: nobody can be chosen here.")


@router.get("/login", name="login")
def login(visit: Anybody, next: str = "") -> Response:  # noqa: A002 - the word that everybody uses for it
    """The ways to come in."""
    if visit.who is not None:
        return visit.go(safe_path(next))
    return ways_in(visit, Form(), safe_path(next))


@router.post("/login/demonstration", name="login_demonstration")
def act_as(visit: Anybody, form: Posted) -> Response:
    """Act as somebody, in a database that is marked as a demonstration and in no other."""
    leads_to = safe_path(form.text("next"))
    with visit.reading() as session:
        if not is_demonstration(session, visit.office):
            raise NotFound(NO_DEMONSTRATION)
        try:
            person = person_by_number(session, form.text("person", required=True))
        except NotFound as error:
            form.refused(error, {error.code: "person"})
        else:
            if reason := why_shut_out(session, person.id, today(visit.now)):
                form.wrong("person", reason.text)
    if not form.sound:
        return ways_in(visit, form, leads_to, status=422)
    return let_in(visit, person.id, WayIn.DEMONSTRATION, leads_to)


@router.post("/language", name="language")
def language(visit: Anybody, form: Posted) -> Response:
    """Speak another language from now on: to a guest in this browser, to a person everywhere, also in letters."""
    chosen = form.choice("language", LANGUAGES)
    response = visit.go(safe_path(form.text("back")))
    if chosen and visit.who is not None:
        choose_language(visit.office, visit.who_id, chosen)
    elif chosen:
        visit.site.cookies.put(response, LANGUAGE, chosen, seconds=A_YEAR)
    return response


def let_in(visit: Visit, person_id: UUID, way_in: WayIn, leads_to: str) -> Response:
    """Begin a session in this browser, with a secret that nobody can have known before."""
    kept = visit.site.cookies
    before = kept.get(visit.request, SESSION)
    token = sessions.begin(visit.office, person_id, way_in, visit.now, replaces=before)
    response = visit.go(safe_path(leads_to))
    kept.put(response, SESSION, token)
    tell(way_in, "in")
    return response


def ways_in(visit: Visit, form: Form, leads_to: str, *, status: int = 200) -> Response:
    """The page with the ways to come in, and what was wrong with one that was tried."""
    with visit.reading() as session:
        people = roles(session, visit.office, visit.language)
    return visit.page("login.html", status=status, form=form, people=people, leads_to=leads_to)


def tell(way_in: WayIn, outcome: str) -> None:
    """Log that somebody came in or did not; never who."""
    LOG.info("login", extra={"fields": {"way": way_in.lower(), "outcome": outcome}})
