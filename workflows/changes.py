"""What an effect may want done. Values only: the recorder in `workflows.record` carries them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models import DecisionOutcome
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
class DutySettled(Change):
    """Somebody takes over a duty."""

    name: str
    successor: str


@dataclass(frozen=True, kw_only=True)
class CarriedOut(Change):
    """What was decided is done in the infrastructure: the grant is opened, changed, prolonged or ended."""


@dataclass(frozen=True, kw_only=True)
class Told(Change):
    """Somebody is told. `to` names roles of the case: requester, person, manager."""

    kind: NoticeKind
    to: tuple[str, ...]
    comment: str = ""
    outcome: str = ""
