"""Commands for those who ask, decide, execute and register: request, order, inbox, case, act."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands import common
from commands.common import As, Json, Key, Now
from commands.tables import show_table
from language import Text, _, chosen_language, clock

if TYPE_CHECKING:
    from workflows.load.rows import OrderRow
    from workflows.orders import Line


request = typer.Typer(help=_("Write a request for access."), no_args_is_help=True)


@request.command("new", help=_("Write one request for access for a person."))
@common.command
def new(
    person: Annotated[str, typer.Option(help=_("Whose access: an employee number."))],
    system: Annotated[str, typer.Option(help=_("The system's key."))],
    profile: Annotated[str, typer.Option(help=_("The profile's key."))],
    purpose: Annotated[str, typer.Option(help=_("What the access is for."))],
    kind: Annotated[str, typer.Option(help=_("NEW, CHANGE, RENEW or END."))] = "NEW",
    starts: Annotated[str | None, typer.Option("--from", help=_("The first day, as 2026-06-18."))] = None,
    until: Annotated[str | None, typer.Option("--until", help=_("The last day, or the hour on it."))] = None,
    employment: Annotated[str | None, typer.Option(help=_("Which employment, when there are several."))] = None,
    scope: Annotated[str, typer.Option(help=_("What part of the system, when it has parts."))] = "",
    from_profile: Annotated[str | None, typer.Option(help=_("For a change: the profile held now."))] = None,
    retroactive_reason: Annotated[str, typer.Option(help=_("Why an emergency order begins in the past."))] = "",
    draft: Annotated[bool, typer.Option("--draft", help=_("Keep it as a draft; submit it later."))] = False,
    key: Key = None,
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Write one request for access."""
    from models import RequestKind
    from workflows.errors import BadInput, Reason
    from workflows.orders import Line

    if kind.upper() not in tuple(RequestKind):
        raise BadInput([Reason("bad-kind", Text("The kind is NEW, CHANGE, RENEW or END, not {kind}.", kind=kind))])
    ends_on, ends_at = common.day_or_moment(until)
    line = Line(
        employee_number=person,
        system=system,
        profile=profile,
        purpose=purpose,
        kind=RequestKind(kind.upper()),
        employment_number=employment,
        scope=scope,
        starts_on=common.day(starts),
        ends_on=ends_on,
        ends_at=ends_at,
        retroactive_reason=retroactive_reason,
        from_profile=from_profile,
    )
    _order([line], as_, now, key, as_json, submit=not draft)


