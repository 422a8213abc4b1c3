"""The demonstration tells its story to the end, and says so when something is not as told."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo import data, story
from workflows.errors import BadInput


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_story_is_told_to_the_end(
    tmp_path: Path, language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BEHORIG_LANGUAGE", language)
    assert story.run(tmp_path / "demo", lambda folder, today: data.write(folder, "municipality", 2, today)) == 0
    ending = {"sv": "hela, inget ändrat", "en": "whole, nothing changed"}[language]
    assert ending in capsys.readouterr().out


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(BadInput):
        story.run(tmp_path)
    assert (tmp_path / "precious.txt").read_text() == "mine"
