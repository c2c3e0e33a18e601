"""Real packages at their work. Lines of all modules are traced."""

import asyncio
import os
import threading

TURNS = {"pygments": 5, "isort": 40, "flask": 200, "asyncio": 20_000, "threads": 100_000}


def load(name):
    """Return `run`, and the modules whose lines are in scope: none, as all are."""
    return RUNS[name](), []


def pygments():
    """Lex the source of a module of the standard library."""
    import typing

    from pygments import highlight
    from pygments.formatters import NullFormatter
    from pygments.lexers import PythonLexer

    source = read(typing.__file__)[:30_000]

    def run(turns):
        for _ in range(turns):
            highlight(source, PythonLexer(), NullFormatter())

    return run


def isort():
    """Sort the imports of a module of the standard library."""
    import subprocess

    import isort

    source = read(subprocess.__file__)[:30_000]

    def run(turns):
        for _ in range(turns):
            isort.code(source)

    return run


def flask():
    """Answer requests of a test client."""
    from flask import Flask, request

    application = Flask("applications")
    application.add_url_rule("/<name>", view_func=lambda name: f"{name} {request.args}")
    client = application.test_client()

    def run(turns):
        for turn in range(turns):
            client.get(f"/name?turn={turn}")

    return run


def asyncio_tasks():
    """Let tasks take turns."""

    async def work(number):
        await asyncio.sleep(0)
        return number

    async def all_tasks(turns):
        return sum(await asyncio.gather(*map(work, range(turns))))

    return lambda turns: asyncio.run(all_tasks(turns))


def threads():
    """Two threads that run lines at once."""
    import loop

    def run(turns):
        workers = [threading.Thread(target=loop.run, args=(turns,)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    return run


def read(path):
    with open(os.fspath(path), encoding="utf-8") as file:
        return file.read()


RUNS = {
    "pygments": pygments,
    "isort": isort,
    "flask": flask,
    "asyncio": asyncio_tasks,
    "threads": threads,
}
