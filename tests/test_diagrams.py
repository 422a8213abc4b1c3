"""What docs/ says about the workflows is what the workflows do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.diagrams import PAGES
from workflows.diagrams import markdown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.stem))
def test_the_page_of_a_workflow_is_current(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == markdown(PAGES[page]), "run `make diagrams`"
