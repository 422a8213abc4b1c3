"""The demonstration tells its story to the end, and says so when something is not as told."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo import data, story
from tests.test_demo_data import TINY
from workflows.errors import BadInput


# On little data: `make demo` is a step of the gate, and plays it on a municipality's.
@pytest.mark.parametrize(("language", "ending"), [("sv", "hela, inget ändrat"), ("en", "whole, nothing changed")])
def test_the_story_is_told_to_the_end(
    tmp_path: Path, language: str, ending: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BEHORIG_LANGUAGE", language)
    told = story.run(tmp_path / "demo", lambda folder, today: data.write_scale(folder, TINY, 2, today))
    said = capsys.readouterr().out
    assert told == 0, said
    assert ending in said


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(BadInput):
        story.run(tmp_path)
    assert (tmp_path / "precious.txt").read_text() == "mine"
