"""What is wrong in the files: each problem with its place, what stands there and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from language import Text
from workflows.errors import BadInput, Reason

# Looking for a near word costs milliseconds; a whole file of unknown words must not take minutes to refuse.
SUGGESTIONS = 50


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where values were read: the file, the raw values, their lines, and what the file calls our fields."""

    file: str
    raw: Any = None
    lines: dict[tuple[str | int, ...], int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def place(self, path: tuple[str | int, ...]) -> Place:
        """The place of one value; of what holds it, when the value itself is missing."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        given: Any = self.raw
        for step in path:
            try:
                given = given[step]
            except (KeyError, IndexError, TypeError):
                given = None
                break
        name = next((step for step in reversed(path) if isinstance(step, str)), "")
        return Place(
            file=self.file,
            line=self.lines.get(known, 0),
            field=self.names.get(name, name),
            given=given if isinstance(given, str) else "",
        )


@dataclass(frozen=True, kw_only=True)
class Place:
    """One value in one file."""

    file: str
    line: int = 0
    field: str = ""
    given: str = ""


class Problems:
    """All that is wrong in the files, gathered before anything is refused."""

    def __init__(self) -> None:
        self.reasons: list[Reason] = []
        self._suggested = 0
        self._noted: set[tuple[str, int, str]] = set()

    def add(self, place: Place, code: str, problem: Text) -> None:
        """Note a problem at a place."""
        where = (place.file, place.line, place.field)
        # A value that could not be read is not missing as well.
        if code == "missing" and where in self._noted:
            return
        self._noted.add(where)
        self.reasons.append(Reason(code, _said(place, problem)))

    def near(self, word: str, words: Iterable[str]) -> Text:
        """A sentence that suggests the word that was probably meant; empty when none is near."""
        if self._suggested < SUGGESTIONS:
            self._suggested += 1
            found = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
            if not found:
                folded = {known.casefold(): known for known in words}
                found = [folded[word.casefold()]] if word.casefold() in folded else []
            if found:
                return Text(" Did you mean “{word}”?", word=found[0])
        return Text("")

    def refuse(self) -> None:
        """Raise everything noted so far, if anything was."""
        if self.reasons:
            raise BadInput(self.reasons)


def _said(place: Place, problem: Text) -> Text:
    if not place.line:
        return Text("{file}: {problem}", file=place.file, problem=problem)
    if not place.field:
        return Text("{file}, line {line}: {problem}", file=place.file, line=place.line, problem=problem)
    if not place.given:
        return Text(
            "{file}, line {line}, {field}: {problem}",
            file=place.file,
            line=place.line,
            field=place.field,
            problem=problem,
        )
    return Text(
        "{file}, line {line}, {field} “{given}”: {problem}",
        file=place.file,
        line=place.line,
        field=place.field,
        given=place.given,
        problem=problem,
    )


class Unfit(ValueError):
    """A value that a row cannot hold, with the sentence that says what would be right."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.message)


def reason_of(error: Any, problems: Problems, fields: Collection[str]) -> Text:
    """What pydantic found, in our own words."""
    kind: str = error["type"]
    context: dict[str, Any] = error.get("ctx", {})
    if kind == "value_error" and isinstance(context.get("error"), Unfit):
        unfit: Unfit = context["error"]
        return unfit.text
    if kind == "missing":
        return Text("this is missing and must be given.")
    if kind == "extra_forbidden":
        return Text("there is no such field.{near}", near=problems.near(str(error["loc"][-1]), fields))
    if kind in ("enum", "literal_error"):
        return Text("must be one of {words}.", words=str(context["expected"]).replace("'", "").replace(" or ", ", "))
    if kind.startswith("bool"):
        return Text("must be yes or no.")
    if kind.startswith("int"):
        return Text("must be a whole number.")
    if kind == "string_too_short":
        return Text("must not be empty.")
    if kind == "string_too_long":
        return Text("is too long; {limit} characters is the most.", limit=context["max_length"])
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        limit = next(iter(context.values()))
        if kind.startswith("greater"):
            least = limit + 1 if kind == "greater_than" else limit
            return Text("is too little; {limit} is the least.", limit=least)
        return Text("is too much; {limit} is the most.", limit=limit)
    if kind.startswith("list"):
        return Text("must be a list: one entry a line, each begun with a dash.")
    if kind.startswith("string"):
        return Text("must be a single value.")
    return Text("cannot be read: {what}.", what=error["msg"])
