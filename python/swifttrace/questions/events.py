"""`--on EVENT[:PATTERN]`: who does it."""

from __future__ import annotations

from fnmatch import fnmatchcase

from ..runtime.builtins import __builtins__ as __builtins__
from . import audit
from .answer import Answer, Groups, records_of
from .names import Target
from .places import is_internal
from .texts import plural, times, type_name
from .who import Told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from .answer import Tools


class OnEvent:
    """Audit events of one kind."""

    def __init__(self, tools: Tools, text: str, kind: audit.Kind, pattern: str) -> None:
        self.groups = Groups()
        self._tools = tools
        self._text = text
        self._kind = kind
        self._pattern = pattern
        self._seen = 0

    def start(self) -> None:
        """Listen."""
        for event in self._kind.events:
            audit.listen(event, self._heard)

    def stop(self) -> None:
        """Listen no more."""
        for event in self._kind.events:
            audit.ignore(event, self._heard)

    def _heard(self, frame: FrameType | None, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "import" and arguments[1] is not None:
            return  # The file of an extension module, whose import has been heard of.
        self._seen += 1
        if self._pattern and not self._is_like(arguments):
            return
        chain = self._tools.project.chain(frame)
        told = self._kind.shown(event, arguments, self._tools.texts)
        self.groups.add(chain, told)
        self._tools.tell(chain, told)

    def _is_like(self, arguments: tuple[Any, ...]) -> bool:
        return any(fnmatchcase(each, self._pattern) for each in self._kind.subjects(arguments))

    def answer(self, most: int) -> Answer:
        """Return what happened, where."""
        if not self.groups.count:
            others = f"; {plural(self._seen, 'other')} did" if self._seen else ""
            return Answer(f"{self._text} never happened{others}")
        return answer_of(self._tools, f"{self._text} happened", self.groups, most)

    def forget(self) -> None:
        """Begin anew, in a process that was forked."""
        self.groups.clear()
        self._seen = 0


class OnRaise:
    """Exceptions of one class, where they are raised."""

    def __init__(self, tools: Tools, text: str, name: str) -> None:
        self.groups = Groups()
        self._tools = tools
        self._text = text
        self._name = name.rpartition(".")[2]

    def start(self) -> None:
        """Do nothing: the engine tells."""

    def stop(self) -> None:
        """Do nothing."""

    def raised(self, frame: FrameType, error: BaseException, is_passing: bool) -> None:
        """Hear of one; where it goes through more frames it is the same."""
        if is_passing or not self._is_asked(error) or is_internal(frame):
            return
        chain = self._tools.project.chain(frame)
        told = f"raises {self._tools.texts.exception(error)}{self._tools.within(frame)}"
        self.groups.add(chain, told)
        self._tools.tell(chain, told)

    def handled(self, frame: FrameType, line: int, error: BaseException) -> None:
        """Do nothing."""

    def left(self, key: int) -> None:
        """Do nothing."""

    def _is_asked(self, error: BaseException) -> bool:
        return is_named(error, self._name)

    def answer(self, most: int) -> Answer:
        """Return where they were raised."""
        if not self.groups.count:
            return Answer(f"nobody raised {self._name}")
        return answer_of(self._tools, f"{self._text} happened", self.groups, most)

    def forget(self) -> None:
        """Begin anew, in a process that was forked."""
        self.groups.clear()


class OnCall(Told):
    """Calls of a function, each as an event."""

    def answer(self, most: int) -> Answer:
        """Return who called it."""
        if not self.groups.count:
            return Answer(self.never())
        return answer_of(self.tools, f"call:{self.target.text} happened", self.groups, most)


_bases = type.__dict__["__mro__"].__get__


def is_named(error: BaseException, name: str) -> bool:
    """Whether an exception is of a class that has a name, or of one that is derived from it."""
    return any(type_name(each) == name for each in _bases(type(error)))


def answer_of(tools: Tools, happened: str, groups: Groups, most: int) -> Answer:
    """Return what happened as an answer."""
    places = plural(groups.places(), "place")
    return Answer(
        f"{happened} {times(groups.count)}, at {places}", records_of(groups, tools.project, most)
    )


def asked(tools: Tools, text: str) -> Any:
    """Return the question that `EVENT[:PATTERN]` is; `text` has been checked."""
    name, _, pattern = text.partition(":")
    if name == "exit":
        return OnRaise(tools, text, "SystemExit")
    if name == "raise":
        return OnRaise(tools, text, pattern)
    if name == "call":
        return OnCall(tools, Target(pattern))
    kind = audit.kind_of(name)
    assert kind is not None
    return OnEvent(tools, text, kind, pattern)
