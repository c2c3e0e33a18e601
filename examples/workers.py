"""asyncio and threads: words are counted, by tasks that hand the counting to threads."""

import asyncio
import threading
from collections import Counter

TEXT = ["the", "cat", "and", "the", "dog", "and", "the", "bird"]


def count(words, into, lock):
    for word in words:
        with lock:
            into[word] += 1


async def worker(queue, into, lock):
    while words := await queue.get():
        thread = threading.Thread(target=count, args=(words, into, lock), name=words[0])
        thread.start()
        thread.join()
        await asyncio.sleep(0)


async def main():
    queue, counts, lock = asyncio.Queue(), Counter(), threading.Lock()
    for start in range(0, len(TEXT), 3):
        queue.put_nowait(TEXT[start : start + 3])
    queue.put_nowait(None)
    await worker(queue, counts, lock)
    for word, number in sorted(counts.items()):
        print(number, word)


asyncio.run(main())
