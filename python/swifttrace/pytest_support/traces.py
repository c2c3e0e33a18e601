"""What a test run opens: traces with several settings, which write to one place."""

from __future__ import annotations

import os

import _pytest
import pytest

from .. import swifttrace as native
from ..compare.events import TEMPLATE
from ..config.options import IN_TEST_RUN
from ..config.settings import Settings
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import STANDARD_ERROR, STANDARD_OUTPUT
from ..session.opening import Opening, Program
from ..session.trace import Trace
from .places import DOCTEST
from .xdist import is_controller, runs_here

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .options import Wanted
    from .recording import Plan

_OWN_MODULE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + "_pytest.py"
_PYTEST = os.path.dirname(_pytest.__file__)


class Traces:
    """Each is opened once. Raises `pytest.UsageError` where an output cannot be had."""

    def __init__(self, config: pytest.Config, wanted: Wanted) -> None:
        self.config = config
        self._wanted = wanted
        self.output: Trace | None = None
        self.scripts: tuple[str, ...] = ()
        """The files of the tests, once they are collected."""
        self._is_beside_report = False
        self._show: tuple[str, ...] = ()
        self._traces: dict[tuple[object, ...], Trace] = {}
        self._roots = tuple({str(config.rootpath), os.path.realpath(config.rootpath)})
        if wanted.output is not None:
            self._try(self._check_output, wanted.output)

    def of(self, plan: Plan) -> Trace:
        """Return one for a plan."""
        key = (plan.scope, plan.kept or plan.level, plan.last, plan.shown)
        if plan.file is not None and key not in self._traces:
            self._traces[key] = self._detailed(plan, plan.file)
        if key not in self._traces:
            last = (plan.shown if plan.level else plan.last) if plan.kept else 0
            settings = self._settings(
                plan.level or 1, plan.scope, show=self._show, last=last or None
            )
            is_shared = self.output is not None and not plan.kept
            shares = self.output.session if self.output is not None and is_shared else None
            self._traces[key] = self._open(settings, shares, plan.kept)
        return self._traces[key]

    def _detailed(self, plan: Plan, file: str) -> Trace:
        what = {"calls": True, "values": True, "format": TEMPLATE, "output": file}
        return self._open(self._settings(3, plan.scope, **what))

    def begin_test(self) -> None:
        """Begin a line of its own beside what pytest prints of the test."""
        if self._is_beside_report and self.output is not None:
            self.output.session.write(b"\n")

    def failures(self) -> Iterable[str]:
        """Yield why a trace stopped by itself."""
        for trace in self._traces.values():
            _, reason = trace.session.state()
            if reason is not None:
                yield reason

    def _settings(self, level: int, scope: str, **where: Any) -> Settings:
        include, exclude = (() if scope == "all" else (DOCTEST,)), [_OWN_MODULE]
        if os.path.dirname(_PYTEST) in self._roots and scope != "all":
            exclude.append(_PYTEST)  # a copy that pytest-xdist has brought along
        files = {"scope": scope, "include": include, "exclude": exclude}
        return Settings(level=level, **IN_TEST_RUN, **files, **where)

    def _open(
        self, settings: Settings, shares: native.Session | None = None, reach: int = 0
    ) -> Trace:
        program = Program(self.scripts, str(self.config.rootpath))
        program.roots = self._roots
        trace = Opening(settings, program, shares=shares, reach=reach).open()
        trace.session.silence()
        return trace

    # -- the output --

    def open_output(self) -> None:
        """Open it, where there is to be one, and empty a file."""
        if self._wanted.output is not None:
            self._try(self._open_output, self._wanted.output)

    def _try(self, function: Callable[[str], None], name: str) -> None:
        try:
            function(name)
        except OSError as error:
            option = "record" if self._wanted.is_recorded else "output"
            reason = f"--swifttrace-{option}: {error.filename or name}: {error.strerror}"
            raise pytest.UsageError(native.visible(reason)) from None

    def _check_output(self, name: str) -> None:
        """Raise `OSError` where it cannot be opened."""
        if name == "-" or (is_controller(self.config) and not runs_here(self.config)):
            return
        path = self._path(name, "gw0" if is_controller(self.config) else self._worker)
        is_new = not os.path.lexists(path)
        os.close(native.open_output(path, os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK))
        if is_new:
            os.unlink(path)

    def _open_output(self, name: str) -> None:
        where: dict[str, Any] = {"output": self._path(name, self._worker)}
        if name == "-":
            # A worker of pytest-xdist has no standard output.
            where = {"fd": STANDARD_OUTPUT if self._worker is None else STANDARD_ERROR}
            self._show = () if self._worker is None else ("pid",)
            self._is_beside_report = self._worker is None
        where["record"] = self._wanted.is_recorded
        settings = self._settings(self._wanted.level or 1, self._wanted.scope, **where)
        self.output = self._open(settings)

    def _path(self, name: str, worker: str | None) -> str:
        path = os.path.abspath(os.path.join(self.config.invocation_params.dir, name))
        return path if worker is None or "%p" in name else f"{path}.{worker}"

    @property
    def _worker(self) -> str | None:
        """The name of ours, where we are one of pytest-xdist."""
        found: str | None = getattr(self.config, "workerinput", {}).get("workerid")
        return found
