"""The table of authority: who sees which page and who may do what, as the running site answers, one role at a time.

``python -m tests.web.authority`` writes it to docs/authority.md, for whoever wants to read or change what is allowed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import sqlalchemy as sa
from sqlmodel import SQLModel

from models import Database
from tests.given import Given
from tests.web.browser import Browser, Page, app_for
from tests.web.conftest import Clock
from tests.web.pages import FilledForm, Reader
from tests.web.walking import beginnings, route_of, walk
from tests.whole import Whole, hasty, whole_municipality
from web.cookies import GUEST, SESSION, form_mark
from web.security import MARK
from web.site import SiteApp

PAGE: Final = Path(__file__).parent.parent.parent / "docs" / "authority.md"
NOBODY: Final = "anonymous"
YES, NO, HIDDEN, LOG_IN = "●", "×", "·", "→"
# What an answer says about whoever asked. A case that is not theirs to see is not there.
CELLS: Final[Mapping[int, str]] = {401: LOG_IN, 403: NO, 404: HIDDEN}
# What a refusal leaves behind, and what every visit does.
TRACES: Final = frozenset({"event", "web_session", "login_link", "provider_login"})
STEPS: Final = frozenset({"step", "event", "act", "do"})
TRACE_COLUMNS: Final = frozenset({"event_count", "event_hash", "seen_at"})


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that can be done on the site: a form that stood on a page, filled in, and the button that sends it."""

    path: str
    said: Mapping[str, list[str]]
    files: Mapping[str, tuple[str, bytes, str]]
    others: tuple[Mapping[str, list[str]], ...] = ()
    """What else could be chosen, for those to whom the first choice is not open."""


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
                    found[table.name] = connection.execute(sa.select(*columns)).all()
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
    met: dict[tuple[str, str], str] = {}
    acts: dict[str, Act] = {}
    for role, browser in site.browsers.items():
        for seen in walk(browser, beginnings(site.whole)):
            name = site.name("GET", seen.path)
            pages.setdefault(name, seen.path)
            met[role, seen.path] = _cell(seen.status, seen.leads_to)
            if seen.status == 200:
                table.reached.add(("GET", seen.route))
                _keep(site, table, acts, role, seen.read)
    for name, path in pages.items():
        table.rows[name] = {
            role: met.get((role, path)) or _seen(browser.get(path)) for role, browser in site.browsers.items()
        }
    waiting = list(acts)
    while waiting:
        name = waiting.pop(0)
        route = route_of(acts[name].path, "POST")
        table.reached.add(("POST", route.path if route else acts[name].path))
        before = set(acts)
        table.rows[name] = {role: _tried(site, table, acts, name, role) for role in site.browsers}
        assert site.state() == site.before, f"{name}: somebody was refused, and something was done"
        # What an answer asks further, such as whether one is sure.
        waiting += [further for further in acts if further not in before]
    return table


def _keep(site: Site, table: Table, acts: dict[str, Act], role: str, page: Reader) -> None:
    """Keep what can be done on a page."""
    for form in page.forms:
        if form.method != "post" or not form.action.startswith("/") or not form.buttons:
            continue
        path = urlsplit(form.action).path
        for button, said in _ways(form):
            name = site.name("POST", path, button)
            acts.setdefault(name, Act(path=path, said=said, files=form.files(), others=tuple(form.others())))
            table.shown.setdefault(name, set()).add(role)


def _ways(form: FilledForm) -> Iterator[tuple[str, Mapping[str, list[str]]]]:
    for (name, value), said in zip(dict.fromkeys(form.buttons) or [("", "")], form.ways(), strict=True):
        # Buttons that say which of several things is done; one that names a person or a language is one of many alike.
        yield (value if name in STEPS else "", said)


def _seen(page: Page) -> str:
    return _cell(page.status, page.leads_to)


def _cell(status: int, leads_to: str) -> str:
    if status == 303 and leads_to.startswith("/login"):
        return LOG_IN
    return CELLS.get(status, YES if status < 400 else f"{status}")


def _tried(site: Site, table: Table, acts: dict[str, Act], name: str, role: str) -> str:
    browser, act = site.browsers[role], acts[name]
    cookies = httpx2.Cookies(browser.client.cookies)
    page = _send(browser, act)
    for other in act.others if role in table.shown[name] else ():
        if page.status < 400:
            break
        page = _send(browser, replace(act, said={**act.said, **other}))
    browser.client.cookies = cookies
    if page.status >= 400:
        table.said[name, role] = f"{page.status} {page.text}"
        return CELLS.get(page.status, NO if page.status < 500 else f"{page.status}")
    if page.status == 200:
        _keep(site, table, acts, role, Reader(page.html))
    # Whoever comes after finds it as it was.
    site.put_back()
    return YES


def _send(browser: Browser, act: Act) -> Page:
    kept, name = browser.client.cookies, browser.app.site.cookies.name
    mark = form_mark(kept.get(name(SESSION)) or kept.get(name(GUEST)) or "")
    answer = browser.client.post(act.path, data={MARK: mark, **act.said}, files=act.files or None)
    return Page(answer.status_code, answer.headers, answer.text)


# --- As a page to read ----------------------------------------------------------------------------------------------

INTRODUCTION: Final = """\
# Who may do what

Made by trying it: everybody in a made-up municipality goes along every link of the running site and sends every form
that anybody is shown. A test holds this page to what the site answers, so what is not here is not allowed.
`make authority` writes it anew; look at the difference before you commit it.

| | |
|---|---|
| ● | sees the page, or does it |
| × | is refused, with the reasons; nothing is done |
| · | there is no such page for them: a case that is not theirs cannot be told from one that does not exist |
| → | must log in first |

In brackets stands the state of the case that was tried, with everything ready for the next step. The *delegate* is the
head of the department that owns the system, the *deputy* stands in while the delegate is away, and here they are not.
The *beneficiary* is whom the request is about, the *requester* their manager. *other delegate* decides for another
board. *dismissed* was blocked an hour ago and has the cookie of a session from before.
"""
GROUPS: Final = (("Pages", "GET "), ("Acts", "POST "))


def as_markdown(table: Table) -> str:
    """The table as a page of the documentation."""
    lines = [INTRODUCTION]
    heads = [role.replace("_", " ") for role in table.roles]
    for title, method in GROUPS:
        rows = sorted((name.removeprefix(method), row) for name, row in table.rows.items() if name.startswith(method))
        lines += [f"## {title}", "", f"| | {' | '.join(heads)} |", f"|---|{':-:|' * len(heads)}"]
        lines += [f"| `{name}` | {' | '.join(row[role] for role in table.roles)} |" for name, row in rows]
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Write the page anew."""
    with TemporaryDirectory() as folder:
        database = hasty(f"sqlite:///{folder}/authority.db")
        table = table_of(Site(whole_municipality(Given(database)), Clock()))
        database.dispose()
    PAGE.write_text(as_markdown(table), encoding="utf-8")


if __name__ == "__main__":
    main()
