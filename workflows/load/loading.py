"""One load: read every file, compare with the database, and write all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from language import Text
from models import (
    Absence,
    AccessGrant,
    AccessProfile,
    Administrator,
    Appointment,
    ConfidentialityUndertaking,
    Counter,
    Database,
    Decision,
    DelegatedSystem,
    Delegation,
    Department,
    Employment,
    GoverningBody,
    ItSystem,
    Organisation,
    Person,
    SodRule,
    SystemPlan,
    new_id,
)
from workflows import evidence
from workflows.deadlines import today
from workflows.errors import Conflict, NotFound
from workflows.evidence import Actor, Entry
from workflows.load import files
from workflows.load.delegations import plan_delegations
from workflows.load.files import Given
from workflows.load.grants import plan_grants
from workflows.load.known import Known
from workflows.load.people import LikelyDeparture, likely_departures, plan_employments, plan_people
from workflows.load.plan import Change, Counts, Plan, What, parents_first
from workflows.load.problems import Place, Problems
from workflows.load.register import plan_administrators, plan_plans, plan_profiles, plan_sod_rules, plan_systems
from workflows.load.rows import OrganisationRow
from workflows.load.structure import plan_absences, plan_appointments, plan_bodies, plan_departments

Progress = Callable[[str, int, int], None]

# No row before one that it refers to.
ORDER: tuple[type[SQLModel], ...] = (
    Counter,
    GoverningBody,
    Department,
    Person,
    Employment,
    ConfidentialityUndertaking,
    Appointment,
    Absence,
    ItSystem,
    AccessProfile,
    Administrator,
    SystemPlan,
    SodRule,
    Delegation,
    DelegatedSystem,
    Decision,
    AccessGrant,
)
WITH_PARENTS = (GoverningBody, Department, Delegation)
ROWS_AT_A_TIME = 2000
# What the event keeps before and after of; what concerns people is counted there and no more.
KEPT = ("bodies", "departments", "systems", "profiles", "plans", "sod_rules", "delegations")


@dataclass(frozen=True, kw_only=True)
class LoadResult:
    """What a load did, or with a dry run would do."""

    organisation_id: UUID
    dry_run: bool
    counts: Mapping[str, Counts]
    """For each noun that the files speak of."""
    changes: tuple[Change, ...] = ()
    likely_departures: tuple[LikelyDeparture, ...] = ()
    files: tuple[tuple[str, str], ...] = field(default=())
    """Name and SHA-256 of each file read."""

    @property
    def changed(self) -> int:
        """How many things are new or changed."""
        return sum(count.new + count.changed for count in self.counts.values())


def load(
    database: Database,
    organisation_id: UUID | None,
    paths: Sequence[Path],
    *,
    now: datetime,
    actor: Actor | None,
    dry_run: bool = False,
    progress: Progress | None = None,
    column_map: Path | None = None,
    warn_before_days: Sequence[int] = (30, 7),
) -> LoadResult:
    """Load files into an organisation: all of them or nothing. The first may say which organisation it is.

    Raises BadInput with every problem found. Progress is told as (stage, done, total), where the stage is
    ``read`` (files), ``compare`` (nouns) or ``write`` (rows).
    """
    problems = Problems()
    given = files.read(paths, column_map, problems, progress)
    said = _organisation_said(given, problems)
    with database.reading(None) as session:
        existing = _existing(session, organisation_id, said, given, problems)
    if existing is None and said is None:
        # Nothing in the files can be compared with anything; what is wrong in them is all there is to say.
        problems.refuse()
    scope = existing or new_id()
    opened = database.reading(scope) if dry_run else database.writing(scope)
    with opened as session:
        organisation = _lock(session, scope, said, writes=not dry_run)
        new = organisation is None
        if organisation is None:
            if said is None:
                raise NotFound(Text("There is no such organisation in the database."))
            organisation = Organisation(id=scope, **said.model_dump())
        plan = Plan(scope, problems)
        _plan_organisation(plan, organisation, said, new, _place(given))
        departures = _plan_all(
            plan, Known(None if new else session, given), given, now, warn_before_days, progress or _silent
        )
        problems.refuse()
        result = LoadResult(
            organisation_id=scope,
            dry_run=dry_run,
            counts=plan.counts,
            changes=tuple(plan.changes),
            likely_departures=departures,
            files=tuple(given.files),
        )
        if result.changed and not dry_run:
            _write(session, organisation, said, plan, progress or _silent)
            entry = Entry(kind="load", at=now, actor=actor or Actor.rule("load"), data=_told(result))
            evidence.append(session, organisation, [entry])
            session.flush()
    return result


def _silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def _organisation_said(given: Given, problems: Problems) -> OrganisationRow | None:
    rows = given.organisation.valid
    for row in rows[1:]:
        if row.value != rows[0].value:
            here = rows[0].at()
            text = Text("says otherwise than {file}, line {line}.", file=here.file, line=here.line)
            problems.add(row.at(), "contradiction", text)
    return rows[0].value if rows else None


def _existing(
    session: Session,
    organisation_id: UUID | None,
    said: OrganisationRow | None,
    given: Given,
    problems: Problems,
) -> UUID | None:
    if organisation_id is not None:
        row = session.get(Organisation, organisation_id)
        if row is None:
            raise NotFound(Text("There is no such organisation in the database."))
        if said is not None and said.key != row.key:
            text = Text("the load is into the organisation {key}; write that, or load into the other.", key=row.key)
            problems.add(given.organisation.valid[0].at("key"), "organisation", text)
        return organisation_id
    if said is None:
        if not given.organisation.broken:
            name = given.files[0][0] if given.files else "-"
            text = Text("the first load of an organisation must say which it is: “organisation:” with key and name.")
            problems.add(Place(file=name), "organisation", text)
        return None
    return session.exec(select(Organisation.id).where(col(Organisation.key) == said.key)).first()


def _lock(session: Session, scope: UUID, said: OrganisationRow | None, *, writes: bool) -> Organisation | None:
    """The organisation's row, held against everybody who writes; None when this load creates it."""
    # Every new row refers to its organisation, and so waits for this lock: what is compared here cannot be
    # overtaken by what somebody else writes meanwhile.
    query = select(Organisation).where(col(Organisation.id) == scope)
    organisation = session.exec(query.with_for_update() if writes else query).first()
    if organisation is None and said is not None:
        other = session.exec(select(Organisation.id).where(col(Organisation.key) == said.key)).first()
        if other is not None:
            raise Conflict(Text("Somebody else created the organisation {key} meanwhile; load again.", key=said.key))
    return organisation


