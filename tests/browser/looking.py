"""What is looked at on each page: what axe finds, whether it fits, whether the keyboard reaches all of it and shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import Page

from tests.browser.place import DESKTOP, NARROW
from tests.web.live import scrolls_sideways, violations

MOST_TABS: Final = 900
# What can be come to by keyboard, with how each looks while it is not; of radio buttons with one name, one.
CANDIDATES: Final = """() => {
  const look = window.lookOf = (e) => {
    const boxes = [e, e.labels?.[0], e.closest("label")].filter(Boolean);
    return boxes.map((box) => {
      const s = getComputedStyle(box);
      return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.borderColor, s.backgroundColor].join();
    }).join(";");
  };
  const radios = new Set();
  const all = document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]");
  window.stops = [...all].filter((e) => {
    if (e.disabled || e.type === "hidden" || e.tabIndex < 0) return false;
    if (!e.checkVisibility({ visibilityProperty: true })) return false;
    if (e.type !== "radio") return true;
    const group = [...document.getElementsByName(e.name)].filter((other) => other.form === e.form);
    return e.checked || (!group.some((other) => other.checked) && group[0] === e);
  });
  window.unfocused = new Map(window.stops.map((e) => [e, look(e)]));
  return window.stops.length;
}"""
WHERE: Final = """() => {
  const e = document.activeElement;
  if (!e || e === document.body || e === document.documentElement) return null;
  const box = e.getBoundingClientRect();
  const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height, innerHeight) / 2, 0), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  return {
    place: window.stops.indexOf(e),
    what: e.outerHTML.slice(0, 160),
    shown: !window.unfocused.has(e) || window.lookOf(e) !== window.unfocused.get(e),
    covered: box.bottom < 0 || box.top > innerHeight || !(top && (top === e || e.contains(top) || top.contains(e)
      || [...(e.labels ?? [])].some((label) => label.contains(top)))),
  };
}"""
NAME: Final = "(place) => window.stops[place].outerHTML.slice(0, 160)"


@dataclass(kw_only=True)
class Look:
    """What was found on one page, as somebody."""

    where: str
    faults: dict[str, list[str]] = field(default_factory=dict)
    """By aspect."""
    weight: int = 0
    """Bytes on the wire for a browser that has nothing yet."""


def look(page: Page, path: str, where: str) -> Look:
    """Look at a page in every way."""
    found = Look(where=where)
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")
    found.weight = _weigh(page, path)
    found.faults["keyboard"] = _by_keyboard(page)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        found.faults[theme] = violations(page)
    page.set_viewport_size(NARROW)
    found.faults["narrow"] = violations(page)
    if scrolls_sideways(page):
        found.faults["narrow"].append(f"wider than {NARROW['width']}: {_widest(page)}")
    return found


def _weigh(page: Page, path: str) -> int:
    """Open a page with nothing kept, and count what comes."""
    weight = 0
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def count(event: dict[str, float]) -> None:
        nonlocal weight
        weight += int(event["encodedDataLength"])

    wire.on("Network.loadingFinished", count)
    page.goto(path, wait_until="networkidle")
    wire.detach()
    return weight


def _by_keyboard(page: Page) -> list[str]:
    """What the Tab key does not come to, what does not show that it has, and what something else lies over."""
    faults = []
    page.evaluate("document.activeElement?.blur()")
    page.evaluate(CANDIDATES)
    count = page.evaluate("window.stops.length")
    reached: set[int] = set()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        here = page.evaluate(WHERE)
        if here is None or (len(reached) >= count and here["place"] == 0):
            break
        if here["place"] in reached:
            continue
        reached.add(here["place"])
        if not here["shown"]:
            faults.append(f"does not show that it has the focus: {here['what']}")
        if here["covered"]:
            faults.append(f"is covered or out of sight when it has the focus: {here['what']}")
    return faults + [f"is not reached: {page.evaluate(NAME, place)}" for place in set(range(count)) - reached]


def _widest(page: Page) -> str:
    return str(
        page.evaluate(
            """() => [...document.querySelectorAll("main *")]
              .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
              .map((e) => e.outerHTML.slice(0, 100)).slice(0, 3).join(" | ")"""
        )
    )


def violations_and_width(page: Page) -> list[str]:
    """What is found on a page as it is in front just now, with what somebody did wrong on it."""
    return violations(page) + (["wider than the window"] if scrolls_sideways(page) else [])
