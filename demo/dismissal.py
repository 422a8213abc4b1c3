"""The first story: somebody is dismissed on the evening of a holiday, with access to two systems and a delegation."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlmodel import Session, col, select

from demo import cast
from language import Text
from models import (
    AccessGrant,
    AccessProfile,
    AppointedRole,
    Appointment,
    AuthorisationRequest,
    Case,
    DepartureKind,
    Employment,
    EmploymentKind,
    GoverningBody,
    ItSystem,
    Part,
    Person,
)
from workflows import cases, delegating, escalation, leaving, orders
from workflows.authority import Authority
from workflows.deadlines import today
from workflows.departure_views import departure_view
from workflows.dossier import open_tasks
from workflows.leaving import Leaver
from workflows.lookup import case_by_number
from workflows.orders import Line

if TYPE_CHECKING:
    from demo.story import Story

EVENING = datetime(2026, 6, 6, 19, 0, tzinfo=UTC)
"""Saturday 6 June 2026, the National Day, 21:00 in Sweden."""


def play(story: Story) -> None:
    """From the notice to the closed departure, in one night and a morning."""
    story.heading(Text("1. Dismissed on the evening of a holiday"))
    with story.office.database.reading(story.office.organisation_id) as session:
        leaver = _leaver(session)
        chair, body = _chair_of_their_system(session, leaver)
    delegating.delegate(
        story.office,
        delegating.NewDelegation(
            number="D-DEMO-1", body=body, delegate=leaver, reference="§ 31", first=today(story.now)
        ),
        story.actor(chair),
        story.now,
    )
    waiting = _asked_of(story, leaver, body)
    story.now = EVENING
    story.say(
        Text(
            "{who} has access to two systems, decides for {body} by delegation, and has {number} to decide on.",
            who=leaver,
            body=body,
            number=waiting,
        )
    )
    notice = Leaver(employee_number=leaver, last_day=today(EVENING), kind=DepartureKind.IMMEDIATE)
    outcome = leaving.notice(story.office, notice, story.actor(cast.HR_OFFICER), story.now)
    number = outcome.number
    story.numbers.append(number)
    story.told(number, outcome.state)
    parts = _parts(story, number)
    story.numbers.extend(parts)
    story.expect(len(parts) == 2, "each access gets an end request")
    story.expect("BLOCK" in _waits_for(story, number), "the block is asked for in the same second")
    story.mailbox_emptied()
    story.now += timedelta(minutes=6)
    story.say(Text("The technician's block waits for nobody:"))
    story.act(number, "block", cast.TECHNICIAN, ticket_number="NX-13001")
    story.expect(_grant_states(story, leaver) == {"SUSPENDED"}, "nothing opens any more")
    story.say(Text("One owner confirms at once, the other says nothing:"))
    story.act(parts[0], "approve", _holder(story, parts[0]))
    story.now = EVENING + timedelta(hours=1)
    escalation.sweep_all(story.office, story.now)
    story.expect("revoke_by_default" in story.events(parts[1]), "an owner's silence revokes, within the hour")
    story.say(Text("The hour is over: revoked by default, and the record says so."))
    story.mailbox_emptied()
    for part in parts:
        story.act(part, "execute", _holder(story, part), account_name="removed")
        story.act(part, "register", cast.TECHNICIAN, ticket_number="NX-13002")
    story.expect(_grant_states(story, leaver) == {"REVOKED"}, "every access is gone")
    story.act(number, "close_accounts", cast.TECHNICIAN, ticket_number="NX-13003")
    story.expect(leaver not in _holders(story, waiting), "the leaver's task is no longer theirs")
    story.now = EVENING + timedelta(hours=35)
    story.say(Text("Monday morning. What waited for the leaver waits for the others who may decide:"))
    story.act(waiting, "approve", _holder(story, waiting))
    story.act(number, "return_equipment", cast.TECHNICIAN, comment=story.word(Text("A laptop and a phone, wiped.")))
    story.expect(story.state(number) == "AWAITING_REGISTRATION", "somebody must take over the delegation first")
    story.act(number, "settle", chair, duty="D-DEMO-1", successor=chair)
    story.expect(story.state(number) == "CLOSED", "the departure is closed when nothing is left")
    with story.office.database.reading(story.office.organisation_id) as session:
        page = departure_view(session, story.office, number, story.actor(cast.HR_OFFICER), story.now)
    story.expect(page["left"] == 0, "nothing is left")
    story.told(number, page["state"])
    story.mailbox_emptied()


def _leaver(session: Session) -> str:
    """Somebody with one lasting employment, no duties, and access to exactly two systems with a delegate each."""
    two = (
        sa.select(col(AccessGrant.person_id))
        .where(col(AccessGrant.ended_at).is_(None), col(AccessGrant.ends_on).is_(None))
        .group_by(col(AccessGrant.person_id))
        .having(sa.func.count() == 2, sa.func.count(sa.distinct(col(AccessGrant.system_id))) == 2)
    )
    live = (
        sa.select(col(AccessGrant.person_id))
        .where(col(AccessGrant.ended_at).is_(None))
        .group_by(col(AccessGrant.person_id))
        .having(sa.func.count() > 2)
    )
    lasting = (
        sa.select(col(Employment.person_id))
        .group_by(col(Employment.person_id))
        .having(sa.func.count() == 1, sa.func.max(col(Employment.ends_on)).is_(None))
    )
    appointed = sa.select(col(Appointment.person_id))
    return session.exec(
        select(Person.employee_number)
        .join(Employment, col(Employment.person_id) == col(Person.id))
        .where(
            Employment.kind == EmploymentKind.PERMANENT,
            Employment.starts_on < date(2026, 1, 1),
            Person.protected_identity == False,  # noqa: E712 - a column
            col(Person.id).in_(two),
            col(Person.id).not_in(live),
            col(Person.id).in_(lasting),
            col(Person.id).not_in(appointed),
        )
        .order_by(col(Person.employee_number))
        .limit(1)
    ).one()


def _chair_of_their_system(session: Session, leaver: str) -> tuple[str, str]:
    """The chair of the body that owns one of the systems, and the body's key."""
    authority = Authority.read(session)
    owner = session.exec(
        select(ItSystem.owner_id)
        .join(AccessGrant, col(AccessGrant.system_id) == col(ItSystem.id))
        .join(Person, col(Person.id) == col(AccessGrant.person_id))
        .where(Person.employee_number == leaver)
        .order_by(col(ItSystem.key))
    ).first()
    if owner is None:
        raise LookupError("the leaver has no access")
    chair = next(iter(authority.appointed(AppointedRole.CHAIR, EVENING.date(), body_id=owner)))
    number = session.exec(select(Person.employee_number).where(Person.id == chair.person_id)).one()
    return number, authority.bodies[owner].key


