"""What both engines have in common: who is told of calls and of exceptions."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from .names import arguments_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, Protocol

    from .names import Target
    from .places import Project, Recent
    from .texts import Texts

    class CallListener(Protocol):
        """Is told of the calls of a function."""

        def called(self, caller: FrameType | None, name: str, arguments: dict[str, Any]) -> object:
            """Hear of a call; return what stands for it."""

        def returned(self, call: Any, value: object) -> None:
            """Hear of its result, which is `UNKNOWN` for a built-in function's."""

        def failed(self, call: Any, error: str) -> None:
            """Hear that it has ended by an exception, by what that is."""

    class RaiseListener(Protocol):
        """Is told of exceptions."""

        def raised(self, frame: FrameType, error: BaseException, is_passing: bool) -> None:
            """Hear of one that is in a frame. `is_passing`: it was in another one before."""

        def handled(self, frame: FrameType, line: int, error: BaseException) -> None:
            """Hear that a handler, `finally` or `with` of a frame has it now."""

        def left(self, key: int) -> None:
            """Hear that a frame ends by an exception that was handled there, by its identity."""

    Watch = tuple[Target, CallListener]
    Started = list[tuple[CallListener, Any]]


class Unknown:
    """The result of a built-in function: no tool is told of it."""


UNKNOWN = Unknown()
SOMETHING = "an exception"
"""What has ended a built-in function, of which no tool is told more."""
_traceback = BaseException.__dict__["__traceback__"].__get__


class Engine:
    """Tells listeners what happens. Raises `RuntimeError` where other tools leave no way."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.watches: list[Watch] = []
        self.raises: list[RaiseListener] = []
        self.active: dict[int, Started] = {}
        """The calls of Python functions that run, by the identity of their frames."""

    def watch(self, target: Target, listener: CallListener) -> None:
        """Have a listener told of the calls of a function."""
        self.watches.append((target, listener))

    def watch_exceptions(self, listener: RaiseListener) -> None:
        """Have a listener told of exceptions."""
        self.raises.append(listener)

    has_lines = False
    """Whether it can keep the last lines, where the native module cannot do so beside it."""

    def keep_lines(self, project: Project) -> Recent:
        """Keep the last lines of each thread."""
        raise NotImplementedError

    @property
    def is_needed(self) -> bool:
        """Whether anybody is to be told."""
        return bool(self.watches or self.raises)

    def start(self) -> None:
        """Begin to tell."""

    def stop(self) -> None:
        """End that."""

    def begin_call(self, watches: list[Watch], frame: FrameType) -> None:
        """Tell of a call of a Python function, whose frame it is."""
        arguments = arguments_of(frame)
        name = watches[0][0].text
        started = [(each, each.called(frame.f_back, name, arguments)) for _, each in watches]
        self.active[id(frame)] = started

    def end_call(self, frame: FrameType, value: object) -> None:
        """Tell of its result."""
        for listener, call in self.active.pop(id(frame), ()):
            listener.returned(call, value)

    def fail_call(self, frame: FrameType, error: str) -> None:
        """Tell that it has ended by an exception."""
        for listener, call in self.active.pop(id(frame), ()):
            listener.failed(call, error)


def is_passing(error: BaseException) -> bool:
    """Whether an exception has been in another frame before."""
    traceback = _traceback(error)
    return traceback is not None and traceback.tb_next is not None
