"""THE POLICY of the system release: a new version goes into operation when it is tested, reviewed and approved.

Somebody who has to do with the system puts the version forward for a window of time. The owner lets it go ahead, on a
date that the head of IT has agreed to; the administrator tests it; the security coordinator reviews it; the owner
approves it for operation; the administrator deploys it inside the window; the technician registers what is installed.
A date that passes moves nothing on: it falls, and a new one must be set; before the approval at the policy's hour of
the first day, after it (and for an urgent fix) when the window closes. An approval never comes by itself.

How to read a row: `event` takes a case from `source` to `target`, by one of `who`, who must say `needs` and may say
`may_say`, if all `guards` hold; of several rows for one event the one whose `when` is true counts. `part` is named
where it is another than the role's own; it is what the rules on two parts in one person count. PROPOSER is whoever
put the version forward (an administrator of the system, whoever decides for it, or the head of IT), and the system's
administrators; RULE is the program when a time is out.

What no row says is said elsewhere: that nobody decides on what they put forward, nor plays two of decision,
execution, registration and review (unless the policy lets them in a small system), in mandate.py; the time limits in
release_limits.py and policy.toml ([release], and whether the short path is open: [release.urgent]); what a guard
means in release_guards.py. Every act is an event with its mandate.

Source: IT programme 3.2.2 (the owner approves for operation, sees with the head of IT that systems work together, and
has plans for critical systems), 3.2.3 (the administrator plans the date and tests), 3.2.7 (the security coordinator
reviews before operational approval).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models import RELEASE, AttachmentKind, Part, ReleaseKind, ReleaseState
from workflows.changes import (
    Attached,
    DateMoved,
    FindingNoted,
    FindingResolved,
    LimitsFallen,
    Noted,
    PutIntoOperation,
    Rescheduled,
    RolledBack,
    Told,
)
from workflows.notices import NoticeKind
from workflows.release_guards import (
    a_critical_system_has_its_plans,
    a_date_waits_for_the_head_of_it,
    a_date_waits_for_the_owner,
    a_protocol_of_this_test_is_attached,
    contents_put_forward,
    it_is_another_version_than_the_one_in_operation,
    it_is_reviewed_or_the_review_was_left_out,
    it_is_the_version_in_operation,
    it_is_within_the_agreed_window,
    it_says_what_is_new,
    its_deployment_may_have_begun,
    no_blocking_finding_is_open,
    no_other_case_is_about_the_version,
    no_other_release_is_approved,
    no_other_release_is_in_deployment,
    nothing_is_installed,
    release_of,
    the_date_has_come_to_nothing,
    the_date_still_stands,
    the_file_was_looked_at,
    the_finding_is_open,
    the_head_of_it_has_agreed_to_the_date,
    the_head_of_it_has_not_signed,
    the_head_of_it_has_signed,
    the_new_date_would_stand,
    the_owner_has_confirmed_the_date,
    the_policy_allows_the_short_path,
    the_policy_allows_the_short_path_if_it_is_urgent,
    the_system_is_in_operation_already,
    the_system_is_not_critical,
    the_test_is_passed,
    version_put_forward,
    what_is_installed_is_what_was_approved,
)
from workflows.workflow import Attempt, Change, Field, Role, Rule, State, Workflow, said

S = ReleaseState
YES = ("yes", "true")

# --- Choices between rows ------------------------------------------------------------------------------------------


def it_goes_the_ordinary_path(attempt: Attempt) -> bool:
    """Tested and reviewed first."""
    return release_of(attempt).kind == ReleaseKind.ORDINARY


def it_goes_the_short_path(attempt: Attempt) -> bool:
    """An urgent security fix, reviewed afterwards."""
    return release_of(attempt).kind == ReleaseKind.URGENT


def it_is_a_protocol(attempt: Attempt) -> bool:
    """The file shows how the test went."""
    return _kind_of_file(attempt) == AttachmentKind.PROTOCOL


def it_is_a_review(attempt: Attempt) -> bool:
    """The file shows what the security review found."""
    return _kind_of_file(attempt) == AttachmentKind.REVIEW


def it_is_another_file(attempt: Attempt) -> bool:
    """The file shows something else that belongs to the case."""
    return _kind_of_file(attempt) not in (AttachmentKind.PROTOCOL, AttachmentKind.REVIEW)


def _kind_of_file(attempt: Attempt) -> str:
    return str(getattr(attempt.data.get(Field.FILE), "kind", ""))


# --- Effects -------------------------------------------------------------------------------------------------------

_CONCERNED = ("requester", "owner", "administrator", "head_of_it", "security_coordinator", "technician")
"""Everybody who plays a part in the release."""

# What an earlier round came to does not count in a new one. Open findings stay open.
_A_NEW_ROUND: dict[str, Any] = {
    "date_agreed_by_id": None,
    "date_confirmed_by_id": None,
    "decided_by_id": None,
    "decided_at": None,
    "tested_by_id": None,
    "tested_at": None,
    "reviewed_by_id": None,
    "reviewed_at": None,
    "review_skipped_because": "",
    "cosigned_by_id": None,
    "cosigned_at": None,
}


def as_put_forward(attempt: Attempt) -> Iterator[Change]:
    """What is put forward anew may be another build, with other contents; the first words stay in the events."""
    yield Noted(values={"version": version_put_forward(attempt), "contents": contents_put_forward(attempt)})


def go_ahead(attempt: Attempt) -> Iterator[Change]:
    """The owner wants it, on that date."""
    yield Noted(
        values={
            "decided_by_id": attempt.actor.person_id,
            "decided_at": attempt.now,
            "date_confirmed_by_id": attempt.actor.person_id,
        }
    )
    yield Told(kind=NoticeKind.RELEASE_DECIDED, to=("requester",), comment=said(attempt))


def urgent_go_ahead(attempt: Attempt) -> Iterator[Change]:
    """The owner's decision is the approval; those who would have been asked first are told at once."""
    yield from go_ahead(attempt)
    yield from approval(attempt)
    asked_otherwise = ("security_coordinator", "head_of_it", "administrator")
    yield Told(kind=NoticeKind.RELEASE_URGENT, to=asked_otherwise, comment=said(attempt))


