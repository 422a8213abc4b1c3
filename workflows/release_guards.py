"""Claims about a release that must hold, each returning the reason when it does not. Named as the claim; pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, cast

from language import Text
from models import AttachmentKind, PlanKind, ReleaseState, SystemRelease
from workflows.attachments import KeptFile
from workflows.errors import Reason
from workflows.release_facts import Other, ReleaseFacts
from workflows.release_limits import stands_until
from workflows.words import moment_words
from workflows.workflow import Attempt, Field

APPROVED: Final = (ReleaseState.AWAITING_DEPLOYMENT, ReleaseState.AWAITING_REGISTRATION)
NO_DATE: Final = Reason("no-date", Text("Set a planned date that is still to come."))


def facts_of(attempt: Attempt) -> ReleaseFacts:
    """The facts, in their own type."""
    return cast("ReleaseFacts", attempt.facts)


def release_of(attempt: Attempt) -> SystemRelease:
    """The release, in its own type."""
    return cast("SystemRelease", attempt.subject)


def version_put_forward(attempt: Attempt) -> str:
    """The version, as it is put forward now."""
    return str(attempt.data.get(Field.VERSION) or "").strip() or release_of(attempt).version


def contents_put_forward(attempt: Attempt) -> str:
    """What is new in it, as it is put forward now."""
    return str(attempt.data.get(Field.PURPOSE) or "").strip() or release_of(attempt).contents


# --- What is put forward -------------------------------------------------------------------------------------------


def it_says_what_is_new(attempt: Attempt) -> Reason | None:
    """The owner decides on something they can judge."""
    if contents_put_forward(attempt).strip():
        return None
    return Reason("no-contents", Text("Say what is new in the version, in words its owner can judge."))


def it_is_another_version_than_the_one_in_operation(attempt: Attempt) -> Reason | None:
    """What is in operation already is not put into operation; what has lost its approval may be approved again."""
    facts, version = facts_of(attempt), version_put_forward(attempt)
    current = facts.in_operation
    if current is None or current.version != version or not facts.is_approved:
        return None
    return Reason("in-operation", Text("Version {version} is in operation already.", version=version))


def no_other_case_is_about_the_version(attempt: Attempt) -> Reason | None:
    """One version is one case."""
    version = version_put_forward(attempt)
    for other in facts_of(attempt).others:
        if other.version == version:
            return Reason(
                "put-forward-already",
                Text("Version {version} is put forward already in {number}.", version=version, number=other.number),
            )
    return None


def the_date_still_stands(attempt: Attempt) -> Reason | None:
    """Nothing is planned for a time that has passed."""
    until = facts_of(attempt).stands_until
    if until is not None and until > attempt.now:
        return None
    return NO_DATE


def the_new_date_would_stand(attempt: Attempt) -> Reason | None:
    """A new date lies ahead, and its window has a length."""
    begins, ends = attempt.data.get(Field.PLANNED_FROM), attempt.data.get(Field.PLANNED_UNTIL)
    if not isinstance(begins, datetime) or not isinstance(ends, datetime):
        # A preview asks for no input.
        return None
    until = stands_until(release_of(attempt), attempt.state, begins, ends, facts_of(attempt).due_time)
    if ends > begins and until is not None and until > attempt.now:
        return None
    return NO_DATE


def the_policy_allows_the_short_path(attempt: Attempt) -> Reason | None:
    """Urgent security fixes go the short path only where the municipality's policy says so."""
    if facts_of(attempt).urgent_path_is_open:
        return None
    return Reason("no-short-path", Text("The municipality's policy has no short path for urgent security fixes."))


def the_policy_allows_the_short_path_if_it_is_urgent(attempt: Attempt) -> Reason | None:
    """As above, for what is urgent; the ordinary path is always open."""
    return the_policy_allows_the_short_path(attempt) if release_of(attempt).urgent_reason else None


def the_system_is_in_operation_already(attempt: Attempt) -> Reason | None:
    """The short path mends what is approved; it approves nothing new."""
    if facts_of(attempt).is_approved:
        return None
    return Reason("not-approved", Text("The system is not approved for operation; the short path only mends what is."))


