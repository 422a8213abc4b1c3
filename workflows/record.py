"""The one recorder: all that an act writes is written here, in one transaction that the caller commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import AuthorisationRequest, Case, Decision, Message, Part, Person, Task, new_id
from workflows import evidence, grants, tasks
from workflows.changes import CarriedOut, Decided, Noted, RemovalBegun, Told
from workflows.evidence import Actor, Entry
from workflows.facts import RequestFacts
from workflows.mandate import Answer, Parties, parties_of, told_when_nobody_can, who_may
from workflows.notices import CaseSummary, Notice, NoticeKind, compose
from workflows.office import Office
from workflows.people import shown_name
from workflows.workflow import PART_OF, Attempt, Change, Mandate, State

ASKED_BY: Final = NoticeKind.QUESTION_BACK
"""The notice that already says what its receiver is to do."""


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """A request's case with everything about it, held locked by the transaction that records."""

    case: Case
    request: AuthorisationRequest
    facts: RequestFacts
    office: Office

    def parties(self) -> Parties:
        """Who plays which part so far."""
        waived = 0 < self.facts.other_users + 1 <= self.office.policy.separation.small_system_max_users
        return parties_of(self.request, self.facts.decision, self.facts.employment, separation_waived=waived)

    def who_may(self, part: Part, task: Task | None = None) -> Answer:
        """Who may play a part today, what escalations have opened included."""
        step = task.step if task else 0
        return who_may(part, self.parties(), self.facts.authority, self.facts.today, tasks.gained(task), step)

    def summary(self, language: str) -> CaseSummary:
        """The case as a message tells it."""
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


@dataclass
class Outgoing:
    """Messages to be saved: who is told what, each person once for each task and kind."""

    dossier: Dossier
    now: datetime
    actor: Actor
    notices: list[tuple[UUID, NoticeKind, dict[str, Any]]] = field(default_factory=list)

    def tell(self, people: Iterable[UUID | None], kind: NoticeKind, **values: Any) -> None:
        """Add a notice for each of some people."""
        for person_id in dict.fromkeys(people):
            if person_id is not None:
                self.notices.append((person_id, kind, values))

    def ask(self, people: Iterable[UUID], **about: Any) -> None:
        """Tell people that a task waits for them; whoever is told of the question itself hears it in that message."""
        for person_id in dict.fromkeys(people):
            said = next((place for place, row in enumerate(self.notices) if row[:2] == (person_id, ASKED_BY)), None)
            if said is None:
                self.tell([person_id], NoticeKind.TASK_OPENED, **about)
            else:
                self.notices[said] = (person_id, ASKED_BY, {**self.notices[said][2], **about})

    def save(self, session: Session) -> int:
        """Write the messages; they are delivered after the commit."""
        if not self.notices:
            return 0
        wanted = {person_id for person_id, _, _ in self.notices} | {self.actor.person_id}
        people = {row.id: row for row in session.exec(select(Person).where(col(Person.id).in_(wanted)))}
        office, case = self.dossier.office, self.dossier.case
        rows = []
        for person_id, kind, values in self.notices:
            person = people[person_id]
            if kind is NoticeKind.HANDLED_BY_OTHER and self.actor.person_id is not None:
                values = {**values, "actor": shown_name(people[self.actor.person_id], person.language)}
            notice = Notice(kind=kind, recipient=person, summary=self.dossier.summary(person.language), **values)
            rows.append(
                compose(
                    notice,
                    organisation_id=office.organisation_id,
                    case_id=case.id if case.number else None,
                    saved_at=self.now,
                    base_url=office.base_url,
                )
            )
        session.execute(sa.insert(Message), rows)
        return len(rows)


def record(
    session: Session, dossier: Dossier, attempt: Attempt, event: str, source: State, target: State
) -> tuple[UUID, ...]:
    """Write everything a successful attempt brings: changes, tasks, the event, messages, the case's new version.

    Returns the people who may act next.
    """
    case, actor, now = dossier.case, attempt.actor, attempt.now
    outgoing = Outgoing(dossier=dossier, now=now, actor=actor)
    data = _as_json(attempt.data)
    if Part.SUBMIT in source.waits_for:
        # In its first words: a completion may say them better later.
        data["asked"] = dossier.request.asked()
    dossier, told = _apply(session, dossier, attempt, data)
    outgoing.dossier = dossier
    next_people: tuple[UUID, ...] = ()
    for notice in told:
        outgoing.tell(_people(dossier, notice.to, actor), notice.kind, comment=notice.comment, outcome=notice.outcome)
    if source.name != target.name:
        case.state_since = now
        _close_tasks(session, outgoing, event)
        next_people = _open_tasks(session, outgoing, target)
    case.version += 1
    case.closed_at = now if target.is_final else None
    evidence.append(
        session,
        case,
        [
            Entry(
                kind=event,
                at=now,
                actor=actor,
                from_state=source.name,
                to_state=target.name,
                comment=str(attempt.data.get("reason") or attempt.data.get("comment") or ""),
                mandate=attempt.mandate.as_record() if attempt.mandate else None,
                in_place_of_id=attempt.mandate.in_place_of_id if attempt.mandate else None,
                data=data,
            )
        ],
    )
    outgoing.save(session)
    session.flush()
    return next_people


