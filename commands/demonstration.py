"""The command that plays the demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands import common
from language import _


@common.command
def demo(
    folder: Annotated[Path, typer.Option(help=_("Where the demonstration's database goes; made anew."))] = Path(
        "behorig-demo"
    ),
) -> None:
    """Play the story of a nurse who gets access to a care system, on made-up data."""
    from demo.story import run

    raise typer.Exit(run(folder))
