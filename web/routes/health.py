"""For those who look after the machine: does it live, can it work, what has it done."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

import migrations
from web.site import site_of

router = APIRouter()


@router.api_route("/healthz", methods=["GET", "HEAD"])
def alive() -> PlainTextResponse:
    """That the process answers."""
    return PlainTextResponse("alive\n")


@router.api_route("/readyz", methods=["GET", "HEAD"])
def ready(request: Request) -> PlainTextResponse:
    """That it can work: the database answers, and its schema is the one this program knows."""
    database = site_of(request).office.database
    try:
        known, found = migrations.latest(database), migrations.current(database)
    except SQLAlchemyError as error:
        return PlainTextResponse(f"no database: {type(error).__name__}\n", 503)
    if known != found:
        return PlainTextResponse(f"the schema is at {found}, not at {known}: behorig upgrade\n", 503)
    return PlainTextResponse("ready\n")


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """What was counted, in the words of Prometheus."""
    return Response(generate_latest(site_of(request).figures.registry), media_type=CONTENT_TYPE_LATEST)
