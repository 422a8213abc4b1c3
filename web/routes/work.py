"""The work list: what is to be carried out and registered, filled in and closed where it stands."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import Response

from language import Text
from models import Part
from web.forms import Form, Posted
from web.visit import Somebody, Visit
from workflows import claiming
from workflows.errors import Conflict, NotFound, Refused
from workflows.several import Act, act_on_each
from workflows.work_list import ASKS_FOR, EVENTS, Wanted, work_list

router = APIRouter()
FILTERS: Final = ("part", "system", "overdue", "mine")


@router.get("/tasks", name="work")
def work(visit: Somebody) -> Response:
    """The work that waits, as far as it is wanted."""
    return _page(visit, Form(), 200)


@router.post("/tasks", name="close_work")
def close(visit: Somebody, form: Posted) -> Response:
    """Close every line that is filled in or ticked; each by itself."""
    acts = [act for line in form.texts("line") if (act := _act(form, line)) is not None]
    if not acts:
        form.wrong("", Text("Fill in or tick the lines that are done."))
        return _page(visit, form, 422)
    results = act_on_each(visit.office, acts, visit.actor, visit.now)
    done = [result.number for result in results if result.outcome]
    for result in results:
        for reason in result.reasons:
            said = Text("{number}: {what}", number=result.number, what=reason.text)
            form.wrong(f"value-{result.number}", said)
    if form.sound:
        return visit.go(_here(visit), said=Text("Closed: {numbers}.", numbers=", ".join(done)))
    return _page(visit, form, 422, done=done)


@router.post("/tasks/claim", name="claim")
def claim(visit: Somebody, form: Posted) -> Response:
    """Say that one takes a task, or takes it over."""
    number, part, about = _task(form.text("claim") or form.text("take_over"))
    try:
        claiming.claim(
            visit.office,
            number,
            part,
            visit.actor,
            visit.now,
            about=about,
            from_another=bool(form.text("take_over")),
        )
    except (Conflict, Refused) as error:
        form.refused(error)
        return _page(visit, form, 409)
    return visit.go(_here(visit), said=Text("You have taken {number}.", number=number))


@router.post("/tasks/unclaim", name="unclaim")
def unclaim(visit: Somebody, form: Posted) -> Response:
    """Let go of a task that one has taken."""
    number, part, about = _task(form.text("unclaim"))
    claiming.unclaim(visit.office, number, part, visit.actor, visit.now, about=about)
    return visit.go(_here(visit), said=Text("You have let go of {number}.", number=number))


def _page(visit: Visit, form: Form, status: int, *, done: list[str] | None = None) -> Response:
    asked = _asked(visit)
    wanted = Wanted(
        part=asked.get("part", ""),
        system=asked.get("system", ""),
        overdue=bool(asked.get("overdue")),
        mine=bool(asked.get("mine")),
    )
    page = visit.request.query_params.get("page", "")
    number = int(page) if page.isdecimal() else 1
    with visit.reading() as session:
        found = work_list(session, visit.office, visit.actor, visit.now, wanted, number=number)
    return visit.page(
        "work.html",
        status=status,
        form=form,
        list=found,
        found=found.sheet,
        wanted=wanted,
        query=urlencode(asked),
        done=done or [],
        turn=visit.turner("work", **asked),
    )


def _act(form: Form, line: str) -> Act | None:
    """What is to be done with a line of the list; nothing when it is neither filled in nor ticked."""
    number, _, rest = line.partition(":")
    version, _, part = rest.partition(":")
    value = form.text(f"value-{number}")
    ticked = number in form.texts("done")
    if part not in EVENTS or not version.isdecimal() or not (value or ticked):
        return None
    return Act(number=number, event=EVENTS[part], data={ASKS_FOR[part]: value}, expected_version=int(version))


def _task(said: str) -> tuple[str, Part, str]:
    number, _, rest = said.partition(":")
    part, _, about = rest.partition(":")
    if part not in tuple(Part):
        raise NotFound(Text("There is no case {number}.", number=number))
    return number, Part(part), about


def _asked(visit: Visit) -> dict[str, str]:
    """What is wanted, so that one comes back to the same list."""
    return {name: value for name, value in visit.request.query_params.items() if name in FILTERS and value}


def _here(visit: Visit) -> str:
    query = urlencode(_asked(visit))
    return visit.path("work") + (f"?{query}" if query else "")
