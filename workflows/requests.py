"""An authorisation request's dossier: who may play which part in it, and how its effects are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import Text
from models import (
    AccessGrant,
    AuthorisationRequest,
    Case,
    Decision,
    Part,
    RequestKind,
    RequestState,
    new_id,
)
from workflows import facts, grants, tasks
from workflows.authorisation import WORKFLOW
from workflows.authority import Authority, circle_of
from workflows.changes import CarriedOut, Decided, EndCalledOff, EndSet, Noted, RemovalBegun
from workflows.deadlines import Limits, start_of_day, today
from workflows.departure_limits import limits_of_an_end
from workflows.dossier import Dossier, Waits
from workflows.errors import Reason
from workflows.evidence import Actor
from workflows.facts import OPEN_STATES, RequestFacts
from workflows.mandate import Parties, parties_of
from workflows.notices import CaseSummary
from workflows.office import Office
from workflows.people import shown_name
from workflows.policy import Policy
from workflows.workflow import Attempt, Change, Field, Mandate, Role, Workflow

_LIMITS: Final[Mapping[Part, str]] = {
    Part.SUBMIT: "draft",
    Part.DECIDE: "decision",
    Part.COMPLETE: "completion",
    Part.EXECUTE: "execution",
    Part.REGISTER: "registration",
    Part.SOLVE: "obstacle",
}


def limits_of(part: Part, policy: Policy) -> Limits:
    """The time limits of a part of a request, by the policy in force."""
    limits: Limits = getattr(policy.request, _LIMITS[part])
    return limits


@dataclass(frozen=True, kw_only=True)
class RequestDossier(Dossier):
    """A request's case with everything about it."""

    workflow: ClassVar[Workflow] = WORKFLOW

    request: AuthorisationRequest
    facts: RequestFacts

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
        request: AuthorisationRequest | None = None,
    ) -> RequestDossier:
        """The dossier of a case; of one that is not written yet when its request is handed in."""
        if request is None:
            request = _request_of(session, case)
        known = facts.read(session, request, today(now), authority, lock=lock)
        return cls(case=case, office=office, authority=known.authority, today=known.today, request=request, facts=known)

    @classmethod
    def read_all(
        cls,
        session: Session,
        office: Office,
        authority: Authority,
        cases: Sequence[tuple[Case, AuthorisationRequest]],
        now: datetime,
        *,
        counted: bool = True,
    ) -> list[RequestDossier]:
        """The dossiers of cases in which nothing is weighed against other requests, in a few queries for all."""
        known = facts.read_all(session, [request for _, request in cases], today(now), authority, counted=counted)
        return [
            cls(
                case=case,
                office=office,
                authority=known[request.id].authority,
                today=known[request.id].today,
                request=request,
                facts=known[request.id],
            )
            for case, request in cases
        ]

    @classmethod
    def authority_over(cls, session: Session, case: Case) -> Authority:
        return Authority.read(session, around=circle_of(session, _request_of(session, case)))

    @property
    def subject(self) -> AuthorisationRequest:
        return self.request

    @property
    def circumstances(self) -> RequestFacts:
        return self.facts

    def parties(self, about: str = "") -> Parties:
        """Who plays which part so far."""
        waived = 0 < self.facts.other_users + 1 <= self.office.policy.separation.small_system_max_users
        return parties_of(self.request, self.facts.decision, self.facts.employment, separation_waived=waived)

    def people(self, role: str) -> Sequence[UUID | None]:
        by_role = {
            "requester": self.request.requester_id,
            "person": self.request.person_id,
            "manager": self.facts.employment.manager_id,
        }
        if role == "told_when_silent":
            named = self.office.policy.departure.normal.tell_when_silent if self.facts.notice is not None else ()
            return [person for each in named for person in self.holders_of(each)]
        return [by_role[role]]

    def own_mandate(self, role: Role, actor: Actor) -> Mandate | tuple[Reason, ...] | None:
        if role is not Role.REQUESTER:
            return None
        if actor.person_id is not None and actor.person_id == self.request.requester_id:
            return Mandate(person_id=actor.person_id, basis="requester", reference="")
        return (Reason("not-the-requester", Text("Only the one who wrote the request can do this.")),)

    def is_party(self, person_id: UUID | None) -> bool:
        return person_id in (self.request.person_id, self.facts.employment.manager_id)

    def summary(self, language: str) -> CaseSummary:
        decision, request = self.facts.decision, self.request
        terms = decision or request
        decided = ""
        if decision is not None and decision.profile_id != request.profile_id:
            decided = self.facts.profile_by_id(decision.profile_id).name
        return CaseSummary(
            number=self.case.number or (decision.mandate_reference if decision else ""),
            path="" if self.case.number else "access",
            kind=request.kind,
            state=self.case.state,
            system=self.facts.system.name,
            profile=self.facts.profile.name,
            allows=self.facts.profile.allows,
            person=shown_name(self.facts.person, language),
            starts_on=terms.starts_on,
            ends_on=terms.ends_on,
            purpose=request.purpose,
            decided=decided,
        )

    def task_row(self, waits: Waits, now: datetime) -> dict[str, Any]:
        policy = self.office.policy
        if self.facts.notice is not None:
            due, dues = limits_of_an_end(waits.part, self.facts.notice, policy, now, until=self._ends_at())
            return tasks.row(self.case, waits.part, now, due, dues)
        limits = limits_of(waits.part, policy)
        begins = self._ends_at() if self.request.kind == RequestKind.END and waits.part is Part.EXECUTE else None
        return tasks.within(limits, self.case, waits.part, policy.calendar, now, begins=begins)

    def _ends_at(self) -> datetime | None:
        """When the access ends by the decision, or sooner by itself."""
        decision, grant = self.facts.decision, self.facts.grant
        ends = [row.ends_at for row in (decision, grant) if row is not None and row.ends_at is not None]
        return min(ends, default=None) if decision is not None else None

    @property
    def silence(self) -> str:
        """Silence never keeps access open: an undecided request lapses, an undecided end is carried out."""
        ends = self.request.kind == RequestKind.END and self.case.state != RequestState.DRAFT
        return "revoke_by_default" if ends else "lapse"

    @property
    def part_of(self) -> tuple[UUID, ...]:
        # What a change of duties has asked may be waited for by a departure, too.
        notices = (self.facts.notice, self.facts.leaving)
        return tuple(dict.fromkeys(notice.id for notice in notices if notice is not None))

    def known(self, event: str, data: dict[str, Any]) -> dict[str, Any]:
        """Renewing or ending is about an account that is known; nobody types it again."""
        grant = self.facts.grant
        if event == "execute" and grant is not None and grant.account_name and not data.get(Field.ACCOUNT_NAME):
            return {**data, Field.ACCOUNT_NAME: grant.account_name}
        return data

    def as_asked(self) -> dict[str, Any]:
        return {"asked": self.request.asked()}

    def apply(self, session: Session, attempt: Attempt, change: Change, data: dict[str, Any]) -> RequestDossier:
        match change:
            case Decided():
                return self._decide(session, attempt, change, data)
            case Noted(values=values):
                return self._with_decision(None) if "decision_id" in values else self
            case RemovalBegun():
                if self.facts.grant is not None:
                    grants.begin_removal(session, self.facts.grant)
                return self
            case EndSet(ends_at=ends_at):
                if self.facts.grant is not None:
                    grants.end_at(session, self.facts.grant, ends_at, attempt.now)
                return self
            case EndCalledOff():
                self._restore(session, attempt)
                return self
            case CarriedOut():
                self._carry_out(session, attempt, data)
                return self
            case _:
                raise TypeError(f"a request knows no {type(change).__name__}")

    def _restore(self, session: Session, attempt: Attempt) -> None:
        """The access lasts again as long as it would without this request."""
        grant = self.facts.grant
        if grant is not None:
            warnings = self.office.policy.grants.warn_before_days
            grants.restore(session, grant, own_end(session, grant), attempt.now, warnings)

    def _decide(self, session: Session, attempt: Attempt, change: Decided, data: dict[str, Any]) -> RequestDossier:
        """Write the decision, immutable, with the mandate it was taken on."""
        request, terms = self.request, change.terms
        mandate = attempt.mandate or Mandate(person_id=request.person_id, basis="rule", reference="rule")
        by_rule = attempt.actor.person_id is None
        decision = Decision(
            id=new_id(),
            organisation_id=request.organisation_id,
            case_id=request.id,
            outcome=change.outcome,
            at=attempt.now,
            decided_by_id=attempt.actor.person_id,
            in_place_of_id=mandate.in_place_of_id,
            mandate_basis="rule" if by_rule else mandate.basis,
            mandate_reference=self._rule_reference() if by_rule else mandate.reference,
            requester_id=request.requester_id,
            person_id=request.person_id,
            system_id=request.system_id,
            profile_id=terms.profile.id,
            profile_version=terms.profile.version,
            scope=terms.scope,
            starts_on=terms.starts_on,
            ends_on=terms.ends_on,
            ends_at=terms.ends_at,
            comment=change.comment,
        )
        # Written at once, since the request refers to it; nothing else of the case is.
        session.execute(sa.insert(Decision), [decision.model_dump()])
        request.decision_id = decision.id
        data["decision"] = {
            "id": str(decision.id),
            "outcome": change.outcome,
            "profile": terms.profile.key,
            "profile_version": terms.profile.version,
            "allows": terms.profile.allows,
            "scope": terms.scope,
            "starts_on": terms.starts_on.isoformat(),
            "ends_on": terms.ends_on.isoformat() if terms.ends_on else None,
            "ends_at": terms.ends_at.isoformat() if terms.ends_at else None,
        }
        data["asked"] = request.asked()
        return self._with_decision(decision)

    def _end_in_time_all_the_same(self, session: Session, grant: AccessGrant, attempt: Attempt) -> None:
        """What was renewed lasts no longer than it was kept meanwhile, and ends as decided when somebody leaves."""
        self._restore(session, attempt)
        ends = session.exec(
            select(Decision.ends_at, AuthorisationRequest.ends_at)
            .join(AuthorisationRequest, col(AuthorisationRequest.decision_id) == col(Decision.id))
            .join(Case, col(Case.id) == col(AuthorisationRequest.id))
            .where(
                *facts.about(grant),
                AuthorisationRequest.kind == RequestKind.END,
                col(Case.state).in_(OPEN_STATES),
            )
        ).first()
        if moments := [moment for moment in ends or () if moment is not None]:
            grants.end_at(session, grant, min(moments), attempt.now)

    def _rule_reference(self) -> str:
        """What a decision by rule rests on: the decision that gave the access, else the policy of silence."""
        grant = self.facts.grant
        return f"decision {grant.decision_id}" if grant is not None else "policy"

    def _with_decision(self, decision: Decision | None) -> RequestDossier:
        return replace(self, facts=replace(self.facts, decision=decision))

    def _carry_out(self, session: Session, attempt: Attempt, data: dict[str, Any]) -> None:
        decision = self.facts.decision
        if decision is None:
            raise LookupError("nothing is carried out that was not decided")
        warnings = self.office.policy.grants.warn_before_days
        grant_id = grants.carry_out(session, self.request, decision, self.facts.grant, attempt.now, warnings)
        data["grant_id"] = str(grant_id)
        if self.request.kind == RequestKind.RENEW and self.facts.grant is not None:
            self._end_in_time_all_the_same(session, self.facts.grant, attempt)
        data["registered_profile"] = self.facts.profile_by_id(decision.profile_id).key


