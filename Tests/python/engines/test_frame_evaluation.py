"""Code in scope and out of it, in turns: no line may be lost, and nobody else's event.

On 3.11 a frame evaluation function (PEP 523) takes the trace function away while code out
of scope runs. What a person sees is the same on every Python.
"""

from __future__ import annotations

import sys

import pytest
from conftest import run_python, run_swifttrace, untagged
from launching import numbered

only_311 = pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="later versions have sys.monitoring"
)

EVALUATES = "this Python has no sys.monitoring (PEP 669), but frame evaluation (PEP 523)"
DOES_NOT = "this Python has no sys.monitoring (PEP 669), and its frames are not ours to evaluate"

# What another file has that scripts call: out of scope.
HELPER = """\
def call(function, *arguments):
    return function(*arguments)
def call_all(functions):
    return [function() for function in functions]
def items(iterable):
    for item in iterable:
        yield item
def caught(function):
    try:
        function()
    except ValueError:
        function = None
    return function
def recurse(depth, function=None):
    if depth:
        return 1 + recurse(depth - 1, function)
    return function() if function else 0
"""


def lines_of(trace):
    """Return the traced lines of a file."""
    lines = trace.read_text().splitlines()
    return [untagged(line) for line in lines if line.startswith("+")]


def traced(write, script, *options, helper=HELPER, **how):
    """Trace a script that may import `helper`; return its lines' numbers and what ended."""
    write("helper.py", helper)
    path = write("script.py", script)
    output = path.parent / "trace"
    ended = run_swifttrace("-xx", "-o", output, *options, path, **how)
    assert ended.returncode == 0, ended.stderr.decode()
    lines = lines_of(output)
    assert {f"{line}\n".encode() for line in lines} <= set(numbered(script).splitlines(True))
    return [int(line[3:9]) for line in lines], ended


STARTED_IN = {
    "threading": "import threading\nt = threading.Thread(target=call, args=(work,))\n"
    "t.start()\nt.join()\n",
    "_thread": "import _thread\nlock = _thread.allocate_lock()\nlock.acquire()\n"
    "_thread.start_new_thread(call, (lambda: (work(), lock.release()),))\nlock.acquire()\n",
    "C": """\
import ctypes
libc = ctypes.CDLL(None)
Start = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
start = Start(lambda _: call(work))
thread = ctypes.c_ulong()
libc.pthread_create(ctypes.byref(thread), None, start, None)
libc.pthread_join(thread, None)
""",
}


@pytest.mark.parametrize("how", STARTED_IN)
def test_threads_are_traced_whoever_starts_them(how, write):
    script = f"""\
from helper import call
def work():
    in_thread = 1
    call(inner)
    after = 3
def inner():
    in_call = 2
for _ in range(3):
    pass
{STARTED_IN[how]}last = 1
"""
    found, _ = traced(write, script)
    assert [number for number in found if 2 < number < 8 and number != 6] == [3, 4, 7, 5]


PROFILED = """\
import sys
from helper import call, items, caught
events = []
def profile(frame, event, argument):
    if "swifttrace" not in frame.f_code.co_filename:
        events.append((frame.f_code.co_name, event, getattr(argument, "__name__", None)))
def fails():
    raise ValueError
def start():
    sys.setprofile(profile)
def work():
    call(start)
    call(len, [])
    caught(fails)
    list(items([1, 2]))
    call(sorted, [1])
def more():
    call(len, [])
call(work)
call(more)
call(sys.setprofile, None)
call(more)
print(*events, sep="\\n")
"""


def test_profile_functions_get_every_event_they_would_get_without_us(write):
    write("helper.py", HELPER)
    plain = run_python(write("script.py", PROFILED))
    found, ended = traced(write, PROFILED)
    assert ended.stdout == plain.stdout
    assert plain.stdout.count(b"\n") > 30
    expected = [1, 2, 3, 4, 7, 9, 11, 17, 19, 12, 10, 13, 14, 8, 15, 16, 20, 18, 21, 22, 18, 23]
    assert found == expected


def test_the_depth_of_recursion_stays_what_it_was(write):
    script = """\
import sys, threading
from helper import recurse
def deepest():
    def deeper():
        nonlocal depth
        depth += 1
        deeper()
    depth = 0
    try:
        deeper()
    except RecursionError as error:
        return depth, str(error)
def run():
    for limit in 1000, 5000:
        sys.setrecursionlimit(limit)
        print(deepest(), recurse(limit - 100))
        try:
            recurse(10**6)
        except RecursionError as error:
            print(error)
for size in 0, 1 << 18, 1 << 20, 64 << 20:
    threading.stack_size(size)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
"""
    write("helper.py", HELPER)
    plain = run_python(write("script.py", script))
    assert traced(write, script)[1].stdout == plain.stdout
    assert plain.stdout.count(b"\n") == 16


