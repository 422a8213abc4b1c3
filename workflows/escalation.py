"""The sweeps: what happens because nobody acted, or because a day has come. Each due thing happens exactly once.

Any number of processes may sweep at once. Each takes rows that nobody else holds, does what is due and commits; a
process that dies leaves its rows as they were. A scheduler that was down catches up in order, with one message for
each task and person. Locks are taken in the order case, then person, as everywhere.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from models import AccessGrant, AuthorisationRequest, Case, GrantState, Part, RequestKind, Task, new_id
from workflows import cases, evidence, grants, tasks
from workflows.authority import Authority
from workflows.deadlines import Due, start_of_day, today
from workflows.evidence import Actor, Entry
from workflows.facts import OPEN_STATES
from workflows.mandate import told_when_nobody_can, who_holds
from workflows.notices import NoticeKind
from workflows.office import Office
from workflows.record import Dossier, Outgoing
from workflows.waiting import waiting

LOG = logging.getLogger("behorig.sweep")
SWEEP: Final = Actor.rule("sweep")
BATCH: Final = 100


@dataclass(frozen=True, kw_only=True)
class SweepResult:
    """How many tasks and grants were dealt with."""

    tasks: int
    grants: int
    unattended: int


def sweep_all(office: Office, now: datetime) -> SweepResult:
    """Every due sweep once."""
    return SweepResult(**{name: sweep(office, name, now) for name in SWEEPS})


def sweep(office: Office, name: str, now: datetime) -> int:
    """One sweep; what was done is kept as an event when it was anything. Returns how much was dealt with."""
    done = SWEEPS[name](office, now)
    if done:
        with office.database.writing(office.organisation_id) as session:
            chain = evidence.organisation_chain(session, office.organisation_id)
            evidence.append(session, chain, [Entry(kind="sweep", at=now, actor=SWEEP, data={name: done})])
            session.flush()
    return done


# --- Tasks ---------------------------------------------------------------------------------------------------------


def sweep_tasks(office: Office, now: datetime) -> int:
    """Remind, escalate and lapse what is due. Returns the number of tasks dealt with."""
    done = 0
    left_out: set[UUID] = set()
    while True:
        dealt_with, failed = _tasks_batch(office, now, left_out)
        done += dealt_with
        left_out |= failed
        if not dealt_with and not failed:
            return done


def _tasks_batch(office: Office, now: datetime, left_out: set[UUID]) -> tuple[int, set[UUID]]:
    with office.database.writing(office.organisation_id) as session:
        due = (
            select(Case)
            .join(Task, col(Task.case_id) == col(Case.id))
            .where(col(Task.next_action_at) <= now, col(Case.id).not_in(left_out))
            .order_by(col(Task.next_action_at))
            .limit(BATCH)
            .with_for_update(of=Case, skip_locked=True)
        )
        held = {case.id: case for case in session.exec(due)}
        if not held:
            return 0, set()
        # Read again under the lock: another process may have dealt with a task just before it let the case go.
        still_due = session.exec(
            select(Task)
            .where(col(Task.case_id).in_(held), col(Task.next_action_at) <= now)
            .order_by(col(Task.next_action_at))
        ).all()
        authority = Authority.read(session)
        failed: set[UUID] = set()
        for task in still_due:
            tend = partial(_tend, session, office, authority, held[task.case_id], task, now)
            if not _unharmed(session, task.case_id, tend):
                failed.add(task.case_id)
        return len(still_due) - len(failed), failed if still_due else set(held)


def _unharmed(session: Session, row_id: UUID, act: Callable[[], None]) -> bool:
    """Do something to one row; if it cannot be done the others go on, and the log says which one could not."""
    try:
        with session.begin_nested():
            act()
    except Exception:
        LOG.exception("sweeping %s failed; it is left as it was", row_id)
        return False
    return True


def _tend(session: Session, office: Office, authority: Authority, case: Case, task: Task, now: datetime) -> None:
    """Everything that has become due on one task, in order, with one message a person."""
    request = session.exec(select(AuthorisationRequest).where(AuthorisationRequest.id == case.id)).one()
    dossier = cases.dossier_of(session, office, authority, case, request, now, lock=False)
    schedule = tasks.dues(task)
    passed = [due for due in schedule[task.done :] if due.at <= now]
    entries = []
    lapses = False
    for due in passed:
        if due.do == "lapse":
            lapses = True
            break
        if due.do == "remind":
            task.reminded += 1
        else:
            task.step = due.step
        entries.append(_entry(due, case, task, now))
    task.done += len(entries)
    left = schedule[task.done :]
    task.next_action_at = left[0].at if left else None
    evidence.append(session, case, entries)
    session.flush()
    if lapses:
        # Silence never keeps access open: an undecided request lapses, an undecided end is carried out.
        silence = "revoke_by_default" if request.kind == RequestKind.END else "lapse"
        cases.fire(session, dossier, silence, {}, SWEEP, now)
        return
    outgoing = Outgoing(dossier=dossier, now=now, actor=SWEEP)
    _tell(outgoing, dossier, task, passed)
    outgoing.save(session)
    session.flush()


def _entry(due: Due, case: Case, task: Task, now: datetime) -> Entry:
    data = {"part": task.part, "due": due.at.isoformat(), "step": due.step, "may_act": list(due.may_act)}
    return Entry(kind=due.do, at=now, actor=SWEEP, from_state=case.state, to_state=case.state, data=data)


def _tell(outgoing: Outgoing, dossier: Dossier, task: Task, passed: list[Due]) -> None:
    """Those the steps name are told of the escalation; the others who may act are reminded; nobody hears twice."""
    facts = dossier.facts
    part = Part(task.part)
    about = {"task_id": task.id, "part": part, "due_at": task.due_at}
    roles = dict.fromkeys(role for due in passed for role in due.tell)
    named = dict.fromkeys(
        person for role in roles for person in who_holds(role, dossier.parties(), facts.authority, facts.today)
    )
    holders = [mandate.person_id for mandate in dossier.who_may(part, task).holders]
    for person in named:
        outgoing.tell([person], NoticeKind.ESCALATION, step=task.step, may_act=person in holders, **about)
    outgoing.tell((person for person in holders if person not in named), NoticeKind.REMINDER, **about)
    if not holders:
        above = told_when_nobody_can(facts.authority, facts.today)
        outgoing.tell((person for person in above if person not in named), NoticeKind.UNATTENDED, **about)


# --- Grants --------------------------------------------------------------------------------------------------------


def sweep_grants(office: Office, now: datetime) -> int:
    """Begin grants on their first day, warn ahead of the last, end them after it. Returns the number dealt with."""
    done = 0
    tried: set[UUID] = set()
    while True:
        with office.database.reading(office.organisation_id) as session:
            due = session.exec(
                select(AccessGrant.id, AccessGrant.case_id)
                .where(col(AccessGrant.next_action_at) <= now, col(AccessGrant.id).not_in(tried))
                .order_by(col(AccessGrant.next_action_at))
                .limit(BATCH)
            ).all()
        if not due:
            return done
        for grant_id, case_id in due:
            tried.add(grant_id)
            try:
                with office.database.writing(office.organisation_id) as session:
                    done += _tend_grant(session, office, grant_id, case_id, now)
            except Exception:
                LOG.exception("sweeping grant %s failed; it is left as it was", grant_id)


def _tend_grant(session: Session, office: Office, grant_id: UUID, case_id: UUID | None, now: datetime) -> int:
    """What has become due on one grant. Returns 0 when another process holds it or has dealt with it."""
    chain: Case | None = None
    if case_id is not None:
        chain = session.exec(select(Case).where(Case.id == case_id).with_for_update(skip_locked=True)).first()
        if chain is None:
            return 0
    grant = session.exec(
        select(AccessGrant)
        .where(AccessGrant.id == grant_id, col(AccessGrant.next_action_at) <= now)
        .with_for_update(skip_locked=True)
    ).first()
    if grant is None:
        return 0
    if grant.state == GrantState.SCHEDULED and start_of_day(grant.starts_on) <= now:
        grants.move(session, grant, GrantState.ACTIVE)
        _note(session, office, chain, "grant.started", grant, now)
    if grant.ends_at is not None and grant.ends_at <= now:
        _end(session, office, grant, now)
    else:
        _warn(session, office, chain, grant, now)
    session.flush()
    return 1


def _end(session: Session, office: Office, grant: AccessGrant, now: datetime) -> None:
    """The period is over: an end request, already decided, goes to the administrator."""
    if _renewal_is_decided(session, grant):
        grants.move(session, grant, grant.state, next_action_at=now + grants.LOOK_AGAIN)
        return
    request = AuthorisationRequest(
        id=new_id(),
        kind=RequestKind.END,
        person_id=grant.person_id,
        employment_id=grant.employment_id,
        system_id=grant.system_id,
        profile_id=grant.profile_id,
        scope=grant.scope,
        starts_on=min(grant.starts_on, today(now)),
        ends_on=grant.ends_on,
        ends_at=grant.ends_at,
        purpose="",
        grant_id=grant.id,
    )
    case = cases.open_case(session, office, request, SWEEP, now, parent_id=grant.case_id)
    dossier = cases.dossier_of(session, office, Authority.read(session), case, request, now)
    cases.fire(session, dossier, "time_out", {}, SWEEP, now)


def _renewal_is_decided(session: Session, grant: AccessGrant) -> bool:
    """A longer time is decided in writing and on its way: the owner's last word counts."""
    found = session.exec(
        select(AuthorisationRequest.id)
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .where(
            AuthorisationRequest.grant_id == grant.id,
            AuthorisationRequest.kind == RequestKind.RENEW,
            col(AuthorisationRequest.decision_id).is_not(None),
            col(Case.state).in_(OPEN_STATES),
        )
    ).first()
    return found is not None


