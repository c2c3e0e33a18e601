"""The Python that a process runs: which one it is, and where its symbols are."""

from __future__ import annotations

import os
import struct

from ..runtime.builtins import __builtins__ as __builtins__
from .elf import X86_64, Image, NotElf
from .process import CannotAttach, Memory, Process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .process import Mapping

_OLDEST = 3, 11
_WITH_DEBUG_OFFSETS = 3, 13
_COOKIE = b"xdebugpy"


class NoPython(CannotAttach):
    """The process runs no Python."""


class Module:
    """A program or a library as a process has it in its memory."""

    def __init__(self, process: Process, mappings: list[Mapping], file: str) -> None:
        """Raises `NotElf` or `OSError`."""
        self.file = file
        self.parts = [part for part in mappings if part.file == file]
        name = process.path("exe") if _is_program(process, file) else process.path("root") + file
        self.image = Image(name)
        self._bias = self.image.bias(self.parts[0])

    def address(self, name: str) -> int:
        """Return where a symbol is. Raises `KeyError`."""
        return self.image.symbol(name)[0] + self._bias

    def span(self, name: str) -> range:
        """Return the addresses of a function. Raises `KeyError`."""
        address, size = self.image.symbol(name)
        return range(address + self._bias, address + self._bias + size)


def _is_program(process: Process, file: str) -> bool:
    try:
        return os.readlink(process.path("exe")).removesuffix(" (deleted)") == file
    except OSError:
        return False


class Interpreter:
    """The CPython of a process."""

    def __init__(self, process: Process) -> None:
        """Raises `CannotAttach` for one that we cannot attach to."""
        self.process = process
        self.mappings = process.mappings()
        if not self.mappings:
            raise _no_program(process)
        self.module = self._find()
        with Memory(process) as memory:
            self.version = self._version(memory)
            self._check(memory)

    def _find(self) -> Module:
        files = dict.fromkeys(part.file for part in self.mappings if part.file.startswith("/"))
        program = [file for file in files if _is_program(self.process, file)]
        libraries = [file for file in files if "libpython" in os.path.basename(file)]
        for file in (*program, *libraries):
            try:
                module = Module(self.process, self.mappings, file)
            except NotElf:
                raise self._other_architecture() from None
            except OSError:
                continue
            if module.image.machine != X86_64:
                raise self._other_architecture()
            if _has(module, "_PyRuntime") or _has(module, "Py_Main"):
                return module
        raise NoPython(f"process {self.process.pid} is no Python process")

    def _other_architecture(self) -> CannotAttach:
        return CannotAttach(
            f"process {self.process.pid} runs on another architecture: only x86_64 is supported"
        )

    def _version(self, memory: Memory) -> tuple[int, int]:
        number = 0
        if _has(self.module, "Py_Version"):
            number = memory.word(self.module.address("Py_Version"))
        version = number >> 24 & 0xFF, number >> 16 & 0xFF
        if version < _OLDEST:
            found = f"Python {version[0]}.{version[1]}" if number else "Python 3.10 or older"
            raise CannotAttach(
                f"process {self.process.pid} runs {found}: swifttrace needs Python 3.11 or later"
            )
        return version

    def _check(self, memory: Memory) -> None:
        if any("/ld-musl" in part.file for part in self.mappings):
            raise CannotAttach(
                f"process {self.process.pid} uses musl: swifttrace needs a Python that uses glibc"
            )
        if self.version >= _WITH_DEBUG_OFFSETS and self.offsets(memory, 3)[2]:
            raise CannotAttach(
                f"process {self.process.pid} runs a free-threaded Python: swifttrace needs the GIL"
            )

    def offsets(self, memory: Memory, count: int) -> tuple[int, ...]:
        """Return the first words of `_Py_DebugOffsets` (3.13 and later). Raises `CannotAttach`."""
        data = memory.read(self.module.address("_PyRuntime"), 8 * count)
        if data[:8] != _COOKIE:
            raise CannotAttach(f"process {self.process.pid} is not as expected: no debug offsets")
        return struct.unpack(f"<{count}Q", data)


def _has(module: Module, name: str) -> bool:
    try:
        return bool(module.image.symbol(name))
    except KeyError:
        return False


def _no_program(process: Process) -> CannotAttach:
    if process.is_over():
        return CannotAttach(f"process {process.pid} has ended")
    return NoPython(f"process {process.pid} is no Python process")
