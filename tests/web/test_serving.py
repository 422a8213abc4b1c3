"""`behorig serve` as an operating system sees it: a process that begins, answers, and stops without losing anything."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

import migrations
from models import WayIn
from tests.given import Given
from tests.web.browser import Browser, app_for
from tests.web.conftest import Clock
from tests.web.process import PATIENCE, ROOT, is_ready, serving
from web import sessions
from web.app import now
from web.cookies import SESSION, form_mark


@pytest.mark.alone
def test_a_request_under_way_is_answered_before_it_stops(town: Given) -> None:
    with serving(town) as served:
        token = sessions.begin(town.office, town.world.head.id, WayIn.LINK, now())
        body = f"_mark={form_mark(token)}&language=sv&back=/".encode()
        head = (
            f"POST /language HTTP/1.1\r\nHost: {served.address[7:]}\r\nCookie: {SESSION}={token}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        with socket.create_connection(("127.0.0.1", int(served.address.rpartition(":")[2]))) as connection:
            connection.sendall(head + body[:40])
            _until(lambda: "behorig_requests" in httpx2.get(f"{served.address}/metrics").text)
            served.process.send_signal(signal.SIGTERM)
            _until(lambda: not is_ready(served.address))
            connection.sendall(body[40:])
            answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        assert served.stop() == 0
    assert answer.startswith("HTTP/1.1 303 ")
    assert town.again(town.world.head).language == "sv"
    lines = [json.loads(line) for line in served.said if line.startswith("{")]
    assert [line["said"] for line in lines if line["from"] == "behorig.scheduler"] == ["started", "stopped"]
    answered = [line for line in lines if line["said"] == "answered"]
    assert [(line["route"], line["status"]) for line in answered if line["method"] == "POST"] == [("/language", 303)]
    assert f"Open {served.address}" in served.said
    assert not [line for line in served.said if "Traceback" in line or "head" in line]


@pytest.mark.alone
def test_only_the_web_runs_when_told_so_and_an_interrupt_stops_it_too(town: Given) -> None:
    with serving(town, "--no-scheduler") as served:
        assert httpx2.get(f"{served.address}/healthz").text == "alive\n"
        assert served.stop(signal.SIGINT) == 0
    assert not [line for line in served.said if "behorig.scheduler" in line]


def _until(happened: object) -> None:
    assert callable(happened)
    give_up = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def refusal(given: Given, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """What is said when it cannot serve."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BEHORIG_")}
    environment |= {"BEHORIG_DATABASE_URL": given.database.url, "BEHORIG_LANGUAGE": "en", **settings}
    command = [sys.executable, "-m", "cli", "serve", *options]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://behorig.kommun.example", "must begin with https://"),
        ("https://kommun.example/behorig", "has a path"),
    ],
)
def test_it_does_not_serve_where_a_login_could_be_overheard(town: Given, address: str, said: str) -> None:
    run = refusal(town, BEHORIG_BASE_URL=address)
    assert (run.returncode, run.stdout) == (2, "")
    assert said in run.stderr


def test_a_port_that_is_taken_is_said_in_one_line(town: Given) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        run = refusal(town, "--port", str(taken.getsockname()[1]))
    assert run.returncode == 2
    assert len(run.stderr.strip().splitlines()) == 1
    assert "Address already in use" in run.stderr


def test_it_is_not_ready_while_the_schema_is_another_or_the_database_is_away(town: Given, clock: Clock) -> None:
    browser = Browser(town, app_for(town, clock))
    assert (browser.get("/readyz").status, browser.get("/healthz").status) == (200, 200)
    migrations.downgrade(town.database, "base")
    page = browser.get("/readyz")
    assert (page.status, browser.get("/healthz").status) == (503, 200)
    assert "behorig upgrade" in page.text
    file = Path(town.database.url.removeprefix("sqlite:///"))
    town.database.dispose()
    file.rename(file.with_suffix(".away"))
    file.mkdir()
    assert browser.get("/readyz").text.startswith("no database")
