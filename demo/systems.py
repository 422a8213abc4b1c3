"""The systems of the made-up organisation, and what can be ordered in them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from demo.cast import ADMINISTRATOR, CARE_ADMIN, CARE_SYSTEM, CHECK_MEDICINE, DOCUMENT, ORDER_MEDICINE, READ
from demo.staff import Staff
from demo.vocabulary import PURPOSES, Board

# key, name, level, privileged; the first three are in every system.
PROFILES = (
    ("LASA", "Läsa", 1),
    ("SKRIVA", "Registrera", 2),
    ("HANDLAGGA", "Handlägga", 3),
    ("ATTESTERA", "Attestera", 3),
    ("RAPPORT", "Ta ut rapporter", 1),
    ("ADMIN", "Administrera", 4),
)


def systems(staff: Staff) -> list[dict[str, Any]]:
    """The systems with their profiles; the care system of the story comes first."""
    since = date(staff.today.year - 3, 1, 1)
    made = [_care_system(staff, since)]
    boards = staff.scale.words.boards
    places = [(board, purpose) for purpose in PURPOSES for board in boards][: staff.scale.systems - 1]
    for board, (key, name) in places:
        count = staff.random.randint(3, len(PROFILES))
        chosen = [*PROFILES[:3], *staff.random.sample(PROFILES[3:], count - 3)]
        people = [*staff.units[board.key]]
        made.append(
            {
                "key": f"{board.key}-{key}",
                "name": f"{name} {board.key}",
                "owner": board.key,
                "department": board.key,
                "critical": key in ("JOURNAL", "LARM", "DRIFT"),
                "approved_on": since,
                "profiles": [_profile(staff, board, name, *profile, since) for profile in chosen],
                "administrators": [
                    {"person": staff.unit_heads[unit], "from": since}
                    for unit in staff.random.sample(people, min(len(people), staff.random.randint(1, 2)))
                ],
            }
        )
    # Systems that are not, or no longer, approved for operation: nothing can be ordered in them.
    del made[-1]["approved_on"]
    made[-2]["approval_withdrawn_on"] = staff.today - timedelta(days=20)
    return made


def _profile(staff: Staff, board: Board, of: str, key: str, name: str, level: int, since: date) -> dict[str, Any]:
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
    if key == "HANDLAGGA" and board is staff.care:
        profile["requires_undertaking"] = True
    if key == "SKRIVA" and staff.random.random() < 0.2:
        profile["licences"] = 0
    if key == "RAPPORT" and staff.random.random() < 0.1:
        profile["withdrawn_on"] = staff.today - timedelta(days=10)
    return profile


def _care_system(staff: Staff, since: date) -> dict[str, Any]:
    return {
        "key": CARE_SYSTEM,
        "name": "Vårdsystemet VÅRD",
        "owner": staff.care.key,
        "department": staff.care.key,
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
        # No outage plan: in the story it is what is missing.
        "plans": [{"kind": "SECURITY", "reference": f"{staff.care.key} § 12", "from": since}],
    }
