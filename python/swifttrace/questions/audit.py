"""The audit events of the interpreter (PEP 578) that are asked for."""

from __future__ import annotations

import sys
from os.path import abspath, basename

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.interruptions import is_from_outside
from .places import is_ours
from .texts import file_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    from .texts import Texts

    Heard = Callable[[FrameType | None, str, tuple[Any, ...]], None]

_listeners: dict[str, list[Heard]] = {}
"""By the names of events. The hook, which nothing can take away, looks into this alone."""
_installed: list[bool] = []


def listen(event: str, listener: Heard) -> None:
    """Have a function called at each event of that name. Raises `RuntimeError`."""
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_hook)
    _listeners.setdefault(event, []).append(listener)


def ignore(event: str, listener: Heard) -> None:
    """End that."""
    heard = _listeners.get(event, [])
    if listener in heard:
        heard.remove(listener)
    if not heard:
        _listeners.pop(event, None)


def _hook(
    event: str,
    arguments: tuple[Any, ...],
    find: Callable[[str], list[Heard] | None] = _listeners.get,
) -> None:
    heard = find(event)
    if heard is not None:
        _tell(heard, event, arguments)


def _tell(heard: list[Heard], event: str, arguments: tuple[Any, ...]) -> None:
    try:
        frame = _caller()
        if not is_ours(frame):
            for each in heard:
                each(frame, event, arguments)
    except Exception as error:
        if is_from_outside(error):
            raise


def _caller() -> FrameType | None:
    """Return the frame in which an event is, None where the interpreter runs no Python code."""
    try:
        return native.frame(3)
    except ValueError:
        return None


class Kind:
    """What people call some audit events, and what a pattern is compared with."""

    def __init__(self, name: str, *events: str, places: tuple[int, ...] = (0,)) -> None:
        self.name = name
        self.events = events
        self.places = places
        """Of the arguments that are shown."""

    def shown(self, event: str, arguments: tuple[Any, ...], texts: Texts) -> str:
        """Return what happened."""
        found = [arguments[place] for place in self.places if place < len(arguments)]
        verb = _VERBS.get(event, event if event not in self.events[:1] else self.name)
        if self.name == "putenv":
            return f"{verb} {_assigned(found, texts)}"
        return " ".join([verb, *[_plain(each, texts) for each in found]])

    def subjects(self, arguments: tuple[Any, ...]) -> list[str]:
        """Return the texts of which a pattern may be like one."""
        found: list[str] = []
        for place in self.places:
            value = arguments[place] if place < len(arguments) else None
            name = file_name(value)
            if name is not None:
                found += [name, basename(name)]
                found += [abspath(name)] if self.name in _OF_FILES else []
            elif type(value) is tuple:
                found += [":".join(map(str, map(_scalar, value[:2]))), str(_scalar(value[0]))]
            elif type(value) is int:
                found.append(str(value))
        return found


_OF_FILES = ("open", "mkdir", "remove", "rename", "chdir", "exec")
_VERBS = {
    "os.rmdir": "rmdir",
    "os.link": "link",
    "os.symlink": "symlink",
    "os.unsetenv": "unsetenv",
    "os.system": "system",
}
_ALL = (
    Kind("open", "open", places=(0, 1)),
    Kind("mkdir", "os.mkdir"),
    Kind("remove", "os.remove", "os.rmdir"),
    Kind("rename", "os.rename", "os.link", "os.symlink", places=(0, 1)),
    Kind("putenv", "os.putenv", "os.unsetenv", places=(0, 1)),
    Kind("chdir", "os.chdir"),
    Kind("import", "import"),
    Kind("connect", "socket.connect", places=(1,)),
    Kind("exec", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"),
)
KINDS = {kind.name: kind for kind in _ALL}


def kind_of(name: str) -> Kind | None:
    """Return what an event's name stands for; one with a dot is an audit event's own."""
    if name in KINDS:
        return KINDS[name]
    return Kind(name, name, places=(0, 1, 2)) if "." in name else None


def _assigned(found: list[Any], texts: Texts) -> str:
    name = file_name(found[0]) or "?"
    if len(found) < 2:
        return name
    value = file_name(found[1]) or ""
    hidden = texts.value(value, name)
    return f"{name}={hidden if hidden.startswith('***') else value}"


def _plain(value: Any, texts: Texts) -> str:
    name = file_name(value)
    if name is not None:
        return native.visible(name)
    if type(value) is tuple and len(value) >= 2:
        return ":".join(str(_scalar(each)) for each in value[:2])
    return texts.value(value)


def _scalar(value: Any) -> Any:
    return value if type(value) in (str, int) else "?"
