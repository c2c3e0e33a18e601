"""pdb and debugpy beside us: each stops where it stops without us."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import debug_adapter
import pytest
from beside import ORDERS, has_monitoring, needs, traced_lines
from conftest import TIMEOUT, clean_environment, run_python, run_swifttrace

SUMS = """\
import sys


def inner(n):
    total = 0
    for i in range(n):
        total += i
    return total


def outer(n):
    a = inner(n)
    b = [x * a for x in range(2)]
    try:
        raise ValueError(b)
    except ValueError as error:
        b = error.args
    return b


def generator():
    for i in range(3):
        yield i


def main():
    STOP; x = outer(3)
    y = list(generator())
    while x: x = 0
    print(x, y)


main()
print("end")
"""
SESSIONS = {
    "steps": "step\n" * 30 + "continue\nquit\n",
    "breaks": "break inner\nbreak 18\ntbreak generator\ncontinue\nnext\nnext\nup\np n\nwhere\n"
    "clear 1\nbreak 8, i == 1\ncontinue\ndisplay total\nreturn\nnext\ncontinue\np error\n"
    "until 19\nreturn\ncontinue\nargs\ncontinue\nquit\n",
}


def restarted(program, lines):
    """Pdb starts an ended program again: it stops, and is left, before the first line.

    From 3.14 on it hears of a line by `sys.monitoring`, after us.
    """
    first = "+ [     1] " + program.source.splitlines()[0]
    return [*lines, first] if sys.version_info >= (3, 14) else lines


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("session", SESSIONS)
def test_pdb_says_what_it_says_without_us(session, order, beside):
    program = beside(SUMS.replace("STOP", "pass"))
    commands = SESSIONS[session].encode()
    ended = program.run_alike(order, "-m", "pdb", "program.py", input=commands)
    assert ended.trace == restarted(program, program.lines(order))
    assert ended.stdout.count(b"(Pdb)") == commands.count(b"\n")
    assert b"The program finished and will be restarted" in ended.stdout


@pytest.mark.parametrize("order", ORDERS)
def test_lines_that_pdb_jumps_back_to_are_printed_again(order, beside):
    program = beside(SUMS.replace("STOP", "pass"))
    commands = b"break 29\ncontinue\njump 28\ncontinue\ncontinue\nquit\n"
    ended = program.run_alike(order, "-m", "pdb", "program.py", input=commands)
    lines = program.lines(order)
    places = "[    28]", "[    13]", "[    29]"
    jump, start, end = (next(n for n, line in enumerate(lines) if at in line) for at in places)
    # The line that is jumped to has no event of its own: what it calls has. On 3.11 pdb
    # and we share the event, so that it can be said where it has gone.
    jumped = lines[end] if has_monitoring else lines[jump]
    again = [jumped, *lines[start : end + 1]]
    assert ended.trace == restarted(program, lines[:end] + again + lines[end + 1 :])


# Said so that the oracle does not stop there.
STOPS = {
    "breakpoint()": "tool.active and breakpoint()",
    "set_trace()": "import pdb; tool.active and pdb.set_trace()",
    "a debugger of its own": "import pdb; tool.active and pdb.Pdb(nosigint=True).set_trace()",
}
INLINE = b"""\
step
step
break inner
continue
next
step
up
p x
return
step
clear 1
next
next
continue
"""


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("stop", STOPS)
def test_a_program_that_stops_by_itself_stops_where_it_does_without_us(stop, order, beside):
    program = beside(SUMS.replace("STOP", STOPS[stop]), tool="")
    ended = program.run_alike(order, "program.py", input=INLINE)
    assert ended.trace == program.lines(order)
    assert ended.stdout.count(b"(Pdb)") == INLINE.count(b"\n")


# The port is the system's choice; it is written when the adapter is there to be asked.
LISTENS = """\
import debugpy
def start():
    host, port = debugpy.listen(("127.0.0.1", 0))
    with open("port.new", "w") as file: file.write(str(port))
    os.rename("port.new", "port")
    debugpy.wait_for_client()
