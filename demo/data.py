"""Made-up data the size of a municipality or a region, as files for ``behorig load``; the same seed, the same files.

The people of the story have fixed employee numbers, all different, all employed without an end:
who is who stands below. Nobody in these files exists.
"""

from __future__ import annotations

import csv
import random
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import yaml

from demo.vocabulary import MUNICIPALITY, PURPOSES, REGION, Board, Vocabulary

# The people of the story, by employee number.
NURSE = "10001"
"""The nurse who needs the care system; has acknowledged the undertaking and holds nothing yet."""
REQUESTER = "10002"
"""The nurse's manager, who writes the request."""
HEAD_OF_DEPARTMENT = "10003"
"""Head of the care department; decides by delegation `DELEGATION`."""
DEPUTY = "10004"
"""Deputy in that delegation."""
EXPIRED_DELEGATE = "10005"
"""Decided by delegation `EXPIRED_DELEGATION` until a month ago."""
CHAIR = "10006"
"""Chair of the board that owns the care system."""
ADMINISTRATOR = "10007"
"""Administers the care system."""
TECHNICIAN = "10008"
HEAD_OF_IT = "10009"
SECURITY_COORDINATOR = "10010"
HR_OFFICER = "10011"
AUDITOR = "10012"
DATA_PROTECTION_OFFICER = "10013"
DIRECTOR = "10014"
"""The highest official; everybody's manager in the end."""

CARE_SYSTEM = "VARD"
READ = "LASA"
DOCUMENT = "DOKUMENTERA"
"""What the nurse needs; demands an acknowledged undertaking."""
ORDER_MEDICINE = "BESTALLA"
CHECK_MEDICINE = "KONTROLLERA"
"""Must not meet `ORDER_MEDICINE` in one person."""
CARE_ADMIN = "ADMIN"

DELEGATION = "D-VARD-1"
EXPIRED_DELEGATION = "D-VARD-2"

_STORY = (
    (NURSE, "Linnéa", "Sandberg", "sjuksköterska"),
    (REQUESTER, "Göran", "Åkesson", "enhetschef"),
    (HEAD_OF_DEPARTMENT, "Birgitta", "Öhman", "förvaltningschef"),
    (DEPUTY, "Mikael", "Järvinen", "biträdande förvaltningschef"),
    (EXPIRED_DELEGATE, "Ulla", "Bäckström", "verksamhetschef"),
    (CHAIR, "Per-Olof", "Lindh", "ordförande"),
    (ADMINISTRATOR, "Samira", "Haddad", "systemförvaltare"),
    (TECHNICIAN, "Jonas", "Wikström", "nätverkstekniker"),
    (HEAD_OF_IT, "Anneli", "Forsgren", "IT-chef"),
    (SECURITY_COORDINATOR, "Tomas", "Hägg", "IT-säkerhetssamordnare"),
    (HR_OFFICER, "Karin", "Nyström", "personalhandläggare"),
    (AUDITOR, "Lars", "Edlund", "revisor"),
    (DATA_PROTECTION_OFFICER, "Maria", "Kovács", "dataskyddsombud"),
    (DIRECTOR, "Eva", "Stålhammar", "direktör"),
)
# Everybody in the story works under the care board but these, who work under the executive one.
_CENTRAL = {
    TECHNICIAN,
    HEAD_OF_IT,
    SECURITY_COORDINATOR,
    HR_OFFICER,
    AUDITOR,
    DATA_PROTECTION_OFFICER,
    CHAIR,
    DIRECTOR,
}

# key, name, level, privileged; the first three are in every system.
_PROFILES = (
    ("LASA", "Läsa", 1),
    ("SKRIVA", "Registrera", 2),
    ("HANDLAGGA", "Handlägga", 3),
    ("ATTESTERA", "Attestera", 3),
    ("RAPPORT", "Ta ut rapporter", 1),
    ("ADMIN", "Administrera", 4),
)
_MUST_NOT_MEET = ("HANDLAGGA", "ATTESTERA")


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much is made up."""

    words: Vocabulary
    employees: int
    consultants: int
    systems: int
    grants: int
    people_in_a_unit: int


MUNICIPALITY_SCALE = Scale(
    words=MUNICIPALITY, employees=2_300, consultants=40, systems=80, grants=12_000, people_in_a_unit=35
)
REGION_SCALE = Scale(words=REGION, employees=14_000, consultants=300, systems=110, grants=70_000, people_in_a_unit=60)


@dataclass(frozen=True, kw_only=True)
class _Employment:
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


@dataclass(frozen=True, kw_only=True)
class _Grant:
    """A row of the file of access that is taken over."""

    employee_number: str
    employment_number: str
    system: str
    profile: str
    scope: str
    account_name: str
    starts_on: date
    ends_on: date | None
    decision_reference: str
    decided_on: date


def write(folder: Path, size: Literal["municipality", "region"], seed: int, today: date) -> list[Path]:
    """Write the files of a made-up organisation into a folder; they load together, in any order."""
    return write_scale(folder, MUNICIPALITY_SCALE if size == "municipality" else REGION_SCALE, seed, today)


def write_scale(folder: Path, scale: Scale, seed: int, today: date) -> list[Path]:
    """The same, as large or small as is asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    made = _Making(scale, seed, today)
    organisation = made.organisation()
    systems = made.systems()
    grants = made.grants(systems)
    return [
        _yaml(folder / "organisation.yaml", organisation),
        _yaml(folder / "register.yaml", made.register(systems, grants)),
        _csv(folder / "people.csv", [asdict(row) for row in made.people], [f.name for f in fields(_Employment)]),
        _csv(folder / "grants.csv", [asdict(row) for row in grants], [f.name for f in fields(_Grant)]),
    ]


