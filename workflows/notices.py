"""What is said to whom: a notice in, a message out, ready to be saved with the change that causes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from language import Text
from models import DecisionOutcome, MessageState, Part, Person, RequestKind, RequestState, new_id
from workflows.deadlines import today
from workflows.notice_words import ASKS, ASKS_AT_A_RELEASE, ASKS_AT_AN_END, REMEDIES, WAITS, WAITS_AT_A_RELEASE
from workflows.templates import Fact, Listed, Page, as_html, as_text
from workflows.words import KIND_WORDS, STATE_WORDS, day_words, moment_words


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
    DEPARTURE_NOTICED = "DEPARTURE_NOTICED"
    DEPARTURE_MOVED = "DEPARTURE_MOVED"
    DEPARTURE_CANCELLED = "DEPARTURE_CANCELLED"
    DEPARTURE_OVERTAKEN = "DEPARTURE_OVERTAKEN"
    DEPARTURE_CLOSED = "DEPARTURE_CLOSED"
    RELEASE_DECIDED = "RELEASE_DECIDED"
    RELEASE_URGENT = "RELEASE_URGENT"
    RELEASE_RETURNED = "RELEASE_RETURNED"
    RELEASE_FINDING = "RELEASE_FINDING"
    RELEASE_NOT_REVIEWED = "RELEASE_NOT_REVIEWED"
    RELEASE_APPROVED = "RELEASE_APPROVED"
    RELEASE_MOVED = "RELEASE_MOVED"
    RELEASE_MISSED = "RELEASE_MISSED"
    RELEASE_IN_OPERATION = "RELEASE_IN_OPERATION"
    RELEASE_ROLLED_BACK = "RELEASE_ROLLED_BACK"
    RELEASE_STOPPED = "RELEASE_STOPPED"
    APPROVAL_WITHDRAWN = "APPROVAL_WITHDRAWN"


NO_ADDRESS: Final = Text("The recipient has no e-mail address.")


@dataclass(frozen=True, kw_only=True)
class CaseSummary:
    """What a message tells of a case."""

    number: str
    kind: str
    state: str
    person: str = ""
    """As :func:`workflows.people.shown_name` shows them, in the recipient's language; nobody, for a release."""
    ends_on: date | None = None
    starts_on: date | None = None
    system: str = ""
    """Empty for what is about no single system, as a departure is."""
    profile: str = ""
    allows: str = ""
    purpose: str = ""
    decided: str = ""
    """The decided profile, when it is another than was asked for."""
    version: str = ""
    contents: str = ""
    planned: Text | None = None
    """For a release: which version, what is new in it, and in which window it is to be deployed."""
    path: str = ""
    """Where the link leads when there is no case: access taken over when the register was first loaded."""


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
    lists: tuple[Listed, ...] = ()
    """What is told whole: everything that was done in a case that is over."""


def compose(
    notice: Notice, *, organisation_id: UUID, case_id: UUID | None, saved_at: datetime, base_url: str
) -> dict[str, Any]:
    """The message that says a notice."""
    recipient, summary = notice.recipient, notice.summary
    page = Page(
        number=summary.number,
        paragraphs=tuple(_paragraphs(notice, saved_at)),
        quotes=tuple(_quotes(notice)),
        facts=tuple(_facts(notice)),
        lists=notice.lists,
        link=f"{base_url.rstrip('/')}/{summary.path or f'cases/{summary.number}'}",
    )
    return message_row(
        page,
        kind=notice.kind,
        subject=subject_of(notice),
        recipient=recipient,
        organisation_id=organisation_id,
        saved_at=saved_at,
        case_id=case_id,
        task_id=notice.task_id,
    )


def message_row(
    page: Page,
    *,
    kind: str,
    subject: Text,
    recipient: Person,
    organisation_id: UUID,
    saved_at: datetime,
    case_id: UUID | None = None,
    task_id: UUID | None = None,
) -> dict[str, Any]:
    """A page as a message to one person: the values of a row, parked at once if there is nowhere to send it."""
    address = (recipient.email or "").strip()
    return {
        "id": new_id(),
        "organisation_id": organisation_id,
        "case_id": case_id,
        "task_id": task_id,
        "kind": kind,
        "recipient_id": recipient.id,
        "address": address,
        "language": recipient.language,
        "subject": subject.say(recipient.language),
        "text": as_text(page, recipient.language),
        "html": as_html(page, recipient.language),
        "saved_at": saved_at,
        "state": MessageState.PENDING if address else MessageState.FAILED,
        "attempts": 0,
        "next_attempt_at": saved_at if address else None,
        "claim": None,
        "last_error": "" if address else NO_ADDRESS.message,
        "sent_at": None,
    }


