"""Commands for HR: depart, move, departure, departures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands import common
from commands.common import As, Json, Now
from commands.tables import show_table
from language import Text, _, chosen_language

if TYPE_CHECKING:
    from datetime import datetime

    from workflows.evidence import Actor
    from workflows.leaver_files import Line
    from workflows.leaving import Leaver
    from workflows.office import Office

Employment = Annotated[str | None, typer.Option(help=_("Which employment, when there are several."))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=_("Show what would happen, and change nothing."))]


@common.command
def depart(
    person: Annotated[str | None, typer.Argument(help=_("Who leaves: an employee number."))] = None,
    last_day: Annotated[str | None, typer.Option(help=_("The last day, or the hour on it."))] = None,
    immediate: Annotated[bool, typer.Option("--immediate", help=_("They leave now."))] = False,
    reason: Annotated[str, typer.Option(help=_("A word on why, for the record."))] = "",
    employment: Employment = None,
    file: Annotated[
        Path | None, typer.Option("--from", help=_("Many at once: CSV, or YAML with “departures:”."))
    ] = None,
    dry_run: DryRun = False,
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Notice that somebody leaves: every access and the accounts go, on time."""
    from models import DepartureKind
    from workflows.deadlines import today
    from workflows.errors import BadInput, Reason
    from workflows.leaver_files import leavers_at
    from workflows.leaving import Leaver

    of = common.office()
    who = common.actor(of, as_)
    at = common.moment(of, now)
    if file is not None:
        _many(of, leavers_at(file), who, at, dry_run=dry_run, as_json=as_json)
        return
    day, moment = common.day_or_moment(last_day)
    if person is None or (day is None and not immediate):
        raise BadInput([Reason("who-and-when", Text("Say who leaves, and when: --last-day or --immediate."))])
    leaver = Leaver(
        employee_number=person,
        last_day=today(at) if immediate or day is None else day,
        kind=DepartureKind.IMMEDIATE if immediate else DepartureKind.NORMAL,
        employment_number=employment,
        ends_at=moment,
        reason=reason,
    )
    _one(of, leaver, who, at, dry_run=dry_run, as_json=as_json)


