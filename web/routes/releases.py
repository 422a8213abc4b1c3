"""Releases: the board, one release with its gates and files, a new one; and a system with what it runs and may run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import Response

from language import Text
from models import AttachmentKind, PlanKind, new_id
from web import acts
from web.act_words import RELEASE_ACTS
from web.errors import shows_as_it_now_is
from web.forms import Form, Posted
from web.navigation import puts_versions_forward
from web.visit import Somebody, Visit
from workflows import cases, plans, release_views, releasing
from workflows.deadlines import STOCKHOLM, today
from workflows.errors import BadInput, BehorigError, Conflict, Refused
from workflows.plans import NewPlan
from workflows.releasing import NewRelease
from workflows.words import ATTACHMENT_WORDS, GATE_WORDS, PLAN_WORDS
from workflows.workflow import Field

router = APIRouter()
A_FORM: Final = 1024 * 1024
"""What a form weighs beside the file in it."""
LARGEST_FILE: Final = 25 * 1024 * 1024
"""A little above what any policy is likely to take; the policy's own limit says more."""
# A file that came from somebody else runs nothing and looks at nothing, whatever a browser makes of it.
INERT: Final = "default-src 'none'; sandbox"
ABOUT_A_NEW_ONE: Final[Mapping[str, str]] = {
    "not-found": "system",
    "no-version": "version",
    "in-operation": "version",
    "put-forward-already": "version",
    "no-contents": "contents",
    "no-window": "planned_until",
    "no-date": "planned_from",
    "no-short-path": "urgent_reason",
}


@router.get("/releases", name="releases")
def board(visit: Somebody, system: str = "", every: str = "") -> Response:
    """The releases by planned date, of the systems one has to do with."""
    office, actor, now = visit.office, visit.actor, visit.now
    with visit.reading() as session:
        may_see = release_views.systems_seen(session, actor, now)
        known = {row["key"].upper() for row in may_see}
        chosen = system.upper() if system.upper() in known else ""
        rows = release_views.releases(session, office, actor, now, system=chosen or None, every=bool(every))
    proposes = visit.who is not None and puts_versions_forward(visit.who.capacities)
    return visit.page("releases.html", rows=rows, systems=may_see, chosen=chosen, every=bool(every), proposes=proposes)


@router.get("/releases/new", name="release_new")
def new(visit: Somebody, system: str = "") -> Response:
    """What is asked of whoever puts a version forward."""
    return _new(visit, Form(), 200, system=system)


@router.post("/releases/new", name="propose_release")
def propose(visit: Somebody, form: Posted) -> Response:
    """Put a version forward."""
    begins = acts.moment(form, "planned_from", required=True)
    ends = acts.moment(form, "planned_until", required=True)
    said = {name: form.text(name, required=True) for name in ("system", "version", "contents")}
    if not form.sound or begins is None or ends is None:
        return _new(visit, form, 422)
    asked = NewRelease(planned_from=begins, planned_until=ends, urgent_reason=form.text("urgent_reason"), **said)
    try:
        key = form.text("key") or None
        outcome = releasing.propose(visit.office, asked, visit.actor, visit.now, idempotency_key=key)
    except BehorigError as error:
        form.refused(error, ABOUT_A_NEW_ONE)
        return _new(visit, form, 422)
    path = visit.path("release", number=outcome.number)
    return visit.go(path, said=Text("{number} is put forward.", number=outcome.number))


def _new(visit: Visit, form: Form, status: int, *, system: str = "") -> Response:
    with visit.reading() as session:
        known = release_views.systems_to_propose(session, visit.actor, visit.now)
    choices = [(row["key"], f"{row['name']} ({row['key']})") for row in known]
    key = form.text("key") or str(new_id())
    return visit.page("release_new.html", status=status, form=form, systems=choices, system=system, key=key)


# --- One of them ---------------------------------------------------------------------------------------------------


@router.get("/releases/{number}", name="release")
def release(visit: Somebody, number: str) -> Response:
    """A release as it stands."""
    return show(visit, number, Form(), 200)


@router.get("/releases/{number}/files/{place}", name="release_file")
def file(visit: Somebody, number: str, place: int) -> Response:
    """A file of a release, to be kept and never to be shown here."""
    with visit.reading() as session:
        row, contents = release_views.attachment_contents(session, visit.office, number, place, visit.actor, visit.now)
    plain = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in ".-_") else "_" for letter in row.name
    )
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(row.name, safe='')}",
        "Content-Security-Policy": INERT,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(contents, media_type=row.media_type, headers=headers)


@router.post("/releases/{number}/attach", name="attach_to_release", max_body_size=LARGEST_FILE + A_FORM)
def attach(visit: Somebody, form: Posted, number: str) -> Response:
    """Make a file part of a release."""
    page = _page(visit, number)
    kind = form.choice("attach-kind", tuple(AttachmentKind))
    sent = form.file("attach-file")
    if sent is None:
        form.wrong("attach-file", Text("Choose a file."))
    if not form.sound or sent is None:
        return show(visit, number, form, 422)
    contents = sent.file.read()
    try:
        cases.attach(
            visit.office, page["number"], sent.filename or "", contents, AttachmentKind(kind), visit.actor, visit.now
        )
    except (BadInput, Refused) as error:
        acts.refused(form, "attach", error)
        return show(visit, number, form, 422)
    except Conflict as error:
        form.refused(error)
        return show(visit, number, form, 409)
    path = visit.path("release", number=page["number"])
    return visit.go(path, said=acts.done(RELEASE_ACTS, "attach", page["number"]))


