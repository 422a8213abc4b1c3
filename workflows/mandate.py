"""Mandate: for a case and a day, who may decide, execute and register; in whose place; and if nobody, who is told.

Pure: reads a snapshot of :class:`~workflows.authority.Authority` and the parts already played in the case.
Source: IT programme 3.2.1 (owner and delegation), 3.2.3 (administrator), 3.2.4 (head of IT), 3.2.6 (technician).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from language import Text
from models import (
    AppointedRole,
    AuthorisationRequest,
    Decision,
    Delegation,
    DepartureNotice,
    Duty,
    Employment,
    Hold,
    ItSystem,
    Part,
    SystemRelease,
)
from workflows.authority import Authority
from workflows.errors import Reason, Refused
from workflows.evidence import Actor
from workflows.policy import Policy
from workflows.workflow import Mandate

NOBODY_HIGHER: Final = "superior_chair"


class Play(StrEnum):
    """What one person does in a case and the same person may not do another of."""

    DECISION = "DECISION"
    EXECUTION = "EXECUTION"
    REGISTRATION = "REGISTRATION"
    REVIEW = "REVIEW"


PLAYS: Final[Mapping[Part, Play]] = {
    Part.DECIDE: Play.DECISION,
    Part.APPROVE: Play.DECISION,
    Part.CONFIRM_DATE: Play.DECISION,
    Part.EXECUTE: Play.EXECUTION,
    Part.TEST: Play.EXECUTION,
    Part.DEPLOY: Play.EXECUTION,
    Part.REGISTER: Play.REGISTRATION,
    Part.REVIEW: Play.REVIEW,
    Part.FOLLOW_UP: Play.REVIEW,
}
"""The parts that must not meet in one person, by what they are; all other parts bar nobody."""
_PLAY_OF: Final[Mapping[str, Play]] = {play.lower(): play for play in Play}
ABOUT_A_LEAVER: Final = frozenset(
    {
        Part.RELEASE,
        Part.BLOCK,
        Part.CLOSE_ACCOUNTS,
        Part.RETURN_EQUIPMENT,
        Part.REOPEN_ACCOUNTS,
        Part.APPOINT,
    }
)


@dataclass(frozen=True, kw_only=True)
class Parties:
    """Who already plays a part in a case; what decides who may not play another."""

    person_id: UUID | None = None
    """Whose access or departure it is about; nobody's, when it is about a system."""
    system_id: UUID | None = None
    """The system it is about; none for what concerns a person's accounts as a whole."""
    body_id: UUID | None = None
    """The body that appoints somebody to a duty, when a duty is what it is about."""
    released_by: str = ""
    """The role that lets a departure out of the queue."""
    requester_id: UUID | None = None
    """Who asked for it, noticed it or put it forward."""
    manager_id: UUID | None = None
    played: Mapping[Play, frozenset[UUID]] = field(default_factory=dict)
    """Who has decided, executed, registered or reviewed so far."""
    solver: str = ""
    """While obstructed: the role that can remove the obstacle."""
    separation_waived: bool = False
    """The municipality's policy lets one person hold two parts on a system this small; marked on the record."""

    def others_played_by(self, person_id: UUID | None, part: Part) -> int:
        """How many other things than this part's a person has done in the case."""
        own = PLAYS.get(part)
        return sum(person_id in people for play, people in self.played.items() if play is not own)


def played(**people: UUID | Collection[UUID | None] | None) -> dict[Play, frozenset[UUID]]:
    """Who has done what, by the name of the play; those who are not there yet are left out."""
    found = {}
    for play, given in people.items():
        each = (given,) if given is None or isinstance(given, UUID) else given
        found[_PLAY_OF[play]] = frozenset(person for person in each if person is not None)
    return found


def parties_of(
    request: AuthorisationRequest, decision: Decision | None, employment: Employment, *, separation_waived: bool = False
) -> Parties:
    """The parts of an authorisation request as they stand."""
    return Parties(
        system_id=request.system_id,
        person_id=request.person_id,
        requester_id=request.requester_id,
        manager_id=employment.manager_id,
        played=played(
            decision=decision.decided_by_id if decision else None,
            execution=request.executed_by_id,
            registration=request.registered_by_id,
        ),
        solver=request.obstacle_solver,
        separation_waived=separation_waived,
    )


