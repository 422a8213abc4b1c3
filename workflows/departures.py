"""A departure notice's dossier: who may play which part in it, and how what follows from it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlmodel import Session, col, select

from language import Text
from models import (
    AccessGrant,
    AppointedRole,
    AuthorisationRequest,
    Case,
    DepartureKind,
    DepartureNotice,
    GrantState,
    Part,
    RequestKind,
    Task,
    new_id,
)
from workflows import departure_facts, grants, tasks
from workflows.authorisation import WORKFLOW as REQUEST
from workflows.authority import Authority
from workflows.changes import (
    AccessSuspended,
    AccountsOpened,
    DayMoved,
    DutySettled,
    Noted,
    PartsCalledOff,
    PartsGathered,
)
from workflows.deadlines import last_day, today
from workflows.departure import WORKFLOW
from workflows.departure_account import account_of
from workflows.departure_facts import DepartureFacts
from workflows.departure_limits import carrying_out, counted_from, duty_limits, release_limits
from workflows.dossier import Dossier, Waits
from workflows.duties import list_duties
from workflows.engine import open_case, step
from workflows.errors import Reason
from workflows.evidence import Actor
from workflows.locks import hold_what_ends
from workflows.mandate import Parties, departure_parties
from workflows.notices import CaseSummary
from workflows.office import Office
from workflows.people import shown_name
from workflows.requests import RequestDossier, own_end
from workflows.templates import Listed
from workflows.workflow import Attempt, Change, Field, Mandate, Role, Workflow

RULE = Actor.rule("departure")


@dataclass(frozen=True, kw_only=True)
class DepartureDossier(Dossier):
    """A departure's case with everything about it."""

    workflow: ClassVar[Workflow] = WORKFLOW

    notice: DepartureNotice
    facts: DepartureFacts

    @classmethod
    def read(
        cls,
        session: Session,
        office: Office,
        authority: Authority,
        case: Case,
        now: datetime,
        *,
        lock: bool = True,
        automatic: bool = False,
    ) -> DepartureDossier:
        """The dossier of a case."""
        notice = notice_of_case(session, case)
        noticing = case.state == WORKFLOW.initial
        if lock:
            hold_what_ends(session, notice, now, opens=(REQUEST,) if noticing else ())
            # That the accounts were opened may have been noted on it meanwhile, in another notice of the person.
            notice = notice_of_case(session, case)
        facts = departure_facts.read(session, notice, office.policy, now, noticing=noticing, automatic=automatic)
        return cls(case=case, office=office, authority=authority, today=today(now), notice=notice, facts=facts)

    @property
    def part_of(self) -> tuple[UUID, ...]:
        return (self.case.id,)

    @property
    def subject(self) -> DepartureNotice:
        return self.notice

    @property
    def circumstances(self) -> DepartureFacts:
        return self.facts

    def parties(self, about: str = "") -> Parties:
        """Whom it is about; for a duty, also the body or system whose duty it is."""
        duty = next((row for row in self.facts.duties if row.name == about), None)
        return departure_parties(self.notice, self.facts.employment, duty, self.office.policy)

    def people(self, role: str) -> Sequence[UUID | None]:
        match role:
            case "manager":
                return [self.facts.employment.manager_id]
            case "hr":
                # What the sweep found, or a manager noticed, is every HR officer's to know of.
                officers = [row.person_id for row in self.authority.appointed(AppointedRole.HR_OFFICER, self.today)]
                noticed_by = self.notice.noticed_by_id
                return [noticed_by] if noticed_by in officers else officers
            case "technicians":
                return [row.person_id for row in self.authority.appointed(AppointedRole.TECHNICIAN, self.today)]
            case _:
                named = self.office.policy.departure.immediate.tell_at_once
                return [person for each in named for person in self.holders_of(each)]

    def own_mandate(self, role: Role, actor: Actor) -> Mandate | tuple[Reason, ...] | None:
        if role is Role.HR:
            for row in self.authority.appointed(AppointedRole.HR_OFFICER, self.today):
                if row.person_id == actor.person_id and row.person_id != self.notice.person_id:
                    return Mandate(
                        person_id=row.person_id, basis="hr-officer", reference=row.reference, basis_id=row.id
                    )
            return (Reason("not-hr", Text("Only HR does this, and nobody for themself.")),)
        if role is Role.MANAGER:
            manager = self.facts.employment.manager_id
            moves = self.notice.kind == DepartureKind.MOVE
            if moves and actor.person_id is not None and actor.person_id == manager:
                return Mandate(person_id=manager, basis="manager", reference="")
            return (Reason("not-the-manager", Text("A manager notices a change of duties, of their own staff only.")),)
        return None

    def is_party(self, person_id: UUID | None) -> bool:
        return person_id in (self.facts.employment.manager_id, self.notice.noticed_by_id)

    def summary(self, language: str) -> CaseSummary:
        return CaseSummary(
            number=self.case.number,
            path=f"departures/{self.case.number}",
            kind=self.notice.kind,
            state=self.case.state,
            person=shown_name(self.facts.person, language),
            ends_on=self.notice.last_day,
        )

    def account(self, session: Session) -> tuple[Listed, ...]:
        return account_of(session, self.authority, self.notice, self.facts.duties)

    def waits(self) -> tuple[Waits, ...]:
        left = self.facts.left(self.case, self.notice)
        return tuple(Waits(part=Part(part), about=about) for part, about in left)

    def is_counted_wrong(self, task: Task) -> bool:
        return self.facts.is_counted_wrong(self.case, self.notice, task.part, counted_from(task.schedule))

    def task_row(self, waits: Waits, now: datetime) -> dict[str, Any]:
        policy = self.office.policy
        if waits.part is Part.RELEASE:
            due, dues = release_limits(self.notice, policy, now)
        elif waits.part is Part.APPOINT:
            due, dues = duty_limits(self.notice, policy, now)
        elif waits.part is Part.REOPEN_ACCOUNTS:
            return tasks.within(policy.request.registration, self.case, waits.part, policy.calendar, now)
        elif waits.part is Part.BLOCK:
            due, dues = carrying_out(waits.part, self.notice, policy, now)
        else:
            until = self.facts.accounts(self.case, self.notice).works_until
            due, dues = carrying_out(waits.part, self.notice, policy, now, until=until)
        return tasks.row(self.case, waits.part, now, due, dues, about=waits.about)

    def apply(self, session: Session, attempt: Attempt, change: Change, data: dict[str, Any]) -> DepartureDossier:
        match change:
            case Noted():
                return self
            case PartsGathered():
                data |= self.facts_for_the_record()
                if self.notice.kind != DepartureKind.MOVE:
                    list_duties(session, self.notice, self.authority, self.today)
                return gathered(session, self, attempt.actor, attempt.now, data, anew=False)
            case DayMoved(last_day=day, ends_at=ends_at):
                return self._moved(session, day, ends_at, attempt.now, data)
            case PartsCalledOff():
                return self._called_off(session, attempt.now, data)
            case AccessSuspended():
                data["suspended"] = self.suspended(session)
                return self
            case AccountsOpened(ticket=ticket):
                return self._opened(session, ticket, attempt, data)
            case DutySettled(name=name, successor=successor):
                duty = next(row for row in self.facts.duties if row.name == name)
                duty.settled_at, duty.settled_by_id, duty.successor = attempt.now, attempt.actor.person_id, successor
                session.flush()
                return self
            case _:
                raise TypeError(f"a departure knows no {type(change).__name__}")

    def facts_for_the_record(self) -> dict[str, Any]:
        """What was noticed, as the event keeps it."""
        return {
            "noticed": {
                "kind": self.notice.kind,
                "last_day": self.notice.last_day.isoformat(),
                "ends_at": self.notice.ends_at.isoformat(),
                "employment": self.facts.employment.number,
            }
        }

    def _moved(
        self, session: Session, day: Any, ends_at: datetime, now: datetime, data: dict[str, Any]
    ) -> DepartureDossier:
        data |= {
            "before": self.notice.last_day.isoformat(),
            "last_day": day.isoformat(),
            "ends_at": ends_at.isoformat(),
        }
        self.notice.last_day, self.notice.ends_at = day, ends_at
        # Moved to a day to come, nobody leaves at once any more: what a block has suspended is theirs until then.
        if self.notice.kind == DepartureKind.IMMEDIATE and ends_at > now:
            self.notice.kind = DepartureKind.NORMAL
            self._given_back(session, now, data)
        session.flush()
        for child in self._ends(session, now):
            if not _can(child, "move_end"):
                continue
            grant = child.facts.grant
            runs_out = own_end(session, grant) if grant is not None else None
            # What has run out by itself is over, whenever they leave.
            if runs_out is None or runs_out > now:
                step(session, child, "move_end", {Field.ENDS_AT: ends_at}, RULE, now)
        return self.again(session, now)

    def _called_off(self, session: Session, now: datetime, data: dict[str, Any]) -> DepartureDossier:
        """Call off what is not carried out; list what is, so that it can be ordered again."""
        # Whether a block is in force yet is asked of the database.
        session.flush()
        called_off, executed = [], []
        for child in self._ends(session, now):
            if _can(child, "call_off"):
                step(session, child, "call_off", {}, RULE, now)
                called_off.append(child.case.number)
            else:
                executed.append(child.case.number)
        done = session.exec(
            select(Case.number)
            .join(AuthorisationRequest, col(AuthorisationRequest.id) == col(Case.id))
            .where(AuthorisationRequest.notice_id == self.notice.id, Case.state == "COMPLETED")
        ).all()
        if self.notice.kind != DepartureKind.MOVE:
            # What is suspended while duties change is so by another notice.
            self._given_back(session, now, data)
        data |= {"called_off": called_off, "executed": sorted([*executed, *done])}
        return self.again(session, now)

    def _given_back(self, session: Session, now: datetime, data: dict[str, Any]) -> None:
        """What a block has suspended and nobody has decided to end opens its door again."""
        back = [grant for grant in self.facts.live if grant.state == GrantState.SUSPENDED]
        for grant in back:
            grants.resume(session, grant, now, self.office.policy.grants.warn_before_days)
        if back:
            data["given_back"] = [str(grant.id) for grant in back]

    def suspended(self, session: Session) -> list[str]:
        """Let nothing by the employment open a door any more; the grants that did."""
        in_use = [grant for grant in self.facts.live if grant.state == GrantState.ACTIVE]
        for grant in in_use:
            grants.suspend(session, grant)
        return [str(grant.id) for grant in in_use]

    def _opened(self, session: Session, ticket: str, attempt: Attempt, data: dict[str, Any]) -> DepartureDossier:
        """Note it on every notice that had shut them; what the person's notices say is held with the person.

        Whoever works on has something to work with: equipment that was taken back is to be taken back once more.
        """
        accounts = self.facts.accounts(self.case, self.notice)
        shut = accounts.shut_by
        under_way = [each.id for each in (accounts.own, *accounts.others) if each.is_under_way]
        rows = session.exec(
            select(DepartureNotice).where(col(DepartureNotice.id).in_([*under_way, *(each.id for each in shut)])),
            execution_options=departure_facts.AGAIN,
        )
        for row in rows:
            if row.id in {each.id for each in shut}:
                row.reopen_ticket, row.reopened_by_id, row.reopened_at = ticket, attempt.actor.person_id, attempt.now
            row.equipment_note, row.equipment_returned_by_id, row.equipment_returned_at = "", None, None
        session.flush()
        if others := sorted(each.number for each in shut if each.id != self.notice.id):
            data["shut_by"] = others
        return self.again(session, attempt.now)

    def _ends(self, session: Session, now: datetime) -> list[RequestDossier]:
        """The open end requests that are part of it, each held locked."""
        return [
            child
            for child in open_parts(session, self, now)
            if child.request.kind == RequestKind.END and child.request.notice_id == self.notice.id
        ]

    def again(self, session: Session, now: datetime) -> DepartureDossier:
        """The dossier with its parts as they are now."""
        return replace(self, facts=departure_facts.read(session, self.notice, self.office.policy, now))


