"""The frame by which the kernel puts a thread back after a signal's handler (x86_64).

A function that we have a stopped thread call returns into such a frame. The thread then is put
back by the kernel, whether we are still there or not.
"""

from __future__ import annotations

import struct

from ..runtime.builtins import __builtins__ as __builtins__
from .ptrace import EINTR, RESTARTS, Registers

RESTORER = b"\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05"
"""The code of libc that ends a handler: `mov $15, %rax; syscall`."""
RT_SIGRETURN = 15
_RESTART_BLOCK = -516
_RED_ZONE = 128
_CONTEXT = 40
_MASK = _CONTEXT + 256
_LENGTH = _MASK + 8
_ORDER = (
    *("r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rdi", "rsi", "rbp", "rbx"),
    *("rdx", "rax", "rcx", "rsp", "rip", "eflags"),
)
_FLAGS = 7  # UC_FP_XSTATE, UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS
_NO_STACK = 7
"""No kind of alternate stack: the kernel leaves the thread's own as it is."""
_SOFTWARE = 464
_MAGIC, _MAGIC_END = 0x46505853, 0x46505845


class SignalFrame:
    """What is to be written to a thread's stack, and where."""

    def __init__(self, saved: Registers, extended: bytes, mask: int, text: bytes) -> None:
        """:param text: what the function gets the address of."""
        end = saved.rsp - _RED_ZONE
        self.text = (end - len(text) - 1) & ~63
        state = (self.text - len(extended) - 4) & ~63
        self.address = ((state - _LENGTH - 8) & ~15) - 8
        self._pieces = [
            (self.text, text + b"\0"),
            (state, _floating_point(extended)),
            (self.address + 8, _context(saved, state, mask)),
        ]

    def pieces(self, restorer: int) -> list[tuple[int, bytes]]:
        """Return addresses with the bytes that are to be there."""
        return [*self._pieces, (self.address, restorer.to_bytes(8, "little"))]


def _floating_point(extended: bytes) -> bytes:
    """Return it as the kernel itself lays it down for a handler."""
    size = len(extended)
    features = extended[_SOFTWARE : _SOFTWARE + 8]
    head = struct.pack("<II8sI", _MAGIC, size + 4, features, size).ljust(48, b"\0")
    end = _SOFTWARE + len(head)
    return extended[:_SOFTWARE] + head + extended[end:] + struct.pack("<I", _MAGIC_END)


def _context(saved: Registers, state: int, mask: int) -> bytes:
    registers = going_on(saved)
    numbers = [getattr(registers, name) for name in _ORDER]
    head = struct.pack("<QQQiiQ", _FLAGS, 0, 0, _NO_STACK, 0, 0)
    segments = struct.pack("<HHHH", registers.cs, 0, 0, registers.ss)
    context = struct.pack("<18q", *numbers) + segments + bytes(32) + struct.pack("<Q", state)
    return (head + context.ljust(256, b"\0") + struct.pack("<Q", mask)).ljust(_LENGTH, b"\0")


def going_on(saved: Registers) -> Registers:
    """Return the registers with which an interrupted system call is made again.

    One that would go on with the time that is left, by `restart_syscall`, ends with EINTR.
    """
    registers = saved.copy()
    if saved.orig_rax >= 0 and saved.rax in RESTARTS:
        if saved.rax == _RESTART_BLOCK:
            registers.rax = EINTR
        else:
            registers.rax, registers.rip = saved.orig_rax, saved.rip - 2
    return registers


def ends_with_eintr(saved: Registers) -> bool:
    """Whether the call that was interrupted will say so to the program."""
    return saved.orig_rax >= 0 and saved.rax == _RESTART_BLOCK
