"""What another process is asked for: a directory with the script, and FIFOs for what comes back."""

from __future__ import annotations

import contextlib
import os
import select
from os.path import abspath, dirname, join
from time import monotonic, sleep

from ..processes.process import CannotAttach, Declined
from ..runtime.builtins import __builtins__ as __builtins__
from ..version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from ..processes.process import Process

PACKAGE = dirname(dirname(abspath(__file__)))
_LOADING = join(PACKAGE, "attach", "loading.py")
_TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")
_MOST = 1 << 16
_TO_ALL = 0o005
_PAUSE = 0.001
_SETTLING = 2.0
_REST = 10.0
"""How many seconds more an answer may take that has begun."""


class Request:
    """One request. Its directory is there until `remove`."""

    def __init__(
        self, process: Process, action: str, asked: dict[str, Any], within: str = ""
    ) -> None:
        """:param within: a directory that is removed in any case.

        Makes no file yet. Raises `CannotAttach` if there is no place for it.
        """
        self.process = process
        self.package = PACKAGE
        self.beside: tuple[int, Callable[[], bool]] | None = None
        """What is read while an answer is waited for, and what reads it: false at the end."""
        self._action, self._asked = action, asked
        self.level: int | None = None
        """What the level of a trace that there is already is to be."""
        self._root = process.root()
        self.directory = self._place((within,) if within else _TEMPORARY)
        """Its path as the other process sees it."""
        self._reply = self._lines = -1
        self.running: set[int] = set()
        """Threads of the process, as it numbers them, that may be running the script."""

    def _place(self, places: tuple[str, ...]) -> str:
        name = f"swifttrace-{os.getpid()}-{os.urandom(6).hex()}"
        for place in places:
            if os.path.isabs(place) and os.access(self._root + place, os.W_OK | os.X_OK):
                return join(place, name)
        raise CannotAttach(
            f"no file can be made for process {self.process.pid}: it has no temporary directory"
        )

    def make(self) -> None:
        """Make the directory and what is in it. Raises `CannotAttach`."""
        try:
            os.mkdir(self.here(), 0o700)
            self._make_files()
        except OSError as error:
            self.remove()
            reason = error.strerror or str(error)
            raise CannotAttach(
                f"no file can be made for process {self.process.pid} in {self.here()}: {reason}"
            ) from None

    def _make_files(self) -> None:
        if not self._may_read_package():
            self._copy_package()
        os.mkfifo(self.here("reply"), 0o600)
        self._reply = _open_to_read(self.here("reply"))
        if self._has_lines():
            os.mkfifo(self.here("lines"), 0o600)
            self.open_lines()
        for is_own_thread, name in ((False, "script.py"), (True, "thread.py")):
            self._write_script(name, self._told(is_own_thread))
        self._give_away()

    def _has_lines(self) -> bool:
        return self._action == "begin" and self._asked.get("output") is None

    def open_lines(self) -> None:
        """Begin to read the lines, in a second process too: one without a reader is an error."""
        if self._has_lines():
            self._lines = _open_to_read(self.here("lines"))

    def _told(self, is_own_thread: bool) -> dict[str, Any]:
        return {
            "action": self._action,
            "asked": self._asked,
            "by": os.getpid(),
            "directory": self.directory,
            "is_own_thread": is_own_thread,
            "level": self.level,
            "lines": join(self.directory, "lines") if self._has_lines() else None,
            "package": self.package,
            "version": __version__,
        }

    def _write_script(self, name: str, told: dict[str, Any]) -> None:
        with open(_LOADING) as file:
            text = file.read()
        # As code of ours: no trace shows it.
        code_name = join(self.package, "attach", "loading.py")
        text += f"\nbegin({told!r})\n"
        with open(self.here(name), "w", errors="surrogateescape") as file:
            file.write(f"exec(compile({text!r}, {code_name!r}, 'exec'), {{'__name__': ''}})\n")

    def _may_read_package(self) -> bool:
        """Whether the process sees our files where we do, and may read them."""
        if self._root and not _is_same(self._root + PACKAGE, PACKAGE):
            return False
        return self.process.owner()[0] in (0, os.geteuid()) or _is_public(PACKAGE)

    def _copy_package(self) -> None:
        """Give the process our files: it does not see ours, as in a container, or may not."""
        import shutil

        self.package = join(self.directory, "swifttrace")
        ignored = shutil.ignore_patterns("__pycache__", "reading.*", "*.pyi")
        shutil.copytree(PACKAGE, self.here("swifttrace"), ignore=ignored)

    def _give_away(self) -> None:
        """Have everything belong to the process's user, who could not read it otherwise."""
        user, group = self.process.owner()
        if (user, group) == (os.geteuid(), os.getegid()):
            return
        for directory, _, names in os.walk(self.here(), topdown=False):
            for name in (*names, "."):
                os.chown(join(directory, name), user, group)

    def here(self, name: str = "") -> str:
        """Return the path of a file in the directory, as we see it."""
        return self._root + join(self.directory, name)

    def library(self) -> str:
        """Return the path of the library that ptrace has the process load."""
        return join(self.package, "attaching.abi3.so")

    # -- what comes back --

    def answer(self, timeout: float) -> str | None:
        """Return what the process has to say; None if it does not within that time.

        Raises `Declined` if it says that it cannot.
        """
        end = monotonic() + timeout
        data = None
        while data is None or not data[1]:
            if not self._wait(end if data is None else end + _REST):
                break
            data = _read(self._reply, b"" if data is None else data[0])
        if data is None or not data[0]:
            return None
        outcome, _, text = data[0].decode("utf-8", "surrogateescape").partition("\n")
        if outcome != "done":
            raise Declined(f"process {self.process.pid}: {text}")
        return text

    def _wait(self, end: float) -> bool:
        """Wait until there is something of an answer; false if there is not until then."""
        poll = select.poll()
        poll.register(self._reply, select.POLLIN)
        if self.beside is not None:
            poll.register(self.beside[0], select.POLLIN)
        while (left := end - monotonic()) > 0:
            ready = dict(poll.poll(left * 1000))
            if self._reply in ready:
                return True
            if ready and self.beside is not None and not self.beside[1]():
                poll.unregister(self.beside[0])
                self.beside = None
        return False

    def script(self) -> bytes:
        """Return the path of what a thread of the process's own runs, as the process sees it."""
        return os.fsencode(join(self.directory, "script.py"))

    @contextlib.contextmanager
    def announced(self, name: str) -> Iterator[None]:
        """Have the process find the script by a file of that name, until the end of the block.

        Raises `CannotAttach`.
        """
        path, written = self._root + name, self.here("asks")
        try:
            with open(written, "xb", opener=_private) as file:
                file.write(self.script())
            os.chown(written, *self.process.owner())
            _remove_stale(path, self._root)
            os.link(written, path)
        except OSError as error:
            raise CannotAttach(f"no file can be made in {path}: {error.strerror}") from None
        try:
            yield
        except BaseException:
            # The signal is on its way: whoever finds the file then is asked for nothing.
            _try(os.truncate if not self.process.is_over() else _unlink_sized, path, 0)
            raise
        _try(os.unlink, path)

    def is_begun(self) -> bool:
        """Whether the process has got to it, or is not to."""
        return os.path.isdir(self.here("begun"))

    def drain(self) -> None:
        """Read what there is beside the answer: a thread may be waiting until it is read."""
        if self.beside is not None and not self.beside[1]():
            self.beside = None

    def withdraw(self) -> bool:
        """Have nothing done, should the process get to it later; false if it has begun."""
        try:
            os.mkdir(self.here("begun"))
        except OSError:
            return False
        return True

    def settle(self) -> None:
        """Wait for threads that are about to read the script, or to leave it."""
        end = monotonic() + _SETTLING
        while self.running and monotonic() < end:
            there = set(self.process.thread_numbers())
            self.running = {
                number
                for number in self.running & there
                if not os.path.isdir(self.here(f"ran-{number}"))
            }
            sleep(_PAUSE)

    def lines(self) -> int:
        """Return the descriptor that the lines are read from; -1 if they go to a file."""
        return self._lines

    def remove(self) -> None:
        """Remove everything."""
        self.settle()
        for descriptor in (self._reply, self._lines):
            if descriptor >= 0:
                os.close(descriptor)
        self._reply = self._lines = -1
        for directory, directories, names in os.walk(self.here(), topdown=False):
            for name in names:
                _try(os.unlink, join(directory, name))
            for name in directories:
                _try(os.rmdir, join(directory, name))
        _try(os.rmdir, self.here())


def _read(descriptor: int, before: bytes) -> tuple[bytes, bool]:
    """Return what there is by now, and whether that is all."""
    try:
        data = os.read(descriptor, _MOST)
    except BlockingIOError:
        return before, False
    return before + data, not data


def _try(remove: Callable[..., None], path: str, *more: int) -> None:
    with contextlib.suppress(OSError):  # if somebody else has removed it, or may not let us
        remove(path, *more)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _unlink_sized(path: str, _size: int) -> None:
    os.unlink(path)


def _remove_stale(path: str, root: str) -> None:
    """Remove the file of a request that nobody waits for any more. Raises `OSError`."""
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            script = file.read(_MOST)
        if not script or not os.path.exists(root + os.fsdecode(script)):
            os.unlink(path)


def _open_to_read(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)


def _is_public(path: str) -> bool:
    """Whether everybody may read what is in a directory."""
    while path != dirname(path):
        if os.stat(path).st_mode & _TO_ALL != _TO_ALL:
            return False
        path = dirname(path)
    return True


def _is_same(path: str, other: str) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.stat(other))
    except OSError:
        return False
