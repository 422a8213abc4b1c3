"""Commands for whoever installs: init, upgrade, load, demo-data."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from commands import common
from commands.common import As, Json
from language import Text, _, chosen_language


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

    given = common.settings()
    opened = common.database(given)
    of = common.only(common.organisations(given, opened))
    who = None
    if as_ and of is not None:
        with opened.reading(of) as session:
            who = actor_by_number(session, as_, channel="cli", os_user=common.os_user())
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        bars: dict[str, TaskID] = {}

        def tell(stage: str, done: int, total: int) -> None:
            bars.setdefault(stage, progress.add_task(stage, total=total))
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
    if as_json:
        common.show_json({"dry_run": dry_run, "changed": result.changed, "counts": counts, "departures": departures})
        return
    headings = (_("What"), _("New"), _("Changed"), _("Unchanged"), _("Gone"))
    common.show_table("", headings, [(noun, *row.values()) for noun, row in counts.items()])
    if departures:
        said = Text("Missing from the file, so they may have left: {people}", people=", ".join(departures[:20]))
        typer.echo(said.say(chosen_language()))
    if dry_run:
        typer.echo(_("Nothing was changed: this was a dry run."))


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
