"""Trace functions of the program's own, in Python and in C: they get what they would get.

Set before the trace begins or after, in one thread or in all: they are called, and so are
we. On 3.11 both share the one trace function that a thread has.
"""

from __future__ import annotations

import sys

import pytest
from conftest import run_python, run_swifttrace, untagged
from launching import numbered

only_311 = pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="from 3.12 on no trace function is ours"
)

HELPER = """\
import sys
def call(function, *arguments):
    return function(*arguments)
def items(iterable):
    for item in iterable:
        yield item
"""

# Runs `script` with nothing else in the way, and reports what its own functions saw.
RECORDER = """\
events = []
def record(frame, event, argument, name="global"):
    file = frame.f_code.co_filename
    if file.endswith(("script.py", "helper.py")):
        what = getattr(argument, "__name__", None) or (argument and type(argument).__name__)
        events.append((name, frame.f_code.co_name, event, frame.f_lineno, what))
def theirs(frame, event, argument):
    record(frame, event, argument)
    if frame.f_code.co_name == "opaque":
        frame.f_trace_opcodes = True
    return None if frame.f_code.co_name == "unwanted" else local
def local(frame, event, argument):
    record(frame, event, argument, "local")
    return other if frame.f_code.co_name == "switching" else local
def other(frame, event, argument):
    record(frame, event, argument, "other")
def report():
    for event in events:
        print(*event)
"""

PROGRAM = """\
import sys, threading
from recorder import events, report, theirs, local
from helper import call, items
def unwanted():
    a = 1
def switching():
    a = 1
    b = 2
def opaque():
    a = 1
def generator():
    try:
        yield 1
    except ValueError:
        b = 2
    yield 3
def fails():
    raise KeyError
def work():
    call(unwanted)
    call(switching)
    opaque()
    g = call(generator)
    next(g)
    g.throw(ValueError)
    g.close()
    list(call(items, call(generator)))
    try:
        call(fails)
    except KeyError:
        a = 1
    call(sorted, [2, 1])
{set_up}
work()
call(work)
thread = threading.Thread(target=call, args=(work,))
thread.start()
thread.join()
{tear_down}
work()
report()
"""

HOW = {
    "in the script": "sys.settrace(theirs)",
    "in a function out of scope": "call(sys.settrace, theirs)",
    "under another name": "from sys import settrace; settrace(theirs)",
    "for new threads": "threading.settrace(theirs)",
    "in running frames": "sys._getframe().f_trace = local; sys.settrace(theirs)",
}


def lines_of(trace):
    """Return the traced lines of a file."""
    lines = trace.read_text().splitlines()
    return [untagged(line) for line in lines if line.startswith("+")]


def run_both(write, script, *options, helper=HELPER, recorder=RECORDER):
    """Run a script without us and with us; return the trace, and what both printed."""
    write("helper.py", helper)
    write("recorder.py", recorder)
    path = write("script.py", script)
    output = path.parent / "trace"
    plain = run_python(path)
    assert plain.returncode == 0, plain.stderr.decode()
    with_us = run_swifttrace("-xx", "-o", output, *options, path)
    assert (with_us.stdout, with_us.stderr) == (plain.stdout, plain.stderr)
    return lines_of(output), plain.stdout.decode()


def trace_alone(write, script):
    """Return the trace where the script sets no function."""
    for setting in ("sys.settrace(theirs)", "threading.settrace(theirs)", "settrace(theirs)"):
        script = script.replace(setting, "a = 0")
    path = write("alone/script.py", script)
    write("alone/helper.py", HELPER)
    write("alone/recorder.py", RECORDER)
    output = path.parent / "trace"
    assert run_swifttrace("-xx", "-o", output, path).returncode == 0
    return lines_of(output)


@pytest.mark.parametrize("how", HOW)
def test_a_trace_function_gets_the_events_it_would_get_without_us(how, write):
    tear_down = "call(sys.settrace, None); threading.settrace(None)"
    script = PROGRAM.format(set_up=HOW[how], tear_down=tear_down)
    trace, printed = run_both(write, script)
    assert printed.count("\n") > 80
    assert sys.version_info >= (3, 12) or " opcode " in printed

    def texts(lines):  # sorted: the threads take turns as they like
        return sorted(line for line in lines if "settrace" not in line and "a = 0" not in line)

    assert texts(trace) == texts(trace_alone(write, script))


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("where", ["here", "out of scope"])
def test_both_are_called_whichever_was_first(order, where, write):
    theirs = "sys.settrace(theirs)" if where == "here" else "call(sys.settrace, theirs)"
    ours = "swifttrace.enable(2)"
    first, second = (theirs, ours) if order == "before" else (ours, theirs)
    script = f"""\
import sys, swifttrace
from recorder import theirs, report
from helper import call
def work():
    a = 1
    call(inner)
def inner():
    b = 2
{first}
{second}
work()
print(sys.gettrace() is theirs)
swifttrace.disable()
print(sys.gettrace() is theirs)
work()
sys.settrace(None)
report()
"""
    write("helper.py", HELPER)
    write("recorder.py", RECORDER)
    ended = run_python(write("script.py", script))
    lines = ended.stdout.decode().splitlines()
    assert lines[:2] == ["True", "True"]
    work = [
        *("global work call 4 None", "local work line 5 None", "local work line 6 None"),
        *("global call call 2 function", "local call line 3 None", "global inner call 7 None"),
        *("local inner line 8 None", "local inner return 8 None", "local call return 3 None"),
        "local work return 6 None",
    ]
    work[3] = "global call call 2 None"
    assert [line for line in lines[2:] if " line " in line] == 2 * [
        line for line in work if " line " in line
    ]
    assert lines[2:].count("global inner call 7 None") == 2
    own = [10] if order == "after" else []
    assert ended.stderr == numbered(script, *own, 11, 5, 6, 8, 12, 13)


