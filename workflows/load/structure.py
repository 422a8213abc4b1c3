"""Bodies, departments, appointments and absences."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from language import Text
from models import Absence, AppointedRole, Appointment, Department, GoverningBody, new_id
from workflows.load.files import Given
from workflows.load.known import Known
from workflows.load.plan import Names, Plan, Values, circles
from workflows.load.rows import Row, Rows


def unique(plan: Plan, rows: Rows[Any], name: str = "key") -> list[Row[Any]]:
    """The rows without those that repeat a key, each of which is a problem."""
    first: dict[str, Row[Any]] = {}
    for row in rows.valid:
        key = f"{row.within}/{getattr(row.value, name)}" if row.within else getattr(row.value, name)
        if key in first:
            here = first[key].at()
            text = Text("stands in {file}, line {line} too; each must stand once.", file=here.file, line=here.line)
            plan.problems.add(row.at(name), "duplicate", text)
            continue
        first[key] = row
    return list(first.values())


def named(plan: Plan, known: dict[str, Values], rows: Rows[Any], unknown: Text, name: str = "key") -> Names:
    """The things of one noun, known and new; new ones get their id here, so that others can refer to them."""
    names = Names(plan, unknown)
    names.broken = rows.broken
    for key, row in known.items():
        names.know(key, row["id"])
    for given in rows.valid:
        key = getattr(given.value, name)
        if key not in names.ids:
            names.know(key, new_id())
    return names


def ends_after(plan: Plan, row: Row[Any], first: date, last: date | None, field: str = "to") -> None:
    """A problem when a period ends before it begins."""
    if last is not None and last < first:
        plan.problems.add(row.at(field), "period", Text("is before the first day, {first}.", first=first))


def plan_bodies(plan: Plan, known: Known, given: Given) -> Names:
    """The governing bodies."""
    bodies = named(plan, known.bodies, given.bodies, Text("there is no such body in the files or in the database."))
    if not given.bodies.present:
        return bodies
    wanted: dict[str, Values] = {}
    rows = unique(plan, given.bodies)
    for row in rows:
        value = row.value
        wanted[value.key] = {
            "id": bodies.ids[value.key],
            "key": value.key,
            "name": value.name,
            "kind": str(value.kind),
            "parent_id": bodies.find_any(row.at("parent"), value.parent),
            "dissolved_on": value.dissolved_on,
        }
    _no_circles(plan, rows, known.bodies, wanted)
    plan.compare("bodies", GoverningBody, wanted, known.bodies)
    return bodies


def plan_departments(plan: Plan, known: Known, given: Given, bodies: Names) -> Names:
    """The departments and their units."""
    departments = named(
        plan, known.departments, given.departments, Text("there is no such department in the files or in the database.")
    )
    if not given.departments.present:
        return departments
    wanted: dict[str, Values] = {}
    rows = unique(plan, given.departments)
    for row in rows:
        value = row.value
        wanted[value.key] = {
            "id": departments.ids[value.key],
            "key": value.key,
            "name": value.name,
            "body_id": bodies.find(row.at("body"), value.body),
            "parent_id": departments.find_any(row.at("parent"), value.parent),
        }
    _no_circles(plan, rows, known.departments, wanted)
    plan.compare("departments", Department, wanted, known.departments)
    return departments


def _no_circles(plan: Plan, rows: list[Row[Any]], known: dict[str, Values], wanted: dict[str, Values]) -> None:
    after = {**known, **wanted}
    keys = {values["id"]: key for key, values in after.items()}
    found = circles({key: keys.get(values["parent_id"]) for key, values in after.items()})
    for row in rows:
        if row.value.key in found:
            text = Text("stands under itself; one of the parents above it must be another.")
            plan.problems.add(row.at("parent"), "circle", text)


def plan_appointments(plan: Plan, known: Known, given: Given, people: Names, bodies: Names, departments: Names) -> None:
    """Who is appointed to what, and when."""
    if not given.appointments.present:
        return
    wanted: dict[tuple[Any, ...], Values] = {}
    for row in given.appointments.valid:
        value = row.value
        ends_after(plan, row, value.first, value.last)
        _names_what_it_is_for(plan, row, value.role, AppointedRole.CHAIR, "body")
        _names_what_it_is_for(plan, row, value.role, AppointedRole.HEAD_OF_DEPARTMENT, "department")
        values = {
            "person_id": people.find(row.at("person"), value.person),
            "role": str(value.role),
            "body_id": bodies.find_any(row.at("body"), value.body),
            "department_id": departments.find_any(row.at("department"), value.department),
            "valid_from": value.first,
        }
        key = tuple(values.values())
        if key in wanted:
            text = Text("the same appointment from the same day stands twice; leave one out.")
            plan.problems.add(row.at(), "duplicate", text)
        wanted[key] = {**values, "valid_to": value.last, "reference": value.reference}
    plan.compare(
        "appointments",
        Appointment,
        wanted,
        known.appointments,
        label=lambda key: " ".join(
            [key[1], plan.labels.get(key[0], "?"), *(plan.labels.get(each, "?") for each in key[2:4] if each)]
        ),
    )


def _names_what_it_is_for(plan: Plan, row: Row[Any], role: str, of: str, field: str) -> None:
    said = getattr(row.value, field) is not None
    if role == of and not said:
        plan.problems.add(row.at(field), "missing", Text("must be given for the role {role}.", role=role))
    if role != of and said:
        text = Text("must not be given for the role {role}, which is held for the organisation as a whole.", role=role)
        if role in (AppointedRole.CHAIR, AppointedRole.HEAD_OF_DEPARTMENT):
            text = Text("must not be given for the role {role}; only {of} has it.", role=role, of=of)
        plan.problems.add(row.at(field), "superfluous", text)


def plan_absences(plan: Plan, known: Known, given: Given, people: Names) -> None:
    """When somebody is away."""
    if not given.absences.present:
        return
    wanted: dict[tuple[UUID, date], Values] = {}
    for row in given.absences.valid:
        value = row.value
        if value.last is None:
            plan.problems.add(row.at("to"), "missing", Text("this is missing and must be given."))
            continue
        ends_after(plan, row, value.first, value.last)
        person_id = people.find(row.at("person"), value.person)
        if (person_id, value.first) in wanted:
            text = Text("the same person's absence from the same day stands twice; leave one out.")
            plan.problems.add(row.at(), "duplicate", text)
        wanted[person_id, value.first] = {"person_id": person_id, "starts_on": value.first, "ends_on": value.last}
    plan.compare(
        "absences",
        Absence,
        wanted,
        known.absences,
        label=lambda key: f"{plan.labels.get(key[0], '?')} {key[1]}",
    )
