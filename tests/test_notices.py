"""What is said to whom: everything asked for is in it, nothing personal shows outside it, nobody is misled."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from language import LANGUAGES
from models import (
    AttachmentKind,
    DecisionOutcome,
    DepartureKind,
    DepartureState,
    GrantState,
    Message,
    MessageState,
    Part,
    Person,
    PlanKind,
    ReleaseKind,
    ReleaseState,
    RequestKind,
    RequestState,
    new_id,
)
from workflows import words
from workflows.cases import WORKFLOWS
from workflows.letters import Letter
from workflows.notice_words import ASKS, WAITS
from workflows.notices import DECISIONS, NO_ADDRESS, CaseSummary, Notice, NoticeKind, compose
from workflows.people import shown_name

SAVED_AT = datetime(2026, 6, 22, 8, 0, tzinfo=UTC)
DUE_AT = datetime(2026, 6, 24, 15, 0, tzinfo=UTC)
ORGANISATION, CASE = new_id(), new_id()
LINK = "https://behorig.example/cases/BEH-2026-00042"
TASKS = (NoticeKind.TASK_OPENED, NoticeKind.REMINDER, NoticeKind.ESCALATION, NoticeKind.UNATTENDED)

SUMMARY = CaseSummary(
    number="BEH-2026-00042",
    kind=RequestKind.NEW,
    state=RequestState.AWAITING_DECISION,
    system="Procapita",
    profile="Journal",
    allows="Read <all> journals",
    person="Anna Andersson",
    starts_on=date(2026, 7, 1),
    ends_on=date(2026, 8, 31),
    purpose="Summer at the {ward} & home",
)


def somebody(language: str = "en", email: str | None = "anna@mjolby.example", **values: Any) -> Person:
    """A receiver."""
    return Person(
        id=new_id(),
        organisation_id=ORGANISATION,
        employee_number="10042",
        given_name="Berit",
        family_name="Bengtsson",
        email=email,
        language=language,
        **values,
    )


def notice(kind: NoticeKind, language: str = "en", **values: Any) -> Notice:
    """A notice of a kind, with all that a kind may hold."""
    everything: dict[str, Any] = {
        "recipient": somebody(language),
        "summary": SUMMARY,
        "part": Part.DECIDE,
        "due_at": DUE_AT,
        "actor": "Cecilia Carlsson",
        "comment": "Which ward?\n<b>Both</b>",
        "days_left": 7,
        "step": 1,
        "outcome": DecisionOutcome.APPROVED if kind == NoticeKind.DECIDED else "",
    }
    return Notice(kind=kind, **(everything | values))


def message(said: Notice) -> dict[str, Any]:
    """The message that says it."""
    return compose(
        said, organisation_id=ORGANISATION, case_id=CASE, saved_at=SAVED_AT, base_url="https://behorig.example/"
    )


class Reader(HTMLParser):
    """What a reader of the HTML sees, and every address and element in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.elements: list[str] = []
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "background", "action"}]

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


every_kind = pytest.mark.parametrize(("kind", "language"), list(product(NoticeKind, LANGUAGES)))


@every_kind
def test_a_message_says_which_case_by_when_and_where(kind: NoticeKind, language: str) -> None:
    row = message(notice(kind, language))
    when = {"sv": "onsdag 24 juni 2026 kl. 17:00", "en": "Wednesday 24 June 2026, 17:00"}[language]
    reader = Reader(row["html"])
    for text in (row["text"], reader.text):
        assert SUMMARY.number in text
        assert when in text
        assert "Procapita" in text
    assert LINK in row["text"].splitlines()
    assert reader.addresses == [LINK]


@every_kind
def test_nothing_personal_is_in_a_subject(kind: NoticeKind, language: str) -> None:
    for part in (*Part, ""):
        subject = message(notice(kind, language, part=part))["subject"]
        assert subject.startswith("BEH-2026-00042: ")
        assert len(subject) < 100
        for secret in ("Anna", "Andersson", "Berit", "Cecilia", "10042", "Procapita", "Journal", " ward", "mjolby"):
            assert secret not in subject


