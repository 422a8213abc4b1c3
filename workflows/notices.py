"""What is said to whom: a notice in, a message out, ready to be saved with the change that causes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from language import Text
from models import MessageState, Person, new_id
from workflows.templates import as_html, as_text


class NoticeKind(StrEnum):
    """What a message is about."""

    TASK_OPENED = "TASK_OPENED"
    REMINDER = "REMINDER"
    ESCALATION = "ESCALATION"
    HANDLED_BY_OTHER = "HANDLED_BY_OTHER"
    QUESTION_BACK = "QUESTION_BACK"
    DECIDED = "DECIDED"
    ACCESS_READY = "ACCESS_READY"
    ACCESS_ENDING = "ACCESS_ENDING"
    LAPSED = "LAPSED"
    OBSTACLE = "OBSTACLE"
    UNATTENDED = "UNATTENDED"
    WITHDRAWN = "WITHDRAWN"


NO_ADDRESS: Final = Text("The recipient has no e-mail address.")


@dataclass(frozen=True, kw_only=True)
class CaseSummary:
    """What a message tells of a case."""

    number: str
    kind: str
    state: str
    system: str
    profile: str
    allows: str
    person: str
    """As :func:`workflows.people.shown_name` shows them, in the recipient's language."""
    starts_on: date
    ends_on: date | None
    purpose: str
    decided: str = ""
    """The decided profile, when it is another than was asked for."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something to be said to one person about one case."""

    kind: NoticeKind
    recipient: Person
    summary: CaseSummary
    task_id: UUID | None = None
    part: str = ""
    due_at: datetime | None = None
    actor: str = ""
    comment: str = ""
    days_left: int | None = None
    step: int = 0
    may_act: bool = False
    """In an escalation: whether the step gives its receiver the right to act, or only tells them."""
    outcome: str = ""
