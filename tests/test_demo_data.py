"""The made-up data: the same from the same seed, of the size it says, and nothing in it that a load refuses."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo import data
from demo.vocabulary import MUNICIPALITY_SCALE, REGION_SCALE
from models import Database
from tests.conftest import rows_in
from workflows.load import load

TODAY = date(2026, 11, 2)
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
TINY = replace(MUNICIPALITY_SCALE, employees=160, consultants=3, systems=9, grants=150, people_in_a_unit=50)
STORY = (
    data.NURSE,
    data.REQUESTER,
    data.HEAD_OF_DEPARTMENT,
    data.DEPUTY,
    data.EXPIRED_DELEGATE,
    data.CHAIR,
    data.ADMINISTRATOR,
    data.TECHNICIAN,
    data.HEAD_OF_IT,
    data.SECURITY_COORDINATOR,
)


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def sections(path: Path) -> dict[str, Any]:
    """The sections of a YAML file."""
    read: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read


def test_the_data_loads_and_loads_again_unchanged(database: Database, tmp_path: Path) -> None:
    paths = data.write_scale(tmp_path / "demo", TINY, 7, TODAY)
    first = load(database, None, paths, now=NOW, actor=None)
    assert first.counts["grants"].new == 150
    assert rows_in(database, "person") == 163
    assert rows_in(database, "access_grant") == 150
    again = load(database, None, paths, now=NOW, actor=None)
    assert (again.changed, again.likely_departures) == (0, ())


def test_the_files_show_every_value_where_it_stands(tmp_path: Path) -> None:
    for path in data.write_scale(tmp_path, TINY, 7, TODAY)[:2]:
        assert not re.search(r"[&*]id\d", path.read_text(encoding="utf-8")), "the reader of files would refuse an alias"


@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2026, 12, 31), date(2027, 1, 1)])
def test_the_data_loads_whatever_day_it_is_made(sqlite_database: Database, tmp_path: Path, today: date) -> None:
    scale = replace(TINY, words=REGION_SCALE.words)
    paths = data.write_scale(tmp_path / "demo", scale, 3, today)
    moment = datetime(today.year, today.month, today.day, 9, tzinfo=UTC)
    assert load(sqlite_database, None, paths, now=moment, actor=None).counts["grants"].new == 150


def test_the_same_seed_gives_the_same_files_and_another_seed_others(tmp_path: Path) -> None:
    made = [data.write_scale(tmp_path / str(place), TINY, seed, TODAY) for place, seed in enumerate((1, 1, 2))]
    contents = [[path.read_bytes() for path in paths] for paths in made]
    assert contents[0] == contents[1]
    assert contents[0] != contents[2]


def test_a_municipality_has_the_size_it_says(tmp_path: Path) -> None:
    organisation, register, people, grants = data.write(tmp_path, "municipality", 1, TODAY)
    employments, held, systems = rows(people), rows(grants), sections(register)["systems"]
    employees = {row["employee_number"] for row in employments if row["employee_number"]}
    assert len(employees) == 2300
    assert len(held) == 12_000
    assert len(systems) == 80
    assert {len(system["profiles"]) for system in systems} == {3, 4, 5, 6}
    kinds = {row["kind"] for row in employments}
    assert kinds == {"PERMANENT", "TEMPORARY", "HOURLY", "CONSULTANT"}
    assert all(row["ends_on"] for row in employments if row["kind"] in ("HOURLY", "CONSULTANT"))
    assert any(row["employment_number"] == "2" for row in employments)
    assert any(row["protected_identity"] for row in employments)
    said = sections(organisation)
    assert said["organisation"]["demonstration"] is True
    roles = [row["role"] for row in said["appointments"]]
    assert roles.count("TECHNICIAN") == 5
    assert roles.count("CHAIR") == len(said["bodies"])
    assert all(row["deputy"] != row["delegate"] for row in said["delegations"])


def test_held_access_is_none_that_the_rules_would_refuse(tmp_path: Path) -> None:
    _, register, people, grants = data.write_scale(tmp_path, TINY, 5, TODAY)
    profiles = {
        (system["key"], profile["key"]): (system, profile)
        for system in sections(register)["systems"]
        for profile in system["profiles"]
    }
    acknowledged = {row["employee_number"] for row in rows(people) if row["undertaking_acknowledged_on"]}
    held: dict[str, set[str]] = {}
    used: dict[tuple[str, str], int] = {}
    for row in rows(grants):
        key = (row["system"], row["profile"])
        system, profile = profiles[key]
        assert "approved_on" in system
        assert "approval_withdrawn_on" not in system
        assert row["ends_on"] or not profile.get("requires_end_date")
        assert not row["ends_on"] or row["ends_on"] > TODAY.isoformat()
        assert row["employee_number"] in acknowledged or not profile.get("requires_undertaking")
        held.setdefault(row["employee_number"], set()).add("/".join(key))
        used[key] = used.get(key, 0) + 1
        assert used[key] <= profile.get("licences", used[key])
    for rule in sections(register)["sod_rules"]:
        assert not any({rule["first"], rule["second"]} <= mine for mine in held.values())


def test_the_people_of_the_story_are_there_each_with_one_part(tmp_path: Path) -> None:
    organisation, register, people, grants = data.write_scale(tmp_path, TINY, 5, TODAY)
    employed = {row["employee_number"]: row for row in rows(people)}
    assert len(set(STORY)) == len(STORY)
    assert all(employed[number]["ends_on"] == "" for number in STORY)
    assert employed[data.NURSE]["manager"] == data.REQUESTER
    assert employed[data.NURSE]["undertaking_acknowledged_on"]
    assert not {row["employee_number"] for row in rows(grants)} & set(STORY)
    said = sections(organisation)
    delegations = {row["number"]: row for row in said["delegations"]}
    valid, expired = delegations[data.DELEGATION], delegations[data.EXPIRED_DELEGATION]
    assert (valid["delegate"], valid["deputy"]) == (data.HEAD_OF_DEPARTMENT, data.DEPUTY)
    assert (expired["delegate"], expired["to"] < TODAY) == (data.EXPIRED_DELEGATE, True)
    care = next(system for system in sections(register)["systems"] if system["key"] == data.CARE_SYSTEM)
    assert [row["person"] for row in care["administrators"]] == [data.ADMINISTRATOR]
    appointed = {(row["role"], row["person"], row.get("body")) for row in said["appointments"]}
    assert {
        ("CHAIR", data.CHAIR, care["owner"]),
        ("TECHNICIAN", data.TECHNICIAN, None),
        ("HEAD_OF_IT", data.HEAD_OF_IT, None),
        ("SECURITY_COORDINATOR", data.SECURITY_COORDINATOR, None),
    } <= appointed
    pairs = [{rule["first"], rule["second"]} for rule in sections(register)["sod_rules"]]
    assert {f"{data.CARE_SYSTEM}/{data.ORDER_MEDICINE}", f"{data.CARE_SYSTEM}/{data.CHECK_MEDICINE}"} in pairs