@every_kind
def test_what_people_wrote_cannot_become_markup_or_pass_for_ours(kind: NoticeKind, language: str) -> None:
    row = message(notice(kind, language, actor="<i>Eve</i>"))
    assert not {"b", "i", "all", "img", "script", "link", "iframe"} & set(Reader(row["html"]).elements)
    assert "> Which ward?\n> <b>Both</b>" in row["text"]
    assert "<b>Both</b>" in Reader(row["html"]).text


@every_kind
def test_a_message_is_a_row_that_a_letter_can_be_made_of(kind: NoticeKind, language: str) -> None:
    row = message(notice(kind, language))
    assert set(row) == set(Message.model_fields)
    assert (row["state"], row["next_attempt_at"]) == (MessageState.PENDING, SAVED_AT)
    Letter(
        message_id=str(row["id"]),
        sender="behorig@mjolby.example",
        to=row["address"],
        subject=row["subject"],
        text=row["text"],
        html=row["html"],
        language=language,
    ).as_email(SAVED_AT)


@every_kind
def test_a_message_is_in_one_language(kind: NoticeKind, language: str) -> None:
    row = message(notice(kind, language))
    here, there = ("Öppna ärendet", "Open the case") if language == "sv" else ("Open the case", "Öppna ärendet")
    assert here in row["text"]
    assert there not in row["text"] + row["html"]
    assert f'<html lang="{language}">' in row["html"]
    assert row["language"] == language


@pytest.mark.parametrize(("kind", "part"), list(product(TASKS, Part)))
def test_a_task_says_what_is_waited_for_in_its_subject(kind: NoticeKind, part: Part) -> None:
    assert WAITS[part].say("en") in message(notice(kind, part=part))["subject"]


@pytest.mark.parametrize(("kind", "part"), list(product((NoticeKind.TASK_OPENED, NoticeKind.REMINDER), Part)))
def test_whoever_has_a_task_is_told_what_to_do(kind: NoticeKind, part: Part) -> None:
    assert flat(ASKS[part].say("en")) in flat(message(notice(kind, part=part))["text"])


def test_an_escalation_asks_only_those_who_gain_the_right_to_act() -> None:
    asked = flat(ASKS[Part.DECIDE].say("en"))
    assert asked in flat(message(notice(NoticeKind.ESCALATION, may_act=True))["text"])
    assert asked not in flat(message(notice(NoticeKind.ESCALATION))["text"])


@pytest.mark.parametrize("outcome", [DecisionOutcome.APPROVED, DecisionOutcome.APPROVED_WITH_CHANGES])
def test_approved_is_never_shown_as_usable(outcome: DecisionOutcome) -> None:
    text = flat(message(notice(NoticeKind.DECIDED, outcome=outcome))["text"])
    assert "cannot be used yet" in text
    assert "can be used now" not in text


def test_a_rejection_says_why_and_promises_nothing() -> None:
    row = message(notice(NoticeKind.DECIDED, outcome=DecisionOutcome.REJECTED, comment="Not your ward."))
    assert "> Not your ward." in row["text"]
    assert "when it is ready" not in flat(row["text"])
    assert "rejected" in row["subject"]


@pytest.mark.parametrize("outcome", DecisionOutcome)
def test_a_decision_about_an_end_never_speaks_of_access_to_come(outcome: DecisionOutcome) -> None:
    summary = replace(SUMMARY, kind=RequestKind.END)
    text = flat(message(notice(NoticeKind.DECIDED, outcome=outcome, summary=summary))["text"])
    assert "cannot be used yet" not in text
    assert ("stays as it was" in text) == (outcome == DecisionOutcome.REJECTED)


