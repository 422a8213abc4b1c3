"""Coming in by a link in a letter, where there is no provider. What is answered never tells whose an address is."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.background import BackgroundTask

from language import Text
from models import WayIn
from web.cookies import new_secret
from web.forms import Form, Posted
from web.routes.login import let_in, tell, ways_in
from web.security import safe_path
from web.site import Site
from web.visit import Anybody, Visit
from workflows import login_links
from workflows.errors import NotFound
from workflows.letters import mailbox
from workflows.login_links import Asked, TooMany

router = APIRouter()
OVER = Text("The link is used already, or its ten minutes are over. Ask for a new one.")
NO_LINKS = Text("Nobody logs in by a link here.")
NO_ADDRESS = Text("Write one e-mail address, such as anna.berg@kommun.example.")


@router.post("/login/link", name="ask_for_link")
def ask(visit: Anybody, form: Posted) -> Response:
    """Ask for a link. The answer is the same, and as quick, whosever the address is: the rest is done after it."""
    _links_are_sent(visit)
    leads_to = safe_path(form.text("next"))
    address = form.text("email", required=True)
    if form.sound and not _is_address(address):
        form.wrong("email", NO_ADDRESS)
    if not form.sound:
        return ways_in(visit, form, leads_to, status=422)
    client = visit.request.client.host if visit.request.client else ""
    try:
        asked = login_links.ask(visit.office, address, client, leads_to, new_secret(), visit.now)
    except TooMany as error:
        form.refused(error)
        tell(WayIn.LINK, "too many")
        return ways_in(visit, form, leads_to, status=429)
    response = visit.page("link_sent.html", address=address)
    response.background = BackgroundTask(partial(_send, visit, asked))
    return response


def _send(visit: Visit, asked: Asked) -> None:
    site: Site = visit.site
    if login_links.send(site.office, asked, f"{visit.path('link')}?token=", visit.now):
        site.hurry()


@router.get("/login/link", name="link")
def look(visit: Anybody, token: str = "") -> Response:
    """Where the link leads. It is not used up by being looked at, since some mail programs follow every link."""
    _links_are_sent(visit)
    with visit.reading() as session:
        person = login_links.holder(session, token, visit.now)
    if person is None:
        return _over(visit)
    return visit.page("link.html", person=person, token=token)


@router.post("/login/link/use", name="use_link")
def use(visit: Anybody, form: Posted) -> Response:
    """Come in by it; the second time it opens nothing."""
    _links_are_sent(visit)
    found = login_links.use(visit.office, form.text("token"), visit.now)
    if found is None:
        return _over(visit)
    person_id, leads_to = found
    return let_in(visit, person_id, WayIn.LINK, leads_to)


def _over(visit: Visit) -> Response:
    tell(WayIn.LINK, "over")
    form = Form()
    form.wrong("", OVER)
    return ways_in(visit, form, "/", status=403)


def _links_are_sent(visit: Visit) -> None:
    if not visit.site.sends_links:
        raise NotFound(NO_LINKS)


def _is_address(written: str) -> bool:
    try:
        return bool(mailbox(written).domain) and "<" not in written
    except ValueError:
        return False
