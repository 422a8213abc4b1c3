"""What one has and has asked for: until when, renewed or ended; and the undertaking of confidentiality."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from language import Text
from models import RequestKind
from web.cookies import new_secret
from web.forms import Form, Posted
from web.visit import Somebody, Visit
from workflows import delegating, own_access
from workflows.errors import BadInput, Refused

router = APIRouter()
ACTS: Final = {"renew": RequestKind.RENEW, "end": RequestKind.END}
BESIDE: Final = {
    "period-backwards": "ends_on",
    "end-date-demanded": "ends_on",
    "period-too-long": "ends_on",
    "period-past": "ends_on",
    "leaves-before": "ends_on",
    "not-employed-then": "ends_on",
    "no-purpose": "purpose",
}


@router.get("/access", name="access")
def access(visit: Somebody, person: str = "") -> Response:
    """What one has oneself, or somebody that one manages."""
    number = person or visit.actor.employee_number
    with visit.reading() as session:
        found = own_access.access_of(session, number, visit.actor, visit.now)
    return visit.page("access.html", found=found)


@router.get("/requests", name="requests")
def requests(visit: Somebody, page: int = 1) -> Response:
    """What one has asked for, or what was asked for one."""
    with visit.reading() as session:
        found = own_access.own_cases(session, visit.actor, number=page)
    return visit.page("requests.html", found=found, turn=visit.turner("requests"))


@router.get("/access/{grant_id}/{what}", name="ask_about_access")
def ask(visit: Somebody, grant_id: UUID, what: str) -> Response:
    """Before an access is asked to be renewed or ended."""
    return _page(visit, Form(), grant_id, what, 200)


@router.post("/access/{grant_id}/{what}", name="renew_or_end")
def renew_or_end(visit: Somebody, form: Posted, grant_id: UUID, what: str) -> Response:
    """Ask to renew an access, or to end it."""
    ends_on = form.day("ends_on", required=what == "renew")
    purpose = form.text("purpose", required=True)
    if not form.sound or what not in ACTS:
        return _page(visit, form, grant_id, what, 422)
    try:
        outcome = own_access.ask(
            visit.office,
            grant_id,
            ACTS[what],
            purpose,
            ends_on,
            visit.actor,
            visit.now,
            idempotency_key=form.text("once") or None,
        )
    except (BadInput, Refused) as error:
        form.refused(error, BESIDE)
        return _page(visit, form, grant_id, what, 422)
    said = Text("{number} is sent. Now the owner of the system decides.", number=outcome.number)
    return visit.go(visit.path("case", number=outcome.number), said=said)


@router.post("/undertaking", name="acknowledge")
def acknowledge(visit: Somebody) -> Response:
    """Acknowledge the undertaking of confidentiality, for oneself."""
    delegating.acknowledge(visit.office, visit.actor, visit.now)
    return visit.go(visit.path("access"), said=Text("You have acknowledged the undertaking of confidentiality."))


def _page(visit: Visit, form: Form, grant_id: UUID, what: str, status: int) -> Response:
    if what not in ACTS:
        raise HTTPException(404)
    with visit.reading() as session:
        held = own_access.held_by(session, grant_id, visit.actor, visit.now)
    once = form.text("once") or new_secret()
    return visit.page("access_ask.html", status=status, form=form, what=what, held=held, grant_id=grant_id, once=once)
