"""`behorig serve` as an operating system sees it: a process with a port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

import httpx2

from tests.given import Given
from tests.web.provider import free_port

ROOT: Final = Path(__file__).parent.parent.parent
PATIENCE: Final = 60


@dataclass
class Served:
    """A process that serves: where, and what it has said."""

    process: subprocess.Popen[str]
    address: str
    told: IO[str]
    """What it writes; a file and no pipe, which would fill up and hold it when nobody reads."""
    said: list[str] = field(default_factory=list)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to stop, wait until it has, and read the rest of what it says."""
        self.process.send_signal(how)
        self.process.wait(timeout=PATIENCE)
        self.said += self.words().splitlines()
        return self.process.returncode

    def words(self) -> str:
        """Everything that it has written."""
        self.told.seek(0)
        return self.told.read()


def begun(
    *options: str, stdout: IO[str] | int, stderr: IO[str] | int, **settings: str
) -> tuple[subprocess.Popen[str], str]:
    """A process that begins to serve, with no settings but those given; and the address it will have."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BEHORIG_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "serve", "--port", str(port), *options],
        cwd=ROOT,
        env=environment | settings,
        stdout=stdout,
        stderr=stderr,
        text=True,
    )
    return process, f"http://localhost:{port}"


@contextmanager
def serving(given: Given, *options: str, **settings: str) -> Iterator[Served]:
    """A process that serves a town, from when it is ready."""
    with TemporaryFile("w+") as told:
        settings = {"BEHORIG_DATABASE_URL": given.database.url, "BEHORIG_LANGUAGE": "en", **settings}
        process, address = begun(*options, stdout=told, stderr=told, **settings)
        served = Served(process=process, address=address, told=told)
        try:
            assert becomes_ready(process, address), served.words()
            yield served
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def becomes_ready(process: subprocess.Popen[str], address: str, patience: float = PATIENCE) -> bool:
    """Wait until a process can work; false when it has stopped, or the patience, in seconds, is out before."""
    give_up = time.monotonic() + patience
    while process.poll() is None and time.monotonic() < give_up:
        if is_ready(address):
            return True
        time.sleep(0.05)
    return False


def is_ready(address: str) -> bool:
    """Whether a process answers that it can work."""
    try:
        return httpx2.get(f"{address}/readyz", timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False
