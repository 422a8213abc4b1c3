"""A case on one page: what was asked, what was decided, where it stands, what happened."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from web.errors import shows_as_it_now_is
from web.forms import Form
from web.visit import Somebody, Visit
from workflows import views

router = APIRouter()


@router.get("/cases/{number}", name="case")
def case(visit: Somebody, number: str) -> Response:
    """A case as it stands."""
    return show(visit, number, Form(), 200)


@shows_as_it_now_is("cases")
def show(visit: Visit, number: str, form: Form, status: int) -> Response:
    """The page of a case, with what is wrong with what was done there, if anything is."""
    with visit.reading() as session:
        found = views.case_view(session, visit.office, number, visit.actor, visit.now)
    return visit.page("case.html", status=status, case=found, form=form)
