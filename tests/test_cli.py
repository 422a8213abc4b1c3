"""The command line as people use it: exit codes, JSON, both languages, and what ``--help`` does not load."""

from __future__ import annotations

import inspect
import json
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import migrations
from cli import app
from commands.library_words import SAID_BY_LIBRARIES
from language import clock
from models import Database, DepartureNotice, Task
from tests.given import Given
from workflows.deadlines import today

ROOT = Path(__file__).parent.parent
HEAVY = ("sqlalchemy", "sqlmodel", "pydantic", "transitions", "yagmail", "apscheduler", "holidays", "alembic")


@pytest.fixture
def municipality(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Given:
    given = Given(sqlite_database)
    given.municipality()
    monkeypatch.setenv("BEHORIG_DATABASE_URL", sqlite_database.url)
    monkeypatch.setenv("BEHORIG_LANGUAGE", "en")
    monkeypatch.delenv("COLUMNS", raising=False)
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
    assert behorig("case", number, by="outsider")[0] == 3


def test_what_is_approved_is_not_shown_as_usable(municipality: Given) -> None:
    number = ordered()
    behorig("act", number, "approve", by="head")
    page = json.loads(behorig("case", number, "--json", by="nurse")[1])
    assert page["usable"] is False
    assert page["waits_for"][0]["part"] == "EXECUTE"


def test_moments_in_json_are_iso_8601_with_their_zone(municipality: Given) -> None:
    number = ordered()
    page = json.loads(behorig("case", number, "--json", by="head")[1])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", page["since"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", page["asked"]["starts_on"])


@pytest.mark.parametrize(("language", "why"), [("en", "You have no mandate for this"), ("sv", "Du har inget mandat")])
def test_why_not_is_said_in_the_language_of_the_terminal(
    municipality: Given, monkeypatch: pytest.MonkeyPatch, language: str, why: str
) -> None:
    number = ordered()
    municipality.change(municipality.world.manager, language="sv" if language == "en" else "en")
    monkeypatch.setenv("BEHORIG_LANGUAGE", language)
    page = json.loads(behorig("case", number, "--json", by="manager")[1])
    assert any(why in said for row in page["options"] for said in row["why_not"])


def test_a_case_shows_account_ticket_mandate_and_what_was_refused(municipality: Given) -> None:
    number = ordered()
    behorig("act", number, "approve", by="head")
    code, answer = behorig("act", number, "execute", by="administrator")
    assert (code, "(--account)" in answer) == (1, True), "a refusal for want of something says how to say it"
    behorig("act", number, "execute", "--account", "nurse1", by="administrator")
    behorig("act", number, "register", "--ticket", "T-77", by="technician")
    page = behorig("case", number, by="nurse")[1]
    for said in ("Account in the system: nurse1", "Ticket: T-77", "Delegation ", "refused: execute", "By whom"):
        assert said in page
    assert "You may" not in page, "nothing is left to do"
    refusal = json.loads(behorig("case", number, "--json", by="nurse")[1])["events"][2]["refused"]
    assert refusal == {"event": "execute", "reasons": ["needs-account_name"]}


def test_the_case_page_tells_actions_and_options_as_they_are_typed(municipality: Given) -> None:
    number = ordered()
    page = behorig("case", number, by="head")[1]
    may, may_not = page.split("You may not")
    assert "approve-with-changes" in may, "what is to be changed is not asked for before it is done"
    assert "return-for-completion  --reason" in may
    assert "withdraw" in may_not
    answer = behorig("act", number, "applaud", by="head")[1]
    assert "return_for_completion" in answer
    assert "lapse" not in answer, "that is the clock's to do"


def test_a_conflict_tells_the_time_by_the_clock_on_the_wall(municipality: Given) -> None:
    number = ordered()
    behorig("act", number, "approve", by="head")
    since = json.loads(behorig("case", number, "--json", by="head")[1])["since"]
    answer = behorig("act", number, "approve", by="head")[1]
    assert clock(datetime.fromisoformat(since)) in answer


