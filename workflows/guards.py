"""Claims that must hold, each returning the reason when it does not. Named as the claim; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from uuid import UUID

from language import Text
from models import AccessProfile, AuthorisationRequest, DepartureKind, GrantState, RequestKind
from workflows.deadlines import end_of_day, last_day
from workflows.errors import Reason
from workflows.facts import Holding, RequestFacts, is_employed_throughout
from workflows.words import moment_words
from workflows.workflow import Attempt, Field


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What access is, or would be, given: the profile and the period. Until a decision it is what was asked."""

    profile: AccessProfile
    scope: str
    starts_on: date
    ends_on: date | None
    ends_at: datetime | None
    """The moment it ends; midnight after the last day unless an hour was given."""


def facts_of(attempt: Attempt) -> RequestFacts:
    """The facts, in their own type."""
    return cast("RequestFacts", attempt.facts)


def request_of(attempt: Attempt) -> AuthorisationRequest:
    """The request, in its own type."""
    return cast("AuthorisationRequest", attempt.subject)


def terms(attempt: Attempt) -> Terms:
    """What this attempt is about: what the decider says now, else what was asked."""
    request, facts, data = request_of(attempt), facts_of(attempt), attempt.data
    key = data.get(Field.PROFILE)
    profile = facts.profiles.get(str(key), facts.profile) if key else facts.profile
    ends_at: datetime | None = data.get(Field.ENDS_AT)
    ends_on: date | None = data.get(Field.ENDS_ON) or (last_day(ends_at) if ends_at else request.ends_on)
    if ends_at is None and ends_on == request.ends_on:
        ends_at = request.ends_at
    if ends_at is None and ends_on is not None:
        ends_at = end_of_day(ends_on)
    return Terms(
        profile=profile,
        scope=request.scope,
        starts_on=data.get(Field.STARTS_ON) or request.starts_on,
        ends_on=ends_on,
        ends_at=ends_at,
    )


def _asks_for_access(attempt: Attempt) -> bool:
    """Ending access is never held up by what would hinder getting it."""
    return request_of(attempt).kind != RequestKind.END


def person_is_employed_for_the_whole_period(attempt: Attempt) -> Reason | None:
    """The access lies within the employment it hangs on."""
    asked, employment = terms(attempt), facts_of(attempt).employment
    if not _asks_for_access(attempt) or is_employed_throughout(employment, asked.starts_on, asked.ends_on):
        return None
    if employment.ends_on is None:
        return Reason(
            "not-employed-then",
            Text("The employment begins {first}; choose a first day from then on.", first=employment.starts_on),
        )
    return Reason(
        "not-employed-then",
        Text(
            "The employment lasts {first} to {last}; choose a period within it.",
            first=employment.starts_on,
            last=employment.ends_on,
        ),
    )


def profile_is_in_force(attempt: Attempt) -> Reason | None:
    """The profile can be ordered: it has begun and is not withdrawn."""
    profile, today = terms(attempt).profile, facts_of(attempt).today
    if not _asks_for_access(attempt):
        return None
    if profile.valid_from > today:
        return Reason("profile-not-in-force", Text("The profile {name} is not in force yet.", name=profile.name))
    if profile.withdrawn_on is not None and profile.withdrawn_on <= today:
        return Reason(
            "profile-not-in-force",
            Text(
                "The profile {name} was withdrawn {day}; choose another.", name=profile.name, day=profile.withdrawn_on
            ),
        )
    return None


def system_is_approved_for_operation(attempt: Attempt) -> Reason | None:
    """The owner has approved the system for operation, and has not withdrawn it."""
    system, today = facts_of(attempt).system, facts_of(attempt).today
    approved = system.approved_on is not None and system.approved_on <= today
    withdrawn = system.approval_withdrawn_on is not None and system.approval_withdrawn_on <= today
    if not _asks_for_access(attempt) or (approved and not withdrawn):
        return None
    return Reason("system-not-approved", Text("The system {name} is not approved for operation.", name=system.name))


