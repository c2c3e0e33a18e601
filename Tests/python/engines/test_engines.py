"""What the engines have to catch: frames that were there before, scopes that change."""

from __future__ import annotations

import sys

import pytest
from conftest import run_python, untagged

needs_monitoring = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="3.11 has no sys.monitoring to share"
)


def trace_of(write, script, *arguments):
    """Run the script; return the text of each line that was traced."""
    ended = run_python(write("script.py", script), *arguments)
    assert ended.returncode == 0, ended.stderr
    lines = map(untagged, ended.stderr.decode().splitlines())
    return [line[2:].strip() for line in lines if line[:2] == "+ "]


def test_enable_traces_the_very_next_line_of_every_frame_on_the_stack(write):
    script = """\
import swifttrace
def inner():
    a = 1
    swifttrace.enable()
    b = 2
def outer():
    inner()
    c = 3
outer()
d = 4
swifttrace.disable()
e = 5
"""
    assert trace_of(write, script) == ["b = 2", "c = 3", "d = 4", "swifttrace.disable()"]


def test_enable_reaches_frames_of_other_threads_in_the_middle_of_a_loop(write):
    script = """\
import swifttrace, threading
seen = threading.Event()
def spin():
    while not seen.is_set():
        marker = 1
thread = threading.Thread(target=spin)
thread.start()
swifttrace.enable()
import time
time.sleep(0.05)
swifttrace.disable()
seen.set()
thread.join()
"""
    found = trace_of(write, script)
    assert "marker = 1" in found
    assert "while not seen.is_set():" in found
    assert "def spin():" not in found


def test_threads_started_while_enabled_are_traced(write):
    script = """\
import swifttrace, threading, _thread
def work():
    in_thread = 1
swifttrace.enable()
thread = threading.Thread(target=work)
thread.start()
thread.join()
swifttrace.disable()
"""
    assert trace_of(write, script).count("in_thread = 1") == 1


SUSPENDED = """\
import asyncio, swifttrace
def generator():
    try:
        yield 1
        resumed = 2
        yield 2
    except ValueError:
        thrown = 3
        yield 3
async def coroutine():
    await asyncio.sleep(0)
    awaited = 4
async def agen():
    yield 1
    after = 5
async def suspended_tasks():
    task = asyncio.create_task(coroutine())
    g = agen()
    await anext(g)
    await asyncio.sleep(0)
    swifttrace.enable()
    await task
    await anext(g, None)
    swifttrace.disable()
a, b, c = generator(), generator(), generator()
next(a), next(b), next(c)
swifttrace.enable()
next(a)
b.throw(ValueError)
c.close()
swifttrace.disable()
asyncio.run(suspended_tasks())
"""


def test_generators_and_coroutines_suspended_before_are_traced(write):
    found = trace_of(write, SUSPENDED)
    assert found == [
        "next(a)",
        "resumed = 2",
        "yield 2",
        "b.throw(ValueError)",
        "except ValueError:",
        "thrown = 3",
        "yield 3",
        "c.close()",
        "except ValueError:",
        "swifttrace.disable()",
        "await task",
        "awaited = 4",
        "await anext(g, None)",
        "after = 5",
        "swifttrace.disable()",
    ]


SCOPES = """\
import swifttrace, helper
def ours():
    helper.theirs()
ours()
swifttrace.enable(1)
ours()
swifttrace.enable(1, exclude="script.py", include="helper.py")
ours()
swifttrace.disable()
ours()
swifttrace.enable(1)
ours()
swifttrace.enable(1, scope="all")
ours()
swifttrace.disable()
"""


def test_another_scope_traces_what_was_out_of_scope_before(write):
    write("helper.py", "def theirs():\n    return 1\ntheirs()\n")
    assert trace_of(write, SCOPES) == [
        "ours()",
        "helper.theirs()",
        'swifttrace.enable(1, exclude="script.py", include="helper.py")',
        "return 1",
        "ours()",
        "helper.theirs()",
        'swifttrace.enable(1, scope="all")',
        "ours()",
        "helper.theirs()",
        "return 1",
        "swifttrace.disable()",
    ]


def test_levels_change_where_they_are_enabled_again(write):
    script = """\
import sys, swifttrace
swifttrace.enable(1)
a = 1
swifttrace.enable(2)
b = 2
swifttrace.enable(3, scope="script")
c = 3
swifttrace.disable()
"""
    ended = run_python(write("s.py", script))
    lines = ended.stderr.decode().splitlines()
    assert lines[:5] == [
        "+ a = 1",
        "+ swifttrace.enable(2)",
        "+ [     5] b = 2",
        '+ [     6] swifttrace.enable(3, scope="script")',
        f"+ [{str(write('s.py', script))[-32:]:>32}:7     ] c = 3",
    ]


@needs_monitoring
def test_a_tool_id_in_use_is_left_alone(write):
    script = """\
import sys, swifttrace
sys.monitoring.use_tool_id(3, "another")
swifttrace.enable()
a = 1
swifttrace.disable()
print([sys.monitoring.get_tool(n) for n in range(6)])
"""
    ended = run_python(write("script.py", script))
    assert b"+ a = 1\n" in ended.stderr
    assert ended.stdout == b"[None, None, None, 'another', 'swifttrace', None]\n"


@needs_monitoring
def test_places_that_another_tool_has_disabled_stay_so(write):
    script = """\
import sys, swifttrace
m = sys.monitoring
m.use_tool_id(2, "another")
def f():
    return 1
calls = []
def started(code, offset):
    calls.append(code.co_name)
    return m.DISABLE
m.register_callback(2, m.events.PY_START, started)
m.set_events(2, m.events.PY_START)
f()
for level in 1, 2:
    swifttrace.enable(level, output="/dev/null")
    f()
    swifttrace.disable()
    f()
print(calls.count("f"))
"""
    assert run_python(write("script.py", script)).stdout == b"1\n"


def test_nobody_sees_us_in_sys_gettrace(write):
    script = """\
import sys, swifttrace
def mine(frame, event, arg): return mine
sys.settrace(mine)
swifttrace.enable(output="/dev/null")
print(sys.gettrace() is mine)
swifttrace.disable()
print(sys.gettrace() is mine)
"""
    assert run_python(write("script.py", script)).stdout == b"True\nTrue\n"


def test_a_callback_that_runs_during_an_exception_leaves_it_alone(write):
    """The text is looked for, by Python code, while an exception is on its way."""
    script = """\
import sys
class Loader:
    def get_source(self, name):
        raise SystemError("not for you")
namespace = {"__name__": "m", "__file__": "m.py", "__loader__": Loader(), "__spec__": None}
code = compile('''
def f():
    try:
        raise KeyError(1)
    finally:
        a = sys.exc_info()[0]
        result.append(a)
try:
    f()
except KeyError as error:
    result.append(error.args)
''', "m.py", "exec")
result = []
namespace.update(sys=sys, result=result)
exec(code, namespace)
print(result, sys.exc_info())
"""
    path = write("script.py", script)
    plain = run_python(path)
    traced = run_python("-m", "swifttrace", "--include", "m.py", path)
    assert plain.stdout == traced.stdout != b""
    assert traced.returncode == 0
    assert traced.stderr.count(b"+ <no source>") == 9
