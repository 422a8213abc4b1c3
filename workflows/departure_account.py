"""The whole list of a departure: what went, when, and in which roles it was done; for those who noticed and who manage.

Roles and not names: who it was stands in the case, for those who may see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from language import Text, clock
from models import AccessProfile, AuthorisationRequest, Case, DepartureNotice, Duty, Event
from workflows.authority import Authority, grouped
from workflows.departure_facts import ends_access_of
from workflows.templates import Listed
from workflows.words import DUTY_WORDS, event_words, mandate_words

OF_AN_ACCESS: Final = (
    "approve",
    "approve_with_changes",
    "keep",
    "revoke_by_default",
    "time_out",
    "redecide",
    "execute",
    "register",
)
OF_THE_NOTICE: Final = (
    "notice",
    "release",
    "move_day",
    "leave_now",
    "block",
    "reopen_accounts",
    "close_accounts",
    "return_equipment",
)


def account_of(
    session: Session, authority: Authority, notice: DepartureNotice, duties: Sequence[Duty]
) -> tuple[Listed, ...]:
    """Each access, then accounts and equipment, then the duties: every step that was taken, with its day and role."""
    rows = session.exec(
        select(AuthorisationRequest, Case, AccessProfile)
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .join(AccessProfile, col(AccessProfile.id) == col(AuthorisationRequest.profile_id))
        .where(ends_access_of(notice))
        .order_by(col(Case.number))
    ).all()
    events = _events(session, [notice.id, *(case.id for _, case, _ in rows)])
    found = [
        Listed(
            heading=Text(
                "{number} {system}, {profile}",
                number=case.number,
                system=authority.systems[request.system_id].name,
                profile=profile.name,
            ),
            lines=_steps(events.get(case.id, ()), OF_AN_ACCESS),
        )
        for request, case, profile in rows
    ]
    own = events.get(notice.id, [])
    found.append(Listed(heading=Text("The notice, accounts and equipment"), lines=_steps(own, OF_THE_NOTICE)))
    kinds = {duty.name: duty.kind for duty in duties}
    settled = [event for event in own if event.kind == "settle"]
    if settled:
        lines = [
            Text(
                "{duty} ({what}): {step}",
                duty=event.data["duty"],
                what=DUTY_WORDS[kinds[event.data["duty"]]],
                step=_step(event),
            )
            for event in settled
        ]
        found.append(Listed(heading=Text("Duties"), lines=tuple(lines)))
    return tuple(found)


def _events(session: Session, chains: Iterable[UUID]) -> dict[UUID, list[Event]]:
    query = select(Event).where(col(Event.chain_id).in_(list(chains)), col(Event.mandate).is_not(None))
    return grouped(session.exec(query.order_by(col(Event.position))), lambda event: event.chain_id)


def _steps(events: Iterable[Event], kinds: Sequence[str]) -> tuple[Text, ...]:
    return tuple(_step(event) for event in events if event.kind in kinds)


def _step(event: Event) -> Text:
    role = mandate_words(event.mandate) if event.mandate else Text("by rule")
    return Text("{at} {what}, {role}", at=clock(event.at), what=event_words(event.kind), role=role)
