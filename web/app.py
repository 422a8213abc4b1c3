"""The application, put together from one organisation and its settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Final

from fastapi import Depends

from settings import Settings
from web import errors
from web.assets import assets
from web.cookies import Cookies
from web.observing import Figures, Observer
from web.provider import Provider
from web.routes import LOGGED_IN, OPEN
from web.security import HostCheck, SecurityHeaders, came_from_here
from web.site import Site, SiteApp
from web.templating import environment
from web.visit import logged_in
from workflows.office import Office

# What a form may weigh; a route for files says its own limit.
LARGEST_BODY: Final = 512 * 1024


def now() -> datetime:
    """The present moment; the only clock the pages are given."""
    return datetime.now(UTC)


def nothing() -> None:
    """Nothing is hurried where no scheduler is at hand."""


def create_app(
    office: Office,
    settings: Settings,
    *,
    clock: Callable[[], datetime] = now,
    hurry: Callable[[], None] = nothing,
) -> SiteApp:
    """The web interface of one organisation."""
    figures = Figures()

    @cache
    def path_to(route: str, values: tuple[str, ...]) -> str:
        # Looked for once: a page leads to a hundred others, and looking goes through every route there is.
        return str(app.url_path_for(route, **{name: f"{{{name}}}" for name in values}))

    site = Site(
        office=office,
        settings=settings,
        clock=clock,
        templates=environment(assets()),
        assets=assets(),
        cookies=Cookies(secure=settings.base_url.startswith("https:")),
        figures=figures,
        provider=Provider(settings=settings) if settings.oidc_issuer else None,
        paths=path_to,
        hurry=hurry,
    )
    app = SiteApp(
        title="Behörig",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(came_from_here)],
        max_body_size=LARGEST_BODY,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.site = site
    errors.install(app)
    for router in OPEN:
        app.include_router(router)
    for router in LOGGED_IN:
        # Here, so that a page that forgets to ask who it is for is for nobody.
        app.include_router(router, dependencies=[Depends(logged_in)])
    app.add_middleware(HostCheck, base_url=settings.base_url)
    app.add_middleware(SecurityHeaders, https=site.is_https)
    app.add_middleware(Observer, figures=figures)
    return app
