"""Every page there is, as those who come to it: what axe finds in both themes, at 320 pixels, by keyboard; its weight.

The pages are found by walking. One that is added is looked at without a word here.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser as Chromium

from tests.browser.looking import Look, look
from tests.browser.place import Place
from tests.web.walking import beginnings, walk

HEAVIEST = 150_000
ASPECTS = ("light", "dark", "narrow", "keyboard")


@pytest.fixture(scope="module")
def looks(chromium: Chromium, place: Place) -> list[Look]:
    """A look at each page that looks different from those that were looked at before."""
    found: list[Look] = []
    met: set[tuple[str, frozenset[str]]] = set()
    for role, person in place.whole.people.items():
        waiting = []
        for seen in walk(place.quick(person), [*beginnings(place.whole), "/nowhere"]):
            alike = (seen.route, frozenset(seen.read.shape))
            if seen.html.lstrip().startswith("<!doctype") and alike not in met:
                met.add(alike)
                waiting.append(seen)
        if waiting:
            with place.window(chromium, person) as page:
                found += [look(page, seen.path, f"{seen.path} as {role}") for seen in waiting]
    with place.window(chromium, None) as page:
        found.append(look(page, "/login", "/login"))
    return found


@pytest.mark.parametrize("aspect", ASPECTS)
def test_nothing_is_found_on_any_page(looks: list[Look], aspect: str) -> None:
    assert {each.where: each.faults[aspect] for each in looks if each.faults[aspect]} == {}


def test_the_first_load_is_light_whichever_page_it_is(looks: list[Look]) -> None:
    assert min(each.weight for each in looks) > 30_000, "styles and scripts came too"
    assert {each.where: each.weight for each in looks if each.weight >= HEAVIEST} == {}
