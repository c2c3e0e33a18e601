"""The threads by which IPython and a Jupyter kernel work: they are no part of a cell.

One of a kernel's reads what is written to descriptor 2. Traced, it would have more to read
for each line that it reads.
"""

from __future__ import annotations

import sys
import threading

from .. import swifttrace as native
from .builtins import __builtins__ as __builtins__

_SHELL = frozenset(("ipykernel", "IPython", "zmq", "tornado", "jupyter_client"))


def is_kernel() -> bool:
    """Whether this process is a Jupyter kernel."""
    application = getattr(sys.modules.get("ipykernel.kernelapp"), "IPKernelApp", None)
    return getattr(application, "_instance", None) is not None


def threads_of_shell() -> list[int]:
    """Return the threads that do the shell's own work, by their numbers."""
    threads = [t for t in threading.enumerate() if t is not threading.current_thread()]
    return [t.ident for t in threads if t.ident is not None and _is_of_shell(t)]


def leave_out(session: native.Session) -> None:
    """Trace no thread of the shell's own."""
    for thread in threads_of_shell():
        session.leave_out(thread)


def _is_of_shell(thread: threading.Thread) -> bool:
    if thread is threading.main_thread():  # and the cell's is another
        return is_kernel()
    modules = [getattr(of, "__module__", None) for of in (type(thread), _target(thread))]
    # Debuggers are told, too.
    return getattr(thread, "pydev_do_not_trace", False) is True or any(
        str(module).partition(".")[0] in _SHELL for module in modules
    )


def _target(thread: threading.Thread) -> object:
    return getattr(thread, "_target", None)
