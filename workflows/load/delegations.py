"""Delegations. Each is a body's decision: it can be shortened and revoked, and otherwise only followed by a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from language import Text
from models import DelegatedSystem, Delegation, ItSystem
from workflows.delegating import Terms, chain_problems, last_day_of
from workflows.load.files import Given
from workflows.load.known import Known
from workflows.load.plan import Names, Plan, Values
from workflows.load.rows import DelegationRow, Row
from workflows.load.structure import ends_after, named, unique

# What was decided; the file's word for each column.
DECIDED = {
    "body_id": "body",
    "delegate_id": "delegate",
    "deputy_id": "deputy",
    "all_systems": "systems",
    "parent_id": "parent",
    "further_levels": "further_levels",
    "valid_from": "from",
    "reference": "reference",
}


@dataclass(frozen=True)
class _Mandate:
    """A delegation with the systems it names; None for all."""

    values: Values
    systems: frozenset[UUID] | None


def plan_delegations(plan: Plan, known: Known, given: Given, people: Names, bodies: Names, systems: Names) -> None:
    """The delegations, and the systems each of them names."""
    if not given.delegations.present:
        return
    unknown = Text("there is no delegation of that number in the files or in the database.")
    names = named(plan, known.delegations, given.delegations, unknown, "number")
    mandates = {
        number: _Mandate(row, None if row["all_systems"] else frozenset(known.delegated.get(row["id"], ())))
        for number, row in known.delegations.items()
    }
    rows: list[Row[DelegationRow]] = unique(plan, given.delegations, "number")
    read = {row.value.number: _read(row, names, people, bodies, systems) for row in rows}
    after = {**mandates, **read}
    owners = _owners(plan, known)
    for row in rows:
        number = row.value.number
        before = mandates.get(number)
        ends_after(plan, row, row.value.first, row.value.last)
        # What was right when it was decided stays loaded, also when the register has changed since.
        if before is None:
            _check(plan, row, read[number], owners)
            _check_parent(plan, row, read[number], after.get(row.value.parent or ""))
        else:
            _only_shortened(plan, row, before, read[number])
    wanted = {number: mandate.values for number, mandate in read.items()}
    plan.compare("delegations", Delegation, wanted, known.delegations)
    for number, mandate in read.items():
        if number not in mandates:
            for system_id in sorted(mandate.systems or ()):
                row_values = {
                    "organisation_id": plan.organisation_id,
                    "delegation_id": mandate.values["id"],
                    "system_id": system_id,
                }
                plan.inserts[DelegatedSystem].append(row_values)


def _read(row: Row[DelegationRow], names: Names, people: Names, bodies: Names, systems: Names) -> _Mandate:
    value = row.value
    named_systems = None
    if value.systems is not None:
        found = [
            systems.find(row.source.place((*row.path, "systems", place)), key)
            for place, key in enumerate(value.systems)
        ]
        named_systems = frozenset(found)
    values = {
        "id": names.ids[value.number],
        "number": value.number,
        "body_id": bodies.find(row.at("body"), value.body),
        "delegate_id": people.find(row.at("delegate"), value.delegate),
        "deputy_id": people.find_any(row.at("deputy"), value.deputy),
        "all_systems": named_systems is None,
        "parent_id": names.find_any(row.at("parent"), value.parent),
        "further_levels": value.further_levels,
        "valid_from": value.first,
        "valid_to": value.last,
        "revoked_on": value.revoked_on,
        "reference": value.reference,
    }
    return _Mandate(values, named_systems)


def _owners(plan: Plan, known: Known) -> Mapping[UUID, UUID]:
    owners = {row["id"]: row["owner_id"] for row in known.systems.values()}
    for row in (*plan.inserts[ItSystem], *plan.updates[ItSystem]):
        owners[row["id"]] = row.get("owner_id", owners.get(row["id"]))
    return owners


def _check(plan: Plan, row: Row[DelegationRow], mandate: _Mandate, owners: Mapping[UUID, UUID]) -> None:
    values = mandate.values
    if values["deputy_id"] is not None and values["deputy_id"] == values["delegate_id"]:
        plan.problems.add(row.at("deputy"), "deputy", Text("the deputy must be another person than the delegate."))
    for place, key in enumerate(row.value.systems or ()):
        system_id = next((each for each in mandate.systems or () if plan.labels.get(each) == key), None)
        if system_id is not None and owners[system_id] != values["body_id"]:
            text = Text("is owned by {owner}; a body can delegate only its own.", owner=plan.labels[owners[system_id]])
            plan.problems.add(row.source.place((*row.path, "systems", place)), "scope", text)


def _check_parent(plan: Plan, row: Row[DelegationRow], child: _Mandate, parent: _Mandate | None) -> None:
    if parent is not None:
        for field, text in chain_problems(_terms(child), _terms(parent), plan.labels):
            plan.problems.add(row.at(field), "chain", text)


def _terms(mandate: _Mandate) -> Terms:
    values = mandate.values
    return Terms(
        number=values["number"],
        body_id=values["body_id"],
        delegate_id=values["delegate_id"],
        systems=mandate.systems,
        further_levels=values["further_levels"],
        first=values["valid_from"],
        last=last_day_of(values["valid_to"], values["revoked_on"]),
    )


def _only_shortened(plan: Plan, row: Row[DelegationRow], before: _Mandate, after: _Mandate) -> None:
    for column, field in DECIDED.items():
        same = before.values[column] == after.values[column]
        if column == "all_systems":
            same = before.systems == after.systems
        if not same:
            text = Text("a delegation is a decision and stays as it was; write a new delegation with its own number.")
            plan.problems.add(row.at(field), "decided", text)
    for column, field in (("valid_to", "to"), ("revoked_on", "revoked_on")):
        old, new = before.values[column], after.values[column]
        if old is not None and (new is None or new > old):
            text = Text(
                "{old} was decided and can only come earlier; write a new delegation with its own number.", old=old
            )
            plan.problems.add(row.at(field), "decided", text)
