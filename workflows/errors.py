"""What can go wrong, in one tree. The docstring is the message unless the raiser says more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from language import ENGLISH, Text


@dataclass(frozen=True)
class Reason:
    """Why something was refused: a stable code for machines and a sentence for people."""

    code: str
    text: Text
    line: str = ""
    """The line it is about, where several were written in one go."""


class BehorigError(Exception):
    """Something went wrong in Behörig."""

    code = "error"

    def __init__(self, text: Text | None = None) -> None:
        self.text = text or Text(type(self).__doc__ or "")
        super().__init__(self.text.say(ENGLISH))

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Every reason behind the error; most errors have one."""
        return (Reason(self.code, self.text),)


class Refused(BehorigError):
    """A rule refuses this."""

    code = "refused"

    def __init__(self, event: str, reasons: Iterable[Reason]) -> None:
        self.event = event
        self._reasons = tuple(reasons)
        super().__init__(self._reasons[0].text if self._reasons else None)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return self._reasons


class Conflict(BehorigError):
    """Somebody else changed this meanwhile."""

    code = "conflict"


class NotFound(BehorigError):
    """There is no such thing."""

    code = "not-found"


class BadInput(BehorigError):
    """What was given cannot be used."""

    code = "bad-input"

    def __init__(self, problems: Iterable[Reason]) -> None:
        self._reasons = tuple(problems)
        super().__init__(self._reasons[0].text if self._reasons else None)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return self._reasons


class Unavailable(BehorigError):
    """The database cannot be used."""

    code = "unavailable"


class PolicyError(BehorigError):
    """The policy contradicts itself or cannot be read."""

    code = "policy"

    def __init__(self, problems: Text | Iterable[Reason] = ()) -> None:
        self._reasons = (Reason(self.code, problems),) if isinstance(problems, Text) else tuple(problems)
        super().__init__(self._reasons[0].text if self._reasons else None)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return self._reasons or super().reasons
