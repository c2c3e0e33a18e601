"""Where the trace of a cell goes in Jupyter: to the cell's own output.

A kernel reads descriptor 2 itself, in a thread, and shows what comes there when it comes. So
the lines are written to a file without a name, and copied to the kernel's `sys.stderr`: before
the cell prints something, five times a second, and at its end.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Call = Callable[..., Any]

_SECONDS = 0.2


def is_kernel_stream(stream: object) -> bool:
    """Whether what is written to it is shown below the cell that runs."""
    return type(stream).__module__.partition(".")[0] == "ipykernel"


class CellOutput:
    """The lines of one trace, on their way to the cell."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (it lives as this does)
        self.position = 0
        self.lock = threading.Lock()
        self.has_printed = False
        self.runs = False
        self.wrapped: list[tuple[Any, Callable[[str], Any]]] = []

    def begin(self, call: Call) -> None:
        """Begin to show lines.

        :param call: calls a function which is not traced.
        """
        for stream in (sys.stdout, sys.stderr):
            if is_kernel_stream(stream):
                self.wrapped.append((stream, stream.write))
                stream.write = self._writing(stream.write, call)  # type: ignore[method-assign]
        self.runs = True
        self._tick()

    def end(self) -> None:
        """Show the lines that are left."""
        self.runs = False
        for stream, _ in self.wrapped:
            stream.__dict__.pop("write", None)
        self.copy()
        self.wrapped.clear()

    def _writing(self, write: Callable[[str], Any], call: Call) -> Callable[[str], Any]:
        def copying(text: str) -> Any:
            self.copy()
            self.has_printed = True
            return write(text)

        return lambda text: call(copying, text)

    def _tick(self) -> None:
        loop = getattr(sys.stderr, "_io_loop", None)
        schedule = getattr(getattr(sys.stderr, "pub_thread", None), "schedule", None)
        if loop is None or schedule is None:
            return

        def tick() -> None:
            if self.runs:
                self.copy(blocking=False)
                loop.call_later(_SECONDS, tick)

        schedule(lambda: loop.call_later(_SECONDS, tick))

    def copy(self, blocking: bool = True) -> None:
        """Show what has been traced, behind what the cell has printed before."""
        if not self.lock.acquire(blocking):
            return
        try:
            text = self._taken()
            if not text:
                return
            self._show(text.decode("utf-8", "replace"))
        finally:
            self.lock.release()

    def _taken(self) -> bytes:
        descriptor = self.file.fileno()
        text = os.pread(descriptor, os.fstat(descriptor).st_size - self.position, self.position)
        text = text[: text.rfind(b"\n") + 1]
        self.position += len(text)
        return text

    def _show(self, text: str) -> None:
        if self.has_printed:
            sys.stdout.flush()
        self.has_printed = False
        write = next((w for stream, w in self.wrapped if stream is sys.stderr), sys.stderr.write)
        write(text)
        sys.stderr.flush()
