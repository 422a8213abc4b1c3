"""People at their browsers: what each of them reads and does, by what they are here, with time to think between."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import httpx

THINKING: Final = (3.0, 9.0)
"""Seconds between two clicks, any in between. Whoever reads a request and decides on it takes rather longer, whoever
looks for a page in the menu rather less; fifty people who never leave their desks are about eight requests a second."""
MARK: Final = re.compile(r'name="_mark" value="([^"]+)"')
VERSION: Final = re.compile(r'name="version" value="(\d+)"')
LINES: Final = re.compile(r'name="line" value="([^":]+)(:\d+:[A-Z]+)"')
ANSWERS: Final = frozenset({200, 303, 409, 422})
"""What a person can be answered: a page, or what another did meanwhile, or what is still to be filled in."""


class Kind(StrEnum):
    """What somebody is here, as far as it decides what they do."""

    EMPLOYEE = "employee"
    MANAGER = "manager"
    HEAD = "head"
    ADMINISTRATOR = "administrator"
    TECHNICIAN = "technician"
    HR_OFFICER = "hr officer"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One request as the one who made it saw it."""

    page: str
    seconds: float
    status: int
    """0 when there was no answer."""


@dataclass
class Visitor:
    """One person at a browser of their own."""

    number: str
    client: httpx.AsyncClient
    chance: random.Random
    thinking: tuple[float, float] = THINKING
    seen: list[Seen] = field(default_factory=list)

    async def get(self, path: str, page: str) -> str:
        """A page, as it is shown."""
        return await self._asked(page, lambda: self.client.get(path))

    async def post(self, path: str, page: str, on: str, fields: Mapping[str, str | list[str]]) -> str:
        """Send a form that stands on a page."""
        mark = MARK.search(on)
        data = {"_mark": mark[1] if mark else "", **fields}
        return await self._asked(page, lambda: self.client.post(path, data=data))

    async def log_in(self) -> None:
        """Come in as in a demonstration: by choosing who one is."""
        page = await self.get("/login", "GET /login")
        await self.post("/login/demonstration", "POST /login/demonstration", page, {"person": self.number})

    async def think(self) -> None:
        """What takes most of the time."""
        await asyncio.sleep(self.chance.uniform(*self.thinking))

    async def follow(self, html: str, area: str) -> str:
        """One of the cases that a page leads to; nothing when it leads to none."""
        found = sorted(set(re.findall(rf'href="(/{area}/[A-Z]+-\d+-\d+)"', html)))
        if not found:
            return ""
        await self.think()
        return await self.get(self.chance.choice(found), f"GET /{area}/{{number}}")

    async def _asked(self, page: str, ask: Callable[[], Awaitable[httpx.Response]]) -> str:
        begun = time.perf_counter()
        try:
            answer = await ask()
        except httpx.HTTPError:
            self.seen.append(Seen(page=page, seconds=time.perf_counter() - begun, status=0))
            return ""
        self.seen.append(Seen(page=page, seconds=time.perf_counter() - begun, status=answer.status_code))
        return answer.text


async def stay(visitor: Visitor, kind: Kind, seconds: float) -> None:
    """Log in some time in the first seconds, and do what one does until the time is up."""
    until = time.monotonic() + seconds
    await asyncio.sleep(visitor.chance.uniform(*visitor.thinking))
    await visitor.log_in()
    habits, weights = zip(*HABITS[kind].items(), strict=True)
    while time.monotonic() < until:
        await visitor.think()
        (habit,) = visitor.chance.choices(habits, weights)
        await habit(visitor)


# --- What people do ------------------------------------------------------------------------------------------------


async def inbox(visitor: Visitor) -> None:
    """Look what waits."""
    await visitor.get("/", "GET /")


async def decide(visitor: Visitor) -> None:
    """Look what waits, read one of the requests, and approve it when that can be done."""
    page = await visitor.follow(await visitor.get("/", "GET /"), "cases")
    address = re.search(r'action="(/cases/[^"/]+/approve)"', page)
    version = VERSION.search(page)
    if address and version:
        await visitor.think()
        await visitor.post(address[1], "POST /cases/{number}/{event}", page, {"version": version[1]})


