"""A case as a line of steps: where it has been, where it stands, and what lies ahead if nothing is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models import Case, Event
from workflows.workflow import Workflow


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step on the line."""

    state: str
    since: datetime | None = None
    """When it was entered; not yet when it lies ahead."""
    current: bool = False
    escalated: bool = False
    """Whether somebody was so slow in it that it was escalated."""


def steps(workflow: Workflow, case: Case, events: Sequence[Event]) -> list[Step]:
    """The line of a case, from its first state to the last it has been in or is to come to."""
    entered: list[tuple[str, datetime]] = [(workflow.initial, case.opened_at)]
    escalated: set[int] = set()
    for event in events:
        if event.kind == "escalate":
            escalated.add(len(entered) - 1)
        if event.to_state and event.to_state != entered[-1][0]:
            entered.append((event.to_state, event.at))
    if len(entered) > 1 and entered[1][1] == entered[0][1]:
        # Written and submitted in one go: the draft was never anything to see.
        entered = entered[1:]
        escalated = {place - 1 for place in escalated}
    last = len(entered) - 1
    line = [
        Step(state=state, since=since, current=place == last, escalated=place in escalated)
        for place, (state, since) in enumerate(entered)
    ]
    return line + [Step(state=state) for state in _ahead(workflow, case.state)]


def _ahead(workflow: Workflow, state: str) -> tuple[str, ...]:
    """The rest of the path from a state; from one beside the path, from where it would come back to it."""
    if state in workflow.path:
        return workflow.path[workflow.path.index(state) + 1 :]
    back = next((rule.target for rule in workflow.rules if rule.source == state and rule.target in workflow.path), None)
    return workflow.path[workflow.path.index(back) :] if back else ()
