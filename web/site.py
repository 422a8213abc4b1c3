"""The site: what every page of one installation is made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from jinja2 import Environment

from settings import Settings
from web.assets import Assets
from web.cookies import Cookies
from workflows.office import Office

if TYPE_CHECKING:
    from web.observing import Figures
    from web.provider import Provider


@dataclass(frozen=True, kw_only=True)
class Site:
    """One organisation's web interface."""

    office: Office
    settings: Settings
    clock: Callable[[], datetime]
    templates: Environment
    assets: Assets
    cookies: Cookies
    figures: Figures
    provider: Provider | None
    paths: Callable[[str, tuple[str, ...]], str]
    """The path of a route by its name, with the names of its values where they belong."""
    hurry: Callable[[], None]
    """Lets letters go out now rather than at the next minute, where the scheduler is in the same process."""

    @property
    def sends_links(self) -> bool:
        """Whether one logs in by a link in a letter: where there is no provider, and letters are sent at all."""
        return self.provider is None and self.settings.smtp_host is not None

    @property
    def is_https(self) -> bool:
        """Whether people reach it over an encrypted connection."""
        return self.settings.base_url.startswith("https:")


class SiteApp(FastAPI):
    """The application of a site."""

    site: Site


def site_of(request: Request) -> Site:
    """The site that a request is made to."""
    app: SiteApp = request.app
    return app.site