def end_date_is_given_where_demanded(attempt: Attempt) -> Reason | None:
    """There is a last day when the profile or the employment demands one, and it is not too far away."""
    if not _asks_for_access(attempt):
        return None
    asked, employment = terms(attempt), facts_of(attempt).employment
    if asked.ends_on is None and (asked.profile.requires_end_date or asked.profile.max_days):
        return Reason("end-date-demanded", Text("The profile {name} demands a last day.", name=asked.profile.name))
    if asked.ends_on is None and employment.ends_on is not None:
        return Reason(
            "end-date-demanded",
            Text("The employment ends {day}; give a last day no later than that.", day=employment.ends_on),
        )
    if asked.ends_on is not None and asked.profile.max_days is not None:
        days = (asked.ends_on - asked.starts_on).days + 1
        if days > asked.profile.max_days:
            return Reason(
                "period-too-long",
                Text(
                    "The profile {name} is given for {most} days at most; {days} were asked for.",
                    name=asked.profile.name,
                    most=asked.profile.max_days,
                    days=days,
                ),
            )
    return None


def period_is_in_order(attempt: Attempt) -> Reason | None:
    """The last day is not before the first."""
    asked = terms(attempt)
    if asked.ends_on is not None and asked.ends_on < asked.starts_on:
        return Reason("period-backwards", Text("The last day is before the first day."))
    if asked.ends_on is not None and asked.ends_at is not None and last_day(asked.ends_at) != asked.ends_on:
        return Reason("period-backwards", Text("The hour it ends is not on the last day."))
    return None


def period_is_not_wholly_past(attempt: Attempt) -> Reason | None:
    """The access has time left, unless it is a retroactive emergency order with its own reason."""
    asked, request = terms(attempt), request_of(attempt)
    if not _asks_for_access(attempt) or request.retroactive_reason:
        return None
    if asked.ends_at is not None and asked.ends_at <= attempt.now:
        return Reason(
            "period-past",
            Text("The whole period has passed; a retroactive emergency order needs a reason of its own."),
        )
    return None


def a_start_in_the_past_has_its_own_reason(attempt: Attempt) -> Reason | None:
    """An order for days already gone says why; it is marked as retroactive."""
    asked, request, today = terms(attempt), request_of(attempt), facts_of(attempt).today
    if not _asks_for_access(attempt) or request.retroactive_reason or asked.starts_on >= today:
        return None
    return Reason(
        "retroactive-without-reason",
        Text("The first day has passed; a retroactive emergency order needs a reason of its own."),
    )


def no_forbidden_combination(attempt: Attempt) -> Reason | None:
    """No two profiles that must not meet, held or asked for, in whichever order they came."""
    if not _asks_for_access(attempt):
        return None
    facts, asked = facts_of(attempt), terms(attempt)
    forbidden = facts.forbidden.get(asked.profile.id, {})
    for holding in (*facts.held, *facts.pending):
        if holding.profile_id in forbidden:
            return Reason(
                "forbidden-combination",
                Text(
                    "{name} must not meet another profile that the person has or has asked for: {why}",
                    name=asked.profile.name,
                    why=forbidden[holding.profile_id],
                ),
            )
    return None


def a_licence_is_free(attempt: Attempt) -> Reason | None:
    """There is a licence left for the profile, those already decided counted."""
    facts, asked = facts_of(attempt), terms(attempt)
    most = asked.profile.licences
    if not _asks_for_access(attempt) or most is None:
        return None
    if request_of(attempt).kind == RequestKind.RENEW and facts.grant and facts.grant.profile_id == asked.profile.id:
        return None
    if facts.licences_taken.get(asked.profile.id, 0) < most:
        return None
    return Reason("no-licence", Text("All {most} licences for {name} are taken.", most=most, name=asked.profile.name))


def undertaking_is_acknowledged_where_demanded(attempt: Attempt) -> Reason | None:
    """The person has acknowledged the undertaking of confidentiality when the profile demands it."""
    facts, asked = facts_of(attempt), terms(attempt)
    if not _asks_for_access(attempt) or not asked.profile.requires_undertaking or facts.undertaking_on is not None:
        return None
    return Reason(
        "no-undertaking",
        Text(
            "{name} demands that the person has acknowledged the undertaking of confidentiality.",
            name=asked.profile.name,
        ),
    )


def it_is_no_duplicate(attempt: Attempt) -> Reason | None:
    """The person does not already have this, nor is it already asked for."""
    request, facts, asked = request_of(attempt), facts_of(attempt), terms(attempt)
    if request.kind not in (RequestKind.NEW, RequestKind.CHANGE):
        return None
    if facts.grant is not None and facts.grant.profile_id == asked.profile.id:
        return Reason("duplicate", Text("The person already has this access; renew or change it instead."))
    key = (asked.profile.id, request.employment_id, asked.scope)
    for holding in _same(facts, key):
        if holding.number:
            return Reason("duplicate", Text("The same access is already asked for in {number}.", number=holding.number))
        return Reason("duplicate", Text("The person already has this access; renew or change it instead."))
    return None


