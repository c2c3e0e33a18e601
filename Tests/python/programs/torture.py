"""Every kind of control flow that CPython has a way of its own for."""

import asyncio
import contextlib
import functools
import gc
import json
import threading
import weakref
from string import *  # noqa: F403


def one_line_loops():
    x = 3
    while x: x -= 1
    for y in range(3): x += y
    while True: x += 1; break
    for _ in (): pass
    else: x = 0
    items = iter(range(3))
    try:
        while True: next(items)
    except StopIteration: pass
    numbers = [4, 3, 2]
    while numbers and numbers[-1] < 4: numbers.pop()
    for a in range(2): 
        for b in range(2): x += a * b
    while x > 0: x -= 1 if x % 2 else 2
    return x


def one_line_function(n): return n * 2


def one_line_generator(n): yield n; yield n + 1


def nested_loops(n):
    total = 0
    for i in range(n):
        if i == 1:
            continue
        j = 0
        while j < i:
            j += 1
            if j == 3:
                break
        else:
            total += 1
        total += (i
                  + j
                  + 1)
    else:
        total += 100
    return total


def generators():
    def simple(n):
        for i in range(n):
            got = yield i
            if got:
                yield got

    def delegating(n):
        try:
            result = yield from simple(n)
        except ValueError as error:
            result = yield str(error)
        finally:
            yield "end"
        return result

    g = delegating(2)
    seen = [next(g), g.send("x")]
    seen.append(g.throw(ValueError("thrown")))
    seen.extend(g)
    h = simple(3)
    next(h)
    h.close()
    seen.extend(one_line_generator(1))
    seen.append(sum(i for i in range(3) if i))
    seen.append(list(
        i
        for i in range(2)
    ))
    return seen


def exceptions():
    log = []

    def fails(n):
        if n:
            fails(n - 1)
        else:
            raise KeyError("deep")

    for kind in (KeyError, ValueError, None):
        try:
            if kind is None:
                fails(2)
            raise kind("x")
        except KeyError as error:
            log.append(str(error))
        except (
            ValueError,
            TypeError,
        ):
            log.append("value")
        else:
            log.append("never")
        finally:
            log.append("finally")
    with contextlib.suppress(ZeroDivisionError):
        1 / 0
    try:
        try:
            raise OSError("a")
        except OSError as error:
            raise RuntimeError("b") from error
    except RuntimeError as error:
        log.append(repr(error.__cause__))
    try:
        raise ExceptionGroup("group", [ValueError(1), TypeError(2)])
    except* ValueError as group:
        log.append(len(group.exceptions))
    except* TypeError:
        log.append("type")

    def returns_in_finally():
        for _ in range(2):
            try:
                return 1
            finally:
                log.append("on the way out")

    log.append(returns_in_finally())
    assert log, "never shown"
    return log


class Managed:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return error[0] is ValueError


def with_statements():
    with Managed() as a, Managed() as b:
        assert a is not b
    with (
        Managed() as c,
        Managed(),
    ):
        del c
        raise ValueError
    for _ in range(2):
        with Managed():
            continue
    with Managed(): pass

    @contextlib.contextmanager
    def manager():
        try:
            yield 1
        finally:
            pass

    with manager() as one:
        return one


def matching(subject):
    match subject:
        case 0 | 1:
            return "small"
        case int(n) if n > 100:
            return "large"
        case [first, *rest] if rest:
            return matching(first)
        case {"key": value}:
            return value
        case str():
            pass
        case _:
            return "other"
    return "text"


def decorate(*arguments):
    def outer(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            return function(*args, **kwargs)

        return inner

    return outer


@decorate(
    1,
    2,
)
@decorate()
def decorated(
    a,
    b=one_line_function(1),
    *,
    c=3,
):
    return a + b + c


class Base:
    attribute: int = 1
    other = [n for n in range(2)]

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)

    @property
    def value(self):
        return self.attribute

    @classmethod
    def make(cls): return cls()

    @staticmethod
    def static(n):
        return n


class Derived(
    Base,
):
    def __init__(self):
        super().__init__()
        self.slots = {key: value
                      for key, value in zip("ab", range(2), strict=True)}

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return name

    def __del__(self):
        FINALIZED.append("derived")


FINALIZED = []


def classes():
    derived = Derived.make()
    found = [derived.value, derived.missing, hasattr(derived, "_hidden"), Base.static(2)]
    del derived
    cycle = Derived()
    cycle.self = cycle
    weakref.finalize(cycle, FINALIZED.append, "weak")
    del cycle
    gc.collect()
    return found + FINALIZED


def comprehensions():
    square = lambda n: n * n
    table = {n: [m for m in range(n)
                 if m % 2]
             for n in range(4)}
    pairs = {(a, b) for a in range(2) for b in range(2)
             if a != b}
    key = lambda pair: (
        pair[1],
        pair[0],
    )
    if (longest := max(table, key=lambda n: len(table[n]))) > 2:
        square(longest)
    return sorted(pairs, key=key), [*map(lambda n: n + 1, [1, 2])]


def recursion(n):
    return 1 if n <= 1 else (
        n * recursion(n - 1))


def too_deep(n):
    # A tracer in Python, as the oracle, takes frames of its own off the limit.
    return too_deep(n + 1) if n < 100 else json.loads("[" * 100_000)


def threads():
    log = []

    def work(name):
        for i in range(2):
            log.append((name, i))

    for name in "ab":
        thread = threading.Thread(target=work, args=(name,))
        thread.start()
        thread.join()
    return log


def dynamic():
    namespace = {}
    exec("a = 1\nfor i in range(2):\n    a += i\n", namespace)
    code = compile("[n for n in range(3)]", "<made up>", "eval")
    eval(code)
    function = eval("lambda n: n + 1")
    return namespace["a"], function(1)


async def coroutine(n):
    await asyncio.sleep(0)
    return n


async def async_generator(n):
    for i in range(n):
        yield i
        await asyncio.sleep(0)


class AsyncManaged:
    async def __aenter__(self):
        await asyncio.sleep(0)

    async def __aexit__(self, *error):
        await asyncio.sleep(0)
        return True


async def asynchronous():
    results = await asyncio.gather(coroutine(1), coroutine(2))
    async for i in async_generator(2):
        results.append(i)
    results += [i async for i in async_generator(3) if i]
    async with AsyncManaged():
        raise ValueError
    task = asyncio.create_task(asyncio.sleep(100))
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        results.append("cancelled")
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(coroutine(n)) for n in range(2)]
    results.extend(task.result() for task in tasks)
    agen = async_generator(3)
    await anext(agen)
    await agen.aclose()
    return results


def many_branches(n):
    if n == 0:
        result = "a"
    elif n == 1:
        result = "b"
    elif n == 2: result = "c"
    else:
        result = "d"
    result += "x" if n else \
        "y"
    return (result and
            n or
            not result)


def main():
    print(one_line_loops(), one_line_function(2), nested_loops(6))
    print(generators(), exceptions(), with_statements())
    print([matching(s) for s in (0, 101, [1, 2], {"key": 5}, "s", 2.0)])
    print(decorated(1), classes(), comprehensions(), recursion(5))
    print(threads(), dynamic(), [many_branches(n) for n in range(4)])
    print(asyncio.run(asynchronous()), ascii_letters[:3])  # noqa: F405
    try:
        too_deep(0)
    except RecursionError:
        print("too deep")


if __name__ == "__main__":
    main()
    for left in range(3): print(left)
    i = 2
    while i: i -= 1
