"""Before the holiday: when one is away, and who decides meanwhile."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

from language import Text
from web.forms import Form, Posted
from web.visit import Somebody, Visit
from workflows import delegating, standing_in
from workflows.errors import BadInput, NotFound, Refused

router = APIRouter()
BESIDE: Final = {"bad-days": "ends_on", "not-found": "delegate"}


@router.get("/away", name="away")
def away(visit: Somebody) -> Response:
    """One's days away, and who stands in."""
    return _page(visit, Form(), 200)


@router.post("/away", name="go_away")
def go_away(visit: Somebody, form: Posted) -> Response:
    """Say that one is away."""
    first, last = form.day("starts_on", required=True), form.day("ends_on", required=True)
    if first is None or last is None:
        return _page(visit, form, 422)
    try:
        delegating.away(visit.office, visit.actor.employee_number, first, last, visit.actor, visit.now)
    except BadInput as error:
        form.refused(error, BESIDE)
        return _page(visit, form, 422)
    said = Text("You are away {first} to {last}.", first=first, last=last)
    return visit.go(visit.path("away"), said=said)


@router.post("/back", name="back")
def back(visit: Somebody) -> Response:
    """Say that one is back: what is not over of one's days away is taken back."""
    delegating.back(visit.office, visit.actor.employee_number, visit.actor, visit.now)
    return visit.go(visit.path("away"), said=Text("You are back. What waits comes to you again."))


@router.post("/away/delegate", name="delegate_further")
def delegate_further(visit: Somebody, form: Posted) -> Response:
    """Let somebody else decide as well for a while, on one's own delegation."""
    first, last = form.day("first", required=True), form.day("last", required=True)
    delegate, reference = form.text("delegate", required=True), form.text("reference", required=True)
    if first is None or last is None or not form.sound:
        return _page(visit, form, 422)
    try:
        number = standing_in.delegate_further(
            visit.office, form.text("number"), delegate, first, last, reference, visit.actor, visit.now
        )
    except (BadInput, NotFound, Refused) as error:
        form.refused(error, BESIDE)
        return _page(visit, form, 422)
    return visit.go(visit.path("away"), said=Text("Delegation {number} is written.", number=number))


def _page(visit: Visit, form: Form, status: int) -> Response:
    with visit.reading() as session:
        found = standing_in.standing_in(session, visit.actor, visit.now)
    return visit.page("away.html", status=status, form=form, found=found)
