"""The vocabulary of a policy: states, rules, an attempt at one of them, and `fire`, the only writer of state.

A policy is a table: who may take a case from which state to which, under which guards, with which effects.
Building it checks it, so that a hole in a policy stops the program at start and not a person in their work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

from language import Text
from models import Case, Part
from workflows.errors import Conflict, PolicyError, Reason, Refused
from workflows.evidence import Actor

if TYPE_CHECKING:
    from transitions import EventData


class Role(StrEnum):
    """In what capacity somebody acts on a case."""

    REQUESTER = "REQUESTER"
    OWNER = "OWNER"
    ADMINISTRATOR = "ADMINISTRATOR"
    TECHNICIAN = "TECHNICIAN"
    SOLVER = "SOLVER"
    """Whoever can remove an obstacle."""
    HR = "HR"
    MANAGER = "MANAGER"
    """The nearest manager of the one whom the case is about."""
    RELEASER = "RELEASER"
    """Who lets a departure out of the queue."""
    APPOINTER = "APPOINTER"
    """Who appoints somebody to a duty."""
    PROPOSER = "PROPOSER"
    """Who puts a release forward: an administrator of the system, whoever decides for it, the head of IT."""
    SECURITY_COORDINATOR = "SECURITY_COORDINATOR"
    HEAD_OF_IT = "HEAD_OF_IT"
    RULE = "RULE"
    """The software, when a time limit has run out."""


PART_OF: Final[Mapping[Role, Part]] = {
    Role.OWNER: Part.DECIDE,
    Role.ADMINISTRATOR: Part.EXECUTE,
    Role.TECHNICIAN: Part.REGISTER,
    Role.SOLVER: Part.SOLVE,
    Role.RELEASER: Part.RELEASE,
    Role.APPOINTER: Part.APPOINT,
    Role.PROPOSER: Part.PREPARE,
    Role.SECURITY_COORDINATOR: Part.REVIEW,
    Role.HEAD_OF_IT: Part.AGREE_DATE,
}


@dataclass(frozen=True, kw_only=True)
class Mandate:
    """The right of one person to play one part in one case at one moment, and where it comes from."""

    person_id: UUID
    basis: str
    reference: str
    in_place_of_id: UUID | None = None
    basis_id: UUID | None = None
    step: int = 0
    """The escalation step that gave the right; 0 when it is held without one."""

    def as_record(self) -> dict[str, Any]:
        """The mandate as an event keeps it."""
        return {
            "basis": self.basis,
            "reference": self.reference,
            "basis_id": str(self.basis_id) if self.basis_id else None,
            "step": self.step,
        }


class Field(StrEnum):
    """Something an event asks the one who acts to fill in."""

    REASON = "reason"
    PROFILE = "profile"
    STARTS_ON = "starts_on"
    ENDS_ON = "ends_on"
    ENDS_AT = "ends_at"
    ACCOUNT_NAME = "account_name"
    TICKET_NUMBER = "ticket_number"
    SOLVER = "solver"
    COMMENT = "comment"
    PURPOSE = "purpose"
    LAST_DAY = "last_day"
    DUTY = "duty"
    SUCCESSOR = "successor"
    PLANNED_FROM = "planned_from"
    PLANNED_UNTIL = "planned_until"
    VERSION = "version"
    FINDING = "finding"
    BLOCKING = "blocking"
    FILE = "file"


@dataclass(frozen=True, kw_only=True)
class Change:
    """Something an effect wants done; the recorder knows how. Subclasses say what."""


@dataclass(kw_only=True)
class Attempt:
    """One person's attempt at one event on one case: what guards read, and where effects leave what they want."""

    case: Case
    subject: Any
    """The row that says what the case is about."""
    facts: Any
    """What else the guards of this policy may look at, read under the lock."""
    actor: Actor
    now: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    capacity: Callable[[Role, Part | None], Mandate | tuple[Reason, ...]]
    """For a role in a part: the actor's mandate in it, or why there is none."""
    reasons: list[Reason] = field(default_factory=list)
    mandate: Mandate | None = None
    role: Role | None = None
    """In what capacity the mandate was held."""
    changes: list[Change] = field(default_factory=list)
    rule: Rule | None = None
    outsider: bool = False
    dry: bool = False

    @property
    def taken(self) -> Rule:
        """The rule that was followed; only after a successful `fire`."""
        if self.rule is None:
            raise LookupError("no rule was followed")
        return self.rule

    @property
    def state(self) -> str:
        """Where the case stands."""
        return self.case.state

    @state.setter
    def state(self, state: str) -> None:
        if not self.dry:
            self.case.state = state


