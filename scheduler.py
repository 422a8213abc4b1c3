"""The clock: which sweep runs when, and nothing else. What is due stands in the database."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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


@contextmanager
def ticking(offices: Sequence[Office], transport: SmtpTransport | None) -> Iterator[Callable[[], None]]:
    """The sweeps run, in threads of their own, for as long as this lasts; one under way is finished at the end.

    What is given lets the mail go out now, for a letter that somebody sits and waits for.
    """
    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for name, job, interval in jobs(offices, transport):
        scheduler.add_job(job, "interval", seconds=interval.total_seconds(), id=name, next_run_time=now())
    scheduler.start()
    LOG.info("started")
    outboxes = [job.id for job in scheduler.get_jobs() if job.id.startswith("outbox ")]

    def hurry() -> None:
        for name in outboxes:
            scheduler.modify_job(name, next_run_time=now())

    try:
        yield hurry
    finally:
        scheduler.shutdown(wait=True)
        LOG.info("stopped")


def hold_signals() -> Callable[[], object]:
    """Hold SIGTERM and SIGINT back from now on, in every thread begun after this; what waits for one of them."""
    # Waited for rather than handled: a handler that wakes the main thread can meet it half-way into its sleep.
    stops = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    return partial(signal.sigwait, stops)


def run(offices: Sequence[Office], transport: SmtpTransport | None) -> None:
    """Run the sweeps until SIGTERM or SIGINT."""
    told_to_stop = hold_signals()
    with ticking(offices, transport):
        told_to_stop()
    for office in offices:
        office.database.dispose()