def passing(attempt: Attempt) -> Iterator[Change]:
    """The test is passed; the protocol is attached."""
    yield Noted(values={"tested_by_id": attempt.actor.person_id, "tested_at": attempt.now})


def another_round(attempt: Attempt) -> Iterator[Change]:
    """It is put forward anew, or not: what was decided, tested and reviewed was about what did not hold."""
    yield Noted(values=_A_NEW_ROUND)
    yield Told(kind=NoticeKind.RELEASE_RETURNED, to=("requester", "owner"), comment=said(attempt))


def finding(attempt: Attempt) -> Iterator[Change]:
    """Something was found, and whether it stops the approval."""
    blocks = str(attempt.data[Field.BLOCKING]).lower() in YES
    yield FindingNoted(what=said(attempt), blocking=blocks)
    if blocks:
        yield Told(kind=NoticeKind.RELEASE_FINDING, to=("requester", "owner"), comment=said(attempt))


def resolution(attempt: Attempt) -> Iterator[Change]:
    """How a finding was resolved."""
    yield FindingResolved(number=int(attempt.data[Field.FINDING]), resolution=said(attempt))


def review(attempt: Attempt) -> Iterator[Change]:
    """The review is done, by whom and when."""
    yield Noted(values={"reviewed_by_id": attempt.actor.person_id, "reviewed_at": attempt.now})


def no_review(attempt: Attempt) -> Iterator[Change]:
    """There is no review, and the record says why."""
    yield Noted(values={"review_skipped_because": said(attempt)})
    yield Told(kind=NoticeKind.RELEASE_NOT_REVIEWED, to=("owner",), comment=said(attempt))


def signature(attempt: Attempt) -> Iterator[Change]:
    """The head of IT signs that it works together with other systems."""
    yield Noted(values={"cosigned_by_id": attempt.actor.person_id, "cosigned_at": attempt.now})


