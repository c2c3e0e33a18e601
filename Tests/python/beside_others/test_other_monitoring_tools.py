"""Other tools of `sys.monitoring` (PEP 669): ids, `DISABLE`, `restart_events()`."""

from __future__ import annotations

import pytest
from beside import MANY_WAYS, ORDERS, needs_monitoring
from conftest import run_python, run_swifttrace

pytestmark = needs_monitoring

# Python 3.13 and later sends `LINE` for the line of a `def` only where some tool wants
# `PY_START`, as we do: so does this one.
MONITOR = """\
import sys, zlib
monitoring = sys.monitoring
events = monitoring.events
ID = 5
NAMES = ["PY_START", "PY_RESUME", "PY_RETURN", "PY_YIELD", "LINE", "JUMP", "CALL", "RAISE"]
def plain(value): return value if isinstance(value, (int, str)) else type(value).__name__
def all_of(names): return sum(getattr(events, name) for name in names)
def answer(name, code, arguments): pass
def callback(name):
    def seen(code, *arguments):
        if not is_seen(code): return
        log.append((name, code.co_name, *map(plain, arguments)))
        return answer(name, code, arguments)
    return seen
def set_all(): monitoring.set_events(ID, all_of(NAMES))
def start():
    monitoring.use_tool_id(ID, "another")
    for name in NAMES: monitoring.register_callback(ID, getattr(events, name), callback(name))
    set_all()
def stop():
    log.append(("name", monitoring.get_tool(ID)))
    monitoring.set_events(ID, 0)
"""
EVERYTHING = """\
NAMES = [name for name in dir(events) if name.isupper() and name != "NO_EVENTS"]
if "BRANCH_LEFT" in NAMES: NAMES.remove("BRANCH")
"""
ANSWERS = """\
SILENCED = ["PY_START", "PY_RESUME", "PY_RETURN", "PY_YIELD", "LINE", "JUMP", "CALL"]
def chance(*what): return zlib.crc32(repr(what).encode()) % 3
def answer(name, code, arguments):
    if name in SILENCED and chance(name, code.co_name, arguments[0]) == 0:
        return monitoring.DISABLE
"""
VARIANTS = {
    "looks on": "",
    "wants every event": EVERYTHING,
    "has the debugger's id": "ID = 0\n",
    "answers DISABLE": ANSWERS,
    "restarts events": ANSWERS
    + """\
def poked(number): monitoring.restart_events()
""",
    "restarts events in a callback": ANSWERS
    + """\
def answer(name, code, arguments, silence=answer):
    if len(log) % 7 == 0: monitoring.restart_events()
    return silence(name, code, arguments)
""",
    "comes and goes": """\
def poked(number): set_all() if not monitoring.get_events(ID) else monitoring.set_events(ID, 0)
""",
    "sets local events": """\
NAMES.remove("RAISE")
def set_all(): set_local(sys._getframe(3).f_code)
def set_local(code):
    monitoring.set_local_events(ID, code, all_of(NAMES))
    for constant in code.co_consts:
        if isinstance(constant, type(code)): set_local(constant)
def poked(number):
    code = sys._getframe(2).f_code
    monitoring.set_local_events(ID, code, monitoring.get_local_events(ID, code) ^ events.LINE)
""",
    "gives its id back": """\
def poked(number):
    if monitoring.get_tool(ID): monitoring.set_events(ID, 0), monitoring.free_tool_id(ID)
    else: start()
def stop(): pass
""",
}


def cases():
    for variant in VARIANTS:
        for order in ORDERS:
            lost = pytest.mark.xfail(
                variant == "wants every event" and order == "enable",
                reason="CPython forgets who wants instructions when a second tool joins",
                strict=True,
            )
            yield pytest.param(variant, order, marks=lost, id=f"{variant}-{order}")


@pytest.mark.parametrize(("variant", "order"), list(cases()))
def test_a_tool_sees_what_it_sees_without_us(variant, order, beside):
    program = beside(MANY_WAYS, MONITOR + VARIANTS[variant])
    ended = program.run_alike(order, "program.py")
    assert ended.trace == program.lines(order)
    assert len(ended.log.splitlines()) > 20