def test_a_recursion_of_any_depth_fits_into_the_stack(write):
    """Without us it takes none of the C stack: no function of ours may evaluate them all."""
    script = """\
import sys, threading
import swifttrace
from helper import recurse
def bottom():
    reasons.append(swifttrace.status().reason)
    return 0
def run():
    print(recurse(200_000, bottom))
    here(20_000)
def here(depth):
    if depth:
        here(depth - 1)
sys.setrecursionlimit(400_000)
reasons = []
run()
for size in 1 << 18, 32 << 20:
    threading.stack_size(size)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
reasons.append(swifttrace.status().reason)
print(*reasons, sep="\\n")
"""
    found, ended = traced(write, script)
    lines = ended.stdout.decode().splitlines()
    assert lines[:3] == ["200000"] * 3
    assert found.count(5) == 3
    assert (found.count(11), found.count(12)) == (3 * 20_001, 3 * 20_000)
    if sys.version_info < (3, 12):
        assert lines[3:] == [DOES_NOT] * 3 + [EVALUATES]


@only_311
def test_a_thread_that_starts_during_a_deep_recursion_is_traced_after_it(write):
    script = """\
import _thread, sys, time
from helper import recurse
def start():
    _thread.start_new_thread(spin, ())
    time.sleep(0.05)
    return 0
def spin():
    while not ended:
        turn = 1
    lock.release()
ended = False
lock = _thread.allocate_lock()
lock.acquire()
sys.setrecursionlimit(100_000)
recurse(50_000, start)
time.sleep(0.05)
ended = True
lock.acquire()
"""
    found, _ = traced(write, script)
    assert {8, 9, 10} <= set(found)


@only_311
def test_a_child_that_is_forked_deep_down_is_traced_on(write):
    script = """\
import _thread, os, signal, sys
from helper import recurse, call
def fork():
    global pid
    pid = os.fork()
    signal.alarm(30)
    return 0
def work():
    lock.release()
sys.setrecursionlimit(100_000)
recurse(50_000, fork)
lock = _thread.allocate_lock()
lock.acquire()
_thread.start_new_thread(call, (work,))
lock.acquire()
if pid == 0:
    os._exit(0)
os.waitpid(pid, 0)
"""
    write("helper.py", HELPER)
    path = write("script.py", script)
    output = path.parent / "trace-%p"
    ended = run_swifttrace("-xx", "-o", output, path)
    assert ended.returncode == 0, ended.stderr
    traces = sorted(path.parent.glob("trace-*"), key=lambda path: path.stat().st_size)
    assert len(traces) == 2
    assert all("    lock.release()" in trace.read_text() for trace in traces)


# -- 3.11: what is at work ---------------------------------------------------------------

STATE = """\
import ctypes
class Thread(ctypes.Structure):
    _fields_ = [
        ("pointers", ctypes.c_void_p * 3), ("initialized", ctypes.c_int * 2),
        ("remaining", ctypes.c_int), ("recursion_limit", ctypes.c_int),
        ("rest", ctypes.c_int * 3), ("frames", ctypes.c_void_p),
        ("profile", ctypes.c_void_p), ("trace", ctypes.c_void_p),
    ]
api = ctypes.pythonapi
api.PyThreadState_Get.restype = ctypes.POINTER(Thread)
api.PyInterpreterState_Get.restype = ctypes.c_void_p
api._PyInterpreterState_GetEvalFrameFunc.argtypes = [ctypes.c_void_p]
api._PyInterpreterState_GetEvalFrameFunc.restype = ctypes.c_void_p
default = ctypes.cast(api._PyEval_EvalFrameDefault, ctypes.c_void_p).value
def is_traced():
    return bool(api.PyThreadState_Get().contents.trace)
def is_default():
    return api._PyInterpreterState_GetEvalFrameFunc(api.PyInterpreterState_Get()) == default
def fails():
    try:
        raise ValueError
    except ValueError:
        return is_traced()
def generates():
    yield is_traced()
    yield is_traced()
async def awaits():
    return is_traced()
async def awaits_twice():
    return await awaits(), is_traced()
def call(function):
    return function()
"""


