"""What a test starts from: a builder with defaults, so that a test says only what matters to it."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, TypeVar
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from models import (
    Absence,
    AccessGrant,
    AccessProfile,
    Administrator,
    AppointedRole,
    Appointment,
    AttachmentKind,
    AuthorisationRequest,
    BodyKind,
    Case,
    ConfidentialityUndertaking,
    Database,
    Decision,
    DecisionOutcome,
    DelegatedSystem,
    Delegation,
    Department,
    Employment,
    EmploymentKind,
    Event,
    GoverningBody,
    GrantState,
    ItSystem,
    Message,
    Organisation,
    Part,
    Person,
    PlanKind,
    SodRule,
    SystemPlan,
    SystemRelease,
    Task,
    new_id,
)
from workflows import cases, evidence, leaving, orders
from workflows.attachments import FileStore
from workflows.authority import Authority
from workflows.deadlines import end_of_day
from workflows.engine import Outcome, fire
from workflows.errors import Refused
from workflows.evidence import Actor
from workflows.leaving import Leaver
from workflows.lookup import case_by_number
from workflows.mandate import Answer
from workflows.office import Office
from workflows.orders import Line
from workflows.policy import load_policy
from workflows.releasing import NewRelease, propose

NOW: Final = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
"""A Tuesday, 10:00 in Stockholm."""
TODAY: Final = date(2026, 3, 10)
WINDOW: Final = (datetime(2026, 3, 20, 17, 0, tzinfo=UTC), datetime(2026, 3, 20, 21, 0, tzinfo=UTC))
"""Friday the week after, 18:00 to 22:00 in Stockholm."""
LONG_AGO: Final = date(2020, 1, 1)

Row = TypeVar("Row", bound=SQLModel)


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    """The codes of the reasons that something was refused for."""
    return {reason.code for reason in refused.value.reasons}


@dataclass(frozen=True, kw_only=True)
class World:
    """A small municipality, ready for work. Everybody's employee number is the name they have here."""

    council: GoverningBody
    board: GoverningBody
    department: Department
    care: ItSystem
    read: AccessProfile
    write: AccessProfile
    admin: AccessProfile
    delegation: Delegation
    nurse: Person
    manager: Person
    """The nurse's, and the one who orders."""
    head: Person
    """Head of the department; the board's delegate."""
    deputy: Person
    chair: Person
    superior: Person
    """Chair of the council, above the board."""
    administrator: Person
    technician: Person
    second_technician: Person
    head_of_it: Person
    coordinator: Person
    hr: Person
    """HR officer."""
    outsider: Person
    """Employed, with nothing to do with anything."""


