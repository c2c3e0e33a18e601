"""What code out of scope sends to the trace: nothing after the first time."""

from __future__ import annotations

import sys

import pytest
from conftest import run_swifttrace

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="3.11 has no sys.monitoring")

LIBRARY = """\
def function(n):
    total = 0
    for i in range(n): total += i
    while n > 0: n -= 1
    return total
def generator():
    while True: yield 1
async def coroutine():
    await Once()
    return 1
class Once:
    def __await__(self): yield 1
one = generator()
def run():
    function(3)
    next(one)
    c = coroutine()
    for turn in range(2):
        try: c.send(None)
        except StopIteration: pass
    [x for x in range(3)]
"""
PROGRAM = """\
import sys, library
m = sys.monitoring
ours = next(id for id in range(6) if m.get_tool(id) == "swifttrace")
sent = []
def counted(name, callback):
    def count(code, *arguments):
        if code.co_filename == library.__file__: sent.append((name, code.co_name))
        return callback(code, *arguments)
    return count
def turn():
    del sent[:]
    for number in range(20): library.run()
    return len(sent)
names = "PY_START", "PY_RESUME", "PY_RETURN", "PY_YIELD", "LINE", "JUMP", "CALL", "PY_UNWIND", "RAISE"
for name in names:
    event = getattr(m.events, name)
    before = m.register_callback(ours, event, None)
    if before is not None: m.register_callback(ours, event, counted(name, before))
first = turn()
print(first > 0, turn(), sent)
"""


HAS_LOCAL_EXCEPTION_EVENTS = sys.version_info >= (3, 15)
OWN = """\
import sys
def plain(n):
    return n + 1
def careful(n):
    try: raise KeyError(n)
    except KeyError: pass
m = sys.monitoring
ours = next(id for id in range(6) if m.get_tool(id) == "swifttrace")
def has_lines(function): return bool(m.get_local_events(ours, function.__code__) & m.events.LINE)
plain(1); careful(1)
everywhere = m.get_events(ours) & (m.events.RAISE | m.events.PY_UNWIND)
print(has_lines(plain), has_lines(careful), bool(everywhere))
"""


@pytest.mark.parametrize(
    "options", [(), ("--values",), ("--calls",), ("--show=depth",)], ids=lambda o: "".join(o)
)
def test_code_out_of_scope_sends_each_event_once(options, write):
    write("library.py", LIBRARY)
    ended = run_swifttrace(*options, "--scope=script", write("program.py", PROGRAM))
    assert ended.returncode == 0, ended.stderr
    has_exceptions = "--values" in options or "--calls" in options
    first, again, sent = ended.stdout.decode().split(" ", 2)
    assert first == "True"
    if has_exceptions and not HAS_LOCAL_EXCEPTION_EVENTS:
        assert {name for name, _ in eval(sent)} <= {"PY_UNWIND", "RAISE"}
    else:
        assert (again, eval(sent)) == ("0", [])


@pytest.mark.parametrize("option", ["--calls", "--only-calls"])
def test_calls_alone_ask_for_the_lines_of_functions_with_exceptions(option, write):
    ended = run_swifttrace(option, write("program.py", OWN))
    plain = str(option == "--calls")
    assert ended.stdout.decode() == f"{plain} True {not HAS_LOCAL_EXCEPTION_EVENTS}\n"
