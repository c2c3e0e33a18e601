"""Values and lines of source as text. Nothing of the program runs for them."""

from __future__ import annotations

import os
import re
import sys

from .. import swifttrace as native
from ..described.describer import describe
from ..described.naming import NUMBER
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.frames import code_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .places import Place

_WHICH_ONE = re.compile(rf" at 0x[0-9a-f]+(?=>)|{NUMBER}")
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_PATH_MODULES = ("pathlib", "pathlib._local")
_MOST = 80


class Texts:
    """What answers show."""

    def __init__(self, has_secrets: bool) -> None:
        self._has_secrets = has_secrets
        native.set_describer(describe)
        self._files: dict[str, list[str]] = {}

    def hold(self, name: str, source: bytes) -> None:
        """Keep the text of code that no file has."""
        self._files[name] = _lines(source)

    def value(self, value: object, name: str = "") -> str:
        """Return the text of a value; a name such as `password` hides it."""
        path = file_name(value)
        if path is not None and not isinstance(value, (str, bytes)):
            value = path
        function = code_of(value)
        if function is not None:
            return f"<function {function.co_qualname}>"
        text = native.value_text(value, self._has_secrets, name)
        return shortened(_WHICH_ONE.sub("", text))

    def exception(self, error: BaseException) -> str:
        """Return what an exception is: its class and its arguments."""
        text = self.value(error)
        return text if "(" in text else type_name(type(error))

    def line(self, place: Place) -> str:
        """Return the line of a place, with its indentation."""
        path, number, _ = place
        if path not in self._files:
            self._files[path] = _lines(_read(path))
        lines = self._files[path]
        text = lines[number - 1] if number <= len(lines) else ""
        return native.visible(text.rstrip()) or "<no source>"

    def file(self, path: str) -> str:
        """Return the text of a whole file, empty where there is none."""
        self.line((path, 1, ""))
        return "\n".join(self._files[path])


def type_name(kind: type) -> str:
    """Return a class's own name, whatever its metaclass does."""
    name = type.__dict__["__name__"].__get__(kind)
    return name if type(name) is str else "?"


def file_name(value: Any) -> str | None:
    """Return the path that a value of the interpreter's own kinds is; None for others."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind is bytes:
        return os.fsdecode(value)
    if type.__dict__["__module__"].__get__(kind) in _PATH_MODULES:
        return os.fspath(value)  # type: ignore[no-any-return]
    return None


def shortened(text: str, most: int = _MOST) -> str:
    """Return a text that is not longer than some characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def plural(count: int, what: str, more: str = "") -> str:
    """Return a number and what there is of it: `1 place`, `2 places`."""
    return f"{count:,} {what if count == 1 else more or what + 's'}"


def times(count: int) -> str:
    """Return `once`, `twice` or `3 times`."""
    return {1: "once", 2: "twice"}.get(count) or f"{count:,} times"


def _read(path: str) -> bytes:
    if path.startswith("<"):
        return b""
    try:
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError):
        return _archived(path)


def _archived(path: str) -> bytes:
    """Return the text of a module in a zip file, which its loader has."""
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", None)
        if type(names) is not dict or names.get("__file__") != path:
            continue
        loader = names.get("__loader__")
        if type(loader).__module__ == "zipimport":
            return loader.get_data(path)  # type: ignore[union-attr, no-any-return]
    return b""


def _lines(source: bytes) -> list[str]:
    source = source.removeprefix(b"\xef\xbb\xbf")
    encoding = "utf-8"
    for line in source.split(b"\n", 2)[:2]:
        if found := _COOKIE.match(line):
            encoding = found[1].decode("ascii", "replace")
    try:
        text = source.decode(encoding, "replace")
    except (LookupError, UnicodeError):
        text = source.decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