# --- The subject ---------------------------------------------------------------------------------------------------
# The case's number and what is asked, and never a name: subjects are shown on locked screens and kept in logs.

# What is always said in the same words.
SUBJECTS: Final[Mapping[NoticeKind, Text]] = {
    NoticeKind.DEPARTURE_NOTICED: Text("a departure is noticed"),
    NoticeKind.DEPARTURE_MOVED: Text("a departure has another last day"),
    NoticeKind.DEPARTURE_CANCELLED: Text("a departure is cancelled"),
    NoticeKind.DEPARTURE_OVERTAKEN: Text("a departure is cancelled, as the register has it"),
    NoticeKind.DEPARTURE_CLOSED: Text("a departure is closed"),
    NoticeKind.RELEASE_DECIDED: Text("a release may go ahead"),
    NoticeKind.RELEASE_URGENT: Text("an urgent security fix is on its way"),
    NoticeKind.RELEASE_RETURNED: Text("a release has come back"),
    NoticeKind.RELEASE_FINDING: Text("a finding stops a release"),
    NoticeKind.RELEASE_NOT_REVIEWED: Text("a release goes without a security review"),
    NoticeKind.RELEASE_APPROVED: Text("a release is approved for operation"),
    NoticeKind.RELEASE_MOVED: Text("a release has another date"),
    NoticeKind.RELEASE_MISSED: Text("the date of a release has passed"),
    NoticeKind.RELEASE_IN_OPERATION: Text("a release is in operation"),
    NoticeKind.RELEASE_ROLLED_BACK: Text("a release is rolled back"),
    NoticeKind.RELEASE_STOPPED: Text("a release is stopped"),
    NoticeKind.APPROVAL_WITHDRAWN: Text("an operational approval is withdrawn"),
}


def subject_of(notice: Notice) -> Text:
    """The case's number and what it is about, with nothing personal in it."""
    return Text("{number}: {what}", number=notice.summary.number, what=_what(notice))


def _what(notice: Notice) -> Text:
    waits = WAITS_AT_A_RELEASE.get(notice.part) if notice.summary.version else None
    waits = waits or WAITS[notice.part]
    match notice.kind:
        case NoticeKind.TASK_OPENED:
            return waits
        case NoticeKind.REMINDER:
            return Text("reminder, {what}", what=waits)
        case NoticeKind.ESCALATION:
            return Text("escalated, {what}", what=waits)
        case NoticeKind.UNATTENDED:
            return Text("nobody may act, {what}", what=waits)
        case NoticeKind.HANDLED_BY_OTHER:
            return Text("nothing more for you to do")
        case NoticeKind.QUESTION_BACK:
            return Text("a question waits for your answer")
        case NoticeKind.DECIDED:
            return Text("the request is rejected") if notice.outcome == REJECTED else Text("a decision is taken")
        case NoticeKind.ACCESS_READY:
            return Text("an access is removed") if _is_end(notice) else Text("an access is ready")
        case NoticeKind.ACCESS_ENDING:
            return Text("an access ends soon")
        case NoticeKind.LAPSED:
            return Text("the request has lapsed")
        case NoticeKind.OBSTACLE:
            return Text("there is an obstacle")
        case NoticeKind.WITHDRAWN:
            return Text("the case could not be carried out") if _failed(notice) else Text("the request is withdrawn")
        case kind:
            return SUBJECTS[kind]


# --- What is said --------------------------------------------------------------------------------------------------

REJECTED: Final = DecisionOutcome.REJECTED
LEFT: Final = Text(
    "The access cannot be used yet. The administrator of the system carries the decision out, and then the technician "
    "registers it. You get a message when it is ready."
)
LEFT_AT_AN_END: Final = Text("The access is over. What is left is to remove it in the system and to deregister it.")

