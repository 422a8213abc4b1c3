"""The whole database at one moment, and what may and may not differ between two. Each claim gives what breaks it.

What must be true of one moment by itself stands in `tests.invariants`; here is what takes two, or all tables at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from models import Database
from workflows.authorisation import WORKFLOW
from workflows.deadlines import start_of_day, today
from workflows.facts import OPEN_STATES
from workflows.grants import MOVES

Row = Any
"""A row of a table, its columns as attributes."""
ENDED = ("REVOKED", "EXPIRED")
UNDER_WAY = ("AWAITING_EXECUTION", "AWAITING_REGISTRATION", "OBSTRUCTED")


@dataclass(frozen=True)
class Snapshot:
    """Every row of every table at one moment, by its key."""

    tables: Mapping[str, Mapping[Any, Row]]

    @classmethod
    def of(cls, database: Database) -> Snapshot:
        """The database as it stands."""
        with database.engine.connect() as connection:
            return cls(
                {
                    table.name: {
                        tuple(getattr(row, column.name) for column in table.primary_key): row
                        for row in connection.execute(sa.select(table))
                    }
                    for table in SQLModel.metadata.sorted_tables
                }
            )

    def rows(self, table: str) -> list[Row]:
        """The rows of a table, oldest first."""
        return [row for _, row in sorted(self.tables[table].items(), key=lambda item: str(item[0]))]

    def row(self, table: str, key: Any) -> Row:
        """One row."""
        return self.tables[table][(key,)]

    def numbers(self) -> list[str]:
        """The numbers of the cases, in order."""
        return sorted(row.number for row in self.rows("case_file"))


# --- One moment, all tables ----------------------------------------------------------------------------------------


def broken_in(now: Snapshot) -> list[str]:
    """Everything that is not as it must be, looked at from all tables at once."""
    return [
        *every_move_is_a_version(now),
        *everybody_in_a_chain_of_acts_is_another(now),
        *what_is_decided_is_no_more_than_was_asked(now),
        *grants_are_what_was_carried_out(now),
        *removed_means_that_somebody_removed_it(now),
        *forbidden_profiles_do_not_meet(now),
        *each_due_thing_happened_once(now),
        *nothing_personal_in_a_subject(now),
    ]


def _acts(now: Snapshot) -> dict[Any, list[Row]]:
    """The events of each case that moved it, in order."""
    acts: dict[Any, list[Row]] = {}
    for row in sorted(now.rows("event"), key=lambda row: row.position):
        if row.case_id is not None and row.kind in WORKFLOW.events:
            acts.setdefault(row.case_id, []).append(row)
    return acts


def every_move_is_a_version(now: Snapshot) -> Iterator[str]:
    """A case's version counts its moves, none left out and none twice."""
    acts = _acts(now)
    for case in now.rows("case_file"):
        if case.version != 1 + len(acts.get(case.id, ())):
            yield f"{case.number} is at version {case.version} after {len(acts.get(case.id, ()))} moves"


def everybody_in_a_chain_of_acts_is_another(now: Snapshot) -> Iterator[str]:
    """By the record and not the columns: who decided, executed and registered, since the last new decision. Rule 1."""
    for case_id, acts in _acts(now).items():
        request = now.row("authorisation_request", case_id)
        played: dict[str, Any] = {}
        for act in acts:
            if act.kind == "redecide":
                played = {}
            elif act.kind in ("approve", "approve_with_changes", "reject", "execute", "register"):
                played[act.kind] = act.actor_id
                if act.actor_id == request.person_id:
                    yield f"{case_id}: {act.kind} by the one it is about"
                if act.actor_id == request.requester_id and act.kind in ("approve", "approve_with_changes", "reject"):
                    yield f"{case_id}: {act.kind} by the one who asked"
                if act.mandate is None or not act.mandate["basis"]:
                    yield f"{case_id}: {act.kind} names no mandate"
        allowed = 2 if request.separation_waived else 1
        if any(count > allowed for count in Counter(played.values()).values()):
            yield f"{case_id}: one person played {played}"


