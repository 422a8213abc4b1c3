"""How the cases of each workflow are brought where a test wants them: what the generated tests are generated with.

A workflow is added to them by a stage of its own and one line in STAGES.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Final

from models import (
    AUTHORISATION,
    DEPARTURE,
    RELEASE,
    AttachmentKind,
    DepartureKind,
    DepartureNotice,
    Part,
    Person,
    RequestKind,
    new_id,
)
from tests.given import NOW, TODAY, Given
from workflows import attachments
from workflows.authorisation import WORKFLOW as REQUEST
from workflows.departure import WORKFLOW as DEPARTS
from workflows.engine import Outcome, open_case
from workflows.errors import Refused
from workflows.release import WORKFLOW as RELEASES
from workflows.release import it_goes_the_short_path, it_is_a_protocol, it_is_a_review
from workflows.workflow import Role, Rule, Workflow

# What the one who acts fills in, where an event needs it; a stage says the rest.
SAID: Final[Mapping[str, Any]] = {
    "reason": "Because.",
    "comment": "So it is.",
    "account_name": "a1",
    "ticket_number": "N-1",
    "solver": "owner",
}


WEEK: Final = NOW + timedelta(days=7)


@dataclass
class Stage(ABC):
    """A small municipality in which the cases of one workflow are taken anywhere."""

    given: Given

    workflow: ClassVar[Workflow]

    @abstractmethod
    def case_in(self, state: str) -> str:
        """The number of a case of its own that stands in a state."""

    @abstractmethod
    def ready_for(self, rule: Rule, role: Role) -> str:
        """The number of a case of its own in which somebody in a role can follow a row of the policy."""

    def said(self, rule: Rule, number: str) -> dict[str, Any]:
        """What the one who follows a row in a case fills in."""
        return {str(field): SAID[field] for field in rule.needs}

    def actors(self, role: Role) -> tuple[Person, ...]:
        """Who might play a role in these cases."""
        world = self.given.world
        return {
            Role.REQUESTER: (world.manager,),
            Role.OWNER: (world.head,),
            Role.ADMINISTRATOR: (world.administrator,),
            Role.TECHNICIAN: (world.technician,),
            Role.SOLVER: (world.deputy, world.head),
            Role.HR: (world.hr,),
            Role.MANAGER: (world.manager,),
            Role.RELEASER: (world.coordinator,),
            Role.APPOINTER: (world.head,),
            Role.PROPOSER: (world.administrator,),
            Role.SECURITY_COORDINATOR: (world.coordinator,),
            Role.HEAD_OF_IT: (world.head_of_it,),
        }[role]

    def waits_in(self, state: str) -> tuple[Part, ...]:
        """What a case of this stage waits for in a state."""
        return self.workflow.states[state].waits_for

    def follow(self, rule: Rule, role: Role) -> Outcome:
        """Have somebody in a role follow a row of the policy; what it led to at once, before anything else does."""
        number = self.ready_for(rule, role)
        said = self.said(rule, number)
        *others, last = (None,) if role is Role.RULE else self.actors(role)
        for person in others:
            with suppress(Refused):
                return self.given.alone(number, rule.event, by=person, **said)
        return self.given.alone(number, rule.event, by=last, **said)


class RequestStage(Stage):
    """Requests for access, and to end it."""

    workflow = REQUEST

    def case_in(self, state: str) -> str:
        return self.request_in(state)

    def request_in(self, state: str, *, is_end: bool = False, ends_at: datetime | None = None) -> str:
        """A request of a person of its own."""
        given, person = self.given, self.given.person()
        kind = RequestKind.END if is_end else RequestKind.NEW
        if is_end:
            given.grant(person, given.world.write)
        number = given.order(person, profile="WRITE", kind=kind, ends_at=ends_at, submit=state != "DRAFT")
        return number if state == "DRAFT" else given.take(number, state)

    def ready_for(self, rule: Rule, role: Role) -> str:
        given, world = self.given, self.given.world
        if rule.event == "keep":
            person = given.person()
            given.grant(person, world.write)
            unit = given.department(body=world.board).key
            moved = given.leaves(person, kind=DepartureKind.MOVE, new_department=unit)
            return given.parts(moved)[0].number
        if rule.event == "resume" and rule.target == "AWAITING_REGISTRATION":
            number = self.request_in("AWAITING_REGISTRATION")
            given.act(number, "report_obstacle", by=world.technician, reason="No licence.", solver="owner")
            return number
        ends = rule.event in ("time_out", "revoke_by_default", "move_end")
        return self.request_in(rule.source, is_end=ends, ends_at=WEEK if rule.event == "move_end" else None)

    def said(self, rule: Rule, number: str) -> dict[str, Any]:
        if rule.event == "approve_with_changes":
            return {"profile": "READ"}
        if rule.event == "move_end":
            # Decided to end in a week: a day sooner is within that, a day later is not.
            return {"ends_at": WEEK + timedelta(days=1 if rule.target != rule.source else -1)}
        return super().said(rule, number)


class DepartureStage(Stage):
    """Departures of people who leave at once, with a system of theirs to be taken over."""

    workflow = DEPARTS

    def case_in(self, state: str) -> str:
        return self.notice_in(state)[0]

    def notice_in(
        self, state: str, *, access: bool = True, kind: DepartureKind = DepartureKind.IMMEDIATE
    ) -> tuple[str, Person]:
        """A notice that a person of its own leaves at once; with access unless said otherwise, where that can be."""
        given, world = self.given, self.given.world
        person = given.person()
        given.system(administrator=person)
        if access and state != "AWAITING_REGISTRATION":
            given.grant(person, world.write)
        if state == "QUEUED":
            given.brake_at(0)
        number = given.leaves(person, kind=kind, last_day=TODAY)
        given.brake_at(100)
        act = partial(given.act, number)
        match state:
            case "AWAITING_EXECUTION":
                given.act(given.parts(number)[0].number, "approve", by=world.head)
            case "CANCELLED":
                act("cancel", by=world.hr, reason="They stay.")
            case "REOPENING":
                self.block(number)
                act("cancel", by=world.hr, reason="They stay.")
            case "CLOSED":
                self.carry_out(given.parts(number)[0].number)
                self.block(number)
                act("close_accounts", by=world.technician, ticket_number="N-3")
                act("return_equipment", by=world.technician, comment="Nothing.")
                self.settle(number)
        return number, person

    def waits_in(self, state: str) -> tuple[Part, ...]:
        # Nobody of them works on, unless the notice is cancelled.
        parts = super().waits_in(state)
        return parts if state == "REOPENING" else tuple(part for part in parts if part != Part.REOPEN_ACCOUNTS)

    def carry_out(self, part: str) -> None:
        """An end request is confirmed, executed and registered."""
        world = self.given.world
        self.given.act(part, "approve", by=world.head)
        self.given.act(part, "execute", by=world.administrator, account_name="a1")
        self.given.act(part, "register", by=world.technician, ticket_number="N-1")

    def block(self, number: str) -> None:
        """A technician blocks the accounts."""
        self.given.act(number, "block", by=self.given.world.technician, ticket_number="N-2")

    def block_and_move(self, number: str) -> None:
        """The accounts are blocked, and then HR says that they work until tomorrow."""
        self.block(number)
        tomorrow = TODAY + timedelta(days=1)
        self.given.act(number, "move_day", by=self.given.world.hr, last_day=tomorrow, reason="They work until then.")

    def settle(self, number: str) -> None:
        """Everything the leaver holds is taken over."""
        for duty in self.duties(number):
            self.given.act(number, "settle", by=self.given.world.head, duty=duty, successor="nurse")

    def duties(self, number: str) -> list[str]:
        """What the leaver still holds."""
        return [task.about for task in self.given.tasks(number) if task.about]

    def ready_for(self, rule: Rule, role: Role) -> str:
        given, world = self.given, self.given.world
        if rule.event == "notice":
            given.brake_at(0 if rule.target == "QUEUED" else 100)
            return self.unnoticed(moves=role is Role.MANAGER)
        kind = DepartureKind.NORMAL if rule.event == "leave_now" else DepartureKind.IMMEDIATE
        number, person = self.notice_in(rule.source, kind=kind)
        match rule.event, rule.source:
            case (("cancel" | "follow_register"), "CLOSED"):
                # Whoever was employed anew since has open accounts.
                self.noted(number, employed_anew_at=None if rule.target == "REOPENING" else NOW)
            case (("cancel" | "refuse" | "follow_register"), _) if rule.target == "REOPENING":
                self.block(number)
            case "employed_anew", _:
                days_ago = NOW - timedelta(days=9)
                self.noted(number, ends_at=days_ago)
                given.change(given.case(number), state_since=days_ago)
                given.employment(person, number="2", starts_on=TODAY)
            case "stay_shut", _:
                self.block(given.leaves(person, kind=kind, last_day=TODAY))
            case "reopen_accounts", source if source != "REOPENING":
                self.block_and_move(number)
                if source == "AWAITING_EXECUTION":
                    given.act(given.parts(number)[0].number, "approve", by=world.head)
            case "ask_anew", source:
                # They turn out to have another employment; of one in the queue they must leave that at once, too.
                given.grant(person, world.read, employment=given.employment(person, number="2"))
                if source == "QUEUED":
                    self.block_and_move(number)
                    self.block(given.leaves(person, kind=kind, last_day=TODAY, employment_number="2"))
            # A notice goes on when its parts have; here they have, and it has not yet.
            case "proceed", "AWAITING_DECISION":
                given.by_rule(given.parts(number)[0].number, "revoke_by_default")
            case "proceed", "AWAITING_EXECUTION":
                part = given.parts(number)[0].number
                given.alone(part, "execute", by=world.administrator, account_name="a1")
            case "proceed", "AWAITING_REGISTRATION":
                for event in ("block", "close_accounts", "return_equipment", "settle"):
                    [row] = self.workflow.rules_for(event, rule.source)
                    by = self.actors(row.who[0])[0]
                    given.alone(number, event, by=by, **self.said(row, number))
            case "fall_back", source:
                # Something is asked for that has to be decided first.
                found = given.order(person, profile="READ", ends_on=TODAY, ends_at=NOW, retroactive_reason="Fire.")
                if source == "CLOSED":
                    given.change(given.request(found), notice_id=given.case(number).id)
            case _:
                pass
        if rule.event == "follow_register":
            self.noted(number, kind=DepartureKind.NORMAL, register_ends_on=TODAY)
            moves = rule.target == rule.source
            given.change(given.employment_of(person), ends_on=TODAY + timedelta(days=2) if moves else None)
        return number

    def noted(self, number: str, **values: Any) -> None:
        """The notice says so."""
        [row] = self.given.all(DepartureNotice, DepartureNotice.id == self.given.case(number).id)
        self.given.change(row, **values)

    def unnoticed(self, *, moves: bool) -> str:
        """A case that is opened and no more, as it is for a moment before it is noticed."""
        given, world, person = self.given, self.given.world, self.given.person()
        row = DepartureNotice(
            id=new_id(),
            kind=DepartureKind.MOVE if moves else DepartureKind.NORMAL,
            person_id=person.id,
            employment_id=given.employment_of(person).id,
            noticed_by_id=world.hr.id,
            noticed_at=NOW,
            last_day=TODAY,
            ends_at=NOW,
            new_department_id=given.department(body=world.board).id if moves else None,
        )
        with given.database.writing(given.organisation.id) as session:
            return open_case(session, given.office, DEPARTS, row, given.actor(world.hr), NOW).number

    def said(self, rule: Rule, number: str) -> dict[str, Any]:
        if rule.event == "move_day":
            return {"last_day": TODAY + timedelta(days=1), "reason": "Later."}
        if rule.event == "settle":
            return {"duty": self.duties(number)[0], "successor": "nurse"}
        return super().said(rule, number)


class ReleaseStage(Stage):
    """Releases, each of a system of its own and planned for this very hour."""

    workflow = RELEASES

    def case_in(self, state: str) -> str:
        urgent = state == "AWAITING_FOLLOW_UP"
        return self.release_in("IN_OPERATION" if urgent else state, urgent=urgent)

    def release_in(self, state: str, *, urgent: bool = False) -> str:
        """A release that stands in a state, or would if it were not urgent."""
        given, world = self.given, self.given.world
        given.urgent_path_is_open()
        key = given.system(administrator=world.administrator).key
        reason = "The hole is being used." if urgent else ""
        until = NOW + timedelta(hours=4)
        number = given.release(system=key, planned_from=NOW, planned_until=until, urgent_reason=reason)
        if not urgent:
            return given.take_release(number, state)
        way: tuple[tuple[str, str, Person, dict[str, Any]], ...] = (
            ("AWAITING_DECISION", "", world.head, {}),
            ("AWAITING_DEPLOYMENT", "go_ahead", world.head, {}),
            ("AWAITING_REGISTRATION", "deploy", world.administrator, {"comment": "Tried."}),
            ("IN_OPERATION", "register", world.technician, {"version": "2.0", "ticket_number": "N-1"}),
        )
        for reached, event, by, said in way:
            if event:
                given.act(number, event, by=by, **said)
            if reached == state:
                break
        return number

    def waits_in(self, state: str) -> tuple[Part, ...]:
        # Their date is settled.
        dates = (Part.AGREE_DATE, Part.CONFIRM_DATE, Part.SET_DATE)
        parts = tuple(part for part in super().waits_in(state) if part not in dates)
        return (*parts, Part.AGREE_DATE) if state == "AWAITING_DECISION" else parts

    def ready_for(self, rule: Rule, role: Role) -> str:
        given, world = self.given, self.given.world
        urgent = rule.when is it_goes_the_short_path or rule.source == "AWAITING_FOLLOW_UP"
        number = self.release_in("IN_OPERATION" if rule.source == "AWAITING_FOLLOW_UP" else rule.source, urgent=urgent)
        act = partial(given.act, number)
        match rule.event:
            case "go_ahead":
                act("agree_date", by=world.head_of_it)
            case "pass_test" | "fail_test":
                given.attach(number)
            case "approve":
                act("cosign", by=world.head_of_it)
            case "resolve_finding":
                act("note_finding", by=world.coordinator, comment="A door stands open.", blocking="yes")
            case "agree_date" | "confirm_date":
                act("move_date", by=world.administrator, **self.later())
            case "miss_date":
                past = {"planned_from": NOW - timedelta(hours=2), "planned_until": NOW - timedelta(hours=1)}
                given.change(given.release_of(number), **past)
            case _:
                pass
        return number

    def later(self) -> dict[str, Any]:
        """Another date, and why."""
        return {"planned_from": WEEK, "planned_until": WEEK + timedelta(hours=4), "reason": "Later."}

    def said(self, rule: Rule, number: str) -> dict[str, Any]:
        match rule.event:
            case "move_date":
                return self.later()
            case "attach":
                kinds = ((it_is_a_protocol, AttachmentKind.PROTOCOL), (it_is_a_review, AttachmentKind.REVIEW))
                kind = next((kind for when, kind in kinds if when is rule.when), AttachmentKind.OTHER)
                office = self.given.office
                return {"file": attachments.keep(office.files, office.policy.release.files, "a.txt", b"Text.", kind)}
        release = self.given.release_of(number)
        known = {**SAID, "version": release.version, "finding": "1", "blocking": "no"}
        return {str(field): known[field] for field in rule.needs}


STAGES: Final[Mapping[str, Callable[[Given], Stage]]] = {
    AUTHORISATION: RequestStage,
    DEPARTURE: DepartureStage,
    RELEASE: ReleaseStage,
}
