"""``behorig serve`` as an operator starts it: a process with a port, and what it logs of each answer."""

from __future__ import annotations

import json
import resource
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from tests.web.process import becomes_ready, begun

PATIENCE: Final = 60
"""Seconds that the server is waited for."""


@dataclass
class Served:
    """``behorig serve`` as a process, and what it has logged of each answer."""

    process: subprocess.Popen[str]
    address: str
    milliseconds: dict[str, list[float]] = field(default_factory=dict)
    """What the server took for each page, by method and route."""
    processor: float = 0.0
    """Seconds of processor that the process used from its start to its end."""
    trouble: list[str] = field(default_factory=list)
    """What it has complained of."""

    @classmethod
    @contextmanager
    def running(cls, url: str) -> Iterator[Served]:
        """A server that serves a database, from when it is ready until it has stopped."""
        process, address = begun(stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, BEHORIG_DATABASE_URL=url)
        served = cls(process=process, address=address)
        listening = threading.Thread(target=served.listen)
        listening.start()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            if not becomes_ready(process, address):
                raise TimeoutError(f"behorig serve does not answer: {served.trouble}")
            yield served
        finally:
            process.terminate()
            process.wait(PATIENCE)
            listening.join()
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        served.processor = ended.ru_utime + ended.ru_stime - used.ru_utime - used.ru_stime

    def listen(self) -> None:
        """Keep what it logs."""
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                self._hear(line)

    def _hear(self, line: str) -> None:
        said: dict[str, Any] = json.loads(line) if line.startswith("{") else {"said": line.rstrip(), "level": "error"}
        if said["said"] == "answered":
            page = f"{said['method']} {said['route']}"
            self.milliseconds.setdefault(page, []).append(said["ms"])
        elif said["level"] != "info":
            self.trouble.append(str(said))