def approval(attempt: Attempt) -> Iterator[Change]:
    """The owner approves it for operation."""
    yield Noted(values={"approved_by_id": attempt.actor.person_id, "approved_at": attempt.now})
    yield Told(kind=NoticeKind.RELEASE_APPROVED, to=("requester", "technician"), comment=said(attempt))


def agreement(attempt: Attempt) -> Iterator[Change]:
    """The head of IT agrees to the date."""
    yield Noted(values={"date_agreed_by_id": attempt.actor.person_id})


def confirmation(attempt: Attempt) -> Iterator[Change]:
    """The owner confirms the date."""
    yield Noted(values={"date_confirmed_by_id": attempt.actor.person_id})


def another_date(attempt: Attempt) -> Iterator[Change]:
    """The date is another. Those whom it concerns are asked again, but not the one who moved it."""
    yield DateMoved(planned_from=attempt.data[Field.PLANNED_FROM], planned_until=attempt.data[Field.PLANNED_UNTIL])
    yield Rescheduled()
    yield Told(kind=NoticeKind.RELEASE_MOVED, to=_CONCERNED, comment=said(attempt))


def no_date(attempt: Attempt) -> Iterator[Change]:
    """The date has come to nothing. Test and review may go on; nothing is decided, approved or deployed without one."""
    yield DateMoved(planned_from=None, planned_until=None)
    yield LimitsFallen()
    yield Told(kind=NoticeKind.RELEASE_MISSED, to=(*_CONCERNED, "told_when_due"))


def deployment(attempt: Attempt) -> Iterator[Change]:
    """Deployed, by whom and when."""
    done = {"deployed_by_id": attempt.actor.person_id, "deployed_at": attempt.now, "in_deployment": True}
    yield Noted(values=done)


def deployment_to_be_redone(attempt: Attempt) -> Iterator[Change]:
    """What is installed is not what was approved: it is deployed anew or rolled back, and bars all others till then."""
    yield Noted(values={"deployed_by_id": None, "deployed_at": None})
    yield Told(kind=NoticeKind.OBSTACLE, to=_CONCERNED, comment=said(attempt))


def registration(attempt: Attempt) -> Iterator[Change]:
    """In operation, from now, under the service desk's ticket; the version before it is not any more."""
    yield Noted(
        values={
            "ticket_number": str(attempt.data[Field.TICKET_NUMBER]).strip(),
            "registered_by_id": attempt.actor.person_id,
            "registered_at": attempt.now,
            "in_deployment": False,
        }
    )
    yield PutIntoOperation()
    yield Told(kind=NoticeKind.RELEASE_IN_OPERATION, to=("requester", "owner", "administrator", "head_of_it"))


def rolling_back(attempt: Attempt) -> Iterator[Change]:
    """The earlier version stands."""
    yield Noted(values={"in_deployment": False})
    yield RolledBack()
    yield Told(kind=NoticeKind.RELEASE_ROLLED_BACK, to=_CONCERNED, comment=said(attempt))


def stopping(attempt: Attempt) -> Iterator[Change]:
    """It does not go into operation."""
    yield Told(kind=NoticeKind.RELEASE_STOPPED, to=_CONCERNED, comment=said(attempt))


def attaching(attempt: Attempt) -> Iterator[Change]:
    """The file is part of the case from now on."""
    yield Attached(file=attempt.data[Field.FILE])


# --- The policy ----------------------------------------------------------------------------------------------------

# What a state waits for besides, while the date is not settled: the head of IT's agreement (not on the short path), the
# owner's word on a date that was moved, and a new date from those who put it forward when the planned one has fallen.
DATES = (Part.AGREE_DATE, Part.SET_DATE)
DATES_AND_THE_OWNERS_WORD = (Part.CONFIRM_DATE, *DATES)

