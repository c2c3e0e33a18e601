"""A process as `/proc` shows it."""

from __future__ import annotations

import contextlib
import os

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_YAMA = "/proc/sys/kernel/yama/ptrace_scope"
_YAMA_HINTS = {
    "1": "kernel.yama.ptrace_scope is 1, so only a parent or root may attach: run it with sudo",
    "2": "kernel.yama.ptrace_scope is 2, so only root may attach: run it with sudo",
    "3": "kernel.yama.ptrace_scope is 3, so nobody may attach until the system starts again",
}
ARMED_HINT = 'start it with SWIFTTRACE="off,signal=USR2" to attach without ptrace'


class CannotAttach(Exception):
    """Nothing was changed in the other process; the message says why, and what would help."""


class NotAllowed(CannotAttach):
    """The system does not let us, or the process does not."""


class Declined(CannotAttach):
    """The process was reached, and has done nothing."""


class Mapping:
    """A part of a process's memory that a file was mapped to, or that has no file."""

    __slots__ = ("access", "end", "file", "offset", "start")

    def __init__(self, line: str) -> None:
        fields = line.split(None, 5)
        start, _, end = fields[0].partition("-")
        self.start, self.end = int(start, 16), int(end, 16)
        self.access = fields[1]
        self.offset = int(fields[2], 16)
        self.file = fields[5].rstrip("\n").removesuffix(" (deleted)") if len(fields) > 5 else ""


class Process:
    """One process by its number. Each method asks `/proc` anew."""

    def __init__(self, pid: int) -> None:
        """Raises `CannotAttach` if there is no such process."""
        self.pid = pid
        if not os.path.isdir(self.path("")):
            raise CannotAttach(f"there is no process {pid}")

    def path(self, name: str) -> str:
        """Return the path of one of its files below `/proc`."""
        return f"/proc/{self.pid}/{name}"

    def read(self, name: str) -> bytes:
        """Return the content of one of its files. Raises `CannotAttach`."""
        try:
            with open(self.path(name), "rb") as file:
                return file.read()
        except PermissionError:
            raise self.refused() from None
        except (FileNotFoundError, ProcessLookupError):
            raise CannotAttach(f"process {self.pid} has ended") from None

    def mappings(self) -> list[Mapping]:
        """Return its memory in order. Raises `CannotAttach`; it is empty for one that has ended."""
        text = self.read("maps").decode("utf-8", "surrogateescape")
        return [Mapping(line) for line in text.splitlines()]

    def status(self) -> dict[str, str]:
        """Return the fields of its `status`. Raises `CannotAttach`."""
        text = self.read("status").decode("utf-8", "replace")
        pairs = [line.partition(":") for line in text.splitlines()]
        return {name: value.strip() for name, _, value in pairs}

    def command(self) -> list[str]:
        """Return its command line; empty if it has none or has ended."""
        try:
            text = self.read("cmdline").decode("utf-8", "replace")
        except CannotAttach:
            return []
        return text.rstrip("\0").split("\0") if text else []

    def environment(self) -> dict[str, str]:
        """Return the environment that it was started with. Raises `CannotAttach`."""
        fields = self.read("environ").decode("utf-8", "surrogateescape").split("\0")
        return {name: value for name, _, value in (field.partition("=") for field in fields)}

    def directory(self) -> str:
        """Return its working directory, as it sees it."""
        try:
            return os.readlink(self.path("cwd"))
        except OSError:
            return "/"

    def parent(self) -> int:
        """Return the number of the process that has started it; 0 if that cannot be told."""
        try:
            return int(self.status().get("PPid", "0"))
        except CannotAttach:
            return 0

    def threads(self) -> list[int]:
        """Return the numbers of its threads, the main one first; empty if it has ended."""
        try:
            return sorted(map(int, os.listdir(self.path("task"))), key=lambda tid: tid != self.pid)
        except OSError:
            return []

    def thread_numbers(self) -> dict[int, int]:
        """Return its threads: by the number that it has for each, as in a container, ours."""
        threads = self.threads()
        try:
            if os.readlink(self.path("ns/pid")) == os.readlink("/proc/self/ns/pid"):
                return {number: number for number in threads}
        except OSError:
            pass
        return {self._inner(number): number for number in threads}

    def _inner(self, thread: int) -> int:
        text = _content(self.path(f"task/{thread}/status"))
        for line in text.splitlines():
            if line.startswith("NSpid:"):
                return int(line.split()[-1])
        return thread

    def is_over(self) -> bool:
        """Whether it has ended, perhaps without anybody having waited for it."""
        try:
            return self.status().get("State", "Z")[0] in "ZX"
        except CannotAttach:
            return True

    def owner(self) -> tuple[int, int]:
        """Return the user and the group that files of it belong to."""
        status = self.status()
        return int(status["Uid"].split()[3]), int(status["Gid"].split()[3])

    def root(self) -> str:
        """Return what stands before a path of its in ours: empty if it sees the files we see."""
        try:
            same = os.readlink(self.path("ns/mnt")) == os.readlink("/proc/self/ns/mnt")
            same = same and os.path.samestat(os.stat(self.path("root/")), os.stat("/"))
        except OSError:
            return ""
        return "" if same else self.path("root")

    def refused(self) -> NotAllowed:
        """Return why the system does not let us, with what would help."""
        return NotAllowed(f"process {self.pid} may not be attached to: {self._reason()}")

    def inner(self) -> int:
        """Return the number that it has for itself, as in a container."""
        return self._inner(self.pid)

    def armed(self) -> str | None:
        """Return the signal that SWIFTTRACE has armed in it, if that can be seen."""
        with contextlib.suppress(OSError), open(self.path("environ"), "rb") as file:
            for entry in file.read().decode("utf-8", "replace").split("\0"):
                fields = entry.removeprefix("SWIFTTRACE=").split(",")
                if entry.startswith("SWIFTTRACE=") and "off" in fields:
                    names = [field[7:] for field in fields if field.startswith("signal=")]
                    return names[-1].removeprefix("SIG") if names else None
        return None

    def _reason(self) -> str:
        try:
            user = os.stat(self.path("")).st_uid
        except OSError:
            return "it has ended"
        if os.geteuid() not in (0, user):
            return f"it belongs to user {_user_name(user)}: run swifttrace as that user or as root"
        hint = _YAMA_HINTS.get(_content(_YAMA))
        if hint is not None and os.geteuid():
            return f"{hint}, or {ARMED_HINT}"
        return f"this needs CAP_SYS_PTRACE (in a container: --cap-add SYS_PTRACE), or {ARMED_HINT}"