def _same(facts: RequestFacts, key: tuple[UUID, UUID, str]) -> Iterator[Holding]:
    for holding in (*facts.held, *facts.pending):
        if (holding.profile_id, holding.employment_id, holding.scope) == key:
            yield holding


def its_end_is_not_asked_already(attempt: Attempt) -> Reason | None:
    """Access ends once."""
    if not facts_of(attempt).ended_by:
        return None
    return Reason("duplicate", Text("Its end is already asked for in {number}.", number=facts_of(attempt).ended_by))


def the_grant_it_is_about_is_live(attempt: Attempt) -> Reason | None:
    """What is to be changed, renewed or ended is still there."""
    if request_of(attempt).kind == RequestKind.NEW or facts_of(attempt).grant is not None:
        return None
    return Reason("grant-gone", Text("The access that this is about has already ended."))


def system_has_an_administrator_when_it_needs_one(attempt: Attempt) -> Reason | None:
    """A system with more than one user has an administrator. Source: IT programme 4.5."""
    facts = facts_of(attempt)
    if not _asks_for_access(attempt) or facts.other_users < 1 or facts.has_administrator:
        return None
    return Reason(
        "no-administrator",
        Text(
            "{name} gets more than one user and has no administrator; its owner appoints one first.",
            name=facts.system.name,
        ),
    )


def it_ends_before_a_noticed_departure(attempt: Attempt) -> Reason | None:
    """Nothing is given beyond the last day of somebody who leaves."""
    asked, leaving = terms(attempt), facts_of(attempt).leaving
    if not _asks_for_access(attempt) or leaving is None:
        return None
    if asked.ends_at is not None and asked.ends_at <= leaving.ends_at:
        return None
    return Reason(
        "leaves-before", Text("The employment ends {day}; nothing is ordered beyond that.", day=leaving.last_day)
    )


def it_is_part_of_no_departure(attempt: Attempt) -> Reason | None:
    """What follows from a departure is not rejected, questioned or taken back: HR moves the day or cancels it."""
    notice = facts_of(attempt).notice
    if notice is None or notice.kind == DepartureKind.MOVE:
        return None
    return Reason(
        "part-of-a-departure",
        Text("This follows from a departure: confirm it, or set an earlier day. Only HR moves the day or cancels it."),
    )


def it_is_part_of_a_move(attempt: Attempt) -> Reason | None:
    """Only what somebody has from duties they no longer have is kept or not."""
    notice = facts_of(attempt).notice
    if notice is not None and notice.kind == DepartureKind.MOVE:
        return None
    return Reason("no-move", Text("Only access that came with earlier duties is kept this way."))


def what_is_kept_ends_no_later_than_decided(attempt: Attempt) -> Reason | None:
    """What is kept is kept for as long as it was given, or shorter."""
    grant, kept = facts_of(attempt).grant, attempt.data.get(Field.ENDS_ON)
    if grant is None or kept is None or grant.ends_on is None or kept <= grant.ends_on:
        return None
    return Reason("more-than-asked", Text("It was given until {day}; renew it if longer is needed.", day=grant.ends_on))


def its_last_moment_has_come(attempt: Attempt) -> Reason | None:
    """Access that is to last a while yet is not removed before."""
    decision = facts_of(attempt).decision
    if _asks_for_access(attempt) or decision is None or decision.ends_at is None or decision.ends_at <= attempt.now:
        return None
    grant = facts_of(attempt).grant
    if grant is not None and grant.state == GrantState.REVOCATION_PENDING:
        return None
    return Reason(
        "not-yet", Text("The access lasts until {moment}; remove it then.", moment=moment_words(decision.ends_at))
    )


def it_is_not_executed(attempt: Attempt) -> Reason | None:
    """What has been carried out in the system is not called off; it is ordered anew."""
    if request_of(attempt).executed_at is None:
        return None
    return Reason("executed", Text("It is carried out already; order it anew if it is needed."))


