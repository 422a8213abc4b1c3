"""Access that people held already, taken over with the reference of the decision it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from language import Text
from models import AccessGrant, AccessProfile, Decision, DecisionOutcome, Employment, GrantState, new_id
from workflows.deadlines import end_of_day, start_of_day, today
from workflows.grants import next_action
from workflows.load.files import Given
from workflows.load.known import Known
from workflows.load.plan import Change, Counts, Names, Plan, What
from workflows.load.rows import GrantRow, Row

BASIS = "taken-over"


def plan_grants(
    plan: Plan,
    known: Known,
    given: Given,
    people: Names,
    systems: Names,
    profiles: Names,
    now: datetime,
    warn_before_days: Sequence[int],
) -> None:
    """A decision and a grant for each row that was not taken over before."""
    if not given.grants.present:
        return
    employments = {key: row["id"] for key, row in known.employments.items()}
    employments |= {(row["person_id"], row["number"]): row["id"] for row in plan.inserts[Employment]}
    versions = {row["id"]: row["version"] for row in known.profiles.values()}
    versions |= {row["id"]: row["version"] for table in (plan.inserts, plan.updates) for row in table[AccessProfile]}
    seen: dict[tuple[UUID, UUID, str], int] = {}
    new = unchanged = 0
    for row in given.grants.valid:
        value = row.value
        person_id = people.find(row.at("employee_number"), value.employee_number)
        system_id = systems.find(row.at("system"), value.system)
        profile_id = _profile(plan, row, systems, profiles)
        employment_id = employments.get((person_id, value.employment_number))
        if value.ends_on and value.ends_on < value.starts_on:
            plan.problems.add(
                row.at("ends_on"), "period", Text("is before the first day, {first}.", first=value.starts_on)
            )
        if employment_id is None:
            if person_id.int:
                text = Text("employee {number} has no employment of that number.", number=value.employee_number)
                plan.problems.add(row.at("employment_number"), "unknown-reference", text)
            continue
        if not profile_id.int:
            continue
        held = (employment_id, profile_id, value.scope)
        if held in seen:
            text = Text(
                "the same access for the same employment stands on line {line} too; leave one out.", line=seen[held]
            )
            plan.problems.add(row.at(), "duplicate", text)
            continue
        seen[held] = row.at().line
        decision_id = _decision_id(employment_id, profile_id, value)
        before = known.taken_over.get(decision_id)
        if before is not None:
            if before["ends_on"] != value.ends_on or before["mandate_reference"] != value.decision_reference:
                text = Text("this access was taken over otherwise; renew or end it by a request, not by a file.")
                plan.problems.add(row.at(), "decided", text)
            unchanged += 1
            continue
        if held in known.live:
            text = Text("this employment holds the same access already; change it by a request, not by a file.")
            plan.problems.add(row.at(), "duplicate", text)
            continue
        new += 1
        plan.changes.append(
            Change(
                noun="grants",
                what=What.NEW,
                key=f"{value.employee_number}/{value.employment_number} {value.system}/{value.profile}",
            )
        )
        ends_at = end_of_day(value.ends_on) if value.ends_on else None
        decided = {
            "organisation_id": plan.organisation_id,
            "person_id": person_id,
            "system_id": system_id,
            "profile_id": profile_id,
            "scope": value.scope,
            "starts_on": value.starts_on,
            "ends_on": value.ends_on,
            "ends_at": ends_at,
        }
        plan.inserts[Decision].append(
            {
                **decided,
                "id": decision_id,
                "case_id": None,
                "outcome": str(DecisionOutcome.TAKEN_OVER),
                "at": start_of_day(value.decided_on) if value.decided_on else now,
                "decided_by_id": None,
                "in_place_of_id": None,
                "mandate_basis": BASIS,
                "mandate_reference": value.decision_reference,
                "requester_id": None,
                "profile_version": versions.get(profile_id, 1),
                "comment": "",
            }
        )
        in_use = GrantState.SUSPENDED if employment_id in known.suspended else GrantState.ACTIVE
        state = GrantState.SCHEDULED if value.starts_on > today(now) else in_use
        due = next_action(
            state=state,
            starts_on=value.starts_on,
            ends_at=ends_at,
            warned_days=None,
            warn_before_days=warn_before_days,
        )
        plan.inserts[AccessGrant].append(
            {
                **decided,
                "id": new_id(),
                "case_id": None,
                "ended_by_case_id": None,
                "decision_id": decision_id,
                "employment_id": employment_id,
                "state": str(state),
                "account_name": value.account_name,
                "warned_days": None,
                # What is over already is taken over as it stands, and the sweep ends it: expired is not removed.
                "next_action_at": now if ends_at is not None and ends_at <= now else due,
                "ended_at": None,
            }
        )
    plan.counts["grants"] = Counts(new=new, unchanged=unchanged)


def _profile(plan: Plan, row: Row[GrantRow], systems: Names, profiles: Names) -> UUID:
    value = row.value
    key = f"{value.system}/{value.profile}"
    if key in profiles.ids:
        return profiles.ids[key]
    if value.system in systems.ids and key not in profiles.broken:
        own = [name.partition("/")[2] for name in profiles.ids if name.startswith(f"{value.system}/")]
        text = Text(
            "the system {system} has no such profile.{near}",
            system=value.system,
            near=plan.problems.near(value.profile, own),
        )
        plan.problems.add(row.at("profile"), "unknown-reference", text)
    return UUID(int=0)


def _decision_id(employment_id: UUID, profile_id: UUID, value: GrantRow) -> UUID:
    # Made from what was taken over, so that a file loaded again finds its decision whatever became of the grant.
    return uuid5(employment_id, f"{profile_id}|{value.scope}|{value.starts_on}")