@common.command
def move(
    person: Annotated[str, typer.Argument(help=_("Who gets other duties: an employee number."))],
    to: Annotated[str, typer.Option(help=_("The new unit: its key."))],
    starts: Annotated[str | None, typer.Option("--from", help=_("The first day there; today when left out."))] = None,
    reason: Annotated[str, typer.Option(help=_("A word on why, for the record."))] = "",
    employment: Employment = None,
    dry_run: DryRun = False,
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Notice that somebody gets other duties: the owners say which access they keep."""
    from datetime import timedelta

    from models import DepartureKind
    from workflows.deadlines import today
    from workflows.leaving import Leaver

    of = common.office()
    who = common.actor(of, as_)
    at = common.moment(of, now)
    leaver = Leaver(
        employee_number=person,
        last_day=(common.day(starts) or today(at)) - timedelta(days=1),
        kind=DepartureKind.MOVE,
        employment_number=employment,
        reason=reason,
        new_department=to,
    )
    _one(of, leaver, who, at, dry_run=dry_run, as_json=as_json)


def _one(of: Office, leaver: Leaver, who: Actor, at: datetime, *, dry_run: bool, as_json: bool) -> None:
    """Notice one departure, and show all that follows from it."""
    from workflows import leaving
    from workflows.departure_views import departure_view

    if dry_run:
        # What it would be called is given to the one that comes first.
        page = leaving.preview(
            of, leaver, who, at, lambda session, made: departure_view(session, of, made.number, who, at)
        )
        page = {**page, "number": ""}
    else:
        outcome = leaving.notice(of, leaver, who, at)
        with of.database.reading(of.organisation_id) as session:
            page = departure_view(session, of, outcome.number, who, at)
    if as_json:
        common.show_json({"dry_run": dry_run, "departures": [page], "held": _held([page]), "refused": 0})
    else:
        _say(page, dry_run=dry_run)


def _many(of: Office, leavers: list[Leaver], who: Actor, at: datetime, *, dry_run: bool, as_json: bool) -> None:
    """Notice each of them, all or nothing for each; those that are refused are told, and the others done."""
    from rich.console import Console
    from rich.progress import track

    from workflows import leaver_files
    from workflows.departure_views import departure_view
    from workflows.errors import BadInput, Reason, Refused

    shown = track(leavers, console=Console(stderr=True), transient=True, disable=as_json)
    if dry_run:
        lines = leaver_files.rehearse(of, shown, who, at)
    else:
        lines = leaver_files.carry_out(of, shown, who, at, "")
        with of.database.reading(of.organisation_id) as session:
            lines = [
                replace(line, page=departure_view(session, of, line.number, who, at)) if line.number else line
                for line in lines
            ]
    pages = [line.page for line in lines if line.page is not None]
    refused = [
        Reason(reason.code, Text("Line {place}: {what}", place=line.leaver.where, what=reason.text))
        for line in lines
        for reason in line.refused
    ]
    understood = all(line.understood for line in lines)
    count = sum(bool(line.refused) for line in lines)
    if as_json:
        reasons = [{"code": reason.code, "text": reason.text.say(chosen_language())} for reason in refused]
        answer = {"dry_run": dry_run, "departures": pages, "held": _held(pages), "refused": count, "reasons": reasons}
        common.show_json(answer)
        if refused:
            raise typer.Exit(common.REFUSED if understood else common.WRONG_USAGE)
        return
    _show_lines(lines)
    said = Text(
        "{begun} begin at once, {held} wait in the queue until they are let go, {refused} are refused.",
        begun=len(pages) - _held(pages),
        held=_held(pages),
        refused=count,
    )
    typer.echo(said.say(chosen_language()))
    if dry_run:
        typer.echo(_("Nothing was changed: this was a dry run."))
    if refused:
        raise Refused("notice", refused) if understood else BadInput(refused)


def _show_lines(lines: list[Line]) -> None:
    """What came, or would come, of each line of a file that was not refused."""
    from workflows.words import STATE_WORDS

    language = chosen_language()
    show_table(
        "",
        (_("Line"), _("Last day"), _("Case"), _("Person"), _("State"), _("Access"), _("Duties")),
        [
            (
                line.leaver.where,
                line.page["last_day"],
                line.number or _("(would be)"),
                line.page["person"],
                STATE_WORDS[line.page["state"]].say(language),
                len(line.page["access"]),
                len(line.page["duties"]),
            )
            for line in lines
            if line.page is not None
        ],
    )


def _held(pages: list[dict[str, Any]]) -> int:
    """How many of some departures wait in the queue."""
    return sum(bool(page["hold"]) for page in pages)


def _say(page: dict[str, Any], *, dry_run: bool) -> None:
    from commands.case_page import say_what_stays
    from workflows.words import PART_WORDS, STATE_WORDS

    language = chosen_language()
    heading = Text(
        "{number} {person}, last day {day}: {state}.",
        number=page["number"] or _("(would be)"),
        person=page["person"],
        day=page["last_day"],
        state=STATE_WORDS[page["state"]],
    )
    typer.echo(heading.say(language))
    for row in page["access"]:
        owners = ", ".join(name for waits in row["waits_for"] for name in waits["people"])
        said = Text(
            "  {system} · {profile}: asks {people}", system=row["system"], profile=row["profile"], people=owners or "-"
        )
        typer.echo(said.say(language))
    say_what_stays(page, language)
    for number in page["called_off"]:
        typer.echo(Text("  {number} is called off.", number=number).say(language))
    for duty in page["duties"]:
        typer.echo(Text("  Holds {name}, which somebody must take over.", name=duty["name"]).say(language))
    for task in page["tasks"]:
        said = Text(
            "  {number} waits for them ({part}); {count} others may act on it.",
            number=task["number"],
            part=PART_WORDS[task["part"]],
            count=task["others"],
        )
        typer.echo(said.say(language))
    if page["hold"]:
        typer.echo(_("It waits in the queue until it is let go."))
    if dry_run:
        typer.echo(_("Nothing was changed: this was a dry run."))


@common.command
def departure(number: str, as_: As = None, as_json: Json = False, now: Now = None) -> None:
    """Show a departure: what is gone, what is left, who is slow."""
    from commands.case_page import show_departure
    from workflows.departure_views import departure_view

    of = common.office()
    who = common.actor(of, as_)
    with of.database.reading(of.organisation_id) as session:
        page = departure_view(session, of, number, who, common.moment(of, now))
    if as_json:
        common.show_json(page)
        return
    show_departure(page, chosen_language())


@common.command
def departures(
    release: Annotated[
        bool, typer.Option("--release", help=_("Let all that the brake holds go; needs --reason."))
    ] = False,
    reason: Annotated[str, typer.Option(help=_("Why they are let go."))] = "",
    every: Annotated[bool, typer.Option("--all", help=_("Those that are closed and cancelled too."))] = False,
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Show the departures by last day, with what is left; or let go those that the brake holds."""
    from workflows.cases import release_all
    from workflows.departure_views import board
    from workflows.words import KIND_WORDS, STATE_WORDS

    of = common.office()
    who = common.actor(of, as_)
    at = common.moment(of, now)
    if release:
        outcomes = release_all(of, reason, who, at)
        said = Text("{count} departures were let go.", count=len(outcomes))
        common.show_done({"released": [row.number for row in outcomes]}, said, as_json)
        return
    with of.database.reading(of.organisation_id) as session:
        rows = board(session, of, who, at, every=every)
    if as_json:
        common.show_json({"departures": rows})
        return
    language = chosen_language()
    show_table(
        "",
        (_("Last day"), _("Case"), _("Person"), _("Kind"), _("State"), _("Left"), _("Late")),
        [
            (
                row["last_day"],
                row["number"],
                row["person"],
                KIND_WORDS[row["kind"]].say(language),
                STATE_WORDS[row["state"]].say(language),
                row["left"],
                row["late"],
            )
            for row in rows
        ],
    )