Guard = Callable[[Attempt], Reason | None]
Effect = Callable[[Attempt], Iterable[Change]]
Choice = Callable[[Attempt], bool]


@dataclass(frozen=True, kw_only=True)
class State:
    """A place a case can be in: what it means, and whom it waits for (nobody: it is over)."""

    name: str
    means: str
    waits_for: tuple[Part, ...] = ()
    can_be_undone: bool = False
    """Whether a rule may leave it although it waits for nobody, as what is in operation can be rolled back."""

    @property
    def is_final(self) -> bool:
        """Whether the case is over."""
        return not self.waits_for


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A row of a policy: this event takes a case from here to there, by these, if the guards hold."""

    event: str
    source: str
    target: str
    who: tuple[Role, ...]
    guards: tuple[Guard, ...] | None = None
    """Claims that must hold, each with its reason when it does not. ``()`` is a statement; leaving it out is a hole."""
    effects: tuple[Effect, ...] = ()
    needs: tuple[Field, ...] = ()
    may_say: tuple[Field, ...] = ()
    part: Part | None = None
    """The part that is played, where the role does not say it."""
    when: Choice | None = None
    """Chooses between rows with the same event and source; a row that is not chosen gives no reasons."""
    because: str = ""

    @property
    def played(self) -> Part:
        """The part that whoever follows the rule plays; to submit, where no other is named."""
        return self.part or PART_OF.get(self.who[0], Part.SUBMIT)


class Workflow:
    """A policy that has been checked, and the machine that carries it out."""

    def __init__(
        self,
        *,
        name: str,
        title: str,
        prefix: str,
        initial: str,
        path: Sequence[str],
        states: Sequence[State],
        rules: Sequence[Rule],
    ) -> None:
        self.name = name
        self.title = title
        self.prefix = prefix
        self.initial = initial
        self.path = tuple(path)
        """The states a case passes when nothing stands in its way, from the first to the last."""
        self.states = {state.name: state for state in states}
        self.rules = tuple(rules)
        self.events = tuple(dict.fromkeys(rule.event for rule in rules))
        self.events_of_people = tuple(dict.fromkeys(rule.event for rule in rules if rule.who != (Role.RULE,)))
        """Those that somebody can fire, and not the software alone."""
        self._check(states)
        # One machine for all cases, fired through its events with the attempt as the model: see docs/design-notes.md.
        # Here, and not above: who looks at an inbox moves nothing, and need not wait for what moves.
        from transitions import Machine

        self.machine = Machine(
            model=None,
            states=list(self.states),
            initial=initial,
            auto_transitions=False,
            send_event=True,
        )
        for rule in rules:
            self.machine.add_transition(rule.event, rule.source, rule.target, conditions=[_condition(rule)])

    def rules_for(self, event: str, state: str) -> tuple[Rule, ...]:
        """The rows for an event in a state."""
        return tuple(rule for rule in self.rules if rule.event == event and rule.source == state)

    def events_from(self, state: str) -> tuple[str, ...]:
        """The events that have a row in this state, in the policy's order."""
        return tuple(dict.fromkeys(rule.event for rule in self.rules if rule.source == state))

    def fire(self, event: str, attempt: Attempt) -> None:
        """Take the case along a rule, or refuse with every reason at once. The only writer of state.

        Raises Conflict when the event has no row in the case's state, Refused when guards or mandate do not hold.
        """
        if not self.rules_for(event, attempt.state):
            raise Conflict(Text("The case stands at {state}; that is not possible from there.", state=attempt.state))
        if not self.machine.events[event].trigger(attempt):
            raise Refused(event, attempt.reasons)
        for effect in attempt.taken.effects:
            attempt.changes.extend(effect(attempt))

    def refusal(self, event: str, attempt: Attempt) -> tuple[Reason, ...]:
        """Why the actor may not do this now; empty when they may. Changes nothing, asks for no input."""
        attempt.dry = True
        for rule in self.rules_for(event, attempt.state):
            if rule.when is None or rule.when(attempt):
                return _reasons(rule, attempt, with_input=False)
        return (Reason("not-from-here", Text("That is not possible from where the case stands.")),)

    def _check(self, states: Sequence[State]) -> None:
        problems = [
            *_duplicates(states),
            *(f"{rule.event}: unknown state {name}" for rule in self.rules for name in self._unknown(rule)),
            *(f"{rule.event} from {rule.source} states no guards" for rule in self.rules if rule.guards is None),
            *(f"{rule.event} from {rule.source} names nobody" for rule in self.rules if not rule.who),
            *(
                f"{rule.event} from {rule.source}: unknown role {role}"
                for rule in self.rules
                for role in rule.who
                if role not in tuple(Role)
            ),
            *(f"the path names {name}, which is no state" for name in self.path if name not in self.states),
            *(f"{name} cannot be reached" for name in self._unreachable()),
            *(f"{name} waits for somebody and cannot be left" for name in self._dead_ends()),
            *(f"{name} can be undone, and no rule does" for name in self._never_undone()),
            *(
                f"{rule.event} leaves {rule.source}, which is final"
                for rule in self.rules
                if rule.source in self.states
                and self.states[rule.source].is_final
                and not self.states[rule.source].can_be_undone
            ),
        ]
        if problems:
            raise PolicyError(
                Text("The workflow {name} contradicts itself: {what}", name=self.name, what="; ".join(problems))
            )

    def _unknown(self, rule: Rule) -> list[str]:
        return [name for name in (rule.source, rule.target) if name not in self.states]

    def _unreachable(self) -> list[str]:
        reached = {self.initial}
        while True:
            further = {rule.target for rule in self.rules if rule.source in reached} - reached
            if not further:
                return [name for name in self.states if name not in reached]
            reached |= further

    def _dead_ends(self) -> list[str]:
        left = {rule.source for rule in self.rules}
        return [state.name for state in self.states.values() if not state.is_final and state.name not in left]

    def _never_undone(self) -> list[str]:
        left = {rule.source for rule in self.rules}
        return [state.name for state in self.states.values() if state.can_be_undone and state.name not in left]


