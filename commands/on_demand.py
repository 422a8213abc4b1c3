"""Commands that are built when they are asked for: there are many, and a call runs one."""

from __future__ import annotations

from collections import UserDict
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.main import get_command, get_group

from language import _


class Entry(NamedTuple):
    """Where a command stands in this package, and what it is for; a group of commands says that itself."""

    module: str
    name: str
    help: str = ""


class OnDemand(UserDict[str, Any]):
    """Commands by their names, made of their entries."""

    def __getitem__(self, name: str) -> Any:
        found = super().__getitem__(name)
        if isinstance(found, Entry):
            found = self.data[name] = _built(name, found)
        return found


def _built(name: str, entry: Entry) -> Any:
    given = getattr(import_module(f"commands.{entry.module}"), entry.name)
    if isinstance(given, typer.Typer):
        group = get_group(given)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False)
    alone.command(name, help=_(entry.help))(given)
    return get_command(alone)
