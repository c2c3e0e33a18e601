"""Programs that use `sys.settrace` and `threading.settrace` themselves, beside us."""

from __future__ import annotations

import sys

import pytest
from beside import MANY_WAYS, ORDERS

TRACE = """\
import sys, threading
def plain(value): return value if isinstance(value, (int, str)) else type(value).__name__
def local_trace(frame, event, arg):
    log.append((frame.f_code.co_name, event, frame.f_lineno, plain(arg)))
    return local_trace
def global_trace(frame, event, arg):
    if is_seen(frame.f_code): return local_trace(frame, event, arg)
def start():
    sys.settrace(global_trace)
def stop():
    sys.settrace(None)
"""
# What trace functions ask for besides the lines of the functions that are called.
VARIANTS = {
    "functions": "",
    "running frame": """\
def start():
    sys._getframe(2).f_trace = local_trace
    sys.settrace(global_trace)
""",
    "opcodes": """\
def global_trace(frame, event, arg):
    frame.f_trace_opcodes = True
    if is_seen(frame.f_code): return local_trace(frame, event, arg)
""",
    "opcodes of the running frame": """\
def start():
    frame = sys._getframe(2)
    frame.f_trace = local_trace
    frame.f_trace_opcodes = True
    sys.settrace(global_trace)
""",
    "no lines": """\
def global_trace(frame, event, arg):
    frame.f_trace_lines = frame.f_code.co_name != "loops"
    if is_seen(frame.f_code): return local_trace(frame, event, arg)
""",
    "another in between": """\
def other_trace(frame, event, arg):
    if is_seen(frame.f_code): log.append(("other", event, frame.f_lineno))
    return other_trace
def poked(number):
    if number == 1:
        sys._getframe(2).f_trace = other_trace
        sys.settrace(other_trace)
    elif number == 3:
        sys.settrace(global_trace)
""",
    "saved and put back": """\
def poked(number):
    saved = sys.gettrace()
    sys.settrace(None)
    log.append((saved is global_trace, sys.gettrace()))
    sys.settrace(saved)
""",
}


def cases():
    for variant in VARIANTS:
        for order in ORDERS:
            is_lost = sys.version_info[:2] == (3, 12) and "running frame" in variant
            lost = pytest.mark.xfail(
                is_lost and variant.startswith("opcodes") and order == "enable",
                reason="3.12 forgets who wants instructions when a second tool joins",
                strict=True,
            )
            yield pytest.param(variant, order, marks=lost, id=f"{variant}-{order}")


@pytest.mark.parametrize(("variant", "order"), list(cases()))
def test_a_trace_function_sees_what_it_sees_without_us(variant, order, beside):
    program = beside(MANY_WAYS, TRACE + VARIANTS[variant])
    ended = program.run_alike(order, "program.py")
    assert ended.trace == program.lines(order)
    assert ended.log


THREADS = """\
import threading
def work(n):
    for i in range(n):
        n += i
    return n
def run(target):
    thread = threading.Thread(target=target, args=(2,))
    thread.start()
    thread.join()
run(work)
run(lambda n: work(n))
print("end")
"""
THREAD_TRACE = (
    TRACE
    + """\
def start():
    threading.settrace(global_trace)
def stop():
    log.append(("put", threading.gettrace() is global_trace))
    threading.settrace(None)
"""
)


@pytest.mark.parametrize("order", ORDERS)
def test_threading_settrace_sees_what_it_sees_without_us(order, beside):
    program = beside(THREADS, THREAD_TRACE)
    ended = program.run_alike(order, "program.py")
    # A new thread may be faster than the next line of the one that started it.
    assert sorted(ended.trace) == sorted(program.lines(order))
    assert "work line 4 NoneType" in ended.log