STATES = (
    State(name=S.PROPOSED, means="Being put forward, or to be put forward again.", waits_for=(Part.PREPARE,)),
    State(
        name=S.AWAITING_DECISION,
        means="The owner lets it go ahead or not, on a date that the head of IT has agreed to.",
        waits_for=(Part.DECIDE, *DATES),
    ),
    State(
        name=S.AWAITING_TEST,
        means="The administrator tests it and attaches the protocol.",
        waits_for=(Part.TEST, *DATES_AND_THE_OWNERS_WORD),
    ),
    State(
        name=S.AWAITING_SECURITY_REVIEW,
        means="The security coordinator reviews it and notes what stands in the way.",
        waits_for=(Part.REVIEW, *DATES_AND_THE_OWNERS_WORD),
    ),
    State(
        name=S.AWAITING_OPERATIONAL_APPROVAL,
        means="Tested and reviewed; the owner approves it for operation when nothing is missing.",
        waits_for=(Part.APPROVE, Part.COSIGN, *DATES),
    ),
    State(
        name=S.AWAITING_DEPLOYMENT,
        means="Approved; the administrator deploys it inside the agreed window.",
        waits_for=(Part.DEPLOY, *DATES_AND_THE_OWNERS_WORD),
    ),
    State(
        name=S.AWAITING_REGISTRATION,
        means="Deployed; the technician registers the installed version, and a system without approval then has it.",
        waits_for=(Part.REGISTER,),
    ),
    State(
        name=S.AWAITING_FOLLOW_UP,
        means="In operation by the short path; the security coordinator reviews it afterwards.",
        waits_for=(Part.FOLLOW_UP,),
    ),
    State(
        name=S.IN_OPERATION,
        means="Was put into operation; the system's own page says which version is in operation now.",
        can_be_undone=True,
    ),
    State(
        name=S.ROLLED_BACK,
        means="Taken out again; the earlier version stands, and without one the system is not approved any more.",
    ),
    State(name=S.REJECTED, means="The owner said no, and why."),
    State(name=S.WITHDRAWN, means="Withdrawn before it was deployed."),
)

BEFORE_DEPLOYMENT = (
    S.AWAITING_DECISION,
    S.AWAITING_TEST,
    S.AWAITING_SECURITY_REVIEW,
    S.AWAITING_OPERATIONAL_APPROVAL,
    S.AWAITING_DEPLOYMENT,
)
FINDINGS_MAY_COME = (
    S.AWAITING_SECURITY_REVIEW,
    S.AWAITING_OPERATIONAL_APPROVAL,
    S.AWAITING_DEPLOYMENT,
    S.AWAITING_FOLLOW_UP,
)
OPEN = tuple(state.name for state in STATES if not state.is_final)


def from_each(states: tuple[str, ...], **row: Any) -> Iterator[Rule]:
    """The same row from each of some states; the case stays where it is unless the row says more."""
    for state in states:
        yield Rule(**{"source": state, "target": state, **row})


