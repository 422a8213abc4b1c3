"""A case with everything about it that its guards, its recorder and its messages need; one subclass a workflow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import Text
from models import Case, Part, Task
from workflows import tasks
from workflows.authority import Authority, works_here
from workflows.errors import Reason
from workflows.evidence import Actor
from workflows.mandate import Answer, Parties, not_employed, who_holds, who_may
from workflows.notices import CaseSummary
from workflows.office import Office
from workflows.templates import Listed
from workflows.workflow import Attempt, Change, Field, Mandate, Role, Workflow


@dataclass(frozen=True, kw_only=True)
class Waits:
    """One thing a case waits for: a part, and which one where there are several."""

    part: Part
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Dossier(ABC):
    """A case and its circumstances at one moment, held locked by the transaction that records."""

    workflow: ClassVar[Workflow]

    case: Case
    office: Office
    authority: Authority
    today: date

    @classmethod
    def authority_over(cls, session: Session, case: Case) -> Authority:
        """Who holds what, as far as it can matter to an act on the case."""
        return Authority.read(session)

    @property
    @abstractmethod
    def subject(self) -> Any:
        """The row that says what the case is about."""

    @property
    @abstractmethod
    def circumstances(self) -> Any:
        """What else the guards may look at."""

    @abstractmethod
    def parties(self, about: str = "") -> Parties:
        """Who plays which part so far; where a part is about one of several things, as that one is concerned."""

    @abstractmethod
    def people(self, role: str) -> Sequence[UUID | None]:
        """The people of the case whom a notice is to reach."""

    @abstractmethod
    def own_mandate(self, role: Role, actor: Actor) -> Mandate | tuple[Reason, ...] | None:
        """The mandate of a role that no task is behind, or why there is none; None for all other roles."""

    @abstractmethod
    def is_party(self, person_id: UUID | None) -> bool:
        """Whether somebody has to do with the case, so that a refusal may tell them about it."""

    @abstractmethod
    def summary(self, language: str) -> CaseSummary:
        """The case as a message tells it."""

    @abstractmethod
    def apply(self, session: Session, attempt: Attempt, change: Change, data: dict[str, Any]) -> Dossier:
        """Do what only this workflow's effects ask for; the dossier as it is then. `data` goes into the event."""

    @abstractmethod
    def task_row(self, waits: Waits, now: datetime) -> dict[str, Any]:
        """A new task's row, with the limits it is opened under."""

    def is_counted_wrong(self, task: Task) -> bool:
        """Whether an open task was counted from a moment that is another now, so that it is asked anew."""
        return False

    def account(self, session: Session) -> tuple[Listed, ...]:
        """Everything that was done in the case, for those who are told the whole of it when it is over."""
        return ()

    def answer(self, waits: Waits, gained: Collection[str], step: int) -> Answer:
        """Who may play a part today, given which roles an escalation has let in."""
        return who_may(waits.part, self.parties(waits.about), self.authority, self.today, gained, step)

    def holders_of(self, ladder_role: str) -> Sequence[UUID]:
        """The people whom a step of an escalation names, whether or not they may act."""
        return who_holds(ladder_role, self.parties(), self.authority, self.today)

    @property
    def silence(self) -> str:
        """The event that comes of it when nobody has acted when a task's time is out."""
        return "lapse"

    def waits(self) -> tuple[Waits, ...]:
        """What the case waits for where it stands now."""
        return tuple(Waits(part=part) for part in self.workflow.states[self.case.state].waits_for)

    def who_may(self, part: Part, task: Task | None = None, about: str = "") -> Answer:
        """Who may play a part today, what escalations have opened included."""
        waits = Waits(part=part, about=task.about if task else about)
        return self.answer(waits, tasks.gained(task), task.step if task else 0)

    def known(self, event: str, data: dict[str, Any]) -> dict[str, Any]:
        """What was said, with what is known already and need not be typed again."""
        return data

    @property
    def part_of(self) -> tuple[UUID, ...]:
        """The departures whose steps this one may bring about."""
        return ()

    def as_asked(self) -> dict[str, Any]:
        """What is asked for, in its first words, for the record."""
        return {}

    def plays_two_parts(self, attempt: Attempt) -> bool:
        """Whether the one who acts has played another part already, which the policy must then have allowed."""
        return self.parties().others_played_by(attempt.actor.person_id, attempt.taken.played) > 0

    def shared(self, data: dict[str, Any]) -> None:
        """Mark that one person has played two parts, which the policy allowed."""
        self.subject.separation_waived = True
        data["separation_waived"] = True


def attempt_on(
    session: Session,
    dossier: Dossier,
    event: str,
    data: dict[str, Any],
    actor: Actor,
    now: datetime,
    *,
    waits_for: Sequence[Task] | None = None,
) -> Attempt:
    """An attempt by somebody, who carries with them the mandates they have in this case.

    Whoever tries several events hands in what the case waits for, so that it is not read for each.
    """
    attempt: Attempt
    waiting = None if waits_for is None else {(task.part, task.about): task for task in waits_for}

    def capacity(role: Role, part: Part | None) -> Mandate | tuple[Reason, ...]:
        if role is Role.RULE:
            return rule_mandate(actor)
        own = dossier.own_mandate(role, actor)
        if isinstance(own, Mandate) and not works_here(session, own.person_id, dossier.today):
            return (not_employed(),)
        if own is not None:
            attempt.outsider = not isinstance(own, Mandate) and not dossier.is_party(actor.person_id)
            return own
        if part is None:
            raise LookupError(f"{event} names no part for {role}")
        nonlocal waiting
        if waiting is None:
            waiting = {(task.part, task.about): task for task in open_tasks(session, dossier.case.id)}
        about = str(data.get(Field.DUTY) or "")
        answer = dossier.who_may(part, waiting.get((part, about)), about)
        mandate = answer.of(actor.person_id)
        if mandate is not None:
            return mandate
        barred = answer.barred.get(actor.person_id) if actor.person_id else None
        if barred:
            return tuple(barred)
        # Whoever has such a part in another thing of the case may have named the wrong one.
        same = [task for (each, other), task in waiting.items() if each == part and other != about]
        elsewhere = any(dossier.who_may(part, task, task.about).of(actor.person_id) for task in same)
        attempt.outsider = not elsewhere and not dossier.is_party(actor.person_id)
        return (Reason("no-mandate", Text("You have no mandate for this in the case.")),)

    attempt = Attempt(
        case=dossier.case,
        subject=dossier.subject,
        facts=dossier.circumstances,
        actor=actor,
        now=now,
        data=dossier.known(event, data),
        capacity=capacity,
    )
    return attempt


def rule_mandate(actor: Actor) -> Mandate | tuple[Reason, ...]:
    """What the software itself may do when a rule says so, and nobody else."""
    if actor.person_id is None:
        return Mandate(person_id=UUID(int=0), basis="rule", reference="policy")
    return (Reason("only-by-rule", Text("Only a time limit that has run out does this.")),)


def open_tasks(session: Session, case_id: UUID) -> Sequence[Task]:
    """What a case waits for, as it is in the database."""
    return session.exec(select(Task).where(Task.case_id == case_id, col(Task.closed_at).is_(None))).all()


def write_tasks(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Open tasks."""
    if rows:
        session.execute(sa.insert(Task), list(rows))
