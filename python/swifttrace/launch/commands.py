"""The commands that are installed beside an interpreter, as gunicorn and pytest are."""

from __future__ import annotations

import os
import sys

from ..runtime.builtins import __builtins__ as __builtins__


class CannotRun(Exception):
    """The program cannot be started; `status` is the exit status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def is_installed_command(path: str) -> bool:
    """Whether a script lies where an environment, or a system, has its commands."""
    directories = {os.path.dirname(path), os.path.dirname(os.path.realpath(path))}
    return any(_has_commands(directory) for directory in directories)


def _has_commands(directory: str) -> bool:
    parent, name = os.path.split(directory)
    if name != "bin":
        return False
    user = os.path.join(os.path.expanduser("~"), ".local")
    known = (sys.prefix, sys.base_prefix, sys.exec_prefix, user, "/usr", "/usr/local", "/", "")
    return parent in known or os.path.isfile(os.path.join(parent, "pyvenv.cfg"))


def command_named(name: str) -> str | None:
    """Return the file of the command that a shell would run by this name.

    None where the name is that of a file. A command of our own environment is preferred:
    others need what is installed beside them. Raises `CannotRun` for one that no Python of
    ours runs.
    """
    if "/" in name or os.path.lexists(name):
        return None
    found = _found(name)
    for path in found:
        if _is_ours(path):
            return path
    if not found:
        return None
    reason = "is no Python script" if _interpreter(found[0]) is None else "is run by another Python"
    hint = "" if reason.startswith("is no") else ": name it by its path to run it by this one"
    raise CannotRun(f"{found[0]} {reason}{hint}", 2)


def _found(name: str) -> list[str]:
    own = os.path.dirname(sys.executable or "")
    directories = os.environ.get("PATH", os.defpath).split(os.pathsep)
    paths = [os.path.join(directory, name) for directory in (*directories, own) if directory]
    return [path for path in paths if os.path.isfile(path) and os.access(path, os.X_OK)]


def _is_ours(path: str) -> bool:
    """Whether it asks for some Python, or for this one by its path."""
    interpreter = _interpreter(path)
    if interpreter is None or "/" not in interpreter:
        return interpreter is not None
    own = {os.path.dirname(sys.executable), os.path.join(sys.prefix, "bin")}
    return os.path.dirname(interpreter) in own


def _interpreter(path: str) -> str | None:
    """Return the Python that a script names on its first lines: `python3`, or a path."""
    try:
        with open(path, "rb") as file:
            lines = file.read(2048).split(b"\n", 2)
    except OSError:
        return None
    if not lines[0].startswith(b"#!"):
        return None
    # pip writes `#!/bin/sh` and `'''exec' /long/path/python "$0" "$@"` for a long path.
    words = [
        *lines[0][2:].split(),
        *(lines[1].split() if b"'exec'" in b"".join(lines[1:2]) else []),
    ]
    for word in words:
        interpreter = os.fsdecode(word.strip(b"\"'"))
        if os.path.basename(interpreter).startswith(("python", "pypy")):
            return interpreter
    return None
