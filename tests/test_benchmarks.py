"""Each benchmark runs, on both databases, and says what it measured beside what. How fast is nothing to assert."""

from __future__ import annotations

import pytest

from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.measuring import in_turns, row
from tests.postgres import PostgresServer

pytestmark = pytest.mark.alone


def test_each_benchmark_runs_and_prints_its_rows(
    postgres: PostgresServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEHORIG_TEST_POSTGRES", postgres.url.render_as_string(hide_password=False))
    monkeypatch.delenv("COLUMNS", raising=False)
    main(["--quick"])
    lines = capsys.readouterr().out.splitlines()
    assert "PostgreSQL" in lines[0], "what it was measured on comes first"
    for name in BENCHMARKS:
        measured = {tuple(line.split()[1:2]) for line in lines if line.startswith(f"{name} ")}
        assert measured == ({("-",)} if name == "machine" else {("sqlite",), ("postgresql",)}), name


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["speed"])
    assert "there is no speed" in capsys.readouterr().err


def test_sides_take_turns_and_a_ratio_is_the_median_of_the_rounds() -> None:
    order: list[str] = []

    def side(name: str) -> int:
        order.append(name)
        return 1

    samples = in_turns(3, {"ours": lambda: side("ours"), "baseline": lambda: side("baseline")})
    assert order == ["ours", "baseline", "baseline", "ours", "ours", "baseline"]
    assert len(samples.wall("ours")) == 3
    assert row("b", "-", "w", "ms", [10.0, 30.0, 20.0], [1.0, 2.0, 5.0]).ratio == pytest.approx(10.0)
