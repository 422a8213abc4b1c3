"""What an effect may want done. Values only: the recorder in `workflows.record` carries them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models import DecisionOutcome
from workflows.attachments import KeptFile
from workflows.guards import Terms
from workflows.notices import NoticeKind
from workflows.workflow import Change


@dataclass(frozen=True, kw_only=True)
class Decided(Change):
    """A decision is taken, on these terms."""

    outcome: DecisionOutcome
    terms: Terms
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class Noted(Change):
    """Something is written down on the request."""

    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class RemovalBegun(Change):
    """The access is no longer to be had, and waits for somebody to remove it."""


@dataclass(frozen=True, kw_only=True)
class EndSet(Change):
    """The access lasts until this moment and no longer; its removal begins then."""

    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class EndCalledOff(Change):
    """The access does not end after all: it is as it was decided when it was given."""


@dataclass(frozen=True, kw_only=True)
class Rescheduled(Change):
    """The time limits are counted anew: whoever is asked is asked again."""


@dataclass(frozen=True, kw_only=True)
class LimitsFallen(Change):
    """The time limits no longer run: what they were counted from is no more."""


@dataclass(frozen=True, kw_only=True)
class PartsGathered(Change):
    """Everything that hangs on what ends gets an end request, what was on its way is called off, duties are listed."""


@dataclass(frozen=True, kw_only=True)
class DayMoved(Change):
    """The last day is another, for the notice and everything that is part of it."""

    last_day: date
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class PartsCalledOff(Change):
    """What is not yet carried out of a departure is called off."""


@dataclass(frozen=True, kw_only=True)
class AccessSuspended(Change):
    """Everything that hangs on the employment is shut until somebody has decided."""


@dataclass(frozen=True, kw_only=True)
class AccountsOpened(Change):
    """The accounts of the person are open again, whichever departures had shut them."""

    ticket: str


@dataclass(frozen=True, kw_only=True)
class DutySettled(Change):
    """Somebody takes over a duty."""

    name: str
    successor: str


@dataclass(frozen=True, kw_only=True)
class DateMoved(Change):
    """A release is planned for another time, or for none; who agreed to the old one has not agreed to the new one."""

    planned_from: datetime | None
    planned_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class FindingNoted(Change):
    """A security review found something."""

    what: str
    blocking: bool


@dataclass(frozen=True, kw_only=True)
class FindingResolved(Change):
    """What was found is out of the way."""

    number: int
    resolution: str


@dataclass(frozen=True, kw_only=True)
class Attached(Change):
    """A file is part of the case."""

    file: KeptFile


@dataclass(frozen=True, kw_only=True)
class PutIntoOperation(Change):
    """The version is in operation from now on, and the system approved for it."""


@dataclass(frozen=True, kw_only=True)
class RolledBack(Change):
    """The version is out of operation, if it was in it; the one before it stands."""


@dataclass(frozen=True, kw_only=True)
class CarriedOut(Change):
    """What was decided is done in the infrastructure: the grant is opened, changed, prolonged or ended."""


@dataclass(frozen=True, kw_only=True)
class Told(Change):
    """Somebody is told. `to` names roles of the case, as its dossier knows them."""

    kind: NoticeKind
    to: tuple[str, ...]
    comment: str = ""
    outcome: str = ""
    whole: bool = False
    """With everything that was done in the case."""