def _asked_of(story: Story, leaver: str, body: str) -> str:
    """A manager asks for access in one of the body's systems: a decision that is the leaver's to make."""
    with story.office.database.reading(story.office.organisation_id) as session:
        system, profile = session.exec(
            select(ItSystem.key, AccessProfile.key)
            .join(AccessProfile, col(AccessProfile.system_id) == col(ItSystem.id))
            .join(GoverningBody, col(GoverningBody.id) == col(ItSystem.owner_id))
            .where(
                GoverningBody.key == body,
                col(ItSystem.approved_on).is_not(None),
                col(AccessProfile.licences).is_(None),
                col(AccessProfile.withdrawn_on).is_(None),
                col(AccessProfile.requires_end_date).is_(False),
                col(AccessProfile.requires_undertaking).is_(False),
            )
            .order_by(col(ItSystem.key), col(AccessProfile.level), col(AccessProfile.key))
        ).first() or ("", "")
    line = Line(
        employee_number=cast.NURSE,
        system=system,
        profile=profile,
        purpose=story.word(Text("Reports hours for the night team.")),
    )
    (outcome,) = orders.open_order(story.office, [line], story.actor(cast.REQUESTER), story.now)
    story.expect(leaver in _holders(story, outcome.number), "a decision waits for the leaver")
    story.numbers.append(outcome.number)
    return outcome.number


def _parts(story: Story, number: str) -> list[str]:
    with story.office.database.reading(story.office.organisation_id) as session:
        notice = case_by_number(session, number)
        return list(
            session.exec(
                select(Case.number)
                .join(AuthorisationRequest, col(AuthorisationRequest.id) == col(Case.id))
                .where(AuthorisationRequest.notice_id == notice.id)
                .order_by(col(Case.number))
            )
        )


def _holder(story: Story, number: str) -> str:
    return _holders(story, number)[0]


def _holders(story: Story, number: str) -> list[str]:
    """Those who may act now, whoever comes first of them first."""
    with story.office.database.reading(story.office.organisation_id) as session:
        case = case_by_number(session, number)
        dossier = cases.dossier_of(session, story.office, Authority.read(session), case, story.now, lock=False)
        (task,) = open_tasks(session, case.id)
        people = {row.id: row.employee_number for row in session.exec(select(Person))}
        return [people[holder.person_id] for holder in dossier.who_may(Part(task.part), task).holders]


def _waits_for(story: Story, number: str) -> set[str]:
    with story.office.database.reading(story.office.organisation_id) as session:
        return {task.part for task in open_tasks(session, case_by_number(session, number).id)}


def _grant_states(story: Story, leaver: str) -> set[str]:
    with story.office.database.reading(story.office.organisation_id) as session:
        return set(
            session.exec(
                select(AccessGrant.state)
                .join(Person, col(Person.id) == col(AccessGrant.person_id))
                .where(Person.employee_number == leaver)
            )
        )
