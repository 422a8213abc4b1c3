"""A file that is one list of rows of one sort, such as an order: CSV or YAML, each row with its line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from language import Text
from workflows.load import csv_text, yaml_text
from workflows.load.csv_text import ColumnMap, Heading
from workflows.load.files import YAML_SUFFIXES, content_of
from workflows.load.problems import Place, Problems, Source
from workflows.load.rows import Row, Rows

M = TypeVar("M", bound=BaseModel)


def read_list(path: Path, model: type[M], section: str) -> Sequence[Row[M]]:
    """The rows of one file: all of CSV, or the list under `section` in YAML.

    Raises BadInput with every problem, each with its line, field and what would be right.
    """
    problems = Problems()
    content = content_of(path, problems)
    problems.refuse()
    return read_content(path.name, content or b"", model, section)


def read_content(name: str, content: bytes, model: type[M], section: str) -> Sequence[Row[M]]:
    """The rows of a file that is in hand, such as one that was sent to a page; as :func:`read_list` reads it."""
    problems = Problems()
    rows: Rows[M] = Rows(model)
    text = csv_text.decode(name, content, problems)
    if text is not None and Path(name).suffix.lower() in YAML_SUFFIXES:
        source = yaml_text.read(name, text, problems)
        if source is not None:
            _from_yaml(source, section, rows, problems)
    elif text is not None:
        _from_csv(name, text, rows, problems)
    problems.refuse()
    if not rows.valid:
        problems.add(Place(file=name, line=1), "empty", Text("holds no rows."))
    problems.refuse()
    return rows.valid


def _from_yaml(source: Source, section: str, rows: Rows[M], problems: Problems) -> None:
    listed = source.raw.get(section)
    if set(source.raw) != {section} or not isinstance(listed, list):
        text = Text("must hold “{section}:” and under it a list, each entry begun with a dash.", section=section)
        problems.add(Place(file=source.file, line=1), "section", text)
        return
    for place, raw in enumerate(listed):
        rows.add(raw, source, problems, (section, place))


def _from_csv(name: str, text: str, rows: Rows[M], problems: Problems) -> None:
    headers, separator = csv_text.heading(text)
    fields = [info.alias or field for field, info in rows.model.model_fields.items()]
    for header in headers:
        if header not in fields:
            near = problems.near(header, fields)
            problems.add(
                Place(file=name, line=1, field=header),
                "heading",
                Text("there is no such column.{near} There are: {columns}.", near=near, columns=", ".join(fields)),
            )
        elif headers.count(header) > 1:
            problems.add(
                Place(file=name, line=1, field=header), "heading", Text("the column stands twice in the file.")
            )
    head = Heading(tuple(headers), {header: header for header in headers}, separator)
    if problems.reasons:
        return
    for raw, source in csv_text.records(name, text, head, ColumnMap(), problems):
        rows.add(raw, source, problems)
