"""`enable`, `disable`, `trace`, `configure` and `status`, as they are documented."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import swifttrace
from conftest import run_python
from launching import numbered, unmarked


def run_script(write, source, *arguments, **how):
    """Run a script that traces itself; return its standard error and output."""
    ended = run_python(write("program.py", source), *arguments, **how)
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stderr, ended.stdout.decode()


def test_enable_and_disable_trace_the_lines_between_them(write):
    source = """\
import swifttrace
before = 1
swifttrace.enable(2)
def f():
    return 1
f()
swifttrace.disable()
after = f()
"""
    assert run_script(write, source)[0] == numbered(source, 4, 6, 5, 7)


def test_level_1_is_the_default_and_a_second_enable_changes_it(write):
    source = """\
import swifttrace
swifttrace.enable()
one = 1
swifttrace.enable(2)
two = 2
swifttrace.enable(level=3, scope="script")
three = 3
swifttrace.enable()
one = 1
"""
    trace, _ = run_script(write, source)
    lines = trace.decode().splitlines()
    assert lines[:4] == [
        "+ one = 1",
        "+ swifttrace.enable(2)",
        "+ [     5] two = 2",
        '+ [     6] swifttrace.enable(level=3, scope="script")',
    ]
    assert [line.endswith("program.py:7     ] three = 3") for line in lines][4]
    assert lines[6:] == ["+ one = 1"]


def test_disable_may_be_called_at_any_time_and_again(write):
    source = """\
import swifttrace
swifttrace.disable()
swifttrace.disable()
for round in range(3):
    swifttrace.enable()
    traced = round
    swifttrace.disable()
    swifttrace.disable()
"""
    expected = b"+     traced = round\n+     swifttrace.disable()\n"
    assert run_script(write, source)[0] == expected * 3


def test_a_block_ends_with_what_was_in_force_before(write):
    source = """\
import swifttrace
from swifttrace import trace
with trace(2):
    a = 1
b = 2
swifttrace.enable(1)
with trace(2):
    c = 3
    with trace(1), trace(2):
        d = 4
    e = 5
    swifttrace.disable()
    f = 6
g = 7
swifttrace.disable()
try:
    with trace(2):
        raise KeyError
except KeyError:
    h = 8
with trace(2) as block:
    swifttrace.enable(level=1)
    i = 9
j = 10
block.__class__
"""
    trace, _ = run_script(write, source)
    found = trace.decode().splitlines()
    texts = [line.strip() for line in source.splitlines()]
    expected = [
        (2, 4),
        (2, 3),  # the end of a block, which belongs to the line of the `with`
        (1, 7),
        (2, 8),
        (2, 9),
        (2, 10),
        (2, 11),
        (2, 12),
        (1, 14),
        (1, 15),
        (2, 18),
        (2, 22),
        (1, 23),
    ]
    for level, number in expected:
        text = texts[number - 1]
        line = f"+ [{number:6d}] " if level == 2 else "+ "
        assert any(entry.startswith(line) and entry.endswith(text) for entry in found), number
    for number in (5, 6, 13, 16, 20, 24, 25):
        assert not any(entry.endswith(texts[number - 1]) for entry in found), number


def test_a_block_may_be_entered_again_and_within_itself(write):
    source = """\
import swifttrace
block = swifttrace.trace(1)
def f(n):
    with block:
        x = n
        if n:
            f(n - 1)
        y = n
    z = n
f(1)
w = 1
f(0)
"""
    trace, _ = run_script(write, source)
    assert trace.count(b"x = n\n") == 3
    assert trace.count(b"y = n\n") == 3
    assert trace.count(b"z = n\n") == 1
    assert b"w = 1" not in trace


def test_blocks_of_two_threads_may_overlap(write):
    source = """\
import sys, threading
import swifttrace
def run(level, entered, wait_for):
    with swifttrace.trace(level):
        entered.set()
        wait_for.wait()
first_is_in, second_is_in, first_may_go = (threading.Event() for _ in range(3))
first = threading.Thread(target=run, args=(1, first_is_in, first_may_go))
second_may_go = threading.Event()
second = threading.Thread(target=run, args=(2, second_is_in, second_may_go))
def level():
    return swifttrace.status().level
first.start()
first_is_in.wait()
print(level())
second.start()
second_is_in.wait()
print(level())
first_may_go.set()
first.join()
print(level())
second_may_go.set()
second.join()
print(level())
"""
    trace, printed = run_script(write, source)
    assert printed == "1\n2\n2\nNone\n"
    assert b"+ print(level())\n" in unmarked(trace)
    assert b"+ [    20] first.join()\n" in unmarked(trace)


def test_enable_is_for_every_thread_and_the_script_of_its_caller(write):
    write("helper.py", "import swifttrace\ndef start():\n    swifttrace.enable(2)\n    own = 1\n")
    source = """\