"""


def debugged(program, order):
    """Run a program under debugpy; return what was seen at each stop, and of the end."""
    arguments, environment, trace = program.command(order, "program.py")
    environment["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    port = program.directory / "port"
    port.unlink(missing_ok=True)
    with subprocess.Popen(
        [sys.executable, *map(os.fspath, arguments)],
        cwd=program.directory,
        env=clean_environment(**environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        try:
            wait_for(lambda: port.exists() or running.poll() is not None)
            with debug_adapter.Client(int(port.read_text())) as client:
                stops = list(session(client, program.path))
            output = running.communicate(timeout=TIMEOUT)
        finally:
            running.kill()
    return (stops, *output, running.returncode), traced_lines(trace)


def session(client, path):
    """Break, step, look at a variable, go on to a conditional breakpoint, to the end."""
    client.request("initialize", adapterID="test")
    client.send("attach", justMyCode=False)
    client.event("initialized")
    breakpoints = [{"line": 8}, {"line": 24, "condition": "i == 2"}]
    client.request("setBreakpoints", source={"path": str(path)}, breakpoints=breakpoints)
    client.request("configurationDone")
    for action in "next", "next", "stepOut", "continue", "continue":
        thread = client.event("stopped")["threadId"]
        frames = client.request("stackTrace", threadId=thread)["stackFrames"]
        names = {"expression": "sorted(locals())", "context": "watch"}
        value = client.request("evaluate", frameId=frames[0]["id"], **names)["result"]
        ours = [frame for frame in frames if frame["source"]["path"] == str(path)]
        yield [(frame["name"], frame["line"]) for frame in ours], value
        if len(ours) == 4:
            client.request(
                "setBreakpoints", source={"path": str(path)}, breakpoints=breakpoints[1:]
            )
        client.request(action, threadId=thread)
        if ours[0]["line"] == 24:
            break
    client.event("terminated")
    client.request("disconnect")


def wait_for(condition):
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@needs("debugpy")
def test_debugpy_stops_where_it_stops_without_us(beside):
    program = beside(SUMS.replace("STOP", "pass"), LISTENS)
    alone, _ = debugged(program, None)
    assert [stop[0][0] for stop in alone[0]] == [
        ("inner", 8),
        ("inner", 7),
        ("inner", 8),
        ("outer", 13),
        ("generator", 24),
    ]
    for order in "environment", "enable":
        seen, trace = debugged(program, order)
        assert seen == alone, order
        assert trace == program.lines(order)


LIBRARY = """\
import pdb


def waits():
    n = 1
    breakpoint()


def waits_too():
    n = 2; pdb.Pdb(nosigint=True).set_trace()


def waits_for_a_trace_function():
    import sys

    def trace(frame, event, arg):
        print(frame.f_lineno, event)
        return trace

    frame = sys._getframe()
    frame.f_trace, frame.f_trace_opcodes = trace, True
    n = 3; sys.settrace(trace)
    sys.settrace(None)
"""


@pytest.mark.parametrize("level", ["-x", "-xx", "-xxx"])
@pytest.mark.parametrize("function", ["waits", "waits_too", "waits_for_a_trace_function"])
def test_code_out_of_scope_stops_where_it_does_without_us_too(function, level, write, tmp_path):
    write("library.py", LIBRARY)
    script = write("script.py", f"import library\nlibrary.{function}()\nprint('end')\n")
    commands = b"list\np n\nstep\nargs\ncontinue\n"
    expected = run_python(script, input=commands)
    found = run_swifttrace(level, "-o", tmp_path / "trace", script, input=commands)
    assert (found.stdout, found.returncode) == (expected.stdout, expected.returncode)
    assert b"(Pdb)" in found.stdout or b"opcode" in found.stdout
