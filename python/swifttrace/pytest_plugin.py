"""Traces the tests of a run: the hooks of pytest that it takes."""

from __future__ import annotations

import pytest

from .pytest_in_force import InForce
from .pytest_options import Wanted, marked
from .pytest_recording import LAST, Plan, Recording
from .pytest_timeouts import show_at_timeout
from .pytest_traces import Traces, is_controller

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from typing import Any

SHOWN = 1000
"""How many lines of a phase a report has, where all are asked for."""
KEPT = 100_000
"""How many the fixture has."""


class TestRun:
    """One for a configuration. Raises `pytest.UsageError`."""

    __test__ = False

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.wanted = Wanted(config)
        self.traces = Traces(config, self.wanted)
        self.current: Recording | None = None
        self._phase: tuple[pytest.Item, str] | None = None
        """What runs now, of what may be traced."""
        self._in_force = InForce()
        self._stopped: list[str] = []

    @classmethod
    def of(cls, config: pytest.Config) -> TestRun:
        """Return the one there is, or make it."""
        run = config.stash.get(_RUN, None)
        if run is None:
            run = config.stash[_RUN] = cls(config)
            config.pluginmanager.register(run, "swifttrace_run")
            if len(run.wanted.phases) > 1:
                config.pluginmanager.register(_OtherPhases(run), "swifttrace_phases")
            show_at_timeout(run)
        return run

    # -- what is traced of which test --

    def check_markers(self, items: Iterable[pytest.Item]) -> None:
        """Raise `pytest.UsageError` for the first that is wrong."""
        for item in items:
            marked(item)

    def recording(self, item: pytest.Item) -> Recording:
        """Return that of a test which has the fixture; it may be running already."""
        recording = item.stash.get(_RECORDING, None)
        if recording is not None and recording.plan.kept >= KEPT:
            return recording
        recording = item.stash[_RECORDING] = self._record(item, self._plan(item, True))
        if self._phase is not None and self._phase[0] is item:
            self._end()
            self.begin(*self._phase)
        return recording

    def _record(self, item: pytest.Item, plan: Plan) -> Recording:
        return Recording(item, plan, self.traces.of(plan), self.traces.output)

    def _plan(self, item: pytest.Item | None, has_fixture: bool) -> Plan:
        """Return that of a test; of one with neither marker nor fixture where it is None."""
        mark = item and marked(item)
        level, scope = mark or (None, None)
        level = level or self.wanted.level or (1 if mark else None)
        kept = KEPT if has_fixture else self._kept(level)
        last = self.wanted.last or (LAST if has_fixture else 0)
        return Plan(level, scope or self.wanted.scope, kept, last)

    def _kept(self, level: int | None) -> int:
        if level and self.traces.output is not None:
            return 0
        return max(self.wanted.last, SHOWN if level else 0)

    def _recording_of(self, item: pytest.Item) -> Recording | None:
        if _RECORDING not in item.stash:
            has_fixture = "swifttrace" in getattr(item, "fixturenames", ())
            plan = self._plan(item, has_fixture)
            is_wanted = bool(plan.level or plan.last)
            item.stash[_RECORDING] = self._record(item, plan) if is_wanted else None
        return item.stash[_RECORDING]

    # -- while tests run --

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, Any, None]:
        """Have the trace of all tests in force, where there is one."""
        if not is_controller(self.config):
            self.traces.scripts = tuple({str(item.path) for item in session.items})
            plan = self._plan(None, False)
            if session.items and (plan.level or plan.last):
                self._in_force.begin(self.traces.of(plan))
        yield
        self._in_force.end()
        self._stopped += self.traces.failures()

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Trace the call phase alone: in the innermost wrapper."""
        self.begin(item, "call")
        yield
        self.end()

    def begin(self, item: pytest.Item, phase: str) -> None:
        """Trace what a test runs from here on."""
        self._phase = item, phase
        self.current = self._recording_of(item)
        if self.current is not None:
            is_first = phase == self.wanted.phases[0]
            if is_first:
                self.traces.begin_test()
            self._in_force.hold(self.current.trace)
            self.current.begin(is_first)

    def end(self) -> None:
        """Trace it no longer."""
        self._phase = None
        self._end()

    def _end(self) -> None:
        if self.current is not None:
            self.current.end()
            self._in_force.let_go()
        self.current = None

    # -- reports --

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, None]:
        """Add the lines to the report, once it is known whether the test has failed."""
        outcome = yield
        recording = item.stash.get(_RECORDING, None)
        if recording is not None and call.when in self.wanted.phases:
            error = None if call.excinfo is None else call.excinfo.value
            recording.describe(outcome.get_result(), error)
        if call.when == "teardown" and _RECORDING in item.stash:
            # Tests are there to the end, and the collector goes through all they have.
            del item.stash[_RECORDING]

    def pytest_report_header(self) -> str | None:
        """Say that tests are traced."""
        level, last, output = self.wanted.level, self.wanted.last, self.wanted.output
        parts = [f"the last {last} lines of a test that fails"] if last else []
        parts += [f"level {level}"] if level else []
        parts += [f"output {output}"] if output else []
        return f"swifttrace: {', '.join(parts)}" if parts else None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of pytest-xdist what it is to trace."""
        node.workerinput["swifttrace"] = self.wanted.told

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Tell pytest-xdist's controller why a worker's trace has stopped."""
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["swifttrace"] = self._stopped

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a worker has told."""
        self._stopped += getattr(node, "workeroutput", {}).get("swifttrace", [])

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say why a trace has stopped: lines are missing."""
        for reason in self._stopped:
            terminalreporter.write_line(f"swifttrace: trace stopped: {reason}", yellow=True)


class _OtherPhases:
    def __init__(self, run: TestRun) -> None:
        self.run = run

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, None]:
        self.run.begin(item, "setup")
        yield
        self.run.end()

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, None]:
        self.run.begin(item, "teardown")
        yield
        self.run.end()


_RUN = pytest.StashKey[TestRun]()
_RECORDING = pytest.StashKey["Recording | None"]()
