"""The view of a case whatever its workflow, for those who know only its number."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlmodel import Session

from workflows import authorisation, departure, release
from workflows.departure_views import departure_view
from workflows.evidence import Actor
from workflows.lookup import case_by_number
from workflows.office import Office
from workflows.release_views import release_view
from workflows.views import case_view

VIEWS: Final = {
    authorisation.WORKFLOW.name: case_view,
    departure.WORKFLOW.name: departure_view,
    release.WORKFLOW.name: release_view,
}


def view_of(session: Session, office: Office, number: str, actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """The name of a case's workflow, and the case as that workflow shows it; NotFound as the view says it."""
    workflow = case_by_number(session, number).workflow
    return workflow, VIEWS[workflow](session, office, number, actor, now)