def what_is_decided_is_no_more_than_was_asked(now: Snapshot) -> Iterator[str]:
    """A decision gives what was asked, or a lesser profile or a shorter time of it. Rule 2."""
    for decision in now.rows("decision"):
        if decision.case_id is None:
            continue
        asked = now.row("authorisation_request", decision.case_id)
        profile = now.row("access_profile", decision.profile_id)
        lesser = profile.level < now.row("access_profile", asked.profile_id).level
        if decision.profile_id != asked.profile_id and not lesser:
            yield f"decision {decision.id} gives another profile than was asked"
        if decision.starts_on < asked.starts_on:
            yield f"decision {decision.id} begins before what was asked"
        if _lasts_longer(decision.ends_at, asked.ends_at):
            yield f"decision {decision.id} lasts longer than was asked"
        same = ("person_id", "system_id", "scope", "requester_id")
        if any(getattr(decision, name) != getattr(asked, name) for name in same):
            yield f"decision {decision.id} is about something else than was asked"


def _lasts_longer(one: Any, other: Any) -> bool:
    return other is not None and (one is None or one > other)


def grants_are_what_was_carried_out(now: Snapshot) -> Iterator[str]:
    """Access comes from cases that were approved, executed and registered to the end, of the decided account."""
    for grant in now.rows("access_grant"):
        decision = now.row("decision", grant.decision_id)
        if decision.case_id is None:
            continue
        # Opened by one case and perhaps renewed by another: both were carried out, and both decisions bind.
        for case_id in {decision.case_id, grant.case_id or decision.case_id}:
            request = now.row("authorisation_request", case_id)
            if now.row("case_file", case_id).state != "COMPLETED" or None in (
                request.executed_by_id,
                request.registered_by_id,
            ):
                yield f"grant {grant.id} comes from a case that was not carried out"
        if grant.case_id is not None:
            opened = now.row("authorisation_request", grant.case_id)
            if grant.starts_on < now.row("decision", opened.decision_id).starts_on:
                yield f"grant {grant.id} begins before its decision says"
            if grant.account_name != opened.account_name or grant.employment_id != opened.employment_id:
                yield f"grant {grant.id} is not the account that was executed"


def removed_means_that_somebody_removed_it(now: Snapshot) -> Iterator[str]:
    """Expired is not removed: what is gone was removed in a case, and what is to go has one under way. Rule 5."""
    removing = {
        row.grant_id
        for row in now.rows("authorisation_request")
        if row.kind == "END" and now.row("case_file", row.id).state in UNDER_WAY and row.decision_id is not None
    }
    for grant in now.rows("access_grant"):
        if grant.state in ENDED:
            by = now.tables["authorisation_request"].get((grant.ended_by_case_id,))
            if by is None or by.registered_by_id is None or by.kind not in ("END", "CHANGE"):
                yield f"grant {grant.id} is {grant.state} and nobody removed it"
        elif grant.state == "REVOCATION_PENDING" and grant.id not in removing:
            yield f"grant {grant.id} is to be removed and nobody has it to do"


def forbidden_profiles_do_not_meet(now: Snapshot) -> Iterator[str]:
    """Two profiles that must not meet are never held at once by one person. Rule 8."""
    forbidden = {frozenset((row.first_profile_id, row.second_profile_id)) for row in now.rows("sod_rule")}
    live = [row for row in now.rows("access_grant") if row.state not in ENDED]
    for one, other in combinations(live, 2):
        if one.person_id != other.person_id or frozenset((one.profile_id, other.profile_id)) not in forbidden:
            continue
        # Where a change replaces one by the other, the one is over when the other begins.
        first, second = sorted((one, other), key=lambda row: row.starts_on)
        if first.ends_at is None or first.ends_at > start_of_day(second.starts_on):
            yield f"grants {one.id} and {other.id} must not meet"


def each_due_thing_happened_once(now: Snapshot) -> Iterator[str]:
    """A case has been reminded and escalated as often as its tasks say that they have been dealt with."""
    done: Counter[Any] = Counter()
    for task in now.rows("task"):
        done[task.case_id] += task.done
    happened = Counter(row.case_id for row in now.rows("event") if row.kind in ("remind", "escalate"))
    for case_id in done.keys() | happened.keys():
        if done[case_id] != happened[case_id]:
            yield f"{case_id}: {done[case_id]} due things, {happened[case_id]} on record"