def _place(given: Given) -> Place:
    rows = given.organisation.valid
    return rows[0].at("demonstration") if rows else Place(file="-")


def _plan_organisation(
    plan: Plan, organisation: Organisation, said: OrganisationRow | None, new: bool, place: Place
) -> None:
    if said is None:
        return
    if said.demonstration and not organisation.demonstration:
        # A demonstration lets anybody act as anybody: what holds real people never becomes one.
        text = Text("is no demonstration and cannot be made one; load into a database of its own.")
        plan.problems.add(place, "demonstration", text)
    before = {"id": organisation.id, "name": organisation.name, "demonstration": organisation.demonstration}
    after = {"id": organisation.id, "name": said.name, "demonstration": said.demonstration}
    plan.compare("organisation", Organisation, {said.key: after}, {} if new else {said.key: before})


def _plan_all(
    plan: Plan,
    known: Known,
    given: Given,
    now: datetime,
    warn_before_days: Sequence[int],
    progress: Progress,
) -> tuple[LikelyDeparture, ...]:
    day = today(now)
    progress("compare", 0, 4)
    bodies = plan_bodies(plan, known, given)
    departments = plan_departments(plan, known, given, bodies)
    people, numbers = plan_people(plan, known, given)
    plan_employments(plan, known, given, people, numbers, departments, day)
    progress("compare", 1, 4)
    plan_appointments(plan, known, given, people, bodies, departments)
    plan_absences(plan, known, given, people)
    progress("compare", 2, 4)
    systems = plan_systems(plan, known, given, bodies, departments)
    profiles = plan_profiles(plan, known, given, systems)
    plan_administrators(plan, known, given, people, systems)
    plan_plans(plan, known, given, systems)
    plan_sod_rules(plan, known, given, profiles)
    plan_delegations(plan, known, given, people, bodies, systems)
    progress("compare", 3, 4)
    plan_grants(plan, known, given, people, systems, profiles, now, warn_before_days)
    progress("compare", 4, 4)
    return likely_departures(known, given, numbers, day)


def _write(
    session: Session, organisation: Organisation, said: OrganisationRow | None, plan: Plan, progress: Progress
) -> None:
    if said is not None:
        organisation.name, organisation.demonstration = said.name, said.demonstration
    session.add(organisation)
    session.flush()
    total = sum(len(rows) for table in ORDER for rows in (plan.inserts[table], plan.updates[table]))
    done = 0
    progress("write", done, total)
    # Core on the session's own connection: an ORM update in bulk cannot carry the session's scope. The rows
    # that are updated were read through it, and the ids are theirs.
    connection = session.connection()
    for table in ORDER:
        inserts = parents_first(plan.inserts[table]) if table in WITH_PARENTS else plan.inserts[table]
        for batch in _batches(inserts):
            connection.execute(sa.insert(table), batch)
            done += len(batch)
            progress("write", done, total)
    for table in ORDER:
        for row in plan.updates[table]:
            values = {name: value for name, value in row.items() if name != "id"}
            changed = sa.update(table).where(
                sa.inspect(table).columns["organisation_id"] == plan.organisation_id,
                sa.inspect(table).columns["id"] == row["id"],
            )
            connection.execute(changed.values(values))
            done += 1
        progress("write", done, total)


def _batches(rows: Sequence[dict[str, Any]]) -> list[Sequence[dict[str, Any]]]:
    return [rows[start : start + ROWS_AT_A_TIME] for start in range(0, len(rows), ROWS_AT_A_TIME)]


def _told(result: LoadResult) -> dict[str, Any]:
    """What the event keeps."""
    return {
        "files": [{"name": name, "sha256": digest} for name, digest in result.files],
        "counts": {
            noun: {"new": count.new, "changed": count.changed}
            for noun, count in result.counts.items()
            if count.new or count.changed
        },
        "changes": [
            {
                "noun": change.noun,
                "key": change.key,
                "fields": {name: [before, after] for name, (before, after) in change.fields.items()},
            }
            for change in result.changes
            if change.what == What.CHANGED and change.noun in KEPT
        ],
    }
