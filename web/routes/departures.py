"""Departures: the board, the queue of the brake, and one departure with all that can be done with it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from language import Text
from models import Part
from web import acts
from web.act_words import DEPARTURE_ACTS
from web.errors import shows_as_it_now_is
from web.forms import Form, Posted
from web.visit import Somebody, Visit
from workflows import cases, departure_views, reordering
from workflows.errors import BehorigError, Refused
from workflows.workflow import Field

router = APIRouter()
NOTHING_TICKED = Text("Tick at least one.")
AN_ANSWER = ("release", "refuse")


@router.get("/departures", name="departures")
def board(visit: Somebody, every: str = "", page: int = 1) -> Response:
    """The departures by last day, with what is left and who is slow."""
    with visit.reading() as session:
        seen = departure_views.board_page(session, visit.office, visit.actor, visit.now, every=bool(every), number=page)
    turn = visit.turner("departures", every="1" if every else "")
    return visit.page("departures.html", board=seen, found=seen.sheet, every=bool(every), turn=turn)


# --- The queue -----------------------------------------------------------------------------------------------------


@router.get("/departures/queue", name="departure_queue")
def queue(visit: Somebody, page: int = 1) -> Response:
    """The departures that wait to be let go."""
    return _queue(visit, Form(), page, 200)


@router.post("/departures/queue", name="answer_queue")
def answer_queue(visit: Somebody, form: Posted) -> Response:
    """Let some of them go, or refuse them; each by itself."""
    numbers = form.texts("number")
    event = form.choice("event", AN_ANSWER)
    reason = form.text("reason", required=True)
    if not numbers:
        form.wrong("", NOTHING_TICKED)
    if not form.sound:
        return _queue(visit, form, 1, 422)
    try:
        done = cases.act_on_each(visit.office, numbers, event, {"reason": reason}, visit.actor, visit.now)
    except BehorigError as error:
        form.refused(error)
        return _queue(visit, form, 1, 422)
    said = (
        Text("{count} departures were let go.", count=len(done))
        if event == "release"
        else Text("{count} departures were refused.", count=len(done))
    )
    return visit.go(visit.path("departure_queue"), said=said)


def _queue(visit: Visit, form: Form, number: int, status: int) -> Response:
    with visit.reading() as session:
        found = departure_views.queue(session, visit.office, visit.actor, visit.now, number=number)
    turn = visit.turner("departure_queue")
    return visit.page(
        "departure_queue.html", status=status, found=found, form=form, ticked=form.texts("number"), turn=turn
    )


# --- One of them ---------------------------------------------------------------------------------------------------


@router.get("/departures/{number}", name="departure")
def departure(visit: Somebody, number: str) -> Response:
    """A departure as it stands."""
    return show(visit, number, Form(), 200)


@router.post("/departures/{number}/order_again", name="order_departure_again")
def order_again(visit: Somebody, form: Posted, number: str) -> Response:
    """Order again what a cancelled departure had carried out."""
    page = _page(visit, number)
    try:
        found = reordering.order_again(visit.office, page["number"], visit.actor, visit.now)
    except Refused as error:
        form.refused(error)
        return show(visit, number, form, 422)
    numbers = ", ".join(outcome.number for outcome in found.outcomes)
    said = Text("Sent: {numbers}. Now the owners of the systems decide.", numbers=numbers)
    if not found.outcomes:
        said = Text("Everything is ordered again already.")
    elif found.left_out:
        # What is left is tried again by the next press, which says why it cannot be.
        said = Text(
            "Sent: {numbers}. {count} could not be ordered; order again to see why.",
            numbers=numbers,
            count=len({reason.line for reason in found.left_out}),
        )
    return visit.go(visit.path("departure", number=page["number"]), said=said)


@router.post("/departures/{number}/{event}", name="act_on_departure")
def act_on_departure(visit: Somebody, form: Posted, number: str, event: str) -> Response:
    """Do something with a departure."""
    page = _page(visit, number)
    return acts.act(visit, DEPARTURE_ACTS, page, event, form, show)


@shows_as_it_now_is("departures")
def show(visit: Visit, number: str, form: Form, status: int) -> Response:
    """The page of a departure, with what is wrong with what was done there, if anything is."""
    page = _page(visit, number)
    mine = [waits["about"] for waits in page["waits_for"] if waits["part"] == Part.APPOINT and waits["mine"]]
    options = [{**row, "allowed": bool(mine)} if row["event"] == "settle" else row for row in page["options"]]
    return visit.page(
        "departure.html",
        status=status,
        page={**page, "options": options},
        form=form,
        acts=DEPARTURE_ACTS,
        inputs=acts.inputs,
        path=lambda event: visit.path("act_on_departure", number=page["number"], event=event),
        again=visit.path("order_departure_again", number=page["number"]),
        choices={Field.DUTY: [(name, name) for name in mine]},
        values={acts.name_of("move_day", Field.LAST_DAY): page["last_day"]},
    )


def _page(visit: Visit, number: str) -> dict[str, Any]:
    with visit.reading() as session:
        return departure_views.departure_view(session, visit.office, number, visit.actor, visit.now)
