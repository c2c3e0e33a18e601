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
    if has_exceptions:  # They are not to be had for one code object alone.
        assert {name for name, _ in eval(sent)} <= {"PY_UNWIND", "RAISE"}
    else:
        assert (again, eval(sent)) == ("0", [])
