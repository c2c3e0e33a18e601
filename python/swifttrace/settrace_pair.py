"""`swifttrace.global_trace` and `swifttrace.local_trace`, for `sys.settrace()`."""

from __future__ import annotations

from . import swifttrace as native
from .config.settings import Settings
from .runtime.builtins import __builtins__ as __builtins__
from .session.opening import open_here
from .session.state import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType


def trace_function(name: str, caller: FrameType) -> object:
    """Return one of the pair, which then prints level 1 unless `configure` said more."""
    if state.pair is None:
        state.set_pair(open_here(Settings(), caller))
    return getattr(native, name)
