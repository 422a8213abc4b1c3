"""What holds for every run of the suite: nothing is skipped unseen, and Swedish is spoken from current catalogues.

Where there is no Chromium the tests in a browser are left out, which is said at the end; in CI they fail instead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from typing import Final, TypeVar

import pytest

from hatch_build import compile_catalogues
from tools.messages import ROOT

CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
LEFT_OUT: Final = "No Chromium here: the tests in a browser were left out (on Debian: apt-get install chromium)."
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def pytest_configure(config: pytest.Config) -> None:
    """Compile the catalogues once, before any worker reads them."""
    if not hasattr(config, "workerinput"):
        compile_catalogues(ROOT)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test is a failed one where nobody watches."""
    return refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """So is a file of tests that skips itself while it is read."""
    return refuse_skip((yield))


def refuse_skip(report: Report) -> Report:
    """The report, failed if it was a skip and ``CI`` is set."""
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"a skip is an error in CI: {report.longreprtext}"
    return report


def chromium_here() -> str | None:
    """The Chromium of this machine."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def leaves_out_browsers() -> bool:
    """Whether the tests in a browser are left out: nobody is kept from the rest of the suite by the lack of one."""
    return chromium_here() is None and not os.environ.get("CI")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests in a browser out where there is none."""
    if leaves_out_browsers():
        out = [item for item in items if "chromium" in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say so."""
    if leaves_out_browsers():
        terminalreporter.write_line(LEFT_OUT, yellow=True)