def _yaml(path: Path, data: dict[str, Any]) -> Path:
    dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump(data, Dumper=dumper, allow_unicode=True, sort_keys=False, width=120)
    path.write_text(
        f"# Demonstration data. Everybody and everything in this file is made up.\n{text}", encoding="utf-8"
    )
    return path


def _csv(path: Path, rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> Path:
    # As a Swedish spreadsheet writes it: a byte order mark and semicolons.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns, delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    return path


def _address(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain if letter.isalnum() or letter == "-")


class _Making:
    """One made-up organisation, drawn from a seed."""

    def __init__(self, scale: Scale, seed: int, today: date) -> None:
        # Heavy, and wanted here alone.
        from faker import Faker

        self.scale = scale
        self.today = today
        self.random = random.Random(seed)
        self.names = Faker("sv_SE", use_weighting=False)
        self.names.seed_instance(seed)
        self.executive, self.care = scale.words.boards[:2]
        self.people: list[_Employment] = []
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

    def _ago(self, least: int, most: int) -> date:
        return self.today - timedelta(days=self.random.randint(least, most))

    def _ahead(self, least: int, most: int) -> date:
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
            "email": f"{_address(given)}.{_address(family)}.{number}@{self.scale.words.domain}",
            "language": "sv",
            "protected_identity": "",
            "employment_number": "1",
            "department": department,
            "manager": manager,
            "kind": "PERMANENT",
            "title": title,
            "starts_on": self._ago(400, 9_000),
            "ends_on": None,
            "undertaking_acknowledged_on": self._ago(30, 400),
        }
        self.people.append(_Employment(**{**values, **said}))
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
        for number, given, family, title in _STORY:
            central = number in _CENTRAL
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
                self.unit_heads[unit] = self._person(unit, head, "enhetschef")
        self.unit_heads[self.units[self.care.key][0]] = REQUESTER
        self.unit_heads[self.units[self.executive.key][-1]] = HEAD_OF_IT
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
            said = {"kind": "HOURLY", "ends_on": self._ahead(60, 300), "starts_on": self._ago(10, 300)}
        elif draw < 0.16:
            said = {"kind": "TEMPORARY", "ends_on": self._ahead(60, 700), "starts_on": self._ago(10, 500)}
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
            again |= {"manager": self.unit_heads[other], "kind": "TEMPORARY", "ends_on": self._ahead(60, 400)}
            self.people.append(_Employment(**{**again, "starts_on": self._ago(10, 200)}))

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
                starts_on=self._ago(10, 200),
                ends_on=self._ahead(60, 360),
            )

    def organisation(self) -> dict[str, Any]:
        """The organisation file: bodies, departments, appointments and delegations."""
        words = self.scale.words
        since = date(self.today.year - 2, 1, 1)
        council, council_name = words.council
        bodies: list[dict[str, Any]] = [{"key": council, "name": council_name, "kind": "COUNCIL"}]
        for board in words.boards:
            kind = "EXECUTIVE_BOARD" if board is self.executive else "BOARD"
            bodies.append({"key": board.key, "name": board.name, "kind": kind, "parent": council})
        roles = [
            ("HEAD_OF_IT", HEAD_OF_IT),
            ("SECURITY_COORDINATOR", SECURITY_COORDINATOR),
            ("AUDITOR", AUDITOR),
            ("DATA_PROTECTION_OFFICER", DATA_PROTECTION_OFFICER),
            *(("TECHNICIAN", number) for number in self.technicians),
            *(("HR_OFFICER", number) for number in self.hr_officers),
        ]
        appointments: list[dict[str, Any]] = [{"person": person, "role": role, "from": since} for role, person in roles]
        appointments += [
            {"person": person, "role": "CHAIR", "body": body, "from": since, "reference": f"{council} § 12"}
            for body, person in self.chairs.items()
        ]
        appointments += [
            {"person": person, "role": "HEAD_OF_DEPARTMENT", "department": key, "from": since}
            for key, person in {**self.heads, **self.unit_heads}.items()
        ]
        return {
            "organisation": {"key": words.key, "name": words.name, "demonstration": True},
            "bodies": bodies,
            "departments": self.departments,
            "appointments": appointments,
            "delegations": self._delegations(since),
        }

    def _delegations(self, since: date) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for place, board in enumerate(self.scale.words.boards):
            rows.append(
                {
                    "number": DELEGATION if board is self.care else f"D-{board.key}-1",
                    "body": board.key,
                    "delegate": self.heads[board.key],
                    "deputy": self.deputies[board.key],
                    "systems": "all",
                    "further_levels": 1,
                    "from": since,
                    "reference": f"{board.key} {since.year}-01-15 § {place + 4}",
                }
            )
        rows.append(
            {
                "number": EXPIRED_DELEGATION,
                "body": self.care.key,
                "delegate": EXPIRED_DELEGATE,
                "deputy": DEPUTY,
                "systems": [CARE_SYSTEM],
                "from": since,
                "to": self.today - timedelta(days=30),
                "reference": f"{self.care.key} {since.year}-01-15 § 19",
            }
        )
        # A head of a unit who decides on one system, by further delegation.
        unit = self.units[self.executive.key][1]
        rows.append(
            {
                "number": f"D-{self.executive.key}-2",
                "body": self.executive.key,
                "delegate": self.unit_heads[unit],
                "deputy": self.deputies[self.executive.key],
                "systems": [f"{self.executive.key}-{PURPOSES[0][0]}"],
                "parent": f"D-{self.executive.key}-1",
                "from": since,
                "reference": f"Delegationsbeslut {since.year}:7",
            }
        )
        return rows

    def systems(self) -> list[dict[str, Any]]:
        """The systems with their profiles; the care system of the story comes first."""
        since = date(self.today.year - 3, 1, 1)
        made = [self._care_system(since)]
        boards = self.scale.words.boards
        places = [(board, purpose) for purpose in PURPOSES for board in boards][: self.scale.systems - 1]
        for board, (key, name) in places:
            count = self.random.randint(3, len(_PROFILES))
            chosen = [*_PROFILES[:3], *self.random.sample(_PROFILES[3:], count - 3)]
            people = [*self.units[board.key]]
            made.append(
                {
                    "key": f"{board.key}-{key}",
                    "name": f"{name} {board.key}",
                    "owner": board.key,
                    "department": board.key,
                    "critical": key in ("JOURNAL", "LARM", "DRIFT"),
                    "approved_on": since,
                    "profiles": [self._profile(board, name, *profile, since) for profile in chosen],
                    "administrators": [
                        {"person": self.unit_heads[unit], "from": since}
                        for unit in self.random.sample(people, min(len(people), self.random.randint(1, 2)))
                    ],
                }
            )
        # Systems that are not, or no longer, approved for operation: nothing can be ordered in them.
        del made[-1]["approved_on"]
        made[-2]["approval_withdrawn_on"] = self.today - timedelta(days=20)
        return made

    def _profile(self, board: Board, of: str, key: str, name: str, level: int, since: date) -> dict[str, Any]:
        privileged = key == "ADMIN"
        profile: dict[str, Any] = {
            "key": key,
            "name": name,
            "allows": f"{name} i {of.lower()}",
            "level": level,
            "valid_from": since,
        }
        if privileged:
            profile |= {"privileged": True, "requires_end_date": True, "max_days": 365}
        if key == "HANDLAGGA" and board is self.care:
            profile["requires_undertaking"] = True
        if key == "SKRIVA" and self.random.random() < 0.2:
            profile["licences"] = 0
        if key == "RAPPORT" and self.random.random() < 0.1:
            profile["withdrawn_on"] = self.today - timedelta(days=10)
        return profile

    def _care_system(self, since: date) -> dict[str, Any]:
        return {
            "key": CARE_SYSTEM,
            "name": "Vårdsystemet VÅRD",
            "owner": self.care.key,
            "department": self.care.key,
            "critical": True,
            "approved_on": since,
            "profiles": [
                {
                    "key": READ,
                    "name": "Läsa journal",
                    "allows": "Läsa journaler i den egna enheten",
                    "level": 1,
                    "requires_undertaking": True,
                    "valid_from": since,
                },
                {
                    "key": DOCUMENT,
                    "name": "Dokumentera",
                    "allows": "Läsa och skriva i journaler i den egna enheten",
                    "level": 2,
                    "requires_undertaking": True,
                    "licences": 0,
                    "valid_from": since,
                },
                {
                    "key": ORDER_MEDICINE,
                    "name": "Beställa läkemedel",
                    "allows": "Beställa läkemedel till enhetens förråd",
                    "level": 3,
                    "requires_undertaking": True,
                    "valid_from": since,
                },
                {
                    "key": CHECK_MEDICINE,
                    "name": "Kontrollera läkemedel",
                    "allows": "Räkna och kontrollera läkemedel i förrådet",
                    "level": 3,
                    "requires_undertaking": True,
                    "valid_from": since,
                },
                {
                    "key": CARE_ADMIN,
                    "name": "Administrera",
                    "allows": "Lägga upp användare och ändra inställningar",
                    "level": 4,
                    "privileged": True,
                    "requires_end_date": True,
                    "requires_undertaking": True,
                    "max_days": 365,
                    "valid_from": since,
                },
            ],
            "administrators": [{"person": ADMINISTRATOR, "from": since}],
        }

    def grants(self, systems: list[dict[str, Any]]) -> list[_Grant]:
        """Access held already: as many as the scale says, none that the rules would refuse today."""
        forbidden = {pair for rule in self._rules(systems) for pair in (rule, rule[::-1])}
        places = {system["key"]: place for place, system in enumerate(systems)}
        open_systems = [each for each in systems if "approved_on" in each and "approval_withdrawn_on" not in each]
        common = [each for each in open_systems if each["owner"] == self.executive.key]
        by_owner = {
            board.key: [each for each in open_systems if each["owner"] == board.key] + common
            for board in self.scale.words.boards
        }
        holders = [row for row in self.people[self.fixed :] if row.employee_number]
        held: dict[str, set[tuple[str, str]]] = {}
        taken: set[tuple[str, str, str, str]] = set()
        made: list[_Grant] = []
        while len(made) < self.scale.grants:
            person = self.random.choice(holders)
            system = self.random.choice(by_owner[person.department.partition("-")[0]])
            profile = self.random.choices(system["profiles"], [6 - each["level"] for each in system["profiles"]])[0]
            access = (system["key"], profile["key"])
            key = (person.employee_number, person.employment_number, *access)
            mine = held.setdefault(person.employee_number, set())
            if key in taken or any((access, other) in forbidden for other in mine):
                continue
            if profile.get("requires_undertaking") and person.undertaking_acknowledged_on is None:
                continue
            taken.add(key)
            mine.add(access)
            made.append(self._grant(person, system["key"], profile, places[system["key"]]))
        return made

    def _grant(self, person: _Employment, system: str, profile: dict[str, Any], place: int) -> _Grant:
        earliest = max(person.starts_on, profile["valid_from"])
        starts_on = earliest + timedelta(days=self.random.randint(0, max(0, (self.today - earliest).days)))
        if self.random.random() < 0.004:
            starts_on = self._ahead(5, 40)
        ends_on = person.ends_on
        if profile.get("requires_end_date"):
            starts_on = max(starts_on, self.today - timedelta(days=250))
            ends_on = min(self._ahead(60, 100), ends_on or date.max)
        return _Grant(
            employee_number=person.employee_number,
            employment_number=person.employment_number,
            system=system,
            profile=profile["key"],
            scope="",
            account_name=f"{_address(person.given_name)[:3]}{_address(person.family_name)[:3]}{person.employee_number}",
            starts_on=starts_on,
            ends_on=ends_on,
            decision_reference=f"Blankett {starts_on.year}-{place + 1:03}",
            decided_on=min(starts_on, self.today) - timedelta(days=2),
        )

    def _rules(self, systems: list[dict[str, Any]]) -> list[tuple[tuple[str, str], tuple[str, str]]]:
        pairs = []
        for system in systems:
            keys = {profile["key"] for profile in system["profiles"]}
            for first, second in (_MUST_NOT_MEET, (ORDER_MEDICINE, CHECK_MEDICINE)):
                if {first, second} <= keys:
                    pairs.append(((system["key"], first), (system["key"], second)))
        return pairs

    def register(self, systems: list[dict[str, Any]], grants: list[_Grant]) -> dict[str, Any]:
        """The register file; where licences are counted, there are enough of them."""
        used = Counter((grant.system, grant.profile) for grant in grants)
        for system in systems:
            for profile in system["profiles"]:
                if "licences" in profile:
                    profile["licences"] = used[system["key"], profile["key"]] * 11 // 10 + 10
        rules = [
            {
                "first": "/".join(first),
                "second": "/".join(second),
                "reason": "Samma person ska inte både utföra och kontrollera",
            }
            for first, second in self._rules(systems)
        ]
        return {"systems": systems, "sod_rules": rules}
