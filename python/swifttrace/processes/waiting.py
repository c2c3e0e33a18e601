"""Threads that wait in a system call: what they wait for, and waking them without a signal.

A call that a stop interrupts is restarted by the kernel. Where we put -EINTR into its result
instead, it returns as if a signal had come; CPython runs what it was asked to run, and goes on
waiting for the time that is left (PEP 475).
"""

from __future__ import annotations

import bisect
import struct

from ..runtime.builtins import __builtins__ as __builtins__
from .process import CannotAttach, Memory
from .ptrace import EINTR, Refused, Registers, Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .interpreter import Interpreter
    from .process import Mapping

_WORDS = 512
_FUTEX = 202
CALLS = {
    0: "read",
    1: "write",
    7: "poll",
    20: "writev",
    23: "select",
    34: "pause",
    35: "nanosleep",
    42: "connect",
    43: "accept",
    44: "sendto",
    45: "recvfrom",
    46: "sendmsg",
    47: "recvmsg",
    61: "wait4",
    72: "fcntl",
    73: "flock",
    128: "sigtimedwait",
    130: "sigsuspend",
    202: "futex",
    219: "restart_syscall",
    230: "clock_nanosleep",
    232: "epoll_wait",
    247: "waitid",
    270: "pselect",
    271: "ppoll",
    281: "epoll_pwait",
    288: "accept4",
    299: "recvmmsg",
    441: "epoll_pwait2",
}
"""System calls in which a thread holds no lock of libc, by their numbers."""
_LIBC = ("libc.so", "libc-2", "libpthread", "ld-linux", "[vdso]")
_STANDARD = ("lib-dynload/", "/python3", "libpython3")


class Callers:
    """Which file the code is of that has called into libc, by what is on a thread's stack."""

    def __init__(self, interpreter: Interpreter, memory: Memory) -> None:
        self._memory = memory
        self._own = interpreter.module.file
        self._code = [part for part in interpreter.mappings if "x" in part.access]
        self._starts = [part.start for part in self._code]

    def caller(self, registers: Registers) -> str:
        """Return the file; empty if it is not known."""
        for address in (registers.rip, *self._stack(registers.rsp)):
            part = self._part(address)
            if part is not None and not any(name in part.file for name in _LIBC):
                return part.file
        return ""

    def _stack(self, address: int) -> tuple[int, ...]:
        for count in (_WORDS, 64, 8):
            try:
                return struct.unpack(f"<{count}Q", self._memory.read(address, 8 * count))
            except CannotAttach:
                pass
        return ()

    def _part(self, address: int) -> Mapping | None:
        place = bisect.bisect_right(self._starts, address) - 1
        if place >= 0 and address < self._code[place].end:
            return self._code[place]
        return None

    def is_pythons(self, registers: Registers) -> bool:
        """Whether it was CPython itself or its standard library, which know of EINTR."""
        file = self.caller(registers)
        return file == self._own or any(name in file for name in _STANDARD)


def wake(thread: Thread, callers: Callers) -> None:
    """Have a stopped thread come out of the system call in which it waits, if it is CPython's."""
    registers = thread.registers()
    # One that waits for a lock would only try again.
    may_wake = registers.is_blocked() and registers.rax != EINTR and not is_lock(registers)
    if may_wake and callers.is_pythons(registers):
        registers.rax, registers.orig_rax = EINTR, -1
        thread.set_registers(registers)


def is_lock(registers: Registers) -> bool:
    """Whether the thread waits for a lock."""
    return registers.is_blocked() and registers.orig_rax == _FUTEX


def what_it_waits_for(interpreter: Interpreter, memory: Memory, number: int) -> str:
    """Return where a thread is, for people: in which system call, or in whose C code."""
    callers = Callers(interpreter, memory)
    try:
        with Thread(number) as thread:
            registers = thread.registers()
    except Refused:
        return ""
    if is_lock(registers):
        return "a lock"
    call = CALLS.get(registers.orig_rax) if registers.is_blocked() else None
    file = callers.caller(registers)
    code = f"C code of {file.rpartition('/')[2]}" if file else "C code"
    if callers.is_pythons(registers):
        return call or "C code of Python"
    return f"{call} in {code}" if call else code
