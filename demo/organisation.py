"""The bodies, departments, appointments and delegations of the made-up organisation."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from demo.cast import (
    AUDITOR,
    CARE_SYSTEM,
    DATA_PROTECTION_OFFICER,
    DELEGATION,
    DEPUTY,
    EXPIRED_DELEGATE,
    EXPIRED_DELEGATION,
    HEAD_OF_IT,
    SECURITY_COORDINATOR,
)
from demo.staff import Staff
from demo.vocabulary import PURPOSES


def organisation(staff: Staff) -> dict[str, Any]:
    """The organisation file: bodies, departments, appointments and delegations."""
    words = staff.scale.words
    since = date(staff.today.year - 2, 1, 1)
    council, council_name = words.council
    bodies: list[dict[str, Any]] = [{"key": council, "name": council_name, "kind": "COUNCIL"}]
    for board in words.boards:
        kind = "EXECUTIVE_BOARD" if board is staff.executive else "BOARD"
        bodies.append({"key": board.key, "name": board.name, "kind": kind, "parent": council})
    roles = [
        ("HEAD_OF_IT", HEAD_OF_IT),
        ("SECURITY_COORDINATOR", SECURITY_COORDINATOR),
        ("AUDITOR", AUDITOR),
        ("DATA_PROTECTION_OFFICER", DATA_PROTECTION_OFFICER),
        *(("TECHNICIAN", number) for number in staff.technicians),
        *(("HR_OFFICER", number) for number in staff.hr_officers),
    ]
    appointments: list[dict[str, Any]] = [{"person": person, "role": role, "from": since} for role, person in roles]
    appointments += [
        {"person": person, "role": "CHAIR", "body": body, "from": since, "reference": f"{council} § 12"}
        for body, person in staff.chairs.items()
    ]
    appointments += [
        {"person": person, "role": "HEAD_OF_DEPARTMENT", "department": key, "from": since}
        for key, person in {**staff.heads, **staff.unit_heads}.items()
    ]
    return {
        "organisation": {"key": words.key, "name": words.name, "demonstration": True},
        "bodies": bodies,
        "departments": staff.departments,
        "appointments": appointments,
        "delegations": _delegations(staff, since),
    }


def _delegations(staff: Staff, since: date) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for place, board in enumerate(staff.scale.words.boards):
        rows.append(
            {
                "number": DELEGATION if board is staff.care else f"D-{board.key}-1",
                "body": board.key,
                "delegate": staff.heads[board.key],
                "deputy": staff.deputies[board.key],
                "systems": "all",
                "further_levels": 1,
                "from": since,
                "reference": f"{board.key} {since.year}-01-15 § {place + 4}",
            }
        )
    rows.append(
        {
            "number": EXPIRED_DELEGATION,
            "body": staff.care.key,
            "delegate": EXPIRED_DELEGATE,
            "deputy": DEPUTY,
            "systems": [CARE_SYSTEM],
            "from": since,
            "to": staff.today - timedelta(days=30),
            "reference": f"{staff.care.key} {since.year}-01-15 § 19",
        }
    )
    # A head of a unit who decides on one system, by further delegation.
    unit = staff.units[staff.executive.key][1]
    rows.append(
        {
            "number": f"D-{staff.executive.key}-2",
            "body": staff.executive.key,
            "delegate": staff.unit_heads[unit],
            "deputy": staff.deputies[staff.executive.key],
            "systems": [f"{staff.executive.key}-{PURPOSES[0][0]}"],
            "parent": f"D-{staff.executive.key}-1",
            "from": since,
            "reference": f"Delegationsbeslut {since.year}:7",
        }
    )
    return rows
