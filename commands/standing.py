"""Commands for what people say once, outside any case: delegate, away, acknowledge."""

from __future__ import annotations

from typing import Annotated

import typer

from commands import common
from commands.common import As, Json, Now
from commands.tables import show_table
from language import Text, _

delegate = typer.Typer(help=_("Show, write and end delegations of a body's decisions."), no_args_is_help=True)


@delegate.command("list", help=_("Show the delegations, and whether each holds today."))
@common.command
def show(
    body: Annotated[str | None, typer.Option(help=_("Of one body: its key."))] = None,
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Show the delegations; who decides for whom is no secret."""
    from workflows import delegating
    from workflows.deadlines import today

    of = common.office()
    common.actor(of, as_)
    with of.database.reading(of.organisation_id) as session:
        rows = delegating.delegations(session, body, today(common.moment(of, now)))
    if as_json:
        common.show_json({"delegations": rows})
        return
    show_table(
        "",
        (
            _("Number"),
            _("Body"),
            _("Delegate"),
            _("Deputy"),
            _("Systems"),
            _("From"),
            _("To"),
            _("Decision"),
            _("Holds"),
        ),
        [
            (
                row["number"],
                row["body"],
                row["delegate"],
                row["deputy"],
                _("all") if row["systems"] is None else ", ".join(row["systems"]),
                row["from"],
                row["to"],
                row["reference"],
                _("yes") if row["holds"] else _("no"),
            )
            for row in rows
        ],
    )


@delegate.command("new", help=_("Write a delegation: by the body's chair, or under a delegation that allows it."))
@common.command
def new(
    number: Annotated[str, typer.Argument(help=_("The delegation's own number."))],
    body: Annotated[str, typer.Option(help=_("The body whose decisions it is about: its key."))],
    to: Annotated[str, typer.Option("--to", help=_("Who decides in its place: an employee number."))],
    reference: Annotated[str, typer.Option(help=_("The decision it rests on, such as a paragraph of the minutes."))],
    starts: Annotated[str | None, typer.Option("--from", help=_("The first day; today when left out."))] = None,
    until: Annotated[
        str | None, typer.Option("--until", help=_("The last day; until further notice when left out."))
    ] = None,
    deputy: Annotated[str | None, typer.Option(help=_("Who decides while the delegate is away."))] = None,
    system: Annotated[
        list[str] | None, typer.Option(help=_("A system it covers; all of the body's when none is named."))
    ] = None,
    further_levels: Annotated[int, typer.Option(help=_("How many times it may be delegated further."))] = 0,
    under: Annotated[str | None, typer.Option(help=_("The delegation it is made under."))] = None,
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Write a delegation."""
    from workflows import delegating
    from workflows.deadlines import today

    of = common.office()
    who = common.actor(of, as_)
    at = common.moment(of, now)
    written = delegating.NewDelegation(
        number=number,
        body=body,
        delegate=to,
        reference=reference,
        first=common.day(starts) or today(at),
        last=common.day(until),
        deputy=deputy,
        systems=system or None,
        further_levels=further_levels,
        parent=under,
    )
    common.show_done({"number": delegating.delegate(of, written, who, at)}, Text("Written."), as_json)


@delegate.command("end", help=_("End a delegation from a day on; what was decided on it stays decided."))
@common.command
def end(
    number: Annotated[str, typer.Argument(help=_("The delegation's number."))],
    reason: Annotated[str, typer.Option(help=_("Why it ends."))],
    starts: Annotated[
        str | None, typer.Option("--from", help=_("The first day it no longer holds; today when left out."))
    ] = None,
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """End a delegation."""
    from workflows import delegating
    from workflows.deadlines import today

    of = common.office()
    who = common.actor(of, as_)
    at = common.moment(of, now)
    day = common.day(starts) or today(at)
    delegating.revoke(of, number, day, reason, who, at)
    said = Text("The delegation {number} no longer holds from {day}.", number=number, day=day)
    common.show_done({"number": number, "revoked_on": day}, said, as_json)


@common.command
def away(
    starts: Annotated[str | None, typer.Option("--from", help=_("The first day away; today when left out."))] = None,
    until: Annotated[str | None, typer.Option("--until", help=_("The last day away."))] = None,
    back: Annotated[bool, typer.Option("--back", help=_("Back again: no longer away from today."))] = False,
    person: Annotated[
        str | None, typer.Option(help=_("Who is away, when it is somebody whose manager you are."))
    ] = None,
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Say that you are away, so that your deputy acts; or that you are back."""
    from workflows import delegating
    from workflows.deadlines import today
    from workflows.errors import BadInput, Reason

    of = common.office()
    who = common.actor(of, as_)
    at = common.moment(of, now)
    number = person or who.employee_number
    if back:
        count = delegating.back(of, number, who, at)
        common.show_done({"person": number, "taken_back": count}, Text("Back from today."), as_json)
        return
    last = common.day(until)
    if last is None:
        raise BadInput([Reason("no-last-day", Text("Say until when, with --until, or --back."))])
    first = common.day(starts) or today(at)
    delegating.away(of, number, first, last, who, at)
    said = Text("Away {first} to {last}: a deputy acts meanwhile.", first=first, last=last)
    common.show_done({"person": number, "from": first, "to": last}, said, as_json)


@common.command
def acknowledge(as_: As = None, as_json: Json = False, now: Now = None) -> None:
    """Acknowledge the undertaking of confidentiality, for oneself."""
    from workflows import delegating

    of = common.office()
    who = common.actor(of, as_)
    at = common.moment(of, now)
    delegating.acknowledge(of, who, at)
    common.show_done({"person": who.employee_number, "at": at}, Text("Acknowledged."), as_json)
