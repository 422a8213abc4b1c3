"""Who may do what: the table, tried on the running site and held to docs/authority.md; and what must hold in it."""

from __future__ import annotations

import pytest
from fastapi.routing import APIRoute

from tests.given import Given
from tests.web.authority import HIDDEN, LOG_IN, NO, NOBODY, PAGE, YES, Site, Table, as_markdown, table_of
from tests.web.conftest import Clock
from tests.web.walking import routes
from tests.whole import hasty, whole_municipality
from web.routes import LOGGED_IN, OPEN

# Routes that nobody comes to along links and forms, and where they are tried instead.
ELSEWHERE = {
    ("GET", "/healthz"): "for machines; tests/web/test_serving.py",
    ("GET", "/readyz"): "for machines; tests/web/test_serving.py",
    ("GET", "/metrics"): "for machines; tests/web/test_security.py",
    ("GET", "/favicon.ico"): "a picture; tests/web/test_security.py",
    ("GET", "/static/{name:path}"): "styles and scripts; tests/web/test_security.py",
    ("GET", "/login/link"): "stands in a letter; tests/web/test_links.py",
    ("POST", "/login/link"): "where a mail server is set; tests/web/test_links.py",
    ("POST", "/login/link/use"): "on the page of the link; tests/web/test_links.py",
    ("GET", "/login/provider"): "where a provider is set; tests/web/test_provider.py",
    ("GET", "/login/provider/back"): "the provider leads there; tests/web/test_provider.py",
    ("GET", "/logged-out"): "after a login by a provider; tests/web/test_provider.py",
    ("GET", "/approve"): "a form asks for it with what was ticked; tests/web/test_deciding.py",
    ("POST", "/approve"): "on the page of what was ticked; tests/web/test_deciding.py",
    ("POST", "/back"): "for whoever is away, and nobody here is who walks; tests/web/test_deciding.py",
    ("POST", "/tasks/claim"): "a button of the list of work leads there; tests/web/test_work_list.py",
    ("POST", "/tasks/unclaim"): "a button of the list of work leads there; tests/web/test_work_list.py",
}
# Acts that somebody is shown and that are refused all the same, and why that is as it should be.
SHOWN_AND_REFUSED: dict[str, str] = {
    "POST /order [add]": "each orders for another; the person of the first who was shown it is tried by all",
    "POST /order [copy]": "as above",
    "POST /order [send]": "an order without a line is not sent; with lines: tests/web/test_ordering.py",
    "POST /departures/move [look]": "each moves their own staff, and the one tried is of another department",
    "POST /releases/new": "whoever decides for another body puts forward only its own systems",
    "POST /tasks": "what can be closed is closed; a line that asks for something else is left, and that is said",
}
READERS = ("auditor", "dpo")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    """The table, tried once."""
    database = hasty(f"sqlite:///{tmp_path_factory.mktemp('authority') / 'town.db'}")
    found = table_of(Site(whole_municipality(Given(database)), Clock()))
    database.dispose()
    return found


def of_cases(table: Table, method: str) -> dict[str, dict[str, str]]:
    """The rows about one case of a kind and state."""
    return {name: row for name, row in table.rows.items() if name.startswith(method) and name.endswith(")")}


def test_what_the_site_answers_is_what_the_page_says(table: Table) -> None:
    said = PAGE.read_text(encoding="utf-8").splitlines()
    assert as_markdown(table).splitlines() == said, "if it is meant: make authority"


def test_every_route_is_tried_by_somebody_or_has_a_reason(table: Table) -> None:
    known = {(method, route.path) for method in ("GET", "POST") for route in routes(method)}
    assert known - table.reached - set(ELSEWHERE) == set()
    assert set(ELSEWHERE) <= known, "a reason for a route that is not there"


def test_there_is_no_route_but_those_that_are_read_and_those_that_are_posted_to() -> None:
    every = [route for router in (*OPEN, *LOGGED_IN) for route in router.routes]
    assert len(routes("GET")) + len(routes("POST")) == len(every)


def test_nothing_breaks_whoever_asks(table: Table) -> None:
    assert {cell for row in table.rows.values() for cell in row.values()} <= {YES, NO, HIDDEN, LOG_IN}


def test_without_a_login_there_is_only_the_way_in(table: Table) -> None:
    for who in (NOBODY, "dismissed"):
        seen = {name for name, row in table.rows.items() if row[who] == YES}
        of_open = {route.path for router in OPEN for route in router.routes if isinstance(route, APIRoute)}
        allowed = {f"{method} {path}" for path in of_open for method in ("GET", "POST")}
        assert seen <= allowed


def test_every_act_is_done_by_somebody(table: Table) -> None:
    undone = {
        name: [answer for (act, _role), answer in table.said.items() if act == name and table.shown]
        for name, row in table.rows.items()
        if name.startswith("POST") and YES not in row.values() and name not in SHOWN_AND_REFUSED
    }
    assert not undone


def test_whoever_is_shown_a_form_may_send_it(table: Table) -> None:
    vain = {
        (name, role): table.said.get((name, role), "")
        for name, roles in table.shown.items()
        for role in roles
        if table.rows[name][role] != YES and name not in SHOWN_AND_REFUSED
    }
    assert not vain


def test_nobody_does_what_they_were_not_shown(table: Table) -> None:
    """A form that is hidden from somebody and works all the same is a door that nobody watches."""
    unseen = {
        (name, role)
        for name, row in of_cases(table, "POST").items()
        for role, cell in row.items()
        if cell == YES and role not in table.shown[name]
    }
    assert not unseen


@pytest.mark.parametrize("who", ["employee", *READERS])
def test_those_who_only_read_do_nothing_to_a_case(table: Table, who: str) -> None:
    assert not [name for name, row in of_cases(table, "POST").items() if row[who] == YES]


@pytest.mark.parametrize("who", [*READERS, "coordinator"])
def test_those_who_supervise_see_every_case(table: Table, who: str) -> None:
    unseen = [
        name
        for area in ("GET /cases", "GET /departures", "GET /releases")
        for name, row in of_cases(table, area).items()
        if row[who] != YES
    ]
    assert not unseen


def test_a_case_of_others_is_not_there_and_is_not_there_to_act_on(table: Table) -> None:
    for name, row in of_cases(table, "").items():
        if "another department" in name:
            theirs = {role for role, cell in row.items() if cell in (YES, NO)}
            assert theirs <= {"other_delegate", "coordinator", "head_of_it", *READERS}, name
            assert row["delegate"] == HIDDEN, name


def test_nobody_decides_on_their_own_access(table: Table) -> None:
    decisions = [
        row for name, row in of_cases(table, "POST").items() if name.split()[1].endswith(("/approve", "/keep"))
    ]
    assert not [row for row in decisions if YES in (row["beneficiary"], row["requester"])]
