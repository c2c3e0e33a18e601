"""Traces the tests of a run: the hooks of pytest that it takes."""

from __future__ import annotations

import pytest

from ..runtime.builtins import __builtins__ as __builtins__
from .again import Again
from .compared import Compared
from .flaky import Flaky
from .fresh import Fresh, told_of
from .in_force import InForce
from .options import NAMES, Wanted, ini_name, marked
from .recording import LAST, DetailedRecording, Plan, Recording
from .timeouts import show_at_timeout
from .traces import Traces
from .xdist import Workers, end_run, is_controller, told_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from .again import Told
    from .pages import Pages

SHOWN = 1000
"""How many lines of a phase a report has, where all are asked for."""
KEPT = 100_000
"""How many the fixture has."""
REACH = 65_535
"""How many are kept besides those that are shown of a test that fails: what runs after the
failure is not to push it out."""


class TestRun:
    """One for a configuration. Raises `pytest.UsageError`."""

    __test__ = False

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.remarks: list[str] = []
        """What is missing, and why."""
        self.wanted = Wanted(config)
        self.wanted.told.update(told_of(config))
        self._again = Again(config, _alone(self.wanted)) if self.wanted.has_values else None
        self._compared = None
        if self.wanted.diff is not None:
            again = Again(config, _alone(self.wanted))
            self._compared = Compared(config, self.wanted.diff, again)
        self._flaky = None
        if self.wanted.runs:
            fresh = Fresh(config, _nothing(self.wanted))
            self._flaky = Flaky(fresh, self.wanted.runs, self.remarks)
        self.traces = Traces(config, self.wanted)
        self.current: Recording | None = None
        self._phase: tuple[pytest.Item, str] | None = None
        """What runs now, of what may be traced."""
        self._in_force = InForce()

    @classmethod
    def of(cls, config: pytest.Config) -> TestRun:
        """Return the one there is, or make it."""
        run = config.stash.get(_RUN, None)
        if run is None:
            run = config.stash[_RUN] = cls(config)
            config.pluginmanager.register(run, "swifttrace_run")
            config.pluginmanager.register(
                Workers(config, run.wanted.told, run.remarks), "swifttrace_workers"
            )
            if run.wanted.html is not None and run.wanted.again is None:
                config.pluginmanager.register(_pages(run), "swifttrace_pages")
            if len(run.wanted.phases) > 1:
                config.pluginmanager.register(_OtherPhases(run), "swifttrace_phases")
            show_at_timeout(config, lambda: run.current)
        return run

    # -- what is traced of which test --

    def check(self, session: pytest.Session) -> None:
        """Open the output for the tests there are, or have the first bad marker end the run."""
        try:
            marks = [marked(item) for item in session.items]
            if any(marks) or self.wanted.level:
                self.traces.open_output()
            elif session.items and not session.testsfailed:
                self.wanted.check_no_output()
        except pytest.UsageError as error:
            end_run(self.config, error)

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
        kind = Recording if plan.file is None else DetailedRecording
        recording = kind(item, plan, self.traces.of(plan), self.traces.output)
        if isinstance(recording, DetailedRecording):
            recording.compared = self._compared
        else:
            recording.again = self._again
        return recording

    def _plan(self, item: pytest.Item | None, has_fixture: bool) -> Plan:
        """Return that of a test; of one with neither marker nor fixture where it is None."""
        file = self.wanted.again.trace if self.wanted.again is not None else None
        if self._compared is not None and not has_fixture:
            file = self._compared.trace
        if file is not None:
            return Plan(None, self.wanted.scope, 0, self.wanted.last or LAST, 0, file)
        mark = item and _marked_by_now(item)
        level, scope = mark or (None, None)
        level = level or self.wanted.level or (1 if mark else None)
        kept = KEPT if has_fixture else self._kept(level)
        last = self.wanted.last or (LAST if has_fixture else 0)
        shown = KEPT if has_fixture else max(self.wanted.last, SHOWN)
        return Plan(level, scope or self.wanted.scope, kept, last, shown)

    def _kept(self, level: int | None) -> int:
        if level and self.traces.output is not None:
            return 0
        last = self.wanted.last
        return max(last + REACH if last else 0, SHOWN if level else 0)

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
        if is_controller(self.config):
            yield
            return
        self.traces.scripts = tuple({str(item.path) for item in session.items})
        plan = self._plan(None, False)
        is_wanted = bool(session.items and (plan.level or plan.last))
        self._in_force.begin(self.traces.of(plan) if is_wanted else None)
        yield
        self._in_force.end()
        self.remarks += self._in_force.remarks
        self.remarks += (f"trace stopped: {reason}" for reason in self.traces.failures())

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Trace the call phase alone: in the innermost wrapper."""
        self.begin(item, "call")
        yield
        self.end()

    def begin(self, item: pytest.Item, phase: str) -> None:
        """Trace what a test runs from here on."""
        self._phase = None
        self.current = self._recording_of(item)
        self._phase = item, phase
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
            self.current.is_alone = self._in_force.let_go()
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
            _describe(recording, outcome.get_result(), call)
            if self.wanted.again is not None and call.when == "call":
                self._answer(self.wanted.again, recording, outcome.get_result(), call)
        if self._flaky is not None:
            self._flaky.take(item, outcome.get_result())
        if call.when == "teardown":
            self._in_force.note_left(item.nodeid)
            # Tests are there to the end, and the collector goes through all they have.
            if _RECORDING in item.stash:
                del item.stash[_RECORDING]

    def _answer(
        self,
        told: Told,
        recording: Recording,
        report: pytest.TestReport,
        call: pytest.CallInfo[None],
    ) -> None:
        """Leave the report of a test that was run again to the process that asked for it.

        It is empty if the test has not failed: one that skips itself has an exception as well.
        """
        text = ""
        if report.failed and call.excinfo is not None:
            text = recording.table(call.excinfo.value)
        told.answer(recording.heading if text else "", text)

    def pytest_report_header(self) -> str | None:
        """Say that tests are traced."""
        level, last, output = self.wanted.level, self.wanted.last, self.wanted.output
        parts = [f"the last {last} lines of a test that fails"] if last else []
        parts += [f"level {level}"] if level else []
        kind = "recording" if self.wanted.is_recorded else "output"
        parts += [f"{kind} {output}"] if output else []
        parts += [f"pages in {self.wanted.html}"] if self.wanted.html else []
        parts += [f"difference from {self.wanted.diff}"] if self.wanted.diff else []
        parts += [f"up to {self.wanted.runs} runs of a test"] if self.wanted.runs else []
        return f"swifttrace: {', '.join(parts)}" if parts else None

    def hear(self, node: Any) -> None:
        """Take what a worker of pytest-xdist has told. Raises `pytest.UsageError`."""
        self.remarks += told_by(node)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say why lines are missing."""
        for remark in self.remarks:
            terminalreporter.write_line(f"swifttrace: {remark}", yellow=True)