import threading
import helper
helper.start()
def work():
    return 1
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
    trace, _ = run_script(write, source)
    expected = b"+ [     4]     own = 1\n" + numbered(source, 4, 6, 7, 5, 8)
    assert sorted(unmarked(trace).splitlines()) == sorted(expected.splitlines())


def test_status_tells_what_is_traced_and_how(write, tmp_path):
    source = """\
import sys
import swifttrace
print(swifttrace.status())
swifttrace.enable(2, output=sys.argv[1])
x = 1
status = swifttrace.status()
swifttrace.disable()
print(status.enabled, status.level, status.scope, status.lines, status.stopped)
print(status.output == sys.argv[1], status.engine)
swifttrace.enable(3, scope="project", fd=1)
status = swifttrace.status()
swifttrace.disable()
print(status.level, status.scope, status.output)
with swifttrace.trace(3):
    status = swifttrace.status()
print(status.level, status.scope, status.output)
status = swifttrace.status()
print(status.enabled, status.level, status.scope, status.output, status.lines, status.engine)
print(status.reason)
"""
    _, printed = run_script(write, source, tmp_path / "trace")
    lines = [line for line in printed.splitlines() if not line.startswith("+ ")]
    engine = "sys.monitoring" if sys.version_info >= (3, 12) else "settrace"
    assert lines[0].startswith("Status(enabled=False, engine='none', level=None, lines=0, ")
    assert lines[1:6] == [
        "True 2 script 2 None",
        f"True {engine}",
        "3 project descriptor 1",
        "3 all stderr",
        f"False None None None 0 {engine}",
    ]
    assert lines[6] == (
        "this Python has sys.monitoring (PEP 669)"
        if engine == "sys.monitoring"
        else "this Python has no sys.monitoring (PEP 669), but frame evaluation (PEP 523)"
    )


def test_what_imports_it_and_does_not_use_it_pays_for_little(write):
    source = """\
import sys
import swifttrace
print([name for name in sys.modules if name.startswith("swifttrace.") and "api" in name])
print(set(swifttrace.__all__) <= set(dir(swifttrace)))
print(swifttrace.status().enabled, "swifttrace.api" in sys.modules)
print("status" in vars(swifttrace))
"""
    assert run_script(write, source)[1] == "[]\nTrue\nFalse True\nTrue\n"


def test_the_names_that_are_documented_are_there(write):
    source = """\
import inspect
import swifttrace
from swifttrace import *
for name in swifttrace.__all__:
    thing = getattr(swifttrace, name)
    assert globals()[name] is thing, name
    assert name == "__version__" or inspect.getdoc(thing), name
print(sorted(swifttrace.__all__))
known = inspect.signature(enable).parameters
for name, parameter in known.items():
    configure(**{name: parameter.default})
    trace(**{name: parameter.default})
print(list(known)[0] == "level")
try:
    swifttrace.nonsense
except AttributeError as error:
    print(error)
"""
    _, printed = run_script(write, source)
    names, same, missing = printed.splitlines()
    for name in ("configure", "disable", "dump", "enable", "global_trace", "status", "trace"):
        assert f"'{name}'" in names
    assert same == "True"
    assert missing == "module 'swifttrace' has no attribute 'nonsense'"


def test_a_command_and_standard_input_can_trace_themselves(tmp_path):
    source = "import swifttrace\nswifttrace.enable(2)\ndef f():\n    return 1\nf()\n"
    ended = run_python("-c", source, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, numbered(source, 3, 5, 4))
    ended = run_python("-m", "program", cwd=tmp_path)
    (tmp_path / "program.py").write_text(source)
    ended = run_python("-m", "program", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, numbered(source, 3, 5, 4))


def test_our_own_lines_are_not_traced_however_our_byte_code_was_compiled(tmp_path, write):
    """`compileall` of a relative path leaves that in the byte code."""
    shutil.copytree(Path(swifttrace.__file__).parent, tmp_path / "lib" / "swifttrace")
    compiling = [sys.executable, "-m", "compileall", "-q", "swifttrace/session"]
    subprocess.run(compiling, cwd=tmp_path / "lib", check=True)
    source = "import swifttrace\nwith swifttrace.trace(3, scope='all'):\n    x = 1\n"
    ended = run_python(write("program.py", source), env={"PYTHONPATH": str(tmp_path / "lib")})
    assert ended.returncode == 0
    assert b"state.py" not in ended.stderr
    assert b"x = 1" in ended.stderr
