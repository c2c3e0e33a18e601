"""What is shown besides the lines: values, calls, and how deep."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Hook = Callable[[int, Any, int, object], str | None]
    Stop = Callable[[int, Any, int, object], None]
    Native = tuple[int, int, Hook | None, Stop | None, Callable[[object], str] | None]

VALUES = (False, True, "repr")
CALLS = (False, True, "only")
DEEPEST = 2**31
_VALUES, _CALLS, _LINES, _SECRETS = 1, 2, 4, 8


class Details:
    """What of these is asked for. Raises `TypeError` or `ValueError`."""

    __slots__ = (
        "calls",
        "deepest",
        "hook",
        "lines",
        "show_secrets",
        "statements",
        "stop",
        "values",
    )

    def __init__(
        self,
        values: bool | str = False,
        calls: bool | str = False,
        depth: int | None = None,
        show_secrets: bool = False,
        watch: str | Iterable[str] = (),
        watch_break: bool = False,
        statements: bool = False,
    ) -> None:
        if values not in VALUES:
            raise ValueError(f"values must be True, False or 'repr', not {values!r}")
        if calls not in CALLS:
            raise ValueError(f"calls must be True, False or 'only', not {calls!r}")
        self.values = values
        """Whether the names that a line has bound or changed are shown, and by their `repr`."""
        self.calls = calls
        """Whether calls, returns and exceptions are, and "only" those."""
        self.deepest = DEEPEST if depth is None else _checked_depth(depth)
        """How many calls in scope deep what is shown may be; 1: those that nobody in scope
        has called."""
        self.show_secrets = bool(show_secrets)
        self.statements = bool(statements)
        """Whether a statement over several lines is shown once, as one line."""
        self.hook: Hook | None = None
        """Called at each event of code in scope; what it returns is shown."""
        self.stop: Stop | None = None
        """Called after that was shown."""
        if watch_break and not watch:
            raise ValueError("watch_break needs an expression to watch")
        if watch:
            from .watch import Watch, stop

            expressions = (watch,) if isinstance(watch, str) else tuple(watch)
            self.hook = Watch(expressions, self.show_secrets).hook
            self.stop = stop if watch_break else None
        self.lines = calls != "only" and not watch

    def add(self, hook: Hook) -> None:
        """Have one called before those that there are."""
        others = self.hook

        def both(event: int, frame: Any, number: int, argument: object) -> str | None:
            hook(event, frame, number, argument)
            return others and others(event, frame, number, argument)

        self.hook = both

    def __bool__(self) -> bool:
        has_more = self.values or self.calls or self.statements or self.hook
        return bool(has_more or self.deepest != DEEPEST)

    def native(self) -> Native:
        """The native module's `Details`."""
        # What has changed is said below a line: where none is shown there is no place for it.
        has_values = self.values and (self.calls != "only" or self.hook is not None)
        shown = _VALUES * bool(has_values) + _CALLS * bool(self.calls)
        shown += _LINES * self.lines + _SECRETS * self.show_secrets
        show = None
        if self.values == "repr":
            from .representation import representation

            show = representation
        return shown, self.deepest, self.hook, self.stop, show

    def for_children(self) -> list[str]:
        """The fields of SWIFTTRACE that say the same."""
        fields = []
        if self.values:
            fields.append("values=repr" if self.values == "repr" else "values=yes")
        if self.calls:
            fields.append("calls=only" if self.calls == "only" else "calls=yes")
        if self.deepest != DEEPEST:
            fields.append(f"depth={self.deepest}")
        if self.show_secrets:
            fields.append("show_secrets=yes")
        if self.statements:
            fields.append("statements=yes")
        return fields


def _checked_depth(depth: int) -> int:
    if not isinstance(depth, int) or isinstance(depth, bool):
        raise TypeError(f"depth must be a number of calls, not {depth!r}")
    if not 1 <= depth < DEEPEST:
        raise ValueError(f"depth must be 1 or more, not {depth!r}")
    return int(depth)
