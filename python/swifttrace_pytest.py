"""What pytest loads where swifttrace is installed: options, a marker and a fixture.

Nothing of swifttrace is imported before one of them is used. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

try:  # never lazily (PEP 810): in the midst of a test
    import copy
    import os
    import sys

    import pytest
finally:
    pass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from swifttrace.pytest_support.recording import Recording
    from swifttrace.pytest_support.run import TestRun

VARIABLE = "SWIFTTRACE_PYTEST"
VARIABLE_OF_AGAIN = "SWIFTTRACE_PYTEST_AGAIN"
"""What a process has that runs a failing test again."""
MARKER = """\
swifttrace(level=1, scope="project"): trace this test; its lines are in its report"""
MARKER_ONCE = "swifttrace_once: never run this test again to show the values of a failure"
OPTIONS = {
    "swifttrace": ("LEVEL", "1", "trace every test, at level 1, 2 or 3 (default: 1)"),
    "swifttrace-on-failure": (
        "N[,values]",
        "40",
        "show at most N lines of a failing test (default: 40); values: run it again to show values",
    ),
    "swifttrace-diff": (
        "WITH",
        "alone",
        "say where a failing test parts from a run of it alone, or from its last-pass",
    ),
    "swifttrace-flaky": (
        "N",
        "20",
        "run a test that fails up to N times alone (default: 20), with other hash seeds, and say"
        " where failing runs part from passing ones",
    ),
    "swifttrace-scope": ("SCOPE", None, "the files to trace: script, project (default) or all"),
    "swifttrace-output": ("FILE", None, "write the trace to FILE; - is standard output"),
    "swifttrace-record": (
        "FILE",
        "swifttrace.swt",
        "record every test into FILE (default: swifttrace.swt)",
    ),
    "swifttrace-html": (
        "DIR",
        None,
        "run a failing test again, and write a page of it for a browser into DIR",
    ),
    "swifttrace-phases": ("PHASES", None, "call (default), or all: also setup and teardown"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add each option, and an ini option of the same name."""
    group = parser.getgroup("swifttrace", "print each line of Python as it runs")
    for name, (value, default, text) in OPTIONS.items():
        few = {"nargs": "?", "const": default} if default else {}
        group.addoption("--" + name, metavar=value, default=None, help=text, **few)
        _add_ini(parser, name)


def _add_ini(parser: pytest.Parser, name: str) -> None:
    ini_name, text = name.replace("-", "_"), f"the same as --{name}"
    if ini_name == name:
        parser.addini(ini_name, text)
        return
    try:
        parser.addini(ini_name, text, aliases=[name])
    except TypeError:  # a pytest before 9.0
        parser.addini(ini_name, text)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> None:
    """Have `--swifttrace tests` leave `tests` alone: a value needs a `=`, or is a number."""
    end = args.index("--") if "--" in args else len(args)
    changed = False
    for place, argument in enumerate(args[:end]):
        default = OPTIONS.get(argument.removeprefix("--"), ("", None))[1]
        if default and not "".join(args[place + 1 : place + 2]).isdecimal():
            args[place] = f"{argument}={default}"
            changed = True
    if changed:
        known = parser.parse_known_args(args, namespace=copy.copy(early_config.option))
        early_config.known_args_namespace = known


def is_told() -> bool:
    """Whether the environment asks for it, and is asked: not with `-E` or `-I`."""
    told = any(map(os.environ.get, (VARIABLE, VARIABLE_OF_AGAIN)))
    return not sys.flags.ignore_environment and told


def pytest_configure(config: pytest.Config) -> None:
    """Begin, where the command line, the environment or an ini file asks for it."""
    config.addinivalue_line("markers", MARKER)
    config.addinivalue_line("markers", MARKER_ONCE)
    names = [name.replace("-", "_") for name in OPTIONS]
    told = is_told() or "swifttrace" in getattr(config, "workerinput", ())
    if told or any(getattr(config.option, n) is not None or config.getini(n) for n in names):
        _test_run(config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Look for who uses it: nothing is imported later, when a test may have patched it."""
    is_begun = session.config.pluginmanager.has_plugin("swifttrace_run")
    if is_begun or any(map(_has_uses, session.items)):
        _test_run(session.config).check(session)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear of a worker of pytest-xdist, in which alone there may be markers."""
    if "swifttrace" in getattr(node, "workeroutput", ()):
        _test_run(node.config).hear(node)


@pytest.fixture
def swifttrace(request: pytest.FixtureRequest) -> Recording:
    """Trace this test. `swifttrace.lines` is a list of the lines that have run.

    Each line is a `str` without its indentation. It has the attributes `file`, `number`, `depth`
    (of traced calls) and `thread`, which is None while there is only one thread.
    """
    return _test_run(request.config).recording(request.node)


def _has_uses(item: pytest.Item) -> bool:
    has_fixture = "swifttrace" in getattr(item, "fixturenames", ())
    return has_fixture or item.get_closest_marker("swifttrace") is not None


def _test_run(config: pytest.Config) -> TestRun:
    try:
        from swifttrace.pytest_support.run import TestRun
    except ImportError as error:  # a Python we do not run on
        raise pytest.UsageError(str(error)) from None
    return TestRun.of(config)
