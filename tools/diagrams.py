"""The pages in docs/ that are made from the code: ``python -m tools.diagrams`` writes them anew."""

from __future__ import annotations

from pathlib import Path

from tools import datamodel
from workflows.cases import WORKFLOWS
from workflows.diagrams import markdown
from workflows.workflow import Workflow

NOTE = "Made from the policy by `make diagrams`; a test fails when it is not current."
DOCS = Path(__file__).parent.parent / "docs"
PAGES: dict[Path, Workflow] = {DOCS / f"workflow-{name}.md": workflow for name, workflow in WORKFLOWS.items()}


def page(workflow: Workflow) -> str:
    """A workflow's page: its policy, with a word below the title on where the page comes from."""
    title, rest = markdown(workflow).split("\n", 1)
    return f"{title}\n\n{NOTE}\n{rest}"


if __name__ == "__main__":
    for path, workflow in PAGES.items():
        path.write_text(page(workflow), encoding="utf-8")
    datamodel.write()
