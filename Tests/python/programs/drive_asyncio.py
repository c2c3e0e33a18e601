"""asyncio: queues, locks, groups, cancellation, streams of tasks."""

import asyncio


async def producer(queue, count):
    for item in range(count):
        await queue.put(item)
    await queue.put(None)


async def consumer(queue, lock, seen):
    while (item := await queue.get()) is not None:
        async with lock:
            seen.append(item)
        queue.task_done()


async def fails():
    await asyncio.sleep(0)
    raise ValueError("in a group")


async def main():
    queue, lock, seen = asyncio.Queue(2), asyncio.Lock(), []
    await asyncio.gather(producer(queue, 5), consumer(queue, lock, seen))
    event = asyncio.Event()
    waiter = asyncio.create_task(event.wait())
    await asyncio.sleep(0)
    event.set()
    seen.append(await waiter)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            group.create_task(asyncio.sleep(60))
    except* ValueError as errors:
        seen.append(str(errors.exceptions[0]))
    return seen


print(asyncio.run(main()))
