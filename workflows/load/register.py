"""The register: systems, what can be ordered in them, who administers them, and what must not meet."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from language import Text
from models import AccessProfile, Administrator, ItSystem, SodRule, SystemPlan, new_id
from workflows.load.files import Given
from workflows.load.known import Known
from workflows.load.plan import Names, Plan, Values
from workflows.load.structure import ends_after, named, unique

# What cases decide too: a file that does not say it leaves it as it is.
APPROVAL = ("approved_on", "approval_withdrawn_on")


def plan_systems(plan: Plan, known: Known, given: Given, bodies: Names, departments: Names) -> Names:
    """The IT systems."""
    systems = named(
        plan, known.systems, given.systems, Text("there is no such system in the files or in the database.")
    )
    if not given.systems.present:
        return systems
    wanted: dict[str, Values] = {}
    for row in unique(plan, given.systems):
        value = row.value
        if value.approval_withdrawn_on and not value.approved_on:
            text = Text("only an approval can be withdrawn; give approved_on too.")
            plan.problems.add(row.at("approval_withdrawn_on"), "period", text)
        elif value.approval_withdrawn_on:
            ends_after(plan, row, value.approved_on, value.approval_withdrawn_on, "approval_withdrawn_on")
        new = value.key not in known.systems
        wanted[value.key] = {
            "id": systems.ids[value.key],
            "key": value.key,
            "name": value.name,
            "owner_id": bodies.find(row.at("owner"), value.owner),
            "department_id": departments.find(row.at("department"), value.department),
            "critical": value.critical,
            **{name: getattr(value, name) for name in APPROVAL if name in value.model_fields_set or new},
        }
    plan.compare("systems", ItSystem, wanted, known.systems)
    return systems


def plan_profiles(plan: Plan, known: Known, given: Given, systems: Names) -> Names:
    """The profiles, each under SYSTEM/PROFILE. A changed profile is a new version."""
    profiles = Names(plan, Text("there is no such profile in the files or in the database; write SYSTEM/PROFILE."))
    profiles.broken = given.profiles.broken
    for key, known_row in known.profiles.items():
        profiles.know(key, known_row["id"])
    if not given.profiles.present:
        return profiles
    wanted: dict[str, Values] = {}
    for row in unique(plan, given.profiles):
        value = row.value
        key = f"{row.within}/{value.key}"
        before = known.profiles.get(key)
        ends_after(plan, row, value.valid_from, value.withdrawn_on, "withdrawn_on")
        wanted[key] = {
            "id": before["id"] if before else new_id(),
            "system_id": systems.ids.get(row.within, UUID(int=0)),
            **value.model_dump(),
        }
        profiles.know(key, wanted[key]["id"])
    plan.compare("profiles", AccessProfile, wanted, known.profiles, bump=True)
    for inserted in plan.inserts[AccessProfile]:
        inserted["version"] = 1
    return profiles


def plan_administrators(plan: Plan, known: Known, given: Given, people: Names, systems: Names) -> None:
    """Who administers which system, and when."""
    if not given.administrators.present:
        return
    wanted: dict[tuple[UUID, UUID, date], Values] = {}
    for row in given.administrators.valid:
        value = row.value
        ends_after(plan, row, value.first, value.last)
        system_id = systems.ids.get(row.within, UUID(int=0))
        person_id = people.find(row.at("person"), value.person)
        key = (system_id, person_id, value.first)
        if key in wanted:
            text = Text("the same administrator from the same day stands twice; leave one out.")
            plan.problems.add(row.at(), "duplicate", text)
        wanted[key] = {
            "system_id": system_id,
            "person_id": person_id,
            "valid_from": value.first,
            "valid_to": value.last,
        }
    plan.compare(
        "administrators",
        Administrator,
        wanted,
        known.administrators,
        label=lambda key: f"{plan.labels.get(key[0], '?')} {plan.labels.get(key[1], '?')}",
    )


def plan_plans(plan: Plan, known: Known, given: Given, systems: Names) -> None:
    """The plans of systems. One that is not in the file is not gone: plans are adopted by command too."""
    if not given.plans.present:
        return
    wanted: dict[tuple[UUID, str, str], Values] = {}
    for row in given.plans.valid:
        value = row.value
        ends_after(plan, row, value.first, value.last)
        system_id = systems.ids.get(row.within, UUID(int=0))
        key = (system_id, str(value.kind), value.reference)
        if key in wanted:
            plan.problems.add(row.at(), "duplicate", Text("the same plan stands twice; leave one out."))
        wanted[key] = {
            "system_id": system_id,
            "kind": value.kind,
            "reference": value.reference,
            "valid_from": value.first,
            "valid_to": value.last,
            **({"agreed_on": value.agreed_on} if value.agreed_on or key not in known.plans else {}),
        }
    plan.compare(
        "plans",
        SystemPlan,
        wanted,
        known.plans,
        label=lambda key: f"{plan.labels.get(key[0], '?')} {key[2]}",
        missed=lambda key: False,
    )


def plan_sod_rules(plan: Plan, known: Known, given: Given, profiles: Names) -> None:
    """Which profiles must not meet in one person; a pair stands once, whichever is written first."""
    if not given.sod_rules.present:
        return
    wanted: dict[tuple[UUID, UUID], Values] = {}
    for row in given.sod_rules.valid:
        value = row.value
        first = profiles.find(row.at("first"), value.first)
        second = profiles.find(row.at("second"), value.second)
        if value.first == value.second:
            text = Text("is the same profile twice; a rule needs two.")
            plan.problems.add(row.at("second"), "sod", text)
            continue
        pair = (min(first, second), max(first, second))
        if pair in wanted and UUID(int=0) not in pair:
            plan.problems.add(
                row.at(), "duplicate", Text("the same two profiles stand in another rule; leave one out.")
            )
        wanted[pair] = {"first_profile_id": pair[0], "second_profile_id": pair[1], "reason": value.reason}
    plan.compare(
        "sod_rules",
        SodRule,
        wanted,
        known.sod_rules,
        label=lambda pair: " – ".join(plan.labels.get(each, "?") for each in pair),
    )
