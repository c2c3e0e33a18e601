"""`swifttrace.global_trace` and `swifttrace.local_trace`, for `sys.settrace()`."""

from __future__ import annotations

from . import swifttrace as native
from .config.settings import Settings
from .runtime.builtins import __builtins__ as __builtins__
from .session.opening import open_here
from .session.state import state

_NAMES = ("global_trace", "local_trace")


def __getattr__(name: str) -> object:
    """Return one of the pair, which then prints level 1 unless `configure` said more.

    The package's function of that name (PEP 562).
    """
    if name not in _NAMES:
        raise AttributeError(f"module 'swifttrace' has no attribute {name!r}")
    if state.pair is None:  # Nothing was said of how they print.
        state.set_pair(open_here(Settings(), native.frame(1)))
    return getattr(native, name)
