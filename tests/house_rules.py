"""What holds for every run of the suite: nothing is skipped unseen, and Swedish is spoken from current catalogues."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

from hatch_build import compile_catalogues
from tools.messages import ROOT

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
