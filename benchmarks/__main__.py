"""``python -m benchmarks [NAME…]``: measure on this machine and print a table. ``--quick`` only tries that it works."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks import case_steps, due_tasks, inbox, loading, machines, verifying
from benchmarks.measuring import Row, machine
from benchmarks.places import Stage, versions
from commands.tables import show_table
from tests.postgres import PostgresServer

BENCHMARKS: Final[Mapping[str, Callable[[Stage], list[Row]]]] = {
    "cases": case_steps.measure,
    "load": loading.measure,
    "inbox": inbox.measure,
    "tasks": due_tasks.measure,
    "machine": machines.measure,
    "verify": verifying.measure,
}
HEADINGS: Final = ("Benchmark", "Database", "What", "Unit", "Ours", "Baseline", "Ratio")


def main(words: Sequence[str] | None = None) -> None:
    """Measure what is asked for, everything when nothing is."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="a few rounds on little data: that it works, no figures")
    parser.add_argument("--tasks", type=int, default=1_000, help="how many tasks are due (1000)")
    parser.add_argument("--folder", type=Path, help="where the databases lie; on the disk that is to be measured")
    given = parser.parse_args(words)
    unknown = [name for name in given.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        (Path(folder) / "postgres").mkdir(mode=0o700)
        with PostgresServer.running(Path(folder) / "postgres") as server:
            stage = Stage(folder=Path(folder), server=server, quick=given.quick, due_tasks=given.tasks)
            print(f"{machine()}, {versions(stage)}", flush=True)
            rows = [row for name in given.names or BENCHMARKS for row in BENCHMARKS[name](stage)]
    show_table("", HEADINGS, [_cells(row) for row in rows])
    print(
        f"\nMeasured for {time.monotonic() - begun:.0f} s. Ratio: ours through the baseline of the same round, median."
    )


def _cells(row: Row) -> tuple[str, ...]:
    numbers = (f"{number:.3g}" if number < 100 else f"{number:.0f}" for number in (row.ours, row.baseline, row.ratio))
    return (row.benchmark, row.database, row.what, row.unit, *numbers)


if __name__ == "__main__":
    main()
