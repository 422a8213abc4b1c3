"""Cases: open one, act on one, and say what a person may do with one. Each act is one transaction.

Load and lock, fire, record, commit. A refusal by a rule writes nothing but the event that says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from language import Text
from models import (
    AccessOrder,
    AuthorisationRequest,
    Case,
    Employment,
    Event,
    Person,
    RequestKind,
    Task,
    new_id,
)
from workflows import evidence, facts, numbers, receipts, tasks
from workflows.authorisation import WORKFLOW
from workflows.authority import Authority, in_force
from workflows.deadlines import end_of_day, last_day, today
from workflows.errors import BadInput, Conflict, NotFound, Reason, Refused
from workflows.evidence import Actor, Entry
from workflows.lookup import case_by_number, live_grant, person_by_number, profile_by_key, system_by_key
from workflows.office import Office
from workflows.record import Dossier, record
from workflows.words import EVENT_WORDS, STATE_WORDS
from workflows.workflow import PART_OF, Attempt, Field, Mandate, Role, Workflow


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing ordered for one person: what, from when, until when, and what for."""

    employee_number: str
    system: str
    profile: str
    purpose: str
    kind: RequestKind = RequestKind.NEW
    employment_number: str | None = None
    scope: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    ends_at: datetime | None = None
    retroactive_reason: str = ""
    from_profile: str | None = None
    """For a change: the profile held now."""
    where: str = ""
    """Where it was written, such as a line of a file; its place among the lines when nothing is said."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an act led to."""

    number: str
    event: str
    state: str
    version: int
    waits_for: tuple[str, ...] = ()
    """The employee numbers of those who may act next."""
    repeated: bool = False
    """Whether this is the kept result of an earlier call with the same key."""

    def to_json(self) -> dict[str, Any]:
        """The outcome as JSON keeps it."""
        return {
            "number": self.number,
            "event": self.event,
            "state": self.state,
            "version": self.version,
            "waits_for": list(self.waits_for),
        }


@dataclass(frozen=True, kw_only=True)
class Option:
    """One event a case could take now, and why this person may not fire it (nothing: they may)."""

    event: str
    needs: tuple[str, ...]
    may_say: tuple[str, ...]
    reasons: tuple[Reason, ...] = field(default=())


WORKFLOWS: Mapping[str, Workflow] = {WORKFLOW.name: WORKFLOW}


# --- Opening -------------------------------------------------------------------------------------------------------


def open_order(
    office: Office,
    lines: Sequence[Line],
    actor: Actor,
    now: datetime,
    *,
    submit: bool = True,
    idempotency_key: str | None = None,
) -> list[Outcome]:
    """Write one request, or several for one or more people in one go; each line becomes a case of its own.

    All of it happens or nothing. Raises Refused with the reasons of every line that a rule refuses, and keeps the
    refusal as an event; raises NotFound and BadInput for what cannot be understood.
    """
    fingerprint = receipts.fingerprint_of("open", [repr(line) for line in lines], submit)
    refused: Refused | None = None
    with office.database.writing(office.organisation_id) as session:
        kept = receipts.kept_result(session, idempotency_key, actor, fingerprint)
        if kept is not None:
            return [Outcome(**{**row, "waits_for": tuple(row["waits_for"]), "repeated": True}) for row in kept["cases"]]
        try:
            outcomes = _open_lines(session, office, lines, actor, now, submit)
        except Refused as caught:
            # Nothing of the order stays; that it was refused does.
            refused = caught
            session.rollback()
            _refused_order(session, office, lines, refused.reasons, actor, now)
        else:
            receipts.keep(
                session, idempotency_key, actor, fingerprint, {"cases": [row.to_json() for row in outcomes]}, now
            )
    if refused is not None:
        raise refused
    return outcomes


def _open_lines(
    session: Session, office: Office, lines: Sequence[Line], actor: Actor, now: datetime, submit: bool
) -> list[Outcome]:
    authority = Authority.read(session)
    outcomes: list[Outcome] = []
    reasons: list[Reason] = []
    unreadable = False
    orders: dict[UUID, UUID] = {}
    for place, line in enumerate(lines, start=1):
        try:
            request = _request(session, line, actor, today(now))
            if len(lines) > 1:
                request.order_id = _order(session, orders, request, actor, now)
            case = open_case(session, office, request, actor, now)
            if submit:
                outcomes.append(_fire(session, office, authority, case, request, "submit", {}, actor, now))
            else:
                _note_draft(session, office, authority, case, request, actor, now)
                outcomes.append(_outcome(case, "open"))
        except (Refused, BadInput, NotFound) as error:
            if len(lines) == 1 and not line.where:
                raise
            unreadable = unreadable or not isinstance(error, Refused)
            reasons.extend(_on_line(line.where or str(place), reason) for reason in error.reasons)
    if unreadable:
        # Every line's reasons at once, those that a rule refuses too.
        raise BadInput(reasons)
    if reasons:
        raise Refused("submit", reasons)
    return outcomes


