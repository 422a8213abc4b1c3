"""The human words for what the tables hold as codes, and for days and moments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from language import Text
from models import (
    AttachmentKind,
    DecisionOutcome,
    DepartureKind,
    DepartureState,
    DutyKind,
    EmploymentKind,
    GrantState,
    MessageState,
    Part,
    PlanKind,
    ReleaseKind,
    ReleaseState,
    RequestKind,
    RequestState,
)
from workflows.deadlines import STOCKHOLM

KIND_WORDS: Final[Mapping[str, Text]] = {
    RequestKind.NEW: Text("New access"),
    RequestKind.CHANGE: Text("Changed access"),
    RequestKind.RENEW: Text("Renewed access"),
    RequestKind.END: Text("End of access"),
    DepartureKind.NORMAL: Text("Departure"),
    DepartureKind.IMMEDIATE: Text("Immediate departure"),
    DepartureKind.MOVE: Text("Change of duties"),
    ReleaseKind.ORDINARY: Text("New version"),
    ReleaseKind.URGENT: Text("Urgent security fix"),
}

STATE_WORDS: Final[Mapping[str, Text]] = {
    RequestState.DRAFT: Text("Draft"),
    RequestState.AWAITING_DECISION: Text("Awaiting decision"),
    RequestState.AWAITING_COMPLETION: Text("Awaiting completion"),
    RequestState.AWAITING_EXECUTION: Text("Awaiting execution"),
    RequestState.AWAITING_REGISTRATION: Text("Awaiting registration"),
    RequestState.OBSTRUCTED: Text("Obstructed"),
    RequestState.COMPLETED: Text("Completed"),
    RequestState.REJECTED: Text("Rejected"),
    RequestState.WITHDRAWN: Text("Withdrawn"),
    RequestState.LAPSED: Text("Lapsed"),
    RequestState.FAILED: Text("Not possible"),
    DepartureState.QUEUED: Text("Held in the queue"),
    DepartureState.CLOSED: Text("Closed"),
    DepartureState.REOPENING: Text("Cancelled, accounts to be opened again"),
    DepartureState.CANCELLED: Text("Cancelled"),
    ReleaseState.PROPOSED: Text("Put forward"),
    ReleaseState.AWAITING_TEST: Text("Awaiting test"),
    ReleaseState.AWAITING_SECURITY_REVIEW: Text("Awaiting security review"),
    ReleaseState.AWAITING_OPERATIONAL_APPROVAL: Text("Awaiting operational approval"),
    ReleaseState.AWAITING_DEPLOYMENT: Text("Awaiting deployment"),
    ReleaseState.AWAITING_FOLLOW_UP: Text("In operation, awaiting review afterwards"),
    ReleaseState.IN_OPERATION: Text("In operation"),
    ReleaseState.ROLLED_BACK: Text("Rolled back"),
}

PART_WORDS: Final[Mapping[str, Text]] = {
    Part.SUBMIT: Text("Submit"),
    Part.DECIDE: Text("Decide"),
    Part.COMPLETE: Text("Complete"),
    Part.EXECUTE: Text("Execute"),
    Part.REGISTER: Text("Register"),
    Part.SOLVE: Text("Solve"),
    Part.RELEASE: Text("Let go"),
    Part.BLOCK: Text("Block"),
    Part.CLOSE_ACCOUNTS: Text("Close accounts"),
    Part.RETURN_EQUIPMENT: Text("Take back equipment"),
    Part.REOPEN_ACCOUNTS: Text("Open accounts again"),
    Part.APPOINT: Text("Appoint a successor"),
    Part.PREPARE: Text("Put forward"),
    Part.TEST: Text("Test"),
    Part.REVIEW: Text("Review security"),
    Part.APPROVE: Text("Approve for operation"),
    Part.COSIGN: Text("Sign that it works with other systems"),
    Part.DEPLOY: Text("Deploy"),
    Part.FOLLOW_UP: Text("Review afterwards"),
    Part.AGREE_DATE: Text("Agree to the date"),
    Part.CONFIRM_DATE: Text("Confirm the new date"),
    Part.SET_DATE: Text("Set a new date"),
}

MANDATE_WORDS: Final[Mapping[str, Text]] = {
    "delegation": Text("Delegation"),
    "deputy": Text("Deputy, by delegation"),
    "chair": Text("Chair of the body"),
    "superior-chair": Text("Chair of a body above"),
    "administrator": Text("Administrator of the system"),
    "head-of-department": Text("Head of department"),
    "head-of-it": Text("Head of IT"),
    "technician": Text("Technician"),
    "security-coordinator": Text("Security coordinator"),
    "hr-officer": Text("HR officer"),
    "requester": Text("Requester"),
    "proposer": Text("Who put it forward"),
    "manager": Text("Manager"),
    "rule": Text("Rule"),
    "taken-over": Text("Taken over at the start"),
}
"""What a mandate rests on."""

OUTCOME_WORDS: Final[Mapping[str, Text]] = {
    DecisionOutcome.APPROVED: Text("Approved"),
    DecisionOutcome.APPROVED_WITH_CHANGES: Text("Approved with changes"),
    DecisionOutcome.REJECTED: Text("Rejected"),
    DecisionOutcome.TIME_OUT: Text("The time ran out"),
    DecisionOutcome.DEFAULT: Text("Revoked by default"),
    DecisionOutcome.TAKEN_OVER: Text("Taken over at the start"),
}

GRANT_STATE_WORDS: Final[Mapping[str, Text]] = {
    GrantState.SCHEDULED: Text("Not begun"),
    GrantState.ACTIVE: Text("Active"),
    GrantState.SUSPENDED: Text("Suspended"),
    GrantState.REVOCATION_PENDING: Text("Over, not removed yet"),
    GrantState.REVOKED: Text("Revoked"),
    GrantState.EXPIRED: Text("Expired"),
}

EMPLOYMENT_WORDS: Final[Mapping[str, Text]] = {
    EmploymentKind.PERMANENT: Text("Permanent"),
    EmploymentKind.TEMPORARY: Text("Temporary"),
    EmploymentKind.HOURLY: Text("Paid by the hour"),
    EmploymentKind.CONSULTANT: Text("Consultant"),
}

MESSAGE_STATE_WORDS: Final[Mapping[str, Text]] = {
    MessageState.PENDING: Text("Waiting"),
    MessageState.SENDING: Text("Being sent"),
    MessageState.SENT: Text("Sent"),
    MessageState.FAILED: Text("Parked"),
}

EVENT_WORDS: Final[Mapping[str, Text]] = {
    # What people and rules do in a case.
    "open": Text("opened"),
    "submit": Text("submitted"),
    "withdraw": Text("withdrawn"),
    "complete": Text("completed with more"),
    "approve": Text("approved"),
    "approve_with_changes": Text("approved with changes"),
    "reject": Text("rejected"),
    "return_for_completion": Text("returned for completion"),
    "execute": Text("executed"),
    "register": Text("registered"),
    "report_obstacle": Text("obstacle reported"),
    "resume": Text("obstacle removed"),
    "redecide": Text("sent back for a new decision"),
    "fail": Text("given up as not possible"),
    "lapse": Text("lapsed"),
    "time_out": Text("time ran out"),
    "revoke_by_default": Text("revoked by default"),
    "keep": Text("kept"),
    "call_off": Text("called off"),
    "move_end": Text("given another last day"),
    "refusal": Text("refused"),
    # What happens to departures.
    "notice": Text("noticed"),
    "release": Text("let go"),
    "refuse": Text("not let go"),
    "proceed": Text("went on"),
    "fall_back": Text("went back to decision"),
    "move_day": Text("last day moved"),
    "leave_now": Text("leaves at once"),
    "cancel": Text("cancelled"),
    "block": Text("accounts blocked"),
    "close_accounts": Text("accounts closed"),
    "return_equipment": Text("equipment taken back"),
    "reopen_accounts": Text("accounts opened again"),
    "stay_shut": Text("accounts stay shut"),
    "employed_anew": Text("employed anew"),
    "follow_register": Text("followed the register"),
    "order_again": Text("ordered again"),
    "settle": Text("successor appointed"),
    "gathered": Text("more access came to light"),
    "ask_anew": Text("tasks changed"),
    # What happens to releases.
    "propose": Text("put forward"),
    "go_ahead": Text("let go ahead"),
    "pass_test": Text("test passed"),
    "fail_test": Text("test failed"),
    "note_finding": Text("finding noted"),
    "resolve_finding": Text("finding resolved"),
    "review": Text("security reviewed"),
    "skip_review": Text("security review left out"),
    "cosign": Text("signed by the head of IT"),
    "send_back": Text("sent back"),
    "agree_date": Text("date agreed to"),
    "confirm_date": Text("date confirmed"),
    "move_date": Text("date moved"),
    "miss_date": Text("date passed"),
    "deploy": Text("deployed"),
    "follow_up": Text("reviewed afterwards"),
    "roll_back": Text("rolled back"),
    "attach": Text("file attached"),
    # What happens to systems.
    "approval.withdrawn": Text("operational approval withdrawn"),
    "plan.adopted": Text("plan adopted"),
    "plan.agreed": Text("plan agreed to by the head of IT"),
    # What happens to tasks.
    "claim": Text("taken on"),
    "unclaim": Text("let go of"),
    "remind": Text("reminded"),
    "escalate": Text("escalated"),
    "unattended": Text("nobody may act"),
    "attended": Text("somebody may act again"),
    # What happens to grants.
    "grant.started": Text("access began"),
    "grant.warned": Text("warned of the end"),
    "grant.ended": Text("access ended"),
    # What happens to messages.
    "message.sent": Text("message sent"),
    "message.postponed": Text("message postponed"),
    "message.failed": Text("message parked"),
    "message.retried": Text("message to be sent again"),
    # What happens to the organisation.
    "queue.told": Text("told of departures in the queue"),
    "init": Text("organisation set up"),
    "load": Text("register loaded"),
    "delegate": Text("delegated"),
    "delegation.end": Text("delegation ended"),
    "away": Text("away"),
    "back": Text("back again"),
    "acknowledge": Text("undertaking acknowledged"),
    "sweep": Text("time limits looked after"),
    # What is seen of people.
    "person.looked_at": Text("person with protected identity looked at"),
}


def event_words(kind: str) -> Text:
    """What an event is called; one that has no words of its own is shown by its code."""
    return EVENT_WORDS.get(kind) or Text("event {code}", code=kind)


BASIS_WORDS: Final[Mapping[str, Text]] = {
    "delegation": Text("by delegation"),
    "deputy": Text("as deputy"),
    "chair": Text("as chair"),
    "superior-chair": Text("as chair of a body above"),
    "administrator": Text("as administrator"),
    "technician": Text("as technician"),
    "head-of-it": Text("as head of IT"),
    "head-of-department": Text("as head of department"),
    "security-coordinator": Text("as security coordinator"),
    "hr-officer": Text("as HR officer"),
    "manager": Text("as manager"),
    "requester": Text("as requester"),
    "proposer": Text("as the one who put it forward"),
    "rule": Text("by rule"),
    "register": Text("taken over"),
}
"""In what capacity somebody acted."""

DUTY_WORDS: Final[Mapping[str, Text]] = {
    DutyKind.DELEGATION: Text("decides by delegation"),
    DutyKind.DEPUTY: Text("is deputy in a delegation"),
    DutyKind.ADMINISTRATOR: Text("administers the system"),
    DutyKind.APPOINTMENT: Text("is appointed to the role"),
}


def mandate_words(mandate: Mapping[str, Any]) -> Text:
    """A mandate as an event keeps it, in words: the capacity, and what it rests on."""
    basis = BASIS_WORDS.get(mandate["basis"]) or Text("{code}", code=mandate["basis"])
    reference = "" if mandate["basis"] == "rule" else mandate["reference"]
    return Text("{basis}, {reference}", basis=basis, reference=reference) if reference else basis


GATE_WORDS: Final[Mapping[str, Text]] = {
    "decision": Text("The owner lets it go ahead"),
    "date": Text("The head of IT agrees to the date"),
    "test": Text("Passed test"),
    "review": Text("Security review"),
    "findings": Text("No finding that stops it"),
    "security_plan": Text("System security plan in force"),
    "outage_plan": Text("Agreed outage plan in force"),
    "signature": Text("The head of IT's signature"),
    "approval": Text("Operational approval"),
    "deployment": Text("Deployed"),
    "registration": Text("Registered"),
}

ATTACHMENT_WORDS: Final[Mapping[str, Text]] = {
    AttachmentKind.PROTOCOL: Text("Test protocol"),
    AttachmentKind.REVIEW: Text("Security review"),
    AttachmentKind.OTHER: Text("Other file"),
}

PLAN_WORDS: Final[Mapping[str, Text]] = {
    PlanKind.SECURITY: Text("System security plan"),
    PlanKind.OUTAGE: Text("Outage plan"),
}

NOUN_WORDS: Final[Mapping[str, Text]] = {
    "organisation": Text("Organisation"),
    "bodies": Text("Bodies"),
    "departments": Text("Departments"),
    "people": Text("People"),
    "employments": Text("Employments"),
    "undertakings": Text("Undertakings of confidentiality"),
    "appointments": Text("Appointments"),
    "absences": Text("Absences"),
    "systems": Text("Systems"),
    "profiles": Text("Profiles"),
    "administrators": Text("Administrators"),
    "plans": Text("Plans"),
    "sod_rules": Text("Forbidden combinations"),
    "delegations": Text("Delegations"),
    "grants": Text("Access held"),
}
"""What a load is about."""

CHANGE_WORDS: Final[Mapping[str, Text]] = {
    "new": Text("new"),
    "changed": Text("changed"),
    "gone": Text("gone from the file"),
}

STAGE_WORDS: Final[Mapping[str, Text]] = {
    "read": Text("Reading"),
    "compare": Text("Comparing"),
    "write": Text("Writing"),
}

SWEEP_WORDS: Final[Mapping[str, Text]] = {
    "tasks": Text("Tasks reminded of, escalated or lapsed"),
    "grants": Text("Grants begun, warned of or ended"),
    "unattended": Text("Tasks that nobody, or somebody again, may act on"),
    "departures": Text("Departures taken further"),
    "sent": Text("Messages sent"),
    "postponed": Text("Messages to be tried again"),
    "failed": Text("Messages parked"),
}

NOTICE_WORDS: Final[Mapping[str, Text]] = {
    "TASK_OPENED": Text("Something to do"),
    "REMINDER": Text("Reminder"),
    "ESCALATION": Text("Escalation"),
    "HANDLED_BY_OTHER": Text("Handled by somebody else"),
    "QUESTION_BACK": Text("Question back"),
    "DECIDED": Text("Decision"),
    "ACCESS_READY": Text("Access ready"),
    "ACCESS_ENDING": Text("Access ends soon"),
    "LAPSED": Text("Lapsed request"),
    "OBSTACLE": Text("Obstacle"),
    "UNATTENDED": Text("Nobody may act"),
    "WITHDRAWN": Text("Closed case"),
    "DEPARTURE_NOTICED": Text("Departure noticed"),
    "DEPARTURE_MOVED": Text("Departure moved"),
    "DEPARTURE_CANCELLED": Text("Departure cancelled"),
    "DEPARTURE_OVERTAKEN": Text("Departure cancelled, as the register has it"),
    "DEPARTURE_CLOSED": Text("Departure closed"),
    "RELEASE_DECIDED": Text("Release goes ahead"),
    "RELEASE_URGENT": Text("Urgent release"),
    "RELEASE_RETURNED": Text("Release come back"),
    "RELEASE_FINDING": Text("Finding that stops a release"),
    "RELEASE_NOT_REVIEWED": Text("Release without a review"),
    "RELEASE_APPROVED": Text("Release approved"),
    "RELEASE_MOVED": Text("Release moved"),
    "RELEASE_MISSED": Text("Release without a date"),
    "RELEASE_IN_OPERATION": Text("Release in operation"),
    "RELEASE_ROLLED_BACK": Text("Release rolled back"),
    "RELEASE_STOPPED": Text("Release stopped"),
    "APPROVAL_WITHDRAWN": Text("Approval withdrawn"),
}
"""What a message about a case is about, as an operator of the outbox sees it."""

LETTER_WORDS: Final[Mapping[str, Text]] = {
    "DEPARTURES_QUEUED": Text("Departures in the queue"),
    "LOGIN_LINK": Text("Link to log in"),
}
"""The same of a message about no single case."""

WEEKDAYS: Final = (
    Text("Monday"),
    Text("Tuesday"),
    Text("Wednesday"),
    Text("Thursday"),
    Text("Friday"),
    Text("Saturday"),
    Text("Sunday"),
)

MONTHS: Final = (
    Text("January"),
    Text("February"),
    Text("March"),
    Text("April"),
    Text("May"),
    Text("June"),
    Text("July"),
    Text("August"),
    Text("September"),
    Text("October"),
    Text("November"),
    Text("December"),
)


def day_words(day: date) -> Text:
    """A day in words: Wednesday 24 June 2026."""
    return Text(
        "{weekday} {day} {month} {year}",
        weekday=WEEKDAYS[day.weekday()],
        day=day.day,
        month=MONTHS[day.month - 1],
        year=day.year,
    )


def moment_words(at: datetime) -> Text:
    """A moment in words, by the clock on a Swedish wall: Wednesday 24 June 2026, 17:00."""
    local = at.astimezone(STOCKHOLM)
    return Text("{day}, {time}", day=day_words(local.date()), time=f"{local:%H:%M}")


def window_words(begins: datetime, ends: datetime) -> Text:
    """From one moment to another, in words."""
    return Text("{begins} to {ends}", begins=moment_words(begins), ends=moment_words(ends))
