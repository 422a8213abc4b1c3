"""``python -m benchmarks.crowd``: many people at once on the web pages of a municipality, and how long they wait.

A municipality is made up, with open requests, departures and releases in it; ``behorig serve`` is started on it as an
operator would, the scheduler included; and people of all kinds log in, read and act, with time to think in between.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from statistics import quantiles
from typing import Final

import httpx

from benchmarks.measuring import machine
from benchmarks.served import PATIENCE, Served
from benchmarks.town import Town, a_town
from benchmarks.visitors import ANSWERS, THINKING, Kind, Seen, Visitor, stay
from commands.tables import show_table
from tests.postgres import PostgresServer

PEOPLE: Final = 50
SECONDS: Final = 60
HEADINGS: Final = ("Page", "Times", "Server: median ms", "p95 ms", "Browser: median ms", "p95 ms", "Errors")
# How many of each kind come, of fifty: most of those who come decide nothing.
SHARES: Final[Mapping[Kind, int]] = {
    Kind.EMPLOYEE: 16,
    Kind.MANAGER: 10,
    Kind.HEAD: 9,
    Kind.ADMINISTRATOR: 7,
    Kind.TECHNICIAN: 4,
    Kind.HR_OFFICER: 2,
    Kind.SUPERVISOR: 2,
}


def main(words: Sequence[str] | None = None) -> None:
    """Let them come, and say how it went."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crowd", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE, help=f"how many come ({PEOPLE})")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"how long they stay ({SECONDS})")
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL; else on SQLite")
    parser.add_argument("--quick", action="store_true", help="a village, and nobody thinks: that it works, no figures")
    parser.add_argument("--folder", type=Path, help="where the database lies; on the disk that is to be measured")
    given = parser.parse_args(words)
    thinking = (0.0, 0.1) if given.quick else THINKING
    with tempfile.TemporaryDirectory(dir=given.folder) as name, ExitStack() as beside:
        folder = Path(name)
        url = f"sqlite:///{folder / 'behorig.db'}"
        if given.postgresql:
            (folder / "postgres").mkdir(mode=0o700)
            url = beside.enter_context(PostgresServer.running(folder / "postgres")).create("crowd")
        print(f"{machine()}, {'PostgreSQL' if given.postgresql else 'SQLite'}", flush=True)
        town = a_town(url, folder / "files", quick=given.quick)
        waiting = ", ".join(f"{count} {part}" for part, count in sorted(town.waiting.items()))
        print(f"{town.size} people; waiting when they come: {waiting}", flush=True)
        with Served.running(url) as served:
            weights = asyncio.run(_first_load(served.address, town.people[Kind.HEAD][0]))
            served.milliseconds.clear()
            seen = asyncio.run(_crowd(served.address, town, given.people, given.seconds, thinking))
    _show(seen, served)
    print(
        f"\n{given.people} people for {given.seconds:g} s, {thinking[0]:g} to {thinking[1]:g} s between two clicks: "
        f"{len(seen) / given.seconds:.1f} requests/s; the server used {served.processor:.0f} s of processor in all."
    )
    heaviest = ", ".join(f"{name} {size / 1000:.1f}" for name, size in weights.items())
    print(f"The first load of an inbox, as it is sent: {sum(weights.values()) / 1000:.1f} kB ({heaviest}).")
    for trouble in served.trouble:
        print(f"The server complains: {trouble}")


async def _crowd(address: str, town: Town, people: int, seconds: float, thinking: tuple[float, float]) -> list[Seen]:
    async with AsyncExitStack() as browsers:
        coming = []
        for place, (kind, number) in enumerate(_chosen(town, people)):
            client = await browsers.enter_async_context(httpx.AsyncClient(base_url=address, timeout=PATIENCE))
            visitor = Visitor(number=number, client=client, chance=random.Random(place), thinking=thinking)
            coming.append((visitor, kind))
        await asyncio.gather(*(stay(visitor, kind, seconds) for visitor, kind in coming))
    return [seen for visitor, _ in coming for seen in visitor.seen]


def _chosen(town: Town, people: int) -> list[tuple[Kind, str]]:
    """Who comes: somebody of every kind, and of each kind its share. Who is alone of their kind has two browsers."""
    counts = {kind: max(1, people * share // PEOPLE) for kind, share in SHARES.items()}
    counts[Kind.EMPLOYEE] += max(1 - counts[Kind.EMPLOYEE], people - sum(counts.values()))
    return [
        (kind, town.people[kind][place % len(town.people[kind])])
        for kind, count in counts.items()
        for place in range(count)
    ]


async def _first_load(address: str, number: str) -> dict[str, int]:
    """What travels to a browser that has never been here, by file, for an inbox with all that it needs."""
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE) as client:
        visitor = Visitor(number=number, client=client, chance=random.Random(0))
        await visitor.log_in()
        page = await client.get("/")
        found = {"the page": page.num_bytes_downloaded}
        for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
            found[path.partition("?")[0].rpartition("/")[2]] = (await client.get(path)).num_bytes_downloaded
    return found


def _show(seen: Iterable[Seen], served: Served) -> None:
    """A line for each page: what the server took, what the browser waited for, and what went wrong."""
    waited: dict[str, list[float]] = {}
    wrong: Counter[str] = Counter()
    for each in seen:
        waited.setdefault(each.page, []).append(1000 * each.seconds)
        wrong[each.page] += each.status not in ANSWERS
    rows = []
    for page in sorted(waited, key=lambda page: (page.partition(" ")[2], page)):
        taken = served.milliseconds.get(page, [])
        rows.append((page, len(waited[page]), *_figures(taken), *_figures(waited[page]), wrong[page] or ""))
    everything = [each for page in waited for each in served.milliseconds.get(page, [])]
    all_waited = [each for found in waited.values() for each in found]
    rows.append(("all", len(all_waited), *_figures(everything), *_figures(all_waited), wrong.total() or ""))
    show_table("", HEADINGS, rows)


def _figures(values: Sequence[float]) -> tuple[str, str]:
    """The median and the 95th percentile, where there are any values."""
    if not values:
        return "", ""
    cuts = quantiles([*values, *values], n=100, method="inclusive")
    return f"{cuts[49]:.0f}", f"{cuts[94]:.0f}"


if __name__ == "__main__":
    main()
