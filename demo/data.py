"""Made-up data the size of a municipality or a region, as files for ``behorig load``; the same seed, the same files.

The people of the story have fixed employee numbers, all different, all employed without an end; who is who
stands in :mod:`demo.cast`. Nobody in these files exists.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml

from demo.access import GrantRow, grants, register
from demo.cast import (
    ADMINISTRATOR,
    AUDITOR,
    CARE_ADMIN,
    CARE_SYSTEM,
    CHAIR,
    CHECK_MEDICINE,
    DATA_PROTECTION_OFFICER,
    DELEGATION,
    DEPUTY,
    DIRECTOR,
    DOCUMENT,
    EXPIRED_DELEGATE,
    EXPIRED_DELEGATION,
    HEAD_OF_DEPARTMENT,
    HEAD_OF_IT,
    HR_OFFICER,
    NURSE,
    ORDER_MEDICINE,
    READ,
    REQUESTER,
    SECURITY_COORDINATOR,
    TECHNICIAN,
)
from demo.organisation import organisation
from demo.staff import EmploymentRow, Staff
from demo.systems import systems
from demo.vocabulary import MUNICIPALITY_SCALE, REGION_SCALE, Scale

__all__ = [
    "ADMINISTRATOR",
    "AUDITOR",
    "CARE_ADMIN",
    "CARE_SYSTEM",
    "CHAIR",
    "CHECK_MEDICINE",
    "DATA_PROTECTION_OFFICER",
    "DELEGATION",
    "DEPUTY",
    "DIRECTOR",
    "DOCUMENT",
    "EXPIRED_DELEGATE",
    "EXPIRED_DELEGATION",
    "HEAD_OF_DEPARTMENT",
    "HEAD_OF_IT",
    "HR_OFFICER",
    "NURSE",
    "ORDER_MEDICINE",
    "READ",
    "REQUESTER",
    "SECURITY_COORDINATOR",
    "TECHNICIAN",
    "Scale",
    "write",
    "write_scale",
]


_SAFE: type[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def write(folder: Path, size: Literal["municipality", "region"], seed: int, today: date) -> list[Path]:
    """Write the files of a made-up organisation into a folder; they load together, in any order."""
    return write_scale(folder, MUNICIPALITY_SCALE if size == "municipality" else REGION_SCALE, seed, today)


def write_scale(folder: Path, scale: Scale, seed: int, today: date) -> list[Path]:
    """The same, as large or small as is asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    staff = Staff(scale, seed, today)
    listed = systems(staff)
    held = grants(staff, listed)
    return [
        _yaml(folder / "organisation.yaml", organisation(staff)),
        _yaml(folder / "register.yaml", register(listed, held)),
        _csv(folder / "people.csv", [asdict(row) for row in staff.people], [f.name for f in fields(EmploymentRow)]),
        _csv(folder / "grants.csv", [asdict(row) for row in held], [f.name for f in fields(GrantRow)]),
    ]


class _Plain(_SAFE):  # type: ignore[misc] # the fast one is there only where libyaml is
    """Writes every value out where it stands: what the files show is what somebody would write by hand."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _yaml(path: Path, data: dict[str, Any]) -> Path:
    text = yaml.dump(data, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=120)
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