def notice_of_case(session: Session, case: Case) -> DepartureNotice:
    """What a departure's case is about, as it is in the database now."""
    query = select(DepartureNotice).where(DepartureNotice.id == case.id)
    return session.exec(query, execution_options=departure_facts.AGAIN).one()


def open_parts(session: Session, dossier: DepartureDossier, now: datetime) -> list[RequestDossier]:
    """Every open request that has to be over before the notice is; all of them are held already."""
    parts = [(part.case, part.request) for part in dossier.facts.parts]
    return RequestDossier.read_all(session, dossier.office, dossier.authority, parts, now)


def gathered(
    session: Session, dossier: DepartureDossier, actor: Actor, now: datetime, data: dict[str, Any], *, anew: bool
) -> DepartureDossier:
    """Let everything that hangs on the employment come to its end: one request for each access, none twice.

    What was on its way and would have given access is called off; so is an end that is not decided, or comes too late.
    `anew` when it has begun already, and takes in what came to light. When duties change, owners have their time from
    now on.
    """
    notice = dossier.notice
    to_be_called_off = {row.case.id for row in dossier.facts.to_be_called_off(notice)}
    ended = []
    for child in open_parts(session, dossier, now) if to_be_called_off else []:
        if child.case.id in to_be_called_off:
            step(session, child, "call_off", {}, RULE, now)
            ended.append(child.case.number)
    if ended:
        dossier = dossier.again(session, now)
    if notice.kind == DepartureKind.MOVE:
        policy = dossier.office.policy
        notice.ends_at = max(notice.ends_at, policy.calendar.add(now, policy.departure.move.keep))
        data["ends_at"] = notice.ends_at.isoformat()
    opened = []
    for grant in dossier.facts.to_be_ended(notice) if anew else dossier.facts.without_an_end:
        request = _end_of(grant, notice, dossier.today)
        case = open_case(session, dossier.office, REQUEST, request, actor, now, parent_id=notice.id)
        opened.append((case, request))
    for child in RequestDossier.read_all(session, dossier.office, dossier.authority, opened, now):
        step(session, child, "submit", {}, RULE, now)
    shut = dossier.suspended(session) if dossier.facts.accounts(dossier.case, notice).own.suspends else []
    told = {"called_off": ended, "opened": [case.number for case, _ in opened], "suspended": shut}
    data |= {name: numbers for name, numbers in told.items() if numbers}
    return dossier.again(session, now)


def _can(child: RequestDossier, event: str) -> bool:
    """Whether a part can still be moved or called off: not once it is carried out."""
    return event in REQUEST.events_from(child.case.state) and child.request.executed_at is None


def _end_of(grant: AccessGrant, notice: DepartureNotice, today: date) -> AuthorisationRequest:
    """The request that an access ends with what is noticed."""
    ends_on = last_day(notice.ends_at)
    return AuthorisationRequest(
        id=new_id(),
        organisation_id=notice.organisation_id,
        kind=RequestKind.END,
        requester_id=notice.noticed_by_id,
        person_id=grant.person_id,
        employment_id=grant.employment_id,
        system_id=grant.system_id,
        profile_id=grant.profile_id,
        scope=grant.scope,
        starts_on=min(ends_on, today),
        ends_on=ends_on,
        ends_at=notice.ends_at,
        purpose="",
        grant_id=grant.id,
        notice_id=notice.id,
    )
