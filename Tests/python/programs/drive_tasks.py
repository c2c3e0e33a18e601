"""Task groups, and async generators that are closed, thrown into and left behind."""

import asyncio
import contextlib
import contextvars

turn = contextvars.ContextVar("turn", default=0)


async def numbers(n, seen):
    try:
        for i in range(n):
            await asyncio.sleep(0)
            yield i
    except KeyError as error:
        yield error.args
    finally:
        await asyncio.sleep(0)
        seen.append("closed")


async def delegates(seen):
    async with contextlib.aclosing(numbers(3, seen)) as source:
        async for i in source:
            if i == 1: break
    return [i async for i in numbers(2, seen) if i]


async def closes(seen):
    source = numbers(3, seen)
    await anext(source)
    await source.aclose()
    thrown = numbers(3, seen)
    await anext(thrown)
    seen.append(await thrown.athrow(KeyError("thrown")))
    try: await anext(thrown)
    except StopAsyncIteration: seen.append("stopped")
    try:
        await numbers(1, seen).athrow(ValueError("before it began"))
    except ValueError as error:
        seen.append(str(error))


async def left_behind(seen):
    source = numbers(3, seen)
    async for i in source:
        return i  # the loop's hook closes it


@contextlib.asynccontextmanager
async def manager(seen):
    turn.set(turn.get() + 1)
    yield turn.get()
    seen.append("left")


async def worker(n, seen):
    async with manager(seen) as value:
        for i in range(n): await asyncio.sleep(0)
    return value + n


async def fails(after):
    for _ in range(after): await asyncio.sleep(0)
    raise ValueError(after)


async def waits(seen):
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        seen.append("cancelled")
        raise


async def groups(seen):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(worker(n, seen)) for n in range(3)]
    seen.append([task.result() for task in tasks])
    try:
        async with asyncio.TaskGroup() as outer:
            outer.create_task(waits(seen))
            async with asyncio.TaskGroup() as inner:
                inner.create_task(fails(1))
                inner.create_task(waits(seen))
    except* ValueError as errors:
        seen.append(repr(errors))


async def times_out(seen):
    try:
        async with asyncio.timeout(0):
            await waits(seen)
    except TimeoutError:
        seen.append("timeout")


async def main():
    seen = []
    for step in delegates, closes, left_behind, groups, times_out:
        seen.append(await step(seen))
    with contextlib.suppress(asyncio.CancelledError):
        task = asyncio.create_task(waits(seen))
        await asyncio.sleep(0)
        task.cancel()
        await task
    return seen


print(asyncio.run(main()))
print(list(asyncio.run(delegates([]))))
