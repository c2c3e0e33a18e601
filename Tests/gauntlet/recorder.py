"""A plugin of pytest's: writes down what came of each test, for every report of it.

To the file that GAUNTLET_RESULTS names, once the run is at its end. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import json
import os

import pytest


class Recorder:
    """Of one configuration: a test may run pytest itself."""

    def __init__(self, config: pytest.Config, file: str) -> None:
        self.config = config
        self.file = file
        self.outcomes: dict[str, list[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what pytest calls it: passed, failed, skipped, xfailed, error ..."""
        category, *_ = self.config.hook.pytest_report_teststatus(report=report, config=self.config)
        if category:
            self.outcomes.setdefault(report.nodeid, []).append(category)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note what cannot be collected, or is skipped as a whole."""
        if not report.passed:
            self.outcomes.setdefault(report.nodeid, []).append(f"{report.outcome} to collect")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write it down."""
        with open(self.file, "w", encoding="utf-8") as file:
            json.dump(self.outcomes, file)


def pytest_configure(config: pytest.Config) -> None:
    """Begin. The variable is taken away: a test may run pytest in another process."""
    file = os.environ.pop("GAUNTLET_RESULTS", None)
    if file is not None:
        config.pluginmanager.register(Recorder(config, file))
