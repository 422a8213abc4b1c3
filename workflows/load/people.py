"""People and their employments, as the HR file says; nobody is ever deleted because a file leaves them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from language import Text
from models import ConfidentialityUndertaking, Counter, Employment, EmploymentKind, Person, new_id
from workflows.load.files import Given
from workflows.load.known import CONSULTANTS, Known
from workflows.load.plan import Names, Plan, Values
from workflows.load.rows import PersonRow, Row

# Columns that say something about the person, and so must say the same in each of their employments.
PERSONAL = ("given_name", "family_name", "email", "language", "protected_identity")


@dataclass(frozen=True, kw_only=True)
class LikelyDeparture:
    """Somebody employed today whom a full HR file does not hold; what to do about it is for people to say."""

    person_id: UUID
    employee_number: str
    name: str
    """Empty for a person with protected identity."""
    department: str
    ends_on: date | None


def plan_people(plan: Plan, known: Known, given: Given) -> tuple[Names, list[str]]:
    """The people of the files: everybody known, by employee number, and the number of each row's person."""
    names = Names(plan, Text("no such employee number is in the files or in the database."), suggest=False)
    for number, before in known.people.items():
        names.know(number, before["id"])
    names.broken = given.people.broken
    if not given.people.present:
        return names, []
    numbers = _numbers(plan, known, given)
    first: dict[str, Row[PersonRow]] = {}
    wanted: dict[str, Values] = {}
    for row, number in zip(given.people.valid, numbers, strict=True):
        if number in first:
            _agree(plan, first[number], row)
            continue
        first[number] = row
        wanted[number] = _person(row, number, known.people.get(number))
        names.know(number, wanted[number]["id"])
    secret = {number for number, values in wanted.items() if values["protected_identity"]}
    secret |= {number for number, values in known.people.items() if values["protected_identity"]}
    plan.compare(
        "people", Person, wanted, known.people, hidden=lambda number: number in secret, missed=lambda number: False
    )
    return names, numbers


def _numbers(plan: Plan, known: Known, given: Given) -> list[str]:
    """The number of each row's person: their own, or for a consultant the one they have or get here."""
    by_address: dict[str, str] = {
        row["email"].casefold(): number
        for number, row in known.people.items()
        if row["email"] and number.startswith(f"{CONSULTANTS}-")
    }
    employees = {row["email"].casefold(): number for number, row in known.people.items() if row["email"]}
    counter = known.counters.get(CONSULTANTS)
    last = counter["last"] if counter else 0
    numbers = []
    for row in given.people.valid:
        person = row.value
        if person.employee_number is not None:
            number = person.employee_number
            if number.startswith(f"{CONSULTANTS}-") and number not in known.people:
                text = Text("numbers that begin with K- are given here; leave the number empty for a new consultant.")
                plan.problems.add(row.at("employee_number"), "reserved", text)
            numbers.append(number)
            continue
        _is_a_consultant(plan, row)
        address = (person.email or "").casefold()
        if address not in by_address:
            if address in employees:
                text = Text("this is the address of employee {number}; write that number.", number=employees[address])
                plan.problems.add(row.at("email"), "duplicate", text)
            last += 1
            by_address[address] = f"{CONSULTANTS}-{last:05}"
        numbers.append(by_address[address])
    if counter and last > counter["last"]:
        plan.updates[Counter].append({"id": counter["id"], "last": last})
    elif not counter and last:
        values = {"id": new_id(), "organisation_id": plan.organisation_id, "series": CONSULTANTS, "last": last}
        plan.inserts[Counter].append(values)
    return numbers


def _is_a_consultant(plan: Plan, row: Row[PersonRow]) -> None:
    person = row.value
    if person.kind != EmploymentKind.CONSULTANT:
        text = Text("must be given; only a consultant may be without one.")
        plan.problems.add(row.at("employee_number"), "missing", text)
        return
    for field in ("email", "ends_on", "manager"):
        if getattr(person, field) is None:
            text = Text("must be given for a consultant without an employee number.")
            plan.problems.add(row.at(field), "missing", text)


def _person(row: Row[PersonRow], number: str, before: Values | None) -> Values:
    """The values of a person. A column that the file does not have leaves what is known as it was."""
    values: dict[str, Any] = {"id": before["id"] if before else new_id(), "employee_number": number}
    for field in PERSONAL:
        silent = field not in row.source.raw or (field == "language" and not row.source.raw[field])
        values[field] = before[field] if before and silent else getattr(row.value, field)
    return values


