"""--time=line: what each line itself took, printed when it ends."""

from __future__ import annotations

import re
import signal

import pytest
from conftest import run_python, run_swifttrace

SECONDS = r"\{\d+\.\d{6}\} "
TEMPLATE = "{lineno} {took} {line}"
LONG = 0.3


def timed(write, script, *options, **how):
    """Return the line numbers in the order of the trace, and the seconds of each at last."""
    ended = run_swifttrace(*options, "--format", TEMPLATE, write("script.py", script), **how)
    assert (ended.returncode, ended.stdout) == (0, b""), ended.stderr
    return rows(ended.stderr)


def rows(printed):
    found = re.findall(r"^(\d+) (\d+\.\d{6}) ", printed.decode(), re.MULTILINE)
    assert len(found) == printed.count(b"\n")
    return [int(number) for number, _ in found], {int(n): float(took) for n, took in found}


def test_the_seconds_of_a_line_are_its_own(write):
    order, took = timed(write, "import time\ntime.sleep(0.3)\nx = 1\ntime.sleep(0.3)\n")
    assert order == [1, 2, 3, 4]
    assert min(took[2], took[4]) >= LONG > took[3]


def test_lines_that_a_line_calls_have_their_own_seconds(write):
    script = """\
import time
def f():
    time.sleep(0.3)
    return 0
x = f() or time.sleep(0.3)
y = 1
"""
    order, took = timed(write, script)
    assert order == [1, 2, 5, 3, 4, 6]
    assert took[3] >= LONG > max(took[4], took[5], took[6])


def test_what_is_called_out_of_scope_or_too_deep_is_part_of_the_line(write):
    write("other.py", "import time\ndef wait():\n    time.sleep(0.3)\n    return 1\n")
    script = """\
import other
def f():
    x = other.wait()
    return x
f()
"""
    order, took = timed(write, script)
    assert order == [1, 2, 5, 3, 4]
    assert took[3] >= LONG > max(took[4], took[5])
    order, took = timed(write, script, "--depth", "1")
    assert order == [1, 2, 5]
    assert took[5] >= LONG


def test_what_the_line_prints_comes_before_it(write):
    script = write("script.py", "import sys\nsys.stderr.write('said\\n')\nx = 1\n")
    ended = run_swifttrace("-xx", "--time=line", script)
    printed = re.sub(SECONDS, "", ended.stderr.decode())
    assert printed == (
        "+ [     1] import sys\nsaid\n+ [     2] sys.stderr.write('said\\n')\n+ [     3] x = 1\n"
    )


@pytest.mark.parametrize(
    ("raises", "numbers"),
    [("raise KeyError", [1, 9, 10, 2, 3, 4, 11, 13]), ("return 0", [1, 9, 10, 2, 3, 4, 12, 13])],
)
def test_a_line_ends_where_its_frame_is_left(write, raises, numbers):
    script = f"""\
def f():
    import time
    x = 1
    {raises}



import time
try:
    f(); time.sleep(0.3)
except KeyError: time.sleep(0.3)
else: y = time.sleep(0.3)
z = 1
"""
    script = script.replace("\n\n\nimport", "\n\nimport")
    order, took = timed(write, script)
    assert order[-1] == 12
    assert max(took[2], took[3], took[4]) < LONG


def test_what_a_generator_or_a_coroutine_waits_for_is_none_of_its_line(write):
    script = """\
import asyncio, time
def numbers():
    yield 1
    yield 2
for number in numbers():
    time.sleep(0.3)
async def main():
    await asyncio.sleep(0.3)
    return 1
asyncio.run(main())
"""
    _, took = timed(write, script)
    assert took[6] >= LONG > max(took[3], took[4], took[5], took[8], took[9])


ALL_KINDS = """\
import contextlib, sys
class C:
    name = "c"
    def m(self, n):
        return [
            k * n for k in
            range(3)
        ]
def numbers(n):
    try:
        for k in range(n):
            got = yield k
    finally:
        got = None
def fails(n):
    if n:
        return fails(n - 1)
    raise KeyError(n)
def outer():
    yield from numbers(2)
C().m(2)
x = sum(
    k
    for k in numbers(3))
list(outer())
try:
    fails(2)
except KeyError as error:
    x = str(error)
with contextlib.suppress(ValueError):
    int("x")
async def main():
    async def inner(): return 3
    return await inner()
try: main().send(None)
except StopIteration: x = 5
g = numbers(4); next(g)
g.close()
while x > 3: x -= 1
exec("y = 1\\nz = 2")
f = lambda: 4
f()
sys.exit(3)
"""


