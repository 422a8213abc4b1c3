"""What must be true of a database whatever people, clocks and crashes did to it. Each claim gives what breaks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from models import (
    DEPARTURE,
    RELEASE,
    AccessGrant,
    AuthorisationRequest,
    Case,
    Database,
    Decision,
    Delegation,
    DepartureNotice,
    Employment,
    Event,
    GrantState,
    ItSystem,
    Message,
    SystemRelease,
    SystemVersion,
    Task,
)
from workflows import evidence
from workflows.cases import WORKFLOWS
from workflows.deadlines import today


def broken(database: Database, organisation_id: UUID) -> list[str]:
    """Everything that is not as it must be; nothing when all is."""
    with database.reading(organisation_id) as session:
        return [
            *nobody_decides_for_themself(session),
            *one_person_plays_one_part(session),
            *decisions_name_a_mandate_that_held(session),
            *grants_rest_on_decisions(session),
            *one_live_grant(session),
            *every_waiting_state_has_one_open_task_a_part(session),
            *whoever_is_asked_is_told(session),
            *states_follow_the_policy(session),
            *nothing_is_live_after_a_closed_departure(session),
            *a_notice_is_no_further_than_its_slowest_part(session),
            *nothing_is_in_operation_that_was_not_approved(session),
            *one_release_is_deployed_at_a_time(session),
            *(f"{row.chain} breaks at {row.position}" for row in evidence.verify(session).breaks),
        ]


def nobody_decides_for_themself(session: Session) -> Iterator[str]:
    """Neither the one who asked nor the one it is for decides. Rule 1."""
    for row in session.exec(select(Decision)):
        if row.decided_by_id is not None and row.decided_by_id in (row.person_id, row.requester_id):
            yield f"decision {row.id} was taken by its beneficiary or requester"


def one_person_plays_one_part(session: Session) -> Iterator[str]:
    """Decision, execution and registration are three people's, unless it is marked that the policy waived it."""
    query = select(AuthorisationRequest, Decision).join(
        Decision, col(Decision.id) == col(AuthorisationRequest.decision_id)
    )
    for request, decision in session.exec(query):
        played = [decision.decided_by_id, request.executed_by_id, request.registered_by_id]
        people = [person for person in played if person is not None]
        if len(set(people)) < len(people) and not request.separation_waived:
            yield f"{request.id}: one person played two parts"
        if request.person_id in people:
            yield f"{request.id}: somebody played a part in their own case"


def decisions_name_a_mandate_that_held(session: Session) -> Iterator[str]:
    """A decision by delegation rests on one that covered its day. Rule 3."""
    by_reference: dict[str, list[Delegation]] = {}
    for row in session.exec(select(Delegation)):
        by_reference.setdefault(row.reference, []).append(row)
    for decision in session.exec(select(Decision).where(col(Decision.mandate_basis).in_(("delegation", "deputy")))):
        day = today(decision.at)
        if not any(
            row.valid_from <= day
            and (row.valid_to is None or day <= row.valid_to)
            # On the day it is revoked it may have decided before that.
            and (row.revoked_on is None or day <= row.revoked_on)
            for row in by_reference.get(decision.mandate_reference, ())
        ):
            yield f"decision {decision.id} rests on {decision.mandate_reference}, which did not hold on {day}"


def grants_rest_on_decisions(session: Session) -> Iterator[str]:
    """No access without a decision for it, of that profile, no longer than decided, and registered. Rule 2."""
    decisions = {row.id: row for row in session.exec(select(Decision))}
    registered = {row.id: row.registered_by_id for row in session.exec(select(AuthorisationRequest))}
    for grant in session.exec(select(AccessGrant)):
        decision = decisions[grant.decision_id]
        if decision.outcome not in ("APPROVED", "APPROVED_WITH_CHANGES", "TAKEN_OVER"):
            yield f"grant {grant.id} rests on a decision that was {decision.outcome}"
        if (grant.person_id, grant.profile_id, grant.scope) != (
            decision.person_id,
            decision.profile_id,
            decision.scope,
        ):
            yield f"grant {grant.id} is not what was decided"
        longer = decision.ends_at is not None and (grant.ends_at is None or grant.ends_at > decision.ends_at)
        if longer:
            yield f"grant {grant.id} lasts longer than decided"
        if grant.case_id is not None and registered[grant.case_id] is None:
            yield f"grant {grant.id} was never registered"