def release_parties(release: SystemRelease, *, separation_waived: bool = False) -> Parties:
    """The parts of a system release as they stand."""
    return Parties(
        system_id=release.system_id,
        requester_id=release.proposed_by_id,
        played=played(
            decision=(release.decided_by_id, release.approved_by_id),
            execution=(release.tested_by_id, release.deployed_by_id),
            registration=release.registered_by_id,
            review=release.reviewed_by_id,
        ),
        separation_waived=separation_waived,
    )


def departure_parties(notice: DepartureNotice, employment: Employment, duty: Duty | None, policy: Policy) -> Parties:
    """Whom a departure is about; for a duty, also the body or system whose duty it is."""
    confirms = notice.hold == Hold.CONFIRMATION
    return Parties(
        person_id=notice.person_id,
        manager_id=employment.manager_id,
        requester_id=notice.noticed_by_id,
        system_id=duty.system_id if duty else None,
        body_id=duty.body_id if duty else None,
        released_by="hr_officer" if confirms else policy.departure.brake.released_by,
    )


@dataclass
class Answer:
    """Who may act, in order of preference; who holds the role and may not, with why."""

    holders: list[Mandate] = field(default_factory=list)
    barred: dict[UUID, list[Reason]] = field(default_factory=dict)
    present: bool = False
    """Whether at least one of the holders is not away."""

    def of(self, person_id: UUID | None) -> Mandate | None:
        """A person's mandate, if they have one."""
        return next((mandate for mandate in self.holders if mandate.person_id == person_id), None)


@dataclass
class _Inquiry:
    """One question being answered."""

    part: Part
    parties: Parties
    authority: Authority
    day: date
    gained: Collection[str]
    step: int
    answer: Answer = field(default_factory=Answer)

    def admit(self, mandate: Mandate) -> bool:
        """Add somebody who holds the role unless something bars them; says whether they can act and are here."""
        person = mandate.person_id
        bars = self._bars(person)
        if bars:
            self.answer.barred.setdefault(person, []).extend(bars)
            return False
        if self.answer.of(person) is None:
            self.answer.holders.append(mandate)
        here = not self.authority.is_away(person, self.day)
        self.answer.present = self.answer.present or here
        return here

    @property
    def system(self) -> ItSystem:
        """The system that is asked about."""
        if self.parties.system_id is None:
            raise LookupError(f"{self.part} is about a system, and none is named")
        return self.authority.systems[self.parties.system_id]

    def gains(self, ladder_role: str) -> bool:
        """Whether an escalation has given a role the right to act."""
        return ladder_role in self.gained

    def _bars(self, person: UUID) -> list[Reason]:
        parties, bars = self.parties, []
        if not self.authority.is_employed(person, self.day):
            bars.append(not_employed())
        if person == parties.person_id and self.part in ABOUT_A_LEAVER:
            bars.append(
                Reason("conflict-of-interest", Text("Conflict of interest: nobody deals with their own departure."))
            )
        if self.part not in PLAYS:
            return bars
        if person == parties.person_id:
            bars.append(
                Reason(
                    "conflict-of-interest",
                    Text("Conflict of interest: nobody decides, executes or registers their own access."),
                )
            )
        elif PLAYS[self.part] is Play.DECISION and person == parties.requester_id:
            bars.append(Reason("conflict-of-interest", Text("Conflict of interest: nobody decides their own request.")))
        if parties.others_played_by(person, self.part) >= (2 if parties.separation_waived else 1):
            bars.append(
                Reason(
                    "separation",
                    Text("One person plays only one of the parts decision, execution and registration in a case."),
                )
            )
        return bars


def not_employed() -> Reason:
    """Why somebody who has left, or is to leave at once, cannot act."""
    return Reason("not-employed", Text("Somebody who is not employed that day cannot act."))


