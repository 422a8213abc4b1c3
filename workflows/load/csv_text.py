"""CSV as it comes out of other systems: two encodings, two separators, and other people's headings."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from language import Text
from workflows.load.problems import Place, Problems, Source, reason_of
from workflows.load.rows import Flag

DATES = ("starts_on", "ends_on", "undertaking_acknowledged_on", "decided_on")


class ColumnMap(BaseModel):
    """What a file calls our columns, how it writes their values and dates, and whether it holds everybody."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    columns: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    date_format: str = ""
    full: Flag = True
    ignore: list[str] = Field(default_factory=list)


def column_map(source: Source, problems: Problems) -> ColumnMap | None:
    """The column map in a YAML file; None when something is wrong in it."""
    try:
        return ColumnMap.model_validate(source.raw)
    except ValidationError as error:
        for found in error.errors(include_url=False):
            reason = reason_of(found, problems, list(ColumnMap.model_fields))
            problems.add(source.place(tuple(found["loc"])), found["type"], reason)
        return None


def decode(name: str, content: bytes, problems: Problems) -> str | None:
    """The text of a file in UTF-8 or Windows-1252; None when it is neither."""
    # Read as Windows-1252 it would be a file of one letter at a time, and every message about it nonsense.
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        problems.add(Place(file=name, line=1), "encoding", Text("is UTF-16; save the file as UTF-8."))
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.add(
            Place(file=name, line=line), "encoding", Text("is neither UTF-8 nor Windows-1252; save the file as UTF-8.")
        )
        return None


@dataclass(frozen=True)
class Heading:
    """The first line of a CSV file: our columns in the file's order, and what the file calls them."""

    columns: tuple[str, ...]
    names: Mapping[str, str]
    separator: str


def heading(text: str) -> tuple[list[str], str]:
    """The headers as the file writes them, and its separator."""
    first = text.split("\n", 1)[0]
    separator = ";" if first.count(";") >= first.count(",") else ","
    try:
        headers = next(csv.reader([first.rstrip("\r")], delimiter=separator), [])
    except csv.Error:
        headers = []
    return [header.strip() for header in headers], separator


def records(
    name: str, text: str, head: Heading, mapping: ColumnMap, problems: Problems
) -> Iterator[tuple[dict[str, Any], Source]]:
    """Each record with its line, under our names, with the values put in our words."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=head.separator, strict=True)
    begins = 1
    names = dict(head.names)
    try:
        for cells in reader:
            line, begins = begins, reader.line_num + 1
            if line == 1 or not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(head.columns):
                problems.add(
                    Place(file=name, line=line),
                    "columns",
                    Text(
                        "has {found} columns where the heading has {expected}; a separator inside a value needs "
                        "quotation marks around the value.",
                        found=len(cells),
                        expected=len(head.columns),
                    ),
                )
                continue
            written = {column: cell.strip() for column, cell in zip(head.columns, cells, strict=True) if column}
            source = Source(file=name, raw=written, lines={(): line}, names=names)
            values = {column: cell for column, cell in _translated(written, mapping, source, problems) if cell}
            yield values, source
    except csv.Error as error:
        problems.add(
            Place(file=name, line=begins),
            "csv",
            Text("is not CSV: {what}. Put quotation marks around the whole value, or none at all.", what=str(error)),
        )


def _translated(
    written: dict[str, str], mapping: ColumnMap, source: Source, problems: Problems
) -> Iterator[tuple[str, str]]:
    for column, cell in written.items():
        value = mapping.values.get(column, {}).get(cell)
        if value is None:
            value = cell
            if cell and mapping.date_format and column in DATES:
                value = _iso(cell, mapping.date_format)
                if not value:
                    problems.add(
                        source.place((column,)),
                        "date",
                        Text("is not a date written as {form}, as the column map says.", form=mapping.date_format),
                    )
        yield column, value


def _iso(cell: str, form: str) -> str:
    try:
        # Only the day is read: no moment is made of it.
        return datetime.strptime(cell, form).date().isoformat()  # noqa: DTZ007
    except ValueError:
        return ""