def test_a_trace_function_that_raises_is_unset_as_it_would_be(write):
    script = """\
import sys
from helper import call
def theirs(frame, event, argument):
    if frame.f_lineno == 8:
        raise ValueError("theirs")
    return theirs
def work():
    a = 1
    b = 2
sys.settrace(theirs)
try:
    call(work)
except ValueError as error:
    print(error, error.__traceback__.tb_lineno)
print(sys.gettrace())
c = 3
work()
"""
    trace, printed = run_both(write, script)
    assert printed == "theirs 12\nNone\n"
    lines = [int(line[3:9]) for line in trace]
    assert lines == [1, 2, 3, 7, 10, 11, 12, 13, 14, 15, 16, 17, 8, 9]


def test_a_debugger_may_jump_and_look_at_local_variables(write):
    script = """\
import sys
def theirs(frame, event, argument):
    if event == "line" and frame.f_lineno == 9:
        frame.f_lineno = 11
    if event == "line" and frame.f_lineno == 12:
        print(frame.f_locals["b"])
    return theirs
def work():
    a = 1
    a = 2
    b = 3
    c = 4
sys.settrace(theirs)
work()
sys.settrace(None)
"""
    trace, printed = run_both(write, script)
    assert printed == "3\n"
    lines = [int(line[3:9]) for line in trace]
    if sys.version_info < (3, 12):
        assert lines == [1, 2, 8, 13, 14, 11, 12, 15]
    assert {12, 15} <= set(lines)
    assert 10 not in lines


def test_lines_that_a_trace_function_does_not_want_are_traced(write):
    script = """\
import sys
from helper import call
events = []
def theirs(frame, event, argument):
    events.append((frame.f_code.co_name, event))
    frame.f_trace_lines = frame.f_code.co_name == "wanted"
    return theirs
def unwanted():
    a = 1
    call(wanted)
    return 2
def wanted():
    b = 1
def generator():
    yield 1
    yield 2
unfinished = generator()
next(unfinished)
sys.settrace(theirs)
call(unwanted)
list(unfinished)
sys.settrace(None)
print(*events)
"""
    trace, printed = run_both(write, script)
    assert printed.count("'line'") == 1
    lines = [int(line[3:9]) for line in trace]
    assert lines == [1, 2, 3, 4, 8, 12, 14, 17, 18, 15, 19, 20, 9, 10, 13, 11, 21, 16, 22, 23]


def test_frames_that_ran_without_lines_before_the_trace_are_traced(write):
    script = """\
import sys, swifttrace
events = []
def theirs(frame, event, argument):
    events.append(event)
    frame.f_trace_lines = False
    return theirs
def work():
    swifttrace.enable(2)
    a = 1
    swifttrace.disable()
    b = 2
sys.settrace(theirs)
work()
sys.settrace(None)
print(events.count("line"))
"""
    ended = run_python(write("script.py", script))
    assert ended.stdout == b"0\n"
    assert ended.stderr == numbered(script, 9, 10)


# -- in C ------------------------------------------------------------------------------

# A trace function in C, as far as the interpreter can tell.
C_FUNCTIONS = """\
import ctypes
api = ctypes.pythonapi
Function = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.py_object, ctypes.c_int, ctypes.c_void_p
)
api.PyEval_SetTrace.argtypes = [Function, ctypes.py_object]
api.PyEval_SetTrace.restype = None
unset = ctypes.PYFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(("PyEval_SetTrace", api))
set_trace = ctypes.PYFUNCTYPE(None, Function, ctypes.py_object)(("PyEval_SetTrace", api))
events = []
objects = set()
class Given: pass
def make(name):
    given = Given()
    def trace(mine, frame, event, argument):
        objects.add(mine == id(given))
        if frame.f_code.co_filename.endswith(("script.py", "plain.py")):
            events.append((name, frame.f_code.co_name, event, frame.f_lineno))
        if frame.f_code.co_name == "ends":
            unset(None, None)
        if frame.f_code.co_name == "changes" and event == 2:
            start(others[0])
        return 0
    return Function(trace), given
def start(function):
    set_trace(*function)
def stop():
    unset(None, None)
def call(function):
    return function()
one = make("one")
others = [make("other"), *[make(str(n)) for n in range(8)]]
def report():
    print(sorted(objects))
    for event in events:
        print(*event)
"""


