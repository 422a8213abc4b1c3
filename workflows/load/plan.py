"""What a load will write, worked out in memory before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import SQLModel

from language import Text
from models import new_id
from workflows.load.problems import Place, Problems

K = TypeVar("K")
Values = dict[str, Any]

# Stands for a value in what is shown, where the value itself must not be.
HIDDEN = "…"


class What(StrEnum):
    """What became of a thing; GONE is missing from the file and stays in the database as it is."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that is new, changed or gone, in the words of the files."""

    noun: str
    what: What
    key: str
    fields: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Before and after, for each field that changed."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many things of one noun are new, changed, as they were, and missing from the file."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0


class Plan:
    """Rows to insert and to update, and the account of them."""

    def __init__(self, organisation_id: UUID, problems: Problems) -> None:
        self.organisation_id = organisation_id
        self.problems = problems
        self.inserts: dict[type[SQLModel], list[Values]] = defaultdict(list)
        self.updates: dict[type[SQLModel], list[Values]] = defaultdict(list)
        self.counts: dict[str, Counts] = {}
        self.changes: list[Change] = []
        self.labels: dict[UUID, str] = {}
        """What the files call a row; a change shows a reference by it."""

    def compare(
        self,
        noun: str,
        table: type[SQLModel],
        wanted: Mapping[K, Values],
        known: Mapping[K, Values],
        *,
        label: Callable[[K], str] = str,
        bump: bool = False,
        hidden: Callable[[K], bool] = lambda key: False,
        missed: Callable[[K], bool] = lambda key: True,
    ) -> set[K]:
        """Sort what is wanted into new, changed and unchanged, and what is known but unwanted into gone.

        `bump` gives a changed row a new version. Returns the keys of what is new or changed.
        """
        new = changed = gone = 0
        touched = set()
        for key, values in wanted.items():
            before = known.get(key)
            if before is None:
                new += 1
                row = {"organisation_id": self.organisation_id, **values}
                self.inserts[table].append(row if "id" in row else {"id": new_id(), **row})
                self.changes.append(Change(noun=noun, what=What.NEW, key=label(key)))
                touched.add(key)
                continue
            differing = {name: value for name, value in values.items() if name != "id" and before[name] != value}
            if not differing:
                continue
            changed += 1
            touched.add(key)
            secret = hidden(key)
            shown = {
                name: (HIDDEN, HIDDEN) if secret else (self._shown(before[name]), self._shown(value))
                for name, value in differing.items()
            }
            self.changes.append(Change(noun=noun, what=What.CHANGED, key=label(key), fields=shown))
            if bump:
                differing["version"] = before["version"] + 1
            self.updates[table].append({"id": before["id"], **differing})
        for key in known:
            if key not in wanted and missed(key):
                gone += 1
                self.changes.append(Change(noun=noun, what=What.GONE, key=label(key)))
        unchanged = len(wanted) - new - changed
        self.counts[noun] = Counts(new=new, changed=changed, unchanged=unchanged, gone=gone)
        return touched

    def _shown(self, value: Any) -> str:
        if isinstance(value, UUID):
            return self.labels.get(value, "?")
        if value is None:
            return ""
        return str(value)


class Names:
    """The things of one noun under the names that files know them by."""

    def __init__(self, plan: Plan, unknown: Text, *, suggest: bool = True) -> None:
        self._plan = plan
        self._unknown = unknown
        self._suggest = suggest
        self.ids: dict[str, UUID] = {}
        self.broken: set[str] = set()

    def know(self, name: str, row_id: UUID) -> None:
        """Add a thing."""
        self.ids[name] = row_id
        self._plan.labels[row_id] = name

    def find(self, place: Place, name: str) -> UUID:
        """The thing of that name; an unknown one becomes a problem, and the plan is never carried out."""
        found = self.ids.get(name)
        if found is not None:
            return found
        if name not in self.broken:
            near = self._plan.problems.near(name, self.ids) if self._suggest else Text("")
            self._plan.problems.add(place, "unknown-reference", Text("{what}{near}", what=self._unknown, near=near))
        return UUID(int=0)

    def find_any(self, place: Place, name: str | None) -> UUID | None:
        """The thing of that name, where none may be named."""
        return None if name is None else self.find(place, name)


def parents_first(rows: Iterable[Values]) -> list[Values]:
    """Rows in an order in which none comes before its parent."""
    waiting = {row["id"]: row for row in rows}
    ordered: list[Values] = []
    while waiting:
        ready = [row for row in waiting.values() if row["parent_id"] not in waiting]
        # A circle has been refused before this; should one come through, the database refuses it.
        for row in ready or list(waiting.values()):
            ordered.append(waiting.pop(row["id"]))
    return ordered


def circles(parents: Mapping[str, str | None]) -> set[str]:
    """The names that come back to themselves when their parents are followed."""
    found: set[str] = set()
    for start in parents:
        seen = {start}
        current = parents.get(start)
        while current is not None and current not in seen:
            seen.add(current)
            current = parents.get(current)
        if current == start:
            found.add(start)
    return found
