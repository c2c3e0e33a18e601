"""What a process has for the ones that follow it: the descriptor it traces to, its doorbell.

Nothing is inherited, so that no program gets it that is not traced. A child opens it by its
name in `/proc`, and by the file's own name where it has one: a program that replaces ours
has closed all.

What runs while a trace is on is built-in functions only, as in `following`.
"""

from __future__ import annotations

import errno
import os
import posix  # not `os`, whose functions the program may replace
import stat

from ..runtime.builtins import __builtins__ as __builtins__

_MOST_PLACES = 6


class Place:
    """Where another process finds what a descriptor is open for: `PATH:DEVICE:INODE`.

    A number that was closed may stand for another file by now: the file's identity, which
    goes with it, tells. Raises `ValueError` for a text that is no place.
    """

    def __init__(self, text: str) -> None:
        path, *identity = text.rsplit(":", 2)
        if not path.startswith("/") or not "".join(identity).isdecimal():
            raise ValueError(f"fd needs a descriptor's number, not {text!r}")
        self.text, self.path, self.identity = text, path, ":".join(identity)

    def open(self) -> int:
        """Open it. Raises `OSError`."""
        # A pipe whose reader is gone would keep the program waiting here.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
        descriptor = os.open(self.path, flags)
        if identity(posix.fstat(descriptor)) == self.identity:
            return descriptor
        os.close(descriptor)
        raise OSError(errno.ESTALE, "It is another file by now", self.path)


def identity(status: os.stat_result) -> str:
    """Say which file it is: `DEVICE:INODE`."""
    return f"{status.st_dev}:{status.st_ino}"


def own_place(descriptor: int, file: str) -> str:
    """Name a descriptor of this process; `file` is the identity of what it is open for."""
    return f"/proc/{posix.getpid()}/fd/{descriptor}:{file}"


def named_place(descriptor: int) -> list[str]:
    """Name the file that a descriptor is open for, where it has a name."""
    file = identity(posix.fstat(descriptor))
    try:
        path = posix.readlink(f"/proc/self/fd/{descriptor}")
        return [f"{path}:{file}"] if identity(posix.stat(path)) == file else []
    except OSError:
        return []


def nearest(places: list[str]) -> list[str]:
    """Leave out what is there twice; the line of ancestors may be long."""
    return list(dict.fromkeys(places))[:_MOST_PLACES]


def open_first(places: list[Place]) -> int:
    """Open the first that can be: our parent may have gone already. Raises `OSError`."""
    failure: OSError | None = None
    for place in places:
        try:
            return place.open()
        except OSError as error:
            failure = failure or error
    raise failure or OSError(errno.EBADF, os.strerror(errno.EBADF))


def append_only(descriptor: int) -> None:
    """Write at the file's end from now on: so do those who open it by its name."""
    import fcntl

    if stat.S_ISREG(posix.fstat(descriptor).st_mode):
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_APPEND)


def ring(bell: str) -> None:
    """Tell the process that started us that there are two of us now."""
    try:
        if posix.readlink(bell).startswith("/memfd:swifttrace"):
            descriptor = os.open(bell, os.O_WRONLY | os.O_CLOEXEC)
            os.write(descriptor, b"1")
            os.close(descriptor)
    except OSError:
        pass  # It is gone, or another user's: it says nothing of itself then.
