"""The ways through the site. A page that belongs in the menu is registered here, with who is shown the way to it.

Being shown the way decides nothing: `workflows` says on every page what a person may see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from language import Text
from models import AppointedRole
from workflows.presence import Capacities


def everybody(_held: Capacities) -> bool:
    """Shown to all."""
    return True


def supervises(held: Capacities) -> bool:
    """Shown to those who read everything."""
    return held.holds(
        AppointedRole.HEAD_OF_IT,
        AppointedRole.SECURITY_COORDINATOR,
        AppointedRole.AUDITOR,
        AppointedRole.DATA_PROTECTION_OFFICER,
    )


def sees_departures(held: Capacities) -> bool:
    """Shown to HR, to managers and to those who read everything."""
    return held.holds(AppointedRole.HR_OFFICER) or held.manages or supervises(held)


def sees_releases(held: Capacities) -> bool:
    """Shown to those who play a part in releases, and to those who read everything."""
    decides = held.decides or held.holds(AppointedRole.CHAIR)
    return decides or held.administers or held.holds(AppointedRole.TECHNICIAN) or supervises(held)


def puts_versions_forward(held: Capacities) -> bool:
    """Shown to those who put versions forward: who decide, who administer, and the head of IT."""
    return held.decides or held.administers or held.holds(AppointedRole.CHAIR, AppointedRole.HEAD_OF_IT)


def sees_holdings(held: Capacities) -> bool:
    """Shown to those who see other people's access: of their staff, in their systems, or everybody's."""
    return sees_departures(held) or sees_releases(held)


def _works_with_access(held: Capacities) -> bool:
    """Shown to those who carry out and register."""
    return held.administers or held.holds(AppointedRole.TECHNICIAN, AppointedRole.HEAD_OF_IT)


def _is_waited_for(held: Capacities) -> bool:
    """Shown to those whom others wait for when they are away."""
    return held.decides or held.manages or held.administers or bool(held.appointed)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A page in the menu."""

    label: Text
    route: str
    """The name of its route."""
    begins: str
    """The path that it and all pages under it begin with: where one is, is marked in the menu."""
    shown_to: Callable[[Capacities], bool] = everybody


# In the order of the menu.
PLACES: Final[tuple[Place, ...]] = (
    Place(label=Text("Inbox"), route="inbox", begins="/"),
    Place(label=Text("Work list"), route="work", begins="/tasks", shown_to=_works_with_access),
    Place(label=Text("Order"), route="order", begins="/order"),
    Place(label=Text("My orders"), route="requests", begins="/requests"),
    Place(label=Text("My access"), route="access", begins="/access"),
    Place(label=Text("Departures"), route="departures", begins="/departures", shown_to=sees_departures),
    Place(label=Text("Releases"), route="releases", begins="/releases", shown_to=sees_releases),
    Place(label=Text("Supervision"), route="oversight", begins="/oversight", shown_to=supervises),
    Place(label=Text("Who holds what"), route="holdings", begins="/holdings", shown_to=sees_holdings),
    Place(label=Text("People"), route="people", begins="/people", shown_to=sees_departures),
    Place(label=Text("Away"), route="away", begins="/away", shown_to=_is_waited_for),
)


@dataclass(frozen=True, kw_only=True)
class Way:
    """A line of the menu, for one person on one page."""

    label: Text
    path: str
    here: bool


def ways(held: Capacities, path: str, path_of: Callable[[str], str]) -> list[Way]:
    """The menu of a person, with the place they are in marked; the longest match when several fit."""
    shown = [place for place in PLACES if place.shown_to(held)]
    fitting = [place.begins for place in shown if _is_under(path, place.begins)]
    nearest = max(fitting, key=len, default=None)
    return [Way(label=place.label, path=path_of(place.route), here=place.begins == nearest) for place in shown]


def _is_under(path: str, begins: str) -> bool:
    return path == begins or (begins != "/" and path.startswith(f"{begins}/"))
