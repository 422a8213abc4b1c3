"""Coming in through a login provider, a real one in a process of its own; and what must not be believed of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from models import ProviderLogin, WebSession
from tests.given import Given
from tests.web.browser import Browser, Page, app_for
from tests.web.conftest import Clock
from tests.web.provider import CLIENT, SECRET, another_provider, strict_provider
from web.site import SiteApp


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The strict provider."""
    with strict_provider() as address:
        yield address


@pytest.fixture
def clock() -> Clock:
    """The hour of the machine, which the provider's process goes by too."""
    return Clock(datetime.now(UTC))


@pytest.fixture
def browser(town: Given, clock: Clock, provider: str) -> Browser:
    """A browser on a site that goes by employee numbers."""
    return Browser(town, site(town, clock, provider))


def site(town: Given, clock: Clock, issuer: str, **more: str) -> SiteApp:
    """The site of a town with a provider."""
    chosen = {"oidc_claim": "employee_number", "oidc_matches": "employee_number", **more}
    return app_for(town, clock, oidc_issuer=issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET, **chosen)


def come_back(browser: Browser, path: str = "/login/provider", **there: str) -> str:
    """Go to the provider and log in there; the path that one is sent back to here."""
    page = browser.get(path)
    assert page.status == 303, page.text
    answer = httpx2.get(page.leads_to, params={**parse(page.leads_to), **there}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}" == browser.given.office.base_url
    return f"{back.path}?{back.query}"


def parse(address: str) -> dict[str, str]:
    """What an address says after the question mark."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def refused(page: Page, browser: Browser) -> bool:
    """Whether nobody was let in, and it was said."""
    return page.status in (403, 503) and browser.get("/").status == 303 and not browser.given.all(WebSession)


def test_whoever_the_provider_says_is_let_in_and_lands_where_they_wanted(browser: Browser, town: Given) -> None:
    number = town.order()
    way = next(link for link in browser.get(browser.get(f"/cases/{number}").leads_to).links if "provider" in link)
    back = come_back(browser, way, login="head")
    page = browser.get(back)
    assert (page.status, page.leads_to) == (303, f"/cases/{number}")
    assert "Head Svensson" in browser.get(f"/cases/{number}").text
    (session,) = town.all(WebSession)
    assert (session.person_id, session.way_in) == (town.world.head.id, "PROVIDER")


def test_what_is_asked_of_the_provider_is_what_the_standard_wants(browser: Browser) -> None:
    asked = parse(browser.get("/login/provider").leads_to)
    assert (asked["response_type"], asked["client_id"], asked["scope"]) == ("code", CLIENT, "openid profile email")
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    assert asked["redirect_uri"] == "https://behorig.example/login/provider/back"


@pytest.mark.parametrize(
    "mood",
    [
        "another issuer",
        "another audience",
        "another nonce",
        "no nonce",
        "expired",
        "unsigned",
        "signed with the secret",
        "signed by another",
        "denied",
    ],
)
def test_what_cannot_be_true_lets_nobody_in(browser: Browser, mood: str) -> None:
    assert refused(browser.get(come_back(browser, login="head", mood=mood)), browser)


def test_a_provider_with_a_new_key_is_still_understood(browser: Browser) -> None:
    assert browser.get(come_back(browser, login="head")).status == 303
    another = browser.another()
    assert another.get(come_back(another, login="head", mood="new key")).status == 303
    assert "Inbox" in another.get("/").text


def test_coming_back_a_second_time_opens_nothing(browser: Browser) -> None:
    back = come_back(browser, login="head")
    assert browser.get(back).status == 303
    assert browser.another().get(back).status == 403
    browser.client.cookies.clear()
    assert browser.get(back).status == 403


def test_coming_back_in_another_browser_opens_nothing(browser: Browser) -> None:
    """An attacker who makes somebody else's browser finish their own login would have them work in the wrong name."""
    back = come_back(browser, login="outsider")
    victim = browser.another()
    victim.get("/login")
    assert refused(victim.get(back), victim)