RULES = (
    # Whoever has to do with the system puts a version forward, and may take it back until it is approved; then
    # the owner may, until it is installed.
    Rule(
        event="propose",
        source=S.PROPOSED,
        target=S.AWAITING_DECISION,
        who=(Role.PROPOSER,),
        may_say=(Field.VERSION, Field.PURPOSE, Field.COMMENT),
        guards=(
            it_says_what_is_new,
            it_is_another_version_than_the_one_in_operation,
            no_other_case_is_about_the_version,
            the_date_still_stands,
            the_policy_allows_the_short_path_if_it_is_urgent,
        ),
        effects=(as_put_forward,),
    ),
    *from_each(
        (S.PROPOSED, *BEFORE_DEPLOYMENT[:-1]),
        event="withdraw",
        target=S.WITHDRAWN,
        who=(Role.PROPOSER, Role.OWNER),
        needs=(Field.REASON,),
        guards=(),
        effects=(stopping,),
    ),
    Rule(
        event="withdraw",
        source=S.AWAITING_DEPLOYMENT,
        target=S.WITHDRAWN,
        who=(Role.OWNER,),
        needs=(Field.REASON,),
        guards=(nothing_is_installed,),
        effects=(stopping,),
        because="what the owner has approved is the owner's to take back; what is installed is rolled back instead",
    ),
    # The owner lets it go ahead. An urgent security fix goes from there to its deployment.
    Rule(
        event="go_ahead",
        source=S.AWAITING_DECISION,
        target=S.AWAITING_TEST,
        who=(Role.OWNER,),
        may_say=(Field.COMMENT,),
        when=it_goes_the_ordinary_path,
        guards=(the_date_still_stands, the_head_of_it_has_agreed_to_the_date),
        effects=(go_ahead,),
    ),
    Rule(
        event="go_ahead",
        source=S.AWAITING_DECISION,
        target=S.AWAITING_DEPLOYMENT,
        who=(Role.OWNER,),
        may_say=(Field.COMMENT,),
        when=it_goes_the_short_path,
        guards=(
            the_date_still_stands,
            the_policy_allows_the_short_path,
            the_system_is_in_operation_already,
        ),
        effects=(urgent_go_ahead,),
        because="a hole that is being used waits for nobody; the review is done afterwards, test and signature are not",
    ),
    Rule(
        event="reject",
        source=S.AWAITING_DECISION,
        target=S.REJECTED,
        who=(Role.OWNER,),
        needs=(Field.REASON,),
        guards=(),
        effects=(stopping,),
    ),
    Rule(
        event="reject",
        source=S.AWAITING_OPERATIONAL_APPROVAL,
        target=S.REJECTED,
        who=(Role.OWNER,),
        part=Part.APPROVE,
        needs=(Field.REASON,),
        guards=(),
        effects=(stopping,),
    ),
    # The administrator tests it. A failed test goes back to whoever put it forward, with the protocol.
    Rule(
        event="pass_test",
        source=S.AWAITING_TEST,
        target=S.AWAITING_SECURITY_REVIEW,
        who=(Role.ADMINISTRATOR,),
        part=Part.TEST,
        may_say=(Field.COMMENT,),
        guards=(a_protocol_of_this_test_is_attached,),
        effects=(passing,),
    ),
    Rule(
        event="fail_test",
        source=S.AWAITING_TEST,
        target=S.PROPOSED,
        who=(Role.ADMINISTRATOR,),
        part=Part.TEST,
        needs=(Field.REASON,),
        guards=(a_protocol_of_this_test_is_attached,),
        effects=(another_round,),
    ),
    # The security coordinator reviews it.
    Rule(
        event="review",
        source=S.AWAITING_SECURITY_REVIEW,
        target=S.AWAITING_OPERATIONAL_APPROVAL,
        who=(Role.SECURITY_COORDINATOR,),
        needs=(Field.COMMENT,),
        guards=(),
        effects=(review,),
        because="also with open findings: it is the approval that a blocking one stops",
    ),
    Rule(
        event="skip_review",
        source=S.AWAITING_SECURITY_REVIEW,
        target=S.AWAITING_OPERATIONAL_APPROVAL,
        who=(Role.SECURITY_COORDINATOR,),
        needs=(Field.REASON,),
        guards=(the_system_is_not_critical,),
        effects=(no_review,),
        because="the review is the coordinator's, and so is leaving it out; the owner is told, and still decides",
    ),
    *from_each(
        FINDINGS_MAY_COME,
        event="note_finding",
        who=(Role.SECURITY_COORDINATOR,),
        needs=(Field.COMMENT, Field.BLOCKING),
        guards=(),
        effects=(finding,),
    ),
    *from_each(
        FINDINGS_MAY_COME,
        event="resolve_finding",
        who=(Role.SECURITY_COORDINATOR,),
        needs=(Field.FINDING, Field.COMMENT),
        guards=(the_finding_is_open,),
        effects=(resolution,),
    ),
    # The owner approves it for operation, when nothing is missing.
    Rule(
        event="cosign",
        source=S.AWAITING_OPERATIONAL_APPROVAL,
        target=S.AWAITING_OPERATIONAL_APPROVAL,
        who=(Role.HEAD_OF_IT,),
        part=Part.COSIGN,
        may_say=(Field.COMMENT,),
        guards=(the_head_of_it_has_not_signed,),
        effects=(signature,),
    ),
    Rule(
        event="approve",
        source=S.AWAITING_OPERATIONAL_APPROVAL,
        target=S.AWAITING_DEPLOYMENT,
        who=(Role.OWNER,),
        part=Part.APPROVE,
        may_say=(Field.COMMENT,),
        guards=(
            the_test_is_passed,
            it_is_reviewed_or_the_review_was_left_out,
            no_blocking_finding_is_open,
            a_critical_system_has_its_plans,
            the_head_of_it_has_signed,
            the_date_still_stands,
            the_head_of_it_has_agreed_to_the_date,
            no_other_release_is_approved,
        ),
        effects=(approval, confirmation),
    ),
    Rule(
        event="send_back",
        source=S.AWAITING_OPERATIONAL_APPROVAL,
        target=S.PROPOSED,
        who=(Role.OWNER,),
        part=Part.APPROVE,
        needs=(Field.REASON,),
        guards=(),
        effects=(another_round,),
        because="what is missing, or what was found, needs another version or another round",
    ),
    # The date. Whoever moves it is not asked about it; everybody else whom it concerns is asked again. No is said by
    # moving it. Approval and signature stand: they are about the version.
    *from_each(
        BEFORE_DEPLOYMENT,
        event="agree_date",
        who=(Role.HEAD_OF_IT,),
        may_say=(Field.COMMENT,),
        guards=(a_date_waits_for_the_head_of_it,),
        effects=(agreement,),
    ),
    *from_each(
        (S.AWAITING_TEST, S.AWAITING_SECURITY_REVIEW, S.AWAITING_DEPLOYMENT),
        event="confirm_date",
        who=(Role.OWNER,),
        part=Part.CONFIRM_DATE,
        may_say=(Field.COMMENT,),
        guards=(a_date_waits_for_the_owner,),
        effects=(confirmation,),
        because="where the owner decides anyway, that decision is on the date as well",
    ),
    *from_each(
        (S.PROPOSED, *BEFORE_DEPLOYMENT),
        event="move_date",
        who=(Role.HEAD_OF_IT, Role.OWNER, Role.PROPOSER),
        needs=(Field.PLANNED_FROM, Field.PLANNED_UNTIL, Field.REASON),
        guards=(the_new_date_would_stand,),
        effects=(another_date,),
    ),
    *from_each(
        BEFORE_DEPLOYMENT,
        event="miss_date",
        who=(Role.RULE,),
        guards=(the_date_has_come_to_nothing,),
        effects=(no_date,),
        because="silence approves nothing: the date falls instead",
    ),
    # The administrator deploys it, the technician registers what is installed.
    Rule(
        event="deploy",
        source=S.AWAITING_DEPLOYMENT,
        target=S.AWAITING_REGISTRATION,
        who=(Role.ADMINISTRATOR,),
        part=Part.DEPLOY,
        may_say=(Field.COMMENT,),
        when=it_goes_the_ordinary_path,
        guards=(
            the_head_of_it_has_agreed_to_the_date,
            the_owner_has_confirmed_the_date,
            it_is_within_the_agreed_window,
            no_blocking_finding_is_open,
            a_critical_system_has_its_plans,
            no_other_release_is_in_deployment,
        ),
        effects=(deployment,),
    ),
    Rule(
        event="deploy",
        source=S.AWAITING_DEPLOYMENT,
        target=S.AWAITING_REGISTRATION,
        who=(Role.ADMINISTRATOR,),
        part=Part.DEPLOY,
        needs=(Field.COMMENT,),
        when=it_goes_the_short_path,
        guards=(the_owner_has_confirmed_the_date, it_is_within_the_agreed_window, no_other_release_is_in_deployment),
        effects=(deployment,),
        because="nobody has tested it before: how it was tried is said here",
    ),
    Rule(
        event="register",
        source=S.AWAITING_REGISTRATION,
        target=S.IN_OPERATION,
        who=(Role.TECHNICIAN,),
        needs=(Field.VERSION, Field.TICKET_NUMBER),
        may_say=(Field.COMMENT,),
        when=it_goes_the_ordinary_path,
        guards=(what_is_installed_is_what_was_approved,),
        effects=(registration,),
    ),
    Rule(
        event="register",
        source=S.AWAITING_REGISTRATION,
        target=S.AWAITING_FOLLOW_UP,
        who=(Role.TECHNICIAN,),
        needs=(Field.VERSION, Field.TICKET_NUMBER),
        may_say=(Field.COMMENT,),
        when=it_goes_the_short_path,
        guards=(what_is_installed_is_what_was_approved,),
        effects=(registration,),
    ),
    Rule(
        event="report_obstacle",
        source=S.AWAITING_REGISTRATION,
        target=S.AWAITING_DEPLOYMENT,
        who=(Role.TECHNICIAN,),
        needs=(Field.REASON,),
        guards=(),
        effects=(deployment_to_be_redone,),
    ),
    # What went the short path is reviewed afterwards.
    Rule(
        event="follow_up",
        source=S.AWAITING_FOLLOW_UP,
        target=S.IN_OPERATION,
        who=(Role.SECURITY_COORDINATOR,),
        part=Part.FOLLOW_UP,
        needs=(Field.COMMENT,),
        guards=(no_blocking_finding_is_open,),
        effects=(review,),
    ),
    # From when its deployment begins it can be rolled back. A failing version is taken out first; an urgent one that is
    # taken back within its time for review is not reviewed any more.
    Rule(
        event="roll_back",
        source=S.AWAITING_DEPLOYMENT,
        target=S.ROLLED_BACK,
        who=(Role.ADMINISTRATOR, Role.OWNER),
        needs=(Field.REASON,),
        guards=(its_deployment_may_have_begun,),
        effects=(rolling_back,),
        because="whoever installs it may have to stop half way; an approval alone is the owner's to take back",
    ),
    Rule(
        event="roll_back",
        source=S.AWAITING_REGISTRATION,
        target=S.ROLLED_BACK,
        who=(Role.ADMINISTRATOR, Role.OWNER),
        needs=(Field.REASON,),
        guards=(),
        effects=(rolling_back,),
    ),
    *from_each(
        (S.AWAITING_FOLLOW_UP, S.IN_OPERATION),
        event="roll_back",
        target=S.ROLLED_BACK,
        who=(Role.ADMINISTRATOR, Role.OWNER),
        needs=(Field.REASON,),
        guards=(it_is_the_version_in_operation,),
        effects=(rolling_back,),
    ),
    # Files: the protocol is the tester's, the review the coordinator's, anything else anybody's who plays a part.
    *from_each(
        OPEN,
        event="attach",
        who=(Role.ADMINISTRATOR,),
        part=Part.TEST,
        needs=(Field.FILE,),
        when=it_is_a_protocol,
        guards=(the_file_was_looked_at,),
        effects=(attaching,),
    ),
    *from_each(
        OPEN,
        event="attach",
        who=(Role.SECURITY_COORDINATOR,),
        needs=(Field.FILE,),
        when=it_is_a_review,
        guards=(the_file_was_looked_at,),
        effects=(attaching,),
    ),
    *from_each(
        OPEN,
        event="attach",
        who=(Role.PROPOSER, Role.OWNER, Role.HEAD_OF_IT, Role.SECURITY_COORDINATOR, Role.TECHNICIAN),
        needs=(Field.FILE,),
        when=it_is_another_file,
        guards=(the_file_was_looked_at,),
        effects=(attaching,),
    ),
)

WORKFLOW = Workflow(
    name=RELEASE,
    title="System release",
    prefix="REL",
    initial=S.PROPOSED,
    path=(
        S.PROPOSED,
        S.AWAITING_DECISION,
        S.AWAITING_TEST,
        S.AWAITING_SECURITY_REVIEW,
        S.AWAITING_OPERATIONAL_APPROVAL,
        S.AWAITING_DEPLOYMENT,
        S.AWAITING_REGISTRATION,
        S.IN_OPERATION,
    ),
    states=STATES,
    rules=RULES,
)