def who_may(
    part: Part, parties: Parties, authority: Authority, day: date, gained: Collection[str] = (), step: int = 0
) -> Answer:
    """Who may play a part in a case on a day, given which roles an escalation has let in.

    When nobody who holds the role can act, it goes to the next above, and so on to the top. An answer without
    holders means that nobody can: the case waits, and :func:`told_when_nobody_can` says who must know.
    """
    inquiry = _Inquiry(part, parties, authority, day, gained, step)
    _LADDERS[part](inquiry)
    return inquiry.answer


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How far somebody could come to act, whatever the day and whoever is away: outside it no answer names them."""

    person_id: UUID | None
    parts: frozenset[Part]
    """The parts that could come to them wherever they are played, by what they are appointed to."""
    systems: frozenset[UUID]
    """The systems they administer, or are named for in a delegation, or whose department they are head of."""


def reach_of(person_id: UUID | None, authority: Authority) -> Reach:
    """How far somebody could come to act: what the ladders below are climbed by, without their conditions.

    Beside it everybody answers for what they asked for or put forward, and for what their staff asked for.
    """
    appointments = [row for row in authority.appointments if row.person_id == person_id]
    departments = {row.department_id for row in appointments if row.department_id is not None}
    bodies = {row.body_id for row in authority.delegations.values() if person_id in (row.delegate_id, row.deputy_id)}
    administered = {row.system_id for row in authority.administrators if row.person_id == person_id}
    return Reach(
        person_id=person_id,
        parts=frozenset(
            part
            for row in appointments
            if row.department_id is None
            for part in (Part if row.role in _ABOVE else _APPOINTED)
        ),
        systems=frozenset(
            system.id
            for system in authority.systems.values()
            if system.id in administered or system.owner_id in bodies or system.department_id in departments
        ),
    )


def required(answer: Answer, actor: Actor, event: str) -> Mandate:
    """The mandate of whoever does something outside any case; raises Refused with why they have none."""
    mandate = answer.of(actor.person_id)
    if mandate is None:
        barred = answer.barred.get(actor.person_id) if actor.person_id else None
        raise Refused(event, barred or [Reason("no-mandate", Text("You have no mandate for this."))])
    return mandate


def told_when_nobody_can(authority: Authority, day: date) -> tuple[UUID, ...]:
    """Who must be told that nobody can act: the head of IT and the security coordinator."""
    roles = (AppointedRole.HEAD_OF_IT, AppointedRole.SECURITY_COORDINATOR)
    return tuple(
        dict.fromkeys(
            row.person_id
            for role in roles
            for row in authority.appointed(role, day)
            if authority.is_employed(row.person_id, day)
        )
    )


def who_holds(ladder_role: str, parties: Parties, authority: Authority, day: date) -> tuple[UUID, ...]:
    """The people a step of an escalation names, whether or not they may act."""
    return tuple(dict.fromkeys(_named(ladder_role, parties, authority, day)))


def _named(role: str, parties: Parties, authority: Authority, day: date) -> Iterator[UUID]:
    if parties.system_id is not None:
        yield from _named_for_the_system(role, parties, authority.systems[parties.system_id], authority, day)
    elif role == "chair" and parties.body_id is not None:
        yield from (m.person_id for m in _chairs(parties.body_id, authority, day, "chair", 0))
    match role:
        case "technician" | "head_of_it" | "security_coordinator":
            yield from (row.person_id for row in authority.appointed(AppointedRole(role.upper()), day))
        case "manager" if parties.manager_id:
            yield parties.manager_id
        case "requester" if parties.requester_id:
            yield parties.requester_id


def _named_for_the_system(
    role: str, parties: Parties, system: ItSystem, authority: Authority, day: date
) -> Iterator[UUID]:
    match role:
        case "owner":
            yield from (row.delegate_id for row in _valid_delegations(system.id, authority, day))
        case "deputy":
            valid = _valid_delegations(system.id, authority, day)
            yield from (row.deputy_id for row in valid if row.deputy_id)
        case "chair":
            yield from (m.person_id for m in _chairs(system.owner_id, authority, day, "chair", 0))
        case "superior_chair":
            for body_id in _bodies_above(system.owner_id, authority):
                yield from (m.person_id for m in _chairs(body_id, authority, day, "superior-chair", 0))
        case "administrator":
            yield from (row.person_id for row in authority.administering(system.id, day))
        case "head_of_department":
            heads = authority.appointed(AppointedRole.HEAD_OF_DEPARTMENT, day, department_id=system.department_id)
            yield from (row.person_id for row in heads)


def _decide(inquiry: _Inquiry) -> None:
    """The delegate; the deputy in their place; the body's chair; the chairs of the bodies above."""
    authority, day = inquiry.authority, inquiry.day
    system = inquiry.system
    for delegation in _valid_delegations(system.id, authority, day):
        delegate_is_here = inquiry.admit(_by_delegation(delegation, delegation.delegate_id))
        if delegation.deputy_id and (not delegate_is_here or inquiry.gains("deputy")):
            inquiry.admit(_by_delegation(delegation, delegation.deputy_id, in_place=True, step=inquiry.step))
    _explain_invalid_delegations(inquiry)
    if not inquiry.answer.present or inquiry.gains("chair"):
        for mandate in _chairs(system.owner_id, authority, day, "chair", inquiry.step):
            inquiry.admit(mandate)
    for body_id in _bodies_above(system.owner_id, authority):
        if inquiry.answer.present and not inquiry.gains(NOBODY_HIGHER):
            return
        for mandate in _chairs(body_id, authority, day, "superior-chair", inquiry.step):
            inquiry.admit(mandate)