def open_case(
    session: Session,
    office: Office,
    request: AuthorisationRequest,
    actor: Actor,
    now: datetime,
    parent_id: UUID | None = None,
) -> Case:
    """Write a new case in its first state, with the request it is about; the number comes last in line for a lock."""
    case = Case(
        id=request.id,
        organisation_id=office.organisation_id,
        workflow=WORKFLOW.name,
        number=numbers.next_number(session, office.organisation_id, WORKFLOW.prefix, now),
        state=WORKFLOW.initial,
        state_since=now,
        opened_by_id=actor.person_id,
        opened_at=now,
        parent_id=parent_id,
    )
    session.add(case)
    session.flush()
    session.add(request)
    session.flush()
    return case


def _note_draft(
    session: Session,
    office: Office,
    authority: Authority,
    case: Case,
    request: AuthorisationRequest,
    actor: Actor,
    now: datetime,
) -> None:
    """A draft waits for its writer, with a time limit like everything else."""
    for part in WORKFLOW.states[case.state].waits_for:
        session.execute(sa.insert(Task), [tasks.opened(part, case.id, case.organisation_id, office.policy, now)])
    evidence.append(
        session, case, [Entry(kind="open", at=now, actor=actor, to_state=case.state, data={"asked": request.asked()})]
    )
    session.flush()


def _request(session: Session, line: Line, actor: Actor, day: date) -> AuthorisationRequest:
    """The request a line describes; every word in it looked up."""
    person = person_by_number(session, line.employee_number)
    employment = _employment(session, person, line, day)
    system = system_by_key(session, line.system)
    profile = profile_by_key(session, system.id, line.profile)
    is_end = line.kind == RequestKind.END
    problems = []
    if actor.person_id is None:
        problems.append(Reason("no-actor", Text("A request is written by somebody; say who acts.")))
    if not line.purpose.strip():
        problems.append(Reason("no-purpose", Text("Say what the access is for.")))
    if problems:
        raise BadInput(problems)
    grant = None
    if line.kind != RequestKind.NEW:
        held = profile_by_key(session, system.id, line.from_profile) if line.from_profile else profile
        grant = live_grant(session, employment.id, held.id, line.scope)
        if grant is None:
            raise NotFound(
                Text(
                    "{person} has no live access to {system} with that profile.",
                    person=person.employee_number,
                    system=system.key,
                )
            )
    # What is renewed has begun already: a longer time is asked for from now on.
    starts_on = line.starts_on or (max(grant.starts_on, day) if grant and line.kind == RequestKind.RENEW else day)
    ends_on = None if is_end else line.ends_on or (last_day(line.ends_at) if line.ends_at else None)
    return AuthorisationRequest(
        id=new_id(),
        kind=line.kind,
        requester_id=actor.person_id,
        person_id=person.id,
        employment_id=employment.id,
        system_id=system.id,
        profile_id=profile.id,
        scope=line.scope,
        starts_on=day if is_end else starts_on,
        ends_on=ends_on,
        ends_at=line.ends_at if line.ends_at or ends_on is None else end_of_day(ends_on),
        purpose=line.purpose.strip(),
        retroactive_reason=line.retroactive_reason.strip(),
        grant_id=grant.id if grant else None,
    )


