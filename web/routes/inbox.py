"""What waits for whoever is logged in, the most urgent first; and several requests approved in one go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from language import Text
from models import AUTHORISATION, Part
from web.forms import Form, Posted
from web.visit import Somebody, Visit
from workflows import views
from workflows.several import Result, approve_each

router = APIRouter()


@router.get("/", name="inbox")
def inbox(visit: Somebody) -> Response:
    """The inbox."""
    return _inbox(visit, Form(), 200)


@router.get("/approve", name="approve_together")
def ask(visit: Somebody) -> Response:
    """Each of those that were ticked, on one page, to be approved together or not."""
    seen = _seen(visit.request.query_params.getlist("case"))
    if not seen:
        form = Form()
        form.wrong("", Text("Tick those that you want to approve together."))
        return _inbox(visit, form, 422)
    rows = {row["number"]: row for row in _rows(visit) if may_be_ticked(row)}
    waiting = [rows[number] for number, version in seen if number in rows and rows[number]["version"] == version]
    chosen = {row["number"] for row in waiting}
    return visit.page(
        "approve.html",
        form=Form(),
        rows=waiting,
        gone=[number for number, _ in seen if number not in chosen],
    )


@router.post("/approve", name="approve_all")
def approve_all(visit: Somebody, form: Posted) -> Response:
    """Approve each of them; what cannot be approved is said, and the others are."""
    results = approve_each(visit.office, _seen(form.texts("case")), form.text("comment"), visit.actor, visit.now)
    left = [result for result in results if result.outcome is None]
    if not left:
        return visit.go(visit.path("inbox"), said=_all_said(results))
    return visit.page("approved.html", status=200, done=[row for row in results if row.outcome], left=left)


def may_be_ticked(row: dict[str, Any]) -> bool:
    """Whether a line of the inbox is a request to decide on with nothing unusual about it."""
    ordinary = not any(each["unusual"] for each in row["notables"])
    return row["workflow"] == AUTHORISATION and row["part"] == Part.DECIDE and row["yours"] and ordinary


def _inbox(visit: Visit, form: Form, status: int) -> Response:
    rows = _rows(visit)
    tickable = [row["number"] for row in rows if may_be_ticked(row)]
    return visit.page("inbox.html", status=status, tasks=rows, tickable=tickable, form=form)


def _rows(visit: Visit) -> list[dict[str, Any]]:
    with visit.reading() as session:
        return views.inbox(session, visit.office, visit.actor, visit.now)


def _seen(ticks: Sequence[str]) -> list[tuple[str, int]]:
    """What was ticked: cases, each with the version that was seen."""
    pairs = [tick.partition(":") for tick in ticks]
    return [(number, int(version)) for number, _, version in pairs if version.isdecimal()]


def _all_said(results: Sequence[Result]) -> Text:
    numbers = ", ".join(result.number for result in results)
    return Text("Approved: {numbers}.", numbers=numbers)
