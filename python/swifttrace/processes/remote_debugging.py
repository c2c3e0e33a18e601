"""The way in of Python 3.14 and later: the interpreter is asked to run a script (PEP 768).

Each thread is asked, so that the first which gets to it runs the script. CPython's own
`sys.remote_exec` asks the main thread alone, and needs the same version on both sides.
"""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from .process import CannotAttach, Memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .interpreter import Interpreter

OLDEST = 3, 14
_PLEASE_STOP = 1 << 5
_MOST_THREADS = 100_000
# Words within `_Py_DebugOffsets`; the last two pairs by the minor version.
_INTERPRETERS, _THREADS, _NEXT = 5, 9, 24
_NATIVE_NUMBER = {14: 28, 15: 31}
_SUPPORT = {14: 89, 15: 105}


class ThreadState:
    """One thread as the interpreter knows it."""

    __slots__ = ("address", "number")

    def __init__(self, address: int, number: int) -> None:
        self.address = address
        self.number = number
        """What the system calls it."""


class RemoteDebugging:
    """The places in a process's memory by which it is asked."""

    def __init__(self, interpreter: Interpreter, memory: Memory) -> None:
        """Raises `CannotAttach`."""
        minor = interpreter.version[1]
        pid = interpreter.process.pid
        if minor not in _SUPPORT:
            raise CannotAttach(
                f"process {pid} runs Python 3.{minor}, which this swifttrace does not know yet"
            )
        self._memory = memory
        self._asked: set[int] = set()
        words = interpreter.offsets(memory, _SUPPORT[minor] + 6)
        (self._breaker, self._support, self._enabled, self._pending, self._path, self._size) = (
            words[_SUPPORT[minor] :]
        )
        self._next, self._number = words[_NEXT], words[_NATIVE_NUMBER[minor]]
        self._threads_head = words[_THREADS]
        runtime = interpreter.module.address("_PyRuntime")
        self._main = memory.word(runtime + words[_INTERPRETERS])
        if not self._main:
            raise CannotAttach(f"the Python of process {pid} has not begun yet, or has ended")

    def is_enabled(self) -> bool:
        """Whether the interpreter was started so that it may be asked."""
        return bool(self._memory.number(self._main + self._enabled))

    def threads(self) -> list[ThreadState]:
        """Return its threads, the newest first."""
        found: list[ThreadState] = []
        address = self._memory.word(self._main + self._threads_head)
        while address and len(found) < _MOST_THREADS:
            number = self._memory.word(address + self._number)
            found.append(ThreadState(address, number))
            address = self._memory.word(address + self._next)
        return found

    def ask(self, thread: ThreadState, script: bytes) -> None:
        """Have a thread run a script as soon as it can. Raises `CannotAttach`."""
        support = thread.address + self._support
        if len(script) >= self._size:
            raise CannotAttach(f"the name of the script is too long: {script!r}")
        self._memory.write(support + self._path, script + b"\0")
        self._memory.write(support + self._pending, (1).to_bytes(4, "little"))
        self._asked.add(thread.number)
        breaker = thread.address + self._breaker
        value = self._memory.word(breaker) | _PLEASE_STOP
        self._memory.write(breaker, value.to_bytes(8, "little"))

    def _asks_for(self, thread: ThreadState, script: bytes) -> bool:
        """Whether a thread is asked for this script: another process may ask for one, too."""
        support = thread.address + self._support
        if not self._memory.number(support + self._pending):
            return False
        return self._memory.read(support + self._path, len(script) + 1) == script + b"\0"

    def is_asked(self, script: bytes) -> bool:
        """Whether any thread is still asked for the script."""
        return any(self._asks_for(thread, script) for thread in self.threads())

    def take_back(self, script: bytes) -> set[int]:
        """Ask no thread any more; return the numbers of those that may be running the script."""
        begun = set()
        for thread in self.threads():
            if self._asks_for(thread, script):
                pending = thread.address + self._support + self._pending
                self._memory.write(pending, bytes(4))
            elif thread.number in self._asked:
                begun.add(thread.number)
        return begun
