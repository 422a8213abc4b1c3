"""The third story: a new version of a critical system fails its test, loses its date, and goes into operation."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from demo import cast
from language import Text, clock
from models import AttachmentKind, PlanKind
from workflows import cases, plans, release_views, releasing
from workflows.plans import NewPlan
from workflows.releasing import NewRelease

if TYPE_CHECKING:
    from demo.story import Story

PUT_FORWARD = datetime(2026, 9, 1, 7, 0, tzinfo=UTC)
FIRST_WINDOW = (datetime(2026, 9, 17, 16, 0, tzinfo=UTC), datetime(2026, 9, 17, 20, 0, tzinfo=UTC))
"""A Thursday, 18:00 to 22:00 in Sweden."""
A_WEEK = timedelta(days=7)


def play(story: Story) -> None:
    """From the first test to the evening on which it is in operation."""
    number = _put_forward(story)
    _a_failed_test(story, number)
    _a_date_that_falls(story, number)
    _what_is_missing(story, number)
    _the_evening(story, number)


def _put_forward(story: Story) -> str:
    story.heading(Text("9. A new version of the care system"))
    story.now = PUT_FORWARD
    new = NewRelease(
        system=cast.CARE_SYSTEM,
        version="7.2",
        contents=story.word(Text("Shows allergies in red at every order of medicine.")),
        planned_from=FIRST_WINDOW[0],
        planned_until=FIRST_WINDOW[1],
    )
    outcome = releasing.propose(story.office, new, story.actor(cast.ADMINISTRATOR), story.now)
    story.numbers.append(outcome.number)
    story.told(outcome.number, outcome.state)
    story.say(Text("The owner would let it go ahead before the head of IT has agreed to the date:"))
    story.refused("date-not-agreed", lambda: story.act(outcome.number, "go_ahead", cast.HEAD_OF_DEPARTMENT))
    story.act(outcome.number, "agree_date", cast.HEAD_OF_IT)
    story.act(outcome.number, "go_ahead", cast.HEAD_OF_DEPARTMENT)
    story.mailbox_emptied()
    return outcome.number


def _a_failed_test(story: Story, number: str) -> None:
    story.heading(Text("10. The test fails"))
    story.now = PUT_FORWARD + timedelta(days=6)
    _protocol(story, number, Text("Two of forty cases failed: allergies are missing after a transfer."))
    story.act(number, "fail_test", cast.ADMINISTRATOR, reason=story.word(Text("Allergies are lost at a transfer.")))
    story.expect(story.state(number) == "PROPOSED", "a failed test goes back to whoever put it forward")
    story.now += timedelta(days=1)
    story.act(number, "propose", cast.ADMINISTRATOR, version="7.2.1")
    story.act(number, "agree_date", cast.HEAD_OF_IT)
    story.act(number, "go_ahead", cast.HEAD_OF_DEPARTMENT)
    story.now += timedelta(days=3)
    _protocol(story, number, Text("Forty of forty cases passed."))
    story.act(number, "pass_test", cast.ADMINISTRATOR)
    story.mailbox_emptied()


def _a_date_that_falls(story: Story, number: str) -> None:
    story.heading(Text("11. The date comes, the review does not"))
    story.now = FIRST_WINDOW[0] - timedelta(hours=1)
    story.sweep()
    story.expect("miss_date" in story.events(number), "without a review the date falls")
    story.expect(story.state(number) == "AWAITING_SECURITY_REVIEW", "an approval never comes by itself")
    story.say(Text("Thursday 17:00, and nobody has reviewed it. Nothing is approved by itself: the date falls."))
    story.mailbox_emptied()
    story.now += timedelta(days=1)
    begins, ends = (moment + A_WEEK for moment in FIRST_WINDOW)
    reason = story.word(Text("The review was not done in time."))
    story.act(number, "move_date", cast.ADMINISTRATOR, planned_from=begins, planned_until=ends, reason=reason)
    story.act(number, "agree_date", cast.HEAD_OF_IT)
    story.act(number, "confirm_date", cast.HEAD_OF_DEPARTMENT)
    story.mailbox_emptied()


def _what_is_missing(story: Story, number: str) -> None:
    story.heading(Text("12. What is missing before it can be approved"))
    story.now += timedelta(days=3)
    finding = story.word(Text("The log shows whole journals."))
    story.act(number, "note_finding", cast.SECURITY_COORDINATOR, comment=finding, blocking="yes")
    story.act(number, "review", cast.SECURITY_COORDINATOR, comment=story.word(Text("One thing stops it.")))
    story.say(Text("The owner tries to approve it, and is told everything that is missing at once:"))
    story.refused("blocking-finding", lambda: story.act(number, "approve", cast.HEAD_OF_DEPARTMENT))
    resolved = story.word(Text("The log shows numbers only."))
    story.act(number, "resolve_finding", cast.SECURITY_COORDINATOR, finding="1", comment=resolved)
    _outage_plan(story)
    story.act(number, "cosign", cast.HEAD_OF_IT)
    story.act(number, "approve", cast.HEAD_OF_DEPARTMENT)
    story.mailbox_emptied()


def _the_evening(story: Story, number: str) -> None:
    story.heading(Text("13. The evening"))
    story.now = FIRST_WINDOW[0] + A_WEEK - timedelta(hours=3)
    story.say(Text("The administrator is early:"))
    story.refused("outside-the-window", lambda: story.act(number, "deploy", cast.ADMINISTRATOR))
    story.now += timedelta(hours=4)
    story.act(number, "deploy", cast.ADMINISTRATOR)
    story.say(Text("The technician tries to register another version than the approved one:"))
    wrong = {"version": "7.2", "ticket_number": "NX-14020"}
    story.refused("another-version", lambda: story.act(number, "register", cast.TECHNICIAN, **wrong))
    story.act(number, "register", cast.TECHNICIAN, version="7.2.1", ticket_number="NX-14020")
    story.expect(story.state(number) == "IN_OPERATION", "it is in operation")
    with story.office.database.reading(story.office.organisation_id) as session:
        page = release_views.system_view(session, cast.CARE_SYSTEM, story.actor(cast.AUDITOR), story.now)
    (version,) = page["versions"]
    story.expect((version["version"], version["case"]) == ("7.2.1", number), "the register knows what runs, and why")
    story.say(
        Text(
            "{system} runs version {version} since {moment}, by {number}.",
            system=page["name"],
            version=version["version"],
            moment=clock(version["began_at"]),
            number=number,
        )
    )
    story.mailbox_emptied()


def _protocol(story: Story, number: str, what: Text) -> None:
    """The administrator attaches how the test went."""
    contents = story.word(what).encode()
    actor = story.actor(cast.ADMINISTRATOR)
    cases.attach(story.office, number, "protocol.txt", contents, AttachmentKind.PROTOCOL, actor, story.now)
    story.say(Text("  (a protocol is attached)"))


def _outage_plan(story: Story) -> None:
    """The owner adopts the outage plan that was missing, and the head of IT agrees to it."""
    plan = NewPlan(system=cast.CARE_SYSTEM, kind=PlanKind.OUTAGE, reference="VON § 57", first=date(2026, 9, 21))
    plans.adopt(story.office, plan, story.actor(cast.HEAD_OF_DEPARTMENT), story.now)
    plans.agree(story.office, cast.CARE_SYSTEM, plan.reference, story.actor(cast.HEAD_OF_IT), story.now)
    story.say(Text("The outage plan is adopted by the owner and agreed to by the head of IT."))
