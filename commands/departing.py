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
        _notice(of, leavers_at(file), who, at, dry_run=dry_run, as_json=as_json)
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
    _notice(of, [leaver], who, at, dry_run=dry_run, as_json=as_json)


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
    _notice(of, [leaver], who, at, dry_run=dry_run, as_json=as_json)


def _notice(of: Office, leavers: list[Leaver], who: Actor, at: datetime, *, dry_run: bool, as_json: bool) -> None:
    """Notice each of them, all or nothing for each; those that are refused are told, and the others done."""
    from rich.console import Console
    from rich.progress import track

    from workflows.errors import BadInput, BehorigError, Reason, Refused

    done: list[dict[str, Any]] = []
    refused: list[Reason] = []
    understood = True
    shown = track(leavers, console=Console(stderr=True), transient=True, disable=as_json or len(leavers) == 1)
    for leaver in shown:
        try:
            done.append(_one(of, leaver, who, at, dry_run=dry_run))
        except BehorigError as error:
            if len(leavers) == 1:
                raise
            understood = understood and isinstance(error, Refused)
            refused += [
                Reason(reason.code, Text("Line {place}: {what}", place=leaver.where, what=reason.text))
                for reason in error.reasons
            ]
    if as_json:
        common.show_json({"dry_run": dry_run, "departures": done, "refused": len(refused)})
    else:
        for row in done:
            _say(row, dry_run=dry_run)
    if refused:
        raise Refused("notice", refused) if understood else BadInput(refused)


def _one(of: Office, leaver: Leaver, who: Actor, at: datetime, *, dry_run: bool) -> dict[str, Any]:
    from workflows import leaving
    from workflows.departure_views import departure_view

    if dry_run:
        # What it would be called is given to the one that comes first.
        page = leaving.preview(
            of,
            replace(leaver, where=""),
            who,
            at,
            lambda session, made: departure_view(session, of, made.number, who, at),
        )
        return {**page, "number": ""}
    outcome = leaving.notice(of, leaver, who, at)
    with of.database.reading(of.organisation_id) as session:
        return departure_view(session, of, outcome.number, who, at)


def _say(page: dict[str, Any], *, dry_run: bool) -> None:
    from workflows.words import STATE_WORDS

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
    for duty in page["duties"]:
        typer.echo(Text("  Holds {name}, which somebody must take over.", name=duty["name"]).say(language))
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
