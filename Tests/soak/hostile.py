"""A program that notices when anything of it is disturbed: threads, sockets, a timer, memory.

Prints `ready`, and on SIGTERM what it has done and whether everything was right.
"""

from __future__ import annotations

import array
import math
import os
import queue
import select
import signal
import socket
import sys
import threading
import time

wrong: list[str] = []
rounds: dict[str, int] = {}
stop = threading.Event()


def expect(name: str, found: object, wanted: object) -> None:
    if found != wanted:
        wrong.append(f"{name}: {found!r:.200} for {wanted!r:.200}")
    rounds[name] = rounds.get(name, 0) + 1


def numbers(count: int) -> float:
    total = 0.0
    for number in range(count):
        total += math.sin(number) * 1.5 + number % 7
    return total


WANTED = numbers(200)
FEW = numbers(20)


def on_timer(_number: int, _frame: object) -> None:
    expect("timer", numbers(20), FEW)


def compute() -> None:
    while not stop.is_set():
        expect("compute", numbers(200), WANTED)


def echo(end: socket.socket) -> None:
    while data := end.recv(4096):
        end.sendall(data)


def ask(end: socket.socket) -> None:
    number = 0
    while not stop.is_set():
        data = b"%d " % number * 20
        end.sendall(data)
        found = b""
        while len(found) < len(data):
            found += end.recv(4096)
        expect("socket", found, data)
        number += 1
    end.close()


def allocate() -> None:
    number = 0
    while not stop.is_set():
        number = (number * 1103515245 + 12345) % 2**31
        size = number % 300_000
        block = bytes([number % 256]) * size
        values = array.array("d", range(number % 500))
        expect("memory", (block.count(block[:1]), sum(values)), (size, sum(range(number % 500))))


def wait() -> None:
    reading, writing = os.pipe()
    while not stop.is_set():
        began = time.monotonic()
        found = select.select([reading], [], [], 0.01)
        time.sleep(0.005)
        took = time.monotonic() - began
        expect("select", (found, took >= 0.014), (([], [], []), True))
    os.close(reading)
    os.close(writing)


def pass_on(tasks: queue.Queue[int]) -> None:
    number = 0
    while not stop.is_set():
        tasks.put(number)
        expect("queue", tasks.get(timeout=30), number)
        number += 1
        stop.wait(0.001)


def state() -> dict[str, object]:
    return {
        "threads": threading.active_count(),
        "handlers": [signal.getsignal(number) for number in signal.valid_signals()],
        "masked": signal.pthread_sigmask(signal.SIG_BLOCK, []),
        "path": list(sys.path),
        "environment": dict(os.environ),
        "tracing": (sys.gettrace(), sys.getprofile(), threading.gettrace()),
        "interval": round(sys.getswitchinterval(), 3) in (0, 0.005),
    }


def check(before: dict[str, object]) -> None:
    for name, found in state().items():
        expect(f"state: {name}", found, before[name])


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGALRM, on_timer)
    one, other = socket.socketpair()
    works = [(compute,), (ask, one), (echo, other), (allocate,), (wait,), (pass_on, queue.Queue())]
    threads = [threading.Thread(target=work, args=given) for work, *given in works]
    before = {**state(), "threads": 1 + len(threads)}
    for thread in threads:
        thread.start()
    signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
    print("ready", flush=True)
    while not stop.is_set():
        expect("main", numbers(200), WANTED)
        if not rounds["main"] % 50 and not stop.is_set():
            check(before)
        time.sleep(0.001)
    signal.setitimer(signal.ITIMER_REAL, 0)
    for thread in threads:
        thread.join(30)
    other.close()
    for each in wrong[:5]:
        print("wrong:", each)
    works_too = ("main", "timer", "compute", "socket", "memory", "select", "queue")
    has_run = all(rounds.get(name) for name in works_too)
    print("right" if not wrong and has_run else "wrong", sum(rounds.values()))


main()