@common.command
def order(
    file: Annotated[Path, typer.Argument(help=_("The lines: CSV, or YAML with a list under “lines:”."))],
    key: Key = None,
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Order several systems and profiles in one go, from a file; all of it or nothing."""
    from workflows.load.lists import read_list
    from workflows.load.rows import OrderRow

    rows = read_list(file, OrderRow, "lines")
    _order([_line_of(row.value, f"{row.at().line}") for row in rows], as_, now, key, as_json)


@request.command("again", help=_("Order again what a cancelled departure had already carried out."))
@common.command
def again(
    number: Annotated[str, typer.Argument(help=_("The departure's number."))],
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Order again what a cancelled departure had already carried out, in one order."""
    from workflows.reordering import order_again

    of = common.office()
    found = order_again(of, number, common.actor(of, as_), common.moment(of, now))
    language = chosen_language()
    if as_json:
        left_out = [
            {"number": reason.line, "code": reason.code, "text": reason.text.say(language)} for reason in found.left_out
        ]
        common.show_json({"cases": [outcome.to_json() for outcome in found.outcomes], "left_out": left_out})
        return
    for outcome in found.outcomes:
        common.show_outcome(outcome, as_json=False)
    for reason in found.left_out:
        typer.echo(reason.text.say(language), err=True)
    if not found.outcomes:
        typer.echo(_("Everything is ordered again already."))


def _line_of(row: OrderRow, where: str) -> Line:
    from datetime import datetime

    from workflows.deadlines import last_day
    from workflows.orders import Line

    ends_at = row.until if isinstance(row.until, datetime) else None
    return Line(
        employee_number=row.person,
        system=row.system,
        profile=row.profile,
        purpose=row.purpose,
        kind=row.kind,
        employment_number=row.employment,
        scope=row.scope,
        starts_on=row.first,
        ends_on=last_day(ends_at) if ends_at else row.until,
        ends_at=ends_at,
        retroactive_reason=row.retroactive_reason,
        from_profile=row.from_profile,
        where=where,
    )


def _order(
    lines: list[Line], as_: str | None, now: str | None, key: str | None, as_json: bool, *, submit: bool = True
) -> None:
    from workflows.orders import open_order

    of = common.office()
    who = common.actor(of, as_)
    outcomes = open_order(of, lines, who, common.moment(of, now), submit=submit, idempotency_key=key)
    if as_json:
        common.show_json({"cases": [outcome.to_json() for outcome in outcomes]})
        return
    for outcome in outcomes:
        common.show_outcome(outcome, as_json=False)


@common.command
def inbox(as_: As = None, as_json: Json = False, now: Now = None) -> None:
    """Show what waits for you, the most urgent first."""
    from workflows import views
    from workflows.words import KIND_WORDS, PART_WORDS

    of = common.office()
    who = common.actor(of, as_)
    at = common.moment(of, now)
    with of.database.reading(of.organisation_id) as session:
        rows = views.inbox(session, of, who, at)
    if as_json:
        common.show_json({"tasks": rows})
        return
    if not rows:
        typer.echo(_("Nothing waits for you."))
        return
    language = chosen_language()
    headings = (_("Due"), _("Case"), _("What"), _("For"), _("System and profile"))
    show_table(
        "",
        headings,
        [
            (
                f"{clock(row['due_at'])} {_marks(row)}".strip(),
                row["number"],
                f"{PART_WORDS[row['part']].say(language)} · {KIND_WORDS[row['kind']].say(language)}",
                row["person"],
                ": ".join(name for name in (row["system"], row["profile"] or row["release"]) if name),
            )
            for row in rows
        ],
    )


def _marks(row: dict[str, Any]) -> str:
    marks = [
        _("overdue") if row["overdue"] else "",
        f"{_('escalated')} {row['step']}" if row["step"] else "",
        _("nobody may act") if row["unattended"] else "",
    ]
    return ", ".join(mark for mark in marks if mark)


@common.command
def case(number: str, as_: As = None, as_json: Json = False, now: Now = None) -> None:
    """Show a case: what was asked and decided, whose turn it is, what happened, what you may do."""
    from commands.case_page import PAGES
    from workflows.all_views import view_of

    of = common.office()
    who = common.actor(of, as_)
    at = common.moment(of, now)
    with of.database.reading(of.organisation_id) as session:
        workflow, page = view_of(session, of, number, who, at)
    if as_json:
        common.show_json(page)
        return
    PAGES[workflow](page, chosen_language())


@common.command
def act(
    number: Annotated[str, typer.Argument(help=_("The case's number."))],
    action: Annotated[str, typer.Argument(help=_("What to do, such as approve, execute or register."))],
    reason: Annotated[str, typer.Option(help=_("The reason, where one is needed."))] = "",
    comment: Annotated[str, typer.Option(help=_("A comment."))] = "",
    profile: Annotated[str, typer.Option(help=_("A lesser profile to approve."))] = "",
    starts: Annotated[str | None, typer.Option("--from", help=_("A later first day to approve."))] = None,
    until: Annotated[str | None, typer.Option("--until", help=_("An earlier last day to approve."))] = None,
    account: Annotated[str, typer.Option(help=_("The account name in the system."))] = "",
    ticket: Annotated[str, typer.Option(help=_("The service desk's ticket number."))] = "",
    solver: Annotated[str, typer.Option(help=_("Who can remove the obstacle."))] = "",
    purpose: Annotated[str, typer.Option(help=_("What the access is for, completed."))] = "",
    last_day: Annotated[str | None, typer.Option(help=_("A departure's new last day, or the hour on it."))] = None,
    planned: Annotated[str | None, typer.Option(help=_("A release's new date, or the hour it begins."))] = None,
    planned_until: Annotated[str | None, typer.Option(help=_("The hour, or the day, it must be over."))] = None,
    installed: Annotated[str, typer.Option(help=_("The version of a release that is installed or put forward."))] = "",
    finding: Annotated[str, typer.Option(help=_("The number of a finding."))] = "",
    blocking: Annotated[
        bool | None, typer.Option("--blocking/--not-blocking", help=_("Whether the finding stops the approval."))
    ] = None,
    duty: Annotated[str, typer.Option(help=_("Which duty of a leaver somebody takes over."))] = "",
    successor: Annotated[str, typer.Option(help=_("Who takes it over."))] = "",
    version: Annotated[int | None, typer.Option(help=_("The version you saw; refused if it has moved on."))] = None,
    key: Key = None,
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Take a case on: approve, reject, execute, register, withdraw and the rest."""
    from workflows import cases

    of = common.office()
    who = common.actor(of, as_)
    ends_on, ends_at = common.day_or_moment(until)
    moved_to, at_hour = common.day_or_moment(last_day)
    planned_from, planned_to = common.window(planned, planned_until)
    data = {
        "planned_from": planned_from,
        "planned_until": planned_to,
        "version": installed,
        "finding": finding,
        "blocking": None if blocking is None else "yes" if blocking else "no",
        "last_day": moved_to,
        "duty": duty,
        "successor": successor,
        "reason": reason,
        "comment": comment,
        "profile": profile,
        "starts_on": common.day(starts),
        "ends_on": ends_on,
        "ends_at": ends_at or at_hour,
        "account_name": account,
        "ticket_number": ticket,
        "solver": solver,
        "purpose": purpose,
    }
    outcome = cases.act(
        of,
        number,
        action.replace("-", "_"),
        {name: value for name, value in data.items() if value},
        who,
        common.moment(of, now),
        expected_version=version,
        idempotency_key=key,
    )
    common.show_outcome(outcome, as_json=as_json)
