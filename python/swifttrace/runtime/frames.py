"""Frames, functions and tracebacks, asked for so that no audit hook hears of it (PEP 578).

A hook may raise, and what the program does not do itself is not to be in its log.
"""

from __future__ import annotations

from .. import swifttrace as native
from .builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType, TracebackType

_Frame = type(native.frame(0))
_Code = type(native.code(native.frame(0)))


def frame_of(traceback: TracebackType) -> FrameType:
    """Return `traceback.tb_frame`."""
    return native.referent(traceback, _Frame) or traceback.tb_frame


def code_of(function: object) -> CodeType | None:
    """Return `function.__code__`; None where that is no Python code."""
    return native.referent(function, _Code) if type(function) is _Function else None


_Function = type(code_of)
