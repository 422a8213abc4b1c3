"""Tables in a terminal: no number, day or moment is broken in two, and nothing is left out for want of room."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import typer

GAP: Final = 2
"""Blanks between two columns."""
MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d)")
TIED: Final = "\N{FIGURE SPACE}"
"""Stands between two words that are one to the reader."""


def show_table(title: str, headings: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Rows under headings; where the window is too narrow for that, each row as lines of its own."""
    heads = list(headings)
    cells = [["" if cell is None else plain(cell) for cell in row] for row in rows]
    typer.echo()
    if title:
        typer.echo(typer.style(plain(title), bold=True))
    widths = column_widths([heads, *cells], _room())
    if not widths:
        _show_blocks(heads, cells)
        return
    for line in _lines(heads, widths):
        typer.echo(typer.style(line, bold=True))
    typer.echo((" " * GAP).join("─" * width for width in widths))
    for row in cells:
        for line in _lines(row, widths):
            typer.echo(line)


def plain(cell: object) -> str:
    """What people wrote, on one line, without the signs that would steer the terminal."""
    return "".join(sign for sign in " ".join(str(cell).split()) if sign.isprintable())


def column_widths(rows: Sequence[Sequence[str]], room: int | None) -> list[int]:
    """How wide each column becomes, so that all fit and no word is broken; nothing when that is not possible."""
    columns = list(zip(*rows, strict=True))
    natural = [max(len(cell) for cell in column) for column in columns]
    gaps = GAP * (len(columns) - 1)
    if room is None or sum(natural) + gaps <= room:
        return natural
    least = [max(len(word) for cell in column for word in _words(cell)) for column in columns]
    spare = room - gaps - sum(least)
    if spare < 0:
        return []
    wanted = sum(natural) - sum(least)
    return [low + (high - low) * spare // wanted for low, high in zip(least, natural, strict=True)]


def joined(parts: Iterable[str], sign: str) -> Iterator[str]:
    """Parts with a sign between them, on as many lines as they need; no part is broken."""
    room, line = _room(), ""
    for part in parts:
        longer = f"{line}{sign}{part}" if line else part
        if line and room is not None and len(longer) > room:
            yield line
            longer = f"{sign.strip()} {part}"
        line = longer
    yield line


def _room() -> int | None:
    """How much fits on a line; into a file or another program, everything does."""
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        return None
    return shutil.get_terminal_size().columns


def _words(cell: str) -> list[str]:
    """What a cell may be broken between."""
    return MOMENT.sub(rf"\1{TIED}\2", cell).split(" ")


def _lines(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """One row, on as many lines as its fullest cell needs."""
    folded = [_folded(cell, width) for cell, width in zip(row, widths, strict=True)]
    for place in range(max(len(lines) for lines in folded)):
        parts = (lines[place] if place < len(lines) else "" for lines in folded)
        yield (" " * GAP).join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()


def _folded(cell: str, width: int) -> list[str]:
    lines = [""]
    for word in _words(cell):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return [line.replace(TIED, " ") for line in lines]


def _show_blocks(headings: Sequence[str], cells: Iterable[Sequence[str]]) -> None:
    for place, row in enumerate(cells):
        if place:
            typer.echo()
        for heading, cell in zip(headings, row, strict=True):
            if cell:
                typer.echo(f"{heading}: {cell}" if heading else cell)
