"""Why the interpreter itself would not take a program.

`compile()` is given a whole text; the interpreter reads a file piece by piece, and has
other words for null bytes, unknown cookies and what cannot be decoded. Imported only
where there is an error to be shown.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
import warnings

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FILE_INPUT = 257


def error_of_file(source: bytes, name: str) -> SyntaxError | None:
    """Return the error of a file with this text, where it has one."""
    show = warnings.showwarning
    # What there is to be warned of was shown by `compile()`.
    warnings.showwarning = lambda *_, **__: None
    try:
        _run(source, name)
    except SyntaxError as error:
        return error
    except Exception:
        pass
    finally:
        warnings.showwarning = show
    return None


def _run(source: bytes, name: str) -> None:
    """The corresponding C function is `PyRun_FileExFlags`."""
    run = ctypes.pythonapi.PyRun_FileExFlags
    run.restype = ctypes.py_object
    pointer, number, thing = ctypes.c_void_p, ctypes.c_int, ctypes.py_object
    run.argtypes = [pointer, ctypes.c_char_p, number, thing, thing, number, pointer]
    namespace: dict[str, Any] = {"__builtins__": {}}
    run(_stream(source), os.fsencode(name), _FILE_INPUT, namespace, namespace, 1, None)


def _stream(source: bytes) -> int | None:
    """Return a C stream of the text. The corresponding C function is `fdopen`."""
    fdopen = ctypes.CDLL(None).fdopen
    fdopen.restype = ctypes.c_void_p
    fdopen.argtypes = [ctypes.c_int, ctypes.c_char_p]
    with tempfile.TemporaryFile() as file:
        file.write(source)
        file.seek(0)
        return fdopen(os.dup(file.fileno()), b"rb")  # type: ignore[no-any-return]
