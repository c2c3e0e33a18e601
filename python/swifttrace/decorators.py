"""`@trace`: a function, or each step of what it returns, in a trace block."""

from __future__ import annotations

from functools import wraps

from .runtime.builtins import __builtins__ as __builtins__
from .runtime.frames import code_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from contextlib import AbstractContextManager
    from types import CodeType
    from typing import Any

    Block = AbstractContextManager[object]

_GENERATOR = 0x20
_COROUTINE = 0x80
_ITERABLE_COROUTINE = 0x100
_ASYNC_GENERATOR = 0x200


def traced_function(function: Callable[..., Any], block: Block) -> Callable[..., Any]:
    """Return `function`, traced; of the same kind (PEP 342, 492, 525)."""
    if not callable(function) or isinstance(function, type):
        raise TypeError(f"@trace is for functions, not {function!r}")
    flags = getattr(_code(function), "co_flags", 0)
    if flags & _ASYNC_GENERATOR:
        return _traced_async_generator(function, block)
    if flags & _COROUTINE:
        return _traced_coroutine(function, block)
    if flags & (_GENERATOR | _ITERABLE_COROUTINE):
        return _traced_generator(function, block)
    return _traced_call(function, block)


def _code(function: object) -> CodeType | None:
    return code_of(function) or getattr(function, "__code__", None)


def _traced_call(function: Callable[..., Any], block: Block) -> Callable[..., Any]:
    @wraps(function)
    def traced(*args: Any, **kwargs: Any) -> Any:
        with block:
            return function(*args, **kwargs)

    return traced


def _traced_generator(function: Callable[..., Any], block: Block) -> Callable[..., Any]:
    @wraps(function)
    def traced(*args: Any, **kwargs: Any) -> Any:
        return (yield from _Steps(function(*args, **kwargs), block))

    return traced


def _traced_coroutine(function: Callable[..., Any], block: Block) -> Callable[..., Any]:
    @wraps(function)
    async def traced(*args: Any, **kwargs: Any) -> Any:
        return await _Steps(function(*args, **kwargs), block)

    return traced


def _traced_async_generator(function: Callable[..., Any], block: Block) -> Callable[..., Any]:
    steps = _Steps  # The module may be empty when what waits for good is closed.

    @wraps(function)
    async def traced(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        inner = function(*args, **kwargs)
        step = inner.__anext__()
        while True:
            try:
                value = await steps(step.__await__(), block)
            except StopAsyncIteration:
                return
            try:
                sent = yield value
            except GeneratorExit:
                await steps(inner.aclose().__await__(), block)
                raise
            except BaseException as error:
                step = inner.athrow(error)
            else:
                step = inner.asend(sent)

    return traced


class _Steps:
    """A generator or coroutine, each of whose steps is in a trace block."""

    def __init__(self, inner: Generator[Any, Any, Any], block: Block) -> None:
        self._inner = inner
        self._block = block

    def __iter__(self) -> _Steps:
        return self

    __await__ = __iter__

    def __next__(self) -> Any:
        return self.send(None)

    def send(self, value: Any) -> Any:
        with self._block:
            return self._inner.send(value)

    def throw(self, *error: Any) -> Any:
        with self._block:
            return self._inner.throw(*error)

    def close(self) -> None:
        with self._block:
            self._inner.close()
