"""The build step of the package: catalogues of translations are compiled when it is built or installed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DOMAIN = "behorig"


def compile_catalogues(root: Path) -> list[Path]:
    """The compiled catalogues, written beside their sources where they were missing or older."""
    compiled = []
    for source in sorted(root.glob(f"locale/*/LC_MESSAGES/{DOMAIN}.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime_ns <= source.stat().st_mtime_ns:
            with source.open("rb") as text:
                catalogue = read_po(text, locale=source.parts[-3])
            # Renamed into place: another process may be reading the old one.
            draft = target.with_name(f"{target.name}.{os.getpid()}")
            with draft.open("wb") as binary:
                write_mo(binary, catalogue)
            draft.replace(target)
        compiled.append(target)
    return compiled


class CatalogueHook(BuildHookInterface[Any]):
    """The hook that hatchling calls before it packs a wheel or makes an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile what the wheel is to carry."""
        compile_catalogues(Path(self.root))