DECISIONS: Final[Mapping[str, Text]] = {
    DecisionOutcome.APPROVED: Text("The request is approved."),
    DecisionOutcome.APPROVED_WITH_CHANGES: Text(
        "The request is approved with changes: what was decided is less than what was asked for."
    ),
    DecisionOutcome.REJECTED: Text("The request is rejected. No access comes of it."),
    DecisionOutcome.TIME_OUT: Text("The decided period has run out, and the access ends as it was decided."),
    DecisionOutcome.DEFAULT: Text("Nobody decided in time. The access is revoked by default, as the policy says."),
    DecisionOutcome.TAKEN_OVER: Text("The access was taken over when the register was first loaded."),
    "": Text("A decision is taken."),
}
REJECTED_END: Final = Text("The request to end the access is rejected. The access stays as it was.")


def _paragraphs(notice: Notice, saved_at: datetime) -> Iterator[Text]:
    match notice.kind:
        case NoticeKind.TASK_OPENED:
            yield _ask(notice)
        case NoticeKind.REMINDER:
            yield Text("This still waits for you.")
            yield _ask(notice)
        case NoticeKind.ESCALATION:
            yield Text("This has waited too long and has been escalated, step {step}.", step=notice.step)
            if notice.may_act:
                yield Text("You may act on it yourself now.")
                yield _ask(notice)
            else:
                yield Text("You are told so that you can see to it that it is done.")
        case NoticeKind.UNATTENDED:
            yield Text("Nobody has the right to act on this case. It does not pass by itself.")
            if remedy := REMEDIES.get(notice.part):
                yield remedy
        case NoticeKind.HANDLED_BY_OTHER:
            if notice.actor:
                yield Text("{name} has handled this. You need not do anything.", name=notice.actor)
            else:
                yield Text("This no longer waits for you. You need not do anything.")
        case NoticeKind.QUESTION_BACK:
            yield Text("Before the decision, the owner asks you for more.")
            yield _ask(notice, Part.COMPLETE)
        case NoticeKind.DECIDED:
            yield from _decision(notice)
        case NoticeKind.ACCESS_READY:
            yield _ready(notice, saved_at)
        case NoticeKind.ACCESS_ENDING:
            yield _ending(notice)
            yield Text("If it is needed longer, request a renewal now. Otherwise you need not do anything.")
        case NoticeKind.LAPSED:
            yield Text("Nobody acted in time, so the request has lapsed. No access comes of it.")
            yield Text("If it is still needed, make a new request.")
        case NoticeKind.OBSTACLE:
            yield Text("What was decided cannot be carried out as it stands. Whoever can remove the obstacle is told.")
        case NoticeKind.WITHDRAWN:
            if _failed(notice):
                yield Text("What was decided could not be carried out, and the case is closed.")
            else:
                yield Text("The request is withdrawn, and the case is closed.")
        case kind:
            yield from PARAGRAPHS[kind]


PARAGRAPHS: Final[Mapping[NoticeKind, tuple[Text, ...]]] = {
    NoticeKind.DEPARTURE_NOTICED: (
        Text("Every owner is asked to confirm. What nobody has confirmed on the last day is revoked by default."),
    ),
    NoticeKind.DEPARTURE_MOVED: (Text("The last day is another. Those who were asked are asked anew."),),
    NoticeKind.DEPARTURE_CANCELLED: (
        Text("What was not carried out is called off. What was can be ordered again; the case lists it."),
    ),
    NoticeKind.DEPARTURE_OVERTAKEN: (
        Text("By the register they do not leave now, as they did when the departure was noticed, so it is cancelled."),
        Text("What was not carried out is called off. What was can be ordered again; the case lists it."),
        Text("If they leave on another day, that is a departure of its own."),
    ),
    NoticeKind.DEPARTURE_CLOSED: (Text("Nothing is left to do. This is what was done, when, and in which roles."),),
    NoticeKind.RELEASE_DECIDED: (
        Text("The owner lets the version go ahead. It is not approved for operation: it is tested and reviewed first."),
    ),
    NoticeKind.RELEASE_URGENT: (
        Text(
            "The owner has approved an urgent security fix, which is deployed without having been tested and reviewed "
            "first. It is reviewed afterwards."
        ),
    ),
    NoticeKind.RELEASE_RETURNED: (
        Text("The version does not go into operation as it is. It can be put forward again, or taken back."),
    ),
    NoticeKind.RELEASE_FINDING: (
        Text("The security review has found something that must be resolved before the version can be approved."),
    ),
    NoticeKind.RELEASE_NOT_REVIEWED: (Text("The security coordinator leaves the review out, and says why."),),
    NoticeKind.RELEASE_APPROVED: (
        Text("The owner has approved the version for operation. It is deployed inside the agreed window."),
    ),
    NoticeKind.RELEASE_MOVED: (Text("The date is another. Those whom it concerns are asked again."),),
    NoticeKind.RELEASE_MISSED: (
        Text("What the release waits for was not done on the planned date, so the date has fallen."),
        Text("Nothing goes into operation until a new date is set and what is missing is there."),
    ),
    NoticeKind.RELEASE_IN_OPERATION: (Text("The version is registered and in operation."),),
    NoticeKind.RELEASE_ROLLED_BACK: (Text("The version is taken back. The earlier version stands."),),
    NoticeKind.RELEASE_STOPPED: (Text("The version does not go into operation."),),
    NoticeKind.APPROVAL_WITHDRAWN: (
        Text("The system is no longer approved for operation. Nothing new can be ordered in it until it is again."),
        Text("Access that is held already is not changed by this."),
    ),
}