def _warn(session: Session, office: Office, chain: Case | None, grant: AccessGrant, now: datetime) -> None:
    """Tell holder, manager and requester that the end is near; of several missed warnings only the latest."""
    ahead = office.policy.grants.warn_before_days
    warned = grant.warned_days
    if grant.ends_at is not None:
        passed = [days for days in ahead if grant.ends_at - timedelta(days=days) <= now]
        if passed and (warned is None or min(passed) < warned):
            warned = min(passed)
            _note(session, office, chain, "grant.warned", grant, now)
            _tell_of_the_end(session, office, chain, grant, now, warned)
    due = grants.next_action(
        state=grant.state,
        starts_on=grant.starts_on,
        ends_at=grant.ends_at,
        warned_days=warned,
        warn_before_days=ahead,
    )
    grants.move(session, grant, grant.state, warned_days=warned, next_action_at=due)


def _tell_of_the_end(
    session: Session, office: Office, chain: Case | None, grant: AccessGrant, now: datetime, days: int
) -> None:
    request = _request_behind(session, grant, chain)
    dossier = cases.dossier_of(
        session, office, Authority.read(session), chain or _without_case(grant, now), request, now, lock=False
    )
    outgoing = Outgoing(dossier=dossier, now=now, actor=SWEEP)
    people = (grant.person_id, dossier.facts.employment.manager_id, request.requester_id)
    outgoing.tell(people, NoticeKind.ACCESS_ENDING, days_left=days)
    outgoing.save(session)