def what_is_decided_is_no_more_than_was_asked(attempt: Attempt) -> Reason | None:
    """An owner may shorten the period or choose a lesser profile of the system, not widen."""
    request, facts, asked = request_of(attempt), facts_of(attempt), terms(attempt)
    key = attempt.data.get(Field.PROFILE)
    if key and str(key) not in facts.profiles:
        return Reason(
            "unknown-profile",
            Text("There is no profile {key} in {name}.", key=key, name=facts.system.name),
        )
    later = asked.ends_at is None and request.ends_at is not None
    if not _asks_for_access(attempt):
        # An end can come earlier than was asked for, and is about the profile it is about.
        later = request.ends_at is None or bool(key)
    if asked.ends_at is not None and request.ends_at is not None and asked.ends_at > request.ends_at:
        later = True
    wider = asked.profile.id != facts.profile.id and asked.profile.level >= facts.profile.level
    if later or wider or asked.starts_on < request.starts_on:
        return Reason(
            "more-than-asked",
            Text("A decision may give a shorter period or a lesser profile than was asked for, not more."),
        )
    return None


def something_is_changed(attempt: Attempt) -> Reason | None:
    """A decision with changes changes something; what, is not said yet while somebody only looks at what they may."""
    if attempt.dry:
        return None
    request, asked = request_of(attempt), terms(attempt)
    same = (asked.profile.id, asked.starts_on, asked.ends_on) == (
        request.profile_id,
        request.starts_on,
        request.ends_on,
    )
    if not same or asked.ends_at != (request.ends_at or (end_of_day(request.ends_on) if request.ends_on else None)):
        return None
    return Reason("nothing-changed", Text("Nothing differs from what was asked; approve it as it is."))


def solver_is_known(attempt: Attempt) -> Reason | None:
    """An obstacle names who can remove it."""
    solver = attempt.data.get(Field.SOLVER)
    if not solver or solver in SOLVERS:
        return None
    return Reason("unknown-solver", Text("Who can solve it is one of: {roles}.", roles=", ".join(SOLVERS)))


def it_is_access_that_is_asked_for(attempt: Attempt) -> Reason | None:
    """An end is approved or rejected; there is nothing in it to change, and no other decision to ask for."""
    if _asks_for_access(attempt):
        return None
    return Reason("is-an-end", Text("An end is decided as it is, and then carried out."))


def it_is_an_end_that_is_asked_for(attempt: Attempt) -> Reason | None:
    """Only an end is carried out without anybody deciding."""
    if not _asks_for_access(attempt):
        return None
    return Reason("is-no-end", Text("Silence gives no access; only an end is carried out without a decision."))


def it_is_no_decided_end(attempt: Attempt) -> Reason | None:
    """A decided end is not called off: silence or second thoughts never keep access open."""
    if _asks_for_access(attempt) or facts_of(attempt).grant is None:
        # An end of what has ended another way is nothing that can be carried out.
        return None
    return Reason("is-an-end", Text("A decided end is carried out; order the access anew if it is still needed."))


def the_grant_is_not_being_removed(attempt: Attempt) -> Reason | None:
    """Access that has run out is removed, not renewed or changed behind the back of the one removing it."""
    grant = facts_of(attempt).grant
    if not _asks_for_access(attempt) or grant is None or grant.state != GrantState.REVOCATION_PENDING:
        return None
    return Reason("being-removed", Text("The access has run out and is being removed; order it anew when it is gone."))


def person_still_works_here(attempt: Attempt) -> Reason | None:
    """Nothing is set up for an employment that has ended meanwhile."""
    facts = facts_of(attempt)
    last = facts.employment.ends_on
    if facts.leaving is not None and facts.leaving.ends_at <= attempt.now:
        last = facts.leaving.last_day
    elif last is not None and facts.today <= last:
        return None
    if not _asks_for_access(attempt) or last is None:
        return None
    return Reason(
        "employment-ended", Text("The employment ended {day}; report it as an obstacle to the owner.", day=last)
    )


SOLVERS = ("requester", "owner", "administrator", "technician", "head_of_it")

ORDER_GUARDS = (
    period_is_in_order,
    person_is_employed_for_the_whole_period,
    profile_is_in_force,
    system_is_approved_for_operation,
    end_date_is_given_where_demanded,
    period_is_not_wholly_past,
    no_forbidden_combination,
    a_licence_is_free,
    undertaking_is_acknowledged_where_demanded,
    it_is_no_duplicate,
    the_grant_it_is_about_is_live,
    the_grant_is_not_being_removed,
    system_has_an_administrator_when_it_needs_one,
    it_ends_before_a_noticed_departure,
)
"""What must hold when access is asked for, and again when it is decided."""