def one_live_grant(session: Session) -> Iterator[str]:
    """One live grant for each employment, system, profile and scope."""
    live = Counter(
        (row.employment_id, row.system_id, row.profile_id, row.scope)
        for row in session.exec(select(AccessGrant).where(col(AccessGrant.ended_at).is_(None)))
    )
    for key, count in live.items():
        if count > 1:
            yield f"{count} live grants of {key}"


def every_waiting_state_has_one_open_task_a_part(session: Session) -> Iterator[str]:
    """A case waits for exactly what its state says, and one that is over for nothing."""
    waiting: dict[UUID, list[str]] = {}
    for task in session.exec(select(Task).where(col(Task.closed_at).is_(None))):
        waiting.setdefault(task.case_id, []).append(task.part)
    for case in session.exec(select(Case)):
        state = WORKFLOWS[case.workflow].states[case.state]
        found = sorted(waiting.get(case.id, []))
        # A departure waits for those of its own parts that are left, a release for its date besides.
        some = case.workflow in (DEPARTURE, RELEASE)
        wrong = not set(found) <= set(state.waits_for) if some else found != sorted(state.waits_for)
        if case.workflow == RELEASE:
            wrong = wrong or bool(found) == state.is_final
        if wrong:
            yield f"{case.number} at {case.state} waits for {waiting.get(case.id)}"
        if (case.closed_at is not None) != state.is_final:
            yield f"{case.number} at {case.state} is closed at {case.closed_at}"


def whoever_is_asked_is_told(session: Session) -> Iterator[str]:
    """A task that somebody else than the one who opened it may act on has a message; the queue's is one for many."""
    told = set(session.exec(select(Message.task_id).distinct()))
    opened = {event.case_id: event.actor_id for event in session.exec(select(Event).order_by(col(Event.position)))}
    for task in session.exec(select(Task).where(col(Task.closed_at).is_(None))):
        if task.part not in ("SUBMIT", "RELEASE") and task.id not in told and opened.get(task.case_id) is None:
            yield f"nobody was told of task {task.id}"


def states_follow_the_policy(session: Session) -> Iterator[str]:
    """Every step on record is a row of the policy, each from where the last one led, and the case stands at its end."""
    stands: dict[UUID, str] = {}
    cases = {row.id: row for row in session.exec(select(Case))}
    for event in session.exec(select(Event).order_by(col(Event.chain_id), col(Event.position))):
        case = cases.get(event.chain_id)
        if case is None or not event.to_state:
            continue
        workflow = WORKFLOWS[case.workflow]
        before = stands.get(case.id, workflow.initial)
        if event.kind in workflow.events:
            if event.from_state != before or event.to_state not in {
                rule.target for rule in workflow.rules_for(event.kind, event.from_state)
            }:
                yield f"{case.number}: {event.kind} led from {event.from_state} to {event.to_state}"
            stands[case.id] = event.to_state
        elif event.to_state != before:
            yield f"{case.number}: {event.kind} moved the case"
    for case in cases.values():
        if stands.get(case.id, WORKFLOWS[case.workflow].initial) != case.state:
            yield f"{case.number} stands at {case.state}, and its events end at {stands.get(case.id)}"


def nothing_is_live_after_a_closed_departure(session: Session) -> Iterator[str]:
    """When a notice is closed, nothing opens a door by that employment any more."""
    query = (
        select(Case.number, AccessGrant.id)
        .join(DepartureNotice, col(DepartureNotice.id) == col(Case.id))
        .join(AccessGrant, col(AccessGrant.employment_id) == col(DepartureNotice.employment_id))
        .where(Case.state == "CLOSED", DepartureNotice.kind != "MOVE", col(AccessGrant.ended_at).is_(None))
    )
    for number, grant in session.exec(query):
        yield f"{number} is closed and grant {grant} is live"


def a_notice_is_no_further_than_its_slowest_part(session: Session) -> Iterator[str]:
    """While a part is undecided the notice awaits decision; while one is unexecuted, execution."""
    order = ("AWAITING_DECISION", "AWAITING_EXECUTION", "AWAITING_REGISTRATION", "CLOSED")
    for case in session.exec(select(Case).where(Case.workflow == DEPARTURE, col(Case.state).in_(order))):
        states = session.exec(
            select(Case.state)
            .join(AuthorisationRequest, col(AuthorisationRequest.id) == col(Case.id))
            .where(AuthorisationRequest.notice_id == case.id)
        ).all()
        slowest = min((order.index(state) for state in states if state in order), default=3)
        if order.index(case.state) > slowest:
            yield f"{case.number} stands at {case.state} and a part of it at {order[slowest]}"


