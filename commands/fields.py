"""How what the policies call their events and fields is typed on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OPTIONS: Final[Mapping[str, str]] = {
    "account_name": "--account",
    "ticket_number": "--ticket",
    "starts_on": "--from",
    "ends_on": "--until",
    "ends_at": "--until",
    "version": "--installed",
    "planned_from": "--planned",
}
"""The options that are not called as their field is."""


def option_for(field: str) -> str:
    """The option that fills a field in."""
    return OPTIONS.get(field) or f"--{dashed(field)}"


def dashed(name: str) -> str:
    """A name as it is typed."""
    return name.replace("_", "-")
