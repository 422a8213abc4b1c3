"""What waits for whoever is logged in, the most urgent first."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from web.visit import Somebody
from workflows import views

router = APIRouter()


@router.get("/", name="inbox")
def inbox(visit: Somebody) -> Response:
    """The inbox."""
    with visit.reading() as session:
        tasks = views.inbox(session, visit.office, visit.actor, visit.now)
    return visit.page("inbox.html", tasks=tasks)