def _duplicates(states: Sequence[State]) -> list[str]:
    names = [state.name for state in states]
    return [f"{name} stands twice" for name in dict.fromkeys(names) if names.count(name) > 1]


def _condition(rule: Rule) -> Callable[[EventData], bool]:
    """Whether a rule lets this attempt through; leaves its reasons on the attempt when not."""

    def lets_through(event: EventData) -> bool:
        attempt = cast("Attempt", event.model)
        if rule.when is not None and not rule.when(attempt):
            return False
        reasons = _reasons(rule, attempt, with_input=True)
        attempt.reasons.extend(reasons)
        attempt.rule = rule
        return not reasons

    return lets_through


def _reasons(rule: Rule, attempt: Attempt, *, with_input: bool) -> tuple[Reason, ...]:
    missing = _mandate_reasons(rule, attempt)
    if attempt.outsider:
        # Somebody with nothing to do with the case learns that, and nothing about the case.
        return missing
    inputs = _input_reasons(rule, attempt) if with_input else ()
    guards = tuple(reason for guard in rule.guards or () if (reason := guard(attempt)) is not None)
    return tuple(dict.fromkeys((*missing, *inputs, *guards)))


def _mandate_reasons(rule: Rule, attempt: Attempt) -> tuple[Reason, ...]:
    refusals: list[Reason] = []
    for role in rule.who:
        answer = attempt.capacity(role, rule.part or PART_OF.get(role))
        if isinstance(answer, Mandate):
            attempt.mandate, attempt.role = answer, role
            return ()
        refusals.extend(answer)
    return tuple(dict.fromkeys(refusals))


def _input_reasons(rule: Rule, attempt: Attempt) -> tuple[Reason, ...]:
    return tuple(
        Reason(f"needs-{needed}", Text("This needs: {field}.", field=FIELD_WORDS[needed]))
        for needed in rule.needs
        if not str(attempt.data.get(needed) or "").strip()
    )


def said(attempt: Attempt) -> str:
    """What the one who acts wrote: the reason where one is needed, else a comment."""
    return str(attempt.data.get(Field.REASON) or attempt.data.get(Field.COMMENT) or "").strip()


FIELD_WORDS: Final[Mapping[Field, Text]] = {
    Field.REASON: Text("a reason"),
    Field.PROFILE: Text("a profile"),
    Field.STARTS_ON: Text("a first day"),
    Field.ENDS_ON: Text("a last day"),
    Field.ENDS_AT: Text("the hour it ends"),
    Field.ACCOUNT_NAME: Text("the account name in the system"),
    Field.TICKET_NUMBER: Text("the service desk's ticket number"),
    Field.SOLVER: Text("who can solve it"),
    Field.COMMENT: Text("a comment"),
    Field.PURPOSE: Text("what the access is for"),
    Field.LAST_DAY: Text("the last day"),
    Field.DUTY: Text("which duty"),
    Field.SUCCESSOR: Text("who takes it over"),
    Field.PLANNED_FROM: Text("when the deployment begins"),
    Field.PLANNED_UNTIL: Text("when it must be over"),
    Field.VERSION: Text("the version that is installed"),
    Field.FINDING: Text("the finding's number"),
    Field.BLOCKING: Text("whether it stops the approval"),
    Field.FILE: Text("a file"),
}
