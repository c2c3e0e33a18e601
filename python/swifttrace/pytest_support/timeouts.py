"""What pytest-timeout prints before it ends the process: our lines too."""

from __future__ import annotations

import threading

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .run import TestRun


def show_at_timeout(run: TestRun) -> None:
    """Have it print the lines of the test that hangs, below the stacks of the threads.

    It has no hook for that. By its other method the test fails, and the lines are in
    its report.
    """
    plugin: Any = run.config.pluginmanager.get_plugin("timeout")
    print_stacks = getattr(plugin, "dump_stacks", None)
    if print_stacks is None:
        return

    def dump_stacks(terminal: Any) -> None:
        print_stacks(terminal)
        if threading.current_thread() is not threading.main_thread():
            _show(run, terminal)

    plugin.dump_stacks = dump_stacks
    run.config.add_cleanup(lambda: setattr(plugin, "dump_stacks", print_stacks))


def _show(run: TestRun, terminal: Any) -> None:
    recording = run.current
    if recording is not None and recording.plan.kept:
        terminal.sep("~", title=f"swifttrace: last {recording.last} lines")
        terminal.write(recording.table() + "\n")