def nothing_is_in_operation_that_was_not_approved(session: Session) -> Iterator[str]:
    """What is, or was, in operation was approved by its owner; tested and reviewed first, unless it was urgent."""
    query = (
        select(SystemVersion, SystemRelease, ItSystem, Case)
        .join(SystemRelease, col(SystemRelease.id) == col(SystemVersion.case_id))
        .join(ItSystem, col(ItSystem.id) == col(SystemVersion.system_id))
        .join(Case, col(Case.id) == col(SystemRelease.id))
    )
    for version, release, system, case in session.exec(query):
        if version.version != release.version:
            # It stands again because this release was rolled back; its own release answers for it.
            if case.state != "ROLLED_BACK":
                yield f"{system.key} runs {version.version} by {case.number}, which is about {release.version}"
            continue
        if release.approved_at is None or release.deployed_at is None or release.registered_at is None:
            yield f"{system.key} runs {version.version}, which was never approved, deployed and registered"
        if release.kind == "ORDINARY" and release.tested_at is None:
            yield f"{system.key} runs {version.version}, which was never tested"
        reviewed = release.reviewed_at is not None or (release.review_skipped_because and not system.critical)
        if release.kind == "ORDINARY" and not reviewed:
            yield f"{system.key} runs {version.version}, which was never reviewed"
        if release.approved_at is not None and version.began_at < release.approved_at:
            yield f"{system.key} ran {version.version} before it was approved"


def one_release_is_deployed_at_a_time(session: Session) -> Iterator[str]:
    """Of each system at most one release is installed and not registered, and one that is not urgent is on its way."""
    query = select(SystemRelease, Case).join(Case, col(Case.id) == col(SystemRelease.id))
    rows = session.exec(query).all()
    installed = Counter(release.system_id for release, case in rows if case.state == "AWAITING_REGISTRATION")
    approved = Counter(
        release.system_id
        for release, case in rows
        if case.state in ("AWAITING_DEPLOYMENT", "AWAITING_REGISTRATION") and release.kind == "ORDINARY"
    )
    for system_id, count in (installed | approved).items():
        if count > 1:
            yield f"{count} releases of {system_id} are in deployment"


def a_notice_is_where_its_slowest_part_is(session: Session) -> Iterator[str]:
    """After a sweep a notice under way stands exactly where the slowest of what it waits for does."""
    query = select(Case, DepartureNotice).join(DepartureNotice, col(DepartureNotice.id) == col(Case.id))
    for case, notice in session.exec(query.where(col(Case.state).like("AWAITING%"))):
        parts = session.exec(
            select(Case.state, AuthorisationRequest.executed_at)
            .join(AuthorisationRequest, col(AuthorisationRequest.id) == col(Case.id))
            .where(
                col(Case.closed_at).is_(None),
                col(AuthorisationRequest.notice_id) == notice.id
                if notice.kind == "MOVE"
                else col(AuthorisationRequest.employment_id) == notice.employment_id,
            )
        ).all()
        expected = "AWAITING_REGISTRATION"
        if any(executed_at is None for _, executed_at in parts):
            expected = "AWAITING_EXECUTION"
        if any(state in ("DRAFT", "AWAITING_DECISION", "AWAITING_COMPLETION") for state, _ in parts):
            expected = "AWAITING_DECISION"
        if case.state != expected:
            yield f"{case.number} stands at {case.state}, and its slowest part at {expected}"