def test_coming_back_too_late_opens_nothing(browser: Browser, clock: Clock) -> None:
    back = come_back(browser, login="head")
    clock.turn(minutes=10)
    assert refused(browser.get(back), browser)


def test_what_is_made_up_opens_nothing(browser: Browser) -> None:
    assert refused(browser.get("/login/provider/back?state=made-up&code=made-up"), browser)


def test_a_code_of_another_login_is_no_use(browser: Browser) -> None:
    """The code is bound to the one who began by PKCE, so that a stolen one opens nothing."""
    stolen = parse(come_back(browser, login="head"))["code"]
    thief = browser.another()
    state = parse(come_back(thief, login="outsider"))["state"]
    assert refused(thief.get(f"/login/provider/back?state={state}&code={stolen}"), thief)


def test_somebody_who_is_nobody_here_is_told_so(browser: Browser) -> None:
    page = browser.get(come_back(browser, login="stranger"))
    assert "nobody in the register is you" in page.text
    assert refused(page, browser)


def test_somebody_who_does_not_work_here_any_more_is_not_let_in(browser: Browser, town: Given) -> None:
    town.person("gone", ends_on=date(2021, 1, 1))
    page = browser.get(come_back(browser, login="gone"))
    assert "You do not work here today" in page.text
    assert refused(page, browser)


def test_an_address_is_believed_only_when_the_provider_vouches_for_it(town: Given, clock: Clock, provider: str) -> None:
    app = site(town, clock, provider, oidc_claim="email", oidc_matches="email")
    browser = Browser(town, app)
    assert refused(browser.get(come_back(browser, email="head@behorig.example", mood="unverified")), browser)
    assert browser.get(come_back(browser, email="HEAD@behorig.example")).status == 303


def test_an_address_that_several_share_lets_nobody_in(town: Given, clock: Clock, provider: str) -> None:
    town.person("one", email="desk@behorig.example")
    town.person("two", email="Desk@behorig.example")
    browser = Browser(town, site(town, clock, provider, oidc_claim="email", oidc_matches="email"))
    assert refused(browser.get(come_back(browser, email="desk@behorig.example")), browser)


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:9", "{provider}/", "{provider}/another"])
def test_a_provider_that_is_away_or_is_another_is_said_kindly(
    town: Given, clock: Clock, provider: str, issuer: str
) -> None:
    browser = Browser(town, site(town, clock, issuer.format(provider=provider)))
    page = browser.get("/login/provider")
    assert page.status == 503
    assert "does not answer as it should" in page.text
    assert not town.all(ProviderLogin)


def test_logging_out_goes_on_to_the_provider(browser: Browser, provider: str) -> None:
    browser.get(come_back(browser, login="head"))
    page = browser.submit(browser.get("/"), "/logout")
    assert (page.status, page.leads_to) == (303, "/logged-out")
    page = browser.get("/logged-out")
    (way,) = [link for link in page.links if link.startswith(provider)]
    assert way.startswith(f"{provider}/out?")
    assert parse(way) == {"client_id": CLIENT, "post_logout_redirect_uri": "https://behorig.example/login"}
    assert f'content="0; url={provider}/out?client_id=' in page.html
    assert browser.get("/").status == 303


def test_those_who_never_came_back_are_forgotten(browser: Browser, town: Given, clock: Clock) -> None:
    browser.get("/login/provider")
    clock.turn(minutes=11)
    browser.get("/login/provider")
    assert len(town.all(ProviderLogin)) == 1


def test_a_provider_that_others_wrote_is_understood(town: Given, clock: Clock) -> None:
    clock.now += timedelta(seconds=1)
    with another_provider() as address:
        httpx2.put(f"{address}/users/somebody", json={"email": "head@behorig.example", "email_verified": True})
        browser = Browser(town, site(town, clock, address, oidc_claim="email", oidc_matches="email"))
        page = browser.get("/login/provider?next=/access")
        answer = httpx2.post(page.leads_to, data={"sub": "somebody"}, follow_redirects=False)
        back = urlsplit(answer.headers["location"])
        page = browser.get(f"{back.path}?{back.query}")
        assert (page.status, page.leads_to) == (303, "/access")
        assert "Head Svensson" in browser.get("/").text
