"""A policy as people read it: a table, and a Mermaid diagram made from the machine itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workflows.workflow import Workflow


def rows(workflow: Workflow) -> Iterator[dict[str, Any]]:
    """One row a rule, in the policy's order, in the words of the code."""
    for rule in workflow.rules:
        yield {
            "event": rule.event,
            "from": rule.source,
            "to": rule.target,
            "who": list(rule.who),
            "needs": list(rule.needs),
            "guards": [_name(guard) for guard in rule.guards or ()],
            "because": rule.because,
        }


def markdown(workflow: Workflow) -> str:
    """The policy as a document: what each state means, the rules, the diagram."""
    lines = [
        f"# {workflow.title}",
        "",
        "```mermaid",
        mermaid(workflow),
        "```",
        "",
        "| State | Means | Waits for |",
        "|---|---|---|",
    ]
    for state in workflow.states.values():
        lines.append(f"| {state.name} | {state.means} | {', '.join(state.waits_for) or 'nobody: it is over'} |")
    lines += ["", "| Event | From | To | Who | Needs | Guards | Because |", "|---|---|---|---|---|---|---|"]
    for row in rows(workflow):
        cells = (", ".join(cell) if isinstance(cell, list) else cell for cell in row.values())
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def mermaid(workflow: Workflow) -> str:
    """The machine's states and transitions as a Mermaid state diagram, one arrow for each pair of states."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for event in workflow.machine.events.values():
        for transitions in event.transitions.values():
            for transition in transitions:
                arrows.setdefault((transition.source, str(transition.dest)), []).append(event.name)
    lines = ["stateDiagram-v2", f"    [*] --> {workflow.initial}"]
    lines += [f"    {source} --> {target}: {', '.join(events)}" for (source, target), events in arrows.items()]
    lines += [f"    {state.name} --> [*]" for state in workflow.states.values() if state.is_final]
    return "\n".join(lines)


def _name(guard: object) -> str:
    return getattr(guard, "__name__", type(guard).__name__)
