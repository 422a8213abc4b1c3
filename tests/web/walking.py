"""A walk through the whole site: from the menu and from each example, along every link, as whoever is logged in.

What is written here knows no page by name. A page that is added is walked to by a link, or it is missed by a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from fastapi.routing import APIRoute

from tests.web.browser import Browser
from tests.web.pages import Reader
from tests.whole import Whole
from web.routes import LOGGED_IN, OPEN

# Where a case is shown, by how its label begins.
AREAS: Final[Mapping[str, str]] = {"release": "/releases", "request": "/cases"}
OTHERWISE: Final = "/departures"
MOST_OF_A_KIND: Final = 3
"""Pages of people and systems are many and alike; cases are all looked at."""


def routes(method: str) -> list[APIRoute]:
    """Every route of the site for a method, as they are asked in turn: those without a variable part first."""
    found = [route for router in (*OPEN, *LOGGED_IN) for route in router.routes if isinstance(route, APIRoute)]
    return sorted(
        (route for route in found if method in (route.methods or ())), key=lambda route: route.path.count("{")
    )


def route_of(path: str, method: str = "GET") -> APIRoute | None:
    """The route that answers an address."""
    plain = urlsplit(path).path
    return next((route for route in routes(method) if route.path_regex.match(plain)), None)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A page that was come to: by which address, along which route, and how it answered."""

    path: str
    route: str
    status: int
    leads_to: str
    html: str

    @property
    def read(self) -> Reader:
        """The page, read."""
        return Reader(self.html)


def address_of(label: str, number: str) -> str:
    """Where a case is shown."""
    return f"{AREAS.get(label.split()[0], OTHERWISE)}/{number}"


def beginnings(whole: Whole) -> list[str]:
    """Where a walk begins: at the inbox, at the best known system, and at each of the cases."""
    return [
        "/",
        f"/systems/{whole.given.world.care.key}",
        *(address_of(label, number) for label, number in whole.cases.items()),
    ]


def walk(browser: Browser, beginnings: Iterable[str]) -> Iterator[Seen]:
    """Every page that whoever is logged in comes to along links, each kind of it a few times, each case once."""
    waiting = list(dict.fromkeys(beginnings))
    given, met, kinds = set(waiting), set(waiting), dict[tuple[str, frozenset[str]], int]()
    while waiting:
        path = waiting.pop(0)
        route = route_of(path)
        if route is None or route.path.startswith("/static/"):
            continue
        kind = (route.path, frozenset(name for name, _value in parse_qsl(urlsplit(path).query)))
        kinds[kind] = kinds.get(kind, 0) + 1
        if path not in given and kinds[kind] > MOST_OF_A_KIND:
            continue
        page = browser.get(path)
        seen = Seen(path=path, route=route.path, status=page.status, leads_to=page.leads_to, html=page.html)
        yield seen
        for link in [page.leads_to, *page.links] if page.status < 400 else []:
            plain = link.partition("#")[0]
            if plain.startswith("/") and plain not in met:
                met.add(plain)
                waiting.append(plain)
