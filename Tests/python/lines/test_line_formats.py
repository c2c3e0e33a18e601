"""What is said of a line besides its text: --show, --time, --format."""

from __future__ import annotations

import re

import pytest
from conftest import run_python, run_swifttrace

SCRIPT = """\
def f(n):
    if n:
        return f(n - 1)
    return 0
class C:
    def m(self):
        return f(1)
C().m()
"""


def trace(write, *options, script=SCRIPT, **how):
    ended = run_swifttrace(*options, write("script.py", script), **how)
    assert (ended.returncode, ended.stdout) == (0, b"")
    return ended.stderr.decode()


def test_a_template_is_filled_for_each_line(write):
    printed = trace(write, "--format", "{prefix} {name}:{lineno:<3}|{line}")
    numbers = [1, 5, 5, 6, 8, 7, 2, 3, 2, 4]
    lines = SCRIPT.split("\n")
    assert printed == "".join(f"+ script.py:{n:<3}|{lines[n - 1]}\n" for n in numbers)


def test_the_levels_are_templates_too(write):
    template = "{prefix} [{file:>32.32}:{lineno:<6}] {line}"
    by_template = trace(write, "--format", template)
    assert by_template == trace(write, "-xxx", "--scope", "script")


def test_depth_module_and_function(write):
    template = "{lineno} {depth} {module} {function}"
    assert trace(write, "--format", template).splitlines() == [
        "1 0 __main__ <module>",
        "5 0 __main__ <module>",
        "5 1 __main__ C",
        "6 1 __main__ C",
        "8 0 __main__ <module>",
        "7 1 __main__ C.m",
        "2 2 __main__ f",
        "3 2 __main__ f",
        "2 3 __main__ f",
        "4 3 __main__ f",
    ]
    shown = trace(write, "-xx", "--show", "function,depth,module")
    assert "+ {2 __main__ f} [     2]     if n:\n" in shown
    assert "+ {0 __main__ <module>} [     8] C().m()\n" in shown


def test_depth_goes_with_generators_exceptions_and_threads(write):
    script = """\
import threading
def gen():
    yield 1
    try:
        yield 2
    except ValueError:
        yield 3
def bad():
    raise KeyError
def main():
    g = gen()
    next(g), next(g)
    g.throw(ValueError)
    try: bad()
    except KeyError: pass
    x = 1
main()
t = threading.Thread(target=main)
t.start()
t.join()
x = 2
"""
    printed = trace(write, "--format", "{lineno}:{depth}", script=script).split()
    main = "11:1 12:1 3:2 12:1 4:2 5:2 13:1 6:2 7:2 14:1 9:2 15:1 16:1"
    thread = re.sub(r":(\d)", lambda depth: f":{int(depth[1]) - 1}", main)
    # A generator's line comes again with each entry on some versions: the places count.
    for expected in (main, thread):
        wanted = list(dict.fromkeys(expected.split()))
        assert list(dict.fromkeys(place for place in printed if place in wanted)) == wanted
    assert printed[-1] == "21:0"


def test_seconds_only_grow_and_deltas_are_short(write):
    script = "import time\ntime.sleep(0.2)\nx = 1\n"
    seconds = [float(s) for s in trace(write, "--format", "{time}", script=script).split()]
    assert seconds == sorted(seconds)
    assert seconds[2] - seconds[1] >= 0.2
    deltas = [float(s) for s in trace(write, "--format", "{delta}", script=script).split()]
    assert deltas[2] >= 0.2 > deltas[1]
    assert re.fullmatch(r"(\+ \{\d+\.\d{6}\} .*\n){3}", trace(write, "--time", script=script))
    delta = trace(write, "-xx", "--time=delta", script=script)
    assert re.fullmatch(r"(\+ \{\d+\.\d{6}\} \[ +\d\] .*\n){3}", delta)


def test_a_ring_keeps_what_is_said_of_each_line(write):
    script = "def f():\n    1/0\nf()\n"
    options = ["--last", "2", "--format", "{function} {depth} {lineno}"]
    ended = run_swifttrace(*options, write("script.py", script))
    assert ended.stderr.endswith(b"<module> 0 3\nf 1 2\n")
    ended = run_swifttrace("--last", "2", "-xx", "--show", "function", "--time", "script.py",
                           cwd=write("script.py", script).parent)  # fmt: skip
    assert re.search(rb"\n\+ \{0\.\d{6} f\} \[     2\]     1/0\n$", ended.stderr)


def test_children_have_the_format(write):
    script = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'x = 1, 2'])\n"
    printed = trace(
        write, "--no-banner", "--format", "a, b\\{prefix}{lineno}:{line}", script=script
    )
    assert printed.splitlines()[-1] == "a, b\\++1:x = 1, 2"


def test_the_environment_has_a_template_for_whoever_gives_none(write):
    env = {"SWIFTTRACE_FORMAT": "{lineno}!"}
    assert trace(write, script="x = 1\n", env=env) == "1!\n"
    assert trace(write, "--format", "{lineno}?", script="x = 1\n", env=env) == "1?\n"
    ended = run_python(write("script.py", "x = 1\n"), env={**env, "SWIFTTRACE": "1"})
    assert ended.stderr == b"1!\n"


def test_the_api_takes_them_all(write):
    script = """\
import swifttrace
def f(): return 1
with swifttrace.trace(format="{lineno} {depth}"):
    f()
with swifttrace.trace(2, time="delta", show=["function"]):
    f()
"""
    ended = run_python(write("script.py", script))
    lines = ended.stderr.decode().splitlines()
    assert lines[:2] == ["4 0", "2 1"]
    assert re.fullmatch(r"\+ \{\d\.\d{6} f\} \[     2\] def f\(\): return 1", lines[-2])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--format", "{foo}"], "format: no field {foo}; there are prefix, file, path, name, "
         "lineno, line, pid, thread, task, depth, function, module, time, delta, took"),
        (["--format", "{line"], "format: a { without its }"),
        (["--format", "{line:x}"], "format: no such layout: x"),
        (["--format", "x", "--time"], "format cannot be used with show or time: name the fields in the template"),
        (["--format", "x", "--show", "pid"],
         "format cannot be used with show or time: name the fields in the template"),
        (["--time=never"], "time must be True, False or one of start, delta, line, not 'never'"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_one_line_before_the_script_starts(write, options, said):
    ended = run_swifttrace(*options, write("script.py", "print('ran')\n"))
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.decode() == f"swifttrace: {said} (try --help)\n"