def _pages(run: TestRun) -> Pages:
    from .pages import Pages

    assert run.wanted.html is not None
    told = {**_alone(run.wanted), "ini": [ini_name(name) for name in NAMES]}
    return Pages(run.config, run.wanted.html, Again(run.config, told))


def _alone(wanted: Wanted) -> dict[str, Any]:
    """Return what a process is told that runs one test again: it never does that itself."""
    kept = {name: wanted.told[name] for name in ("scope", "phases")}
    return {**_nothing(wanted), **kept, "on_failure": ("", str(wanted.last or LAST))}


def _nothing(wanted: Wanted) -> dict[str, Any]:
    """Return what a process is told that runs one test and does nothing for us."""
    kept = {name: wanted.told[name] for name in ("arguments", "positional")}
    return {**dict.fromkeys(NAMES, ("", None)), **kept}


def _marked_by_now(item: pytest.Item) -> tuple[int | None, str | None] | None:
    """As `marked`; a fixture may have added a bad marker, which is the test's failure."""
    try:
        return marked(item)
    except pytest.UsageError as error:
        reason = str(error)
    pytest.fail(reason, pytrace=False)


def _describe(recording: Recording, report: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
    """Add the lines; where that fails the run goes on, and the report says so."""
    try:
        recording.describe(report, None if call.excinfo is None else call.excinfo.value)
    except Exception as error:
        reason = f"they cannot be shown: {type(error).__name__}"
        report.sections.append(("swifttrace: lines", reason))


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
