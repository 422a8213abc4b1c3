"""What docs/ says about the workflows is what the workflows do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.diagrams import PAGES, page


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.stem))
def test_the_page_of_a_workflow_is_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == page(PAGES[path]), "run `make diagrams`"
