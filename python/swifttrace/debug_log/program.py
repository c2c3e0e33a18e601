"""What the log says of the program: its source, its syntax tree, its byte code, its names."""

from __future__ import annotations

import io

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from ..swifttrace import variables
from .syntax_tree import dumped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any


def is_script(frame: FrameType) -> bool:
    name = dict.get(frame.f_globals, "__name__")
    return native.code(frame).co_name == "<module>" and type(name) is str and name == "__main__"


def locals_of(frame: FrameType) -> dict[str, Any]:
    code = native.code(frame)
    names = code.co_varnames + code.co_cellvars + code.co_freevars
    return variables(frame, names)[0]


def source_of(frame: FrameType) -> bytes | None:
    """The script's text, as its file or its loader has it."""
    try:
        with open(native.code(frame).co_filename, "rb") as file:
            return file.read()
    except (OSError, ValueError):
        pass
    try:
        spec = frame.f_globals.get("__spec__")
        loader = frame.f_globals.get("__loader__") if spec is None else spec.loader
        name = "__main__" if spec is None else spec.name
        return loader.get_source(name).encode("utf-8", "surrogateescape")  # type: ignore[union-attr, no-any-return]
    except Exception:
        return None


def tree_of(source: bytes | None) -> str:
    if source is None:
        return "no source"
    try:
        return dumped(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"none: {type(error).__name__}"


def byte_code_of(frame: FrameType) -> str:
    """Return a listing of what the frame's code object has."""
    import dis

    listing = io.StringIO()
    dis.dis(native.code(frame), file=listing)
    return listing.getvalue()