async def carry_out(visitor: Visitor) -> None:
    """Look at the work list and close a line or two: accounts are made, registrations get their ticket numbers."""
    page = await visitor.get("/tasks", "GET /tasks")
    lines = [(number, rest) for number, rest in LINES.findall(page) if f'name="value-{number}"' in page]
    if not lines:
        return
    chosen = visitor.chance.sample(lines, min(2, len(lines)))
    fields: dict[str, str | list[str]] = {"line": [number + rest for number, rest in chosen]}
    fields |= {f"value-{number}": f"nx{visitor.chance.randrange(100_000, 999_999)}" for number, _ in chosen}
    await visitor.think()
    await visitor.post("/tasks", "POST /tasks", page, fields)


async def look_at_work(visitor: Visitor) -> None:
    """Look at the work list, and at one of the cases in it."""
    await visitor.follow(await visitor.get("/tasks", "GET /tasks"), "cases")


async def own_access(visitor: Visitor) -> None:
    """Look at what one has."""
    await visitor.get("/access", "GET /access")


async def own_orders(visitor: Visitor) -> None:
    """Follow what one has ordered."""
    await visitor.follow(await visitor.get("/requests", "GET /requests"), "cases")


async def order(visitor: Visitor) -> None:
    """Order access to a system, for somebody one is the manager of when there is anybody, else for oneself."""
    page = await visitor.get("/order", "GET /order")
    people = re.findall(r'href="/order\?person=([^"]+)"', page)
    number = visitor.chance.choice(people) if people else visitor.number
    if people:
        await visitor.think()
        page = await visitor.get(f"/order?person={number}", "GET /order")
    systems = re.findall(r'<option value="([^"]+)">', page.partition('name="system"')[2].partition("</select>")[0])
    if not systems:
        return
    system = visitor.chance.choice(systems)
    await visitor.think()
    page = await visitor.post("/order", "POST /order", page, {"do": "add", "person": number, "system": system})
    profiles = re.findall(rf'name="profile-{system}"[^>]*value="([^"]+)"', page)
    if not profiles:
        return
    once = re.search(r'name="once" value="([^"]+)"', page)
    today = datetime.now(UTC).date()
    await visitor.think()
    fields: dict[str, str | list[str]] = {
        "do": "send",
        "person": number,
        "line": system,
        f"profile-{system}": visitor.chance.choice(profiles),
        "purpose": "Belastningsprov",
        "starts_on": (today + timedelta(days=1)).isoformat(),
        "ends_on": (today + timedelta(days=90)).isoformat(),
        "once": once[1] if once else "",
    }
    await visitor.post("/order", "POST /order", page, fields)


async def board(visitor: Visitor) -> None:
    """Look at who leaves, and at one of them."""
    await visitor.follow(await visitor.get("/departures", "GET /departures"), "departures")


async def releases(visitor: Visitor) -> None:
    """Look at the releases, and at one of them."""
    await visitor.follow(await visitor.get("/releases", "GET /releases"), "releases")


async def holdings(visitor: Visitor) -> None:
    """Look at who holds what."""
    await visitor.get("/holdings", "GET /holdings")


async def supervise(visitor: Visitor) -> None:
    """Look at what stands still, and at all there is."""
    await visitor.get("/oversight", "GET /oversight")
    await visitor.think()
    await visitor.get("/oversight/cases", "GET /oversight/cases")


Habit = Callable[[Visitor], Awaitable[None]]
# How often each does what, beside the rest of what they do. A guess, and the only one here: nobody has counted it yet.
HABITS: Final[Mapping[Kind, Mapping[Habit, int]]] = {
    Kind.EMPLOYEE: {own_access: 4, own_orders: 3, inbox: 2, order: 1},
    Kind.MANAGER: {inbox: 3, own_orders: 3, order: 3, own_access: 1, board: 1},
    Kind.HEAD: {decide: 6, inbox: 2, releases: 1, holdings: 1},
    Kind.ADMINISTRATOR: {carry_out: 5, look_at_work: 3, inbox: 1, releases: 1},
    Kind.TECHNICIAN: {carry_out: 5, look_at_work: 3, inbox: 1},
    Kind.HR_OFFICER: {board: 6, inbox: 1, holdings: 1},
    Kind.SUPERVISOR: {supervise: 3, holdings: 2, inbox: 2, board: 1, releases: 1},
}
