"""In what order rows are locked. Everybody keeps to it, so that nobody waits in a ring.

The case that an act is on; the number series; the open requests of a departure, by their ids; the person; the
profiles; the grants; the organisation.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import AuthorisationRequest, Case, DepartureNotice, Person, locked
from workflows import numbers
from workflows.workflow import Workflow


def hold_what_ends(session: Session, notice: DepartureNotice, now: datetime, *, opens: tuple[Workflow, ...]) -> None:
    """Hold all that a departure may change, and the series of the workflows that it may open cases of."""
    for prefix in sorted(workflow.prefix for workflow in opens):
        numbers.hold(session, notice.organisation_id, prefix, now)
    requests = (
        select(Case)
        .join(AuthorisationRequest, col(AuthorisationRequest.id) == col(Case.id))
        .where(
            sa.or_(
                col(AuthorisationRequest.notice_id) == notice.id,
                col(AuthorisationRequest.employment_id) == notice.employment_id,
            ),
            col(Case.closed_at).is_(None),
        )
        .order_by(col(Case.id))
    )
    session.exec(locked(requests, of=Case), execution_options={"populate_existing": True}).all()
    session.exec(locked(select(Person.id).where(Person.id == notice.person_id))).one()
