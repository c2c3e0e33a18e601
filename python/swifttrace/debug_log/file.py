"""The log's file: one for each process, written by built-in functions alone."""

from __future__ import annotations

import os
import posix  # not `os`, whose functions the program may replace
import stat

from .. import swifttrace as native
from ..config.checks import DASH
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import STANDARD_OUTPUT
from ..swifttrace import visible as escaped

LOWEST_DESCRIPTOR = 200


class LogFile:
    """The log's file, one for each process. Raises `OSError`."""

    def __init__(self, path: str, is_child: bool, resumed: str | None, append: bool) -> None:
        self.path, self.append = path, append
        self.is_standard_output = path == DASH
        self.head, self.tail = os.path.splitext(path)
        self.is_silent = self.is_closed = False
        if resumed is None or not self._take(resumed, False, True):
            self._open(is_child)

    def _open(self, is_child: bool) -> None:
        """Open the first that is no other process's."""
        if self.is_standard_output:
            self._set(self.path, _high(posix.dup(STANDARD_OUTPUT)))
            return
        number = 1 if is_child else 0
        while not self._take(self._name(number), number > 0, False):
            number += 1

    def _name(self, number: int) -> str:
        if number == 0:
            return self.path
        again = f".{number}" if number > 1 else ""
        return f"{self.head}.{posix.getpid()}{again}{self.tail}"

    def _take(self, name: str, is_of_process: bool, is_resumed: bool) -> bool:
        opened = _opened(name)
        answer = native.take_file(opened, self.append, is_of_process, is_resumed)
        if answer == native.LEAVE_FILE:
            posix.close(opened)
            return False
        if answer == native.BEGIN_FILE:
            posix.ftruncate(opened, 0)
        self._set(name, opened)
        return True

    def _set(self, name: str, opened: int) -> None:
        self.name, self.descriptor, self.forks = name, opened, native.forks()
        self.identity = _identity(opened)

    def close(self) -> None:
        """Nothing is written any more."""
        try:
            if self.forks == native.forks() and self._is_ours():
                posix.close(self.descriptor)
        except OSError:
            pass  # It is closed, then.
        self.is_silent = self.is_closed = True

    def write(self, text: str) -> None:
        """Nothing is raised: the program goes on. What cannot be written is said once."""
        if self.is_closed:
            return
        try:
            if self.forks != native.forks():
                self._forked()
            elif not self._is_ours():
                self._open_again()
            rest = text.encode("utf-8", "backslashreplace")
            while rest:
                rest = rest[posix.write(self.descriptor, rest) :]
        except OSError as error:
            self._give_up(error)

    def _forked(self) -> None:
        if self._is_ours():
            posix.close(self.descriptor)
        self._open(True)

    def _open_again(self) -> None:
        """A daemon closes all descriptors, and opens others by their numbers."""
        if self.is_standard_output:
            self._open(False)
        else:
            self._set(self.name, _opened(self.name))

    def _is_ours(self) -> bool:
        try:
            return _identity(self.descriptor) == self.identity
        except OSError:
            return False

    def _give_up(self, error: OSError) -> None:
        if self.is_silent:
            return
        self.is_silent = True
        name = escaped(self.name)
        text = f"swifttrace: cannot write to {name}: {error.strerror}\n"
        try:  # noqa: SIM105 (contextlib's lines might be traced)
            posix.write(2, text.encode("utf-8", "backslashreplace"))
        except OSError:
            pass  # There is nobody to tell.


def _identity(descriptor: int) -> tuple[int, int]:
    status = posix.fstat(descriptor)
    return status.st_dev, status.st_ino


def _opened(name: str) -> int:
    """Open a file of ours for appending."""
    # Not to wait for who reads a FIFO; not to write where somebody else's link leads.
    kind = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
    opened = native.open_output(name, kind)
    try:
        _check_file(posix.fstat(opened), name)
    except OSError:
        posix.close(opened)
        raise
    return _high(opened)


def _high(opened: int) -> int:
    """Move a descriptor to a number that no program counts on."""
    import fcntl

    try:
        return fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR)
    except OSError:  # so many are not allowed
        return posix.dup(opened)
    finally:
        posix.close(opened)


def _check_file(status: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(0, "not a regular file", name)
    if status.st_uid != posix.geteuid():
        raise OSError(0, "the file belongs to another user", name)
