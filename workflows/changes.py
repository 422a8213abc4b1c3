"""What an effect may want done. Values only: the recorder in `workflows.record` carries them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
class CarriedOut(Change):
    """What was decided is done in the infrastructure: the grant is opened, changed, prolonged or ended."""


@dataclass(frozen=True, kw_only=True)
class Told(Change):
    """Somebody is told. `to` names roles of the case: requester, person, manager."""

    kind: NoticeKind
    to: tuple[str, ...]
    comment: str = ""
    outcome: str = ""
