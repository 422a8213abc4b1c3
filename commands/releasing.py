"""Commands for releases: release new, releases, attach, system, plan, approval."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands import common
from commands.common import As, Json, Key, Now
from commands.tables import show_table
from language import Text, _, chosen_language, clock

release = typer.Typer(help=_("Put a version of a system forward; withdraw an approval."), no_args_is_help=True)
plan = typer.Typer(help=_("Adopt the plans of a critical system, and agree to them."), no_args_is_help=True)

SystemKey = Annotated[str, typer.Argument(help=_("The system's key."))]


@release.command("new", help=_("Put a version of a system forward, for a date."))
@common.command
def new(
    system: SystemKey,
    version: Annotated[str, typer.Argument(help=_("The version, such as 7.2.1."))],
    contents: Annotated[str, typer.Option(help=_("What is new in it, in words its owner can judge."))],
    planned: Annotated[str, typer.Option(help=_("The date, or the hour the deployment begins."))],
    planned_until: Annotated[str | None, typer.Option(help=_("The hour, or the day, it must be over."))] = None,
    urgent: Annotated[str, typer.Option(help=_("Why it is an urgent security fix."))] = "",
    key: Key = None,
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Put a version of a system forward, for a date."""
    from workflows.errors import BadInput, Reason
    from workflows.releasing import NewRelease, propose

    of = common.office()
    who = common.actor(of, as_)
    begins, ends = common.window(planned, planned_until)
    if begins is None or ends is None:
        raise BadInput([Reason("no-date", Text("Set a planned date that is still to come."))])
    asked = NewRelease(
        system=system,
        version=version,
        contents=contents,
        planned_from=begins,
        planned_until=ends,
        urgent_reason=urgent,
    )
    outcome = propose(of, asked, who, common.moment(of, now), idempotency_key=key)
    common.show_outcome(outcome, as_json=as_json)


@release.command(
    "withdraw-approval", help=_("Withdraw a system's approval for operation; everybody concerned is told.")
)
@common.command
def withdraw_approval(
    system: SystemKey,
    reason: Annotated[str, typer.Option(help=_("The reason, where one is needed."))],
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Withdraw a system's approval for operation; everybody concerned is told."""
    from workflows import releasing

    of = common.office()
    who = common.actor(of, as_)
    told = releasing.withdraw_approval(of, system, reason, who, common.moment(of, now))
    said = Text("{system} is no longer approved for operation; {count} people are told.", system=system, count=told)
    common.show_done({"system": system.upper(), "told": told}, said, as_json)


@common.command
def releases(
    system: Annotated[str | None, typer.Option(help=_("Of one system: its key."))] = None,
    every: Annotated[bool, typer.Option("--all", help=_("Also those that are over."))] = False,
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Show the releases by planned date."""
    from workflows import release_views
    from workflows.words import KIND_WORDS, STATE_WORDS

    of = common.office()
    who = common.actor(of, as_)
    with of.database.reading(of.organisation_id) as session:
        rows = release_views.releases(session, of, who, common.moment(of, now), system=system, every=every)
    if as_json:
        common.show_json({"releases": rows})
        return
    if not rows:
        typer.echo(_("There are no releases to show."))
        return
    language = chosen_language()
    show_table(
        "",
        (_("Planned"), _("Case"), _("System"), _("Version"), _("Kind"), _("State")),
        [
            (
                clock(row["planned_from"]),
                row["number"],
                row["system"],
                row["release"],
                KIND_WORDS[row["kind"]].say(language),
                STATE_WORDS[row["state"]].say(language),
            )
            for row in rows
        ],
    )


@common.command
def attach(
    number: Annotated[str, typer.Argument(help=_("The case's number."))],
    file: Annotated[Path, typer.Argument(help=_("The file."))],
    kind: Annotated[str, typer.Option(help=_("What it shows: protocol, review or other."))] = "other",
    key: Key = None,
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Make a file part of a case: a test protocol, what a review found, or another file."""
    from models import AttachmentKind
    from workflows import cases
    from workflows.attachments import read_file

    of = common.office()
    who = common.actor(of, as_)
    sort = common.one_of(kind, AttachmentKind)
    contents = read_file(file, of.policy.release.files)
    outcome = cases.attach(of, number, file.name, contents, sort, who, common.moment(of, now), idempotency_key=key)
    common.show_outcome(outcome, as_json=as_json)


@common.command
def system(key: SystemKey, as_: As = None, as_json: Json = False, now: Now = None) -> None:
    """Show what has been in operation of a system, when and by which case, and the plans it has."""
    from workflows import release_views
    from workflows.words import PLAN_WORDS

    of = common.office()
    who = common.actor(of, as_)
    with of.database.reading(of.organisation_id) as session:
        page = release_views.system_view(session, key, who, common.moment(of, now))
    if as_json:
        common.show_json(page)
        return
    language = chosen_language()
    critical = f" ({_('critical')})" if page["critical"] else ""
    typer.echo(f"{page['key']} {page['name']}{critical}")
    show_table(
        "",
        (_("Approved"), _("Withdrawn")),
        [(page["approved_on"] or "-", page["approval_withdrawn_on"] or "-")],
    )
    show_table(
        _("In operation"),
        (_("Version"), _("From"), _("To"), _("Case")),
        [(row["version"], clock(row["began_at"]), clock(row["ended_at"]), row["case"]) for row in page["versions"]],
    )
    show_table(
        _("Plans"),
        (_("What"), _("Decision"), _("From"), _("To"), _("Agreed"), _("In force")),
        [
            (
                PLAN_WORDS[row["kind"]].say(language),
                row["reference"],
                row["valid_from"],
                row["valid_to"],
                row["agreed_on"],
                _("yes") if row["in_force"] else _("no"),
            )
            for row in page["plans"]
        ],
    )


@plan.command("adopt", help=_("Adopt a plan for the system's owner."))
@common.command
def adopt(
    system: SystemKey,
    kind: Annotated[str, typer.Argument(help=_("security or outage."))],
    reference: Annotated[str, typer.Option(help=_("The decision it rests on, such as VON 2026-03-18 § 22."))],
    first: Annotated[str | None, typer.Option("--from", help=_("Its first day; today when left out."))] = None,
    last: Annotated[str | None, typer.Option("--until", help=_("Its last day, if it has one."))] = None,
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Adopt a plan for the system's owner."""
    from models import PlanKind
    from workflows import plans
    from workflows.deadlines import today

    of = common.office()
    who = common.actor(of, as_)
    at = common.moment(of, now)
    adopted = plans.NewPlan(
        system=system,
        kind=common.one_of(kind, PlanKind),
        reference=reference,
        first=common.day(first) or today(at),
        last=common.day(last),
    )
    plans.adopt(of, adopted, who, at)
    said = Text("{system} has the plan {reference}.", system=system, reference=reference)
    common.show_done({"system": system.upper(), "kind": adopted.kind, "reference": reference}, said, as_json)


@plan.command("agree", help=_("Agree to an outage plan, as head of IT."))
@common.command
def agree(
    system: SystemKey,
    reference: Annotated[str, typer.Option(help=_("The decision it rests on, such as VON 2026-03-18 § 22."))],
    as_: As = None,
    as_json: Json = False,
    now: Now = None,
) -> None:
    """Agree to an outage plan, as head of IT."""
    from workflows import plans

    of = common.office()
    who = common.actor(of, as_)
    plans.agree(of, system, reference, who, common.moment(of, now))
    said = Text("The head of IT agrees to the plan {reference} of {system}.", system=system, reference=reference)
    common.show_done({"system": system.upper(), "reference": reference, "agreed": True}, said, as_json)