def test_a_case_is_shown_as_a_line_of_steps(municipality: Given) -> None:
    number = ordered()
    behorig("act", number, "approve", by="head")
    page = behorig("case", number, by="nurse")[1]
    line = next(line for line in page.splitlines() if "→" in line)
    assert [sign for sign in line if sign in "●◉○"] == ["●", "◉", "○", "○"]
    assert line.index("Awaiting decision") < line.index("Awaiting execution") < line.index("Completed")


@pytest.mark.parametrize(
    ("name", "content", "codec"),
    [
        ("order.csv", "person;system;profile;purpose\nnurse;CARE;READ;vård på ö\nnurse;CARE;WRITE;vård\n", "cp1252"),
        ("order.csv", "person,system,profile,purpose\nnurse,CARE,READ,vård\nnurse,CARE,WRITE,vård\n", "utf-8"),
        (
            "order.yaml",
            "lines:\n- {person: nurse, system: CARE, profile: READ, purpose: vård}\n"
            "- {person: nurse, system: CARE, profile: WRITE, purpose: vård, until: 2099-01-31T14:00}\n",
            "utf-8",
        ),
    ],
)
def test_an_order_is_read_from_csv_and_yaml(
    municipality: Given, tmp_path: Path, name: str, content: str, codec: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content.encode(codec))
    code, answer = behorig("order", str(file), "--json", by="manager")
    assert code == 0, answer
    assert [row["state"] for row in json.loads(answer)["cases"]] == ["AWAITING_DECISION"] * 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("person;system;profile;purpose\nnurse;CARE;READ;x\nghost;CARE;READ;x\n", "Line 3: There is nobody"),
        ("person;system;profile;purpose\nnurse;CARE;READ;x\nnurse;CARE;READ;x\n", "Line 3: The same access"),
        ("person;system;profil;purpose\nnurse;CARE;READ;x\n", "line 1, profil"),
        ("person;system;profile;purpose;kind\nnurse;CARE;READ;x;MORE\n", "line 2, kind"),
        ("person;system;profile;purpose\n", "holds no rows"),
    ],
)
def test_one_bad_line_refuses_the_whole_order_and_says_which(
    municipality: Given, tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "order.csv"
    file.write_text(content)
    code, answer = behorig("order", str(file), by="manager")
    assert code in (1, 2), answer
    assert said in answer
    assert not municipality.all(Task)


def test_one_orders_for_oneself_and_a_manager_for_their_staff_and_others_are_not_there(municipality: Given) -> None:
    said = ("--system", "CARE", "--profile", "READ", "--purpose", "care")
    known = behorig("request", "new", "--person", "nurse", *said, by="outsider")
    unknown = behorig("request", "new", "--person", "ghost", *said, by="outsider")
    assert (known[0], known[1].replace("nurse", "ghost")) == unknown
    assert known[0] == 3
    assert behorig("request", "new", "--person", "nurse", *said, by="hr")[0] == 3
    assert behorig("request", "new", "--person", "outsider", *said, by="outsider")[0] == 0
    assert behorig("request", "new", "--person", "nurse", *said, by="manager")[0] == 0


def test_a_person_is_shown_to_those_who_may_look_and_is_nobody_to_the_rest(municipality: Given) -> None:
    municipality.grant(municipality.world.nurse, municipality.world.read)
    for reader in ("nurse", "manager", "coordinator"):
        code, answer = behorig("person", "nurse", "--json", by=reader)
        assert (code, len(json.loads(answer)["employments"])) == (0, 1), answer
    code, answer = behorig("person", "nurse", "--json", by="administrator")
    page = json.loads(answer)
    assert (len(page["employments"]), len(page["grants"])) == (0, 1), "an administrator sees their own system only"
    known, unknown = behorig("person", "nurse", by="outsider"), behorig("person", "ghost", by="outsider")
    assert known[0] == unknown[0] == 3
    assert known[1].replace("nurse", "ghost") == unknown[1]


def test_delegating_and_being_away_from_the_command_line(municipality: Given) -> None:
    new = ("delegate", "new", "D-9", "--body", "CAREBOARD", "--to", "outsider", "--reference", "§ 9")
    assert behorig(*new, by="head")[0] == 1
    assert behorig(*new, "--until", "2099-01-01", by="chair")[0] == 0
    rows = json.loads(behorig("delegate", "list", "--json", by="nurse")[1])["delegations"]
    assert [(row["number"], row["holds"]) for row in rows if row["delegate"] == "outsider"] == [("D-9", True)]
    assert behorig("delegate", "end", "D-9", "--reason", "moved", by="chair")[0] == 0
    assert behorig("away", "--until", "2099-01-01", by="head")[0] == 2, "not for seventy years"
    assert behorig("away", by="head")[0] == 2
    assert behorig("acknowledge", by="nurse")[0] == 0
    assert behorig("verify")[0] == 0


def test_hr_is_told_that_a_leaver_has_another_employment(municipality: Given) -> None:
    municipality.employment(municipality.world.nurse, number="2")
    said = "They have another employment (2): what hangs on it stays."
    words = ("depart", "nurse", "--last-day", "2099-06-30", "--employment", "1")
    assert said in behorig(*words, "--dry-run", by="hr")[1]
    [page] = json.loads(behorig(*words, "--json", by="hr")[1])["departures"]
    assert said in behorig("departure", page["number"], by="hr")[1]


def test_hr_sees_what_would_happen_says_it_and_follows_it(municipality: Given) -> None:
    municipality.grant(municipality.world.nurse, municipality.world.read)
    words = ("depart", "nurse", "--last-day", "2099-06-30")
    code, answer = behorig(*words, "--dry-run", by="hr")
    assert (code, "asks Head Svensson" in answer) == (0, True), answer
    assert not municipality.all(DepartureNotice)
    code, answer = behorig(*words, "--json", by="hr")
    [page] = json.loads(answer)["departures"]
    assert (code, page["state"], page["left"]) == (0, "AWAITING_DECISION", 1)
    assert behorig("departure", page["number"], by="hr")[0] == 0
    assert behorig("case", page["number"], by="manager")[0] == 0
    assert behorig("departure", page["number"], by="outsider")[0] == 3
    board = json.loads(behorig("departures", "--json", by="hr")[1])["departures"]
    assert [(row["number"], row["left"]) for row in board] == [(page["number"], 3)]
    inbox = json.loads(behorig("inbox", "--json", by="technician")[1])["tasks"]
    assert {row["part"] for row in inbox} == {"CLOSE_ACCOUNTS", "RETURN_EQUIPMENT"}
    moved = ("act", page["number"], "move-day", "--last-day", "2099-05-31", "--reason", "Sooner.")
    assert behorig(*moved, by="manager")[0] == 1
    assert behorig(*moved, by="hr")[0] == 0
    assert behorig("act", page["number"], "cancel", "--reason", "They stay.", by="hr")[0] == 0
    assert json.loads(behorig("departures", "--json", by="hr")[1])["departures"] == []


def test_what_a_cancelled_departure_took_is_ordered_again_with_one_command(municipality: Given) -> None:
    given, world = municipality, municipality.world
    given.grant(world.nurse, world.read)
    now = datetime.now(UTC)
    number = given.leaves(last_day=today(now), ends_at=now, now=now)
    [end] = given.parts(number)
    given.take(end.number, "COMPLETED", now=now)
    assert behorig("request", "again", number, by="hr")[0] == 1, "it is not cancelled"
    given.act(number, "cancel", by=world.hr, reason="They stay.", now=now)
    answer = behorig("departure", number, by="hr")[1]
    assert f"{end.number} Care · Read: not ordered again" in answer
    assert f"behorig request again {number}" in answer
    assert behorig("request", "again", number, by="outsider")[0] == 1
    code, answer = behorig("request", "again", number, "--json", by="hr")
    done = json.loads(answer)
    assert (code, [row["state"] for row in done["cases"]], done["left_out"]) == (0, ["AWAITING_DECISION"], [])
    again = done["cases"][0]["number"]
    assert f"ordered again in {again}" in behorig("departure", number, by="hr")[1]
    assert behorig("request", "again", number, by="hr") == (0, "Everything is ordered again already.\n")


def test_many_leave_by_file_and_a_bad_line_is_named(municipality: Given, tmp_path: Path) -> None:
    file = tmp_path / "leavers.csv"
    file.write_text("person;last_day;kind\nnurse;2099-06-30;NORMAL\nghost;2099-06-30;NORMAL\nhead;2099-06-30;\n")
    code, answer = behorig("depart", "--from", str(file), by="hr")
    assert code == 2
    assert "Line 3: There is nobody with employee number ghost." in answer
    assert len(municipality.all(DepartureNotice)) == 2, "each line is a notice of its own"
    file.write_text("person;last_day\nnurse;soon\n")
    code, answer = behorig("depart", "--from", str(file), by="hr")
    assert (code, "line 2, last_day" in answer) == (2, True)


def test_a_dry_run_of_a_file_says_what_the_brake_would_hold(municipality: Given, tmp_path: Path) -> None:
    for place in range(55):
        municipality.person(f"p{place:02}")
    file = tmp_path / "leavers.csv"
    file.write_text("person;last_day\nghost;2099-06-30\n" + "".join(f"p{place:02};2099-06-30\n" for place in range(55)))
    words = ("depart", "--from", str(file), "--dry-run")
    code, answer = behorig(*words, by="hr")
    assert "50 begin at once, 5 wait in the queue until they are let go, 1 are refused." in answer
    assert answer.count("Held in the queue") == 5
    assert "Line 2: There is nobody with employee number ghost." in answer
    assert "Nothing was changed: this was a dry run." in answer
    assert code == 2
    code, answer = behorig(*words, "--json", by="hr")
    told = json.loads(answer)
    assert (code, told["held"], told["refused"], len(told["departures"])) == (2, 5, 1, 55)
    assert [row["code"] for row in told["reasons"]] == ["not-found"]
    assert {row["hold"] for row in told["departures"][50:]} == {"BRAKE"}
    assert municipality.all(DepartureNotice) == []
    code, answer = behorig("depart", "--from", str(file), by="hr")
    assert "50 begin at once, 5 wait in the queue until they are let go, 1 are refused." in answer, "as was said"


def test_what_waits_for_the_leaver_elsewhere_is_listed(municipality: Given) -> None:
    number = ordered()
    code, answer = behorig("depart", "head", "--last-day", "2099-06-30", "--dry-run", by="hr")
    assert code == 0
    assert f"{number} waits for them (Decide); 0 others may act on it." in answer


def test_a_manager_notices_a_change_of_duties(municipality: Given) -> None:
    municipality.department("SCHOOL", body=municipality.world.board)
    assert behorig("move", "nurse", "--to", "SCHOOL", by="outsider")[0] == 1
    assert behorig("move", "nurse", "--to", "MOON", by="manager")[0] == 3
    code, answer = behorig("move", "nurse", "--to", "SCHOOL", "--json", by="manager")
    assert (code, json.loads(answer)["departures"][0]["kind"]) == (0, "MOVE"), answer


def test_what_runs_for_all_runs_for_every_organisation(municipality: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    ordered()
    other = Given(municipality.database, "OTHER")
    other.municipality()
    other.order()
    code, answer = behorig("sweep", "--now", "2099-01-01T00:00+00:00", "--json")
    assert (code, json.loads(answer)["tasks"]) == (0, 2)
    assert json.loads(behorig("verify", "--json")[1])["breaks"] == []
    assert behorig("inbox", by="head")[0] == 2, "a person acts in one of them"
    monkeypatch.setenv("BEHORIG_ORGANISATION", "OTHER")
    assert behorig("inbox", by="head")[0] == 0
    monkeypatch.setenv("BEHORIG_ORGANISATION", "NONE")
    assert behorig("inbox", by="head")[0] == 3


def test_an_unknown_system_is_not_found_and_no_access_is_said(municipality: Given) -> None:
    assert behorig("grants", "--system", "NONE", by="nurse")[0] == 3
    assert behorig("grants", "--system", "CARE", by="nurse") == (0, "No access.\n")


def test_a_sweep_and_the_outbox_say_what_they_did_in_words(municipality: Given) -> None:
    ordered()
    assert "Nothing was due." in behorig("sweep")[1]
    assert "Tasks reminded of, escalated or lapsed: 1" in behorig("sweep", "--now", "2099-01-01T00:00+00:00")[1]
    assert "Something to do" in behorig("outbox")[1]
    assert {row["to"] for row in json.loads(behorig("outbox", "--json")[1])["messages"]} >= {"head"}


def test_a_database_that_cannot_be_used_is_said_in_a_line(
    municipality: Given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEHORIG_DATABASE_URL", f"sqlite:///{tmp_path}/nowhere.db")
    code, answer = behorig("inbox", by="head")
    assert (code, "run behorig init" in answer) == (2, True)
    assert not (tmp_path / "nowhere.db").exists(), "a look makes no database"
    text = tmp_path / "text.db"
    text.write_text("this is no database, whatever its name says" * 100)
    for url in (f"sqlite:///{text}", f"sqlite:///{tmp_path}/no/such/folder.db", "postgresql://a:secret@127.0.0.1:1/b"):
        monkeypatch.setenv("BEHORIG_DATABASE_URL", url)
        code, answer = behorig("init", by=None)
        assert (code, "The database cannot be used" in answer, "secret" in answer) == (2, True, False), answer
    code, answer = behorig("verify", "--json")
    assert (code, json.loads(answer)["error"]) == (2, "unavailable")


def test_tables_of_an_older_version_ask_for_an_upgrade(municipality: Given) -> None:
    migrations.downgrade(municipality.database, "0001")
    code, answer = behorig("inbox", by="head")
    assert (code, "run behorig upgrade" in answer) == (2, True), answer


def test_a_load_says_what_changed_in_words(municipality: Given, tmp_path: Path) -> None:
    file = tmp_path / "bodies.yaml"
    bodies = "bodies:\n- {key: KS, name: Executive}\n- {key: VON, name: Care board, parent: KS}\n"
    file.write_text(bodies)
    assert behorig("load", str(file))[0] == 0
    file.write_text(bodies.replace("Care board", "Board of care"))
    code, answer = behorig("load", str(file), "--dry-run")
    assert (code, "name: Care board → Board of care" in answer) == (0, True), answer
    changes = json.loads(behorig("load", str(file), "--json")[1])["changes"]
    assert {
        "noun": "bodies",
        "what": "changed",
        "key": "VON",
        "fields": {"name": ["Care board", "Board of care"]},
    } in changes
    assert "everything was as the files say" in behorig("load", str(file))[1]


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


def test_the_libraries_speak_swedish_too() -> None:
    said = run("act", BEHORIG_LANGUAGE="sv").stderr + run("act", "--help", BEHORIG_LANGUAGE="sv").stdout
    for word in ("Alternativ", "Argument", "Fel", "krävs", "för hjälp"):
        assert word in said
    assert "Options" not in said


def test_what_is_marked_for_the_libraries_is_what_they_say() -> None:
    source = "".join(path.read_text("utf-8") for path in Path(inspect.getfile(typer)).parent.rglob("*.py"))
    for sentence in SAID_BY_LIBRARIES:
        assert f'_("{sentence}")' in source, sentence


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


def test_a_release_goes_from_proposal_to_operation_on_the_command_line(municipality: Given, tmp_path: Path) -> None:
    code, answer = behorig(
        "release", "new", "CARE", "2.0", "--contents", "Allergies in red.", "--planned", "2030-03-20T18:00",
        "--planned-until", "2030-03-20T22:00", "--json", by="administrator",
    )  # fmt: skip
    assert code == 0, answer
    number = json.loads(answer)["number"]
    rows = json.loads(behorig("releases", "--json", by="head")[1])["releases"]
    assert [(row["number"], row["release"]) for row in rows] == [(number, "2.0")]
    assert [row["release"] for row in json.loads(behorig("inbox", "--json", by="head_of_it")[1])["tasks"]] == ["2.0"]
    assert behorig("act", number, "go-ahead", by="head")[0] == 1, "the head of IT has not agreed to the date"
    assert behorig("act", number, "agree-date", by="head_of_it")[0] == 0
    assert behorig("act", number, "go-ahead", by="head")[0] == 0
    protocol = tmp_path / "protocol.txt"
    protocol.write_text("Forty cases, none failed.", encoding="utf-8")
    assert behorig("attach", number, str(tmp_path / "nothing.txt"), by="administrator")[0] == 2
    assert behorig("attach", number, str(protocol), "--kind", "picture", by="administrator")[0] == 2
    assert behorig("attach", number, str(protocol), "--kind", "protocol", by="administrator")[0] == 0
    assert behorig("act", number, "pass-test", by="administrator")[0] == 0
    noted = ("act", number, "note-finding", "--comment", "A door stands open.", "--blocking")
    assert behorig(*noted, by="coordinator")[0] == 0
    assert behorig("act", number, "review", "--comment", "One thing stops it.", by="coordinator")[0] == 0
    assert behorig("act", number, "resolve-finding", "--finding", "1", "--comment", "Shut.", by="coordinator")[0] == 0
    assert behorig("act", number, "cosign", by="head_of_it")[0] == 0
    assert behorig("act", number, "move-date", "--planned", "2030-03-21", "--reason", "Later.", by="head_of_it")[0] == 0
    assert behorig("act", number, "approve", by="head")[0] == 0
    assert behorig("act", number, "deploy", by="administrator")[0] == 1, "outside the window"
    page = json.loads(behorig("case", number, "--json", by="coordinator")[1])
    assert [gate["gate"] for gate in page["gates"] if not gate["passed"]] == ["deployment", "registration"]
    assert page["attachments"][0]["name"] == "protocol.txt"
    shown = behorig("case", number, by="head")[1]
    assert "protocol.txt" in shown
    assert "A door stands open." in shown
    assert behorig("case", number, by="nurse")[0] == 3
    code, answer = behorig("verify", "--json")
    assert (code, json.loads(answer)["files"]) == (0, 1)


def test_plans_and_approval_of_a_system_on_the_command_line(municipality: Given) -> None:
    assert behorig("plan", "adopt", "CARE", "outage", "--reference", "§ 5", "--from", "2026-01-01", by="head")[0] == 0
    assert behorig("plan", "adopt", "CARE", "picnic", "--reference", "§ 6", by="head")[0] == 2
    assert behorig("plan", "agree", "CARE", "--reference", "§ 5", by="head_of_it")[0] == 0
    page = json.loads(behorig("system", "CARE", "--json", by="head")[1])
    assert [(plan["kind"], plan["in_force"]) for plan in page["plans"]] == [("OUTAGE", True)]
    assert "§ 5" in behorig("system", "CARE", by="head")[1]
    assert behorig("system", "CARE", by="nurse")[0] == 3
    assert behorig("release", "withdraw-approval", "CARE", "--reason", "Leaks.", by="nurse")[0] == 1
    assert behorig("release", "withdraw-approval", "CARE", "--reason", "Leaks.", by="head")[0] == 0
    assert behorig("releases", by="head")[0] == 0
