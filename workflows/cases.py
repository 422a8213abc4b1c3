"""Cases of every workflow: act on one, and say what a person may do with it. Each act is one transaction.

Load and lock, fire, record, commit. A refusal by a rule writes nothing but the event that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from language import Text, clock
from models import AttachmentKind, AuthorisationRequest, Case, Event, Message, Part, Person, Task
from workflows import attachments, evidence, receipts
from workflows.authority import Authority
from workflows.departures import DepartureDossier
from workflows.dossier import Dossier, attempt_on, open_tasks
from workflows.engine import Outcome, fire
from workflows.errors import BadInput, Conflict, Reason, Refused
from workflows.evidence import Actor, Entry
from workflows.leaving import advance
from workflows.lookup import case_by_number
from workflows.office import Office
from workflows.releases import ReleaseDossier
from workflows.requests import RequestDossier
from workflows.waiting import waiting
from workflows.words import EVENT_WORDS, STATE_WORDS
from workflows.workflow import Role, Workflow

DOSSIERS: Final[Mapping[str, type[RequestDossier | DepartureDossier | ReleaseDossier]]] = {
    RequestDossier.workflow.name: RequestDossier,
    DepartureDossier.workflow.name: DepartureDossier,
    ReleaseDossier.workflow.name: ReleaseDossier,
}
WORKFLOWS: Final[Mapping[str, Workflow]] = {name: dossier.workflow for name, dossier in DOSSIERS.items()}


@dataclass(frozen=True, kw_only=True)
class Option:
    """One event a case could take now, and why this person may not fire it (nothing: they may)."""

    event: str
    needs: tuple[str, ...]
    may_say: tuple[str, ...]
    reasons: tuple[Reason, ...] = field(default=())


def dossier_of(
    session: Session, office: Office, authority: Authority, case: Case, now: datetime, *, lock: bool = True
) -> Dossier:
    """A case with everything its guards and messages need, whatever its workflow."""
    return DOSSIERS[case.workflow].read(session, office, authority, case, now, lock=lock)


def dossiers_to_tell_of(
    session: Session, office: Office, authority: Authority, several: Iterable[Case], now: datetime
) -> dict[UUID, Dossier]:
    """The requests among several cases, read in a few queries for all: with what is told of them, and not with what a
    guard weighs them against."""
    asked = {case.id: case for case in several if case.workflow == RequestDossier.workflow.name}
    rows = session.exec(select(AuthorisationRequest).where(col(AuthorisationRequest.id).in_(asked))) if asked else ()
    read = RequestDossier.read_all(session, office, authority, [(asked[row.id], row) for row in rows], now)
    return {dossier.case.id: dossier for dossier in read}


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
            return Outcome.kept(kept)
        case = case_by_number(session, number, lock=True)
        _check_event(case, event, data)
        dossier = dossier_of(session, office, DOSSIERS[case.workflow].authority_over(session, case), case, now)
        _check_version(session, dossier, event, expected_version, actor)
        try:
            outcome = fire(session, dossier, event, data, actor, now)
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
    for notice_id in dossier.part_of:
        # In a transaction of its own, so that a part never waits for the whole; the sweep does it if this dies.
        moved = advance(office, notice_id, now)
        if moved is not None and moved.number == outcome.number:
            outcome = replace(outcome, state=moved.state, version=moved.version)
    return outcome


def attach(
    office: Office,
    number: str,
    name: str,
    contents: bytes,
    kind: AttachmentKind,
    actor: Actor,
    now: datetime,
    *,
    idempotency_key: str | None = None,
) -> Outcome:
    """Make a file part of a case. It is looked at and kept first, and the case then says which it is.

    Raises what :func:`act` raises, and BadInput for a file that the policy does not take.
    """
    file = attachments.keep(office.files, office.policy.release.files, name, contents, kind)
    return act(office, number, "attach", {"file": file}, actor, now, idempotency_key=idempotency_key)


def release_all(office: Office, reason: str, actor: Actor, now: datetime) -> list[Outcome]:
    """Let every departure in the queue go that is the actor's to let go, one after the other; each all or nothing.

    What somebody else has let go or refused meanwhile is passed by. Raises Refused when none is theirs.
    """
    with office.database.reading(office.organisation_id) as session:
        queued = waiting(session, Authority.read(session), office.policy, now, parts=(Part.RELEASE,))
    numbers = sorted((row.case.number, row.answer.of(actor.person_id) is not None) for row in queued)
    theirs = [number for number, may in numbers if may]
    done = []
    for number in theirs or [number for number, _ in numbers[:1]]:
        with suppress(Conflict):
            done.append(act(office, number, "release", {"reason": reason}, actor, now))
    return done


def act_on_each(
    office: Office, numbers: Iterable[str], event: str, data: Mapping[str, Any], actor: Actor, now: datetime
) -> list[Outcome]:
    """Do the same with several cases, one after the other, until one of them is refused: :func:`act` says how."""
    return [act(office, number, event, data, actor, now) for number in numbers]


def _check_event(case: Case, event: str, data: Mapping[str, Any]) -> None:
    workflow = WORKFLOWS[case.workflow]
    if event not in workflow.events:
        known = ", ".join(workflow.events_of_people)
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


def _check_version(session: Session, dossier: Dossier, event: str, expected: int | None, actor: Actor) -> None:
    """Somebody who looked at an older version, or whose act is no longer possible, is told who came before them.

    Whoever has nothing to do with the case is told that it is not possible, and nothing about the case.
    """
    case = dossier.case
    possible = event in WORKFLOWS[case.workflow].events_from(case.state)
    if possible and expected in (None, case.version):
        return
    near = dossier.is_party(actor.person_id) or _has_acted(session, case, actor)
    # Also what is done: of two who could have done it in the same second, the other one asks here.
    parts = session.exec(select(Task).where(Task.case_id == case.id)).all()
    near = near or any(dossier.who_may(Part(task.part), task).of(actor.person_id) for task in parts)
    raise Conflict(_what_happened(session, case) if near else Text("That is not possible in the case now."))


def _has_acted(session: Session, case: Case, actor: Actor) -> bool:
    acted = select(Event.id).where(
        Event.chain_id == case.id, Event.actor_id == actor.person_id, Event.kind != "refusal"
    )
    told = select(Message.id).where(Message.case_id == case.id, Message.recipient_id == actor.person_id)
    return session.exec(acted.limit(1)).first() is not None or session.exec(told.limit(1)).first() is not None


def _what_happened(session: Session, case: Case) -> Text:
    last = session.exec(
        select(Event)
        .where(Event.chain_id == case.id, Event.from_state != Event.to_state)
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
        at=clock(last.at),
        state=state,
    )


def options(
    session: Session, office: Office, case: Case, actor: Actor, now: datetime, *, dossier: Dossier | None = None
) -> list[Option]:
    """What this person may do with a case now, and why not the rest. Changes nothing.

    A view that has read the case's dossier hands it in, so that it is not read twice.
    """
    workflow = WORKFLOWS[case.workflow]
    if dossier is None:
        authority = DOSSIERS[case.workflow].authority_over(session, case)
        dossier = dossier_of(session, office, authority, case, now, lock=False)
    waits_for = open_tasks(session, case.id)
    found = []
    for event in workflow.events_from(case.state):
        rules = workflow.rules_for(event, case.state)
        if all(rule.who == (Role.RULE,) for rule in rules):
            continue
        attempt = attempt_on(session, dossier, event, {}, actor, now, waits_for=waits_for)
        needs = tuple(dict.fromkeys(str(name) for rule in rules for name in rule.needs))
        may_say = tuple(dict.fromkeys(str(name) for rule in rules for name in rule.may_say))
        found.append(Option(event=event, needs=needs, may_say=may_say, reasons=workflow.refusal(event, attempt)))
    return found
