"""The tree of errors, mapped once: to a page for people, to problem details (RFC 9457) for programs."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from language import N_, Text
from web.forms import Form
from web.observing import request_id_of
from web.security import SAFE_METHODS, Forged, path_in, sent_again
from web.site import site_of
from web.visit import NotLoggedIn, Visit, visit
from workflows.errors import BadInput, BehorigError, Conflict, NotFound, Reason, Refused

LOG = logging.getLogger("behorig.web")
STATUS: Final[Mapping[type[BehorigError], int]] = {
    NotLoggedIn: 401,
    Forged: 403,
    NotFound: 404,
    Conflict: 409,
    BadInput: 422,
    Refused: 422,
}
TITLES: Final[Mapping[int, Text]] = {
    400: Text("This could not be understood"),
    401: Text("Log in first"),
    403: Text("This is not for you"),
    404: Text("There is no such page"),
    405: Text("This page cannot be used that way"),
    409: Text("Somebody was before you"),
    413: Text("This is too large to be sent"),
    421: Text("This is not the address of the site"),
    422: Text("This was not possible"),
    429: Text("Wait a little"),
    500: Text("Something went wrong here"),
    503: Text("Not just now"),
}
UNEXPECTED: Final = Reason(
    "error", Text("It is not your fault. Try again; if it stays, tell whoever runs the program.")
)
MISSING: Final = Reason("not-found", Text("Check the address. It may also be something that you may not see."))
GONE: Final = N_("There is no case {number}. Perhaps somebody has dealt with it meanwhile.")

ShowsCase = Callable[[Visit, str, Form, int], Response]
_SHOWN_AS_IT_IS: dict[str, ShowsCase] = {}


def shows_as_it_now_is(area: str) -> Callable[[ShowsCase], ShowsCase]:
    """Mark the function that shows one case of an area (``cases``): after a conflict or a refusal it is shown again."""

    def register(shows: ShowsCase) -> ShowsCase:
        _SHOWN_AS_IT_IS[area] = shows
        return shows

    return register


def install(app: FastAPI) -> None:
    """Let the application answer every error in these ways."""
    app.add_exception_handler(BehorigError, _of_ours)
    app.add_exception_handler(HTTPException, _of_http)
    # As a middleware, since the framework's own place for it lies outside of all that guards an answer.
    app.add_middleware(Unexpected)


class Unexpected:
    """Answers for what nobody foresaw, and logs where it happened, without what it says: that may be personal."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except HTTPException:
            raise
        except Exception as error:  # noqa: BLE001 - that is what it is for
            frames = [f"{at.filename}:{at.lineno} {at.name}" for at in traceback.extract_tb(error.__traceback__)]
            LOG.error("unexpected", extra={"fields": {"error": type(error).__name__, "frames": frames[-12:]}})
            if scope["type"] == "http" and not begun:
                response = await run_in_threadpool(answer, Request(scope, receive), 500, (UNEXPECTED,))
                await response(scope, receive, send)


def _of_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, BehorigError)  # noqa: S101 - this is what it is registered for
    if isinstance(error, NotLoggedIn) and request.method in SAFE_METHODS and not _wants_json(request):
        here = path_in(str(request.url))
        return RedirectResponse(f"/login?{urlencode({'next': here})}" if here != "/" else "/login", status_code=303)
    if isinstance(error, NotLoggedIn | Forged) and (typed := sent_again(request)) and not _wants_json(request):
        return _too_late(request, typed)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    if isinstance(error, Refused) and request.method in SAFE_METHODS:
        status = 403
    if isinstance(error, Conflict | Refused | NotFound) and (shows := _shows(request)):
        return _on_its_case(request, status, error, shows)
    return answer(request, status, error.reasons)


def _shows(request: Request) -> ShowsCase | None:
    """How the case is shown that somebody wanted to do something with."""
    if request.method in SAFE_METHODS or not request.path_params.get("number"):
        return None
    return _SHOWN_AS_IT_IS.get(request.url.path.split("/")[1])


def _on_its_case(request: Request, status: int, error: BehorigError, shows: ShowsCase) -> Response:
    """What went wrong, on the page of the case as it now is.

    To whoever may not see the case nothing is said of it, not even that it exists: what an error says of who did what
    is for those who may see that.
    """
    found = _visit(request)
    form = Form()
    form.refused(error)
    try:
        page = shows(found, request.path_params["number"], form, status)
    except NotFound:
        number = request.path_params["number"]
        return answer(request, 404, (Reason("not-found", Text(GONE, number=number)),))
    return answer(request, status, error.reasons) if _wants_json(request) else page


def _too_late(request: Request, typed: list[tuple[str, str]]) -> Response:
    """A form that came when the session was over, with all that was typed, to be sent again after a login."""
    found = _visit(request)
    logged_in = found.who is not None
    status = 403 if logged_in else 401
    return found.page("too_late.html", status=status, typed=typed, action=request.url.path, logged_in=logged_in)


def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - this is what it is registered for
    response = answer(request, error.status_code, (MISSING,) if error.status_code == 404 else ())
    response.headers.update(error.headers or {})
    return response


def answer(request: Request, status: int, reasons: tuple[Reason, ...]) -> Response:
    """What went wrong, in the way that the one who asked can read."""
    found = _visit(request)
    title = TITLES.get(status, TITLES[400]).say(found.language)
    if _wants_json(request):
        said = [{"code": reason.code, "text": reason.text.say(found.language)} for reason in reasons]
        problem = {"type": "about:blank", "title": title, "status": status, "reasons": said}
        problem["instance"] = f"urn:uuid:{request_id_of(request)}"
        return JSONResponse(problem, status_code=status, media_type="application/problem+json")
    form = Form()
    for reason in reasons:
        form.wrong("", reason.text)
    return found.page("error.html", status=status, title=title, form=form, request_id=request_id_of(request))


def _visit(request: Request) -> Visit:
    """The visit, as far as it can be known: where the database does not answer, it is nobody's."""
    found: Visit | None = request.scope.get("visit")
    if found is not None:
        return found
    try:
        return visit(request)
    except SQLAlchemyError:
        site = site_of(request)
        language = site.cookies.language(request, site.settings.language)
        return Visit(request=request, site=site, now=site.clock(), language=language)


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "json" in accepted and "text/html" not in accepted
