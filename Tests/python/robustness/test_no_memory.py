"""Memory that runs out anywhere: the program ends as it would, or by its own MemoryError."""

from __future__ import annotations

import json
import re
import signal
import sys

import pytest
from conftest import run_python

pytestmark = pytest.mark.slow

# Each number of allocations that succeed has a process of its own, forked from one that has
# imported all there is to import. What it prints and its trace are in files by that number.
HARNESS = """\
import _testcapi
import json
import os
import signal
import sys
import swifttrace
from program import again, squares, work

kind, directory, first, count, failures, options = sys.argv[1:]
first, count, failures, options = int(first), int(count), int(failures), json.loads(options)


def enable():
    if options is not None:
        swifttrace.enable(2, scope="script", include="*/program.py", **options)


def disable():
    if options is not None:
        swifttrace.disable()


def tool(*_):
    pass


def listen():
    monitoring, events = sys.monitoring, sys.monitoring.events
    monitoring.use_tool_id(4, "an empty tool")
    wanted = events.PY_START | events.RAISE | events.PY_UNWIND
    for event in (events.PY_START, events.RAISE, events.PY_UNWIND):
        monitoring.register_callback(4, event, tool)
    monitoring.set_events(4, wanted)
    for function in (work, again, squares):
        local = events.PY_START | events.LINE | events.JUMP | events.PY_RETURN | events.PY_YIELD
        monitoring.set_local_events(4, function.__code__, local)


def run(n):
    if kind == "tool":
        listen()
    if kind in ("cold", "warm"):
        enable()
    if kind == "warm":
        work(3)
        again(3)
    try:
        _testcapi.set_nomemory(n, n + failures if failures else 0)
        if kind == "tool within":
            listen()
        if kind == "within":
            enable()
        work(4)
        again(4)
        if kind == "within":
            disable()
        _testcapi.remove_mem_hooks()
        print("done")
    except MemoryError:
        _testcapi.remove_mem_hooks()
        print("none left")
    if kind == "within":
        enable()
    work(1)
    disable()
    print("end")


if kind == "within":
    for _ in range(2):  # What is imported for the first time is not our subject.
        enable()
        work(1)
        disable()
answers = []
for n in range(first, first + count):
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)  # No process is left, whatever it does.
        for place in (1, 2):
            os.dup2(os.open(f"{directory}/{n}.{place}", os.O_CREAT | os.O_WRONLY), place)
        if options and "output" in options:
            options["output"] = f"{directory}/{n}.trace"
        run(n)
        sys.stdout.flush()
        os._exit(0)  # What the interpreter itself forgets at its end is not our subject.
    answers.append(os.waitpid(pid, 0)[1])
print(json.dumps([os.waitstatus_to_exitcode(answer) for answer in answers]))
"""
PROGRAM = """\
class Thing:
    def __init__(self, name):
        self.name = name
def squares(limit):
    for number in range(limit):
        yield number * number
def work(count):
    found = {}
    for square in squares(count):
        found[str(square)] = Thing("n%d" % square)
    try:
        int("no " + str(count))
    except ValueError as error:
        text = repr(error)
    return [thing.name for thing in found.values()], text
def again(count):
    total = 0
    for number in range(count):
        total += number ** 3
        name = f"{total} {number}"
    return name
"""
WAYS = {
    "lines": {"output": "each its own"},
    "values by repr": {"output": "each its own", "values": "repr"},
    "values and calls": {"output": "each its own", "values": True, "calls": True},
    "fields": {
        "output": "each its own",
        "show": "depth,module,function,thread,task",
        "time": True,
    },
    "last": {"last": 5},
}
WATCH = {"output": "each its own", "watch": ["count", "len(found)", "total"]}
# How many allocations fail once that many have succeeded; 0: all that come.
FAILURES = (1, 0)
COUNT = 50