@pytest.mark.parametrize("order", ORDERS)
def test_a_tool_that_raises_in_a_callback_raises_in_the_program(order, beside):
    tool = (
        MONITOR
        + """\
NAMES = ["LINE", "PY_START"]
def answer(name, code, arguments):
    if code.co_name == "fails" and name == "LINE" and arguments[0] == 4: raise KeyError("tool")
"""
    )
    source = """\
def fails():
    a = 1
    b = 2
try:
    fails()
except KeyError as error:
    print(error)
"""
    program = beside(source, tool)
    ended = program.run_alike(order, "program.py")
    assert ended.stdout == b"'tool'\n"
    assert len(ended.trace) >= len(program.lines(order)) - 1
    assert ended.trace[-1].endswith("    print(error)")


TAKEN = "import sys\nfor n in range(6): sys.monitoring.use_tool_id(n, 'another')\n"
REFUSED = b"no tool id of sys.monitoring is free: 3 and 4 are both in use\n"
SILENCED = """\
import sys, swifttrace
monitoring = sys.monitoring
monitoring.use_tool_id(1, "another")
log = []
def line(code, number):
    if code.co_name == "f": log.append(number)
    return monitoring.DISABLE
monitoring.register_callback(1, monitoring.events.LINE, line)
monitoring.set_events(1, monitoring.events.LINE)
def f():
    x = 1
    return x
f(), f()
for _ in range(3):
    swifttrace.enable(2, output="trace")
    f(), f()
    swifttrace.disable()
    f()
print(log)
"""


def test_lines_that_another_tool_has_silenced_are_sent_to_it_once_more_at_most(write, tmp_path):
    """The interpreter does so, when a second tool wants the lines of a code object."""
    ended = run_python(write("script.py", SILENCED), cwd=tmp_path)
    assert (ended.stdout, ended.stderr) == (b"[11, 12, 11, 12]\n", b"")


IDS = """\
import sys
m = sys.monitoring
for number in {taken}: m.use_tool_id(number, f"tool-{{number}}")
import swifttrace
swifttrace.enable()
a = 1
swifttrace.disable()
print([m.get_tool(number) for number in range(6)])
"""


def test_every_id_that_is_taken_stays_its_owner_s(write):
    path = write("script.py", IDS.format(taken=(0, 1, 2, 3, 5)))
    ended = run_python(path)
    assert ended.stderr == b"+ a = 1\n+ swifttrace.disable()\n"
    assert ended.stdout == b"['tool-0', 'tool-1', 'tool-2', 'tool-3', 'swifttrace', 'tool-5']\n"


def test_six_ids_that_are_taken_are_one_clear_error_and_the_program_can_go_on(write):
    script = """\
import os, sys, swifttrace
for number in range(6): sys.monitoring.use_tool_id(number, "another")
try:
    swifttrace.enable(follow=True)
except RuntimeError as error:
    print(error)
print("SWIFTTRACE" in os.environ)
sys.monitoring.free_tool_id(3)
swifttrace.enable()
a = 1
"""
    ended = run_python(write("script.py", script))
    assert ended.returncode == 0
    assert ended.stdout == b"swifttrace: " + REFUSED + b"False\n"
    assert ended.stderr == b"+ a = 1\n"


@pytest.mark.parametrize("launch", [("script.py",), ("-m", "script")])
def test_the_command_says_in_one_line_that_no_id_is_free(launch, write, tmp_path):
    write("sitecustomize.py", TAKEN)
    write("script.py", "print('runs')\n")
    ended = run_swifttrace(*launch, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert ended.stderr == b"swifttrace: " + REFUSED


def test_the_environment_s_trace_says_it_too_and_the_program_runs(write):
    start = """\
import os, swifttrace_start
os.environ["SWIFTTRACE"] = "1"
swifttrace_start.start()
print("runs")
"""
    ended = run_python(write("script.py", TAKEN + start))
    assert (ended.returncode, ended.stdout) == (0, b"runs\n")
    assert ended.stderr == b"swifttrace: SWIFTTRACE: " + REFUSED


def test_who_frees_our_id_ends_the_trace_with_one_line(write):
    source = """\
import sys, swifttrace
swifttrace.enable(2)
for id in (3, 4):
    if sys.monitoring.get_tool(id) == "swifttrace": sys.monitoring.free_tool_id(id)
def f():
    return 1
f()
swifttrace.disable()
try:
    swifttrace.enable(2)
except RuntimeError as error:
    print(error)
swifttrace.disable()
"""
    ended = run_python(write("program.py", source))
    said = b"swifttrace: the program has freed our id of sys.monitoring\n"
    assert (ended.returncode, ended.stdout) == (0, said)
    missing = b"swifttrace: lines may be missing: our id of sys.monitoring was freed\n"
    assert ended.stderr.count(missing) == 1
    assert b"memory" not in ended.stderr
