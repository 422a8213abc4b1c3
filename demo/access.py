"""What the made-up people hold already, and the register that goes with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from demo.cast import CHECK_MEDICINE, ORDER_MEDICINE
from demo.staff import EmploymentRow, Staff, address

# In every system that has both.
_MUST_NOT_MEET = ("HANDLAGGA", "ATTESTERA")


@dataclass(frozen=True, kw_only=True)
class GrantRow:
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


def grants(staff: Staff, systems: list[dict[str, Any]]) -> list[GrantRow]:
    """Access held already: as many as the scale says, none that the rules would refuse today."""
    forbidden = {pair for rule in _rules(systems) for pair in (rule, rule[::-1])}
    places = {system["key"]: place for place, system in enumerate(systems)}
    open_systems = [each for each in systems if "approved_on" in each and "approval_withdrawn_on" not in each]
    common = [each for each in open_systems if each["owner"] == staff.executive.key]
    by_owner = {
        board.key: [each for each in open_systems if each["owner"] == board.key] + common
        for board in staff.scale.words.boards
    }
    holders = [row for row in staff.people[staff.fixed :] if row.employee_number]
    held: dict[str, set[tuple[str, str]]] = {}
    taken: set[tuple[str, str, str, str]] = set()
    made: list[GrantRow] = []
    while len(made) < staff.scale.grants:
        person = staff.random.choice(holders)
        system = staff.random.choice(by_owner[person.department.partition("-")[0]])
        profile = staff.random.choices(system["profiles"], [6 - each["level"] for each in system["profiles"]])[0]
        access = (system["key"], profile["key"])
        key = (person.employee_number, person.employment_number, *access)
        mine = held.setdefault(person.employee_number, set())
        if key in taken or any((access, other) in forbidden for other in mine):
            continue
        if profile.get("requires_undertaking") and person.undertaking_acknowledged_on is None:
            continue
        taken.add(key)
        mine.add(access)
        made.append(_grant(staff, person, system["key"], profile, places[system["key"]]))
    return made


def _grant(staff: Staff, person: EmploymentRow, system: str, profile: dict[str, Any], place: int) -> GrantRow:
    earliest = max(person.starts_on, profile["valid_from"])
    starts_on = earliest + timedelta(days=staff.random.randint(0, max(0, (staff.today - earliest).days)))
    if staff.random.random() < 0.004:
        starts_on = staff.ahead(5, 40)
    ends_on = person.ends_on
    if profile.get("requires_end_date"):
        starts_on = max(starts_on, staff.today - timedelta(days=250))
        ends_on = min(staff.ahead(60, 100), ends_on or date.max)
    return GrantRow(
        employee_number=person.employee_number,
        employment_number=person.employment_number,
        system=system,
        profile=profile["key"],
        scope="",
        account_name=f"{address(person.given_name)[:3]}{address(person.family_name)[:3]}{person.employee_number}",
        starts_on=starts_on,
        ends_on=ends_on,
        decision_reference=f"Blankett {starts_on.year}-{place + 1:03}",
        decided_on=min(starts_on, staff.today) - timedelta(days=2),
    )


def _rules(systems: list[dict[str, Any]]) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    pairs = []
    for system in systems:
        keys = {profile["key"] for profile in system["profiles"]}
        for first, second in (_MUST_NOT_MEET, (ORDER_MEDICINE, CHECK_MEDICINE)):
            if {first, second} <= keys:
                pairs.append(((system["key"], first), (system["key"], second)))
    return pairs


def register(systems: list[dict[str, Any]], grants: list[GrantRow]) -> dict[str, Any]:
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
        for first, second in _rules(systems)
    ]
    return {"systems": systems, "sod_rules": rules}
