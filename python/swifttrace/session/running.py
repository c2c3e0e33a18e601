"""The program that runs already, seen from a thread or a handler that is none of its own."""

from __future__ import annotations

import os
import sys
from _thread import get_ident

from ..runtime.builtins import __builtins__ as __builtins__
from .opening import Program, program_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType


def running_program() -> Program:
    """Return the program that the main thread runs."""
    frame = _main_frame()
    if frame is not None:
        return program_of(frame)
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    scripts = [main] if isinstance(main, str) else []
    return Program(
        scripts, os.path.dirname(os.path.abspath(scripts[0])) if scripts else os.getcwd()
    )


def _main_frame() -> FrameType | None:
    """Return the outermost frame of the main thread."""
    threading = sys.modules.get("threading")
    main = getattr(getattr(threading, "_main_thread", None), "ident", None)
    frames = sys._current_frames()
    del frames[get_ident()]  # Or our own frame would hold itself, and the trace.
    # The main thread's is the last one: states of threads are kept newest first.
    frame = frames.get(main) if main in frames else next(reversed(frames.values()))
    return outermost(frame)


def outermost(frame: FrameType | None) -> FrameType | None:
    """Return the frame that was entered first of a thread that is in this one."""
    while frame is not None and frame.f_back is not None:
        frame = frame.f_back
    return frame