def _user_name(number: int) -> str:
    try:
        import pwd

        return pwd.getpwuid(number).pw_name
    except (ImportError, KeyError):
        return str(number)


def _content(path: str) -> str:
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return ""


class Memory:
    """What a process has in its memory. Each method raises `CannotAttach`."""

    def __init__(self, process: Process) -> None:
        self._process = process
        try:
            self._file = os.open(process.path("mem"), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            raise process.refused() from None

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def read(self, address: int, count: int) -> bytes:
        """Return so many bytes."""
        try:
            data = os.pread(self._file, count, address)
        except (OSError, OverflowError):
            data = b""
        if len(data) != count:
            raise self._gone()
        return data

    def write(self, address: int, data: bytes) -> None:
        """Put bytes there."""
        try:
            count = os.pwrite(self._file, data, address)
        except (OSError, OverflowError):
            count = 0
        if count != len(data):
            raise self._gone()

    def word(self, address: int) -> int:
        """Return the eight bytes there as a number."""
        return int.from_bytes(self.read(address, 8), "little")

    def number(self, address: int) -> int:
        """Return the four bytes there as a number."""
        return int.from_bytes(self.read(address, 4), "little")

    def _gone(self) -> CannotAttach:
        pid = self._process.pid
        if self._process.is_over():
            return CannotAttach(f"process {pid} has ended")
        return CannotAttach(f"the memory of process {pid} is not as expected")


def processes() -> Iterator[Process]:
    """Yield all that there are."""
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with contextlib.suppress(CannotAttach):
                yield Process(int(name))
