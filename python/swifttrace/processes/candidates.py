"""Python processes that run, and which one of them is meant."""

from __future__ import annotations

import os

from ..runtime.builtins import __builtins__ as __builtins__
from .process import CannotAttach, Process, processes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST = 10
_MOST_TEXT = 70


def _is_python(process: Process) -> bool:
    """Whether it runs Python, as far as can be told without reading its memory."""
    try:
        program = os.path.basename(os.readlink(process.path("exe")))
    except OSError:
        return False
    if program.startswith(("python", "pypy")):
        return True
    try:
        return any("/libpython3" in part.file for part in process.mappings())
    except CannotAttach:
        return False


def python_processes() -> list[Process]:
    """Return them, the newest first, without this one."""
    found = [each for each in processes() if each.pid != os.getpid() and _is_python(each)]
    return sorted(found, key=lambda each: (started(each), each.pid), reverse=True)


def started(process: Process) -> int:
    """Return when it began, as the kernel counts."""
    try:
        return int(process.read("stat").rpartition(b")")[2].split()[19])
    except (CannotAttach, IndexError):
        return 0


def named(pattern: str) -> Process:
    """Return the one whose command line has a text. Raises `CannotAttach`."""
    found = [each for each in python_processes() if pattern in " ".join(each.command())]
    if not found:
        raise CannotAttach(f"no Python process has {pattern!r} in its command line")
    if len(found) > 1:
        raise CannotAttach(
            f"{len(found)} Python processes have {pattern!r} in their command line: {listed(found)}"
        )
    return found[0]


def newest() -> Process:
    """Return the one that began last. Raises `CannotAttach`."""
    found = python_processes()
    if not found:
        raise CannotAttach("no Python process runs")
    return found[0]


def instead_of(process: Process) -> str:
    """Return which Python processes there are below one that is none, or at all; may be empty."""
    return listed(below(process, os.getpid()) or python_processes())


def below(process: Process, command: int) -> list[Process]:
    """Return the Python processes that a process has started, and those that these have.

    :param command: our own process, which is not meant, nor are those below it.
    """
    parents = {each: each.parent() for each in processes() if each.pid != command}
    found = {process.pid}
    while more := {each.pid for each, parent in parents.items() if parent in found} - found:
        found |= more
    return [each for each in parents if each.pid in found - {process.pid} and _is_python(each)]


def above(process: Process) -> list[Process]:
    """Return the process that has started one, if it runs Python."""
    try:
        found = Process(process.parent())
    except CannotAttach:
        return []
    return [found] if _is_python(found) else []


def listed(found: Iterable[Process]) -> str:
    """Return them for people, a few at most."""
    every = list(found)
    texts = [f"{each.pid} ({_command(each)})" for each in every[:_MOST]]
    if len(every) > _MOST:
        texts.append(f"and {len(every) - _MOST} more")
    return ", ".join(texts)


def _command(process: Process) -> str:
    words = process.command()
    text = " ".join([os.path.basename(word) if word[:1] == "/" else word for word in words]) or "?"
    return text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1] + "…"
