"""What every answer carries and every form must bring, so that no other site can act for or look at our users."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import Final
from urllib.parse import SplitResult, urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from language import Text
from settings import LOCAL
from web.cookies import is_form_mark
from web.site import site_of
from workflows.errors import BehorigError

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
MARK: Final = "_mark"
"""The field that carries the mark of a form."""
SENT: Final = "sent"
"""Where a request keeps what its form said, for when it has to be shown again."""
# What a page may do. Nothing inline: neither script nor style, so that text that slips through is only text.
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Not no-referrer: with it browsers send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
TWO_YEARS: Final = "max-age=63072000"
FOR_MACHINES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked for by those who look after the machine, by whatever address they know it."""

LONGEST_PATH: Final = 500
_PATH: Final = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""A path on this site: one slash first, then printable ASCII; no backslash, which some browsers read as a slash."""


class Forged(BehorigError):
    """A form that no page of ours sent."""

    code = "forged"


FORGED: Final = Text(
    "The page was open too long, or the form came from somewhere else. Load it again and try once more."
)


def safe_path(value: str | None, otherwise: str = "/") -> str:
    """A path on this site, as it was given; anything that could lead elsewhere becomes the one that is safe."""
    if value is None or len(value) > LONGEST_PATH or not _PATH.fullmatch(value):
        return otherwise
    parts = urlsplit(value)
    return otherwise if parts.scheme or parts.netloc else value


def path_in(address: str) -> str:
    """The path of an address, with its query."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


async def came_from_here(request: Request) -> AsyncIterator[None]:
    """Let a request that changes something through only when a page of ours, in this very browser, sent it."""
    if request.method in SAFE_METHODS:
        yield
        return
    site = site_of(request)
    if not same_origin(request.headers, site.settings.base_url):
        raise Forged(FORGED)
    # Also closes what was sent along, when the answer is given.
    async with request.form(max_files=10, max_fields=2000) as form:
        request.scope[SENT] = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        mark = form.get(MARK)
        if not isinstance(mark, str) or not is_form_mark(mark, site.cookies.secrets(request)):
            raise Forged(FORGED)
        yield


def sent_again(request: Request) -> list[tuple[str, str]]:
    """What was typed into a form that came too late, when it certainly was ours: the browser says so itself."""
    headers = request.headers
    said = "sec-fetch-site" in headers or "origin" in headers
    if not said or not same_origin(headers, site_of(request).settings.base_url):
        return []
    return [(name, value) for name, value in request.scope.get(SENT, ()) if name != MARK]


def same_origin(headers: Headers, base_url: str) -> bool:
    """Whether the browser says that one of our pages asked. An old browser that says nothing is left to the mark."""
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        ours, theirs = urlsplit(base_url), urlsplit(origin)
    except ValueError:
        return False
    if theirs.scheme == "http" and ours.scheme == "http" and ours.hostname in LOCAL:
        # On one's own machine, by whichever of its names.
        return theirs.hostname in LOCAL
    return _origin(theirs) == _origin(ours)


def _origin(address: SplitResult) -> tuple[str, str | None, int | None]:
    """What browsers compare: how, whose, and through which door; written in one way only."""
    try:
        port = address.port or {"http": 80, "https": 443}.get(address.scheme)
    except ValueError:
        port = None
    return address.scheme, address.hostname, port


def is_our_host(host: str, base_url: str) -> bool:
    """Whether a request is made to this site, and not to another name that leads to this machine."""
    ours = urlsplit(base_url)
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return name == ours.hostname or (ours.scheme == "http" and ours.hostname in LOCAL and name in LOCAL)


class HostCheck:
    """Answers only to the site's own name: another name that leads here is somebody else's page around ours."""

    def __init__(self, app: ASGIApp, *, base_url: str) -> None:
        self.app = app
        self.base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and b"%00" in scope.get("raw_path", b"") + b"?" + scope.get("query_string", b""):
            # No address of ours has a zero byte in it, and a database may refuse one.
            await PlainTextResponse("There is no such address.\n", 400)(scope, receive, send)
            return
        if scope["type"] == "http" and scope["path"] not in FOR_MACHINES:
            host = Headers(scope=scope).get("host", "")
            if not is_our_host(host, self.base_url):
                await PlainTextResponse("This is not the address of the site.\n", 421)(scope, receive, send)
                return
        await self.app(scope, receive, send)


class SecurityHeaders:
    """Puts the headers above on every answer; what is not meant to be kept anywhere is marked so."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self.https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                if self.https:
                    headers.setdefault("Strict-Transport-Security", TWO_YEARS)
            await send(message)

        await self.app(scope, receive, guarded)
