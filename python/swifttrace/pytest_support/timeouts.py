"""What pytest-timeout prints before it ends the process: our lines too."""

from __future__ import annotations

import threading

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    import pytest

    from .recording import Recording

    Current = Callable[[], Recording | None]


def show_at_timeout(config: pytest.Config, current: Current) -> None:
    """Have it print the lines of the test that hangs, below the stacks of the threads.

    `current` returns its recording. pytest-timeout has no hook for that. By its other method
    the test fails, and the lines are in its report.
    """
    plugin: Any = config.pluginmanager.get_plugin("timeout")
    print_stacks = getattr(plugin, "dump_stacks", None)
    if print_stacks is None:
        return

    def dump_stacks(terminal: Any) -> None:
        print_stacks(terminal)
        if threading.current_thread() is not threading.main_thread():
            _show(current(), terminal)

    plugin.dump_stacks = dump_stacks
    config.add_cleanup(lambda: setattr(plugin, "dump_stacks", print_stacks))


def _show(recording: Recording | None, terminal: Any) -> None:
    if recording is not None and recording.plan.kept:
        text = recording.table()
        terminal.sep("~", title=recording.heading)
        terminal.write(text + "\n")
