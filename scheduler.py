"""The clock: which sweep runs when, and nothing else. What is due stands in the database."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

from transport import SmtpTransport
from workflows import escalation
from workflows.office import Office
from workflows.outbox import deliver

LOG = logging.getLogger("behorig.scheduler")


def now() -> datetime:
    """The present moment; the only clock the sweeps are given."""
    return datetime.now(UTC)


def jobs(office: Office, transport: SmtpTransport | None) -> Mapping[str, tuple[Callable[[], Any], timedelta]]:
    """What runs, and how often by the policy."""
    every = office.policy.sweeps
    found: dict[str, tuple[Callable[[], Any], timedelta]] = {
        "tasks": (lambda: escalation.sweep_tasks(office, now()), every.tasks),
        "grants": (lambda: escalation.sweep_grants(office, now()), every.grants),
        "unattended": (lambda: escalation.sweep_unattended(office, now()), every.unattended),
    }
    if transport is not None:
        found["outbox"] = (lambda: _deliver(office, transport), every.outbox)
    return found


def _deliver(office: Office, transport: SmtpTransport) -> None:
    deliver(
        office.database,
        office.organisation_id,
        transport,
        sender=transport.sender,
        now=now(),
        limits=office.policy.mail,
        clock=now,
    )


def run(office: Office, transport: SmtpTransport | None) -> None:
    """Run the sweeps until SIGTERM or SIGINT; a sweep under way is finished first."""
    # Waited for rather than handled: a handler that wakes the main thread can meet it half-way into its sleep.
    stops = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for name, (job, interval) in jobs(office, transport).items():
        scheduler.add_job(job, "interval", seconds=interval.total_seconds(), id=name, next_run_time=now())
    scheduler.start()
    LOG.info("started")
    signal.sigwait(stops)
    scheduler.shutdown(wait=True)
    office.database.dispose()
    LOG.info("stopped")
