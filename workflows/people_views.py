"""People as others may see them: found by name or number, and one of them on a page of their own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import AuthorisationRequest, Case, Department, DepartureNotice, Employment, ItSystem, Person
from workflows import evidence
from workflows.authority import Authority
from workflows.deadlines import today
from workflows.evidence import Actor, Entry
from workflows.lookup import name_is_like, person_by_number
from workflows.office import Office
from workflows.oversight import LOOKED_AT
from workflows.people import shown_name
from workflows.sight import reads_everything
from workflows.views import is_hr, person_view, rows_by_id

MOST_FOUND = 8


def find(session: Session, actor: Actor, now: datetime, words: str, *, most: int = MOST_FOUND) -> list[dict[str, Any]]:
    """The people whose number or name the words are, each with their employments; nobody for no words.

    HR and those who read everything find anybody, a manager their own staff, and others nobody. Somebody with
    protected identity is found by their number only.
    """
    said = words.strip()
    if not said:
        return []
    authority = Authority.read(session)
    query = (
        select(Person)
        .where(sa.or_(col(Person.employee_number) == said, name_is_like(said)))
        .order_by(col(Person.family_name), col(Person.given_name), col(Person.employee_number))
        .limit(most)
    )
    if not is_hr(authority, actor, now) and not reads_everything(authority, actor, now):
        staff = sa.select(col(Employment.person_id)).where(col(Employment.manager_id) == actor.person_id)
        query = query.where(col(Person.id).in_(staff))
    people = session.exec(query).all()
    employments = _employments(session, [person.id for person in people], actor)
    day = today(now)
    found = []
    for person in people:
        rows = employments.get(person.id, [])
        current = [row for row in rows if row["ends_on"] is None or row["ends_on"] >= day]
        found.append(
            {
                "employee_number": person.employee_number,
                "name": shown_name(person, actor.language),
                "exact": person.employee_number == said,
                "employments": current or rows,
            }
        )
    return found


def _employments(session: Session, people: Iterable[UUID], actor: Actor) -> dict[UUID, list[dict[str, Any]]]:
    rows = session.execute(
        sa.select(Employment, Department)
        .join(Department, col(Department.id) == col(Employment.department_id))
        .where(col(Employment.person_id).in_(list(people)))
        .order_by(col(Employment.number))
    ).all()
    managers = rows_by_id(session, Person, [employment.manager_id for employment, _ in rows])
    found: dict[UUID, list[dict[str, Any]]] = {}
    for employment, department in rows:
        manager = managers.get(employment.manager_id)
        found.setdefault(employment.person_id, []).append(
            {
                "number": employment.number,
                "kind": employment.kind,
                "title": employment.title,
                "department": department.name,
                "manager": shown_name(manager, actor.language) if manager is not None else "",
                "starts_on": employment.starts_on,
                "ends_on": employment.ends_on,
            }
        )
    return found


def person_page(office: Office, number: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """A person with everything the one who asks may see; NotFound for those who may see nothing of them.

    Somebody with protected identity is named to HR, their manager and themself, and to nobody else; and each time
    somebody else opens their page, it is an event.
    """
    with office.database.reading(office.organisation_id) as session:
        page = person_view(session, number, actor, now)
        person = person_by_number(session, number)
        authority = Authority.read(session)
        employments = session.exec(select(Employment).where(Employment.person_id == person.id)).all()
        near = actor.person_id in {person.id, *(row.manager_id for row in employments)} or is_hr(authority, actor, now)
        whole = near or reads_everything(authority, actor, now)
        page |= {
            "protected": person.protected_identity,
            "whole": whole,
            "employments": _employments(session, [person.id], actor).get(person.id, []) if whole else [],
            "cases": _cases(session, person.id) if whole else [],
            "may_notice": is_hr(authority, actor, now) and person.id != actor.person_id,
        }
        if person.protected_identity and near:
            page["name"] = person.name
    if person.protected_identity and person.id != actor.person_id:
        _looked(office, person, actor, now)
    return page


def _looked(office: Office, person: Person, actor: Actor, now: datetime) -> None:
    """Keep who looked, when and at whom."""
    with office.database.writing(office.organisation_id) as session:
        chain = evidence.organisation_chain(session, office.organisation_id)
        entry = Entry(kind=LOOKED_AT, at=now, actor=actor, data={"employee_number": person.employee_number})
        evidence.append(session, chain, [entry])
        session.flush()


def _cases(session: Session, person_id: UUID) -> list[dict[str, Any]]:
    """What has been asked and noticed about somebody, the newest first."""
    request, notice = AuthorisationRequest, DepartureNotice
    rows = session.execute(
        sa.select(Case, request, notice, ItSystem)
        .outerjoin(request, col(request.id) == col(Case.id))
        .outerjoin(notice, col(notice.id) == col(Case.id))
        .outerjoin(ItSystem, col(ItSystem.id) == col(request.system_id))
        .where(sa.or_(col(request.person_id) == person_id, col(notice.person_id) == person_id))
        .order_by(col(Case.opened_at).desc(), col(Case.number).desc())
    )
    return [
        {
            "number": case.number,
            "workflow": case.workflow,
            "kind": (asked or left).kind,
            "system": system.name if system is not None else "",
            "state": case.state,
            "opened_at": case.opened_at,
        }
        for case, asked, left, system in rows
    ]


def departments(session: Session) -> list[tuple[str, str]]:
    """The departments and units there are: key and name, by name."""
    rows = session.exec(select(Department).order_by(col(Department.name), col(Department.key)))
    return [(row.key, row.name) for row in rows]