def _execute(inquiry: _Inquiry) -> None:
    """The system's administrators; the head of the department that runs it; the head of IT."""
    for row in inquiry.authority.administering(inquiry.system.id, inquiry.day):
        inquiry.admit(Mandate(person_id=row.person_id, basis="administrator", reference="", basis_id=row.id))
    if not inquiry.answer.present or inquiry.gains("head_of_department"):
        _admit_appointed(inquiry, AppointedRole.HEAD_OF_DEPARTMENT, inquiry.system.department_id)
    if not inquiry.answer.present or inquiry.gains("head_of_it"):
        _admit_appointed(inquiry, AppointedRole.HEAD_OF_IT)


def _register(inquiry: _Inquiry) -> None:
    """The technicians; the head of IT."""
    _admit_appointed(inquiry, AppointedRole.TECHNICIAN)
    if not inquiry.answer.present or inquiry.gains("head_of_it"):
        _admit_appointed(inquiry, AppointedRole.HEAD_OF_IT)


def _answer_for_the_request(inquiry: _Inquiry) -> None:
    """The requester; the manager when the requester is gone or an escalation says so."""
    parties = inquiry.parties
    if parties.requester_id:
        inquiry.admit(Mandate(person_id=parties.requester_id, basis="requester", reference=""))
    if parties.manager_id and (not inquiry.answer.holders or inquiry.gains("manager")):
        inquiry.admit(Mandate(person_id=parties.manager_id, basis="manager", reference=""))


def _solve(inquiry: _Inquiry) -> None:
    """Whoever was named as able to remove the obstacle; the head of IT when nobody is there or it takes too long."""
    match inquiry.parties.solver:
        case "owner":
            _decide(inquiry)
        case "administrator":
            _execute(inquiry)
        case "technician":
            _register(inquiry)
        case "head_of_it":
            _admit_appointed(inquiry, AppointedRole.HEAD_OF_IT)
        case _:
            _answer_for_the_request(inquiry)
    if not inquiry.answer.present or inquiry.gains("head_of_it"):
        _admit_appointed(inquiry, AppointedRole.HEAD_OF_IT)


def _appoint(inquiry: _Inquiry) -> None:
    """Whoever can appoint to a duty: the system's owner, the body's chair and those above, else the head of IT."""
    parties = inquiry.parties
    if parties.system_id is not None:
        _decide(inquiry)
    elif parties.body_id is not None:
        for body_id in (parties.body_id, *_bodies_above(parties.body_id, inquiry.authority)):
            for mandate in _chairs(body_id, inquiry.authority, inquiry.day, "chair", inquiry.step):
                inquiry.admit(mandate)
            if inquiry.answer.present:
                return
    if not inquiry.answer.present:
        _admit_appointed(inquiry, AppointedRole.HEAD_OF_IT)


def _let_go(inquiry: _Inquiry) -> None:
    """Whoever the policy names to let departures out of the queue; the head of IT when nobody is there."""
    if inquiry.parties.released_by:
        _admit_appointed(inquiry, AppointedRole(inquiry.parties.released_by.upper()))
    if not inquiry.answer.present or inquiry.gains("head_of_it"):
        _admit_appointed(inquiry, AppointedRole.HEAD_OF_IT)


def _prepare(inquiry: _Inquiry) -> None:
    """The one who put it forward, if they have to do with the system; its administrators; the head of IT."""
    authority, day, system = inquiry.authority, inquiry.day, inquiry.system
    proposer = inquiry.parties.requester_id
    if proposer is not None and proposer in _have_to_do_with(system, authority, day):
        inquiry.admit(Mandate(person_id=proposer, basis="proposer", reference=system.key))
    _execute(inquiry)


def _have_to_do_with(system: ItSystem, authority: Authority, day: date) -> set[UUID]:
    """Those who may put a release of a system forward: its administrators, whoever decides for it, the head of IT."""
    parties = Parties(system_id=system.id)
    roles = ("administrator", "owner", "deputy", "head_of_it")
    return {person for role in roles for person in who_holds(role, parties, authority, day)}