def _ask(notice: Notice, part: str = "") -> Text:
    part = part or notice.part
    special = ASKS_AT_AN_END if _is_end(notice) else ASKS_AT_A_RELEASE if notice.summary.version else {}
    return special.get(part) or ASKS[part]


def _decision(notice: Notice) -> Iterator[Text]:
    """What was decided, and what is left: approved is never the same as ready."""
    if _is_end(notice) and notice.outcome == REJECTED:
        yield REJECTED_END
        return
    yield DECISIONS[notice.outcome]
    if notice.outcome != REJECTED:
        yield LEFT_AT_AN_END if _is_end(notice) else LEFT


def _ready(notice: Notice, saved_at: datetime) -> Text:
    starts_on = notice.summary.starts_on
    if _is_end(notice):
        return Text("The access is removed and deregistered.")
    if starts_on is not None and starts_on > today(saved_at):
        return Text("The access is registered and can be used from {day}.", day=day_words(starts_on))
    return Text("The access is registered and can be used now.")


def _ending(notice: Notice) -> Text:
    match notice.days_left:
        case None:
            return Text("The access below ends soon.")
        case 0:
            return Text("The access below ends today.")
        case 1:
            return Text("The access below ends in 1 day.")
        case days:
            return Text("The access below ends in {days} days.", days=days)


QUOTED: Final[Mapping[NoticeKind, Text]] = {
    NoticeKind.QUESTION_BACK: Text("The question"),
    NoticeKind.DECIDED: Text("The reason or comment"),
    NoticeKind.OBSTACLE: Text("The obstacle"),
    NoticeKind.WITHDRAWN: Text("The reason"),
}

# Those who judge the purpose are told it; the least that works for everybody else is the link.
TOLD_THE_PURPOSE: Final = frozenset({Part.SUBMIT, Part.DECIDE, Part.COMPLETE})


def _quotes(notice: Notice) -> Iterator[tuple[Text, str]]:
    if comment := notice.comment.strip():
        yield QUOTED.get(notice.kind, Text("Comment")), comment
    judges = notice.part in TOLD_THE_PURPOSE or notice.kind == NoticeKind.QUESTION_BACK
    if judges and notice.kind != NoticeKind.HANDLED_BY_OTHER and (purpose := notice.summary.purpose.strip()):
        yield Text("The purpose"), purpose


def _facts(notice: Notice) -> Iterator[Fact]:
    summary = notice.summary
    yield Text("Case"), summary.number
    if notice.due_at is not None:
        yield Text("By"), moment_words(notice.due_at)
    if summary.kind:
        yield Text("Concerns"), KIND_WORDS[summary.kind]
    if summary.system:
        yield Text("System"), summary.system
    if summary.decided:
        yield Text("Decided"), summary.decided
        yield Text("Asked for"), summary.profile
    elif summary.profile:
        yield Text("Profile"), summary.profile
        if summary.allows:
            yield Text("Allows"), summary.allows
    if summary.version:
        yield Text("Version"), summary.version
        yield Text("What is new"), summary.contents
        yield Text("Planned"), summary.planned or Text("no date")
    if summary.person:
        yield Text("For"), summary.person
    if summary.starts_on is not None:
        yield Text("From"), day_words(summary.starts_on)
    if summary.person:
        yield Text("To"), day_words(summary.ends_on) if summary.ends_on else Text("until further notice")
    if summary.state:
        yield Text("Stands at"), STATE_WORDS[summary.state]


def _is_end(notice: Notice) -> bool:
    return notice.summary.kind == RequestKind.END


def _failed(notice: Notice) -> bool:
    return notice.outcome == RequestState.FAILED
