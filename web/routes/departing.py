"""Noticing departures: three fields, what will happen, and sending it; a change of duties; a file of many."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from language import Text
from models import DepartureKind, new_id
from web.forms import Form, Posted
from web.visit import Somebody, Visit
from workflows import departure_views, leaver_files, leaving, people_views
from workflows.deadlines import today
from workflows.errors import BehorigError
from workflows.leaving import Leaver

router = APIRouter()
NOBODY: Final = Text("Nobody is found by that name or number.")
WHICH: Final = Text("Several people are found; choose one of them.")
WHICH_EMPLOYMENT: Final = Text("They have several employments; say which.")

MOST_LINES: Final = 200
"""Each line is a transaction, and a page is waited for."""
LARGEST_FILE: Final = 1024 * 1024
STEPS: Final = ("look", "do", "back")
# Which field a reason is about.
ABOUT: Final[Mapping[str, str]] = {
    "noticed-already": "who",
    "not-found": "who",
    "which-employment": "who",
    "before-it-began": "last_day",
    "same-unit": "unit",
}


@router.get("/departures/new", name="departure_new")
def new(visit: Somebody, who: str = "") -> Response:
    """The three fields; with the people that are found when some of a name is written."""
    return _form(visit, Form(), 200, moves=False, words=who)


@router.get("/departures/move", name="departure_move")
def move(visit: Somebody, who: str = "") -> Response:
    """As above, for somebody who gets other duties."""
    return _form(visit, Form(), 200, moves=True, words=who)


@router.post("/departures/new", name="notice_departure")
def notice(visit: Somebody, form: Posted) -> Response:
    """See what will happen, send it, or change something first."""
    return _take(visit, form, moves=False)


@router.post("/departures/move", name="notice_move")
def notice_move(visit: Somebody, form: Posted) -> Response:
    """As above, for somebody who gets other duties."""
    return _take(visit, form, moves=True)


def _take(visit: Visit, form: Form, *, moves: bool) -> Response:
    step = form.choice("step", STEPS)
    if step == "back":
        return _form(visit, form, 200, moves=moves)
    leaver = _leaver(visit, form, moves=moves)
    if leaver is None or not form.sound:
        return _form(visit, form, 422, moves=moves)
    try:
        if step == "do":
            key = form.text("key") or None
            outcome = leaving.notice(visit.office, leaver, visit.actor, visit.now, idempotency_key=key)
            said = Text("{number} is sent.", number=outcome.number)
            return visit.go(visit.path("departure", number=outcome.number), said=said)
        page = leaving.preview(
            visit.office,
            leaver,
            visit.actor,
            visit.now,
            lambda session, made: departure_views.departure_view(
                session, visit.office, made.number, visit.actor, visit.now
            ),
        )
    except BehorigError as error:
        form.refused(error, {**ABOUT, "before-it-began": "first_day"} if moves else ABOUT)
        return _form(visit, form, 422, moves=moves)
    kept = [(name, form.text(name)) for name in ("who", "last_day", "kind", "unit", "first_day", "reason")]
    kept += [("person", leaver.employee_number), ("employment", leaver.employment_number or ""), ("key", str(new_id()))]
    return visit.page(
        "departure_preview.html",
        page=page,
        kept=[(name, value) for name, value in kept if value],
        today=today(visit.now),
        action=_action(visit, moves=moves),
    )


def _leaver(visit: Visit, form: Form, *, moves: bool) -> Leaver | None:
    """Who leaves and when, as the form says; what it does not say is said in it."""
    words = form.text("who", required=True)
    kind = DepartureKind.MOVE if moves else DepartureKind(form.choice("kind", ("NORMAL", "IMMEDIATE")) or "NORMAL")
    immediate = kind == DepartureKind.IMMEDIATE
    day = form.day("first_day" if moves else "last_day", required=not immediate)
    unit = form.text("unit", required=moves)
    person = _person(visit, form, words) if words else None
    if person is None or (day is None and not immediate):
        return None
    return Leaver(
        employee_number=person["employee_number"],
        last_day=today(visit.now) if immediate or day is None else day - timedelta(days=1) if moves else day,
        kind=kind,
        employment_number=_employment(form, person),
        reason=form.text("reason"),
        new_department=unit or None,
    )


def _person(visit: Visit, form: Form, words: str) -> dict[str, Any] | None:
    """The one who is meant: chosen among those found, or the only one."""
    with visit.reading() as session:
        found = people_views.find(session, visit.actor, visit.now, words)
    chosen = form.text("person")
    one = [row for row in found if row["employee_number"] == chosen] or [row for row in found if row["exact"]] or found
    if len(one) == 1:
        return one[0]
    form.wrong("person" if found else "who", WHICH if found else NOBODY)
    return None


def _employment(form: Form, person: Mapping[str, Any]) -> str | None:
    numbers = [row["number"] for row in person["employments"]]
    if len(numbers) < 2:
        return numbers[0] if numbers else None
    chosen = form.choice("employment", numbers, required=False)
    if not chosen:
        form.wrong("employment", WHICH_EMPLOYMENT)
    return chosen or None


def _form(visit: Visit, form: Form, status: int, *, moves: bool, words: str = "") -> Response:
    said = form.text("who") or words
    with visit.reading() as session:
        departure_views.refuse_strangers(session, visit.actor, visit.now, to_move=moves)
        people = people_views.find(session, visit.actor, visit.now, said)
        units = people_views.departments(session) if moves else []
    chosen = form.text("person")
    picked = [row for row in people if row["employee_number"] == chosen]
    if picked and not form.of("person"):
        people = picked
    employments = [
        (row["number"], f"{row['number']}: {row['title']} {row['department']}")
        for row in (people[0]["employments"] if len(people) == 1 else [])
    ]
    return visit.page(
        "departure_new.html",
        status=status,
        form=form,
        moves=moves,
        people=people,
        employments=employments,
        units=units,
        action=_action(visit, moves=moves),
    )


def _action(visit: Visit, *, moves: bool) -> str:
    return visit.path("departure_move" if moves else "departure_new")


# --- A file of many ------------------------------------------------------------------------------------------------


@router.get("/departures/file", name="departure_file")
def file(visit: Somebody) -> Response:
    """Where a file is sent to."""
    return _file(visit, Form(), 200)


@router.post("/departures/file", name="notice_file", max_body_size=LARGEST_FILE)
def notice_file(visit: Somebody, form: Posted) -> Response:
    """See what would come of a file, or do it."""
    with visit.reading() as session:
        departure_views.refuse_strangers(session, visit.actor, visit.now)
    step = form.choice("step", STEPS)
    sent = form.file("file")
    name = form.text("name") or (sent.filename if sent is not None else "") or ""
    content = sent.file.read() if sent is not None else form.text("rows").encode()
    if not content:
        form.wrong("file", Text("Choose a file."))
        return _file(visit, form, 422)
    try:
        leavers = leaver_files.leavers_in(f"{name.rsplit('.', 1)[0]}.csv", content)
    except BehorigError as error:
        form.refused(error, {reason.code: "file" for reason in error.reasons})
        return _file(visit, form, 422)
    if len(leavers) > MOST_LINES:
        form.wrong(
            "file",
            Text("The file has more than {count} lines; take a part of it, or use the command line.", count=MOST_LINES),
        )
        return _file(visit, form, 422)
    if step == "do":
        key = hashlib.sha256(content + str(today(visit.now)).encode()).hexdigest()
        lines = leaver_files.carry_out(visit.office, leavers, visit.actor, visit.now, key)
        done = sum(bool(line.number) for line in lines)
        said = Text("{done} of {all} lines are noticed.", done=done, all=len(lines))
        return visit.go(visit.path("departures"), said=said)
    lines = leaver_files.rehearse(visit.office, leavers, visit.actor, visit.now)
    return _file(visit, form, 200, lines=lines, file_name=name, rows=_text_of(content))


def _text_of(content: bytes) -> str:
    """The file as the page keeps it until it is sent for good."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _file(visit: Visit, form: Form, status: int, **values: Any) -> Response:
    with visit.reading() as session:
        departure_views.refuse_strangers(session, visit.actor, visit.now)
    said = {"lines": [], "file_name": "", "rows": "", **values}
    return visit.page(
        "departure_file.html",
        status=status,
        form=form,
        most=MOST_LINES,
        action=visit.path("departure_file"),
        **said,
    )
