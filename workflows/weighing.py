"""What is out of the ordinary in a request, for whoever decides: in words, and for many requests in a few queries.

It decides nothing: what a rule refuses, the guards refuse, when somebody acts. This is what to look at before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from language import Text
from models import (
    AccessGrant,
    AccessProfile,
    AuthorisationRequest,
    Case,
    Decision,
    DepartureKind,
    DepartureNotice,
    Employment,
    RequestKind,
    SodRule,
)
from models.database import values_of
from workflows.deadlines import today
from workflows.errors import Reason
from workflows.facts import OPEN_STATES


@dataclass(frozen=True, kw_only=True)
class Notable:
    """Something to notice. What is unusual is looked at by itself, and not decided together with others."""

    reason: Reason
    unusual: bool = True


@dataclass(frozen=True, kw_only=True)
class _Surroundings:
    """What the requests are weighed against, read once for all of them."""

    now: datetime
    profiles: Mapping[UUID, AccessProfile]
    employments: Mapping[UUID, Employment]
    has: Mapping[UUID, frozenset[UUID]]
    """The profiles a person holds, or has asked for elsewhere."""
    forbidden: Mapping[UUID, Mapping[UUID, str]]
    leaving: Mapping[UUID, DepartureNotice]

    @property
    def day(self) -> date:
        return today(self.now)


def notables(
    session: Session, requests: Sequence[AuthorisationRequest], now: datetime
) -> dict[UUID, tuple[Notable, ...]]:
    """What there is to notice in each of some requests, by the id of its case."""
    # In what only ends access there is nothing to weigh.
    around = _read(session, [request for request in requests if request.kind != RequestKind.END], now)
    return {request.id: tuple(_of(request, around)) for request in requests}


def _read(session: Session, requests: Sequence[AuthorisationRequest], now: datetime) -> _Surroundings:
    people = {request.person_id for request in requests}
    wanted = {request.profile_id for request in requests}
    employments = {request.employment_id for request in requests}
    has: dict[UUID, set[UUID]] = {}
    held = sa.select(col(AccessGrant.person_id), col(AccessGrant.profile_id)).where(
        col(AccessGrant.person_id).in_(people), col(AccessGrant.ended_at).is_(None)
    )
    asked = (
        sa.select(
            col(AuthorisationRequest.person_id),
            sa.func.coalesce(col(Decision.profile_id), col(AuthorisationRequest.profile_id)),
        )
        .join(Case, col(Case.id) == col(AuthorisationRequest.id))
        .outerjoin(Decision, col(Decision.id) == col(AuthorisationRequest.decision_id))
        .where(
            col(AuthorisationRequest.person_id).in_(people),
            col(AuthorisationRequest.kind).in_((RequestKind.NEW, RequestKind.CHANGE)),
            col(Case.state).in_(OPEN_STATES),
        )
    )
    for query in (held, asked):
        for person_id, profile_id in session.execute(query):
            has.setdefault(person_id, set()).add(profile_id)
    forbidden: dict[UUID, dict[UUID, str]] = {}
    for rule in values_of(
        session, SodRule, col(SodRule.first_profile_id).in_(wanted) | col(SodRule.second_profile_id).in_(wanted)
    ):
        forbidden.setdefault(rule.first_profile_id, {})[rule.second_profile_id] = rule.reason
        forbidden.setdefault(rule.second_profile_id, {})[rule.first_profile_id] = rule.reason
    return _Surroundings(
        now=now,
        profiles={row.id: row for row in values_of(session, AccessProfile, col(AccessProfile.id).in_(wanted))},
        employments={row.id: row for row in values_of(session, Employment, col(Employment.id).in_(employments))},
        has={person: frozenset(profiles) for person, profiles in has.items()},
        forbidden=forbidden,
        leaving={
            row.employment_id: row
            for row in values_of(
                session,
                DepartureNotice,
                col(DepartureNotice.employment_id).in_(employments),
                col(DepartureNotice.kind) != DepartureKind.MOVE,
                col(DepartureNotice.cancelled_at).is_(None),
            )
        },
    )


def _of(request: AuthorisationRequest, around: _Surroundings) -> Iterator[Notable]:
    if request.kind == RequestKind.END:
        if request.notice_id is not None:
            why = Text("This follows from a departure or a change of duties.")
            yield Notable(reason=Reason("part-of-a-departure", why))
        return
    yield from _of_the_profile(request, around)
    yield from _of_the_period(request, around)
    yield from _of_the_person(request, around)


def _of_the_profile(request: AuthorisationRequest, around: _Surroundings) -> Iterator[Notable]:
    profile = around.profiles[request.profile_id]
    if profile.privileged:
        what = Text("{name} is a privileged profile: it reaches further than ordinary work needs.", name=profile.name)
        yield Notable(reason=Reason("privileged", what))
    if profile.withdrawn_on is not None and profile.withdrawn_on <= around.day:
        what = Text("The profile {name} was withdrawn {day}.", name=profile.name, day=profile.withdrawn_on)
        yield Notable(reason=Reason("profile-not-in-force", what))
    others = around.has.get(request.person_id, frozenset())
    for other, why in around.forbidden.get(profile.id, {}).items():
        if other in others:
            what = Text(
                "Forbidden combination with something else that the person has or has asked for: {why}", why=why
            )
            yield Notable(reason=Reason("forbidden-combination", what))


def _of_the_period(request: AuthorisationRequest, around: _Surroundings) -> Iterator[Notable]:
    if request.ends_at is not None and request.ends_at <= around.now:
        yield Notable(reason=Reason("period-past", Text("The whole period has passed already.")))
    if request.retroactive_reason:
        yield Notable(
            reason=Reason(
                "retroactive",
                Text("Retroactive, from {day}: {why}", day=request.starts_on, why=request.retroactive_reason),
            )
        )
    if request.ends_on is None:
        privileged = around.profiles[request.profile_id].privileged
        lasts = Text("No last day is given: the access lasts until somebody ends it.")
        yield Notable(reason=Reason("no-last-day", lasts), unusual=privileged)


def _of_the_person(request: AuthorisationRequest, around: _Surroundings) -> Iterator[Notable]:
    leaving = around.leaving.get(request.employment_id)
    employment = around.employments[request.employment_id]
    if leaving is not None:
        yield Notable(reason=Reason("leaves", Text("The person leaves: the last day is {day}.", day=leaving.last_day)))
    elif employment.ends_on is not None and employment.ends_on < around.day:
        ended = Text("The employment ended {day}.", day=employment.ends_on)
        yield Notable(reason=Reason("employment-ended", ended))
    if request.requester_id == request.person_id:
        yield Notable(reason=Reason("own-request", Text("The person asks for their own access.")), unusual=False)


def notable_rows(found: Sequence[Notable]) -> list[dict[str, Any]]:
    """What there is to notice, as it is shown."""
    return [{"code": each.reason.code, "text": each.reason.text, "unusual": each.unusual} for each in found]
