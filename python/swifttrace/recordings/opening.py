"""Opens the files that `swifttrace show` and `diff` read, whatever they are."""

from __future__ import annotations

import os
import stat

from ..runtime import ring_file
from ..runtime.builtins import __builtins__ as __builtins__
from .files import CannotRead, Recording
from .kept import FoldedRecording, is_folded
from .text_trace import converted, is_text_trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_RECORDING = b"swifttrace-rec\n"
_RING = b"swifttrace-ring\n"


def open_file(name: str, *, as_recording: bool) -> Recording:
    """Return what a file has.

    A ring is one unless it is to be had as a recording. Raises `CannotRead`.
    """
    try:
        return _open_file(name, as_recording)
    except OSError as error:
        raise CannotRead(f"{name}: {error.strerror or 'cannot read it'}") from None
    except ValueError as error:
        raise CannotRead(f"{name}: {error}") from None


def _open_file(name: str, as_recording: bool) -> Recording:
    # Not to wait for who writes to a FIFO.
    descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("not a regular file")
        start = file.read(4096)
        if start.startswith(_RECORDING):
            return FoldedRecording(name, name) if is_folded(start) else Recording(name, name)
        if start.startswith(_RING):
            ring = ring_file.read(name)
            if as_recording:
                return _from_lines(name, ring.lines())
            found = Recording(name, name)
            found.ring = ring
            return found
        if not is_text_trace(start):
            raise ValueError("neither a recording, nor a file of --last, nor a text trace")
        file.seek(0)
        return _from_lines(name, file)


def _from_lines(name: str, lines: Any) -> Recording:
    held = converted(lines)
    return Recording(name, held.name, held)
