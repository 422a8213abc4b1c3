"""Commands for whoever installs: init, upgrade, load, demo-data."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from commands import common
from commands.common import As, Json
from commands.tables import show_table
from language import Text, _, chosen_language

if TYPE_CHECKING:
    from workflows.load.plan import Change

SHOWN: Final = 40
"""How many of a long list a person is shown."""


@common.command
def init() -> None:
    """Make the tables in the database that the settings name."""
    import migrations

    given = common.settings()
    opened = common.database(given)
    migrations.upgrade(opened)
    said = Text("The database {name} is ready. Next: behorig load FILE…", name=given.database_shown)
    typer.echo(said.say(chosen_language()))


@common.command
def upgrade() -> None:
    """Bring the database to the newest schema; what it holds stays."""
    import migrations

    given = common.settings()
    opened = common.database(given)
    before = migrations.current(opened)
    migrations.upgrade(opened)
    said = Text("Schema: from {before} to {after}.", before=before or "-", after=migrations.current(opened))
    typer.echo(said.say(chosen_language()))


@common.command
def load(
    files: Annotated[list[Path], typer.Argument(help=_("Files of organisation, register, people and access."))],
    as_: As = None,
    columns: Annotated[Path | None, typer.Option(help=_("A column map for the CSV files."))] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Show what would change, and change nothing."))] = False,
    as_json: Json = False,
) -> None:
    """Read organisation, register, people and existing access; all of it or nothing."""
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from workflows.load import load as read
    from workflows.lookup import actor_by_number
    from workflows.policy import load_policy
    from workflows.words import NOUN_WORDS, STAGE_WORDS

    given = common.settings()
    opened = common.database(given)
    of = common.only(common.organisations(given, opened))
    who = None
    if as_ and of is not None:
        with opened.reading(of) as session:
            who = actor_by_number(session, as_, channel="cli", os_user=common.os_user(), language=chosen_language())
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        bars: dict[str, TaskID] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in bars:
                bars[stage] = progress.add_task(STAGE_WORDS[stage].say(chosen_language()), total=total)
            progress.update(bars[stage], completed=done, total=total)

        result = read(
            opened,
            of,
            files,
            now=datetime.now(UTC),
            actor=who,
            dry_run=dry_run,
            progress=tell,
            column_map=columns,
            warn_before_days=load_policy(given.policy_file).grants.warn_before_days,
        )
    counts = {
        noun: {"new": row.new, "changed": row.changed, "unchanged": row.unchanged, "gone": row.gone}
        for noun, row in result.counts.items()
    }
    departures = [row.employee_number for row in result.likely_departures]
    # What is new is known from the files; what differs from before is what somebody must see.
    differing = [row for row in result.changes if row.what != "new"]
    if as_json:
        changes = [{"noun": row.noun, "what": row.what, "key": row.key, "fields": row.fields} for row in differing]
        common.show_json(
            {
                "dry_run": dry_run,
                "changed": result.changed,
                "counts": counts,
                "changes": changes,
                "departures": departures,
            }
        )
        return
    language = chosen_language()
    headings = (_("What"), _("New"), _("Changed"), _("Unchanged"), _("Gone"))
    show_table("", headings, [(NOUN_WORDS[noun].say(language), *row.values()) for noun, row in counts.items()])
    if differing:
        _show_changes(differing, language)
    if departures:
        typer.echo()
        typer.echo(_("Missing from the file, so they may have left:"))
        typer.echo(_some(departures, ", "))
    if not result.changed and not dry_run:
        typer.echo()
        typer.echo(_("Nothing was changed: everything was as the files say."))
    if dry_run:
        typer.echo()
        typer.echo(_("Nothing was changed: this was a dry run."))


def _show_changes(changes: list[Change], language: str) -> None:
    """What has changed and what is gone, with each field before and after."""
    from workflows.words import CHANGE_WORDS, NOUN_WORDS

    rows = [
        (
            NOUN_WORDS[row.noun].say(language),
            row.key,
            CHANGE_WORDS[row.what].say(language),
            "; ".join(f"{name}: {before or '–'} → {after or '–'}" for name, (before, after) in row.fields.items()),
        )
        for row in changes[:SHOWN]
    ]
    show_table("", (_("What"), _("Key"), _("Is"), _("From what to what")), rows)
    if len(changes) > SHOWN:
        typer.echo(Text("… and {count} more; --json lists them all.", count=len(changes) - SHOWN).say(language))


def _some(words: list[str], between: str) -> str:
    """The first of many words, and how many more there are."""
    said = between.join(words[:SHOWN])
    if len(words) <= SHOWN:
        return said
    more = Text("… and {count} more; --json lists them all.", count=len(words) - SHOWN).say(chosen_language())
    return f"{said} {more}"


@common.command
def demo_data(
    folder: Annotated[Path, typer.Option(help=_("Where the files go."))] = Path("demo-data"),
    size: Annotated[str, typer.Option(help=_("municipality or region."))] = "municipality",
    seed: Annotated[int, typer.Option(help=_("The same seed gives the same files."))] = 1,
) -> None:
    """Write files of made-up people and systems, the size of a municipality or a region."""
    from demo.data import write
    from workflows.deadlines import today
    from workflows.errors import BadInput, Reason

    if size != "municipality" and size != "region":
        raise BadInput([Reason("bad-size", Text("The size is municipality or region, not {size}.", size=size))])
    folder.mkdir(parents=True, exist_ok=True)
    for path in write(folder, "region" if size == "region" else "municipality", seed, today(datetime.now(UTC))):
        typer.echo(str(path))
