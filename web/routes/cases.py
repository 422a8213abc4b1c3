"""A request on one page: what was asked and decided, where it stands, what happened, and what one may do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from language import Text
from models import AUTHORISATION
from web.act_words import ACT_WORDS, SOLVER_WORDS
from web.errors import shows_as_it_now_is
from web.forms import Form, Posted
from web.visit import Somebody, Visit
from workflows import cases, views
from workflows.authorisation import WORKFLOW
from workflows.errors import BadInput, BehorigError, Conflict, NotFound, Refused
from workflows.several import Act, act_as_seen
from workflows.words import EVENT_WORDS
from workflows.workflow import Field

router = APIRouter()
WRITTEN: Final = (Field.REASON, Field.COMMENT, Field.PURPOSE)
DAYS: Final = (Field.STARTS_ON, Field.ENDS_ON)
# Where the reasons of a refusal stand, when they are about a field.
BESIDE: Final[Mapping[str, Field]] = {
    "period-backwards": Field.ENDS_ON,
    "period-past": Field.ENDS_ON,
    "period-too-long": Field.ENDS_ON,
    "end-date-demanded": Field.ENDS_ON,
    "leaves-before": Field.ENDS_ON,
    "not-employed-then": Field.STARTS_ON,
    "unknown-profile": Field.PROFILE,
    "unknown-solver": Field.SOLVER,
    **{f"needs-{field}": field for field in Field},
}
# What is done from the inbox or the work list leads back there.
LEADS_TO: Final[Mapping[str, str]] = {
    **dict.fromkeys(("approve", "approve_with_changes", "reject", "keep", "return_for_completion"), "inbox"),
    **dict.fromkeys(("execute", "register", "report_obstacle"), "work"),
}


@router.get("/cases/{number}", name="case")
def case(visit: Somebody, number: str, act: str = "") -> Response:
    """A request as it stands; with the form of one act open, when a link leads there."""
    return _page(visit, number, Form(), 200, act)


@router.post("/cases/{number}/{event}", name="act_on_case")
def act_on_case(visit: Somebody, form: Posted, number: str, event: str) -> Response:
    """Act on a request, as it was when its page was shown."""
    if event not in ACT_WORDS:
        raise NotFound(Text("There is no case {number}.", number=number))
    data = _said(form, event)
    version = form.text("version")
    if not form.sound:
        return _page(visit, number, form, 422, event)
    act = Act(
        number=number.strip().upper(),
        event=event,
        data=data,
        expected_version=int(version) if version.isdecimal() else None,
    )
    try:
        act_as_seen(visit.office, act, visit.actor, visit.now)
    except Conflict:
        return _page(visit, number, form, 409, event)
    except (BadInput, Refused) as error:
        _place(form, event, error)
        return _page(visit, number, form, 422, event)
    path = visit.path(LEADS_TO[event]) if event in LEADS_TO else visit.path("case", number=number)
    return visit.go(path, said=Text("{number}: {what}.", number=number, what=EVENT_WORDS[event]))


@shows_as_it_now_is("cases")
def show(visit: Visit, number: str, form: Form, status: int) -> Response:
    """The page of a request, with what is wrong with what was done there, if anything is."""
    return _page(visit, number, form, status, "")


def _page(visit: Visit, number: str, form: Form, status: int, opened: str) -> Response:
    with visit.reading() as session:
        if (leads_to := _elsewhere(visit, number)) is not None:
            return visit.go(leads_to)
        found = views.case_view(session, visit.office, number, visit.actor, visit.now)
    options = {option["event"]: option for option in found["options"]}
    return visit.page(
        "case.html",
        status=status,
        case=found,
        form=form,
        opened=opened,
        moved=status == 409,
        moved_by=next((each for each in reversed(found["events"]) if each["from"] != each["to"]), None),
        written=[form.text(f"{opened}-{field}") for field in WRITTEN if form.text(f"{opened}-{field}")],
        acts=[options[event] for event in ACT_WORDS if event in options and options[event]["allowed"]],
        not_now=[options[event] for event in ACT_WORDS if event in options and not options[event]["allowed"]],
        act_words=ACT_WORDS,
        solver_words=SOLVER_WORDS,
    )


def _elsewhere(visit: Visit, number: str) -> str | None:
    """Where the cases of another workflow are shown; a link by number alone leads here first."""
    prefix = number.strip().upper().partition("-")[0]
    for workflow in cases.WORKFLOWS.values():
        if workflow.prefix == prefix and workflow.name != AUTHORISATION and visit.request.method == "GET":
            return f"/{workflow.name}s/{number}"
    return None


def _said(form: Form, event: str) -> dict[str, Any]:
    """What was filled in for an event, as far as the event takes it."""
    rules = [rule for rule in WORKFLOW.rules if rule.event == event]
    fields = dict.fromkeys(field for rule in rules for field in (*rule.needs, *rule.may_say))
    said: dict[str, Any] = {}
    for field in fields:
        name = f"{event}-{field}"
        value = form.day(name) if field in DAYS else form.text(name)
        if value:
            said[field] = value
    return said


def _place(form: Form, event: str, error: BehorigError) -> None:
    """Put each reason beside the field it is about."""
    form.refused(error, {code: f"{event}-{field}" for code, field in BESIDE.items() if f"{event}-{field}" in form.data})