@router.post("/releases/{number}/{event}", name="act_on_release")
def act_on_release(visit: Somebody, form: Posted, number: str, event: str) -> Response:
    """Do something with a release."""
    return acts.act(visit, RELEASE_ACTS, _page(visit, number), event, form, show)


@shows_as_it_now_is("releases")
def show(visit: Visit, number: str, form: Form, status: int) -> Response:
    """The page of a release, with what is wrong with what was done there, if anything is."""
    page = _page(visit, number)
    files = visit.office.policy.release.files
    taken = Text("At most {most} MB: {types}.", most=files.most_megabytes, types=", ".join(files.types))
    window = {
        acts.name_of("move_date", name): page[name].astimezone(STOCKHOLM).strftime("%Y-%m-%dT%H:%M")
        for name in (Field.PLANNED_FROM, Field.PLANNED_UNTIL)
        if page[name]
    }
    return visit.page(
        "release.html",
        status=status,
        page=page,
        form=form,
        acts=RELEASE_ACTS,
        inputs=acts.inputs,
        path=lambda event: visit.path("act_on_release", number=page["number"], event=event),
        choices={
            Field.FINDING: [
                (str(row["number"]), f"{row['number']}. {row['what']}")
                for row in page["findings"]
                if row["resolved_at"] is None
            ],
            Field.BLOCKING: [("yes", Text("yes")), ("no", Text("no"))],
            "kind": [(kind, ATTACHMENT_WORDS[kind]) for kind in page["kinds_to_attach"]],
            "file_hint": taken.say(visit.language),
            "accept": ",".join(f".{each}" for each in files.types),
        },
        values={
            **window,
            acts.name_of("propose", Field.VERSION): page["release"],
            acts.name_of("propose", Field.PURPOSE): page["contents"],
        },
        gate_words=GATE_WORDS,
        attachment_words=ATTACHMENT_WORDS,
    )


def _page(visit: Visit, number: str) -> dict[str, Any]:
    with visit.reading() as session:
        return release_views.release_view(session, visit.office, number, visit.actor, visit.now)


# --- A system ------------------------------------------------------------------------------------------------------


@router.get("/systems/{key}", name="system")
def system(visit: Somebody, key: str) -> Response:
    """What has been in operation of a system, and the plans it has."""
    return _system(visit, key, Form(), 200)


@router.post("/systems/{key}/plans", name="adopt_plan")
def adopt_plan(visit: Somebody, form: Posted, key: str) -> Response:
    """Adopt a plan for the system's owner."""
    kind = form.choice("plan", tuple(PlanKind))
    reference = form.text("reference", required=True)
    first, last = form.day("first"), form.day("last")
    if not form.sound:
        return _system(visit, key, form, 422)
    new = NewPlan(system=key, kind=PlanKind(kind), reference=reference, first=first or today(visit.now), last=last)
    try:
        plans.adopt(visit.office, new, visit.actor, visit.now)
    except (BadInput, Refused) as error:
        form.refused(error, {"duplicate": "reference", "plan": "last"})
        return _system(visit, key, form, 422)
    return visit.go(visit.path("system", key=key), said=Text("The plan {reference} is adopted.", reference=reference))


@router.post("/systems/{key}/agree", name="agree_to_plan")
def agree_to_plan(visit: Somebody, form: Posted, key: str) -> Response:
    """Agree to an outage plan, as head of IT."""
    reference = form.text("reference", required=True)
    try:
        plans.agree(visit.office, key, reference, visit.actor, visit.now)
    except BehorigError as error:
        form.refused(error)
        return _system(visit, key, form, 422)
    said = Text("You have agreed to the plan {reference}.", reference=reference)
    return visit.go(visit.path("system", key=key), said=said)


@router.post("/systems/{key}/withdraw", name="withdraw_approval")
def withdraw_approval(visit: Somebody, form: Posted, key: str) -> Response:
    """Withdraw the approval for operation; everybody concerned is told."""
    reason = form.text("withdraw-reason", required=True)
    if not form.sound:
        return _system(visit, key, form, 422)
    try:
        told = releasing.withdraw_approval(visit.office, key, reason, visit.actor, visit.now)
    except (BadInput, Refused) as error:
        form.refused(error)
        return _system(visit, key, form, 422)
    said = Text("The approval is withdrawn; {count} people are told.", count=told)
    return visit.go(visit.path("system", key=key), said=said)


def _system(visit: Visit, key: str, form: Form, status: int) -> Response:
    with visit.reading() as session:
        page = release_views.system_view(session, key, visit.actor, visit.now)
    return visit.page("system.html", status=status, page=page, form=form, plan_words=PLAN_WORDS)
