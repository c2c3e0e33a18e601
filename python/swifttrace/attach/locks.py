"""Which lock a thread waits for, and who holds it, as far as the lines tell.

The lines say by which expression: `with LOCK:` that is not entered yet, `LOCK.acquire()`, or the
body of a `with LOCK:`. The process itself says which object an expression stands for.
"""

from __future__ import annotations

import ast

from ..processes.process import CannotAttach
from ..runtime.builtins import __builtins__ as __builtins__
from .attachment import send

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..processes.process import Process
    from .stack import Frame, Stack

    Asked = list[tuple[int, int, str]]

_MOST_FRAMES = 50
_TAKING = {"acquire", "acquire_lock", "__enter__"}


class Use:
    """A place where a thread waits for a lock, or holds one."""

    def __init__(self, stack: Stack, depth: int, line: int, text: str) -> None:
        self.stack, self.depth, self.line, self.text = stack, depth, line, text
        self.object = ""
        self.is_lock = self.is_taken = False

    def place(self) -> str:
        """Return where it is, for people."""
        return self.stack.frames[self.depth].place(self.line)

    def learn(self, answer: str) -> None:
        """Take what the process has said of the expression."""
        self.object, kind, taken = answer.split("\x1f")
        self.is_lock, self.is_taken = bool(kind), taken == "1"


class Locks:
    """The locks of one process. The stacks are asked for first, the objects a moment later."""

    def __init__(self, process: Process, stacks: list[Stack]) -> None:
        """Raises `CannotAttach`."""
        self.waits: list[Use] = []
        self.holds: list[Use] = []
        for stack in stacks:
            self._see(process, stack)
        every = [*self.waits, *self.holds]
        asked = [(use.stack.ident, use.depth, use.text) for use in every]
        answers = send(process, "objects", asked={"objects": asked}).split("\n") if every else []
        for use, answer in zip(every, answers):
            use.learn(answer)
        self.waits = [use for use in self.waits if use.is_lock and use.is_taken]
        self.holds = [use for use in self.holds if use.is_lock]

    def _see(self, process: Process, stack: Stack) -> None:
        for depth, frame in enumerate(stack.frames[:_MOST_FRAMES]):
            if not frame.is_users:
                continue
            statements = _statements(process, frame)
            if depth == 0:
                self.waits += [Use(stack, 0, *found) for found in _awaited(statements, frame.line)]
            self.holds += [Use(stack, depth, *found) for found in _held(statements, frame.line)]

    def holder(self, wait: Use) -> Use | None:
        """Return who holds what is waited for; None if no line tells."""
        found = [use for use in self.holds if use.object == wait.object]
        return next((use for use in found if use.stack is not wait.stack), None)


def _statements(process: Process, frame: Frame) -> list[ast.stmt]:
    """Return those of the file that contain the frame's line, the outermost first."""
    try:
        with open(process.root() + frame.path(process), "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return []
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= frame.line <= (node.end_lineno or 0)
    ]


def _awaited(statements: list[ast.stmt], line: int) -> Iterator[tuple[int, str]]:
    """Yield what the line may wait for, with its line."""
    for node in statements:
        if isinstance(node, ast.With) and line < node.body[0].lineno:
            for item in node.items:
                if item.context_expr.lineno <= line:
                    yield from _named(item.context_expr)
    for node in statements[-1:]:
        for call in ast.walk(node):
            if not isinstance(call, ast.Call) or call.lineno > line:
                continue
            if isinstance(call.func, ast.Attribute) and call.func.attr in _TAKING:
                yield from _named(call.func.value)


def _held(statements: list[ast.stmt], line: int) -> Iterator[tuple[int, str]]:
    for node in statements:
        if isinstance(node, ast.With) and line >= node.body[0].lineno:
            for item in node.items:
                yield from _named(item.context_expr)


def _named(node: ast.expr) -> Iterator[tuple[int, str]]:
    """Yield the expression if it is names with dots between them: no code runs to know it."""
    inner = node
    while isinstance(inner, ast.Attribute):
        inner = inner.value
    if isinstance(inner, ast.Name):
        yield node.lineno, ast.unparse(node)


def told(process: Process, locks: Locks, elsewhere: list[tuple[Process, Locks]]) -> list[str]:
    """Return a line for each thread that waits for a lock.

    :param elsewhere: the locks of processes that this one was forked from, or has forked; the
        first of them is the one that is asked about.
    """
    name = "" if process is elsewhere[0][0] else f"process {process.pid}: "
    return [name + _told(locks, wait, elsewhere) for wait in locks.waits]


def _told(locks: Locks, wait: Use, elsewhere: list[tuple[Process, Locks]]) -> str:
    who = f"{wait.stack.name or 'a thread'} waits for the lock {wait.text} at {wait.place()}"
    holder = locks.holder(wait)
    if holder is not None:
        return f"{who}; {holder.stack.name or 'a thread'} holds it since {holder.place()}"
    for other, its in elsewhere:
        there = its.holder(wait)
        if there is not None:
            forked = wait.stack.forked_at()
            at = f" at {forked.place()}" if forked is not None else ""
            return (
                f"{who}; no thread of it holds it: it was forked{at} while"
                f" {there.stack.name or 'a thread'} of process {other.pid} held it, as at"
                f" {there.place()}"
            )
    return f"{who}; no line says who holds it"


def locks_of(process: Process, stacks: list[Stack]) -> Locks | None:
    """Return the locks of a process; None if it does not tell."""
    try:
        return Locks(process, stacks)
    except CannotAttach:
        return None
