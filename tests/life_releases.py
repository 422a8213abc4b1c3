"""What releases add to a random life: versions are put forward, tested, reviewed, approved, deployed and taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import rule

from models import RELEASE, AttachmentKind, Case, Finding, ItSystem, Part, Person, SystemRelease, SystemVersion
from tests.life import RandomLife, any_case, anybody
from workflows import attachments, cases
from workflows.workflow import Role

A_DAY = timedelta(days=1)

# How the first release of a life goes, as far as anybody takes it: whether it is urgent, and what is done then.
FirstRelease = tuple[bool, tuple[str, ...]]
TO_TEST = ("agree_date", "go_ahead")
TO_REVIEW = (*TO_TEST, "attach", "pass_test")
TO_APPROVAL = (*TO_REVIEW, "note_finding", "resolve_finding", "review")
TO_DEPLOYMENT = (*TO_APPROVAL, "cosign", "approve")
FIRST_RELEASES: tuple[FirstRelease, ...] = (
    (False, ()),
    (False, ("withdraw",)),
    (False, ("reject",)),
    (False, (*TO_TEST, "attach", "fail_test", "propose", *TO_TEST)),
    (False, (*TO_REVIEW, "skip_review", "send_back")),
    (False, (*TO_REVIEW, "move_date", "agree_date", "confirm_date")),
    (False, (*TO_DEPLOYMENT, "deploy", "report_obstacle", "deploy", "register", "roll_back")),
    (False, (*TO_DEPLOYMENT, "deploy", "register")),
    (True, ("go_ahead", "deploy", "register", "follow_up")),
    (True, ("go_ahead", "deploy", "register")),
)
WHO: dict[str, str] = {
    Role.PROPOSER: "second_administrator",
    Role.OWNER: "head",
    Role.ADMINISTRATOR: "second_administrator",
    Role.SECURITY_COORDINATOR: "coordinator",
    Role.HEAD_OF_IT: "head_of_it",
    Role.TECHNICIAN: "second_technician",
}


class Releasing(RandomLife):
    """A random life in which systems get new versions."""

    WAYS: ClassVar[dict[Part, tuple[str, ...]]] = {
        Part.PREPARE: ("propose", "propose", "withdraw"),
        Part.TEST: ("attach", "pass_test", "pass_test", "fail_test"),
        Part.REVIEW: ("review", "note_finding", "skip_review"),
        Part.APPROVE: ("approve", "approve", "send_back", "reject"),
        Part.COSIGN: ("cosign",),
        Part.DEPLOY: ("deploy",),
        Part.FOLLOW_UP: ("follow_up", "note_finding"),
        Part.AGREE_DATE: ("agree_date",),
        Part.CONFIRM_DATE: ("confirm_date",),
        Part.SET_DATE: ("move_date",),
    }
    ALSO_STANDING: ClassVar[tuple[Any, ...]] = (SystemRelease, Finding, SystemVersion)
    first_release: ClassVar[FirstRelease] = (False, ())

    def begin_more(self) -> None:
        super().begin_more()
        given = self.given
        given.urgent_path_is_open()
        given.administers(self.second_administrator, given.world.care)
        urgent, events = self.first_release
        number = self.put_forward("1.0", self.second_administrator, urgent=urgent)
        for event in events:
            self.whoever_it_is_does(number, event)

    @property
    def second_administrator(self) -> Person:
        """An administrator who plays no other part."""
        return self.staff[2]

    def put_forward(self, version: str, by: Person, *, urgent: bool = False, days: int = 0) -> str:
        """Put a version forward for the hours from now, so many days on; the number when it was not refused."""
        begins = self.now + timedelta(days=days)
        made: list[str] = []

        def propose() -> None:
            made.append(
                self.given.release(
                    version,
                    by=by,
                    now=self.now,
                    planned_from=begins,
                    planned_until=begins + A_DAY,
                    urgent_reason="The hole is being used." if urgent else "",
                )
            )

        self.attempt("propose", propose)
        return made[0] if made else ""

    def said_in(self, number: str, event: str) -> dict[str, Any]:
        """What the one who does something in a release fills in."""
        said: dict[str, Any] = {"reason": "Because.", "comment": "So it is.", "ticket_number": "T1", "blocking": "no"}
        match event:
            case "move_date":
                said |= {"planned_from": self.now, "planned_until": self.now + A_DAY}
            case "register":
                said["version"] = self.given.release_of(number).version
            case "resolve_finding":
                said["finding"] = "1"
            case "attach":
                office = self.given.office
                kind = AttachmentKind.PROTOCOL
                kept = attachments.keep(office.files, office.policy.release.files, "a.txt", b"Text.", kind)
                said["file"] = kept
        rules = [row for row in cases.WORKFLOWS[RELEASE].rules if row.event == event]
        asked = {str(name) for row in rules for name in row.needs}
        return {name: value for name, value in said.items() if name in asked}

    def whoever_it_is_does(self, number: str, event: str) -> None:
        """Have the one whose part it is do something in a release."""
        if not number:
            return
        state = self.given.state(number)
        rules = cases.WORKFLOWS[RELEASE].rules_for(event, state)
        if not rules:
            return
        who = WHO[rules[0].who[0]]
        person = self.second_administrator if who == "second_administrator" else getattr(self.given.world, who)
        self.does(number, event, person)

    def does(self, number: str, event: str, person: Person) -> None:
        """Have somebody try something in a release."""
        actor, said = self.given.actor(person), self.said_in(number, event)
        self.attempt(event, lambda: cases.act(self.given.office, number, event, said, actor, self.now))

    def take(self, number: str, part: Part, event: str, who: int, about: str = "") -> None:
        if self.given.case(number).workflow != RELEASE:
            super().take(number, part, event, who, about)
            return
        if holders := self.given.may(number, part, now=self.now):
            chosen = holders[who % len(holders)]
            self.does(number, event, next(row for row in self.people if row.employee_number == chosen))

    @rule(
        version=st.sampled_from(["1.0", "1.1", "2.0"]),
        by=anybody,
        urgent=st.booleans(),
        days=st.sampled_from([0, 1, 9]),
    )
    def somebody_puts_a_version_forward(self, version: str, by: int, urgent: bool, days: int) -> None:
        person = self.second_administrator if by < 70 else self.somebody(by)
        self.put_forward(version, person, urgent=urgent, days=days)

    @rule(place=any_case, event=st.sampled_from(cases.WORKFLOWS[RELEASE].events))
    def a_release_is_led_on(self, place: int, event: str) -> None:
        numbers = [row.number for row in self.given.all(Case, Case.workflow == RELEASE)]
        if numbers and event != "miss_date":
            self.whoever_it_is_does(numbers[place % len(numbers)], event)

    @rule(critical=st.booleans())
    def the_system_becomes_critical_or_is_not(self, critical: bool) -> None:
        system = self.given.all(ItSystem, ItSystem.key == "CARE")[0]
        # Not under a release that left its review out while it was not.
        if not any(row.review_skipped_because for row in self.given.all(SystemRelease)):
            self.given.change(system, critical=critical)
