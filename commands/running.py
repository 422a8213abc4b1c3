"""Commands for whoever runs it: sweep, scheduler, outbox, verify."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands import common
from commands.common import Json
from commands.tables import show_table
from language import Text, _, chosen_language, clock

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

outbox = typer.Typer(help=_("Show the messages that are not sent; retry those that are parked."))


@common.command
def sweep(
    now: Annotated[str | None, typer.Option(help=_("As if it were this moment."))] = None, as_json: Json = False
) -> None:
    """Run every due sweep once: reminders, escalations, grants, mail."""
    from workflows import escalation
    from workflows.outbox import deliver
    from workflows.words import SWEEP_WORDS

    given = common.settings()
    at = common.parsed_moment(now) if now else datetime.now(UTC)
    transport = common.mail(given)
    counted: Counter[str] = Counter(tasks=0, grants=0, unattended=0, departures=0)
    for of in common.offices():
        counted.update(asdict(escalation.sweep_all(of, at)))
        if transport is not None:
            sent = deliver(
                of.database, of.organisation_id, transport, sender=transport.sender, now=at, limits=of.policy.mail
            )
            counted.update({"sent": sent.sent, "postponed": sent.postponed, "failed": sent.failed})
    answer: dict[str, Any] = dict(counted)
    if as_json:
        common.show_json(answer)
        return
    language = chosen_language()
    for name, count in answer.items():
        if count:
            typer.echo(f"{SWEEP_WORDS[name].say(language)}: {count}")
    if not any(answer.values()):
        typer.echo(_("Nothing was due."))
    if given.why_no_mail is not None:
        typer.echo(given.why_no_mail.say(chosen_language()))


@common.command
def scheduler() -> None:
    """Run the sweeps and send mail, in the foreground, until told to stop."""
    import logging

    import scheduler as clock

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    common.stay()
    clock.run(common.offices(), common.mail(common.settings()))


@outbox.callback(invoke_without_command=True)
@common.command
def show(context: typer.Context, as_json: Json = False) -> None:
    """Show the messages that are not sent."""
    from workflows import outbox as box
    from workflows.words import LETTER_WORDS, MESSAGE_STATE_WORDS, NOTICE_WORDS

    if context.invoked_subcommand is not None:
        return
    language = chosen_language()
    rows = []
    for of in common.offices():
        with of.database.reading(of.organisation_id) as session:
            rows += box.waiting(session)
    if as_json:
        common.show_json(
            {
                "messages": [
                    {
                        "id": str(row.message_id),
                        "state": row.state,
                        "kind": row.kind,
                        "case": row.case_number,
                        "to": row.employee_number,
                        "attempts": row.attempts,
                        "next_attempt_at": row.next_attempt_at,
                        "last_error": row.last_error.say(language),
                    }
                    for row in rows
                ]
            }
        )
        return
    if not rows:
        typer.echo(_("Everything is sent."))
        return
    show_table(
        "",
        (_("State"), _("Kind"), _("Case"), _("To whom"), _("Tries"), _("Next try"), _("Last error")),
        [
            (
                MESSAGE_STATE_WORDS[row.state].say(language),
                (NOTICE_WORDS.get(row.kind) or LETTER_WORDS[row.kind]).say(language),
                row.case_number,
                row.employee_number,
                row.attempts,
                clock(row.next_attempt_at),
                row.last_error.say(language),
            )
            for row in rows
        ],
    )


@outbox.command("retry", help=_("Send parked messages again."))
@common.command
def retry(as_json: Json = False) -> None:
    """Send parked messages again."""
    from workflows import outbox as box

    now = datetime.now(UTC)
    count = sum(box.retry(of.database, of.organisation_id, now=now) for of in common.offices())
    if as_json:
        common.show_json({"retried": count})
        return
    typer.echo(Text("Messages to be sent again: {count}.", count=count).say(chosen_language()))


@common.command
def verify(as_json: Json = False) -> None:
    """Check that every event is as it was written and in its place, and every attached file what it was."""
    from rich.console import Console
    from rich.progress import Progress

    from workflows.attachments import astray
    from workflows.evidence import verify as check

    chains = events = files = 0
    breaks, lost = [], []
    language = chosen_language()
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        for of in common.offices():
            bar = progress.add_task("")
            with of.database.reading(of.organisation_id) as session:
                result = check(session, partial(_show_progress, progress, bar))
                looked_at = list(astray(session, of.files))
            chains, events = chains + result.chains, events + result.events
            breaks += [
                {"chain": row.chain, "position": row.position, "what": row.what.say(language)} for row in result.breaks
            ]
            files += len(looked_at)
            lost += [{**file, "what": what.say(language)} for file, what in looked_at if what is not None]
    if as_json:
        found = {"chains": chains, "events": events, "breaks": breaks, "files": files, "astray": lost}
        common.show_json(found)
    else:
        for row in breaks:
            typer.echo(
                Text("{chain}, event {position}: {what}", **row).say(language),
                err=True,
            )
        for file in lost:
            typer.echo(Text("{case}, file {file}: {what}", **file).say(language), err=True)
        said = Text("{events} events in {chains} chains, {files} files.", events=events, chains=chains, files=files)
        typer.echo(said.say(language))
        whole = _("The evidence is whole: nothing is changed and nothing is missing.")
        typer.echo(_("The evidence is not whole: see above.") if breaks or lost else whole)
    if breaks or lost:
        raise typer.Exit(common.REFUSED)


def _show_progress(progress: Progress, bar: TaskID, done: int, total: int) -> None:
    progress.update(bar, completed=done, total=total)
