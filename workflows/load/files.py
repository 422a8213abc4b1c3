"""The files of one load: each recognised by what it is, read whole, and validated row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from language import Text
from models import EmploymentKind
from workflows.load import csv_text, yaml_text
from workflows.load.csv_text import ColumnMap, Heading
from workflows.load.problems import Place, Problems, Source
from workflows.load.rows import (
    AbsenceRow,
    AdministratorRow,
    AppointmentRow,
    BodyRow,
    DelegationRow,
    DepartmentRow,
    GrantRow,
    OrganisationRow,
    PersonRow,
    PlanRow,
    ProfileRow,
    Row,
    Rows,
    SodRuleRow,
    SystemRow,
)

SECTIONS = ("organisation", "bodies", "departments", "appointments", "delegations", "absences", "systems", "sod_rules")
YAML_SUFFIXES = (".yaml", ".yml")
MAP_SUFFIX = ".columns.yaml"
# What a heading must have to be one sort of file or the other.
PEOPLE = frozenset({"given_name", "family_name", "department", "starts_on"})
GRANTS = frozenset({"employee_number", "system", "profile", "starts_on", "decision_reference"})


@dataclass
class Given:
    """Everything the files hold."""

    files: list[tuple[str, str]] = field(default_factory=list)
    """Name and SHA-256 of each file."""
    organisation: Rows[OrganisationRow] = field(default_factory=lambda: Rows(OrganisationRow))
    bodies: Rows[BodyRow] = field(default_factory=lambda: Rows(BodyRow))
    departments: Rows[DepartmentRow] = field(default_factory=lambda: Rows(DepartmentRow))
    appointments: Rows[AppointmentRow] = field(default_factory=lambda: Rows(AppointmentRow))
    delegations: Rows[DelegationRow] = field(
        default_factory=lambda: Rows(DelegationRow, lambda raw, _: str(raw.get("number", "")))
    )
    absences: Rows[AbsenceRow] = field(default_factory=lambda: Rows(AbsenceRow))
    systems: Rows[SystemRow] = field(default_factory=lambda: Rows(SystemRow))
    profiles: Rows[ProfileRow] = field(
        default_factory=lambda: Rows(ProfileRow, lambda raw, system: f"{system}/{raw.get('key', '')}")
    )
    administrators: Rows[AdministratorRow] = field(default_factory=lambda: Rows(AdministratorRow))
    plans: Rows[PlanRow] = field(default_factory=lambda: Rows(PlanRow))
    sod_rules: Rows[SodRuleRow] = field(default_factory=lambda: Rows(SodRuleRow))
    people: Rows[PersonRow] = field(
        default_factory=lambda: Rows(PersonRow, lambda raw, _: str(raw.get("employee_number", "")))
    )
    grants: Rows[GrantRow] = field(default_factory=lambda: Rows(GrantRow))
    full: set[bool] = field(default_factory=set)
    """Which populations the people files hold everybody of: consultants (True), all others (False)."""


def read(
    paths: Sequence[Path],
    map_path: Path | None,
    problems: Problems,
    progress: Callable[[str, int, int], None] | None = None,
) -> Given:
    """Read and validate every file; what is wrong becomes problems."""
    given = Given()
    general = _map_at(map_path, given, problems) if map_path else None
    for done, path in enumerate(paths):
        if progress:
            progress("read", done, len(paths))
        content = content_of(path, problems)
        if content is None:
            continue
        given.files.append((path.name, hashlib.sha256(content).hexdigest()))
        text = csv_text.decode(path.name, content, problems)
        if text is None:
            continue
        if path.suffix.lower() in YAML_SUFFIXES:
            source = yaml_text.read(path.name, text, problems)
            if source:
                _sections(source, given, problems)
        elif path.suffix.lower() == ".csv":
            beside = path.with_name(path.stem + MAP_SUFFIX)
            own = _map_at(beside, given, problems) if beside.exists() else None
            _table(path.name, text, general, own, given, problems)
        else:
            problems.add(
                Place(file=path.name), "file", Text("what it holds is told by its ending, which must be .yaml or .csv.")
            )
    if progress:
        progress("read", len(paths), len(paths))
    return given


def content_of(path: Path, problems: Problems) -> bytes | None:
    """What a file holds; None, and a problem, when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        problems.add(Place(file=str(path)), "file", Text("cannot be read: {what}.", what=error.strerror or str(error)))
        return None


def _map_at(path: Path, given: Given, problems: Problems) -> ColumnMap | None:
    content = content_of(path, problems)
    text = csv_text.decode(path.name, content, problems) if content is not None else None
    source = yaml_text.read(path.name, text, problems) if text is not None else None
    if content is None or source is None:
        return None
    given.files.append((path.name, hashlib.sha256(content).hexdigest()))
    return csv_text.column_map(source, problems)


