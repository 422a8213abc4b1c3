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
from workflows.templates import Fact, Page, as_html, as_text
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
    DEPARTURE_CLOSED = "DEPARTURE_CLOSED"


NO_ADDRESS: Final = Text("The recipient has no e-mail address.")


@dataclass(frozen=True, kw_only=True)
class CaseSummary:
    """What a message tells of a case."""

    number: str
    kind: str
    state: str
    person: str
    """As :func:`workflows.people.shown_name` shows them, in the recipient's language."""
    ends_on: date | None
    starts_on: date | None = None
    system: str = ""
    """Empty for what is about no single system, as a departure is."""
    profile: str = ""
    allows: str = ""
    purpose: str = ""
    decided: str = ""
    """The decided profile, when it is another than was asked for."""
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


def compose(
    notice: Notice, *, organisation_id: UUID, case_id: UUID | None, saved_at: datetime, base_url: str
) -> dict[str, Any]:
    """The message that says a notice: the values of a row, parked at once if there is nowhere to send it."""
    recipient, summary = notice.recipient, notice.summary
    page = Page(
        number=summary.number,
        paragraphs=tuple(_paragraphs(notice, saved_at)),
        quotes=tuple(_quotes(notice)),
        facts=tuple(_facts(notice)),
        link=f"{base_url.rstrip('/')}/{summary.path or f'cases/{summary.number}'}",
    )
    address = (recipient.email or "").strip()
    return {
        "id": new_id(),
        "organisation_id": organisation_id,
        "case_id": case_id,
        "task_id": notice.task_id,
        "kind": notice.kind,
        "recipient_id": recipient.id,
        "address": address,
        "language": recipient.language,
        "subject": subject_of(notice).say(recipient.language),
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

WAITS: Final[Mapping[str, Text]] = {
    Part.SUBMIT: Text("a draft waits to be submitted"),
    Part.DECIDE: Text("a request waits for a decision"),
    Part.COMPLETE: Text("a question waits for an answer"),
    Part.EXECUTE: Text("a decision waits to be carried out"),
    Part.REGISTER: Text("what was carried out waits to be registered"),
    Part.SOLVE: Text("an obstacle waits to be removed"),
    Part.RELEASE: Text("a departure waits to be let go"),
    Part.BLOCK: Text("accounts wait to be blocked at once"),
    Part.CLOSE_ACCOUNTS: Text("accounts wait to be closed"),
    Part.RETURN_EQUIPMENT: Text("equipment waits to be taken back"),
    Part.APPOINT: Text("a duty waits for a successor"),
    "": Text("the case waits"),
}


def subject_of(notice: Notice) -> Text:
    """The case's number and what it is about, with nothing personal in it."""
    return Text("{number}: {what}", number=notice.summary.number, what=_what(notice))


def _what(notice: Notice) -> Text:
    waits = WAITS[notice.part]
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
        case NoticeKind.DEPARTURE_NOTICED:
            return Text("a departure is noticed")
        case NoticeKind.DEPARTURE_MOVED:
            return Text("a departure has another last day")
        case NoticeKind.DEPARTURE_CANCELLED:
            return Text("a departure is cancelled")
        case NoticeKind.DEPARTURE_CLOSED:
            return Text("a departure is closed")


# --- What is said --------------------------------------------------------------------------------------------------

ASKS: Final[Mapping[str, Text]] = {
    Part.SUBMIT: Text("Finish the draft and submit it, or withdraw it."),
    Part.DECIDE: Text(
        "Decide on the request: approve it, approve less than was asked for, reject it, or ask the requester for more."
    ),
    Part.COMPLETE: Text("Answer the owner's question, so that the request can be decided on."),
    Part.EXECUTE: Text("Carry out exactly what was decided in the system, and note the account name."),
    Part.REGISTER: Text("Register exactly the decided profile, and note the service desk's ticket number."),
    Part.SOLVE: Text(
        "Something stands in the way of what was decided. Remove it so that the case can go on, "
        "send the case back for a new decision, or give it up."
    ),
    Part.RELEASE: Text("Let the departure go, or refuse it, and say why."),
    Part.BLOCK: Text(
        "Block the accounts now, before anything else is decided, and note the service desk's ticket number."
    ),
    Part.CLOSE_ACCOUNTS: Text(
        "Close the accounts in the directory and for mail when the last moment has come, and note the ticket number."
    ),
    Part.RETURN_EQUIPMENT: Text("Note what equipment came back, and that it is wiped."),
    Part.APPOINT: Text("Appoint somebody to what the leaver holds, and note who it is."),
    "": Text("See in the case what it waits for."),
}

# What is carried out and registered when the case is about an end.
ASKS_AT_AN_END: Final[Mapping[str, Text]] = {
    Part.EXECUTE: Text("Remove the access in the system, and note the account name it was removed from."),
    Part.REGISTER: Text("Deregister the access, and note the service desk's ticket number."),
}

# Who must appoint somebody when nobody can act.
REMEDIES: Final[Mapping[str, Text]] = {
    Part.DECIDE: Text("See to it that the owner has a valid delegation or a deputy who is not party to the case."),
    Part.EXECUTE: Text("See to it that the system has an administrator who is not party to the case."),
    Part.REGISTER: Text("See to it that there is a technician who is not party to the case."),
}

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
        case NoticeKind.DEPARTURE_NOTICED:
            yield Text(
                "Every owner is asked to confirm. What nobody has confirmed on the last day is revoked by default."
            )
        case NoticeKind.DEPARTURE_MOVED:
            yield Text("The last day is another. Those who were asked are asked anew.")
        case NoticeKind.DEPARTURE_CANCELLED:
            yield Text("What was not carried out is called off. What was can be ordered again; the case lists it.")
            yield Text("If accounts were blocked, they are to be opened again.")
        case NoticeKind.DEPARTURE_CLOSED:
            yield Text("Nothing is left: every access is removed and registered. The case lists what went, and when.")


def _ask(notice: Notice, part: str = "") -> Text:
    part = part or notice.part
    return (ASKS_AT_AN_END.get(part) if _is_end(notice) else None) or ASKS[part]


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
    yield Text("For"), summary.person
    if summary.starts_on is not None:
        yield Text("From"), day_words(summary.starts_on)
    yield Text("To"), day_words(summary.ends_on) if summary.ends_on else Text("until further notice")
    if summary.state:
        yield Text("Stands at"), STATE_WORDS[summary.state]


def _is_end(notice: Notice) -> bool:
    return notice.summary.kind == RequestKind.END


def _failed(notice: Notice) -> bool:
    return notice.outcome == RequestState.FAILED
