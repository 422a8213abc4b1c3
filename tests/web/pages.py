"""A page read as a person reads it: its links, and its forms filled in with something sensible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any, Final

from tests.given import NOW, TODAY
from web.security import MARK

# What is written into a field, by the last word of its name; by its type when the name is not here.
ANSWERS: Final[Mapping[str, str]] = {
    "account_name": "a0001",
    "ticket_number": "N-7001",
    "who": "outsider",
    "person": "outsider",
    "email": "outsider@behorig.example",
    "successor": "outsider",
    "deputy": "outsider",
    "delegate": "outsider",
    "colleague": "nurse",
    "solver": "owner",
    "register-version": "2.0",
    "version": "9.0",
    # What only some municipalities have.
    "urgent_reason": "",
    "until": (NOW + timedelta(days=2, hours=3)).strftime("%Y-%m-%dT%H:%M"),
    "planned_until": (NOW + timedelta(days=2, hours=3)).strftime("%Y-%m-%dT%H:%M"),
}
BY_TYPE: Final[Mapping[str, str]] = {
    "date": (TODAY + timedelta(days=30)).isoformat(),
    "datetime-local": (NOW + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"),
    "time": "15:00",
    "number": "1",
}
SOMETHING: Final = "Because of the work."
A_PROTOCOL: Final = ("protocol.txt", b"Forty cases, none failed.", "text/plain")
A_LIST: Final = ("leavers.csv", f"person;last_day\noutsider;{BY_TYPE['date']}\n".encode(), "text/csv")


@dataclass(frozen=True, kw_only=True)
class Control:
    """A field of a form, and what it holds or offers."""

    name: str
    type: str
    value: str = ""
    chosen: bool = False
    required: bool = False
    accepts: str = ""


@dataclass(kw_only=True)
class FilledForm:
    """A form of a page: where it leads, what it holds, and the buttons that send it."""

    action: str
    method: str
    controls: list[Control] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    """The name and value of each button; both empty for one without a name."""

    def files(self) -> dict[str, tuple[str, bytes, str]]:
        """What is sent where the form asks for a file."""
        asked = [control for control in self.controls if control.type == "file"]
        return {control.name: A_LIST if "csv" in control.accepts else A_PROTOCOL for control in asked}

    def ways(self) -> Iterator[dict[str, list[str]]]:
        """What is sent by each button when every field is filled in."""
        filled = self._filled()
        for name, value in dict.fromkeys(self.buttons) or [("", "")]:
            yield filled | ({name: [value]} if name else {})

    def others(self) -> Iterator[dict[str, list[str]]]:
        """What else could be chosen in the lists that open, one at a time."""
        for control in self.controls:
            if control.type == "option" and control.value:
                yield {control.name: [control.value]}

    def _filled(self) -> dict[str, list[str]]:
        said: dict[str, list[str]] = {}
        for control in self.controls:
            if not control.name or control.name == MARK or control.type in ("file", "submit"):
                continue
            if control.type in ("radio", "checkbox", "option"):
                # The one that is chosen already, else the first.
                if control.value and (control.chosen or control.name not in said):
                    said[control.name] = [control.value]
            else:
                kept = control.type == "hidden" or control.value
                said.setdefault(control.name, []).append(control.value if kept else _answer(control))
        return said


def _answer(control: Control) -> str:
    for name, answer in ANSWERS.items():
        if control.name == name or control.name.endswith(f"-{name}"):
            return answer
    if control.name.startswith("value-"):
        # A line of the work list asks for an account or a ticket number.
        return ANSWERS["ticket_number"]
    return BY_TYPE.get(control.type, SOMETHING if control.required else "")


class Reader(HTMLParser):
    """Reads a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[FilledForm] = []
        self.shape: list[str] = []
        """The page without its words: which elements in which order, and what they look like."""
        self._inside: FilledForm | None = None
        self._named: dict[str, FilledForm] = {}
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what links, forms and their fields say."""
        said = {name: value or "" for name, value in attrs}
        looks = " ".join(said.get(name, "") for name in ("class", "data-color", "data-variant", "type"))
        self.shape.append(f"{tag} {looks}".strip())
        where = self._named.get(said["form"]) if "form" in said else self._inside
        if tag == "a":
            self.links.append(said.get("href", ""))
        elif tag == "form":
            self._inside = FilledForm(action=said.get("action", ""), method=said.get("method", "get").lower())
            self.forms.append(self._inside)
            if "id" in said:
                self._named[said["id"]] = self._inside
        elif tag == "select":
            self._select = said.get("name", "")
        elif where is None:
            return
        elif tag == "option":
            self._keep(where, self._select, "option", said, chosen="selected" in said)
        elif tag == "textarea":
            self._keep(where, said.get("name", ""), "textarea", said)
        elif tag == "input" and said.get("type") != "submit":
            self._keep(where, said.get("name", ""), said.get("type", "text"), said, chosen="checked" in said)
        elif tag in ("button", "input") and said.get("type", "submit") == "submit":
            where.buttons.append((said.get("name", ""), said.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        """A form is over."""
        if tag == "form":
            self._inside = None

    @staticmethod
    def _keep(form: FilledForm, name: str, kind: str, said: Mapping[str, Any], *, chosen: bool = False) -> None:
        form.controls.append(
            Control(
                name=name,
                type=kind,
                value=said.get("value", "on" if kind == "checkbox" else ""),
                chosen=chosen,
                required="required" in said,
                accepts=said.get("accept", ""),
            )
        )
