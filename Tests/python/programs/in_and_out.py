"""Code of two files in turns: at levels 1 and 2 one of them is out of scope.

Whatever calls, resumes or throws into a frame in scope does so from a frame out of scope,
and the other way round.
"""

import asyncio
import contextlib
import functools
import gc
import re
import sys
import threading

HELPER = """
def call(function, *arguments):
    return function(*arguments)
def call_all(functions):
    return [function() for function in functions]
def items(iterable):
    for item in iterable:
        yield item
def delegated(iterable):
    received = yield from iterable
    return received
def swallowed(function):
    try:
        function()
    except ValueError:
        function = None
    return function
def passed_on(function):
    try:
        return function()
    finally:
        function = None
async def awaited(awaitable):
    return await awaitable
async def each(iterable):
    async for item in iterable:
        yield item
@contextlib.contextmanager
def around(enter, leave):
    enter()
    try:
        yield
    finally:
        leave()
class Base:
    def __init__(self):
        self.prepare()
    def prepare(self):
        raise NotImplementedError
    def __getattr__(self, name):
        return self.missing(name)
"""
helper = {"contextlib": contextlib, "__name__": "helper"}
exec(compile(HELPER, "helper.py", "exec"), helper)
call, call_all, items, delegated, swallowed, passed_on, awaited, each, around, Base = (
    helper[name]
    for name in "call call_all items delegated swallowed passed_on awaited each around Base".split()
)


def key(number):
    return -number


def numbers():
    try:
        yield 1
        yield 2
    except KeyError:
        yield 3
    finally:
        key(4)


def fails():
    raise ValueError


class Derived(Base):
    def prepare(self):
        self.ready = True

    def missing(self, name):
        return name

    def __eq__(self, other):
        return call(lambda: self is other)

    def __hash__(self):
        return 1

    def __del__(self):
        self.ready = False


def functions():
    call(key, 1)
    sorted([2, 1], key=key)
    call(sorted, [1, 2])
    call(lambda: sorted([1, 2, 3], key=functools.cmp_to_key(lambda a, b: call(key, a))))
    call_all([lambda: key(1), functools.partial(call, key, 2), functools.partial(key, 3)])
    functools.reduce(lambda a, b: call(key, a), [1, 2, 3])
    re.sub("a", lambda match: call(str.upper, "a"), "abca")
    max(items([1, 2, 3]), key=key)


def generators():
    list(items(numbers()))
    list(items(delegated(numbers())))
    sum(call(key, number) for number in items(numbers()))
    for throw in (KeyError, ValueError):
        for generator in (numbers(), delegated(numbers()), items(numbers())):
            next(generator)
            with contextlib.suppress(ValueError, KeyError):
                generator.throw(throw)
            generator.close()


def exceptions():
    swallowed(fails)
    swallowed(lambda: call(fails))
    swallowed(lambda: passed_on(lambda: passed_on(fails)))
    try:
        passed_on(lambda: call(fails))
    except ValueError as error:
        str(error)
    with contextlib.suppress(ValueError), around(lambda: key(1), lambda: key(2)):
        fails()


def classes():
    one, other = Derived(), call(Derived)
    one == other, one in [other, one], {one: 1}.get(other)  # noqa: B015
    one.anything
    del one, other
    call(type, "Made", (Derived,), {"prepare": lambda self: key(1)})().prepare()


async def worker(log):
    try:
        await awaited(asyncio.sleep(60))
    except asyncio.CancelledError:
        await awaited(asyncio.sleep(0))
        log.append("cancelled")
    return len(log)


async def produce():
    for number in range(3):
        await asyncio.sleep(0)
        yield number


async def coroutines():
    tasks = [asyncio.create_task(call(worker, [])) for _ in range(2)]
    tasks.append(asyncio.create_task(awaited(worker([]))))
    await awaited(asyncio.sleep(0))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks)
    async for number in each(produce()):
        key(number)
    producer = each(each(produce()))
    await anext(producer)
    await producer.aclose()


def in_threads():
    for target in (functools.partial(call, functions), generators):
        thread = threading.Thread(target=target)
        thread.start()
        thread.join()


def evaluated():
    names = {"call": call, "key": key}
    exec(compile("for turn in range(2):\n    call(key, turn)\n", __file__, "exec"), names)
    return eval("call(lambda: key(1))", names)


call(functions)
generators()
call(exceptions)
exceptions()
call(classes)
asyncio.run(coroutines())
gc.collect()  # or the next one meets the first one's task, sooner or later
call(asyncio.run, awaited(coroutines()))
in_threads()
passed_on(evaluated)
print(len(sys.argv))