def accounts_are_shut_in_time_and_nobody_is_left_shut_out(session: Session, now: datetime) -> Iterator[str]:
    """After a sweep somebody is asked to open what is shut of whoever works here; whoever has left has no accounts."""
    query = select(Case, DepartureNotice).join(DepartureNotice, col(DepartureNotice.id) == col(Case.id))
    notices: dict[UUID, list[tuple[Case, DepartureNotice]]] = {}
    for case, notice in session.exec(query.where(DepartureNotice.kind != "MOVE")):
        notices.setdefault(notice.person_id, []).append((case, notice))
    asked = set(session.exec(select(Task.case_id).where(Task.part == "REOPEN_ACCOUNTS", col(Task.closed_at).is_(None))))
    tomorrow = today(now) + timedelta(days=1)
    for person_id, theirs in notices.items():
        employments = session.exec(select(Employment).where(Employment.person_id == person_id)).all()
        begins = {row.id: row.starts_on for row in employments}
        in_force = [(case, notice) for case, notice in theirs if notice.cancelled_at is None]
        noticed = {notice.employment_id for _, notice in in_force}
        held = {notice.employment_id for case, notice in in_force if case.state == "QUEUED" and notice.ends_at > now}
        begun = [notice for case, notice in in_force if case.state != "QUEUED"]
        works = any(notice.ends_at > now and begins[notice.employment_id] <= tomorrow for notice in begun) or any(
            row.starts_on <= tomorrow and (row.ends_on is None or row.ends_on >= today(now))
            for row in employments
            # What is held may be a mistake: it does not say that they stay until then.
            if row.id not in noticed or row.id in held
        )
        latest = max((day for day in begins.values() if day <= tomorrow), default=today(now))
        shut = any(
            (row.blocked_at or row.accounts_closed_at) and not row.reopened_at and not row.employed_anew_at
            for case, row in theirs
            # Whoever was employed anew when it was over got accounts with that employment.
            if case.closed_at is None or latest <= today(case.state_since) + timedelta(days=1)
        )
        under_way = [(case, notice) for case, notice in theirs if case.closed_at is None]
        blocks = any(
            notice.kind == "IMMEDIATE"
            and notice.cancelled_at is None
            and (notice.blocked_at is None or case.state != "AWAITING_REGISTRATION")
            for case, notice in under_way
        )
        is_asked = bool(asked & {case.id for case, _ in theirs})
        if works and shut and not blocks and not is_asked:
            yield f"{person_id} works on, their accounts are shut, and nobody is asked to open them"
        if is_asked and not works and not any(case.state == "REOPENING" for case, _ in theirs):
            yield f"{person_id} has left, and somebody is asked to open their accounts"
        last = max((notice.ends_at for _, notice in in_force), default=now)
        closed = any(
            row.accounts_closed_at
            and row.accounts_closed_at >= last
            and row.equipment_returned_at
            and not row.reopened_at
            for _, row in in_force
        )
        if in_force and not under_way and not works and not closed:
            yield f"{person_id} has left, and nobody closed their accounts"


def nothing_is_in_use_by_an_employment_that_is_blocked(session: Session) -> Iterator[str]:
    """After a sweep all access of somebody who leaves at once is suspended, or has gone further."""
    query = (
        select(AccessGrant.id)
        .join(DepartureNotice, col(DepartureNotice.employment_id) == col(AccessGrant.employment_id))
        .where(
            DepartureNotice.kind == "IMMEDIATE",
            col(DepartureNotice.cancelled_at).is_(None),
            col(DepartureNotice.blocked_at).is_not(None),
            col(DepartureNotice.reopened_at).is_(None),
            col(DepartureNotice.employed_anew_at).is_(None),
            AccessGrant.state == GrantState.ACTIVE,
        )
    )
    for grant in session.exec(query):
        yield f"grant {grant} is active while its employment is blocked"


def nothing_lasts_beyond_a_last_moment(session: Session, now: datetime) -> Iterator[str]:
    """After a sweep nothing opens a door any more by an employment whose last moment has come.

    The owners of somebody who leaves at once have an hour from then.
    """
    owner_has_time = (
        select(Task.id)
        .join(AuthorisationRequest, col(AuthorisationRequest.id) == col(Task.case_id))
        .where(
            DepartureNotice.kind == "IMMEDIATE",
            AuthorisationRequest.grant_id == AccessGrant.id,
            col(Task.part).in_(("DECIDE", "COMPLETE")),
            col(Task.closed_at).is_(None),
            col(Task.due_at) > now,
        )
        .exists()
    )
    query = (
        select(Case.number, AccessGrant.id, AccessGrant.state)
        .join(DepartureNotice, col(DepartureNotice.id) == col(Case.id))
        .join(AccessGrant, col(AccessGrant.employment_id) == col(DepartureNotice.employment_id))
        .where(
            col(Case.state).like("AWAITING%"),
            DepartureNotice.kind != "MOVE",
            DepartureNotice.ends_at <= now,
            col(AccessGrant.state).in_(("SCHEDULED", "ACTIVE", "SUSPENDED")),
            ~owner_has_time,
        )
    )
    for number, grant, state in session.exec(query):
        yield f"the last moment of {number} has come and grant {grant} is {state}"


def grants_are_over_in_time(session: Session, now: object) -> Iterator[str]:
    """After a sweep nothing that has run out is active, unless a decided renewal is on its way."""
    query = select(AccessGrant).where(AccessGrant.state == GrantState.ACTIVE, col(AccessGrant.ends_at) <= now)
    for grant in session.exec(query):
        renewed = session.exec(
            select(AuthorisationRequest.id).where(
                AuthorisationRequest.grant_id == grant.id,
                AuthorisationRequest.kind == "RENEW",
                col(AuthorisationRequest.decision_id).is_not(None),
            )
        ).first()
        if renewed is None:
            yield f"grant {grant.id} is active after its end {grant.ends_at}"