def _sections(source: Source, given: Given, problems: Problems) -> None:
    for section, items in source.raw.items():
        place = source.place((section,))
        if section not in SECTIONS:
            text = Text("there is no such section.{near}", near=problems.near(section, SECTIONS))
            problems.add(place, "section", text)
        elif section == "organisation":
            given.organisation.add(items, source, problems, (section,))
        elif not isinstance(items, list):
            problems.add(place, "section", Text("must be a list: one entry a line, each begun with a dash."))
        else:
            _items(section, items, source, given, problems)


def _items(section: str, items: list[Any], source: Source, given: Given, problems: Problems) -> None:
    rows: Rows[Any] = getattr(given, section)
    # An empty list says something too: that there are none.
    rows.present = True
    for index, raw in enumerate(items):
        path = (section, index)
        row = rows.add(raw, source, problems, path)
        # What stands inside a system is checked even when the system itself is wrong, so that all is said at once.
        if section == "systems" and isinstance(raw, dict):
            given.profiles.present = given.administrators.present = True
            # A register that says nothing of plans leaves those there are; they can be adopted by command too.
            given.plans.present = given.plans.present or "plans" in raw
            key = row.value.key if row else str(raw.get("key", ""))
            inside: tuple[tuple[str, Rows[Any]], ...] = (
                ("profiles", given.profiles),
                ("administrators", given.administrators),
                ("plans", given.plans),
            )
            for name, inner in inside:
                listed = raw.get(name, [])
                for place, each in enumerate(listed if isinstance(listed, list) else []):
                    inner.add(each, source, problems, (*path, name, place), within=key)


def _table(
    name: str, text: str, general: ColumnMap | None, own: ColumnMap | None, given: Given, problems: Problems
) -> None:
    headers, separator = csv_text.heading(text)
    fits = general is not None and any(header in headers for header in general.columns.values())
    mapping = (general if fits else own) or ColumnMap()
    mapped = {header: column for column, header in mapping.columns.items()}
    names = [mapped.get(header, header) for header in headers]
    model: type[BaseModel] | None = GrantRow if set(names) >= GRANTS else PersonRow if set(names) >= PEOPLE else None
    if model is None:
        problems.add(
            Place(file=name, line=1),
            "heading",
            Text(
                "is neither a file of people, which has {people}, nor one of access, which has {grants}. If its "
                "columns have other names, say which in {file}.",
                people=", ".join(sorted(PEOPLE)),
                grants=", ".join(sorted(GRANTS)),
                file=Path(name).stem + MAP_SUFFIX,
            ),
        )
        return
    columns = _columns(name, headers, names, mapping, model, problems)
    head = Heading(columns, dict(zip(names, headers, strict=True)), separator)
    rows: Rows[Any] = given.people if model is PersonRow else given.grants
    rows.present = True
    seen = set()
    for raw, source in csv_text.records(name, text, head, mapping, problems):
        row: Row[Any] | None = rows.add(raw, source, problems)
        if row and model is PersonRow:
            seen.add(row.value.kind == EmploymentKind.CONSULTANT)
    if mapping.full:
        given.full |= seen


def _columns(
    name: str, headers: list[str], names: list[str], mapping: ColumnMap, model: type[BaseModel], problems: Problems
) -> tuple[str, ...]:
    """Our column for each of the file's; empty for one that is left out."""
    columns = []
    for header, column in zip(headers, names, strict=True):
        place = Place(file=name, line=1, field=header)
        if column in columns and column:
            problems.add(place, "heading", Text("the column stands twice in the file."))
        if column in model.model_fields:
            columns.append(column)
            continue
        columns.append("")
        # A map has said which columns count; without one, a misspelt column would be left out in silence.
        if not mapping.columns and header not in mapping.ignore:
            near = problems.near(header, model.model_fields)
            text = Text(
                "there is no such column.{near} Name it under “ignore” in a column map to leave it out.", near=near
            )
            problems.add(place, "heading", text)
    for column, header in mapping.columns.items():
        if column not in {*PersonRow.model_fields, *GrantRow.model_fields}:
            text = Text("the column map names the column {column}, which there is none of.", column=column)
            problems.add(Place(file=name, line=1, field=column), "heading", text)
        elif header not in headers:
            text = Text("the column map names the heading “{header}”, which the file does not have.", header=header)
            problems.add(Place(file=name, line=1, field=column), "heading", text)
    return tuple(columns)