def nothing_personal_in_a_subject(now: Snapshot) -> Iterator[str]:
    """No name and no number of a person stands in a mail's subject. Rule 10."""
    personal = {word for row in now.rows("person") for word in (row.family_name, row.given_name, row.employee_number)}
    for subject in {row.subject for row in now.rows("message")}:
        if personal & set(subject.replace(",", " ").replace(":", " ").split()):
            yield f"a subject says {subject}"


# --- From one moment to the next -----------------------------------------------------------------------------------


def broken_between(before: Snapshot, after: Snapshot) -> list[str]:
    """Everything that changed and may not."""
    return [
        *what_is_written_stays(before, after),
        *what_is_over_stays_over(before, after),
        *what_was_asked_stays_asked(before, after),
        *grants_move_as_they_may(before, after),
        *new_decisions_rest_on_a_mandate_in_force(before, after),
        *licences_are_not_given_twice(before, after),
    ]


def what_is_written_stays(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Decisions and events never change, and neither they nor anything else on record is ever removed. Rule 6."""
    for table in ("decision", "event", "receipt", "access_order"):
        for key, row in before.tables[table].items():
            if after.tables[table].get(key) != row:
                yield f"{table} {key} was {row} and is {after.tables[table].get(key)}"
    for table in ("case_file", "authorisation_request", "access_grant", "task", "message"):
        for key in before.tables[table].keys() - after.tables[table].keys():
            yield f"{table} {key} is gone"


def what_is_over_stays_over(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """A case that is over, a task that is closed and a grant that has ended change no more; versions only grow."""
    for key, case in before.tables["case_file"].items():
        now = after.tables["case_file"][key]
        if now.version < case.version or (now.version == case.version and now.state != case.state):
            yield f"{case.number} went from {case.state} {case.version} to {now.state} {now.version}"
        if case.closed_at is not None:
            same = ("state", "version", "closed_at", "state_since")
            if any(getattr(now, name) != getattr(case, name) for name in same):
                yield f"{case.number} was over and moved on"
            if after.tables["authorisation_request"][key] != before.tables["authorisation_request"][key]:
                yield f"{case.number} was over and its request was changed"
    for table, over in (("task", "closed_at"), ("access_grant", "ended_at")):
        for key, row in before.tables[table].items():
            if getattr(row, over) is not None and after.tables[table][key] != row:
                yield f"{table} {row.id} was over and changed"


ASKED = ("kind", "requester_id", "person_id", "employment_id", "system_id", "profile_id", "scope", "starts_on")
ASKED_UNTIL = ("ends_on", "ends_at", "retroactive_reason", "grant_id", "order_id")


def what_was_asked_stays_asked(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """What was asked for is what is answered; only the words of its purpose can be completed."""
    for key, row in before.tables["authorisation_request"].items():
        now = after.tables["authorisation_request"][key]
        for name in (*ASKED, *ASKED_UNTIL):
            if getattr(now, name) != getattr(row, name):
                yield f"request {row.id}: {name} was {getattr(row, name)} and is {getattr(now, name)}"


def grants_move_as_they_may(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """A grant goes only where grants go, and is begun at the beginning."""
    for key, row in after.tables["access_grant"].items():
        was = before.tables["access_grant"].get(key)
        if was is None and row.state not in ("SCHEDULED", "ACTIVE"):
            yield f"grant {row.id} began as {row.state}"
        elif was is not None and row.state not in _reached_from(was.state):
            yield f"grant {row.id} went from {was.state} to {row.state}"


def _reached_from(state: str) -> set[str]:
    reached = {state}
    while further := {target for each in reached for target in MOVES.get(each, ())} - reached:
        reached |= further
    return reached


def new_decisions_rest_on_a_mandate_in_force(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Whoever decided worked here that day and held a delegation or chair for that system. Rule 3."""
    for key in after.tables["decision"].keys() - before.tables["decision"].keys():
        decision = after.tables["decision"][key]
        day = today(decision.at)
        by_rule = decision.outcome in ("TIME_OUT", "DEFAULT")
        if by_rule != (decision.mandate_basis == "rule"):
            yield f"decision {decision.id}, {decision.outcome}, rests on {decision.mandate_basis}"
        if by_rule:
            continue
        if not _works_here(after, decision.decided_by_id, day):
            yield f"decision {decision.id} was taken by somebody who does not work here"
        if not any(
            _holds(after, decision, mandate, day)
            for table in ("delegation", "appointment")
            for mandate in after.rows(table)
        ):
            yield f"decision {decision.id} rests on {decision.mandate_basis} {decision.mandate_reference}: no such thing"


def _works_here(now: Snapshot, person_id: Any, day: date) -> bool:
    return any(
        row.person_id == person_id and row.starts_on <= day and (row.ends_on is None or day <= row.ends_on)
        for row in now.rows("employment")
    )


def _holds(now: Snapshot, decision: Row, mandate: Row, day: date) -> bool:
    """Whether a delegation or appointment is what a decision says that it rests on."""
    if mandate.reference != decision.mandate_reference or not _in_force(mandate, day):
        return False
    system = now.row("it_system", decision.system_id)
    owners = list(_with_those_above(now, system.owner_id))
    match decision.mandate_basis:
        case "delegation":
            return mandate.delegate_id == decision.decided_by_id and _covers(now, mandate, system, day)
        case "deputy":
            named = (mandate.deputy_id, mandate.delegate_id) == (decision.decided_by_id, decision.in_place_of_id)
            return named and _covers(now, mandate, system, day)
        case "chair" | "superior-chair" as basis:
            bodies = owners[:1] if basis == "chair" else owners[1:]
            return mandate.person_id == decision.decided_by_id and mandate.body_id in [
                body.id for body in bodies if body.dissolved_on is None or day < body.dissolved_on
            ]
    return False


def _covers(now: Snapshot, delegation: Row, system: Row, day: date) -> bool:
    named = (delegation.id, system.id) in now.tables["delegated_system"]
    body = now.row("governing_body", delegation.body_id)
    holds = (
        _in_force(delegation, day)
        and body.id == system.owner_id
        and (body.dissolved_on is None or day < body.dissolved_on)
        and (delegation.all_systems or named)
    )
    above = delegation.parent_id
    return holds and (above is None or _covers(now, now.row("delegation", above), system, day))


def _in_force(row: Row, day: date) -> bool:
    revoked_on = getattr(row, "revoked_on", None)
    last = row.valid_to
    return row.valid_from <= day and (last is None or day <= last) and (revoked_on is None or day < revoked_on)


def _with_those_above(now: Snapshot, body_id: Any) -> Iterator[Row]:
    while body_id is not None:
        body = now.row("governing_body", body_id)
        yield body
        body_id = body.parent_id


def licences_are_not_given_twice(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Of a profile no more is given than there are licences, though there may be fewer licences than were given."""
    were, are = _licences_given(before), _licences_given(after)
    for profile in after.rows("access_profile"):
        if profile.licences is not None and are[profile.id] > max(profile.licences, were[profile.id]):
            yield f"{are[profile.id]} of {profile.licences} licences for {profile.key} are given"


def _licences_given(now: Snapshot) -> Counter[Any]:
    """How many hold a profile, or are to get it by a decision."""
    given = Counter(row.profile_id for row in now.rows("access_grant") if row.state not in ENDED)
    for request in now.rows("authorisation_request"):
        on_its_way = request.kind in ("NEW", "CHANGE") and now.row("case_file", request.id).state in OPEN_STATES
        if on_its_way and request.decision_id is not None:
            given[now.row("decision", request.decision_id).profile_id] += 1
    return given


def left_by_a_refusal(before: Snapshot, after: Snapshot, traces: int) -> Iterator[str]:
    """A refused act leaves the event that says so, on its chain, and nothing else."""
    new = [after.tables["event"][key] for key in after.tables["event"].keys() - before.tables["event"].keys()]
    if [row.kind for row in new] != ["refusal"] * traces:
        yield f"a refusal left the events {[row.kind for row in new]}"
    chains = {row.chain_id for row in new}
    for table, rows in after.tables.items():
        for key, row in rows.items():
            was = before.tables[table].get(key)
            if row == was or (table == "event" and was is None):
                continue
            heads = ("event_count", "event_hash")
            if was is None or row.id not in chains or _without(row, heads) != _without(was, heads):
                yield f"a refusal changed {table} from {was} to {row}"
        yield from (f"a refusal removed {table} {key}" for key in before.tables[table].keys() - rows.keys())


def _without(row: Row, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name not in names}
