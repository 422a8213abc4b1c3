"""A step through the one shared machine, beside the same step through a machine of the row's own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Final, cast
from uuid import UUID

from transitions import EventData, Machine

from benchmarks.measuring import Row, in_turns, row
from benchmarks.places import NOW, Stage
from models import Case, Part
from workflows.authorisation import WORKFLOW
from workflows.errors import Reason
from workflows.evidence import Actor
from workflows.workflow import Attempt, Mandate, Role

EVENT: Final = "withdraw"
ACTOR: Final = Actor.rule("benchmark")
MANDATE: Final = Mandate(person_id=UUID(int=1), basis="rule", reference="benchmark")


def measure(stage: Stage) -> list[Row]:
    """Microseconds a step."""
    rounds, steps = (2, 20) if stage.quick else (7, 300)

    def shared() -> int:
        for _ in range(steps):
            WORKFLOW.machine.events[EVENT].trigger(_attempt())
        return steps

    def own() -> int:
        for _ in range(steps):
            model = SimpleNamespace(attempt=_attempt())
            _machine_for(model)
            model.trigger(EVENT)
        return steps

    samples = in_turns(rounds, {"ours": shared, "baseline": own})
    mine, theirs = ([1000 * each for each in samples.wall(side)] for side in ("ours", "baseline"))
    return [row("machine", "-", "a step, shared / a machine a row", "µs", mine, theirs)]


def _attempt() -> Attempt:
    # Not a row: what a row costs is measured elsewhere.
    case = cast("Case", SimpleNamespace(state=WORKFLOW.initial))
    return Attempt(case=case, subject=None, facts=None, actor=ACTOR, now=NOW, capacity=_may)


def _may(role: Role, part: Part | None) -> Mandate | tuple[Reason, ...]:
    return MANDATE


def _machine_for(model: Any) -> Machine:
    """The policy's machine once more, for one row."""
    machine = Machine(
        model=model,
        states=list(WORKFLOW.states),
        initial=WORKFLOW.initial,
        auto_transitions=False,
        send_event=True,
    )
    for rule in WORKFLOW.rules:
        machine.add_transition(rule.event, rule.source, rule.target, conditions=[_lets_through])
    return machine


def _lets_through(event: EventData) -> bool:
    return _may(Role.REQUESTER, None) is MANDATE
