"""The program's source: read, compiled, and refused with the words of `python`."""

from __future__ import annotations

import os
import sys
from _frozen_importlib_external import MAGIC_NUMBER, SourceFileLoader, SourcelessFileLoader

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from .commands import CannotRun
from .reporting import raise_without_us, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

# To import `types` would be to load it for ourselves.
_Code = type((lambda: None).__code__)


def read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        message = f"can't open file {path!r}: [Errno {error.errno}] {error.strerror}"
        raise CannotRun(message, 2) from None


def is_bytecode(path: str, source: bytes) -> bool:
    return path.endswith(".pyc") or (source[2:4] == b"\r\n" and _has_magic_number(source))


def _has_magic_number(bytecode: bytes) -> bool:
    return bytecode[:4] == MAGIC_NUMBER


def file_loader(path: str, source: bytes) -> type:
    if is_bytecode(path, source):
        return SourcelessFileLoader
    return SourceFileLoader


def compiled(source: str | bytes, name: str) -> CodeType:
    """Compile a program; an error is reported as if none of us were there."""
    found: Exception | None = None
    try:
        if isinstance(source, bytes) and is_bytecode(name, source):
            return _loaded(source)
        code = _code_of(source, name)
    except Exception as error:
        found = error
    if isinstance(source, bytes) and (isinstance(found, SyntaxError) or not _is_decodable(source)):
        found = _error_of_file(source, name) or found
    if found is not None:
        raise_without_us(found, keep=False)
    return code


def _code_of(source: str | bytes, name: str) -> CodeType:
    if isinstance(source, str) and source.isascii() and "coding" not in source:
        source = source.encode()  # in which a cookie would count
    if isinstance(source, bytes) and b"\0" not in source:
        # As `python` does. `compile` makes all classes of `ast` first, which takes 2 ms.
        return native.compiled(source, os.fsencode(name))
    return compile(source, name, "exec", dont_inherit=True)


def _loaded(bytecode: bytes) -> CodeType:
    """The corresponding C function is `run_pyc_file`."""
    import marshal

    if not _has_magic_number(bytecode):
        raise RuntimeError("Bad magic number in .pyc file")
    code = marshal.loads(bytecode[16:])
    if not isinstance(code, _Code):
        raise RuntimeError("Bad code object in .pyc file")
    return code


def _is_decodable(source: bytes) -> bool:
    """Whether it is UTF-8 or has a cookie. `compile()` may not look into comments."""
    has_cookie = any(b"coding" in line for line in source.split(b"\n", 2)[:2])
    return has_cookie or _is_utf_8(source)


def _error_of_file(source: bytes, name: str) -> SyntaxError | None:
    try:
        from .syntax import error_of_file
    except ImportError:
        return None
    return error_of_file(source, name)


def decodable(command: str) -> str:
    try:
        command.encode()
    except UnicodeEncodeError as error:
        say("Unable to decode the command from the command line:")
        raise_without_us(error, keep=False)
    return command


def dedented(command: str) -> str:
    """`-c` takes indented code from Python 3.14 on."""
    if sys.version_info >= (3, 14) and command[:1].isspace():
        import textwrap

        return textwrap.dedent(command)
    return command


def in_utf_8(source: bytes) -> bytes:
    if _is_utf_8(source):
        return source
    from importlib.util import decode_source

    return decode_source(source).encode()


def _is_utf_8(source: bytes) -> bool:
    try:
        source.decode()
    except UnicodeDecodeError:
        return False
    return True
