"""ptrace: stopping a thread of another process, its registers, letting it go on."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from time import monotonic, sleep

from ..runtime.builtins import __builtins__ as __builtins__
from .process import CannotAttach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CONT, _DETACH, _SYSCALL = 7, 17, 24
_GETREGSET, _SETREGSET, _SEIZE, _INTERRUPT = 0x4204, 0x4205, 0x4206, 0x4207
_GETSIGMASK, _SETSIGMASK = 0x420A, 0x420B
_PRSTATUS, _XSTATE = 1, 0x202
_WALL = 0x40000000
_EVENT_STOP = 128
_MOST_XSTATE = 1 << 16
_SYSCALL_GOOD = 1
_POLL = 0.00005
_PATIENCE = 0.2

# What a system call that a stop interrupts has in `rax` until the kernel restarts it.
EINTR = -4
RESTARTS = (-512, -513, -514, -516)

_NAMES = (
    *("r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx"),
    *("rdx", "rsi", "rdi", "orig_rax", "rip", "cs", "eflags", "rsp", "ss", "fs_base"),
    *("gs_base", "ds", "es", "fs", "gs"),
)


class Registers(ctypes.Structure):
    """`struct user_regs_struct` of x86_64."""

    _fields_ = [(name, ctypes.c_int64) for name in _NAMES]

    if TYPE_CHECKING:
        rax: int
        orig_rax: int
        rip: int
        rsp: int
        rdi: int
        rsi: int

    def is_blocked(self) -> bool:
        """Whether a system call was interrupted in which the thread waited."""
        return self.orig_rax >= 0 and (self.rax in RESTARTS or self.rax == EINTR)

    def copy(self) -> Registers:
        """Return another one with the same values."""
        return Registers.from_buffer_copy(self)


class _Vector(ctypes.Structure):
    """`struct iovec`."""

    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


class Refused(Exception):
    """The system does not let us stop the thread, or it is no more."""


def _ptrace(request: int, thread: int, address: int = 0, data: object = None) -> None:
    if _libc.ptrace(request, thread, address, data) < 0:
        number = ctypes.get_errno()
        raise Refused(os.strerror(number))


class Thread:
    """A thread of another process, stopped until the end of the `with` block."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.is_stopped = False

    def __enter__(self) -> Thread:
        """Raises `Refused`."""
        if not self.number:
            raise Refused("it has ended")
        _ptrace(_SEIZE, self.number, 0, _SYSCALL_GOOD)
        try:
            _ptrace(_INTERRUPT, self.number)
            self._await_stop()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # One that does not stop is let go when we end.
        with contextlib.suppress(Refused):
            _ptrace(_DETACH, self.number)

    def _await_stop(self) -> None:
        """Signals that come first are handed on."""
        while True:
            status = self.wait(_PATIENCE)
            if status >> 16 == _EVENT_STOP:
                return
            _ptrace(_CONT, self.number, 0, os.WSTOPSIG(status))

    def wait(self, patience: float) -> int:
        """Return how it has stopped. Raises `Refused` if it ends, or does not in that time."""
        end = monotonic() + patience
        while True:
            try:
                found, status = os.waitpid(self.number, _WALL | os.WNOHANG)
            except ChildProcessError:
                raise Refused("it has ended") from None
            if found and os.WIFSTOPPED(status):
                return status
            if found:
                raise Refused("it has ended")
            if monotonic() > end:
                raise Refused("it does not stop")
            sleep(_POLL)

    def go_on_to_call(self, patience: float) -> None:
        """Let it run to where it begins or ends a system call. Raises `Refused`."""
        signal_number = 0
        while True:
            _ptrace(_SYSCALL, self.number, 0, signal_number)
            status = self.wait(patience)
            if os.WSTOPSIG(status) == signal.SIGTRAP | 0x80:
                return
            # A fault is the program's to see; what stops it all, too.
            signal_number = 0 if status >> 16 else os.WSTOPSIG(status)

    def registers(self) -> Registers:
        """Return what they are."""
        found = Registers()
        self._register_set(_GETREGSET, _PRSTATUS, found)
        return found

    def set_registers(self, registers: Registers) -> None:
        """Change them."""
        self._register_set(_SETREGSET, _PRSTATUS, registers)

    def extended_state(self) -> bytes:
        """Return the registers for floating point and vectors."""
        buffer = ctypes.create_string_buffer(_MOST_XSTATE)
        length = self._register_set(_GETREGSET, _XSTATE, buffer)
        return buffer.raw[:length]

    def set_extended_state(self, state: bytes) -> None:
        """Change them."""
        self._register_set(_SETREGSET, _XSTATE, ctypes.create_string_buffer(state, len(state)))

    def _register_set(self, request: int, kind: int, values: Any) -> int:
        vector = _Vector(ctypes.addressof(values), ctypes.sizeof(values))
        _ptrace(request, self.number, kind, ctypes.byref(vector))
        return int(vector.length)

    def signal_mask(self) -> int:
        """Return the signals that it blocks, one bit each."""
        mask = ctypes.c_uint64()
        _ptrace(_GETSIGMASK, self.number, 8, ctypes.byref(mask))
        return mask.value

    def set_signal_mask(self, mask: int) -> None:
        """Change them."""
        _ptrace(_SETSIGMASK, self.number, 8, ctypes.byref(ctypes.c_uint64(mask)))


def mask_of(*signals: int) -> int:
    """Return a mask that has these signals."""
    return sum(1 << number - 1 for number in signals)


FAULTS = mask_of(signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP)
"""Signals that must not be blocked: the kernel would take their handlers away."""


def tracer_of(status: dict[str, str]) -> int:
    """Return the process that traces it already; 0 if there is none."""
    return int(status.get("TracerPid", "0"))


def check_not_stopped(pid: int, status: dict[str, str]) -> None:
    """Raise `CannotAttach` for a process that runs nothing until it is continued."""
    if status.get("State", "")[:1] == "T":
        raise CannotAttach(f"process {pid} is stopped: continue it first, with kill -CONT {pid}")
