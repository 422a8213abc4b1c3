"""Coming in through the login provider, and going out there as well."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from language import Text
from models import WayIn
from web.cookies import GUEST, new_secret
from web.forms import Form
from web.pending import begin, take
from web.provider import BACK, Provider, ProviderRefused, ProviderUnavailable
from web.routes.login import let_in, tell, ways_in
from web.security import safe_path
from web.visit import Anybody, Visit
from workflows.deadlines import today
from workflows.errors import BehorigError, NotFound
from workflows.lookup import person_of_claim
from workflows.presence import why_shut_out

router = APIRouter()
NO_PROVIDER = Text("There is no login provider here.")
BEGIN_AGAIN = Text("The login took too long, or was begun in another browser. Begin again.")
NOBODY = Text("You are logged in, but nobody in the register is you. Ask your manager or HR to look at your details.")


@router.get("/login/provider", name="login_provider")
def there(visit: Anybody, next: str = "") -> Response:  # noqa: A002 - the word that everybody uses for it
    """Go to the provider. What is needed when coming back is kept here, and for this browser only."""
    provider = _provider(visit)
    state, nonce, verifier = new_secret(), new_secret(), new_secret()
    browser = visit.site.cookies.get(visit.request, GUEST) or new_secret()
    try:
        way = provider.way_there(state, nonce, verifier)
    except ProviderUnavailable as error:
        return _failed(visit, error, 503, safe_path(next))
    begin(visit.office, state, browser, nonce, verifier, safe_path(next), visit.now)
    response = RedirectResponse(way, status_code=303)
    visit.site.cookies.put(response, GUEST, browser)
    return response


@router.get(BACK, name="login_provider_back")
def back(visit: Anybody, state: str = "", code: str = "", iss: str = "") -> Response:
    """Come back from the provider, with what it says of who one is."""
    provider = _provider(visit)
    browser = visit.site.cookies.get(visit.request, GUEST)
    pending = take(visit.office, state, browser, visit.now)
    if pending is None:
        tell(WayIn.PROVIDER, "not begun here")
        return _failed(visit, ProviderRefused(BEGIN_AGAIN), 403, "/")
    if not code or iss not in ("", visit.site.settings.oidc_issuer):
        # The provider said no, or it was another provider.
        tell(WayIn.PROVIDER, "refused there")
        return _failed(visit, ProviderRefused(BEGIN_AGAIN), 403, pending.leads_to)
    try:
        claims = provider.who(code, pending.nonce, pending.verifier, visit.now)
    except ProviderUnavailable as error:
        tell(WayIn.PROVIDER, "unavailable")
        return _failed(visit, error, 503, pending.leads_to)
    except ProviderRefused as error:
        tell(WayIn.PROVIDER, "not trusted")
        return _failed(visit, error, 403, pending.leads_to)
    settings = visit.site.settings
    with visit.reading() as session:
        person = person_of_claim(session, claims, settings.oidc_claim, settings.oidc_matches)
        reason = why_shut_out(session, person.id, today(visit.now)) if person else None
    if person is None:
        tell(WayIn.PROVIDER, "nobody")
        return _failed(visit, ProviderRefused(NOBODY), 403, pending.leads_to)
    if reason is not None:
        tell(WayIn.PROVIDER, "shut out")
        return _failed(visit, ProviderRefused(reason.text), 403, pending.leads_to)
    return let_in(visit, person.id, WayIn.PROVIDER, pending.leads_to)


@router.get("/logged-out", name="logged_out")
def logged_out(visit: Anybody) -> Response:
    """Logged out here; the page goes on to the provider, where it has a place for it, so that one is out there too."""
    provider = visit.site.provider
    # A page in between, and not a redirect: the form that one logged out with may lead to this site only.
    way = provider.way_out(f"{visit.site.settings.base_url}{visit.path('login')}") if provider else None
    return visit.page("logged_out.html", way=way)


def _provider(visit: Visit) -> Provider:
    if visit.site.provider is None:
        raise NotFound(NO_PROVIDER)
    return visit.site.provider


def _failed(visit: Visit, error: BehorigError, status: int, leads_to: str) -> Response:
    form = Form()
    form.refused(error)
    return ways_in(visit, form, leads_to, status=status)