def _agree(plan: Plan, first: Row[PersonRow], row: Row[PersonRow]) -> None:
    for field in PERSONAL:
        if getattr(first.value, field) != getattr(row.value, field):
            text = Text("says otherwise than line {line} about the same person.", line=first.at().line)
            plan.problems.add(row.at(field), "contradiction", text)


def plan_employments(
    plan: Plan,
    known: Known,
    given: Given,
    people: Names,
    numbers: Sequence[str],
    departments: Names,
    today: date,
) -> None:
    """The employments and acknowledged undertakings of the files."""
    if not given.people.present:
        return
    wanted: dict[tuple[UUID, str], Values] = {}
    lines: dict[tuple[UUID, str], int] = {}
    undertakings: dict[tuple[UUID, date], Values] = {}
    for row, person_number in zip(given.people.valid, numbers, strict=True):
        value = row.value
        person_id = people.ids[person_number]
        key = (person_id, value.employment_number)
        if key in wanted:
            text = Text(
                "the same person has this employment on line {line} too; give each employment a number of its own.",
                line=lines[key],
            )
            plan.problems.add(row.at("employment_number"), "duplicate", text)
            continue
        if value.ends_on and value.ends_on < value.starts_on:
            plan.problems.add(
                row.at("ends_on"), "period", Text("is before the first day, {first}.", first=value.starts_on)
            )
        manager_id = people.find_any(row.at("manager"), value.manager)
        if manager_id == person_id and manager_id is not None:
            plan.problems.add(row.at("manager"), "own-manager", Text("nobody is their own manager; name another."))
        before = known.employments.get(key)
        lines[key] = row.at().line
        wanted[key] = {
            "id": before["id"] if before else new_id(),
            "person_id": person_id,
            "number": value.employment_number,
            "department_id": departments.find(row.at("department"), value.department),
            "manager_id": before["manager_id"] if before and "manager" not in row.source.raw else manager_id,
            "kind": str(value.kind),
            "title": before["title"] if before and "title" not in row.source.raw else value.title,
            "starts_on": value.starts_on,
            "ends_on": before["ends_on"] if before and "ends_on" not in row.source.raw else value.ends_on,
        }
        if value.undertaking_acknowledged_on:
            day = value.undertaking_acknowledged_on
            undertakings[person_id, day] = {"person_id": person_id, "acknowledged_on": day}
    plan.compare(
        "employments",
        Employment,
        wanted,
        known.employments,
        label=lambda key: f"{plan.labels.get(key[0], '')}/{key[1]}",
        # Missing altogether is a likely departure; here is one of two employments that is missing.
        missed=lambda key: (
            _current(known.employments[key], today)
            and _spoken_for(known.employments[key], given)
            and any(other[0] == key[0] for other in wanted)
        ),
    )
    plan.compare(
        "undertakings",
        ConfidentialityUndertaking,
        undertakings,
        known.undertakings,
        label=lambda key: f"{plan.labels.get(key[0], '')} {key[1]}",
        missed=lambda key: False,
    )


def _current(employment: Values, today: date) -> bool:
    return bool(employment["starts_on"] <= today and (employment["ends_on"] is None or today <= employment["ends_on"]))


def _spoken_for(employment: Values, given: Given) -> bool:
    """Whether the files are said to hold everybody of this sort: consultants often stand in a file of their own."""
    return (employment["kind"] == EmploymentKind.CONSULTANT) in given.full


def likely_departures(known: Known, given: Given, numbers: Sequence[str], today: date) -> tuple[LikelyDeparture, ...]:
    """Everybody employed today whom the files should hold and do not."""
    held = set(numbers)
    departments = {row["id"]: key for key, row in known.departments.items()}
    found: dict[UUID, LikelyDeparture] = {}
    for (person_id, _), employment in known.employments.items():
        person = known.people[known.numbers[person_id]]
        number = person["employee_number"]
        if number in held or not _current(employment, today) or not _spoken_for(employment, given):
            continue
        found[person_id] = LikelyDeparture(
            person_id=person_id,
            employee_number=number,
            name="" if person["protected_identity"] else f"{person['given_name']} {person['family_name']}",
            department=departments.get(employment["department_id"], ""),
            ends_on=employment["ends_on"],
        )
    return tuple(sorted(found.values(), key=lambda gone: gone.employee_number))
