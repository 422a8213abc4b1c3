"""A browser without a window: the real application on a real database, seen as a browser sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from fastapi.testclient import TestClient

from models import Person, WayIn
from settings import Settings
from tests.given import Given
from web import sessions
from web.app import create_app
from web.cookies import GUEST, SESSION, form_mark
from web.site import SiteApp


@dataclass
class FormOnPage:
    """A form as it stands on a page: where it goes, and what it holds already."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """What came back: the status, the words, the forms, the links."""

    def __init__(self, status: int, headers: Mapping[str, str], html: str) -> None:
        super().__init__()
        self.status = status
        self.headers = headers
        self.html = html
        self.forms: list[FormOnPage] = []
        self.links: list[str] = []
        self._words: list[str] = []
        self.feed(html)

    @property
    def text(self) -> str:
        """The words of the page, with single spaces."""
        return " ".join(" ".join(self._words).split())

    @property
    def leads_to(self) -> str:
        """Where the browser is sent."""
        return self.headers.get("location", "")

    def form(self, action: str) -> FormOnPage:
        """The form that goes to an address."""
        found = [form for form in self.forms if form.action == action]
        assert found, f"no form goes to {action}; there are {[form.action for form in self.forms]}"
        return found[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what forms and links say."""
        said = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(said.get("href", ""))
        elif tag == "form":
            self.forms.append(FormOnPage(action=said.get("action", ""), method=said.get("method", "get")))
        elif tag == "input" and self.forms and said.get("type") not in ("checkbox", "radio"):
            self.forms[-1].values[said.get("name", "")] = said.get("value", "")

    def handle_data(self, data: str) -> None:
        """Keep the words."""
        self._words.append(data)


class Browser:
    """One browser, with its cookies. Nothing is followed by itself."""

    def __init__(self, given: Given, app: SiteApp) -> None:
        self.given = given
        self.app = app
        self.client = TestClient(app, base_url=given.office.base_url, follow_redirects=False)

    def another(self) -> Browser:
        """A second browser on the same site."""
        return Browser(self.given, self.app)

    def log_in(self, person: Person) -> Browser:
        """Log somebody in, past the page for it; a session like any other."""
        site = self.app.site
        token = sessions.begin(self.given.office, person.id, WayIn.PROVIDER, site.clock())
        self.client.cookies.set(site.cookies.name(SESSION), token, domain="behorig.example", path="/")
        return self

    def get(self, path: str, **headers: str) -> Page:
        """A page."""
        answer = self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        return Page(answer.status_code, answer.headers, answer.text)

    def post(self, path: str, fields: Mapping[str, Any] | None = None, **headers: str) -> Page:
        """Send a form, with the mark that a page of ours would have given it."""
        secret = self._secret() or self._secret_of_a_guest()
        said = {"_mark": form_mark(secret)} | dict(fields or {})
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client.post(path, data=said, headers=sent)
        return Page(answer.status_code, answer.headers, answer.text)

    def _secret(self) -> str:
        """What only this browser and the site know."""
        kept = self.client.cookies
        name = self.app.site.cookies.name
        return kept.get(name(SESSION)) or kept.get(name(GUEST)) or ""

    def _secret_of_a_guest(self) -> str:
        self.get("/login")
        return self._secret()

    def submit(self, page: Page, action: str, **fields: str) -> Page:
        """Send a form of a page, filled in."""
        form = page.form(action)
        answer = self.client.post(action, data=form.values | fields)
        return Page(answer.status_code, answer.headers, answer.text)


def settings_for(given: Given, **values: Any) -> Settings:
    """The settings of a site on a test's database."""
    chosen: dict[str, Any] = {"database_url": given.database.url, "base_url": given.office.base_url, "language": "en"}
    return Settings(**(chosen | values))


def app_for(given: Given, clock: Any, **values: Any) -> SiteApp:
    """The application on a test's database, at a moment that the test decides."""
    return create_app(given.office, settings_for(given, **values), clock=clock)
