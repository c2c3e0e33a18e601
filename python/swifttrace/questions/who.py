"""`--who FUNC`: all calls of a function, by the chains of their callers."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from .answer import Answer, Groups, records_of
from .engine import UNKNOWN
from .names import caches_of, functions_of
from .texts import plural, shortened, times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from .answer import Tools
    from .names import Target
    from .places import Chain

_OWNERS = ("self", "cls")
_MOST = 120
_MOST_NEAR, _LIKE = 3, 0.6


class Call:
    """One call that runs."""

    __slots__ = ("chain", "is_built_in", "told")

    def __init__(self, chain: Chain, told: str, is_built_in: bool) -> None:
        self.chain = chain
        self.told = told
        self.is_built_in = is_built_in


class Told:
    """The calls of one function as text: arguments, and how each ended."""

    def __init__(self, tools: Tools, target: Target) -> None:
        self.groups = Groups()
        self.target = target
        self.tools = tools
        self._running: dict[int, Call] = {}

    @property
    def watches(self) -> list[tuple[Target, Told]]:
        """What the engine is to tell of."""
        return [(self.target, self)]

    def start(self) -> None:
        """Do nothing: the engine tells."""

    def stop(self) -> None:
        """Count the calls that have not ended."""
        for call in list(self._running.values()):
            self._add(call, "has not ended")
        self._running.clear()

    def called(self, caller: FrameType | None, name: str, arguments: dict[str, Any]) -> Call:
        """Hear of a call."""
        chain = self.tools.project.chain(caller)
        call = Call(chain, self._told(arguments), "" in arguments)
        self._running[id(call)] = call
        return call

    def _told(self, arguments: dict[str, Any]) -> str:
        shown = [
            f"{name}={self.tools.texts.value(value, name)}"
            for name, value in arguments.items()
            if name and name not in _OWNERS
        ]
        if "" in arguments:
            shown = [self.tools.texts.value(arguments[""])]
        return shortened(f"{self.target.last}({', '.join(shown)})", _MOST)

    def returned(self, call: Call, value: object) -> None:
        """Hear of its result."""
        known = "" if value is UNKNOWN else f"→ {self.tools.texts.value(value, self.target.last)}"
        self._end(call, known)

    def failed(self, call: Call, error: str) -> None:
        """Hear of the exception that has ended it."""
        self._end(call, f"raised {error}")

    def _end(self, call: Call, how: str) -> None:
        if self._running.pop(id(call), None) is not None:
            told = self._add(call, how)
            self.tools.tell(call.chain, told)

    def _add(self, call: Call, how: str) -> str:
        told = f"{call.told} {how}".rstrip()
        # Calls that fail are not hidden among many that do not.
        self.groups.add(call.chain, told, how.startswith("raised "), outcome=how)
        return told

    def never(self) -> str:
        """Return the verdict where there was no call."""
        module = self.target.missing_in()
        what = self.target.text.removeprefix(f"{module}.")
        missing = f": the module {module} has no {what}" if module else ""
        near = "" if self.target.is_found else self._near()
        return f"nobody called {self.target.text}{missing}{near}"

    def _near(self) -> str:
        """Return which functions of the project have names that are like this one."""
        from difflib import get_close_matches

        known = functions_of(self.tools.project)
        found = get_close_matches(self.target.last, known, _MOST_NEAR, _LIKE)
        return f"; did you mean {' or '.join(known[name] for name in found)}?" if found else ""

    def forget(self) -> None:
        """Begin anew, in a process that was forked."""
        self.groups.clear()
        self._running.clear()


class Who(Told):
    """The question that `--who` is."""

    def answer(self, most: int) -> Answer:
        """Return the calls."""
        groups = self.groups
        notes = self._cached()
        if not groups.count:
            return Answer(self.never(), notes=notes)
        chains = plural(len({group.chain for group in groups.all()}), "chain")
        places = plural(groups.places(), "place")
        verdict = f"{self.target.text} was called {times(groups.count)}, from {places} by {chains}"
        return Answer(verdict, records_of(groups, self.tools.project, most), notes)

    def _cached(self) -> list[str]:
        """Say how many calls a cache has answered, of which the function does not hear."""
        project = self.tools.project
        return [
            f"{plural(hits, 'more call')} got a result that functools.lru_cache has kept, by"
            f" {project.name(path)}:{line} {name}"
            for (path, line, name), hits in caches_of(project, self.target.last).items()
            if hits
        ]
