"""The clock: which sweep runs when, and nothing else. What is due stands in the database."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
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


def jobs(
    offices: Sequence[Office], transport: SmtpTransport | None
) -> Iterator[tuple[str, Callable[[], Any], timedelta]]:
    """What runs, and how often by the policy; each organisation's sweeps are jobs of their own."""
    for office in offices:
        every = office.policy.sweeps
        for name in escalation.SWEEPS:
            yield f"{name} {office.organisation_id}", partial(_sweep, office, name), getattr(every, name)
        if transport is not None:
            yield f"outbox {office.organisation_id}", partial(_deliver, office, transport), every.outbox


def _sweep(office: Office, name: str) -> None:
    escalation.sweep(office, name, now())


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


def run(offices: Sequence[Office], transport: SmtpTransport | None) -> None:
    """Run the sweeps until SIGTERM or SIGINT; a sweep under way is finished first."""
    # Waited for rather than handled: a handler that wakes the main thread can meet it half-way into its sleep.
    stops = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for name, job, interval in jobs(offices, transport):
        scheduler.add_job(job, "interval", seconds=interval.total_seconds(), id=name, next_run_time=now())
    scheduler.start()
    LOG.info("started")
    signal.sigwait(stops)
    scheduler.shutdown(wait=True)
    for office in offices:
        office.database.dispose()
    LOG.info("stopped")