def test_what_was_decided_stands_beside_what_was_asked() -> None:
    text = message(notice(NoticeKind.DECIDED, summary=replace(SUMMARY, decided="Look up")))["text"]
    assert re.search(r"^Decided: +Look up$", text, re.MULTILINE)
    assert re.search(r"^Asked for: +Journal$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("kind", "starts_on", "expected"),
    [
        (RequestKind.NEW, date(2026, 6, 22), "can be used now"),
        (RequestKind.NEW, date(2026, 6, 23), "can be used from Tuesday 23 June 2026"),
        (RequestKind.END, date(2026, 1, 1), "removed and deregistered"),
    ],
)
def test_access_is_ready_from_its_first_day(kind: RequestKind, starts_on: date, expected: str) -> None:
    summary = replace(SUMMARY, kind=kind, starts_on=starts_on)
    assert expected in flat(message(notice(NoticeKind.ACCESS_READY, summary=summary))["text"])


@pytest.mark.parametrize(("days", "expected"), [(30, "in 30 days"), (1, "in 1 day."), (0, "today"), (None, "soon")])
def test_an_end_is_announced_in_days(days: int | None, expected: str) -> None:
    text = flat(message(notice(NoticeKind.ACCESS_ENDING, days_left=days))["text"])
    assert f"ends {expected}" in text
    assert "renewal" in text


def test_a_case_that_failed_is_not_called_withdrawn() -> None:
    assert "withdrawn" in message(notice(NoticeKind.WITHDRAWN))["subject"]
    assert "withdrawn" not in message(notice(NoticeKind.WITHDRAWN, outcome=RequestState.FAILED))["subject"]


def test_those_who_only_carry_out_are_not_told_the_purpose() -> None:
    assert "Summer" in message(notice(NoticeKind.TASK_OPENED, part=Part.DECIDE))["text"]
    for part in (Part.EXECUTE, Part.REGISTER, Part.SOLVE):
        assert "Summer" not in message(notice(NoticeKind.TASK_OPENED, part=part))["text"]


def test_a_message_to_somebody_without_an_address_is_parked_at_once() -> None:
    for email in (None, "", " "):
        row = message(notice(NoticeKind.REMINDER, recipient=somebody(email=email)))
        assert (row["state"], row["next_attempt_at"], row["address"]) == (MessageState.FAILED, None, "")
        assert row["last_error"] == NO_ADDRESS.message


def test_a_protected_person_is_a_number_to_others() -> None:
    protected = somebody(protected_identity=True)
    assert shown_name(protected, "en") == "Protected identity (10042)"
    assert "Berit" not in shown_name(protected, "sv")
    assert shown_name(somebody(), "sv") == "Berit Bengtsson"


def test_a_moment_is_told_by_the_clock_on_a_swedish_wall() -> None:
    winter = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert words.moment_words(winter).say("sv") == "fredag 1 januari 2027 kl. 00:30"
    assert words.moment_words(winter).say("en") == "Friday 1 January 2027, 00:30"


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (words.KIND_WORDS, (*RequestKind, *DepartureKind, *ReleaseKind)),
        (words.STATE_WORDS, {*RequestState, *DepartureState, *ReleaseState}),
        (words.PART_WORDS, Part),
        (words.OUTCOME_WORDS, DecisionOutcome),
        (words.GRANT_STATE_WORDS, GrantState),
        (words.MESSAGE_STATE_WORDS, MessageState),
        (words.ATTACHMENT_WORDS, AttachmentKind),
        (words.PLAN_WORDS, PlanKind),
        (DECISIONS, (*DecisionOutcome, "")),
        (WAITS, (*Part, "")),
        (ASKS, (*Part, "")),
    ],
)
def test_every_code_has_words(table: dict[str, Any], codes: Any) -> None:
    assert set(table) == set(codes)


def test_every_event_has_words() -> None:
    sources = [path.read_text("utf-8") for path in Path(words.__file__).parent.rglob("*.py")]
    written = {kind for source in sources for kind in re.findall(r'Entry\(\s*kind="([^"]+)"', source)}
    assert {rule.event for workflow in WORKFLOWS.values() for rule in workflow.rules} | written <= set(
        words.EVENT_WORDS
    )
    assert words.event_words("approve").say("en") == "approved"
    assert set(words.NOTICE_WORDS) == set(NoticeKind)
    assert words.event_words("unheard.of").say("en") == "event unheard.of"


def flat(text: str) -> str:
    """A text without its line breaks."""
    return " ".join(text.split())