def _request_behind(session: Session, grant: AccessGrant, chain: Case | None) -> AuthorisationRequest:
    """The request a grant came from; for access taken over, one that says the same and is never saved."""
    if chain is not None:
        return session.exec(select(AuthorisationRequest).where(AuthorisationRequest.id == chain.id)).one()
    return AuthorisationRequest(
        id=grant.id,
        organisation_id=grant.organisation_id,
        kind=RequestKind.NEW,
        person_id=grant.person_id,
        employment_id=grant.employment_id,
        system_id=grant.system_id,
        profile_id=grant.profile_id,
        scope=grant.scope,
        starts_on=grant.starts_on,
        ends_on=grant.ends_on,
        ends_at=grant.ends_at,
        purpose="",
        grant_id=grant.id,
        decision_id=grant.decision_id,
    )


def _without_case(grant: AccessGrant, now: datetime) -> Case:
    """A stand-in for the case that access taken over at the first load never had; never saved."""
    return Case(id=grant.id, workflow="", number="", state="", state_since=now, opened_at=now)


def _note(session: Session, office: Office, chain: Case | None, kind: str, grant: AccessGrant, now: datetime) -> None:
    """What the day brought, on the grant's case; on the organisation's chain for access taken over."""
    where = chain or evidence.organisation_chain(session, office.organisation_id)
    evidence.append(session, where, [Entry(kind=kind, at=now, actor=SWEEP, data={"grant_id": str(grant.id)})])
    session.flush()


# --- Tasks that nobody may act on ----------------------------------------------------------------------------------


def sweep_unattended(office: Office, now: datetime) -> int:
    """Find tasks whose last holder has gone, and tasks that somebody can act on again. Returns how many changed."""
    with office.database.reading(office.organisation_id) as session:
        changed = [
            row.case.id
            for row in waiting(session, Authority.read(session), office.policy, now)
            if bool(row.answer.holders) == (row.task.unattended_since is not None)
        ]
    done = 0
    for case_id in changed:
        with office.database.writing(office.organisation_id) as session:
            done += _tend_unattended(session, office, case_id, now)
    return done


def _tend_unattended(session: Session, office: Office, case_id: UUID, now: datetime) -> int:
    case = session.exec(select(Case).where(Case.id == case_id).with_for_update(skip_locked=True)).first()
    if case is None:
        return 0
    request = session.exec(select(AuthorisationRequest).where(AuthorisationRequest.id == case.id)).one()
    dossier = cases.dossier_of(session, office, Authority.read(session), case, request, now, lock=False)
    outgoing = Outgoing(dossier=dossier, now=now, actor=SWEEP)
    done = 0
    for task in session.exec(select(Task).where(Task.case_id == case.id, col(Task.closed_at).is_(None))):
        holders = [mandate.person_id for mandate in dossier.who_may(Part(task.part), task).holders]
        if bool(holders) != (task.unattended_since is not None):
            continue
        about = {"task_id": task.id, "part": task.part, "due_at": task.due_at}
        task.unattended_since = None if holders else now
        if holders:
            outgoing.tell(holders, NoticeKind.TASK_OPENED, **about)
        else:
            above = told_when_nobody_can(dossier.facts.authority, dossier.facts.today)
            outgoing.tell(above, NoticeKind.UNATTENDED, **about)
        kind = "attended" if holders else "unattended"
        entry = Entry(
            kind=kind, at=now, actor=SWEEP, from_state=case.state, to_state=case.state, data={"part": task.part}
        )
        evidence.append(session, case, [entry])
        done += 1
    outgoing.save(session)
    session.flush()
    return done


SWEEPS: Final[Mapping[str, Callable[[Office, datetime], int]]] = {
    "tasks": sweep_tasks,
    "grants": sweep_grants,
    "unattended": sweep_unattended,
}
"""Every sweep by its name, in the order they are made."""
