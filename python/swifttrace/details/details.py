"""What is shown besides the lines: values, calls, and how deep."""

from __future__ import annotations

from .. import swifttrace as native
from ..config.checks import DEEPEST
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..config.settings import Settings

    Hook = Callable[[int, Any, int, object], str | None]
    Stop = Callable[[int, Any, int, object], None]
    Show = Callable[[object], str | None]
    Look = Callable[..., Any]


class Details:
    """What of these the settings ask for."""

    __slots__ = ("calls", "deepest", "has_secrets", "hook", "lines", "stop", "values", "width")

    def __init__(self, settings: Settings) -> None:
        self.values: bool | str = settings.values
        """Whether what a line has bound or changed is shown, and objects by their `repr`; "used":
        what it reads.
        """
        self.width: int = settings.values_width
        self.calls: bool | str = settings.calls
        """Whether calls, returns and exceptions are, and "only" those."""
        self.deepest: int = settings.depth
        self.has_secrets: bool = settings.has_secrets
        self.hook: Hook | None = None
        """Called at each event of code in scope; what it returns is shown."""
        self.stop: Stop | None = None
        """Called after that was shown."""
        if settings.watch:
            from .watch import Watch, stop

            self.hook = Watch(settings.watch, self.has_secrets).hook
            self.stop = stop if settings.watch_break else None
        self.lines = self.calls != "only" and not settings.watch

    def add(self, hook: Hook) -> None:
        """Have one called before those that there are."""
        others = self.hook

        def both(event: int, frame: Any, number: int, argument: object) -> str | None:
            hook(event, frame, number, argument)
            return others and others(event, frame, number, argument)

        self.hook = both

    def __bool__(self) -> bool:
        has_more = self.values or self.calls or self.hook
        return bool(has_more or self.deepest != DEEPEST)

    def keywords(self) -> native.Details:
        """Return what the native module is told."""
        # What has changed is said below a line: where none is shown there is no place for it.
        has_place = self.calls != "only" or self.hook is not None
        plan, begin, end = self._looks()
        _describe_values()
        return {
            "deepest": self.deepest,
            "values": bool(self.values) and self.values != "used" and has_place,
            "calls": bool(self.calls),
            "lines": self.lines,
            "secrets": self.has_secrets,
            "hook": self.hook,
            "stop": self.stop,
            "show": self._show(),
            "width": self.width,
            "plan": plan,
            "begin": begin,
            "end": end,
        }

    def _show(self) -> Show | None:
        if self.values != "repr":
            return None
        from .representation import Representation

        return Representation(self.width).text

    def _looks(self) -> tuple[Look | None, Look | None, Look | None]:
        """What is called at lines that are shown."""
        if not self.values or not self.lines:
            return None, None, None
        try:
            return self._looks_at_objects()
        except ImportError:  # The process may not read the standard library's folder any more.
            return None, None, None

    def _looks_at_objects(self) -> tuple[Look | None, Look | None, Look | None]:
        if self.values == "used":
            from .used import Used

            used = Used(self.has_secrets, self.width)
            return used.plan, used.begin, None
        from .in_place import InPlace

        in_place = InPlace(self.has_secrets, self.width)
        return in_place.plan, in_place.begin, in_place.end


def _describe_values() -> None:
    """Have the native module say what objects look like, from before the program's code runs."""
    try:
        from ..described.describer import describe
    except ImportError:  # The process may not read our folder any more.
        return
    native.set_describer(describe)
