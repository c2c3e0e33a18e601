"""``set -x`` for Python: print each Python line as it runs.

PYTEST_DONT_REWRITE
"""

# Old interpreters get this far: nothing here may be too new for them to compile.
import sys

if sys.version_info < (3, 11) or sys.implementation.name != "cpython":
    raise ImportError(
        "swifttrace needs CPython 3.11 or later, this is Python " + sys.version.split()[0]
    )
if "t" in getattr(sys, "abiflags", ""):
    raise ImportError("swifttrace needs the GIL: free-threaded Python is not supported yet")

try:  # never lazily (PEP 810)
    from .runtime.imports import load_ours

    load_ours()

    from .version import __version__
finally:
    pass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .api import Status, configure, disable, dump, enable, status, trace, watch
    from .swifttrace import global_trace, local_trace

_FUNCTIONS = ("Status", "configure", "disable", "dump", "enable", "status", "trace", "watch")


def __getattr__(name):  # type: ignore[no-untyped-def]
    """Return a function, whose module is loaded for the first one, or one of the pair for
    `sys.settrace()` (PEP 562).
    """
    if name in _FUNCTIONS:
        from .runtime.imports import library

        with library.lock:  # A fork waits for it: no child has half of a module.
            from . import api

        globals().update([(each, getattr(api, each)) for each in _FUNCTIONS])
        return getattr(api, name)
    if name not in ("global_trace", "local_trace"):
        raise AttributeError("module 'swifttrace' has no attribute " + repr(name))
    from .settrace_pair import trace_function
    from .swifttrace import frame

    return trace_function(name, frame(1))


def __dir__():  # type: ignore[no-untyped-def]
    return sorted(set(globals()).union(__all__))


def load_ipython_extension(shell):  # type: ignore[no-untyped-def]
    """Add `%trace` and `%%trace` to IPython."""
    from .ipython.magics import Magics

    shell.user_ns_hidden["_swifttrace_magics"] = Magics(shell)


def unload_ipython_extension(shell):  # type: ignore[no-untyped-def]
    """End the trace, and take the magics away."""
    from .api import disable

    disable()
    magics = shell.user_ns_hidden.pop("_swifttrace_magics", None)
    if magics is not None:
        magics.unload()
    for known in shell.magics_manager.magics.values():
        known.pop("trace", None)


__all__ = [
    "Status",
    "__version__",
    "configure",
    "disable",
    "dump",
    "enable",
    "global_trace",
    "local_trace",
    "status",
    "trace",
    "watch",
]
