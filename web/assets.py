"""Styles, scripts and pictures: read once, compressed once, and named by their content so that browsers keep them."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "static"
TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One file, as it is sent."""

    content: bytes
    compressed: bytes
    media_type: str
    version: str


Assets = Mapping[str, Asset]


@cache
def assets() -> Assets:
    """Every file that may be asked for, by its path under ``static/``; nothing else is ever read from there."""
    files = sorted(file for file in FOLDER.rglob("*") if file.suffix in TYPES)
    return {file.relative_to(FOLDER).as_posix(): _read(file) for file in files}


def _read(file: Path) -> Asset:
    content = file.read_bytes()
    return Asset(
        content=content,
        compressed=gzip.compress(content, mtime=0),
        media_type=TYPES[file.suffix],
        version=hashlib.sha256(content).hexdigest()[:16],
    )
