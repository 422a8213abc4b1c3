"""The command line as people use it: exit codes, JSON, both languages, and what ``--help`` does not load."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from models import Database
from tests.given import Given

ROOT = Path(__file__).parent.parent
HEAVY = ("sqlalchemy", "sqlmodel", "pydantic", "transitions", "yagmail", "apscheduler", "holidays", "alembic")


@pytest.fixture
def municipality(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Given:
    given = Given(sqlite_database)
    given.municipality()
    monkeypatch.setenv("BEHORIG_DATABASE_URL", sqlite_database.url)
    monkeypatch.setenv("BEHORIG_LANGUAGE", "en")
    return given


def behorig(*words: str, by: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*words, *(["--as", by] if by else [])])
    return result.exit_code, result.output


def ordered() -> str:
    code, answer = behorig(
        "request", "new", "--person", "nurse", "--system", "CARE", "--profile", "READ", "--purpose", "care",
        "--json", by="manager",
    )  # fmt: skip
    assert code == 0, answer
    number: str = json.loads(answer)["cases"][0]["number"]
    return number


def test_a_request_goes_from_order_to_registration(municipality: Given) -> None:
    number = ordered()
    code, answer = behorig("inbox", "--json", by="head")
    assert [row["number"] for row in json.loads(answer)["tasks"]] == [number]
    assert behorig("act", number, "approve", by="head")[0] == 0
    assert behorig("act", number, "execute", "--account", "nurse1", by="administrator")[0] == 0
    code, answer = behorig("act", number, "register", "--ticket", "T1", "--json", by="technician")
    assert (code, json.loads(answer)["state"]) == (0, "COMPLETED")
    held = json.loads(behorig("grants", "--person", "nurse", "--json", by="nurse")[1])["grants"]
    assert [(row["system"], row["profile"], row["state"]) for row in held] == [("CARE", "READ", "ACTIVE")]
    assert behorig("verify")[0] == 0


def test_a_refusal_is_1_with_every_reason_and_a_conflict_is_4(municipality: Given) -> None:
    number = ordered()
    code, answer = behorig("act", number, "approve", "--json", by="manager")
    assert (code, json.loads(answer)["error"]) == (1, "refused")
    assert behorig("act", number, "register", "--ticket", "T1", by="technician")[0] == 4
    assert behorig("act", number, "approve", "--version", "1", by="head")[0] == 4


def test_wrong_usage_is_2_and_what_is_not_there_is_3(municipality: Given) -> None:
    assert behorig("act", "BEH-2026-00001", "approve")[0] == 2
    assert behorig("act", "BEH-1999-00001", "approve", by="head")[0] == 3
    assert behorig("act", ordered(), "applaud", by="head")[0] == 2
    assert behorig("inbox", by="nobody")[0] == 3


def test_a_case_is_not_there_for_somebody_with_nothing_to_do_with_it(municipality: Given) -> None:
    number = ordered()
    assert behorig("case", number, by="manager")[0] == 0
    assert behorig("case", number, by="coordinator")[0] == 0
    assert behorig("case", number, by="technician2")[0] == 3


def test_what_is_approved_is_not_shown_as_usable(municipality: Given) -> None:
    number = ordered()
    behorig("act", number, "approve", by="head")
    page = json.loads(behorig("case", number, "--json", by="nurse")[1])
    assert page["usable"] is False
    assert page["waits_for"][0]["part"] == "EXECUTE"


def test_only_a_demonstration_acts_at_another_time(municipality: Given) -> None:
    code, answer = behorig("inbox", "--now", "2030-01-01T00:00+00:00", by="head")
    assert code == 2
    assert "demonstration" in answer


def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", *words],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_speaks_the_chosen_language() -> None:
    assert "Visa vad som väntar på dig" in run("--help", BEHORIG_LANGUAGE="sv", COLUMNS="200").stdout
    assert "Show what waits for you" in run("--help", BEHORIG_LANGUAGE="en", COLUMNS="200").stdout


def test_help_loads_nothing_heavy() -> None:
    script = "import sys, cli\ntry:\n    cli.app(['--help'])\nexcept SystemExit:\n    pass\nprint(sorted(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    loaded = result.stdout.rsplit("[", 1)[1]
    assert [name for name in HEAVY if f"'{name}'" in loaded] == []


def test_the_scheduler_stops_cleanly_when_told_to(municipality: Given) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "scheduler"], cwd=ROOT, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "behorig.scheduler" in line and "started" in line:
            break
    process.send_signal(signal.SIGTERM)
    rest = process.communicate(timeout=60)[1]
    assert process.returncode == 0
    assert "stopped" in rest