def _apply(session: Session, dossier: Dossier, attempt: Attempt, data: dict[str, Any]) -> tuple[Dossier, list[Told]]:
    told: list[Told] = []
    played_before = dossier.parties()
    for change in attempt.changes:
        match change:
            case Decided():
                dossier = _decide(session, dossier, attempt, change, data)
            case Noted(values=values):
                for name, value in values.items():
                    setattr(dossier.request, name, value)
                if "decision_id" in values:
                    dossier = _with_decision(dossier, None)
            case RemovalBegun() if dossier.facts.grant is not None:
                grants.begin_removal(session, dossier.facts.grant)
            case CarriedOut():
                _carry_out(session, dossier, attempt, data)
            case Told():
                told.append(change)
            case _:
                _unknown(change)
    if attempt.rule and attempt.actor.person_id in played_before.others_than(_part_of(attempt)):
        dossier.request.separation_waived = True
        data["separation_waived"] = True
    session.flush()
    return dossier, told


def _unknown(change: Change) -> None:
    if not isinstance(change, RemovalBegun):
        raise TypeError(f"the recorder does not know {type(change).__name__}")


def _part_of(attempt: Attempt) -> Part:
    return PART_OF.get(attempt.taken.who[0], Part.SUBMIT)


def _decide(session: Session, dossier: Dossier, attempt: Attempt, change: Decided, data: dict[str, Any]) -> Dossier:
    """Write the decision, immutable, with the mandate it was taken on."""
    request, terms = dossier.request, change.terms
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
        mandate_reference=_rule_reference(dossier) if by_rule else mandate.reference,
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
    session.add(decision)
    session.flush()
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
    return _with_decision(dossier, decision)


def _rule_reference(dossier: Dossier) -> str:
    """What a decision by rule rests on: the decision that gave the access, else the policy of silence."""
    grant = dossier.facts.grant
    return f"decision {grant.decision_id}" if grant is not None else "policy"


def _with_decision(dossier: Dossier, decision: Decision | None) -> Dossier:
    return replace(dossier, facts=replace(dossier.facts, decision=decision))


def _carry_out(session: Session, dossier: Dossier, attempt: Attempt, data: dict[str, Any]) -> None:
    facts, request = dossier.facts, dossier.request
    if facts.decision is None:
        raise LookupError("nothing is carried out that was not decided")
    session.flush()
    grant_id = grants.carry_out(
        session, request, facts.decision, facts.grant, attempt.now, dossier.office.policy.grants.warn_before_days
    )
    data["grant_id"] = str(grant_id)
    data["registered_profile"] = facts.profile_by_id(facts.decision.profile_id).key


def _people(dossier: Dossier, roles: tuple[str, ...], actor: Actor) -> list[UUID | None]:
    request = dossier.request
    by_role = {
        "requester": request.requester_id,
        "person": request.person_id,
        "manager": dossier.facts.employment.manager_id,
    }
    return [by_role[role] for role in roles if by_role[role] != actor.person_id]


def _close_tasks(session: Session, outgoing: Outgoing, event: str) -> None:
    """Close what the case waited for; those who were asked in vain are told that somebody else has done it."""
    case, actor = outgoing.dossier.case, outgoing.actor
    waiting = session.exec(select(Task).where(Task.case_id == case.id, col(Task.closed_at).is_(None))).all()
    for task in waiting:
        task.closed_at = outgoing.now
        task.closed_by_id = actor.person_id
        task.next_action_at = None
        asked = session.exec(
            select(Message.recipient_id)
            .where(Message.task_id == task.id, Message.kind != NoticeKind.UNATTENDED)
            .distinct()
        ).all()
        outgoing.tell(
            (person for person in asked if person != actor.person_id),
            NoticeKind.HANDLED_BY_OTHER,
            task_id=task.id,
            part=task.part,
            outcome=event,
        )
    session.flush()


def _open_tasks(session: Session, outgoing: Outgoing, target: State) -> tuple[UUID, ...]:
    """Open a task for each part the new state waits for, and tell those who may act; if nobody can, those above."""
    may_act: dict[UUID, None] = {}
    dossier = outgoing.dossier
    rows = []
    for part in target.waits_for:
        row = tasks.opened(part, dossier.case.id, dossier.case.organisation_id, dossier.office.policy, outgoing.now)
        answer = dossier.who_may(part)
        may_act.update(dict.fromkeys(mandate.person_id for mandate in answer.holders))
        if not answer.holders:
            row["unattended_since"] = outgoing.now
            above = told_when_nobody_can(dossier.facts.authority, dossier.facts.today)
            outgoing.tell(above, NoticeKind.UNATTENDED, task_id=row["id"], part=part, due_at=row["due_at"])
        elif part is not Part.SUBMIT:
            outgoing.ask(
                (person for person in _asked(answer, dossier) if person != outgoing.actor.person_id),
                task_id=row["id"],
                part=part,
                due_at=row["due_at"],
            )
        rows.append(row)
    if rows:
        session.execute(sa.insert(Task), rows)
    return tuple(may_act)


def _asked(answer: Answer, dossier: Dossier) -> list[UUID]:
    """Those who may act and are here; all of them when everybody is away."""
    here = [
        mandate.person_id
        for mandate in answer.holders
        if not dossier.facts.authority.is_away(mandate.person_id, dossier.facts.today)
    ]
    return here or [mandate.person_id for mandate in answer.holders]


def _as_json(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(name): value.isoformat() if isinstance(value, (date, datetime)) else value
        for name, value in data.items()
        if value not in (None, "")
    }
