"""What the tests share. Whatever changes trace state runs in a process of its own."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from comparing import untagged as untagged

pytest.register_assert_rewrite("beside", "launching")

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parents[1]
TIMEOUT = 60

# What nohup and a shell's background leave ignored would be so in every program, too.
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)

# What a terminal or a CI sets changes how Python, pytest and swifttrace print: none of it here.
for name in ("BUILD_NUMBER", "CI", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR"):
    os.environ.pop(name, None)
for name in ("PYTEST_ADDOPTS", "PY_COLORS", "TERM"):
    os.environ.pop(name, None)


def pytest_addoption(parser):
    said = "how often a traced program is killed, each time at another moment"
    parser.addoption("--moments", type=int, default=20, help=said)
    said = "run every interpreter that a test starts with PYTHON_LAZY_IMPORTS=all"
    parser.addoption("--lazy-imports", action="store_true", help=said)
    said = "leave out what is slow, and of each test all but its first and its last parameters"
    parser.addoption("--quick", action="store_true", help=said)
    said = "leave out what is slow, and two thirds of each test's parameters: others on each Python"
    parser.addoption("--in-turn", action="store_true", help=said)


def pytest_collection_modifyitems(config, items):
    """Leave out what is slow and some parameters of each test, where that is asked for."""
    choice = first_and_last if config.getoption("--quick") else in_turn
    if not (config.getoption("--quick") or config.getoption("--in-turn")):
        return
    tests = {}
    for item in items:
        if item.get_closest_marker("slow") is None:
            tests.setdefault(item.nodeid.partition("[")[0], []).append(item)
    kept = {id(item) for each in tests.values() for item in choice(each)}
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
    items[:] = [item for item in items if id(item) in kept]


def first_and_last(items):
    return {items[0], items[-1]}


def in_turn(items):
    """Return every third of a test's parameters: other ones on the next Python."""
    return items[sys.version_info[1] % min(3, len(items)) :: 3]


@pytest.fixture(scope="session", autouse=True)
def _lazy_imports(request):
    """Not as pytest is configured: its own processes, as pytest-xdist's, do not start so."""
    if request.config.getoption("--lazy-imports"):
        os.environ["PYTHON_LAZY_IMPORTS"] = "all"


@pytest.fixture
def moments(request):
    return request.config.getoption("--moments")


def clean_environment(**changes: str) -> dict[str, str]:
    """The environment without what would change a child interpreter's behaviour."""
    dropped = ("PYTHON", "SWIFTTRACE")
    asked = ("PYTHONMALLOC", "PYTHON_LAZY_IMPORTS")  # by scripts/check-memory, by --lazy-imports
    kept = {k: v for k, v in os.environ.items() if k in asked or not k.startswith(dropped)}
    return {**kept, "LC_ALL": "C.UTF-8", **changes}


def run_python(*arguments, cwd=None, input=b"", env=None, interpreter_options=(), **options):
    """Run this interpreter; return the completed process, output as bytes."""
    return subprocess.run(
        [sys.executable, *interpreter_options, *map(os.fspath, arguments)],
        cwd=cwd,
        input=input,
        env=clean_environment(**(env or {})),
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=options.pop("stderr", subprocess.PIPE),
        timeout=TIMEOUT,
        check=False,
        **options,
    )


def run_swifttrace(*arguments, **options):
    """Run `python -m swifttrace` with the arguments."""
    return run_python("-m", "swifttrace", *arguments, **options)


@pytest.fixture
def write(tmp_path):
    """Write a file below the test's directory, text or bytes; return its path."""

    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture(scope="session")
def beside(tmp_path_factory):
    """Make a `beside.Program`, one for each source and tool."""
    from beside import Program

    @functools.cache
    def beside(source, tool=None):
        return Program(tmp_path_factory.mktemp("beside"), source, tool)

    return beside
