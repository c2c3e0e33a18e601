"""`sys.settrace` and us: the pair of trace functions, and other tools' own."""

from __future__ import annotations

from conftest import run_python
from launching import numbered


def run_script(write, source):
    """Run a script; return its standard error and output."""
    ended = run_python(write("program.py", source))
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stderr, ended.stdout.decode()


def test_sys_settrace_with_our_function_prints_the_lines_of_the_script(write):
    source = """\
import sys
import swifttrace
{configuration}
def f(n):
    for i in range(n):
        x = i
    return x
sys.settrace(swifttrace.global_trace)
f(2)
sys.settrace(None)
f(2)
"""
    lines = [5, 6, 5, 6, 5, 7]
    for configuration, level in {
        "": 1,
        "swifttrace.configure()": 1,
        "swifttrace.configure(2)": 2,
        "swifttrace.enable(3); swifttrace.disable(); swifttrace.configure(2)": 2,
        "from swifttrace import global_trace; swifttrace.configure(level=2)": 2,
    }.items():
        text = source.format(configuration=configuration)
        expected = numbered(text, *lines)
        if level == 1:
            expected = b"".join(
                b"+ " + line.partition(b"] ")[2] + b"\n" for line in expected.splitlines()
            )
        assert run_script(write, text)[0] == expected, configuration


def test_the_pair_is_a_global_and_a_local_trace_function(write):
    source = """\
import sys
import swifttrace
swifttrace.configure(2)
def f():
    x = 1
    return x
seen = []
def tracer(frame, event, argument):
    local = swifttrace.global_trace(frame, event, argument)
    seen.append(local is swifttrace.local_trace)
    return local
sys.settrace(tracer)
f()
sys.settrace(None)
import colorsys
sys.settrace(tracer)
colorsys.rgb_to_hsv(1, 1, 1)
sys.settrace(None)
print(seen)
frame = sys._getframe()
frame.f_trace = swifttrace.local_trace
sys.settrace(lambda *_: None)
here = 1
sys.settrace(None)
"""
    trace, printed = run_script(write, source)
    assert printed == "[True, False]\n"
    assert trace == numbered(source, 5, 6, 23, 24)


def test_the_pair_and_enable_do_not_print_a_line_twice(write):
    source = """\
import sys
import swifttrace
def f():
    return 1
sys.settrace(swifttrace.global_trace)
swifttrace.enable(2)
f()
swifttrace.disable()
sys.settrace(None)
"""
    trace, _ = run_script(write, source)
    assert trace == numbered(source, 7, 4, 8)


def test_gettrace_can_be_saved_and_restored_around_us(write):
    source = """\
import sys
import swifttrace
events = []
def theirs(frame, event, argument):
    events.append((frame.f_code.co_name, event))
    return theirs
def f():
    return 1
sys.settrace(theirs)
swifttrace.enable()
swifttrace.disable()
print(sys.gettrace() is theirs)
f()
sys.settrace(None)
print(events)
swifttrace.enable()
saved = sys.gettrace()
sys.settrace(None)
sys.settrace(saved)
f()
swifttrace.disable()
print(sys.gettrace())
print(events == [] or len(events))
"""
    trace, printed = run_script(write, source)
    assert printed.splitlines()[0] == "True"
    assert "('f', 'call'), ('f', 'line'), ('f', 'return')" in printed
    assert printed.splitlines()[2] == "None"
    assert trace.endswith(b"+     return 1\n+ swifttrace.disable()\n")


def test_another_trace_function_may_run_at_the_same_time(write):
    source = """\
import sys
import swifttrace
events = []
def theirs(frame, event, argument):
    events.append(event)
    return theirs
def f():
    x = 1
    return x
swifttrace.enable(2)
sys.settrace(theirs)
f()
sys.settrace(None)
f()
swifttrace.disable()
print(events)
"""
    trace, printed = run_script(write, source)
    assert printed == "['call', 'line', 'line', 'return']\n"
    own = [line for line in trace.splitlines() if b"events" not in line]
    for number in (11, 12, 13, 14, 15):
        assert numbered(source, number).strip() in own
    assert own.count(b"+ [     8]     x = 1") == 2
