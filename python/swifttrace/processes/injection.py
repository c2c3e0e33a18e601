"""The way in of Python 3.11 to 3.13, and of a later one whose threads wait for locks: ptrace.

A thread that holds no lock of libc is stopped, calls `dlopen` for a library of ours, then a
function of it, and goes on where it was. The function starts a thread that takes the GIL and
runs the script. Whatever becomes of us meanwhile, the kernel puts the thread back: see
`signal_frame`. No breakpoint is set.
"""

from __future__ import annotations

import contextlib
import os
from time import monotonic, sleep

from ..runtime.builtins import __builtins__ as __builtins__
from .interpreter import Module
from .process import CannotAttach, Memory
from .ptrace import FAULTS, Refused, Registers, Thread
from .signal_frame import RESTORER, RT_SIGRETURN, SignalFrame, ends_with_eintr
from .waiting import CALLS, Callers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .interpreter import Interpreter

ENTRY = "swifttrace_attach"
_SOON = 1.0
_PAUSE, _LONGEST_PAUSE = 0.001, 0.02
_CALL_PATIENCE = 30.0
_NOW = 2
_ALL = (1 << 64) - 1
_EPERM = 1


class _CannotStop(Exception):
    """No thread was met where it is safe to call anything."""


class Injection:
    """Has a process load our library and run a script."""

    def __init__(self, interpreter: Interpreter, memory: Memory, library: str, script: str) -> None:
        """:param library: the path of our library, as the process sees it.
        :param script: the path of the script.
        """
        self._interpreter = interpreter
        self._process = interpreter.process
        self._memory = memory
        self._library, self._script = library, script
        self._callers = Callers(interpreter, memory)
        self._loop = interpreter.module.span("_PyEval_EvalFrameDefault")
        self._dlopen = self._restorer = 0
        self._find_in_libc()

    def _find_in_libc(self) -> None:
        mappings = self._interpreter.mappings
        for file in dict.fromkeys(part.file for part in mappings if _is_libc(part.file)):
            module = Module(self._process, mappings, file)
            for name in ("dlopen", "__libc_dlopen_mode"):
                with contextlib.suppress(KeyError):
                    self._dlopen = self._dlopen or module.address(name)
            self._restorer = self._restorer or self._place_of_restorer(module)
        if not self._dlopen or not self._restorer:
            raise CannotAttach(
                f"process {self._process.pid} has no dlopen: its Python is linked statically"
            )

    def _place_of_restorer(self, module: Module) -> int:
        for part in module.parts:
            if "x" in part.access:
                place = self._memory.read(part.start, part.end - part.start).find(RESTORER)
                if place >= 0:
                    return part.start + place
        return 0

    def run(
        self,
        patience: float | None,
        say_why: Callable[[], None],
        meanwhile: Callable[[], None],
    ) -> None:
        """Try until a thread can be used. Raises `CannotAttach`.

        :param patience: how long, in seconds; None: until the process ends.
        :param say_why: is called once if it takes long.
        :param meanwhile: is called after each try that has failed.
        """
        began, pause, is_said = monotonic(), _PAUSE, False
        while not self._try_all():
            took = monotonic() - began
            if patience is not None and took > patience:
                raise CannotAttach(f"process {self._process.pid} runs C code: try again later")
            if took > _SOON and not is_said:
                say_why()
                is_said = True
            meanwhile()
            sleep(pause)
            pause = min(pause * 1.1, _LONGEST_PAUSE)

    def _try_all(self) -> bool:
        """Whether one of its threads could be used."""
        for number in self._process.threads():
            try:
                self._run_in(number)
            except _CannotStop:
                pass
            except Refused as error:
                self._check(error)
            else:
                return True
        self._check(None)
        return False

    def _check(self, error: Refused | None) -> None:
        """Raise `CannotAttach` if another try makes no sense."""
        if self._process.is_over():
            raise CannotAttach(f"process {self._process.pid} has ended")
        if error is not None and str(error) == os.strerror(_EPERM):
            raise self._process.refused()

    def _run_in(self, number: int) -> None:
        with Thread(number) as thread:
            registers = thread.registers()
            if not self._is_safe(registers):
                raise _CannotStop
            call = _Call(thread, registers, self._memory, self._restorer)
            call.begin(self._dlopen, self._library, _NOW)
            entry = self._entry()
            if entry:
                call.begin(entry, self._script, 0)
        if not entry:
            raise CannotAttach(
                f"process {self._process.pid} cannot load {self._library}: it may not read it, or"
                " its Python exports no symbols"
            )

    def _is_safe(self, registers: Registers) -> bool:
        if registers.orig_rax < 0:
            return registers.rip in self._loop
        if not registers.is_blocked() or registers.orig_rax not in CALLS:
            return False
        return not ends_with_eintr(registers) or self._callers.is_pythons(registers)

    def _entry(self) -> int:
        """Return the address of our function; 0 if the library is not loaded."""
        name = os.path.basename(self._library)
        mappings = self._process.mappings()
        for file in {part.file for part in mappings if os.path.basename(part.file) == name}:
            return Module(self._process, mappings, file).address(ENTRY)
        return 0


def _is_libc(file: str) -> bool:
    return os.path.basename(file).startswith(("libc.so", "libc-2", "libdl.so", "libdl-2"))


class _Call:
    """Calls that a stopped thread makes for us, and from which it goes on where it was."""

    def __init__(self, thread: Thread, registers: Registers, memory: Memory, restorer: int) -> None:
        self._thread = thread
        self._saved = registers
        self._mask = thread.signal_mask()
        self._extended = thread.extended_state()
        self._memory = memory
        self._restorer = restorer

    def begin(self, function: int, text: str, number: int) -> None:
        """Call a C function with a string and a number, up to its return. Raises `Refused`."""
        frame = SignalFrame(self._saved, self._extended, self._mask, os.fsencode(text))
        for address, data in frame.pieces(self._restorer):
            self._memory.write(address, data)
        registers = self._saved.copy()
        registers.rsp, registers.rip = frame.address, function
        registers.rdi, registers.rsi = frame.text, number
        registers.rax, registers.orig_rax = 0, -1
        self._skip_call()
        self._thread.set_registers(registers)
        # Signals that come meanwhile wait: the program's handlers must not run here.
        self._thread.set_signal_mask(_ALL & ~FAULTS)
        self._go_to_the_end()

    def _skip_call(self) -> None:
        """Where the call before is about to put the thread back, have it not do so yet."""
        now = self._thread.registers()
        if now.orig_rax == RT_SIGRETURN:
            now.orig_rax = -1
            self._thread.set_registers(now)
            self._thread.go_on_to_call(_CALL_PATIENCE)

    def _go_to_the_end(self) -> None:
        while True:
            self._thread.go_on_to_call(_CALL_PATIENCE)
            if self._thread.registers().orig_rax == RT_SIGRETURN:
                return