@pytest.mark.parametrize(
    "options",
    [
        ["-x"],
        ["--color", "always"],
        ["-xxx", "--scope", "script"],
        ["--values"],
        ["--calls"],
        ["--values", "--calls", "--statements"],
        ["--statements"],
        ["--only-calls"],
        ["--depth", "2", "--calls"],
        ["--watch", "x"],
        ["--show", "depth,function,task"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("place", ["standard error", "file", "ring"])
def test_the_trace_is_what_it_is_without_the_seconds(write, options, place):
    script = write("script.py", ALL_KINDS.replace("sys.exit(3)", "1/0"))
    output = script.parent / "out.log"
    where = {"standard error": [], "file": ["--no-banner", "-o", output], "ring": ["--last", "999"]}
    traces = []
    for time in ([], ["--time=line"]):
        level = [] if options[0].startswith("-x") else ["-xx"]
        ended = run_swifttrace(*level, *options, *where[place], *time, script)
        assert ended.returncode == 1
        printed = output.read_bytes() if place == "file" else ended.stderr
        traces.append(re.sub(r"0x[0-9a-f]+|process \d+", "", printed.decode()))
    assert re.search(r"\{\d+\.\d{6}", traces[1]) or "--only-calls" in options
    assert re.sub(r"\{\d+\.\d{6} ", "{", re.sub(SECONDS, "", traces[1])) == traces[0]


@pytest.mark.parametrize("option", ["--cut=40", "--wrap=40"])
def test_a_line_with_its_seconds_has_room_in_a_width(write, option):
    script = write("script.py", f"x = 1\nx = '{'a' * 50}'\n")
    ended = run_swifttrace("-xx", option, "--time=line", script)
    first, *rest = ended.stderr.decode().splitlines()
    assert re.fullmatch(rf"\+ {SECONDS}\[     1\] x = 1", first)
    assert max(map(len, rest)) == 40
    assert (len(rest) == 1) == ("cut" in option)


def test_only_lines_have_seconds(write):
    script = write("script.py", "def f(n):\n    x = n\n    return x\nf(1)\n")
    ended = run_swifttrace("-xx", "--values", "--calls", "--time=line", script)
    for line in ended.stderr.decode().splitlines():
        is_note = re.search(r"\] +(#|=>|<=) ", line)
        assert bool(is_note) != bool(re.match(r"\+ " + SECONDS, line)), line


def test_the_seconds_of_a_line_that_a_watch_has_found(write):
    script = "import time\nx = 1\nx = time.sleep(0.3) or 2\ntime.sleep(0.3)\n"
    ended = run_swifttrace("--watch", "x", "--time=line", write("script.py", script))
    seconds = re.findall(r"^\+ \{(\d+\.\d{6})\} .*x = time", ended.stderr.decode(), re.MULTILINE)
    assert len(seconds) == 1
    assert LONG <= float(seconds[0]) < 2 * LONG


def test_a_statement_of_several_lines_has_one_time(write):
    script = """\
import time
x = [
    time.sleep(0.15),
    time.sleep(0.15),
]
y = sum(time.sleep(0.15) or 1
        for _ in range(2))
"""
    order, took = timed(write, script, "--statements")
    assert order == [1, 2, 6]
    assert min(took[2], took[6]) >= LONG


def test_each_thread_has_a_line(write):
    script = """\
import threading, time
def work():
    time.sleep(0.3)
    x = 1
threads = [threading.Thread(target=work, name=f"worker-{n}") for n in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    ended = run_swifttrace("-xx", "--time=line", write("script.py", script))
    printed = ended.stderr.decode()
    for number in range(3):
        tag = rf"^\+ \{{(\d+\.\d{{6}}) worker-{number}\}} \[ +(\d)\]"
        found = re.findall(tag, printed, re.MULTILINE)
        assert [line for _, line in found] == ["3", "4"]
        assert float(found[0][0]) >= LONG > float(found[1][0])
    assert printed.count("thread.start()") >= 1


def test_a_fork_leaves_the_line_that_forks_to_the_parent(write):
    script = """\
import os
pid = os.fork()
if pid == 0:
    x = 1
    os._exit(0)
os.waitpid(pid, 0)
y = 2
"""
    ended = run_swifttrace("-xx", "--no-banner", "--time=line", write("script.py", script))
    printed = ended.stderr.decode()
    parent = re.findall(r"^\+ \{.*\} \[ +(\d)\]", printed, re.MULTILINE)
    child = re.findall(r"^\+\+ \{.*\} \[ +(\d)\]", printed, re.MULTILINE)
    assert (parent, child) == (["1", "2", "3", "6", "7"], ["3", "4", "5"])


@pytest.mark.parametrize(
    ("last", "status"),
    [
        ("os._exit(3)", 3),
        ("os.execv(sys.executable, [sys.executable, '-S', '-c', 'raise SystemExit(4)'])", 4),
        ("os.execlpe('sh', 'sh', '-c', 'exit 5', {'PATH': os.environ['PATH']})", 5),
        ("sys.exit(6)", 6),
        ("raise SystemExit(7)", 7),
        ("1/0", 1),
    ],
)
@pytest.mark.parametrize("options", [[], ["-o", "out.log"]])
def test_the_last_line_is_there(write, last, status, options):
    script = write("script.py", f"import os, sys\nx = 1\n{last}\n")
    ended = run_swifttrace("-xx", "--time=line", *options, script, cwd=script.parent)
    assert ended.returncode == status
    printed = (script.parent / "out.log").read_bytes() if options else ended.stderr
    assert re.findall(r"\[ +(\d)\]", printed.decode()) == ["1", "2", "3"]


def test_a_thread_that_runs_at_the_end_has_its_line_shown(write):
    script = """\
import threading, time
def work():
    begun.set()
    time.sleep(60)
begun = threading.Event()
threading.Thread(target=work, daemon=True).start()
begun.wait()
"""
    ended = run_swifttrace("-xx", "--time=line", write("script.py", script))
    assert ended.returncode == 0
    assert ended.stderr.decode().count("time.sleep(60)") == 1


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_a_signal_that_kills_loses_one_line_at_most(write, number):
    text = f"import os\nx = 1\ny = 2\nos.kill(os.getpid(), {int(number)})\n"
    script = write("script.py", text)
    ended = run_swifttrace("-xx", "--time=line", "-o", "out.log", script, cwd=script.parent)
    assert ended.returncode == -number
    printed = (script.parent / "out.log").read_text()
    assert re.findall(r"\[ +(\d)\]", printed)[:3] == ["1", "2", "3"]


def test_what_is_kept_is_there_when_asked_for(write):
    script = write("script.py", "import swifttrace\nx = 1\nswifttrace.dump()\n1/0\n")
    ended = run_swifttrace("-xx", "--last", "2", "--time=line", script)
    numbers = re.findall(r"^\+ \{\d\.\d{6}\} \[ +(\d)\]", ended.stderr.decode(), re.MULTILINE)
    assert numbers == ["2", "3", "3", "4"]


def test_the_api_the_environment_and_the_pair(write):
    api = """\
import swifttrace
swifttrace.enable(2, time="line")
x = 1
swifttrace.disable()
y = 2
with swifttrace.trace(2, time="line"):
    x = 2
y = 3
"""
    ended = run_python(write("script.py", api))
    numbers = re.findall(rf"^\+ {SECONDS}\[ +(\d)\] .*", ended.stderr.decode(), re.MULTILINE)
    assert numbers[:3] == ["3", "4", "7"]
    script = write("script.py", "x = 1\ny = 2\n")
    ended = run_python(script, env={"SWIFTTRACE": "level=2,time=line"})
    numbers = re.findall(rf"^\+ {SECONDS}\[ +(\d)\] .*", ended.stderr.decode(), re.MULTILINE)
    assert numbers == ["1", "2"]
    pair = """\
import sys, swifttrace, time
swifttrace.configure(2, time="line")
def f():
    time.sleep(0.3)
    return 1
sys.settrace(swifttrace.global_trace)
f()
sys.settrace(None)
time.sleep(0.3)
"""
    ended = run_python(write("script.py", pair))
    found = re.findall(r"^\+ \{(\d\.\d{6})\} \[ +(\d)\]", ended.stderr.decode(), re.MULTILINE)
    assert [number for _, number in found] == ["4", "5"]
    assert float(found[0][0]) >= LONG > float(found[1][0])


def test_seconds_have_a_layout(write):
    script = write("script.py", "x = 1\n")
    ended = run_swifttrace("--values", "--format", "[{took:>12}] {line}", script)
    assert re.fullmatch(rb"\[    0\.\d{6}\] x = 1\n\[ {12}\] # x = 1\n", ended.stderr)


@pytest.mark.parametrize("asked", ["lines", "", "took"])
def test_another_name_is_refused(write, asked):
    script = write("script.py", "print('ran')\n")
    said = f"time must be True, False or one of start, delta, line, not {asked!r}"
    ended = run_swifttrace(f"--time={asked}", script)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.decode() == f"swifttrace: {said} (try --help)\n"
    code = f"import swifttrace\nswifttrace.enable(time={asked!r})\n"
    ended = run_python("-c", code)
    assert ended.stderr.decode().splitlines()[-1] == f"ValueError: {said}"