class Given:
    """An organisation in a database, and what a test wants to be true in it."""

    def __init__(self, database: Database, key: str = "BEHORIG") -> None:
        self.database = database
        self.organisation = Organisation(id=new_id(), key=key, name=key.title())
        self._session: Session | None = None
        self._numbers = count(1)
        self._world: World | None = None
        with database.writing(None) as session:
            session.add(self.organisation)
        folder = mkdtemp(prefix="behorig-files-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.office = Office(
            database=database,
            organisation_id=self.organisation.id,
            policy=load_policy(None),
            base_url="https://behorig.example",
            files=FileStore(Path(folder)),
        )

    # --- Writing rows ---

    def save(self, row: Row) -> Row:
        """Write one row, by itself unless the builder is in the middle of several."""
        if self._session is not None:
            self._session.add(row)
            self._session.flush()
            return row
        with self.database.writing(self.organisation.id) as session:
            session.add(row)
        return row

    def change(self, row: SQLModel, **values: Any) -> None:
        """Change a row behind the scenes: a profile is withdrawn, a delegation expires."""
        table: Any = type(row)
        with self.database.writing(self.organisation.id) as session:
            session.execute(sa.update(table).where(table.id == row.id).values(**values))  # type: ignore[attr-defined]

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write everything inside in one transaction, which is quicker."""
        with self.database.writing(self.organisation.id) as session:
            self._session = session
            try:
                yield
            finally:
                self._session = None

    def separation_waived_up_to(self, users: int) -> None:
        """The municipality's policy lets one person hold two parts on systems this small."""
        policy = self.office.policy
        separation = policy.separation.model_copy(update={"small_system_max_users": users})
        self.office = replace(self.office, policy=replace(policy, separation=separation))

    def brake_at(self, people: int) -> None:
        """The municipality's policy holds more notices than this in an hour; 0 holds every one."""
        departure = self.office.policy.departure
        brake = departure.brake.model_copy(update={"at_least": people, "percent": 0})
        policy = replace(self.office.policy, departure=departure.model_copy(update={"brake": brake}))
        self.office = replace(self.office, policy=policy)

    # --- Organisation and register ---

    def body(
        self, key: str = "", *, kind: BodyKind = BodyKind.BOARD, parent: GoverningBody | None = None
    ) -> GoverningBody:
        """A governing body."""
        key = key or f"BODY{next(self._numbers)}"
        return self.save(GoverningBody(key=key, name=key.title(), kind=kind, parent_id=parent.id if parent else None))

    def department(self, key: str = "", *, body: GoverningBody | None = None) -> Department:
        """A department, of a body of its own unless one is named."""
        key = key or f"DEPARTMENT{next(self._numbers)}"
        return self.save(Department(key=key, name=key.title(), body_id=(body or self.body()).id))

    def person(
        self,
        number: str = "",
        *,
        given_name: str = "",
        family_name: str = "",
        employed: bool = True,
        starts_on: date = LONG_AGO,
        ends_on: date | None = None,
        kind: EmploymentKind = EmploymentKind.PERMANENT,
        department: Department | None = None,
        manager: Person | None = None,
        protected: bool = False,
        language: str = "en",
        email: str | None = "",
    ) -> Person:
        """A person with one employment, unless said to have none."""
        number = number or f"person{next(self._numbers)}"
        person = self.save(
            Person(
                employee_number=number,
                given_name=given_name or number.title(),
                family_name=family_name or "Svensson",
                email=f"{number}@behorig.example" if email == "" else email,
                language=language,
                protected_identity=protected,
            )
        )
        if employed:
            self.employment(
                person, starts_on=starts_on, ends_on=ends_on, kind=kind, department=department, manager=manager
            )
        return person

    def employment(
        self,
        person: Person,
        *,
        number: str = "1",
        starts_on: date = LONG_AGO,
        ends_on: date | None = None,
        kind: EmploymentKind = EmploymentKind.PERMANENT,
        department: Department | None = None,
        manager: Person | None = None,
    ) -> Employment:
        """An employment of a person; under the world's manager once there is a world."""
        world = self._world
        where = department or (world.department if world else self.department())
        above = manager or (world.manager if world else None)
        return self.save(
            Employment(
                person_id=person.id,
                number=number,
                department_id=where.id,
                manager_id=above.id if above else None,
                kind=kind,
                starts_on=starts_on,
                ends_on=ends_on,
            )
        )

    def answers_to(self, person: Person, manager: Person) -> None:
        """Somebody gets another manager, who may order for them."""
        self.change(self.employment_of(person), manager_id=manager.id)

    def system(
        self,
        key: str = "",
        *,
        owner: GoverningBody | None = None,
        department: Department | None = None,
        administrator: Person | None = None,
        approved: bool = True,
        critical: bool = False,
        profiles: Sequence[str] = (),
    ) -> ItSystem:
        """A system; of the world's board, when there is one and no owner is named. `profiles` rise in level."""
        key = key or f"SYSTEM{next(self._numbers)}"
        world = self._world
        owner = owner or (world.board if world else self.body())
        department = department or (world.department if world else self.department(body=owner))
        system = self.save(
            ItSystem(
                key=key,
                name=key.title(),
                owner_id=owner.id,
                department_id=department.id,
                critical=critical,
                approved_on=LONG_AGO if approved else None,
            )
        )
        if administrator is not None:
            self.administers(administrator, system)
        for level, profile in enumerate(profiles, start=1):
            self.profile(profile, system=system, level=level)
        return system

    def profile(self, key: str = "", *, system: ItSystem | None = None, level: int = 1, **values: Any) -> AccessProfile:
        """A profile in force; of CARE unless another system is named."""
        key = key or f"PROFILE{next(self._numbers)}"
        values = {"valid_from": LONG_AGO, "allows": f"{key.title()} what is in it.", **values}
        return self.save(
            AccessProfile(system_id=(system or self.world.care).id, key=key, name=key.title(), level=level, **values)
        )

    def administers(
        self, person: Person, system: ItSystem, *, valid_from: date = LONG_AGO, valid_to: date | None = None
    ) -> Administrator:
        """A dated appointment as administrator of a system."""
        return self.save(
            Administrator(system_id=system.id, person_id=person.id, valid_from=valid_from, valid_to=valid_to)
        )

    def appointment(
        self,
        person: Person,
        role: AppointedRole,
        *,
        body: GoverningBody | None = None,
        department: Department | None = None,
        valid_from: date = LONG_AGO,
        valid_to: date | None = None,
    ) -> Appointment:
        """A dated appointment to a role."""
        return self.save(
            Appointment(
                person_id=person.id,
                role=role,
                body_id=body.id if body else None,
                department_id=department.id if department else None,
                valid_from=valid_from,
                valid_to=valid_to,
                reference=f"{role} § 1",
            )
        )

    def delegation(
        self,
        delegate: Person,
        *,
        body: GoverningBody | None = None,
        deputy: Person | None = None,
        systems: Sequence[ItSystem] = (),
        parent: Delegation | None = None,
        further_levels: int = 0,
        valid_from: date = date(2026, 1, 1),
        valid_to: date | None = date(2026, 12, 31),
    ) -> Delegation:
        """A delegation of the world's board for this year; of all its systems unless some are named."""
        number = f"D{next(self._numbers)}"
        delegation = self.save(
            Delegation(
                number=number,
                body_id=(body or self.world.board).id,
                delegate_id=delegate.id,
                deputy_id=deputy.id if deputy else None,
                all_systems=not systems,
                parent_id=parent.id if parent else None,
                further_levels=further_levels,
                valid_from=valid_from,
                valid_to=valid_to,
                reference=f"{number} § 14/2026",
            )
        )
        for system in systems:
            self.save(DelegatedSystem(delegation_id=delegation.id, system_id=system.id))
        return delegation

    def sod(self, first: AccessProfile, second: AccessProfile, reason: str = "Nobody pays what they order.") -> SodRule:
        """Two profiles that must not meet."""
        low, high = sorted((first.id, second.id))
        return self.save(SodRule(first_profile_id=low, second_profile_id=high, reason=reason))

    def absence(self, person: Person, starts_on: date = TODAY, ends_on: date = TODAY) -> Absence:
        """Somebody is away."""
        return self.save(Absence(person_id=person.id, starts_on=starts_on, ends_on=ends_on))

    def undertaking(self, person: Person, acknowledged_on: date = LONG_AGO) -> ConfidentialityUndertaking:
        """Somebody has acknowledged the undertaking of confidentiality."""
        return self.save(ConfidentialityUndertaking(person_id=person.id, acknowledged_on=acknowledged_on))

    def grant(
        self,
        person: Person,
        profile: AccessProfile,
        *,
        employment: Employment | None = None,
        starts_on: date = LONG_AGO,
        ends_on: date | None = None,
        state: GrantState = GrantState.ACTIVE,
        next_action_at: datetime | None = None,
    ) -> AccessGrant:
        """Access that somebody holds already, taken over when the register was first loaded."""
        ends_at = end_of_day(ends_on) if ends_on else None
        period: dict[str, Any] = {"starts_on": starts_on, "ends_on": ends_on, "ends_at": ends_at}
        what: dict[str, Any] = {"person_id": person.id, "system_id": profile.system_id, "profile_id": profile.id}
        decision = self.save(
            Decision(
                outcome=DecisionOutcome.TAKEN_OVER,
                at=NOW,
                mandate_basis="register",
                mandate_reference="taken over",
                profile_version=1,
                **what,
                **period,
            )
        )
        return self.save(
            AccessGrant(
                decision_id=decision.id,
                employment_id=(employment or self.employment_of(person)).id,
                state=state,
                account_name=person.employee_number,
                next_action_at=next_action_at,
                **what,
                **period,
            )
        )

    def municipality(self) -> World:
        """A council, a board with one department and one system, and everybody that a request needs."""
        with self.together():
            council = self.body("COUNCIL", kind=BodyKind.COUNCIL)
            board = self.body("CAREBOARD", parent=council)
            department = self.department("CAREDEPARTMENT", body=board)
            manager = self.person("manager", department=department)

            def somebody(number: str) -> Person:
                return self.person(number, department=department, manager=manager)

            people = {
                name: somebody(name) for name in World.__annotations__ if name not in _NOT_PEOPLE and name != "manager"
            }
            care = self.system("CARE", owner=board, department=department, administrator=people["administrator"])
            read, write, admin = (
                self.profile(key, system=care, level=level)
                for level, key in enumerate(("READ", "WRITE", "ADMIN"), start=1)
            )
            self.appointment(people["chair"], AppointedRole.CHAIR, body=board)
            self.appointment(people["superior"], AppointedRole.CHAIR, body=council)
            self.appointment(people["head"], AppointedRole.HEAD_OF_DEPARTMENT, department=department)
            self.appointment(people["technician"], AppointedRole.TECHNICIAN)
            self.appointment(people["second_technician"], AppointedRole.TECHNICIAN)
            self.appointment(people["head_of_it"], AppointedRole.HEAD_OF_IT)
            self.appointment(people["coordinator"], AppointedRole.SECURITY_COORDINATOR)
            self.appointment(people["hr"], AppointedRole.HR_OFFICER)
            delegation = self.delegation(people["head"], body=board, deputy=people["deputy"], further_levels=1)
            self._world = World(
                council=council,
                board=board,
                department=department,
                care=care,
                read=read,
                write=write,
                admin=admin,
                delegation=delegation,
                manager=manager,
                **people,
            )
        return self._world

    @property
    def world(self) -> World:
        """The small municipality that was made."""
        if self._world is None:
            raise LookupError("call given.municipality() first")
        return self._world

    # --- Acting ---

    def actor(self, person: Person) -> Actor:
        """Somebody who acts, at a terminal."""
        return Actor.of(person, channel="cli", os_user="tester")

    def line(self, person: Person | None = None, **changes: Any) -> Line:
        """A line of an order: READ in CARE for the nurse, unless said otherwise."""
        who = person or self.world.nurse
        values = {"system": "CARE", "profile": "READ", "purpose": "Works at the ward.", **changes}
        return Line(employee_number=who.employee_number, **values)

    def order(
        self,
        person: Person | None = None,
        *,
        by: Person | None = None,
        now: datetime = NOW,
        submit: bool = True,
        **changes: Any,
    ) -> str:
        """Order one line, by the manager unless said otherwise; the case's number."""
        actor = self.actor(by or self.world.manager)
        return orders.open_order(self.office, [self.line(person, **changes)], actor, now, submit=submit)[0].number

    def act(
        self,
        number: str,
        event: str,
        *,
        by: Person,
        now: datetime = NOW,
        expected_version: int | None = None,
        idempotency_key: str | None = None,
        **data: Any,
    ) -> Outcome:
        """Somebody acts on a case."""
        return cases.act(
            self.office,
            number,
            event,
            data,
            self.actor(by),
            now,
            expected_version=expected_version,
            idempotency_key=idempotency_key,
        )

    def by_rule(self, number: str, event: str, *, now: datetime = NOW, **data: Any) -> Outcome:
        """A rule acts on a case, as the sweeps do when a time limit has run out."""
        return self.alone(number, event, by=None, now=now, **data)

    def alone(self, number: str, event: str, *, by: Person | None, now: datetime = NOW, **data: Any) -> Outcome:
        """Somebody, or a rule, acts on a case, and what would follow from it elsewhere has not followed yet."""
        actor = self.actor(by) if by else Actor.rule("sweep")
        with self.database.writing(self.organisation.id) as session:
            case = case_by_number(session, number, lock=True)
            dossier = cases.dossier_of(session, self.office, Authority.read(session), case, now)
            return fire(session, dossier, event, data, actor, now)

    def leaves(
        self, person: Person | None = None, *, by: Person | None = None, now: datetime = NOW, **changes: Any
    ) -> str:
        """The number of a notice that somebody leaves: the nurse in ten days, said by HR, unless said otherwise."""
        who = person or self.world.nurse
        leaver = Leaver(**{"employee_number": who.employee_number, "last_day": TODAY + timedelta(days=10), **changes})
        return leaving.notice(self.office, leaver, self.actor(by or self.world.hr), now).number

    def parts(self, number: str) -> list[Case]:
        """The end requests that are part of a notice, oldest first."""
        mine = self.all(AuthorisationRequest, AuthorisationRequest.notice_id == self.case(number).id)
        return self.all(Case, col(Case.id).in_([row.id for row in mine]))

    def release(
        self,
        version: str = "2.0",
        *,
        system: str = "CARE",
        by: Person | None = None,
        now: datetime = NOW,
        planned_from: datetime = WINDOW[0],
        planned_until: datetime = WINDOW[1],
        urgent_reason: str = "",
        contents: str = "A list of allergies.",
    ) -> str:
        """Put a version forward, by the system's administrator unless said otherwise; the case's number."""
        new = NewRelease(
            system=system,
            version=version,
            contents=contents,
            planned_from=planned_from,
            planned_until=planned_until,
            urgent_reason=urgent_reason,
        )
        return propose(self.office, new, self.actor(by or self.world.administrator), now).number

    def attach(
        self,
        number: str,
        kind: AttachmentKind = AttachmentKind.PROTOCOL,
        *,
        by: Person | None = None,
        now: datetime = NOW,
        name: str = "protocol.txt",
        contents: bytes = b"Forty cases, none failed.",
    ) -> Outcome:
        """Make a file part of a case, by the system's administrator unless said otherwise."""
        actor = self.actor(by or self.world.administrator)
        return cases.attach(self.office, number, name, contents, kind, actor, now)

    def take_release(self, number: str, to: str, *, now: datetime = NOW) -> str:
        """Take a release that is put forward to a state, each step by the one whose step it is; the number again."""
        world = self.world
        says: dict[str, Any] = {"reason": "Because.", "comment": "So it is."}
        ways: dict[str, tuple[_Step, ...]] = {
            "AWAITING_DECISION": (),
            "AWAITING_TEST": (("agree_date", world.head_of_it, {}), ("go_ahead", world.head, {})),
            "AWAITING_SECURITY_REVIEW": (("pass_test", world.administrator, {}),),
            "AWAITING_OPERATIONAL_APPROVAL": (("review", world.coordinator, {"comment": "Nothing."}),),
            "AWAITING_DEPLOYMENT": (("cosign", world.head_of_it, {}), ("approve", world.head, {})),
            "AWAITING_REGISTRATION": (("deploy", world.administrator, {"comment": "Tried by hand."}),),
            "IN_OPERATION": (
                (
                    "register",
                    world.technician,
                    {"version": self.release_of(number).version, "ticket_number": "N-2002"},
                ),
            ),
        }
        if to in ("PROPOSED", "REJECTED", "WITHDRAWN", "ROLLED_BACK"):
            before, event, by = {
                "PROPOSED": ("AWAITING_TEST", "fail_test", world.administrator),
                "REJECTED": ("AWAITING_DECISION", "reject", world.head),
                "WITHDRAWN": ("AWAITING_DECISION", "withdraw", world.administrator),
                "ROLLED_BACK": ("AWAITING_REGISTRATION", "roll_back", world.administrator),
            }[to]
            self.take_release(number, before, now=now)
            if event == "fail_test":
                self.attach(number, now=now)
            self.act(number, event, by=by, now=now, reason=says["reason"])
            return number
        for state, steps in ways.items():
            if self.case(number).state == "AWAITING_TEST" and state == "AWAITING_SECURITY_REVIEW":
                self.attach(number, now=now)
            last = state in ("AWAITING_REGISTRATION", "IN_OPERATION")
            when = max(now, self.release_of(number).planned_from or now) if last else now
            for event, person, data in steps:
                self.act(number, event, by=person, now=when, **data)
            if state == to:
                break
        return number

    def release_of(self, number: str) -> SystemRelease:
        """What a release's case is about."""
        return self.all(SystemRelease, SystemRelease.id == self.case(number).id)[0]

    def urgent_path_is_open(self) -> None:
        """The municipality's policy lets urgent security fixes go the short path."""
        policy = self.office.policy
        urgent = policy.release.urgent.model_copy(update={"allowed": True})
        release = policy.release.model_copy(update={"urgent": urgent})
        self.office = replace(self.office, policy=replace(policy, release=release))

    def plans(self, system: ItSystem) -> None:
        """A system's security plan and outage plan, both in force."""
        for kind in PlanKind:
            self.save(
                SystemPlan(
                    system_id=system.id, kind=kind, reference=f"{kind} § 3", valid_from=LONG_AGO, agreed_on=LONG_AGO
                )
            )

    def take(self, number: str, to: str, *, now: datetime = NOW) -> str:
        """Take a submitted request to a state, each step by the one whose step it is; the number again."""
        world = self.world
        approve: _Step = ("approve", world.head, {})
        execute: _Step = ("execute", world.administrator, {"account_name": "nurse01"})
        register: _Step = ("register", world.technician, {"ticket_number": "N-1001"})
        obstacle: _Step = ("report_obstacle", world.administrator, {"reason": "No such role.", "solver": "owner"})
        ways: dict[str, tuple[_Step, ...]] = {
            "AWAITING_DECISION": (),
            "AWAITING_COMPLETION": (("return_for_completion", world.head, {"reason": "Which ward?"}),),
            "AWAITING_EXECUTION": (approve,),
            "AWAITING_REGISTRATION": (approve, execute),
            "OBSTRUCTED": (approve, obstacle),
            "COMPLETED": (approve, execute, register),
            "REJECTED": (("reject", world.head, {"reason": "Not needed."}),),
            "WITHDRAWN": (("withdraw", world.manager, {}),),
            "FAILED": (approve, obstacle, ("fail", world.head, {"reason": "Cannot be done."})),
        }
        if to == "LAPSED":
            self.by_rule(number, "lapse", now=now)
            return number
        for event, by, data in ways[to]:
            self.act(number, event, by=by, now=now, **data)
        return number

    def held(self, person: Person | None = None, *, now: datetime = NOW, **changes: Any) -> AccessGrant:
        """Access that somebody holds because a request for it was completed."""
        number = self.take(self.order(person, now=now, **changes), "COMPLETED", now=now)
        return next(row for row in self.grants() if row.case_id == self.case(number).id)

    # --- Looking ---

    def all(self, table: type[Row], *conditions: Any) -> list[Row]:
        """The organisation's rows of a table, oldest first."""
        with self.database.reading(self.organisation.id) as session:
            return list(session.exec(select(table).where(*conditions).order_by(*sa.inspect(table).primary_key)))

    def again(self, row: Row) -> Row:
        """A row as it stands now."""
        columns: Any = type(row)
        return self.all(type(row), columns.id == row.id)[0]  # type: ignore[attr-defined]

    def case(self, number: str) -> Case:
        """A case."""
        return self.all(Case, Case.number == number)[0]

    def state(self, number: str) -> str:
        """Where a case stands."""
        return self.case(number).state

    def request(self, number: str) -> AuthorisationRequest:
        """What a case is about."""
        return self.all(AuthorisationRequest, AuthorisationRequest.id == self.case(number).id)[0]

    def decisions(self, number: str) -> list[Decision]:
        """Every decision in a case."""
        return self.all(Decision, Decision.case_id == self.case(number).id)

    def events(self, number: str) -> list[Event]:
        """What happened in a case, in order."""
        case_id = self.case(number).id
        with self.database.reading(self.organisation.id) as session:
            return list(session.exec(select(Event).where(Event.case_id == case_id).order_by(col(Event.position))))

    def tasks(self, number: str, *, is_open: bool = True) -> list[Task]:
        """What a case waits for; everything it has waited for when `is_open` is false."""
        conditions = [Task.case_id == self.case(number).id]
        return self.all(Task, *conditions, *([col(Task.closed_at).is_(None)] if is_open else []))

    def messages(self, number: str = "", kind: str = "") -> list[Message]:
        """What is to be sent, about one case and of one kind when said."""
        conditions = [Message.case_id == self.case(number).id] if number else []
        return self.all(Message, *conditions, *([Message.kind == kind] if kind else []))

    def told(self, number: str, kind: str) -> set[str]:
        """The employee numbers of those told something about a case."""
        numbers = self._numbers_of()
        return {numbers[row.recipient_id] for row in self.messages(number, kind)}

    def recipient(self, message: Message) -> str:
        """The employee number of somebody who was told."""
        return self._numbers_of()[message.recipient_id]

    def grants(self, person: Person | None = None) -> list[AccessGrant]:
        """The grants there are, of one person when said."""
        return self.all(AccessGrant, *([AccessGrant.person_id == person.id] if person else []))

    def employment_of(self, person: Person) -> Employment:
        """Somebody's only employment."""
        if self._session is not None:
            return self._session.exec(select(Employment).where(Employment.person_id == person.id)).one()
        (employment,) = self.all(Employment, Employment.person_id == person.id)
        return employment

    def answer(self, number: str, part: Part, *, now: datetime = NOW, about: str = "") -> Answer:
        """Who may play a part in a case, and who holds the role and may not."""
        with self.database.reading(self.organisation.id) as session:
            case = case_by_number(session, number)
            dossier = cases.dossier_of(session, self.office, Authority.read(session), case, now, lock=False)
            waiting = session.exec(
                select(Task).where(
                    Task.case_id == case.id, Task.part == part, Task.about == about, col(Task.closed_at).is_(None)
                )
            ).first()
            return dossier.who_may(part, waiting)

    def may(self, number: str, part: Part, *, now: datetime = NOW, about: str = "") -> list[str]:
        """The employee numbers of those who may play a part, in order of preference."""
        numbers = self._numbers_of()
        return [numbers[mandate.person_id] for mandate in self.answer(number, part, now=now, about=about).holders]

    def is_whole(self) -> bool:
        """Whether every chain of events fits."""
        with self.database.reading(self.organisation.id) as session:
            return not evidence.verify(session).breaks

    def _numbers_of(self) -> dict[UUID, str]:
        return {row.id: row.employee_number for row in self.all(Person)}


_Step = tuple[str, Person, dict[str, Any]]
_NOT_PEOPLE = ("council", "board", "department", "care", "read", "write", "admin", "delegation")
