"""Grants over time: begun on their first day, announced before their last, ended after it. Each exactly once."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from models import AccessGrant, AuthorisationRequest, Case, GrantState, Person, RequestKind, locked, new_id
from workflows import evidence, grants, numbers
from workflows.authorisation import WORKFLOW
from workflows.authority import Authority
from workflows.deadlines import start_of_day, today
from workflows.departure_facts import UNDECIDED
from workflows.engine import fire, open_case
from workflows.evidence import SWEEP, Entry
from workflows.facts import OPEN_STATES, about
from workflows.notices import NoticeKind
from workflows.office import Office
from workflows.record import Outgoing
from workflows.requests import RequestDossier

LOG = logging.getLogger("behorig.sweep")
BATCH: Final = 100


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
            # One snapshot for the batch: who holds what changes by the day, and each grant would pay for it again.
            authority = Authority.read(session) if due else None
        if authority is None:
            return done
        for grant_id, case_id in due:
            tried.add(grant_id)
            try:
                with office.database.writing(office.organisation_id) as session:
                    done += _tend_grant(session, office, authority, grant_id, case_id, now)
            except Exception:
                LOG.exception("sweeping grant %s failed; it is left as it was", grant_id)


def _tend_grant(
    session: Session, office: Office, authority: Authority, grant_id: UUID, case_id: UUID | None, now: datetime
) -> int:
    """What has become due on one grant. Returns 0 when another process holds it or has dealt with it."""
    chain: Case | None = None
    if case_id is not None:
        chain = session.exec(locked(select(Case).where(Case.id == case_id), skip_locked=True)).first()
        if chain is None:
            return 0
    due = select(AccessGrant).where(AccessGrant.id == grant_id, col(AccessGrant.next_action_at) <= now)
    grant = session.exec(due).first()
    ends = grant is not None and grant.ends_at is not None and grant.ends_at <= now
    ending = _held_for_the_end(session, grant, now) if grant is not None and ends else None
    again = locked(due, skip_locked=True).execution_options(populate_existing=True)
    grant = session.exec(again).first()
    if grant is None or ends != (grant.ends_at is not None and grant.ends_at <= now):
        return 0
    if grant.state == GrantState.SCHEDULED and start_of_day(grant.starts_on) <= now:
        grants.begin(session, grant)
        _note(session, office, chain, "grant.started", grant, now)
    if ends:
        _end(session, office, authority, grant, ending, now)
    else:
        _warn(session, office, authority, chain, grant, now)
    session.flush()
    return 1


def _end(
    session: Session, office: Office, authority: Authority, grant: AccessGrant, ending: Case | None, now: datetime
) -> None:
    """The period is over: an end request, already decided, goes to the administrator."""
    if _renewal_is_decided(session, grant) and (ending is None or ending.state in UNDECIDED):
        grants.move(session, grant, grant.state, next_action_at=now + grants.LOOK_AGAIN)
        return
    if ending is not None:
        _end_now(session, office, authority, grant, ending, now)
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
    case = open_case(session, office, WORKFLOW, request, SWEEP, now, parent_id=grant.case_id)
    dossier = RequestDossier.read(session, office, authority, case, now, request=request)
    fire(session, dossier, "time_out", {}, SWEEP, now)


def _held_for_the_end(session: Session, grant: AccessGrant, now: datetime) -> Case | None:
    """The case of an end that is asked for or decided already, if there is one.

    It, the series of a new one and the person are locked, before the grant itself: see workflows/locks.py.
    """
    numbers.hold(session, grant.organisation_id, WORKFLOW.prefix, now)
    query = (
        select(Case)
        .join(AuthorisationRequest, col(AuthorisationRequest.id) == col(Case.id))
        .where(
            *about(grant),
            AuthorisationRequest.kind == RequestKind.END,
            col(Case.state).in_(OPEN_STATES),
        )
    )
    ending = session.exec(locked(query, of=Case)).first()
    session.exec(locked(select(Person.id).where(Person.id == grant.person_id))).one()
    return ending


def _end_now(
    session: Session, office: Office, authority: Authority, grant: AccessGrant, ending: Case, now: datetime
) -> None:
    """The moment of an end under way has come: what is decided begins, what is not was decided with the access."""
    dossier = RequestDossier.read(session, office, authority, ending, now)
    if "time_out" in WORKFLOW.events_from(ending.state):
        fire(session, dossier, "time_out", {}, SWEEP, now)
    else:
        grants.begin_removal(session, grant)
        _note(session, office, ending, "grant.ended", grant, now)


def _renewal_is_decided(session: Session, grant: AccessGrant) -> bool:
    """A longer time is decided in writing and on its way: the owner's last word counts."""
    found = session.exec(
        select(AuthorisationRequest.id)
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .where(
            *about(grant),
            AuthorisationRequest.kind == RequestKind.RENEW,
            col(AuthorisationRequest.decision_id).is_not(None),
            col(Case.state).in_(OPEN_STATES),
        )
    ).first()
    return found is not None


def _warn(
    session: Session, office: Office, authority: Authority, chain: Case | None, grant: AccessGrant, now: datetime
) -> None:
    """Tell holder, manager and requester that the end is near; of several missed warnings only the latest."""
    ahead = office.policy.grants.warn_before_days
    warned = grant.warned_days
    if grant.ends_at is not None:
        passed = [days for days in ahead if grant.ends_at - timedelta(days=days) <= now]
        if passed and (warned is None or min(passed) < warned):
            warned = min(passed)
            _note(session, office, chain, "grant.warned", grant, now)
            _tell_of_the_end(session, office, authority, chain, grant, now, warned)
    due = grants.next_action(
        state=grant.state,
        starts_on=grant.starts_on,
        ends_at=grant.ends_at,
        warned_days=warned,
        warn_before_days=ahead,
    )
    grants.move(session, grant, grant.state, warned_days=warned, next_action_at=due)


def _tell_of_the_end(
    session: Session,
    office: Office,
    authority: Authority,
    chain: Case | None,
    grant: AccessGrant,
    now: datetime,
    days: int,
) -> None:
    request = _request_behind(session, grant, chain)
    case = chain or _without_case(grant, now)
    [dossier] = RequestDossier.read_all(session, office, authority, [(case, request)], now, counted=False)
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
