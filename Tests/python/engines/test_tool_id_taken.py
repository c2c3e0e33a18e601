"""Programs that take away what we have of `sys.monitoring`: the trace says so."""

from __future__ import annotations

import sys

import pytest
from conftest import run_python, run_swifttrace

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="3.11 has no sys.monitoring")

MISSING = b"swifttrace: lines may be missing: "

PROGRAM = """\
import sys
m = sys.monitoring
ours = next(id for id in range(6) if m.get_tool(id) == "swifttrace")
def f():
    x = 1
    return x
f()
{}
f()
print("done")
"""
FREED = b"our id of sys.monitoring was freed"
CLEARED = b"our id of sys.monitoring was cleared"
CHANGED = b"our events of sys.monitoring were changed"
REPLACED = b"our callback of sys.monitoring was replaced"
WAYS = {
    "freed": ("m.free_tool_id(ours)", FREED),
    "freed, and taken": ("m.free_tool_id(ours); m.use_tool_id(ours, 'other')", FREED),
    "freed, and taken by our name": (
        "m.free_tool_id(ours); m.use_tool_id(ours, 'swifttrace')",
        FREED,
    ),
    "cleared": ("m.clear_tool_id(ours)", CLEARED),
    "no events": ("m.set_events(ours, 0)", CHANGED),
    "other events": ("m.set_events(ours, m.events.BRANCH | m.events.PY_START)", CHANGED),
    "no events for a moment": (
        "before = m.get_events(ours); m.set_events(ours, 0); m.set_events(ours, before)",
        CHANGED,
    ),
    "no local events": ("m.set_local_events(ours, f.__code__, 0)", CHANGED),
    "no callback": ("m.register_callback(ours, m.events.LINE, None)", REPLACED),
    "another callback": (
        "m.register_callback(ours, m.events.LINE, lambda *arguments: None)",
        REPLACED,
    ),
    "by a name that was bound before": ("(lambda free: free(ours))(m.free_tool_id)", FREED),
    "by one who asks to be asked": (
        "sys.addaudithook(lambda event, _: event == 'sys.monitoring.register_callback'"
        " and m.set_events(ours, 0)); m.register_callback(0, 1, None)",
        CHANGED,
    ),
}


def program(way):
    if way == "cleared" and sys.version_info < (3, 14):
        pytest.skip("clear_tool_id() is new in 3.14")
    return PROGRAM.format(WAYS[way][0])


@pytest.mark.parametrize("options", [(), ("--values", "--calls")], ids=["lines", "values"])
@pytest.mark.parametrize("way", WAYS)
def test_the_trace_says_once_that_lines_may_be_missing(way, options, write):
    ended = run_swifttrace(*options, write("program.py", program(way)))
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
    assert ended.stderr.count(MISSING + WAYS[way][1] + b"\n") == 1
    assert ended.stderr.count(MISSING) == 1


@pytest.mark.parametrize("way", WAYS)
def test_the_end_line_of_a_file_says_it_too(way, write, tmp_path):
    ended = run_swifttrace("-o", tmp_path / "trace", write("program.py", program(way)))
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
    last = (tmp_path / "trace").read_bytes().splitlines()[-1]
    assert b" ended with status 0: " in last
    assert last.endswith(b", lines may be missing: " + WAYS[way][1])


def test_it_is_said_at_once_and_so_of_a_process_that_has_no_end(write):
    source = PROGRAM.format("m.set_events(ours, 0)") + "import os\nos._exit(3)\n"
    ended = run_swifttrace(write("program.py", source))
    assert (ended.returncode, ended.stderr.count(MISSING)) == (3, 1)


HARMLESS = {
    "another id": "m.use_tool_id(2, 'x'); m.set_events(2, m.events.LINE); m.free_tool_id(2)",
    "more events": "m.set_events(ours, m.get_events(ours) | m.events.BRANCH)",
    "a callback for what we do not ask for": (
        "m.register_callback(ours, m.events.BRANCH, lambda *arguments: None)"
    ),
    "events of code that is out of scope": (
        "import string; m.set_local_events(ours, string.capwords.__code__, 0)"
    ),
    "calls that are refused": """\
for wrong in (
    lambda: m.free_tool_id(9), lambda: m.set_events(ours), lambda: m.set_events(ours, -1),
    lambda: m.set_local_events(ours, 1, 0), lambda: m.register_callback(ours, 3, None),
    lambda: m.register_callback("", 1, None), m.free_tool_id,
):
    try: wrong()
    except (TypeError, ValueError): pass
    else: print("taken")""",
}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_takes_no_line_away_is_not_mentioned(what, write):
    path = write("program.py", PROGRAM.format(HARMLESS[what]))
    ended = run_swifttrace(path)
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
    assert MISSING not in ended.stderr
    assert ended.stderr.count(b"+     return x\n") == 2


TAKEN = ["cleared", "no events", "no local events", "no callback", "another callback"]


@pytest.mark.parametrize("between", ["swifttrace.disable()", "pass"])
@pytest.mark.parametrize("way", TAKEN)
def test_the_next_trace_has_its_lines_again(way, between, write):
    again = f"\n{between}\nswifttrace.enable(1)\n"
    source = "import swifttrace\nswifttrace.enable(1)\n" + program(way).replace(
        "\nf()\np", again + "f()\np"
    )
    ended = run_python(write("program.py", source))
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
    assert ended.stderr.count(MISSING) == 1
    assert ended.stderr.endswith(b'+ f()\n+     x = 1\n+     return x\n+ print("done")\n')


def test_the_functions_of_sys_monitoring_look_as_they_did(write):
    source = """\
import inspect, pickle, sys
m = sys.monitoring
names = "free_tool_id", "set_events", "set_local_events", "register_callback"
for name in names:
    f = getattr(m, name)
    print(f, f.__name__, f.__doc__, f.__module__, f.__self__ is m, inspect.signature(f))
    print(m.__dict__[name] is f, type(f), f == getattr(m, name))
"""
    path = write("program.py", source)

    def without_addresses(ended):
        return [line for line in ended.stdout.splitlines() if b" at 0x" not in line]

    assert without_addresses(run_swifttrace(path)) == without_addresses(run_python(path)) != []
