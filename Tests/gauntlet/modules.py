"""Which of CPython's test modules are run."""

from __future__ import annotations

import os

SUITES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "suites")

PLAIN = [
    "test_sys_settrace",
    "test_sys_setprofile",
    "test_monitoring",
    "test_trace",
    "test_bdb",
    "test_pdb",
    "test_generators",
    "test_coroutines",
    "test_asyncgen",
    "test_contextlib",
    "test_exceptions",
    "test_threading",
    "test_fork1",
    "test_subprocess",
    "test_asyncio",
    "test_dis",
    "test_compile",
    "test_gc",
    "test_weakref",
    "test_inspect",
    "test_import",
    "test_runpy",
    "test_linecache",
    "test_unittest",
    "test_doctest",
    "test_descr",
    "test_dataclasses",
    "test_zipimport",
    "test_signal",
    "test_faulthandler",
]
# Asserts that there is no tool but its own: run in a form that allows for one.
BESIDE = "test_monitoring"
WAYS = ("fork", "spawn", "forkserver")
QUICK = [
    "test_sys_settrace",
    "test_sys_setprofile",
    "test_monitoring",
    "test_bdb",
    "test_generators",
    "test_coroutines",
    "test_contextlib",
    "test_exceptions",
    "test_linecache",
    "test_runpy",
]
# Not in every Python: what was added later.
SINCE = {"test_monitoring": (3, 12)}


class Module:
    """One module, and what regrtest is told to run it."""

    def __init__(self, name: str, arguments: list[str]) -> None:
        self.name = name
        self.arguments = arguments

    def is_in(self, version: str) -> bool:
        """Whether that Python (`3.N`) has it."""
        return tuple(map(int, version.split("."))) >= SINCE.get(self.name, (3, 11))


def all_modules() -> list[Module]:
    """Return the modules, in the order of the table."""
    plain = [_beside() if name == BESIDE else Module(name, [name]) for name in PLAIN]
    return plain + [_multiprocessing(way) for way in WAYS]


def _beside() -> Module:
    return Module(BESIDE, ["--testdir", SUITES, "test_beside_tools"])


def _multiprocessing(way: str) -> Module:
    """Without what tests the same once more by a manager and by threads.

    Its own name may not be used: regrtest looks for the package that is not there.
    """
    left_out = ["-i", "*.WithManager*", "-i", "*.WithThreads*"]
    arguments = ["--testdir", SUITES, *left_out, f"test_by_{way}"]
    return Module(f"test_multiprocessing_{way}", arguments)


def named(names: list[str]) -> list[Module]:
    """Return the modules of those names; any other one is CPython's own by its name."""
    known = {module.name: module for module in all_modules()}
    return [known.get(name) or Module(name, [name]) for name in names]
