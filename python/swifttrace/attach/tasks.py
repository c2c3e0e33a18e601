"""The asyncio tasks of a process, as the process itself sees them."""

from __future__ import annotations

import sys

from ..runtime.builtins import __builtins__ as __builtins__
from ..swifttrace import code as code_of_frame
from ..swifttrace import variables
from .stacks import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import Any


def _ended_coroutine() -> Any:
    async def ended() -> None: ...

    coroutine = ended()
    coroutine.close()
    return coroutine


RUNS, READY, WAITS = "runs", "is ready to run", "waits"
# The process may be another user's, and not read what its library has not loaded yet.
_Generator: Any = type(_ for _ in ())
_Coroutine: Any = type(_ended_coroutine())
_MOST_TASKS = 10_000
_MOST_FRAMES = 50
_MOST_AWAITED = 1_000
_FOREVER = "run_forever"
_OF_LOOPS = "/asyncio/base_events.py"
_WAITING = {"_wait": "fs", "TaskGroup.__aexit__": "self", "TaskGroup._aexit": "self"}
"""What has the tasks that a function of asyncio waits for: a local name of it."""


def tasks(request: dict[str, Any]) -> str:
    """Return a line for each task that is not done and each frame of it, the innermost first.

    `K` begins a task: its identity, its name, its state, and the identities of the tasks that it
    waits for. `F` is a frame: its file, its line, its function. Fields have U+001F between them.
    """
    library = sys.modules.get("asyncio.tasks")
    if library is None:
        return ""
    lines: list[str] = []
    for loop in _loops():
        current = library.current_task(loop)
        for task in list(library.all_tasks(loop))[:_MOST_TASKS]:
            lines += _told(task, task is current)
    return "\n".join(lines)


def _loops() -> list[Any]:
    """Return the event loops that run: each has a frame in its thread."""
    found: dict[int, Any] = {}
    for frame in sys._current_frames().values():
        inner: FrameType | None = frame
        while inner is not None:
            code = code_of_frame(inner)
            if code.co_name == _FOREVER and code.co_filename.endswith(_OF_LOOPS):
                loop = variables(inner, ("self",))[0].get("self")
                found[id(loop)] = loop
            inner = inner.f_back
    return list(found.values())


def _told(task: Any, is_current: bool) -> list[str]:
    try:
        return list(_task(task, is_current))
    except AttributeError:
        # One of a library's own may lack what asyncio's have.
        return []


def _task(task: Any, is_current: bool) -> Iterator[str]:
    frames = list(_frames(task.get_coro()))
    waiter = getattr(task, "_fut_waiter", None)
    state = RUNS if is_current else READY if waiter is None else WAITS
    awaited = ",".join(str(id(each)) for each in _awaited(waiter, frames) if not each.done())
    yield fields("K", id(task), task.get_name(), state, awaited)
    for frame in reversed(frames):
        code = code_of_frame(frame)
        yield fields("F", code.co_filename, frame.f_lineno, code.co_qualname)


def _frames(coroutine: Any) -> Iterator[FrameType]:
    """Yield the frames of a coroutine and of what it awaits, the outermost first."""
    for _ in range(_MOST_FRAMES):
        # By identity: the classes of the program's own may compare by code of their own.
        if type(coroutine) is _Coroutine:
            frame, coroutine = coroutine.cr_frame, coroutine.cr_await
        elif type(coroutine) is _Generator:
            frame, coroutine = coroutine.gi_frame, coroutine.gi_yieldfrom
        else:
            return
        if frame is not None:
            yield frame


def _awaited(waiter: Any, frames: list[FrameType]) -> list[Any]:
    """Return the tasks and futures that a task waits for: those that it names, or the one."""
    children = getattr(waiter, "_children", None)
    if type(children) is list:
        return children[:_MOST_AWAITED]
    code = code_of_frame(frames[-1]) if frames else None
    name = _WAITING.get(code.co_qualname) if code is not None else None
    if name is not None and "/asyncio/" in code.co_filename:  # type: ignore[union-attr]
        held = variables(frames[-1], (name,))[0].get(name)
        return list(getattr(held, "_tasks", None) or held or ())[:_MOST_AWAITED]
    return [] if waiter is None else [waiter]
