"""Ordering access: for whom, which systems and profiles, from when until when, and what for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from language import Text
from models import RequestKind
from web.cookies import new_secret
from web.forms import Form, Posted
from web.visit import Somebody, Visit
from workflows import ordering, orders
from workflows.beneficiaries import person_for
from workflows.deadlines import today
from workflows.errors import BadInput, BehorigError, NotFound, Reason, Refused
from workflows.orders import Line

router = APIRouter()
MOST_LINES: Final = 30
# Which field a reason is about; all others are about the profile that was chosen.
BESIDE: Final[Mapping[str, str]] = {
    "period-backwards": "ends_on",
    "end-date-demanded": "ends_on",
    "period-too-long": "ends_on",
    "leaves-before": "ends_on",
    "not-employed-then": "starts_on",
    "period-past": "retroactive_reason",
    "retroactive-without-reason": "retroactive_reason",
    "no-purpose": "purpose",
    "which-employment": "employment",
}


@router.get("/order", name="order")
def order(visit: Somebody, person: str = "", find: str = "") -> Response:
    """An empty order; for whom is asked first of those who order for others too."""
    if not person and visit.who is not None and visit.who.capacities.manages:
        with visit.reading() as session:
            people = ordering.people_for(session, find, visit.actor, visit.now)
        return visit.page("order_for.html", people=people, find=find, most=ordering.MOST_PEOPLE)
    return _page(visit, Form(), person or visit.actor.employee_number, [], 200)


@router.post("/order", name="write_order")
def write(visit: Somebody, form: Posted) -> Response:
    """Add a line, take one away, copy a colleague's, or send the order; what was written stays."""
    number = form.text("person")
    keys = list(dict.fromkeys(form.texts("line")))[:MOST_LINES]
    what, _, about = form.text("do").partition(":")
    match what:
        case "add":
            added = form.text("system", required=True)
            return _page(visit, form, number, [*keys, added] if added else keys, 200 if form.sound else 422)
        case "remove":
            return _page(visit, form, number, [key for key in keys if key != about], 200)
        case "copy":
            return _copy(visit, form, number, keys)
        case _:
            return _send(visit, form, number, keys)


def _copy(visit: Visit, form: Form, number: str, keys: list[str]) -> Response:
    colleague = form.text("colleague", required=True)
    found = ordering.Copied()
    if form.sound:
        with visit.reading() as session:
            person = person_for(session, number, visit.actor, visit.now)
            try:
                found = ordering.copied(session, colleague, person, visit.actor, visit.now)
            except NotFound as error:
                form.refused(error, {error.code: "colleague"})
    if form.sound and not found.chosen and not found.left_out:
        form.wrong("colleague", Text("The colleague has no access."))
    status = 200 if form.sound else 422
    return _page(visit, form, number, [*keys, *found.chosen], status, copied=found)


def _send(visit: Visit, form: Form, number: str, keys: list[str]) -> Response:
    starts_on, ends_on = form.day("starts_on"), form.day("ends_on")
    purpose = form.text("purpose")
    if not keys:
        form.wrong("system", Text("Choose at least one system."))
    names = _names(visit)
    lines = []
    for place, key in enumerate(keys, start=1):
        profile = form.text(f"profile-{key}")
        if not profile:
            form.wrong(f"profile-{key}", Text("Choose a profile in {system}.", system=names.get(key, key)))
        instead = form.text(f"instead-{key}")
        line = Line(
            employee_number=number,
            system=key,
            profile=profile,
            purpose=purpose,
            kind=RequestKind.CHANGE if instead else RequestKind.NEW,
            from_profile=instead or None,
            employment_number=form.text("employment") or None,
            starts_on=starts_on,
            ends_on=form.day(f"ends_on-{key}") or ends_on,
            retroactive_reason=form.text("retroactive_reason"),
            where=str(place),
        )
        lines.append(line)
    if not purpose:
        form.wrong("purpose", Text("Say what the access is for."))
    if not form.sound:
        return _page(visit, form, number, keys, 422)
    try:
        outcomes = orders.open_order(
            visit.office, lines, visit.actor, visit.now, idempotency_key=form.text("once") or None
        )
    except (BadInput, Refused) as error:
        _place(form, keys, error)
        return _page(visit, form, number, keys, 422)
    numbers = [outcome.number for outcome in outcomes]
    if len(numbers) == 1:
        said = Text("{number} is sent. Now the owner of the system decides.", number=numbers[0])
        return visit.go(visit.path("case", number=numbers[0]), said=said)
    said = Text("Sent: {numbers}. Now the owners of the systems decide.", numbers=", ".join(numbers))
    return visit.go(visit.path("requests"), said=said)


def _names(visit: Visit) -> dict[str, str]:
    with visit.reading() as session:
        return dict(ordering.systems_to_order(session, visit.now))


def _place(form: Form, keys: list[str], error: BehorigError) -> None:
    """Put each reason beside the field it is about: of its own line, or of the whole order."""
    placed: dict[tuple[str, str], Reason] = {}
    for reason in error.reasons:
        key = keys[int(reason.line) - 1] if reason.line.isdecimal() else keys[0]
        field = BESIDE.get(reason.code, f"profile-{key}")
        if field == "ends_on" and f"ends_on-{key}" in form.data:
            field = f"ends_on-{key}"
        said = reason.text.values.get("what", reason.text) if field == "purpose" else reason.text
        placed.setdefault((field, str(said)), Reason(reason.code, said))
    for (field, _), reason in placed.items():
        form.wrong(field, reason.text)


def _page(
    visit: Visit,
    form: Form,
    number: str,
    keys: list[str],
    status: int,
    *,
    copied: ordering.Copied | None = None,
) -> Response:
    with visit.reading() as session:
        person = person_for(session, number, visit.actor, visit.now)
        systems = ordering.systems_to_order(session, visit.now)
        lines = ordering.lines_for(session, keys, person, visit.now)
        employments = ordering.employments_for(session, person, visit.now)
        (shown,) = ordering.shown(session, [person], visit.actor, visit.now)
    chosen: dict[str, Any] = dict(copied.chosen) if copied else {}
    return visit.page(
        "order.html",
        status=status,
        form=form,
        person=shown,
        own=person.id == visit.who_id,
        systems=[pair for pair in systems if pair[0] not in {line["key"] for line in lines}],
        lines=lines,
        employments=employments,
        chosen=chosen,
        today=today(visit.now),
        left_out=[reason.text for reason in copied.left_out] if copied else [],
        once=form.text("once") or new_secret(),
        may_copy=visit.who is not None and visit.who.capacities.manages,
    )