# --- Dates ---------------------------------------------------------------------------------------------------------


def the_head_of_it_has_agreed_to_the_date(attempt: Attempt) -> Reason | None:
    """The date is agreed with the head of IT. Source: IT programme 3.2.3, 3.2.4."""
    if release_of(attempt).date_agreed_by_id is not None:
        return None
    return Reason("date-not-agreed", Text("The head of IT has not agreed to the date."))


def the_owner_has_confirmed_the_date(attempt: Attempt) -> Reason | None:
    """A date that was moved after the owner's decision is the owner's to confirm."""
    if release_of(attempt).date_confirmed_by_id is not None:
        return None
    return Reason("date-not-confirmed", Text("The owner has not confirmed the new date."))


def a_date_waits_for_the_head_of_it(attempt: Attempt) -> Reason | None:
    """There is a date, and it is not agreed to yet."""
    release = release_of(attempt)
    if release.planned_from is not None and release.date_agreed_by_id is None:
        return None
    return Reason("nothing-to-agree", Text("There is no date to agree to, or it is agreed to already."))


def a_date_waits_for_the_owner(attempt: Attempt) -> Reason | None:
    """There is a date, and it is not confirmed yet."""
    release = release_of(attempt)
    if release.planned_from is not None and release.date_confirmed_by_id is None:
        return None
    return Reason("nothing-to-confirm", Text("There is no date to confirm, or it is confirmed already."))


def the_date_has_come_to_nothing(attempt: Attempt) -> Reason | None:
    """A date falls when what should have been ready by then is not: the deployment by its end, all else before it."""
    until = facts_of(attempt).stands_until
    if until is not None and until <= attempt.now:
        return None
    return Reason("no-date", Text("There is no planned date that has passed."))


def it_is_within_the_agreed_window(attempt: Attempt) -> Reason | None:
    """Nothing is deployed before or after what was agreed."""
    release = release_of(attempt)
    begins, ends = release.planned_from, release.planned_until
    if begins is None or ends is None:
        return NO_DATE
    if begins <= attempt.now < ends:
        return None
    return Reason(
        "outside-the-window",
        Text(
            "The agreed window is from {begins} to {ends}; move the date to deploy at another time.",
            begins=moment_words(begins),
            ends=moment_words(ends),
        ),
    )


# --- Test and review -----------------------------------------------------------------------------------------------


def a_protocol_of_this_test_is_attached(attempt: Attempt) -> Reason | None:
    """How the test went can be read: the protocol was attached since the test was asked for."""
    facts = facts_of(attempt)
    if any(row.kind == AttachmentKind.PROTOCOL and row.added_at >= facts.since for row in facts.attachments):
        return None
    return Reason("no-protocol", Text("Attach the protocol of the test first."))


def the_test_is_passed(attempt: Attempt) -> Reason | None:
    """Nothing untested is approved."""
    if release_of(attempt).tested_at is not None:
        return None
    return Reason("not-tested", Text("The test is not passed."))


def it_is_reviewed_or_the_review_was_left_out(attempt: Attempt) -> Reason | None:
    """Nothing is approved before its security review, or before it is on record why there is none."""
    release = release_of(attempt)
    if release.reviewed_at is not None or release.review_skipped_because:
        return None
    return Reason("not-reviewed", Text("The security review is not done."))


def the_system_is_not_critical(attempt: Attempt) -> Reason | None:
    """A critical system is always reviewed."""
    if not facts_of(attempt).system.critical:
        return None
    return Reason("critical", Text("The system is critical: its releases are always reviewed."))


def no_blocking_finding_is_open(attempt: Attempt) -> Reason | None:
    """What a review found to be in the way is out of the way."""
    left = [str(row.number) for row in facts_of(attempt).findings if row.blocking and row.resolved_at is None]
    if not left:
        return None
    return Reason("blocking-finding", Text("These findings stop it: {numbers}.", numbers=", ".join(left)))


def the_finding_is_open(attempt: Attempt) -> Reason | None:
    """A finding is resolved once."""
    number = str(attempt.data.get(Field.FINDING) or "")
    left = [str(row.number) for row in facts_of(attempt).findings if row.resolved_at is None]
    if number in left or (not number and left):
        return None
    return Reason(
        "no-finding",
        Text(
            "There is no open finding {number}; open are: {known}.", number=number or "-", known=", ".join(left) or "-"
        ),
    )