@only_311
def test_there_is_no_trace_function_where_code_out_of_scope_runs(write):
    script = """\
import sys, threading
import swifttrace, helper
def ours():
    return helper.call(inner), bool(helper.api.PyThreadState_Get().contents.trace)
def inner():
    return helper.is_traced(), bool(helper.api.PyThreadState_Get().contents.trace)
def run():
    print(helper.is_traced(), helper.fails(), helper.call(ours))
    print(*helper.generates(), *helper.call(lambda: list(helper.generates())))
    try:
        helper.awaits_twice().send(None)
    except StopIteration as stop:
        print(stop.value)
print(helper.is_default())
swifttrace.enable(2)
print(helper.is_default(), swifttrace.status().reason)
run()
thread = threading.Thread(target=run)
thread.start()
thread.join()
swifttrace.disable()
print(helper.is_default(), helper.api.PyThreadState_Get().contents.trace)
"""
    write("helper.py", STATE)
    ended = run_python(write("script.py", script))
    facts = "False False ((False, True), True)\nFalse False False False\n(False, False)\n"
    printed = f"True\nFalse {EVALUATES}\n{facts}{facts}True None\n"
    assert ended.stdout.decode() == printed, ended.stderr.decode()


@only_311
def test_where_somebody_else_evaluates_frames_all_are_traced(write):
    script = """\
import sys, threading
import _testinternalcapi, swifttrace, helper
frames = []
def theirs(frame, event, argument):
    events.append(event)
    return theirs
events = []
def work():
    in_thread = 1
threading.settrace(theirs)
_testinternalcapi.set_eval_frame_record(frames)
swifttrace.enable(2)
reason = swifttrace.status().reason
helper.call(work)
thread = threading.Thread(target=helper.call, args=(work,))
thread.start()
thread.join()
swifttrace.disable()
is_theirs = threading.gettrace() is theirs
threading.settrace(None)
_testinternalcapi.set_eval_frame_default()
print(reason, frames.count("work"), is_theirs, events[:2], events.count("line") > 3, sep="\\n")
"""
    write("helper.py", HELPER)
    ended = run_python(write("script.py", script))
    assert ended.stdout.decode() == f"{DOES_NOT}\n2\nTrue\n['call', 'line']\nTrue\n"
    found = [untagged(line) for line in ended.stderr.decode().splitlines()]
    lines = [int(line[3:9]) for line in found]
    assert lines == [13, 14, 9, 15, 16, 9, 17, 18] or sorted(lines) == [9, 9, *range(13, 19)]


@only_311
def test_where_somebody_else_takes_over_it_is_said_that_lines_may_be_missing(write):
    script = """\
import _testinternalcapi, helper
def work():
    a = 1
helper.call(work)
_testinternalcapi.set_eval_frame_record([])
helper.call(work)
helper.call(work)
_testinternalcapi.set_eval_frame_default()
helper.call(work)
"""
    found, ended = traced(write, script)
    assert found == [1, 2, 4, 3, 5, 6, 3, 7, 3, 8, 9, 3]
    message = b"swifttrace: lines may be missing: another frame evaluation function has been set\n"
    assert ended.stderr == message


@only_311
def test_an_interpreter_of_another_build_is_traced_as_well(write):
    """One whose structures are not where they should be: a limit is, as it looks."""
    script = """\
import helper, swifttrace, sys
thread = helper.api.PyThreadState_Get().contents
limit, thread.recursion_limit = thread.recursion_limit, 999
theirs = lambda *_: None
sys.settrace(theirs)
swifttrace.enable(2)
thread.recursion_limit = limit
helper.call(lambda: None)
print(swifttrace.status().reason)
swifttrace.disable()
print(sys.gettrace() is theirs)
sys.settrace(None)
"""
    write("helper.py", STATE)
    ended = run_python(write("script.py", script))
    reason = "this Python has no sys.monitoring (PEP 669), and is built in a way of its own"
    assert ended.stdout.decode() == f"{reason}\nTrue\n"
    replaced = b"swifttrace: the trace function that was set is not called meanwhile\n"
    assert ended.stderr == replaced + numbered(script, 7, 8, 8, 9, 10)


GREENLETS = """\
import greenlet, helper
def first():
    a = 1
    main.switch()
    b = 2
    helper.call(main.switch)
    c = 3
main = greenlet.getcurrent()
one = greenlet.greenlet(first)
one.switch()
d = 4
helper.call(one.switch)
e = 5
one.switch()
f = 6
two = greenlet.greenlet(helper.call)
two.switch(main.switch)
g = 7
helper.call(two.switch)
h = 8
"""


@only_311
def test_greenlets_are_traced_wherever_they_are_switched(write):
    pytest.importorskip("greenlet", reason="greenlet is not installed")
    expected = [1, 2, 8, 9, 10, 3, 4, 11, 12, 5, 6, 13, 14, 7, 15, 16, 17, 18, 19, 20]
    assert traced(write, GREENLETS)[0] == expected
    before = "main = greenlet.getcurrent()\n"
    script = GREENLETS.replace(before, f"import swifttrace\n{before}")
    script = script.replace("d = 4\n", "swifttrace.enable(2)\nd = 4\n")
    write("helper.py", HELPER)
    ended = run_python(write("script.py", script))
    assert ended.stderr == numbered(script, 13, 14, 5, 6, 15, 16, 7, *range(17, 23))