def _review(inquiry: _Inquiry) -> None:
    """The security coordinators; nobody in their place, since nobody else is free of what they look at."""
    _admit_appointed(inquiry, AppointedRole.SECURITY_COORDINATOR)


def _for_the_infrastructure(inquiry: _Inquiry) -> None:
    """The head of IT."""
    _admit_appointed(inquiry, AppointedRole.HEAD_OF_IT)


_LADDERS: Final = {
    Part.DECIDE: _decide,
    Part.EXECUTE: _execute,
    Part.REGISTER: _register,
    Part.SOLVE: _solve,
    Part.COMPLETE: _answer_for_the_request,
    Part.SUBMIT: _answer_for_the_request,
    Part.RELEASE: _let_go,
    Part.BLOCK: _register,
    Part.CLOSE_ACCOUNTS: _register,
    Part.RETURN_EQUIPMENT: _register,
    Part.REOPEN_ACCOUNTS: _register,
    Part.APPOINT: _appoint,
    Part.PREPARE: _prepare,
    Part.SET_DATE: _prepare,
    Part.TEST: _execute,
    Part.DEPLOY: _execute,
    Part.REVIEW: _review,
    Part.FOLLOW_UP: _review,
    Part.APPROVE: _decide,
    Part.CONFIRM_DATE: _decide,
    Part.COSIGN: _for_the_infrastructure,
    Part.AGREE_DATE: _for_the_infrastructure,
}


# Nobody decides but by delegation and as chair, and nobody executes but as the system's administrator and head; whoever
# asked for something is known by that. Those who are told of what nobody can act on see every part.
_ABOVE: Final = frozenset({AppointedRole.CHAIR, AppointedRole.HEAD_OF_IT, AppointedRole.SECURITY_COORDINATOR})
_APPOINTED: Final = frozenset(
    part for part, ladder in _LADDERS.items() if ladder not in (_decide, _execute, _answer_for_the_request)
)


def _valid_delegations(system_id: UUID, authority: Authority, day: date) -> Sequence[Delegation]:
    return authority.delegations_for(system_id, day).valid


def _by_delegation(row: Delegation, person_id: UUID, *, in_place: bool = False, step: int = 0) -> Mandate:
    return Mandate(
        person_id=person_id,
        basis="deputy" if in_place else "delegation",
        reference=row.reference,
        in_place_of_id=row.delegate_id if in_place else None,
        basis_id=row.id,
        step=step,
    )


def _explain_invalid_delegations(inquiry: _Inquiry) -> None:
    """A person whose delegation does not hold is told so, rather than that they are nobody."""
    system = inquiry.system
    for row in inquiry.authority.delegations_for(system.id, inquiry.day).invalid:
        reason = Reason(
            "delegation-not-valid",
            Text(
                "The delegation {number} ({reference}) does not hold today.", number=row.number, reference=row.reference
            ),
        )
        for person in (row.delegate_id, row.deputy_id):
            if person is not None:
                inquiry.answer.barred.setdefault(person, []).append(reason)


def _chairs(body_id: UUID, authority: Authority, day: date, basis: str, step: int) -> Iterator[Mandate]:
    body = authority.bodies[body_id]
    if authority.is_dissolved(body_id, day):
        return
    for row in authority.appointed(AppointedRole.CHAIR, day, body_id=body_id):
        yield Mandate(
            person_id=row.person_id,
            basis=basis,
            reference=row.reference or f"CHAIR {body.key}",
            basis_id=row.id,
            step=step,
        )


def _bodies_above(body_id: UUID, authority: Authority) -> Iterator[UUID]:
    seen = {body_id}
    parent = authority.bodies[body_id].parent_id
    while parent is not None and parent not in seen:
        yield parent
        seen.add(parent)
        parent = authority.bodies[parent].parent_id


def _admit_appointed(inquiry: _Inquiry, role: AppointedRole, department_id: UUID | None = None) -> None:
    for row in inquiry.authority.appointed(role, inquiry.day, department_id=department_id):
        basis = role.lower().replace("_", "-")
        inquiry.admit(
            Mandate(
                person_id=row.person_id,
                basis=basis,
                reference=row.reference,
                basis_id=row.id,
                step=inquiry.step if inquiry.gained else 0,
            )
        )
