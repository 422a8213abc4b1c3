"""Samples taken turn by turn, so that a machine that is slow for a while is slow for both sides."""

from __future__ import annotations

import os
import platform
import resource
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

Work = Callable[[], int]
"""Does a piece of work, and says how many things it did."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: what was measured, and the baseline it is measured against."""

    benchmark: str
    database: str
    what: str
    unit: str
    ours: float
    baseline: float
    ratio: float
    """Ours through the baseline, the median of the rounds: of rates below 1 when we are slower, of times above 1."""


@dataclass
class Clock:
    """What pieces of work cost: wall-clock seconds and seconds of processor in this process and its children."""

    wall: float = 0.0
    cpu: float = 0.0

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Clock]:
        """A clock that runs while the block does."""
        clock = cls()
        wall, cpu = time.perf_counter(), _processor()
        try:
            yield clock
        finally:
            clock.wall, clock.cpu = time.perf_counter() - wall, _processor() - cpu


def _processor() -> float:
    return sum(
        use.ru_utime + use.ru_stime
        for use in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


@dataclass
class Samples:
    """What each side did in each round: how many things, at what cost."""

    taken: dict[str, list[tuple[int, Clock]]] = field(default_factory=dict)

    def rates(self, side: str) -> list[float]:
        """Things a second, round by round."""
        return [count / clock.wall for count, clock in self.taken[side]]

    def wall(self, side: str) -> list[float]:
        """Milliseconds a thing, round by round."""
        return [1000 * clock.wall / count for count, clock in self.taken[side]]

    def cpu(self, side: str) -> list[float]:
        """Milliseconds of processor a thing, round by round."""
        return [1000 * clock.cpu / count for count, clock in self.taken[side]]


def in_turns(rounds: int, sides: Mapping[str, Work]) -> Samples:
    """Let each side work in turn, as many rounds as asked for; every second round in the other order."""
    samples = Samples({name: [] for name in sides})
    for place in range(rounds):
        order = list(sides.items())
        for name, work in order if place % 2 == 0 else reversed(order):
            with Clock.running() as clock:
                count = work()
            samples.taken[name].append((count, clock))
    return samples


def row(benchmark: str, database: str, what: str, unit: str, ours: list[float], baseline: list[float]) -> Row:
    """A line of the table from two sides' rounds."""
    return Row(
        benchmark=benchmark,
        database=database,
        what=what,
        unit=unit,
        ours=median(ours),
        baseline=median(baseline),
        ratio=median(mine / theirs for mine, theirs in zip(ours, baseline, strict=True)),
    )


def machine() -> str:
    """What it was measured on."""
    return f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.system()} {platform.machine()}"
