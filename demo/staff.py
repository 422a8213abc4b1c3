"""The people of the made-up organisation: who works where, for whom, and until when."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from demo.cast import (
    CENTRAL,
    CHAIR,
    DEPUTY,
    DIRECTOR,
    HEAD_OF_DEPARTMENT,
    HEAD_OF_IT,
    HR_OFFICER,
    NURSE,
    REQUESTER,
    SECURITY_COORDINATOR,
    STORY,
    TECHNICIAN,
)
from demo.vocabulary import Board, Scale


@dataclass(frozen=True, kw_only=True)
class EmploymentRow:
    """A row of the HR file; the fields are its columns."""

    employee_number: str
    given_name: str
    family_name: str
    email: str
    language: str
    protected_identity: str
    employment_number: str
    department: str
    manager: str
    kind: str
    title: str
    starts_on: date
    ends_on: date | None
    undertaking_acknowledged_on: date | None


def address(text: str) -> str:
    """Letters that an address or account name can hold."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain if letter.isalnum() or letter == "-")


class Staff:
    """Everybody who works in one made-up organisation, and where, drawn from a seed."""

    def __init__(self, scale: Scale, seed: int, today: date) -> None:
        # Heavy, and wanted here alone.
        from faker import Faker

        self.scale = scale
        self.today = today
        self.random = random.Random(seed)
        self.names = Faker("sv_SE", use_weighting=False)
        self.names.seed_instance(seed)
        self.executive, self.care = scale.words.boards[:2]
        self.people: list[EmploymentRow] = []
        self.departments: list[dict[str, str]] = []
        self.heads: dict[str, str] = {self.care.key: HEAD_OF_DEPARTMENT, self.executive.key: DIRECTOR}
        self.deputies: dict[str, str] = {self.care.key: DEPUTY}
        self.units: dict[str, list[str]] = {}
        self.unit_heads: dict[str, str] = {}
        self.technicians = [TECHNICIAN]
        self._next = 10_015
        self._departments()
        self._story()
        self._leaders()
        self._employees()
        self._consultants()

    def ago(self, least: int, most: int) -> date:
        """A day in the past, so many days ago."""
        return self.today - timedelta(days=self.random.randint(least, most))

    def ahead(self, least: int, most: int) -> date:
        """A day to come, in so many days."""
        return self.today + timedelta(days=self.random.randint(least, most))

    def _departments(self) -> None:
        for board in self.scale.words.boards:
            self.departments.append({"key": board.key, "name": board.department, "body": board.key})
            staff = self.scale.employees * board.share // 100
            count = max(len(board.units), staff // self.scale.people_in_a_unit)
            keys = [f"{board.key}-{place + 1:02}" for place in range(count)]
            self.units[board.key] = keys
            for place, key in enumerate(keys):
                name = board.units[place % len(board.units)]
                turn = place // len(board.units)
                self.departments.append(
                    {
                        "key": key,
                        "name": f"{name} {turn + 1}" if turn else name,
                        "body": board.key,
                        "parent": board.key,
                    }
                )

    def _person(self, department: str, manager: str, title: str, **said: Any) -> str:
        number = said.pop("employee_number", None)
        if number is None:
            number, self._next = str(self._next), self._next + 1
        given = said.pop("given_name", None) or self.names.first_name()
        family = said.pop("family_name", None) or self.names.last_name()
        values: dict[str, Any] = {
            "employee_number": number,
            "given_name": given,
            "family_name": family,
            "email": f"{address(given)}.{address(family)}.{number}@{self.scale.words.domain}",
            "language": "sv",
            "protected_identity": "",
            "employment_number": "1",
            "department": department,
            "manager": manager,
            "kind": "PERMANENT",
            "title": title,
            "starts_on": self.ago(400, 9_000),
            "ends_on": None,
            "undertaking_acknowledged_on": self.ago(30, 400),
        }
        self.people.append(EmploymentRow(**{**values, **said}))
        return str(number)

    def _story(self) -> None:
        care_unit, central_unit = self.units[self.care.key][0], self.units[self.executive.key][-1]
        managers = {
            NURSE: REQUESTER,
            REQUESTER: HEAD_OF_DEPARTMENT,
            HEAD_OF_DEPARTMENT: DIRECTOR,
            DIRECTOR: "",
            TECHNICIAN: HEAD_OF_IT,
            SECURITY_COORDINATOR: HEAD_OF_IT,
        }
        for number, given, family, title in STORY:
            central = number in CENTRAL
            manager = managers.get(number, DIRECTOR if central else HEAD_OF_DEPARTMENT)
            self._person(
                central_unit if central else care_unit,
                manager,
                title,
                employee_number=number,
                given_name=given,
                family_name=family,
                starts_on=self.today - timedelta(days=1_500),
                undertaking_acknowledged_on=self.today - timedelta(days=200),
            )

    def _leaders(self) -> None:
        """Heads of departments and units, deputies, chairs and technicians."""
        self.unit_heads[self.units[self.care.key][0]] = REQUESTER
        self.unit_heads[self.units[self.executive.key][-1]] = HEAD_OF_IT
        self.chairs = {self.care.key: CHAIR}
        office = self.units[self.executive.key][0]
        council = self.scale.words.council[0]
        for key in (council, *(board.key for board in self.scale.words.boards)):
            if key not in self.chairs:
                self.chairs[key] = self._person(office, "", "ordförande")
        for board in self.scale.words.boards:
            if board.key not in self.heads:
                self.heads[board.key] = self._person(board.key, DIRECTOR, "förvaltningschef")
            head = self.heads[board.key]
            if board.key not in self.deputies:
                self.deputies[board.key] = self._person(board.key, head, "biträdande förvaltningschef")
            for unit in self.units[board.key]:
                if unit not in self.unit_heads:
                    self.unit_heads[unit] = self._person(unit, head, "enhetschef")
        while len(self.technicians) < 5:
            unit = self.units[self.executive.key][-1]
            self.technicians.append(self._person(unit, HEAD_OF_IT, "nätverkstekniker"))
        self.hr_officers = [HR_OFFICER]
        while len(self.hr_officers) < 3:
            self.hr_officers.append(self._person(office, DIRECTOR, "personalhandläggare"))
        self.fixed = len(self.people)

    def _employees(self) -> None:
        boards: Sequence[Board] = self.scale.words.boards
        shares = [board.share for board in boards]
        while (made := len({row.employee_number for row in self.people})) < self.scale.employees:
            for _ in range(self.scale.employees - made):
                board = self.random.choices(boards, shares)[0]
                self._employee(self.random.choice(self.units[board.key]))

    def _employee(self, unit: str) -> None:
        draw = self.random.random()
        said: dict[str, Any] = {}
        if draw < 0.08:
            said = {"kind": "HOURLY", "ends_on": self.ahead(60, 300), "starts_on": self.ago(10, 300)}
        elif draw < 0.16:
            said = {"kind": "TEMPORARY", "ends_on": self.ahead(60, 700), "starts_on": self.ago(10, 500)}
        if self.random.random() < 0.004:
            said["protected_identity"] = "ja"
        if self.random.random() < 0.01:
            said["language"] = "en"
        if self.random.random() < 0.25:
            said["undertaking_acknowledged_on"] = None
        self._person(unit, self.unit_heads[unit], self.random.choice(self.scale.words.titles), **said)
        # A second employment, part of the week in another unit.
        if self.random.random() < 0.015:
            other = self.random.choice([each for each in self.unit_heads if each != unit])
            again = {**asdict(self.people[-1]), "employment_number": "2", "department": other}
            again |= {"manager": self.unit_heads[other], "kind": "TEMPORARY", "ends_on": self.ahead(60, 400)}
            self.people.append(EmploymentRow(**{**again, "starts_on": self.ago(10, 200)}))

    def _consultants(self) -> None:
        """People without an employee number; they get one when they are loaded."""
        for place in range(self.scale.consultants):
            unit = self.random.choice(list(self.unit_heads))
            self._person(
                unit,
                self.unit_heads[unit],
                "konsult",
                employee_number="",
                email=f"konsult{place + 1}@konsultbolag.example",
                kind="CONSULTANT",
                starts_on=self.ago(10, 200),
                ends_on=self.ahead(60, 360),
            )
