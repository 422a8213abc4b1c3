"""The pages in docs/ that are made from the workflows: ``python -m tools.diagrams`` writes them anew."""

from __future__ import annotations

from pathlib import Path

from workflows import authorisation
from workflows.diagrams import markdown
from workflows.workflow import Workflow

DOCS = Path(__file__).parent.parent / "docs"
PAGES: dict[Path, Workflow] = {DOCS / "workflow-authorisation.md": authorisation.WORKFLOW}

if __name__ == "__main__":
    for page, workflow in PAGES.items():
        page.write_text(markdown(workflow), encoding="utf-8")