def own_end(session: Session, grant: AccessGrant) -> datetime | None:
    """Until when access lasts without an end that is under way: as it was given or renewed last, or sooner.

    Sooner when since then its owner has kept it until a day or decided that it ends, and a departure has called that
    off, or when other access replaces it.
    """
    given = session.exec(select(Decision).where(Decision.id == grant.decision_id)).one()
    is_end = col(AuthorisationRequest.kind) == RequestKind.END
    was_called_off = sa.and_(col(Case.state) == RequestState.WITHDRAWN, col(AuthorisationRequest.notice_id).is_(None))
    is_change = col(AuthorisationRequest.kind) == RequestKind.CHANGE
    since = session.exec(
        select(Decision, AuthorisationRequest)
        .join(AuthorisationRequest, col(AuthorisationRequest.decision_id) == col(Decision.id))
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .where(
            *facts.about(grant),
            Decision.at >= given.at,
            sa.or_(
                sa.and_(is_end, sa.or_(col(Case.state) == RequestState.REJECTED, was_called_off)),
                sa.and_(is_change, col(Case.state) == RequestState.COMPLETED),
            ),
        )
    ).all()
    sooner = [
        start_of_day(decision.starts_on) if request.kind == RequestKind.CHANGE else decision.ends_at
        for decision, request in since
    ]
    return min((end for end in (given.ends_at, *sooner) if end is not None), default=None)


def _request_of(session: Session, case: Case) -> AuthorisationRequest:
    return session.get_one(AuthorisationRequest, case.id)
