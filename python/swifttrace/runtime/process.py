"""What this process is: where it is, what started it, and what it says of itself."""

from __future__ import annotations

import os
import posix  # not `os`, whose functions the program may replace
import sys

from .. import swifttrace as native
from .builtins import __builtins__ as __builtins__

STANDARD_OUTPUT = 1
STANDARD_ERROR = 2


def current_directory() -> str:
    """Return the directory we are in, `/` where it is gone."""
    try:
        return posix.getcwd()
    except OSError:
        return os.sep


def known_environment() -> dict[bytes, bytes]:
    """Return what `os.environ` keeps: nothing of ours where a program has put another there."""
    environ = getattr(os, "environ", None)
    return environ._data if type(environ) is os._Environ else {}  # type: ignore[attr-defined]


def command_line(has_secrets: bool) -> tuple[str, ...]:
    """Return the process's own; without its secrets unless `has_secrets`."""
    arguments = tuple(getattr(sys, "orig_argv", ()))
    return arguments if has_secrets else tuple(native.without_secrets(arguments))


def say(message: str) -> None:
    """Say something of the tracer's, in one line on standard error."""
    line = "swifttrace: " + native.visible(message.replace("\n", "\\n")) + "\n"
    try:  # noqa: SIM105 (contextlib's lines might be traced)
        os.write(STANDARD_ERROR, line.encode("utf-8", "backslashreplace"))
    except OSError:
        pass  # There is nobody to tell.
