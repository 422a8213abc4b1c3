"""For those who supervise: what stands still, every case, who holds what, how long it takes, and people's own pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import Response

from language import Text
from models import AUTHORISATION, DEPARTURE, RELEASE
from web.charts import bars
from web.forms import NO_DAY, Form
from web.visit import Somebody, Visit
from workflows import oversight, people_views, statistics, views
from workflows.deadlines import today
from workflows.lookup import systems_by_name
from workflows.words import GRANT_STATE_WORDS, MONTHS

router = APIRouter()
WORKFLOWS: Final = {
    AUTHORISATION: Text("Authorisation requests"),
    DEPARTURE: Text("Departures"),
    RELEASE: Text("Releases"),
}
WAYS: Final = {
    "overdue": Text("Overdue"),
    "escalated": Text("Escalated"),
    "unattended": Text("Nobody may act"),
}
HEADINGS: Final = (
    Text("Employee number"),
    Text("Name"),
    Text("Employment"),
    Text("System"),
    Text("Profile"),
    Text("Scope"),
    Text("State"),
    Text("From"),
    Text("To"),
)
PAGES: Final = {AUTHORISATION: "case", DEPARTURE: "departure", RELEASE: "release"}


def page_of(visit: Visit) -> Callable[[str, str], str]:
    """From a workflow and a number to the page of the case."""
    return lambda workflow, number: visit.path(PAGES[workflow], number=number)


@router.get("/oversight", name="oversight")
def standing_still(visit: Somebody, way: str = "", page: int = 1) -> Response:
    """What is overdue, escalated, or can be done by nobody."""
    with visit.reading() as session:
        counted, found = oversight.standing_still(
            session, visit.office, visit.actor, visit.now, way=way if way in WAYS else "", number=page
        )
    return visit.page(
        "oversight.html",
        found=found,
        counted=counted,
        way=way,
        ways_to_be_slow=WAYS,
        page_of=page_of(visit),
        turn=visit.turner("oversight", way=way),
    )


@router.get("/oversight/cases", name="all_cases")
def all_cases(visit: Somebody, q: str = "", workflow: str = "", page: int = 1) -> Response:
    """Every case there is, searched."""
    chosen = workflow if workflow in WORKFLOWS else ""
    with visit.reading() as session:
        found = oversight.cases_sheet(session, visit.actor, visit.now, words=q, workflow=chosen, number=page)
    return visit.page(
        "oversight_cases.html",
        found=found,
        q=q,
        chosen=chosen,
        workflows=WORKFLOWS,
        page_of=page_of(visit),
        turn=visit.turner("all_cases", q=q, workflow=chosen),
    )


@router.get("/oversight/looks", name="looks")
def looks(visit: Somebody, page: int = 1) -> Response:
    """Who has looked at persons with protected identity."""
    with visit.reading() as session:
        found = oversight.looks(session, visit.actor, visit.now, number=page)
    return visit.page("oversight_looks.html", found=found, turn=visit.turner("looks"))


@router.get("/oversight/figures", name="figures")
def figures(visit: Somebody) -> Response:
    """Lead times and lateness over a year, as charts and as tables."""
    with visit.reading() as session:
        rows = statistics.by_month(session, visit.office, visit.actor, visit.now)
    parts = []
    for workflow, each in groupby(rows, key=lambda row: row.workflow):
        months = list(each)
        labels = [MONTHS[row.month.month - 1].say(visit.language)[:3] for row in months]
        lead = [(label, row.lead_hours) for label, row in zip(labels, months, strict=True)]
        late = [(label, row.late_share) for label, row in zip(labels, months, strict=True)]
        parts.append({"workflow": workflow, "months": months, "lead": bars(lead), "late": bars(late)})
    return visit.page("oversight_figures.html", parts=parts, workflows=WORKFLOWS)


@router.get("/record/{number}", name="record")
def record(visit: Somebody, number: str) -> Response:
    """The whole history of a case, for whoever may see it, made to be printed."""
    with visit.reading() as session:
        page = oversight.record_of(session, visit.office, number, visit.actor, visit.now)
    return visit.page("record.html", page=page, page_of=page_of(visit))


# --- Who holds what ------------------------------------------------------------------------------------------------


def _day(form: Form, said: str) -> date | None:
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        form.wrong("at", NO_DAY)
        return None


@router.get("/holdings", name="holdings")
def holdings(visit: Somebody, q: str = "", system: str = "", at: str = "", page: int = 1) -> Response:
    """Who holds what, or held it on a day: what the one who asks may see of it."""
    form = Form()
    day = _day(form, at.strip())
    with visit.reading() as session:
        found = views.held_sheet(session, visit.actor, visit.now, system=system or None, at=day, words=q, number=page)
        systems = systems_by_name(session)
    query = {"q": q, "system": system, "at": at}
    return visit.page(
        "holdings.html",
        form=form,
        found=found,
        q=q,
        system=system.upper(),
        systems=systems,
        at_day=day,
        today=today(visit.now),
        download=f"{visit.path('holdings_csv')}?{urlencode(query)}",
        turn=visit.turner("holdings", **query),
    )


@router.get("/holdings.csv", name="holdings_csv")
def holdings_csv(visit: Somebody, q: str = "", system: str = "", at: str = "") -> Response:
    """The same list whole, as a file that a spreadsheet opens."""
    day = _day(Form(), at.strip())
    with visit.reading() as session:
        rows = views.held(session, visit.actor, visit.now, system=system or None, at=day, words=q)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(heading.say(visit.language) for heading in HEADINGS)
    for row in rows:
        state = GRANT_STATE_WORDS[row["state"]].say(visit.language)
        writer.writerow(
            _plain(value)
            for value in (
                row["employee_number"],
                row["person"],
                row["employment"],
                row["system"],
                row["profile"],
                row["scope"],
                state,
                row["starts_on"].isoformat(),
                row["ends_on"].isoformat() if row["ends_on"] else "",
            )
        )
    name = f"behorig-{(day or today(visit.now)).isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


def _plain(value: str) -> str:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if value[:1] in "=+-@\t\r" and value else value


# --- People --------------------------------------------------------------------------------------------------------


@router.get("/people", name="people")
def people(visit: Somebody, q: str = "") -> Response:
    """People found by name or number, for those who may find them."""
    with visit.reading() as session:
        found = people_views.find(session, visit.actor, visit.now, q, most=50)
    return visit.page("people.html", found=found, q=q)


@router.get("/people/{number}", name="person")
def person(visit: Somebody, number: str) -> Response:
    """A person, with what the one who asks may see."""
    page = people_views.person_page(visit.office, number, visit.actor, visit.now)
    return visit.page("person.html", page=page, page_of=page_of(visit))
