"""The table of authority: who sees which page and who may do what, as the running site answers, one role at a time.

``python -m tests.web.authority`` writes it to docs/authority.md, for whoever wants to read or change what is allowed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlmodel import SQLModel

from models import Database
from tests.given import Given
from tests.web.browser import Browser, Page, app_for
from tests.web.conftest import Clock
from tests.web.pages import FilledForm
from tests.web.walking import Seen, beginnings, route_of, walk
from tests.whole import Whole
from web.site import SiteApp

NOBODY: Final = "anonymous"
YES, NO, HIDDEN, LOG_IN = "●", "×", "·", "→"
# What an answer says about whoever asked. A case that is not theirs to see is not there.
CELLS: Final[Mapping[int, str]] = {401: LOG_IN, 403: NO, 404: HIDDEN}
# What a refusal leaves behind, and what every visit does.
TRACES: Final = frozenset({"event", "web_session", "login_request", "idempotency_receipt"})
TRACE_COLUMNS: Final = frozenset({"event_count", "event_hash", "seen_at"})


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that can be done on the site: a form that stood on a page, filled in, and the button that sends it."""

    path: str
    said: Mapping[str, list[str]]
    button: str = ""


@dataclass(kw_only=True)
class Table:
    """What was found: for each page and act, by the name it is known under here, the answer to each role."""

    roles: list[str]
    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    """``GET /cases/{number} (request DRAFT)`` → role → cell."""
    shown: dict[str, set[str]] = field(default_factory=dict)
    """For an act, the roles that are shown its form."""
    reached: set[tuple[str, str]] = field(default_factory=set)
    """The method and path of each route that somebody came to."""
    said: dict[tuple[str, str], str] = field(default_factory=dict)
    """What was answered where an act was not done, to look at when it should have been."""


class Site:
    """The site on a database that can be put back to where it was."""

    def __init__(self, whole: Whole, clock: Clock) -> None:
        self.whole = whole
        self.given: Given = whole.given
        self.app: SiteApp = app_for(whole.given, clock)
        self.browsers = {NOBODY: Browser(whole.given, self.app)}
        for role, person in whole.people.items():
            self.browsers[role] = Browser(whole.given, self.app).log_in(person)
        self.browsers[NOBODY].get("/login")
        self.file = Path(sa.make_url(whole.given.database.url).database or "")
        self.kept = self.file.with_suffix(".kept")
        _settle(self.given.database)
        shutil.copyfile(self.file, self.kept)
        self.numbers = {number: label for label, number in whole.cases.items()}
        self.numbers |= {person.employee_number: role for role, person in whole.people.items()}
        self.before = self.state()

    def put_back(self) -> None:
        """Let everything be as it was at first."""
        self.given.database.dispose()
        for file in (self.file.with_name(self.file.name + end) for end in ("-wal", "-shm")):
            file.unlink(missing_ok=True)
        shutil.copyfile(self.kept, self.file)

    def state(self) -> dict[str, list[Any]]:
        """All that is in the database, but for what every visit and every refusal leaves behind."""
        found = {}
        with self.given.database.engine.connect() as connection:
            for table in SQLModel.metadata.sorted_tables:
                if table.name not in TRACES:
                    columns = [column for column in table.columns if column.name not in TRACE_COLUMNS]
                    found[table.name] = connection.execute(sa.select(*columns).order_by(*columns)).all()
        return found  # type: ignore[return-value]

    def name(self, method: str, path: str, button: str = "") -> str:
        """What a page or an act is called: its address without the number, and what that was an example of."""
        parts, example = [], ""
        for part in urlsplit(path).path.split("/"):
            label = self.numbers.get(part)
            parts.append("…" if label else part)
            example = label or example
        route = route_of(path, method)
        if not example and route is not None:
            parts = route.path.split("/")
        return f"{method} {'/'.join(parts)}" + (f" [{button}]" if button else "") + (f" ({example})" if example else "")


def _settle(database: Database) -> None:
    database.dispose()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.dispose()


def table_of(site: Site) -> Table:
    """Walk the site as everybody, and try everything as everybody."""
    table = Table(roles=list(site.browsers))
    pages: dict[str, str] = {}
    acts: dict[str, Act] = {}
    for role, browser in site.browsers.items():
        for seen in walk(browser, beginnings(site.whole)):
            name = site.name("GET", seen.path)
            pages.setdefault(name, seen.path)
            if seen.status != 200:
                continue
            table.reached.add(("GET", seen.route))
            for name, act in _acts(site, seen):
                acts.setdefault(name, act)
                table.shown.setdefault(name, set()).add(role)
    for name, path in sorted(pages.items()):
        table.rows[name] = {role: _seen(browser.get(path)) for role, browser in site.browsers.items()}
    for name, act in sorted(acts.items()):
        route = route_of(act.path, "POST")
        table.reached.add(("POST", route.path if route else act.path))
        table.rows[name] = {role: _tried(site, table, name, role, act) for role in site.browsers}
        site.put_back()
    return table


def _acts(site: Site, seen: Seen) -> Iterator[tuple[str, Act]]:
    for form in seen.read.forms:
        if form.method != "post" or not form.action.startswith("/"):
            continue
        for button, said in _ways(form):
            act = Act(path=urlsplit(form.action).path, said=said, button=button)
            yield site.name("POST", act.path, button), act


def _ways(form: FilledForm) -> Iterator[tuple[str, Mapping[str, list[str]]]]:
    for (name, value), said in zip(dict.fromkeys(form.buttons) or [("", "")], form.ways(), strict=True):
        # Buttons that say which of several things is done; one that names a person or a language is one of many alike.
        yield (value if name in ("step", "event", "act", "do") else "", said)


def _seen(page: Page) -> str:
    if page.status == 303 and page.leads_to.startswith("/login"):
        return LOG_IN
    return CELLS.get(page.status, YES if page.status < 400 else f"{page.status}")


def _tried(site: Site, table: Table, name: str, role: str, act: Act) -> str:
    page = site.browsers[role].post(act.path, act.said)
    if page.status < 400 and not page.leads_to.startswith("/login?"):
        # In the state that it was found in: whoever comes after tries the same.
        site.put_back()
        return YES
    table.said[name, role] = f"{page.status} {page.text}"
    assert site.state() == site.before, f"{name}: {role} was answered {page.status}, and something was done"
    return CELLS.get(page.status, NO)
