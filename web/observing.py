"""What can be seen of the site from outside: a line of log for each request, and figures. Nothing personal in them."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final
from uuid import uuid4

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger("behorig.web")
SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
NO_ROUTE: Final = "-"


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What is counted, for Prometheus to fetch."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    requests: Counter = field(init=False)
    seconds: Histogram = field(init=False)

    def __post_init__(self) -> None:
        counted = Counter(
            "behorig_requests", "Requests that were answered.", ("method", "route", "status"), registry=self.registry
        )
        measured = Histogram(
            "behorig_request_seconds", "Time until an answer.", ("route",), registry=self.registry, buckets=SECONDS
        )
        object.__setattr__(self, "requests", counted)
        object.__setattr__(self, "seconds", measured)


class Observer:
    """Gives each request an id, and says when it is answered: by which route, never by which path."""

    def __init__(self, app: ASGIApp, *, figures: Figures) -> None:
        self.app = app
        self.figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope.setdefault("state", {})["request_id"] = str(uuid4())
        status = 500
        begun = perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            self._tell(scope, status, request_id, perf_counter() - begun)

    def _tell(self, scope: Scope, status: int, request_id: str, seconds: float) -> None:
        # The route, such as /cases/{number}: a path holds numbers of cases and people.
        route = getattr(scope.get("route"), "path", NO_ROUTE)
        method = scope["method"] if route != NO_ROUTE else NO_ROUTE
        self.figures.requests.labels(method, route, str(status)).inc()
        self.figures.seconds.labels(route).observe(seconds)
        fields = {"request": request_id, "method": method, "route": route, "status": status}
        LOG.info("answered", extra={"fields": {**fields, "ms": round(seconds * 1000, 1)}})


def request_id_of(connection: HTTPConnection) -> str:
    """The id of a request, which stands in the log and on the page that says that something went wrong."""
    return str(connection.scope.get("state", {}).get("request_id", ""))


class JsonLines(logging.Formatter):
    """A line of JSON for each record."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON; its own fields beside the time, the level and the message."""
        said: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "said": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            said["error"] = record.exc_info[0].__name__
        return json.dumps(said, ensure_ascii=False)


def log_as_json() -> None:
    """Let the whole process log lines of JSON to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # The scheduler tells of every sweep, each minute, and others of every question and step; what goes wrong is enough.
    for noisy in ("alembic", "apscheduler", "httpx", "transitions"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # One line for a request is enough, and the server's own would hold the path.
    logging.getLogger("uvicorn.access").disabled = True