def _employment(session: Session, person: Person, line: Line, day: date) -> Employment:
    """The employment the access will hang on: the one named, else the only one that is or will be."""
    rows = session.exec(select(Employment).where(Employment.person_id == person.id)).all()
    if line.employment_number is not None:
        named = [row for row in rows if row.number == line.employment_number]
        if not named:
            raise NotFound(
                Text(
                    "{person} has no employment {number}.", person=person.employee_number, number=line.employment_number
                )
            )
        return named[0]
    first = line.starts_on or day
    fitting = [row for row in rows if in_force(row.starts_on, row.ends_on, first)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting and rows:
        # Let the guards say what is wrong with the period, with the latest employment's dates.
        return max(rows, key=lambda row: row.starts_on)
    known = ", ".join(sorted(row.number for row in rows)) or "-"
    raise BadInput(
        [
            Reason(
                "which-employment",
                Text(
                    "{person} has several employments ({known}); say which.", person=person.employee_number, known=known
                ),
            )
        ]
    )


def _order(
    session: Session, orders: dict[UUID, UUID], request: AuthorisationRequest, actor: Actor, now: datetime
) -> UUID:
    """One order for each employment that lines are written for."""
    if request.employment_id not in orders and actor.person_id is not None:
        order = AccessOrder(requester_id=actor.person_id, employment_id=request.employment_id, at=now)
        session.add(order)
        session.flush()
        orders[request.employment_id] = order.id
    return orders[request.employment_id]


def _on_line(place: str, reason: Reason) -> Reason:
    return Reason(reason.code, Text("Line {place}: {what}", place=place, what=reason.text))


def _refused_order(
    session: Session, office: Office, lines: Sequence[Line], reasons: Sequence[Reason], actor: Actor, now: datetime
) -> None:
    organisation = evidence.organisation_chain(session, office.organisation_id)
    asked = [
        {"employee_number": line.employee_number, "system": line.system, "profile": line.profile, "kind": line.kind}
        for line in lines
    ]
    data = {"event": "submit", "lines": asked, "reasons": [reason.code for reason in reasons]}
    evidence.append(session, organisation, [Entry(kind="refusal", at=now, actor=actor, data=data)])
    session.flush()


# --- Acting --------------------------------------------------------------------------------------------------------


def act(
    office: Office,
    number: str,
    event: str,
    data: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    *,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> Outcome:
    """Take a case along one of its workflow's events.

    Raises NotFound for an unknown case, Conflict when the case is no longer where the caller saw it (its version, or
    an event that is not possible from its state), Refused with every reason when mandate or guards do not hold, and
    BadInput for an unknown event or field. With an idempotency key a repeated call gets the first result.
    """
    fingerprint = receipts.fingerprint_of("act", number, event, {str(key): str(value) for key, value in data.items()})
    refused: Refused | None = None
    with office.database.writing(office.organisation_id) as session:
        kept = receipts.kept_result(session, idempotency_key, actor, fingerprint)
        if kept is not None:
            return Outcome(**{**kept, "waits_for": tuple(kept["waits_for"]), "repeated": True})
        case = case_by_number(session, number, lock=True)
        _check_event(case, event, data)
        _check_version(session, case, event, expected_version)
        request = session.exec(select(AuthorisationRequest).where(AuthorisationRequest.id == case.id)).one()
        authority = Authority.read(session)
        try:
            outcome = _fire(session, office, authority, case, request, event, data, actor, now)
        except Refused as caught:
            # The lock is still held and nothing is written: keep that it was tried, and why it was refused.
            refused = caught
            reasons = [reason.code for reason in caught.reasons]
            entry = Entry(
                kind="refusal",
                at=now,
                actor=actor,
                from_state=case.state,
                to_state=case.state,
                data={"event": event, "reasons": reasons},
            )
            evidence.append(session, case, [entry])
            session.flush()
        else:
            receipts.keep(session, idempotency_key, actor, fingerprint, outcome.to_json(), now)
    if refused is not None:
        raise refused
    return outcome


def dossier_of(
    session: Session,
    office: Office,
    authority: Authority,
    case: Case,
    request: AuthorisationRequest,
    now: datetime,
    *,
    lock: bool = True,
) -> Dossier:
    """The case with everything its guards and messages need."""
    return Dossier(
        case=case,
        request=request,
        facts=facts.read(session, request, today(now), authority, lock=lock),
        office=office,
    )


def attempt_on(
    session: Session, dossier: Dossier, event: str, data: Mapping[str, Any], actor: Actor, now: datetime
) -> Attempt:
    """An attempt by somebody, who carries with them the mandates they have in this case."""
    waiting = {
        task.part: task
        for task in session.exec(select(Task).where(Task.case_id == dossier.case.id, col(Task.closed_at).is_(None)))
    }
    attempt: Attempt

    def capacity(role: Role) -> Mandate | tuple[Reason, ...]:
        if role is Role.RULE:
            return _rule_capacity(actor)
        if role is Role.REQUESTER and actor.person_id is not None and actor.person_id == dossier.request.requester_id:
            return Mandate(person_id=actor.person_id, basis="requester", reference="")
        if role is Role.REQUESTER:
            attempt.outsider = actor.person_id not in (dossier.request.person_id, dossier.facts.employment.manager_id)
            return (Reason("not-the-requester", Text("Only the one who wrote the request can do this.")),)
        part = PART_OF[role]
        answer = dossier.who_may(part, waiting.get(part))
        mandate = answer.of(actor.person_id)
        if mandate is not None:
            return mandate
        barred = answer.barred.get(actor.person_id) if actor.person_id else None
        if barred:
            return tuple(barred)
        attempt.outsider = True
        return (Reason("no-mandate", Text("You have no mandate for this in the case.")),)

    attempt = Attempt(
        case=dossier.case,
        subject=dossier.request,
        facts=dossier.facts,
        actor=actor,
        now=now,
        data=_with_known_account(dossier, event, data),
        capacity=capacity,
    )
    return attempt


def _rule_capacity(actor: Actor) -> Mandate | tuple[Reason, ...]:
    if actor.person_id is None:
        return Mandate(person_id=UUID(int=0), basis="rule", reference="policy")
    return (Reason("only-by-rule", Text("Only a time limit that has run out does this.")),)


def _with_known_account(dossier: Dossier, event: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Renewing or ending is about an account that is known; nobody types it again."""
    grant = dossier.facts.grant
    if event == "execute" and grant is not None and grant.account_name and not data.get(Field.ACCOUNT_NAME):
        return {**data, Field.ACCOUNT_NAME: grant.account_name}
    return data


def _fire(
    session: Session,
    office: Office,
    authority: Authority,
    case: Case,
    request: AuthorisationRequest,
    event: str,
    data: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Outcome:
    dossier = dossier_of(session, office, authority, case, request, now)
    return fire(session, dossier, event, data, actor, now)


def fire(
    session: Session, dossier: Dossier, event: str, data: Mapping[str, Any], actor: Actor, now: datetime
) -> Outcome:
    """Fire an event on a case the caller holds locked, and record what it brings."""
    workflow = WORKFLOWS[dossier.case.workflow]
    source = workflow.states[dossier.case.state]
    attempt = attempt_on(session, dossier, event, data, actor, now)
    workflow.fire(event, attempt)
    next_people = record(session, dossier, attempt, event, source, workflow.states[dossier.case.state])
    return _outcome(dossier.case, event, _numbers_of(session, next_people))


def _outcome(case: Case, event: str, waits_for: tuple[str, ...] = ()) -> Outcome:
    return Outcome(number=case.number, event=event, state=str(case.state), version=case.version, waits_for=waits_for)


def _numbers_of(session: Session, people: tuple[UUID, ...]) -> tuple[str, ...]:
    if not people:
        return ()
    rows = session.exec(select(Person.id, Person.employee_number).where(col(Person.id).in_(people)))
    by_id: dict[UUID, str] = dict(rows.all())
    return tuple(by_id[person] for person in people)


def _check_event(case: Case, event: str, data: Mapping[str, Any]) -> None:
    workflow = WORKFLOWS[case.workflow]
    if event not in workflow.events:
        known = ", ".join(workflow.events)
        raise BadInput(
            [Reason("unknown-event", Text("There is no action {event}; there are: {known}.", event=event, known=known))]
        )
    rules = [rule for rule in workflow.rules if rule.event == event]
    allowed = {str(name) for rule in rules for name in (*rule.needs, *rule.may_say)}
    problems = [
        Reason(
            "unknown-field",
            Text(
                "{event} does not take {field}; it takes: {allowed}.",
                event=event,
                field=name,
                allowed=", ".join(sorted(allowed)) or "-",
            ),
        )
        for name, value in data.items()
        if str(name) not in allowed and value not in (None, "")
    ]
    if problems:
        raise BadInput(problems)


def _check_version(session: Session, case: Case, event: str, expected: int | None) -> None:
    """Somebody who looked at an older version, or whose act is no longer possible, is told who came before them."""
    possible = event in WORKFLOWS[case.workflow].events_from(case.state)
    if possible and expected in (None, case.version):
        return
    raise Conflict(_what_happened(session, case))


def _what_happened(session: Session, case: Case) -> Text:
    last = session.exec(
        select(Event)
        .where(Event.case_id == case.id, Event.from_state != Event.to_state)
        .order_by(col(Event.position).desc())
        .limit(1)
    ).first()
    state = STATE_WORDS.get(case.state, Text(case.state))
    if last is None:
        return Text("{number} now stands at: {state}.", number=case.number, state=state)
    who = session.exec(select(Person).where(Person.id == last.actor_id)).first() if last.actor_id else None
    return Text(
        "{number} has moved on: {event} by {who} at {at}. It now stands at: {state}.",
        number=case.number,
        event=EVENT_WORDS.get(last.kind, Text(last.kind)),
        who=who.employee_number if who else "Behörig",
        at=last.at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        state=state,
    )


def options(session: Session, office: Office, case: Case, actor: Actor, now: datetime) -> list[Option]:
    """What this person may do with a case now, and why not the rest. Changes nothing."""
    workflow = WORKFLOWS[case.workflow]
    request = session.exec(select(AuthorisationRequest).where(AuthorisationRequest.id == case.id)).one()
    dossier = dossier_of(session, office, Authority.read(session), case, request, now, lock=False)
    found = []
    for event in workflow.events_from(case.state):
        rules = workflow.rules_for(event, case.state)
        if all(rule.who == (Role.RULE,) for rule in rules):
            continue
        attempt = attempt_on(session, dossier, event, {}, actor, now)
        needs = tuple(dict.fromkeys(str(name) for rule in rules for name in rule.needs))
        may_say = tuple(dict.fromkeys(str(name) for rule in rules for name in rule.may_say))
        found.append(Option(event=event, needs=needs, may_say=may_say, reasons=workflow.refusal(event, attempt)))
    return found
