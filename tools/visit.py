"""A visit to an installed Behörig: ``python -m tools.visit COMMAND`` starts its web, looks at it, and stops it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

PORT = 8899
ADDRESS = f"http://localhost:{PORT}"
PATIENCE = 60


def answer(path: str) -> str:
    """What is answered on a path; an error when it is not a 200."""
    with urlopen(ADDRESS + path, timeout=10) as page:  # noqa: S310 - our own address
        return str(page.read().decode())


def ready() -> bool:
    """Whether it can work."""
    try:
        return answer("/readyz") == "ready\n"
    except URLError:
        return False


def visit(command: str) -> int:
    """Look at the first page and everything it needs; the exit code of what was visited."""
    with subprocess.Popen([command, "serve", "--port", str(PORT)]) as served:  # noqa: S603 - what we are asked to visit
        give_up = time.monotonic() + PATIENCE
        while not ready() and served.poll() is None and time.monotonic() < give_up:
            time.sleep(0.2)
        try:
            page = answer("/login")
            needed = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
            sizes = [len(answer(path)) for path in needed]
            print(f"{len(needed)} files, {sum(sizes)} characters")
            assert len(needed) >= 5  # noqa: S101 - a check is what this is
            assert min(sizes) > 100  # noqa: S101
        finally:
            served.send_signal(signal.SIGTERM)
    return served.returncode


if __name__ == "__main__":
    sys.exit(visit(sys.argv[1]))
