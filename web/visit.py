"""A visit: one request, by whom, when, and in which language; and the ways to answer it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session

from language import Text
from web import cookies, sessions
from web.cookies import GUEST, SAID, SESSION
from web.navigation import ways
from web.security import SAFE_METHODS, path_in, safe_path
from web.sessions import LoggedIn
from web.site import Site, site_of
from web.templating import spoken
from workflows.errors import BehorigError
from workflows.evidence import Actor
from workflows.office import Office
from workflows.people import shown_name

LOG_IN_FIRST: Final = Text("Log in first.")


class NotLoggedIn(BehorigError):
    """A page that needs a login was asked for without one."""

    code = "not-logged-in"


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request. Everything a page needs hangs here, so that its function has one argument beside its own."""

    request: Request
    site: Site
    now: datetime
    language: str
    who: LoggedIn | None = None

    @property
    def office(self) -> Office:
        """The organisation that the site is of."""
        return self.site.office

    @property
    def actor(self) -> Actor:
        """Whoever is logged in, as `workflows` knows those who act; nobody else can be asked for."""
        if self.who is None:
            raise NotLoggedIn(LOG_IN_FIRST)
        return Actor.of(self.who.person, channel="web", language=self.language)

    @property
    def who_id(self) -> UUID:
        """The person who is logged in."""
        if self.who is None:
            raise NotLoggedIn(LOG_IN_FIRST)
        return self.who.person.id

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads, for one page."""
        with self.office.database.reading(self.office.organisation_id) as session:
            yield session

    def path(self, route: str, **values: Any) -> str:
        """The path of a route by its name."""
        return self.site.paths(route, tuple(values)).format_map(values)

    def turner(self, route: str, **query: str) -> Callable[[int], str]:
        """From a number to that sheet of a list, as it is searched now."""
        said = {name: value for name, value in query.items() if value}
        return lambda number: f"{self.path(route)}?{urlencode({**said, 'page': number})}"

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A page made of a template. What the page before left to be said is said here, once."""
        kept = self.site.cookies
        guest = kept.get(self.request, GUEST) or cookies.new_secret()
        secret = kept.get(self.request, SESSION) if self.who else guest
        said = cookies.unpacked(kept.get(self.request, SAID))
        html = self.site.templates.get_template(template).render(
            visit=self,
            language=self.language,
            who=self.who,
            name=shown_name(self.who.person, self.language) if self.who else "",
            ways=ways(self.who.capacities, self.request.url.path, self.path) if self.who else [],
            here=self.here,
            said=said,
            **spoken(self.language, secret),
            **values,
        )
        response = HTMLResponse(html, status_code=status)
        if not kept.get(self.request, GUEST):
            kept.put(response, GUEST, guest)
        if kept.get(self.request, SAID):
            kept.drop(response, SAID)
        return response

    def go(self, path: str, *, said: Text | None = None) -> RedirectResponse:
        """Send the browser to another of our pages after something was done there to say."""
        response = RedirectResponse(path, status_code=303)
        if said is not None:
            self.site.cookies.put(response, SAID, cookies.packed(said), seconds=cookies.A_MINUTE)
        return response

    @property
    def here(self) -> str:
        """The path of this page, with its query; where to come back to after a login or a change of language.

        What answers a form is no page to come back to: there it is the page that the form stood on.
        """
        if self.request.method in SAFE_METHODS:
            return path_in(str(self.request.url))
        return safe_path(path_in(self.request.headers.get("referer", "")))


def visit(request: Request) -> Visit:
    """A visit by whoever it is; nobody has to be logged in."""
    site = site_of(request)
    now = site.clock()
    who = sessions.find(site.office, site.cookies.get(request, SESSION), now, site.settings)
    language = who.person.language if who else site.cookies.language(request, site.settings.language)
    found = Visit(request=request, site=site, now=now, language=language, who=who)
    # Kept for the pages that say what went wrong.
    request.scope["visit"] = found
    return found


Anybody = Annotated[Visit, Depends(visit)]


def logged_in(found: Anybody) -> Visit:
    """A visit by somebody who is logged in; everybody else is sent to log in first."""
    if found.who is None:
        raise NotLoggedIn(LOG_IN_FIRST)
    return found


Somebody = Annotated[Visit, Depends(logged_in)]