@only_311
@pytest.mark.parametrize("order", ["before", "after"])
def test_a_trace_function_in_c_is_called_with_its_own_object(order, write):
    script = """\
import sys, swifttrace
from helper import *
def work():
    a = 1
    for b in range(2):
        call(lambda: b)
def changes():
    a = 1
    b = 2
def ends():
    a = 1
    b = 2
{first}
{second}
call(work)
print(sys.gettrace() is one[1])
changes()
work()
call(ends)
work()
start(one)
swifttrace.disable()
print(sys.gettrace() is one[1])
work()
stop()
report()
"""
    ours, theirs = "swifttrace.enable(2)", "start(one)"
    first, second = (theirs, ours) if order == "before" else (ours, theirs)
    with_us = script.format(first=first, second=second)
    write("helper.py", C_FUNCTIONS)
    plain = run_python(
        write("plain.py", with_us.replace(ours, "True").replace("swifttrace.disable()", "True"))
    )
    ended = run_python(write("script.py", with_us))
    assert ended.stdout == plain.stdout, ended.stderr.decode()
    assert plain.stdout.decode().splitlines()[:3] == ["True", "True", "[True]"]
    assert plain.stdout.count(b"\n") > 50
    work = [4, 5, 6, 6, 5, 6, 6, 5]
    own = [14] if order == "after" else []
    lines = [*own, 15, *work, 16, 17, 8, 9, 18, *work, 19, 11, 12, 20, *work, 21, 22]
    assert ended.stderr == numbered(with_us, *lines)


@only_311
def test_a_function_that_traced_code_sets_in_c_is_said_to_hide_lines(write):
    script = """\
from helper import *
def work():
    a = 1
set_trace(*one)
hidden = 1
call(work)
b = 2
unset(None, None)
hidden = 2
call(work)
c = 3
"""
    write("helper.py", C_FUNCTIONS)
    ended = run_swifttrace("-xx", write("script.py", script))
    message = b"swifttrace: lines may be missing: a trace function was set in C by traced code\n"
    assert ended.stderr.count(message) == 1
    lines = ended.stderr.replace(message, b"")
    assert lines == numbered(script, 1, 2, 4, 6, 3, 7, 8, 3, 11)


@only_311
def test_more_trace_functions_in_c_than_there_may_be_are_said_to_hide_lines(write):
    script = """\
from helper import *
def work():
    a = 1
for other in others:
    start(other)
    call(work)
stop()
b = 2
"""
    write("helper.py", C_FUNCTIONS)
    ended = run_swifttrace("-xx", write("script.py", script))
    message = b"swifttrace: lines may be missing: too many trace functions set in C\n"
    assert ended.stderr.count(message) == 1
    lines = ended.stderr.replace(message, b"")
    assert lines.startswith(numbered(script, 1, 2, 4, *[5, 6, 3, 4] * 7))
    assert lines.endswith(numbered(script, 8))


COVERED = """\
import threading
from helper import call, items
def branches(number):
    if number > 2:
        return number
    for turn in range(number):
        if turn == 5:
            break
    else:
        return -number
def generator():
    try:
        yield 1
        yield 2
    finally:
        a = 1
def work():
    list(call(items, generator()))
    return [call(branches, number) for number in (1, 3)]
work()
call(work)
thread = threading.Thread(target=call, args=(work,))
thread.start()
thread.join()
def fails():
    raise ValueError
try:
    call(fails)
except ValueError:
    last = 1
"""

MEASURE = """\
import os, sys
import coverage, helper, swifttrace
order = sys.argv[1]
measured = coverage.Coverage(data_file=None, config_file=False, branch=True, messages=True)
if order == "after":
    swifttrace.enable(2, include="covered.py", exclude="script.py", output="trace")
measured.start()
if order == "before":
    swifttrace.enable(2, include="covered.py", exclude="script.py", output="trace")
import covered
if order == "before":
    swifttrace.disable()
covered.branches(5)
measured.stop()
swifttrace.disable()
data = measured.get_data()
for file in sorted(data.measured_files()):
    print(os.path.basename(file), sorted(data.arcs(file)))
"""


@pytest.mark.parametrize("core", ["ctrace", "pytrace"])
@pytest.mark.parametrize("order", ["before", "after"])
def test_coverage_measures_the_same_with_us(core, order, write):
    pytest.importorskip("coverage", reason="coverage.py is not installed")
    write("helper.py", HELPER)
    write("covered.py", COVERED)
    path = write("script.py", MEASURE)
    environment = {"COVERAGE_CORE": core}
    plain = run_python(path, "never", cwd=path.parent, env=environment)
    with_us = run_python(path, order, cwd=path.parent, env=environment)
    assert (with_us.stdout, with_us.stderr) == (plain.stdout, b"")
    assert b"covered.py [(-" in plain.stdout
    found = lines_of(path.parent / "trace")
    alone = run_swifttrace("-xx", write("covered.py", COVERED), cwd=path.parent)
    expected = [untagged(line) for line in alone.stderr.decode().splitlines()]
    # The thread's first lines may come before the line that waits for it, or after.
    assert sorted(found[: len(expected)]) == sorted(expected)
