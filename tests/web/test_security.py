"""What hits others: stolen and stale sessions, forged forms, links that lead elsewhere, doors left open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from models import AppointedRole, DepartureKind, WayIn, WebSession
from settings import Settings
from tests.given import NOW, TODAY, Given
from tests.web.browser import Browser, app_for
from tests.web.conftest import Clock
from web import sessions
from web.app import LARGEST_BODY
from web.cookies import SESSION, form_mark, is_form_mark, sum_of
from web.security import POLICY, SAFE_METHODS, safe_path
from workflows import leaving
from workflows.escalation import sweep_all
from workflows.leaving import Leaver

COOKIE = f"__Host-{SESSION}"
OPEN = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/static/{name:path}",
    "/favicon.ico",
    "/login",
    "/login/demonstration",
    "/login/link",
    "/login/link/use",
    "/login/provider",
    "/login/provider/back",
    "/logged-out",
    "/language",
}
"""What is there for those who are not logged in. A new page belongs here only when it is for everybody on earth."""


# --- Sessions -------------------------------------------------------------------------------------------------------


def test_a_session_is_over_the_moment_the_account_is_blocked(each_browser: Browser, each_town: Given) -> None:
    """Somebody with two employments, dismissed from one: they still work here, but their accounts are blocked."""
    head = each_town.world.head
    each_town.employment(head, number="2")
    hr = each_town.world.hr
    each_town.appointment(hr, AppointedRole.HR_OFFICER)
    each_browser.log_in(head)
    leaver = Leaver(
        employee_number="head", last_day=TODAY, employment_number="1", kind=DepartureKind.IMMEDIATE, reason="Dismissed."
    )
    number = leaving.notice(each_town.office, leaver, each_town.actor(hr), NOW).number
    assert each_browser.get("/").status == 200
    each_town.act(number, "block", by=each_town.world.technician, ticket_number="N-1")
    assert each_browser.get("/").status == 303
    (session,) = each_town.all(WebSession)
    assert (session.ended_at, session.ending) == (NOW, "SHUT_OUT")


def test_a_session_is_over_the_moment_somebody_must_leave_at_once(browser: Browser, town: Given) -> None:
    hr = town.world.hr
    town.appointment(hr, AppointedRole.HR_OFFICER)
    browser.log_in(town.world.nurse)
    assert browser.get("/").status == 200
    leaver = Leaver(employee_number="nurse", last_day=TODAY, kind=DepartureKind.IMMEDIATE, reason="Dismissed.")
    number = leaving.notice(town.office, leaver, town.actor(hr), NOW).number
    assert browser.get("/").status == 303
    # Nor does it come back to life when the notice was a mistake: one logs in again.
    town.act(number, "cancel", by=hr, reason="The wrong person.")
    assert browser.get("/").status == 303


def test_a_session_is_over_the_day_after_the_last_day(browser: Browser, town: Given, clock: Clock) -> None:
    clock.now = NOW.replace(hour=22, minute=50)  # ten minutes to midnight in Sweden
    browser.log_in(town.person("leaver", ends_on=TODAY))
    assert browser.get("/").status == 200
    clock.turn(minutes=10)
    assert browser.get("/").status == 303


def test_somebody_employed_anew_after_a_block_is_let_in_when_a_technician_has_opened_the_accounts(
    each_browser: Browser, each_town: Given, clock: Clock
) -> None:
    hr = each_town.world.hr
    each_town.appointment(hr, AppointedRole.HR_OFFICER)
    leaver = Leaver(employee_number="nurse", last_day=TODAY, kind=DepartureKind.IMMEDIATE, reason="Dismissed.")
    number = leaving.notice(each_town.office, leaver, each_town.actor(hr), NOW).number
    each_town.act(number, "block", by=each_town.world.technician, ticket_number="N-1")
    each_town.employment(each_town.world.nurse, number="2", starts_on=TODAY + timedelta(days=1))
    clock.turn(days=1)
    assert each_browser.log_in(each_town.world.nurse).get("/").status == 303
    sweep_all(each_town.office, clock.now)
    each_town.act(number, "reopen_accounts", by=each_town.world.technician, ticket_number="N-2", now=clock.now)
    assert each_browser.another().log_in(each_town.world.nurse).get("/").status == 200


def test_a_session_that_is_not_used_is_over_after_an_hour(browser: Browser, town: Given, clock: Clock) -> None:
    browser.log_in(town.world.head)
    for _ in range(3):
        clock.turn(minutes=59)
        assert browser.get("/").status == 200
    clock.turn(minutes=60)
    assert browser.get("/").status == 303
    clock.turn(minutes=-1)
    assert browser.get("/").status == 303, "what is over stays over"


def test_a_session_that_is_used_all_the_time_is_over_after_ten_hours(
    browser: Browser, town: Given, clock: Clock
) -> None:
    browser.log_in(town.world.head)
    for _ in range(11):
        clock.turn(minutes=54)
        assert browser.get("/").status == 200
    clock.turn(minutes=6)
    assert browser.get("/").status == 303
    assert [row.ending for row in town.all(WebSession)] == ["OLD"]


def test_logging_out_ends_the_session_itself_and_not_only_the_cookie(browser: Browser, town: Given) -> None:
    browser.log_in(town.world.head)
    thief = browser.another()
    thief.client.cookies.update(browser.client.cookies)
    page = browser.submit(browser.get("/"), "/logout")
    assert page.status == 303
    assert COOKIE not in browser.client.cookies
    assert thief.get("/").status == 303


def test_logging_out_everywhere_ends_every_session_of_that_person_and_of_nobody_else(
    browser: Browser, town: Given
) -> None:
    browser.log_in(town.world.head)
    phone = browser.another().log_in(town.world.head)
    other = browser.another().log_in(town.world.chair)
    browser.submit(browser.get("/"), "/logout/everywhere")
    assert [one.get("/").status for one in (browser, phone, other)] == [303, 303, 200]


def test_a_session_that_somebody_else_set_beforehand_is_not_taken_over(demo: Given, clock: Clock) -> None:
    browser = Browser(demo, app_for(demo, clock))
    browser.client.cookies.set(COOKIE, "chosen-by-an-attacker", domain="behorig.example", path="/")
    browser.post("/login/demonstration", {"person": "head"})
    after = browser.client.cookies[COOKIE]
    assert after != "chosen-by-an-attacker"
    assert [row.token_hash for row in demo.all(WebSession)] == [sum_of(after)]
    assert len(after) >= 43
    browser.post("/login/demonstration", {"person": "chair"})
    assert browser.client.cookies[COOKIE] != after
    assert sorted(row.ending for row in demo.all(WebSession)) == ["", "REPLACED"]


def test_the_secret_of_a_session_is_kept_nowhere(browser: Browser, town: Given) -> None:
    browser.log_in(town.world.head)
    secret = browser.client.cookies[COOKIE]
    (row,) = town.all(WebSession)
    assert secret not in row.model_dump_json()


def test_a_cookie_is_of_this_host_alone_and_no_script_can_read_it(demo: Given, clock: Clock) -> None:
    browser = Browser(demo, app_for(demo, clock))
    said = browser.post("/login/demonstration", {"person": "head"}).headers["set-cookie"]
    (cookie,) = re.findall(rf"{COOKIE}=[^;]+(?:; [^,]*)", said)
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


# --- Forms that others made ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "https://behorig.example.evil.example"},
        {"Origin": "http://behorig.example"},
        {"Origin": "https://behorig.example:8443"},
        {"Origin": "null"},
        {"Origin": "https://["},
        {"Origin": "https://behorig.example:99999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_form_from_another_site_is_refused_even_with_the_right_mark(
    browser: Browser, town: Given, headers: dict[str, str]
) -> None:
    browser.log_in(town.world.head)
    assert browser.post("/logout", None, **headers).status == 403
    assert browser.get("/").status == 200


def test_our_own_form_is_taken_however_our_address_is_written(town: Given, clock: Clock) -> None:
    for written in ("https://behorig.example", "https://Behorig.Example", "https://behorig.example:443"):
        browser = Browser(town, app_for(town, clock, base_url=written)).log_in(town.world.head)
        ours = {"Origin": "https://behorig.example", "Sec-Fetch-Site": "same-origin"}
        assert browser.post("/logout", None, **ours).status == 303


def test_a_form_without_the_mark_of_this_browser_is_refused(browser: Browser, town: Given) -> None:
    browser.log_in(town.world.head)
    for mark in ("", "made-up", "å", form_mark("of another"), form_mark("")):
        assert browser.post("/logout", {"_mark": mark}).status == 403
    assert browser.client.post("/logout", files={"_mark": ("a.txt", b"x")}).status_code == 403
    assert browser.client.post("/logout", json={"_mark": form_mark(browser.client.cookies[COOKIE])}).status_code == 403
    assert browser.client.post("/logout").status_code == 403
    assert browser.get("/").status == 200


def test_a_mark_differs_each_time_and_is_of_one_secret_only() -> None:
    assert form_mark("secret") != form_mark("secret")
    assert is_form_mark(form_mark("secret"), ("another", "secret"))
    assert not is_form_mark(form_mark("secret"), ("another",))
    assert not is_form_mark(form_mark(""), ("",))
    assert not is_form_mark(form_mark("secret"), ())


# --- Links that lead elsewhere ---------------------------------------------------------------------------------------

ELSEWHERE = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "evil.example",
    "/ok\r\nLocation: https://evil.example",
    "http:evil.example",
    "/é",
    "/" + "a" * 600,
    "",
]


def test_a_link_that_leads_elsewhere_leads_home(demo: Given, clock: Clock) -> None:
    browser = Browser(demo, app_for(demo, clock))
    for leads_to in ELSEWHERE:
        assert browser.post("/login/demonstration", {"person": "head", "next": leads_to}).leads_to == "/", leads_to
        assert browser.post("/language", {"language": "sv", "back": leads_to}).leads_to == "/", leads_to
        assert browser.client.get("/login", params={"next": leads_to}).headers["location"] == "/", leads_to


@pytest.mark.parametrize("path", ["/", "/cases/BEH-2026-00001", "/departures?from=2026-01-01&name=%C3%A5", "/a//b"])
def test_a_path_of_ours_stays_as_it_is(path: str) -> None:
    assert safe_path(path) == path


# --- The demonstration ------------------------------------------------------------------------------------------------


def test_in_a_demonstration_one_can_act_as_anybody(demo: Given, clock: Clock) -> None:
    browser = Browser(demo, app_for(demo, clock))
    page = browser.get("/login?next=/access")
    assert "Act as somebody" in page.text
    assert browser.submit(page, "/login/demonstration", person="head").leads_to == "/access"
    assert "Demonstration" in browser.get("/").text


def test_nobody_acts_as_anybody_in_a_real_database(browser: Browser, town: Given) -> None:
    assert "Act as somebody" not in browser.get("/login").text
    assert browser.post("/login/demonstration", {"person": "head"}).status == 404
    assert not town.all(WebSession)


def test_no_setting_makes_a_real_database_a_demonstration() -> None:
    assert not [name for name in Settings.model_fields if "demo" in name]


def test_a_demonstration_that_is_one_no_more_lets_nobody_act_as_anybody(demo: Given, clock: Clock) -> None:
    browser = Browser(demo, app_for(demo, clock))
    page = browser.get("/login")
    with demo.database.writing(None) as session:
        demo.organisation.demonstration = False
        session.add(demo.organisation)
    assert browser.submit(page, "/login/demonstration", person="head").status == 404


# --- Doors ------------------------------------------------------------------------------------------------------------


def routes(browser: Browser) -> Iterator[tuple[str, str]]:
    """Every method and path that the site answers to."""
    for found in iter_route_contexts(browser.app.routes):
        for method in sorted(found.methods or ()):
            yield method, str(found.path)


def test_every_page_but_those_for_everybody_needs_a_login(browser: Browser) -> None:
    walked = 0
    for method, path in routes(browser):
        if path in OPEN:
            continue
        concrete = re.sub(r"\{[^}]*\}", "X", path)
        page = browser.get(concrete) if method in SAFE_METHODS else browser.post(concrete)
        assert page.status in (303, 401), (method, path, page.status)
        assert page.status == 401 or page.leads_to.startswith("/login"), (method, path)
        walked += 1
    assert walked >= 4
    assert {path for _, path in routes(browser)} >= OPEN


def test_no_form_is_taken_without_its_mark(browser: Browser, town: Given) -> None:
    browser.log_in(town.world.head)
    changing = [(method, path) for method, path in routes(browser) if method not in SAFE_METHODS]
    assert len(changing) >= 6
    for method, path in changing:
        answer = browser.client.request(method, re.sub(r"\{[^}]*\}", "X", path), data={"a": "b"})
        assert answer.status_code == 403, (method, path)


def test_every_answer_carries_the_headers_that_guard_it(browser: Browser, town: Given) -> None:
    browser.log_in(town.world.head)
    for path in ("/", "/cases/X", "/login", "/static/behorig.css", "/nowhere", "/healthz"):
        headers = browser.get(path).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["strict-transport-security"] == "max-age=63072000"
        assert headers["cache-control"] == ("public, max-age=3600" if "static" in path else "no-store")
        assert "server" not in headers
    assert "unsafe" not in POLICY


def test_a_page_is_not_served_under_another_name(browser: Browser) -> None:
    for host in ("evil.example", "behorig.example.evil.example", "192.0.2.7", "[", ""):
        assert browser.get("/login", host=host).status == 421
    assert browser.get("/healthz", host="10.0.0.7:8000").status == 200


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "in pieces"])
def test_a_body_that_is_too_large_is_not_read_to_its_end(browser: Browser, town: Given, chunked: bool) -> None:
    browser.log_in(town.world.head)
    sent = 0

    def pieces() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 100_000
            yield b"a=" + b"x" * 99_997 + b"&"

    body: Any = pieces() if chunked else b"a=" + b"x" * LARGEST_BODY
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = browser.client.post("/logout", content=body, headers=kind)
    assert answer.status_code == 413
    assert browser.get("/").status == 200


def test_a_form_of_endless_fields_is_refused(browser: Browser, town: Given) -> None:
    browser.log_in(town.world.head)
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert browser.client.post("/logout", content="&".join(["a=b"] * 5000), headers=kind).status_code == 400


@pytest.mark.parametrize("path", ["/cases/%00", "/login?next=%00", "/cases/%ff%fe", "/cases/" + "9" * 3000])
def test_addresses_that_no_link_holds_break_nothing(each_browser: Browser, each_town: Given, path: str) -> None:
    assert each_browser.log_in(each_town.world.head).get(path).status in (303, 400, 404)


def test_a_zero_byte_in_a_form_breaks_nothing(each_browser: Browser, each_town: Given) -> None:
    assert (
        each_browser.log_in(each_town.world.head).post("/language", {"language": "s\0v", "back": "/\0"}).status == 303
    )


def test_what_people_are_called_is_text_and_never_markup(browser: Browser, town: Given) -> None:
    mallory = town.person("<b>", given_name="<script>alert(1)</script>", family_name='"><img src=x>')
    page = browser.log_in(mallory).get("/")
    assert "<script>alert" not in page.html
    assert "<img" not in page.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.html


def test_what_was_not_foreseen_is_guarded_and_says_nothing_of_itself(
    town: Given, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Browser(town, app_for(town, clock))
    browser.log_in(town.world.head)
    with town.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE web_session")
    page = browser.get("/cases/BEH-2026-00001")
    assert page.status == 500
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers["x-request-id"] in page.text
    assert "web_session" not in page.html
    (said,) = [record for record in caplog.records if record.msg == "unexpected"]
    assert said.__dict__["fields"]["error"] == "OperationalError"
    assert "web_session" not in str(said.__dict__["fields"])


def test_lines_of_log_and_figures_name_routes_and_no_people(
    browser: Browser, town: Given, caplog: pytest.LogCaptureFixture
) -> None:
    number = town.order()
    caplog.set_level("INFO")
    browser.log_in(town.world.head).get(f"/cases/{number}?who=head")
    browser.get(f"/{number}")
    lines = [record.__dict__["fields"] for record in caplog.records if record.msg == "answered"]
    assert [(line["route"], line["status"]) for line in lines] == [("/cases/{number}", 200), ("-", 404)]
    figures = browser.get("/metrics").text
    for personal in (number, "head", "Head"):
        assert personal not in str(lines)
        assert personal not in figures
    assert 'behorig_requests_total{method="GET",route="/cases/{number}",status="200"} 1.0' in figures


def test_without_https_cookies_have_plain_names_and_nothing_promises_https(town: Given, clock: Clock) -> None:
    browser = Browser(town, app_for(town, clock, base_url="http://localhost:8000"))
    browser.client.base_url = "http://127.0.0.1:8000"
    page = browser.get("/login")
    assert page.status == 200
    assert "strict-transport-security" not in page.headers
    assert page.headers["set-cookie"].startswith("behorig-guest=")
    assert browser.post("/language", {"language": "sv"}, Origin="http://localhost:8000").status == 303
    assert browser.post("/language", {"language": "sv"}, Origin="http://evil.example").status == 403


def test_sessions_long_over_are_forgotten(browser: Browser, town: Given, clock: Clock) -> None:
    browser.log_in(town.world.head)
    clock.turn(days=91)
    sessions.begin(town.office, town.world.chair.id, WayIn.LINK, clock())
    assert [row.person_id for row in town.all(WebSession)] == [town.world.chair.id]
