"""Tables in a terminal: nothing is broken in two, nothing is left out, and nobody's words steer the terminal."""

from __future__ import annotations

import pytest

from commands.tables import column_widths, joined, plain, show_table

HEADINGS = ("Due", "Case", "What", "For")
ROW = ("2026-11-30 08:00", "BEH-2026-00001", "Decide · New access", "Linnéa Sandberg")


def printed(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    show_table("", HEADINGS, [ROW])
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("width", [200, 90, 70, 60])
def test_a_table_fits_its_window_and_breaks_no_number_or_moment(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(width, monkeypatch, capsys)
    assert max(len(line) for line in lines) <= width
    assert any(ROW[0] in line and ROW[1] in line for line in lines)
    for word in " ".join(ROW).split():
        assert any(word in line for line in lines), word


def test_a_window_too_narrow_for_columns_gets_each_row_on_lines_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert printed(40, monkeypatch, capsys) == [
        "",
        "Due: 2026-11-30 08:00",
        "Case: BEH-2026-00001",
        "What: Decide · New access",
        "For: Linnéa Sandberg",
    ]


def test_what_goes_to_a_file_is_whole_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    show_table("", ("Comment",), [("a word " * 100,)])
    assert "a word " * 99 in capsys.readouterr().out


def test_room_is_shared_by_what_each_column_could_use() -> None:
    assert column_widths([("ab", "ab ab"), ("ab", "ab ab")], None) == [2, 5]
    assert column_widths([("ab", "ab ab"), ("ab", "ab ab")], 7) == [2, 3]
    assert column_widths([("ab", "ab ab"), ("ab", "ab ab")], 5) == []


def test_a_line_of_steps_is_broken_between_steps_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "12")
    assert list(joined(["one two", "three", "four"], " > ")) == ["one two", "> three", "> four"]
    monkeypatch.setenv("COLUMNS", "80")
    assert list(joined(["one two", "three", "four"], " > ")) == ["one two > three > four"]


def test_what_people_write_does_not_steer_the_terminal() -> None:
    assert plain("red \x1b[31m and\nnew\tline \x07") == "red [31m and new line "
    assert plain("Åsa Öberg · 3 § …") == "Åsa Öberg · 3 § …"