def run(directory, kind, options, failures, first=0, count=COUNT):
    """Return how each process has ended, and make sure that all have."""
    (directory / "program.py").write_text(PROGRAM)
    (directory / "harness.py").write_text(HARNESS)
    ended = run_python(
        "harness.py",
        *(kind, directory, str(first), str(count), str(failures), json.dumps(options)),
        cwd=directory,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    return json.loads(ended.stdout)


def assert_survived(directory, statuses, by_interpreter=()):
    for n, status in enumerate(statuses):
        said = (directory / f"{n}.2").read_bytes()
        if status in by_interpreter:
            continue
        assert status == 0, (n, status, said.decode())
        output = (directory / f"{n}.1").read_bytes()
        assert output in (b"none left\nend\n", b"done\nend\n"), (n, output, said.decode())


@pytest.mark.parametrize("failures", FAILURES)
def test_the_program_survives_without_the_trace(failures, tmp_path):
    assert_survived(tmp_path, run(tmp_path, "untraced", None, failures))


@pytest.fixture(scope="module")
def deadly(tmp_path_factory):
    """Signals that an empty tool of `sys.monitoring` dies by, which wants exceptions.

    3.15 looks for who wants them of a code object where it had no memory to note that.
    """
    if not hasattr(sys, "monitoring"):
        return ()
    statuses = run(tmp_path_factory.mktemp("tool"), "tool", None, 1)
    statuses += run(tmp_path_factory.mktemp("within"), "tool within", None, 1, count=100)
    return {-signal.SIGSEGV} if -signal.SIGSEGV in statuses else ()


@pytest.mark.parametrize("failures", FAILURES)
@pytest.mark.parametrize("way", WAYS)
def test_a_program_that_is_traced_survives(way, failures, tmp_path):
    assert_survived(tmp_path, run(tmp_path, "warm", WAYS[way], failures))


@pytest.mark.parametrize("failures", FAILURES)
@pytest.mark.parametrize("way", WAYS)
def test_one_whose_code_the_trace_has_not_met_survives(way, failures, tmp_path, deadly):
    hears_of_exceptions = {"values", "calls", "show"} & set(WAYS[way])
    statuses = run(tmp_path, "cold", WAYS[way], failures)
    assert_survived(tmp_path, statuses, deadly if hears_of_exceptions else ())


@pytest.mark.parametrize("failures", FAILURES)
@pytest.mark.parametrize("kind", ["warm", "cold"])
def test_one_that_is_watched_survives(kind, failures, tmp_path, deadly):
    statuses = run(tmp_path, kind, WATCH, failures)
    assert_survived(tmp_path, statuses, deadly if kind == "cold" else ())


@pytest.mark.parametrize("way", WAYS)
def test_to_enable_and_disable_raises_a_memory_error_at_most(way, tmp_path, deadly):
    # What is looked at in lines is planned with the first of them that a code object has.
    count = 500 if "values" in WAYS[way] else 100
    statuses = run(tmp_path, "within", WAYS[way], 1, count=count)
    assert_survived(tmp_path, statuses, deadly)


def test_lines_that_are_not_there_are_counted(tmp_path):
    """Where the program itself has noticed nothing, all its lines have run."""
    assert_survived(tmp_path, run(tmp_path, "cold", WAYS["lines"], 1))
    whole = whole_trace(tmp_path / "whole")
    assert whole > 40
    done = 0
    for n in range(COUNT):
        if (tmp_path / f"{n}.1").read_bytes() != b"done\nend\n":
            continue
        done += 1
        printed, dropped, is_call_dropped = counted((tmp_path / f"{n}.trace").read_bytes())
        assert printed <= whole
        assert is_call_dropped or printed + dropped == whole, n
    assert done > 0


def whole_trace(directory):
    """Return how many lines there are where memory does not run out."""
    directory.mkdir()
    run(directory, "cold", WAYS["lines"], 1, first=10**6, count=1)
    return counted((directory / f"{10**6}.trace").read_bytes())[0]


def counted(trace):
    """Return how many lines a trace has, how many it says it lacks, and whether of calls."""
    lines = [line for line in trace.splitlines() if line.startswith(b"+ ")]
    end = trace.splitlines()[-1]
    dropped = re.search(rb"(\d+) lines? dropped: memory ran out", end)
    return (
        len(lines),
        int(dropped[1]) if dropped else 0,
        b" dropped: memory" in end and b"call" in end,
    )
