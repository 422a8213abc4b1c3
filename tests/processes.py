"""Real operating-system processes that work on one database, for what only shows when several do."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any
from uuid import UUID

from models import Database
from workflows import cases, escalation, leaving, orders
from workflows.authority import Authority
from workflows.errors import BehorigError
from workflows.evidence import Actor
from workflows.leaving import Leaver
from workflows.lookup import case_by_number
from workflows.office import Office
from workflows.orders import Line
from workflows.policy import load_policy

# Begun from a process that has read the program once and holds no connection: quick to begin, and clean to kill.
PROCESSES: ForkServerContext = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.processes"])
PATIENCE = 240
"""Seconds that processes wait for each other before the test fails."""


@dataclass(frozen=True)
class Place:
    """Where a process works."""

    url: str
    organisation_id: UUID

    def office(self) -> Office:
        """The organisation at work, with connections of this process's own."""
        return Office(
            database=Database(self.url),
            organisation_id=self.organisation_id,
            policy=load_policy(None),
            base_url="https://behorig.example",
        )


Work = Callable[..., Any]


def _work(work: Work, place: Place, answers: Any, name: int, *details: Any) -> None:
    try:
        answers.put((name, work(place.office(), *details)))
    except BaseException:
        answers.put((name, traceback.format_exc()))
        raise


def together(place: Place, work: Work, *details: Sequence[Any]) -> list[Any]:
    """Let one process for each of the details do the work at the same time; their answers, in order."""
    answers = PROCESSES.Queue()
    processes = [
        PROCESSES.Process(target=_work, args=(work, place, answers, name, *each)) for name, each in enumerate(details)
    ]
    for process in processes:
        process.start()
    found = dict(answers.get(timeout=PATIENCE) for _ in processes)
    for process in processes:
        process.join(PATIENCE)
        assert process.exitcode == 0, found
    return [found[name] for name in range(len(processes))]


def attempts(
    office: Office, barrier: Barrier, work: Sequence[tuple[str, str, dict[str, Any]]], actor: Actor, now: datetime
) -> list[str]:
    """Try each act when everybody else does; what became of each: what it led to, or the error's code."""
    found = []
    for number, event, data in work:
        barrier.wait(PATIENCE)
        try:
            found.append(cases.act(office, number, event, data, actor, now).state)
        except BehorigError as error:
            found.append(error.code)
    return found


Turn = tuple[Callable[..., Any], tuple[Any, ...]]
"""Something to do with an office: a function of the program, and what it is given beside the office."""


def turns(office: Office, barrier: Barrier, work: Sequence[Turn]) -> list[Any]:
    """Take each turn when everybody else takes theirs; what came of each: what it returned, or the error's code."""
    found: list[Any] = []
    for act, details in work:
        barrier.wait(PATIENCE)
        try:
            found.append(act(office, *details))
        except BehorigError as error:
            found.append(error.code)
    return found


def keyed(
    office: Office, barrier: Barrier, numbers: Sequence[str], actor: Actor, now: datetime
) -> list[tuple[int, bool]]:
    """Approve each case with a key that others use as well; the version it led to, and whether it was a repetition."""
    found = []
    for number in numbers:
        barrier.wait(PATIENCE)
        outcome = cases.act(office, number, "approve", {}, actor, now, idempotency_key=f"key {number}")
        found.append((outcome.version, outcome.repeated))
    return found


def sweeping(office: Office, barrier: Barrier, name: str, now: datetime) -> int:
    """Sweep when everybody else does."""
    barrier.wait(PATIENCE)
    return escalation.SWEEPS[name](office, now)


def sweeping_while(office: Office, barrier: Barrier, times: Sequence[datetime]) -> int:
    """Sweep again and again, each time when somebody else acts."""
    done = 0
    for now in times:
        barrier.wait(PATIENCE)
        done += escalation.sweep_tasks(office, now)
    return done


# --- Processes that are killed --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Life:
    """What a process that will be killed does until then: who acts, for whom, and where it says what it has done."""

    actors: dict[str, Actor]
    lines: Sequence[Line]
    now: datetime
    told: Path
    seed: int


def live(place: Place, life: Life) -> None:
    """Order, decide, execute, register and sweep until killed. What is done is said only once it is done."""
    office = place.office()
    chance = random.Random(life.seed)
    told = os.open(life.told, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def done(number: str, event: str) -> None:
        os.write(told, f"{number} {event}\n".encode())

    begun = False
    lines = list(life.lines)
    chance.shuffle(lines)
    while True:
        line = replace(lines.pop(), scope=f"life {life.seed} {len(lines)}")
        [outcome] = orders.open_order(office, [line], life.actors["requester"], life.now)
        done(outcome.number, "submit")
        if not begun:
            # The first act also reads the program's own parts; the killing begins when the work does.
            done("-", "begun")
            begun = True
        for role, event, data in (
            ("owner", "approve", {}),
            ("administrator", "execute", {"account_name": "a1"}),
            ("technician", "register", {"ticket_number": "T1"}),
        ):
            if chance.random() < 0.15:
                break
            cases.act(office, outcome.number, event, data, life.actors[role], life.now)
            done(outcome.number, event)
        if chance.random() < 0.3:
            escalation.sweep_all(office, life.now)


def notice(place: Place, leaver: Leaver, actor: Actor, now: datetime, told: Path) -> None:
    """Notice one departure. That it begins is said when the program has been read, and then when it is done."""
    office = place.office()
    with office.database.reading(office.organisation_id) as session:
        Authority.read(session)
    told.write_text("begun\n")
    leaving.notice(office, leaver, actor, now)
    told.write_text("begun\ndone\n")


def registering(place: Place, numbers: Sequence[str], technician: Actor, now: datetime, told: Path) -> None:
    """Register one release after the other, until killed."""
    office = place.office()
    # The first look also reads the program's own parts; the killing begins when the work does.
    with office.database.reading(office.organisation_id) as session:
        cases.options(session, office, case_by_number(session, numbers[0]), technician, now)
    told.write_text("begun\n")
    for number in numbers:
        cases.act(office, number, "register", {"version": "2.0", "ticket_number": "N-1"}, technician, now)
    time.sleep(PATIENCE)


def begin(work: Work, *details: Any) -> BaseProcess:
    """Begin a process that will be killed."""
    process = PROCESSES.Process(target=work, args=details)
    process.start()
    return process
