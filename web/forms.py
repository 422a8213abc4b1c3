"""Forms: what somebody typed, read once, and kept beside what is wrong with it when it must be shown again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from language import Text
from workflows.errors import BehorigError

MISSING: Final = Text("Fill this in.")
NO_DAY: Final = Text("Write the day as 2026-06-30.")
NOT_A_CHOICE: Final = Text("Choose one of the answers.")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something that is wrong, and the field it stands beside; none when it is about the whole."""

    text: Text
    field: str = ""


@dataclass(kw_only=True)
class Form:
    """What was typed, and what is wrong with it. Nothing typed is ever lost: templates read it from here."""

    data: FormData = field(default_factory=FormData)
    problems: list[Problem] = field(default_factory=list)

    def text(self, name: str, *, required: bool = False) -> str:
        """A line or a paragraph, without space around it."""
        value = self.data.get(name)
        # No text has a zero byte in it, and a database may refuse one.
        found = value.replace("\0", "").strip() if isinstance(value, str) else ""
        if required and not found:
            self.wrong(name, MISSING)
        return found

    def texts(self, name: str) -> list[str]:
        """Every value of a field that can be given several times, such as boxes that are ticked."""
        return [value for value in self.data.getlist(name) if isinstance(value, str)]

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.text(name))

    def choice(self, name: str, choices: Collection[str], *, required: bool = True) -> str:
        """One of the answers offered; what was not offered is refused."""
        found = self.text(name, required=required)
        if found and found not in choices:
            self.wrong(name, NOT_A_CHOICE)
            return ""
        return found

    def day(self, name: str, *, required: bool = False) -> date | None:
        """A day; none when nothing is written or it cannot be read."""
        found = self.text(name, required=required)
        try:
            return date.fromisoformat(found) if found else None
        except ValueError:
            self.wrong(name, NO_DAY)
            return None

    def file(self, name: str) -> UploadFile | None:
        """A file that was sent along."""
        found = self.data.get(name)
        return found if isinstance(found, UploadFile) and found.filename else None

    def wrong(self, name: str, text: Text) -> None:
        """Say what is wrong with a field; of the whole form when the name is empty."""
        self.problems.append(Problem(field=name, text=text))

    def refused(self, error: BehorigError, fields: Mapping[str, str] | None = None) -> None:
        """Say every reason of an error, beside the field that its code is about."""
        for reason in error.reasons:
            self.wrong((fields or {}).get(reason.code, ""), reason.text)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong so far."""
        return not self.problems

    def of(self, name: str) -> list[Text]:
        """What is wrong with one field."""
        return [problem.text for problem in self.problems if problem.field == name]


async def posted(request: Request) -> AsyncIterator[Form]:
    """The form of this request. It was read when it was checked where it came from; its files are closed afterwards."""
    data = await request.form()
    try:
        yield Form(data=data)
    finally:
        await data.close()


Posted = Annotated[Form, Depends(posted)]
