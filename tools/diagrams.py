"""The pages in docs/ that are made from the code: ``python -m tools.diagrams`` writes them anew."""

from __future__ import annotations

from pathlib import Path

from tools import datamodel
from workflows.cases import WORKFLOWS
from workflows.diagrams import markdown
from workflows.workflow import Workflow

DOCS = Path(__file__).parent.parent / "docs"
PAGES: dict[Path, Workflow] = {DOCS / f"workflow-{name}.md": workflow for name, workflow in WORKFLOWS.items()}

if __name__ == "__main__":
    for page, workflow in PAGES.items():
        page.write_text(markdown(workflow), encoding="utf-8")
    datamodel.write()
