"""Who sees an authorisation request: whoever has or had a part in it or could have, was written to, or reads all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from language import Text
from models import AppointedRole, AuthorisationRequest, Case, Decision, Employment, Event, Message, Part, Task
from workflows import tasks
from workflows.answers import small_systems
from workflows.authority import Authority, circle_of
from workflows.deadlines import today
from workflows.errors import NotFound
from workflows.evidence import Actor
from workflows.lookup import case_by_number
from workflows.mandate import Answer, parties_of, who_may
from workflows.office import Office

READS_EVERYTHING = (
    AppointedRole.SECURITY_COORDINATOR,
    AppointedRole.AUDITOR,
    AppointedRole.DATA_PROTECTION_OFFICER,
    AppointedRole.HEAD_OF_IT,
)


def reads_everything(authority: Authority, actor: Actor, now: datetime) -> bool:
    """Whether a person reads every case: coordinator, auditor, data protection officer, head of IT."""
    return any(authority.holds(role, actor.person_id, today(now)) for role in READS_EVERYTHING)


@dataclass(frozen=True, kw_only=True)
class Sight:
    """A request as somebody who may see it sees it."""

    authority: Authority
    """Around its system only."""
    case: Case
    request: AuthorisationRequest
    employment: Employment
    decision: Decision | None
    tasks: Sequence[Task]
    answers: Mapping[str, Answer]
    """Who may play each part that it waits for, by part."""
    touched: frozenset[UUID]
    """Everybody who has, had or may have a part in it."""
    near: bool
    """Whether the one who looks is whom it is about, their manager, somebody who may decide, or reads everything."""


def sight_of(session: Session, office: Office, number: str, actor: Actor, now: datetime) -> Sight:
    """A request by its number; NotFound, in the same words, when there is none and when it is not theirs to see."""
    case = case_by_number(session, number)
    request = session.exec(select(AuthorisationRequest).where(AuthorisationRequest.id == case.id)).first()
    if request is None:
        raise NotFound(Text("There is no case {number}.", number=number))
    authority = Authority.read(session, around=circle_of(session, request))
    employment = session.get_one(Employment, request.employment_id)
    decision = session.exec(select(Decision).where(Decision.id == request.decision_id)).first()
    every = session.exec(select(Task).where(Task.case_id == case.id).order_by(col(Task.opened_at))).all()
    waiting = [task for task in every if task.closed_at is None]
    waived = request.system_id in small_systems(session, office.policy.separation.small_system_max_users)
    parties = parties_of(request, decision, employment, separation_waived=waived)
    day = today(now)

    def answer(task: Task) -> Answer:
        return who_may(Part(task.part), parties, authority, day, tasks.gained(task), task.step)

    answers = {task.part: answer(task) for task in waiting}
    touched: set[UUID | None] = {request.requester_id, request.person_id, employment.manager_id}
    # Not those who were refused: whoever guesses a number and tries something is no party to the case.
    acted = select(Event.actor_id).where(Event.chain_id == case.id, Event.kind != "refusal").distinct()
    touched.update(row for row in session.exec(acted))
    # A letter leads to its case also when somebody else has dealt with it meanwhile.
    touched.update(
        row for row in session.exec(select(Message.recipient_id).where(Message.case_id == case.id).distinct())
    )
    # So does whoever could have done what another did first: their page may still stand open.
    touched |= {mandate.person_id for task in every for mandate in answer(task).holders}
    everything = reads_everything(authority, actor, now)
    if actor.person_id not in touched and not everything:
        raise NotFound(Text("There is no case {number}.", number=number))
    deciders = answers[Part.DECIDE].holders if Part.DECIDE in answers else []
    close = {request.person_id, employment.manager_id, *(mandate.person_id for mandate in deciders)}
    return Sight(
        authority=authority,
        case=case,
        request=request,
        employment=employment,
        decision=decision,
        tasks=waiting,
        answers=answers,
        touched=frozenset(person for person in touched if person is not None),
        near=everything or actor.person_id in close,
    )