# --- Approval, deployment, registration ----------------------------------------------------------------------------


def a_critical_system_has_its_plans(attempt: Attempt) -> Reason | None:
    """A critical system has a security plan and an outage plan in force. Source: IT programme 3.2.2, 4.5."""
    facts = facts_of(attempt)
    if not facts.system.critical:
        return None
    security, outage = facts.has_plan(PlanKind.SECURITY), facts.has_plan(PlanKind.OUTAGE)
    if security and outage:
        return None
    if outage:
        return Reason("no-plan", Text("The critical system has no security plan in force."))
    if security:
        return Reason("no-plan", Text("The critical system has no agreed outage plan in force."))
    return Reason("no-plan", Text("The critical system has no security plan and no agreed outage plan in force."))


def the_head_of_it_has_signed(attempt: Attempt) -> Reason | None:
    """It works together with other systems, and the head of IT says so. Source: IT programme 3.2.2, 3.2.4."""
    if release_of(attempt).cosigned_at is not None:
        return None
    return Reason("not-cosigned", Text("The head of IT has not signed that it works together with other systems."))


def the_head_of_it_has_not_signed(attempt: Attempt) -> Reason | None:
    """One signature is enough."""
    if release_of(attempt).cosigned_at is None:
        return None
    return Reason("cosigned", Text("It is signed already."))


def no_other_release_is_approved(attempt: Attempt) -> Reason | None:
    """One release of a system at a time is on its way from approval to operation."""
    return _barred_by(attempt, lambda other: other.state in APPROVED)


def no_other_release_is_in_deployment(attempt: Attempt) -> Reason | None:
    """Two releases of one system are not deployed at once: what is installed is registered or rolled back first."""
    return _barred_by(attempt, lambda other: other.in_deployment)


def _barred_by(attempt: Attempt, bars: Callable[[Other], bool]) -> Reason | None:
    for other in facts_of(attempt).others:
        if bars(other):
            return Reason(
                "another-in-deployment",
                Text(
                    "{number} (version {version}) is being deployed in the same system; wait until it is over.",
                    number=other.number,
                    version=other.version,
                ),
            )
    return None


def nothing_is_installed(attempt: Attempt) -> Reason | None:
    """What is installed, also if it is the wrong version, is not withdrawn but rolled back."""
    if not release_of(attempt).in_deployment:
        return None
    return Reason("installed", Text("Something is installed already; roll it back instead."))


def its_deployment_may_have_begun(attempt: Attempt) -> Reason | None:
    """Rolled back is what is installed, or may be: its hour has come. Before that, only its owner takes it back."""
    hour = (the_owner_has_confirmed_the_date, it_is_within_the_agreed_window)
    if release_of(attempt).in_deployment or all(guard(attempt) is None for guard in hour):
        return None
    return Reason(
        "not-begun", Text("Nothing of it is installed, and this is not its hour. The owner may withdraw it instead.")
    )


def what_is_installed_is_what_was_approved(attempt: Attempt) -> Reason | None:
    """The technician registers the approved version; another one is an obstacle to report."""
    installed, approved = str(attempt.data.get(Field.VERSION) or "").strip(), release_of(attempt).version
    if not installed or installed == approved:
        return None
    return Reason(
        "another-version",
        Text("Version {approved} was approved. If another one is installed, report an obstacle.", approved=approved),
    )


def it_is_the_version_in_operation(attempt: Attempt) -> Reason | None:
    """Only what is in operation can be taken out of it."""
    current = facts_of(attempt).in_operation
    if current is not None and current.case_id == release_of(attempt).id:
        return None
    return Reason("not-in-operation", Text("Another version is in operation since; roll that one back."))


def the_file_was_looked_at(attempt: Attempt) -> Reason | None:
    """A file is looked at and kept before it is attached."""
    given = attempt.data.get(Field.FILE)
    if given is None or isinstance(given, KeptFile):
        return None
    return Reason("no-file", Text("Attach a file with behorig attach."))
