"""The files that exports are read from and written to."""

from __future__ import annotations

import contextlib
import os

from ..recordings.files import FOLDED, CannotRead, Recording
from ..recordings.opening import open_file
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

STANDARD_OUTPUT = "-"


def opened(names: list[str]) -> list[Recording]:
    """Open all files. Raises `CannotRead`."""
    files = [open_file(name, as_recording=True) for name in names]
    for file in files:
        if file.is_folded:
            raise CannotRead(f"{file.name}: {FOLDED}")
    return files


def default_name(name: str, suffix: str) -> str:
    """Return the name of the output: of the first file with another suffix, in this directory."""
    base = os.path.basename(name)
    for known in (".swt", ".log", ".txt"):
        base = base.removesuffix(known)
    return base + suffix


def check_output(name: str, sources: list[str]) -> None:
    """Raise `CannotRead` if a file is to be read and written."""
    for source in sources:
        with contextlib.suppress(OSError):
            if os.path.samefile(name, source):
                raise CannotRead(f"{name} is to be read: the output needs another name")


@contextlib.contextmanager
def written(name: str) -> Iterator[IO[bytes]]:
    """A file to write to, which is removed if that fails; `-` is standard output."""
    if name == STANDARD_OUTPUT:
        # Not by sys.stdout, whose buffer would be written once more at the end.
        with open(1, "wb", closefd=False) as output:
            yield output
        return
    with created(name) as output, removed_on_failure(name):
        yield output


def created(name: str) -> IO[bytes]:
    """Open a file to write to; a new one has the mode 0600, as all that swifttrace makes."""
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    return open(descriptor, "wb")


@contextlib.contextmanager
def removed_on_failure(name: str) -> Iterator[None]:
    """Remove a file that was not written whole. What is no regular file stays."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            if os.path.isfile(name):
                os.unlink(name)
        raise


def stored(name: str, write: Callable[[IO[bytes]], None]) -> None:
    """Have a file written. Raises `CannotRead`, `OSError`."""
    with written(name) as output:
        write(output)
