"""Every page takes a number of queries that does not grow with what it shows, whoever looks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.given import Given
from tests.web.browser import Browser, app_for
from tests.web.conftest import Clock
from tests.web.counting import queries
from tests.web.walking import beginnings, route_of, walk
from tests.whole import Whole, hasty, whole_municipality

# A page of each of these asks more when there is more, and why that is as it should be.
GROWS: dict[str, str] = {}
MOST = 60


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a page took."""

    path: str
    statements: tuple[str, ...]


def taken(whole: Whole) -> dict[tuple[str, str], Taken]:
    """For each role and each page, by its route and what it was an example of: the statements it took."""
    found: dict[tuple[str, str], Taken] = {}
    labels = {number: label for label, number in whole.cases.items()}
    labels |= {person.employee_number: role for role, person in whole.people.items()}
    app = app_for(whole.given, Clock())
    for role, person in whole.people.items():
        browser = Browser(whole.given, app).log_in(person)
        # Twice, so that what is read once for good is read before it is counted.
        seen = {page.path for page in walk(browser, beginnings(whole)) if page.status == 200}
        for path in sorted(seen):
            route = route_of(path)
            example = next((labels[part] for part in urlsplit(path).path.split("/") if part in labels), "")
            name = f"{route.path if route else ''} ({example})"
            if (role, name) in found:
                continue
            with queries() as statements:
                browser.get(path)
            found[role, name] = Taken(path=path, statements=tuple(statements))
    return found


@pytest.fixture(scope="module")
def two_sizes(tmp_path_factory: pytest.TempPathFactory) -> list[dict[tuple[str, str], Taken]]:
    """What the pages take in a small municipality, and in the same one with three times as much of everything."""
    found = []
    for size in (1, 3):
        folder: Path = tmp_path_factory.mktemp(f"size{size}")
        database = hasty(f"sqlite:///{folder / 'town.db'}")
        found.append(taken(whole_municipality(Given(database), size=size)))
        database.dispose()
    return found


def test_a_page_takes_as_many_queries_however_much_it_shows(two_sizes: list[dict[tuple[str, str], Taken]]) -> None:
    small, large = two_sizes
    assert small.keys() & large.keys()
    grown = {}
    for (role, name), mine in small.items():
        more = large.get((role, name))
        if more is None or name.partition(" ")[0] in GROWS or len(mine.statements) == len(more.statements):
            continue
        extra = Counter(more.statements) - Counter(mine.statements)
        repeated = [f"{count} more: {statement[:200]}" for statement, count in extra.most_common(2)]
        grown[name, role] = (len(mine.statements), len(more.statements), repeated)
    assert not grown


def test_both_sizes_have_the_same_pages(two_sizes: list[dict[tuple[str, str], Taken]]) -> None:
    routes_of = [{name.partition(" ")[0] for _role, name in each} for each in two_sizes]
    assert routes_of[0] == routes_of[1]


def test_no_page_takes_more_than_a_screenful_of_queries(two_sizes: list[dict[tuple[str, str], Taken]]) -> None:
    many = {key: len(each.statements) for key, each in two_sizes[1].items() if len(each.statements) > MOST}
    assert not many
