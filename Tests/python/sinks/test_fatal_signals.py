"""The last lines at a signal that ends the process; what it ends as is unchanged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import pairwise

import pytest
from conftest import clean_environment, run_python, run_swifttrace
from launching import numbered
from rings import dump_in, dumps_in, last_of, shown

NO_CORE = "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))"
CRASHES = {
    "a NULL pointer": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "abort": ("import os; os.abort()", "SIGABRT"),
    # An instruction that fails raises its signal anew where the handler returns.
    "an instruction that is none": (
        "import ctypes, mmap\n"
        "code = mmap.mmap(-1, 4096, prot=7)\n"
        "code.write(b'\\x0f\\x0b' if __import__('os').uname().machine == 'x86_64' else bytes(4))\n"
        "ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()",
        "SIGILL",
    ),
    "a file that is too short": (
        "import mmap, os, tempfile\n"
        "file = tempfile.TemporaryFile()\n"
        "file.truncate(8192)\n"
        "memory = mmap.mmap(file.fileno(), 8192)\n"
        "file.truncate(0)\n"
        "memory[5000]",
        "SIGBUS",
    ),
    "a number divided by zero": (
        "import ctypes, mmap, os\n"
        "code = mmap.mmap(-1, 4096, prot=7)\n"
        "code.write(b'\\x31\\xc9\\x31\\xd2\\xf7\\xf1\\xc3')\n"
        "ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()",
        "SIGFPE",
    ),
    "SIGSEGV that was sent": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
    "SIGFPE that was sent": ("import os, signal; os.kill(os.getpid(), signal.SIGFPE)", "SIGFPE"),
}


def program(crash):
    """A program that crashes; its last lines, and how it ends."""
    text, name = CRASHES[crash]
    if crash == "a number divided by zero" and os.uname().machine != "x86_64":
        pytest.skip("its code is for x86_64")
    source = f"{NO_CORE}\ndef crash():\n    x = 1\n" + "".join(
        f"    {line}\n" for line in text.splitlines()
    )
    return source + "crash()\n", text.count("\n") + 1, name


def last_numbers(count):
    return range(4, 4 + count)


@pytest.mark.parametrize("crash", CRASHES)
def test_a_crash_prints_the_last_lines_and_ends_the_program_as_ever(crash, write):
    source, count, name = program(crash)
    path = write("program.py", source)
    status = -getattr(signal, name)
    assert run_python(path).returncode == status
    ended = run_swifttrace("-xx", "--last", "3", path)
    assert (ended.returncode, dumps_in(ended.stderr)[1]) == (status, b"")
    wanted = numbered(source, *[3, *last_numbers(count)][-3:])
    wanted = wanted if count > 1 else numbered(source, count + 4, 3, 4)
    assert dump_in(ended.stderr)[3:] == (name, wanted)


@pytest.mark.parametrize("way", ["enable", "environment", "file"])
def test_a_crash_is_noticed_whatever_began_the_trace(way, write, tmp_path):
    text = "x = 1\nimport os; os.abort()\n"
    if way == "enable":
        source = f"import swifttrace; swifttrace.enable(2, last=2)\n{NO_CORE}\n{text}"
        ended = run_python(write("program.py", source))
    else:
        source = f"{NO_CORE}\n{text}"
        output = f",output={tmp_path}/ring" if way == "file" else ""
        ended = run_python(
            write("program.py", source), env={"SWIFTTRACE": f"level=2,last=2{output}"}
        )
    wanted = numbered(source, *[3, 4] if way == "enable" else [2, 3])
    assert ended.returncode == -signal.SIGABRT
    assert dump_in(ended.stderr)[3:] == ("SIGABRT", wanted)
    if way == "file":
        assert shown(tmp_path / "ring").lines == wanted


def test_a_stack_that_has_run_out_is_no_obstacle(write):
    if os.uname().machine != "x86_64":
        pytest.skip("its code is for x86_64")
    # Machine code that calls itself.
    source = f"""\
{NO_CORE}
import ctypes, mmap
code = mmap.mmap(-1, 4096, prot=7)
code.write(b"\\xe8\\xfb\\xff\\xff\\xff")
overflow = ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
overflow()
"""
    ended = run_swifttrace("-xx", "--last", "2", write("program.py", source))
    assert ended.returncode == -signal.SIGSEGV
    assert dump_in(ended.stderr)[3:] == ("SIGSEGV", numbered(source, 5, 6))


FAULTHANDLER = {
    "before": ["import faulthandler; faulthandler.enable()", "swifttrace.enable(2, last=2)"],
    "after": ["swifttrace.enable(2, last=2)", "import faulthandler; faulthandler.enable()"],
    "between": [
        "swifttrace.enable(2, last=2)",
        "import faulthandler; faulthandler.enable()",
        "swifttrace.disable()",
        "swifttrace.enable(2, last=2)",
    ],
    "before and after": [
        "import faulthandler; faulthandler.enable()",
        "swifttrace.enable(2, last=2)",
        "faulthandler.disable(); faulthandler.enable()",
        "swifttrace.enable(2, last=2)",
    ],
}


@pytest.mark.parametrize("crash", ["a NULL pointer", "abort", "SIGFPE that was sent"])
@pytest.mark.parametrize("order", FAULTHANDLER)
def test_faulthandler_s_report_is_there_too_once(order, crash, write):
    text, name = CRASHES[crash]
    lines = ["import swifttrace", NO_CORE, *FAULTHANDLER[order], "x = 1", text]
    source = "\n".join(lines) + "\n"
    ended = run_python(write("program.py", source))
    dumps, rest = dumps_in(ended.stderr)
    assert ended.returncode == -getattr(signal, name)
    assert rest.count(b"Fatal Python error: ") == 1
    assert [dump[3:] for dump in dumps] == [(name, numbered(source, len(lines) - 1, len(lines)))]


def test_by_x_faulthandler_too(write):
    source = f"{NO_CORE}\nx = 1\nimport os; os.abort()\n"
    ended = run_swifttrace(
        "-xx", "--last", "2", write("p.py", source), interpreter_options=["-X", "faulthandler"]
    )
    assert ended.returncode == -signal.SIGABRT
    assert dump_in(ended.stderr).lines == numbered(source, 2, 3)
    assert b"Fatal Python error: Aborted" in ended.stderr


def test_after_disable_the_handlers_are_what_they_were(write):
    """What the kernel has for each signal is in /proc."""
    source = """\
import re, signal
def caught():
    text = open("/proc/self/status").read()
    return int(re.search(r"SigCgt:\\s*(\\w+)", text)[1], 16)
signal.signal(signal.SIGUSR2, lambda *_: None)
before = caught()
import swifttrace
for _ in range(3):
    swifttrace.enable(last=5, dump_signal="USR1")
    assert caught() == before | sum(1 << n - 1 for n in (4, 6, 7, 8, 10, 11)), bin(caught())
    with swifttrace.trace(last=3, dump_signal="USR2"):
        assert not caught() & 1 << signal.SIGUSR1 - 1
    swifttrace.disable()
    assert caught() == before
    swifttrace.disable()
print("done")
"""
    ended = run_python(write("program.py", source))
    assert (ended.stdout, ended.stderr) == (b"done\n", b"")


def test_after_disable_a_crash_prints_nothing(write):
    source = f"import swifttrace\n{NO_CORE}\nswifttrace.enable(last=5)\nx = 1\nswifttrace.disable()\nimport os; os.abort()\n"
    ended = run_python(write("program.py", source))
    assert (ended.returncode, ended.stderr) == (-signal.SIGABRT, b"")


def test_a_crash_in_a_thread_says_what_that_thread_did(write):
    source = f"""\
{NO_CORE}
import os, threading, time
def work():
    x = 1
    os.abort()
threading.Thread(target=work, name="worker").start()
time.sleep(30)
"""
    ended = run_swifttrace("-xx", "--last", "2", write("program.py", source))
    assert ended.returncode == -signal.SIGABRT
    # The main thread's line may come in between.
    assert b"+ {worker} [     5]     os.abort()\n" in dump_in(ended.stderr).lines


def test_a_crash_in_a_thread_while_another_one_runs_prints_lines_that_follow_each_other(write):
    source = f"""\
{NO_CORE}
import ctypes, sys, threading
sys.setswitchinterval(1e-6)
def count():
    while True:
        a = 1
        b = 2
        c = 3
def crash():
    ctypes.CDLL(None)["raise"](11)
threading.Thread(target=count, daemon=True).start()
for _ in range(2000): pass
crash()
"""
    ended = run_swifttrace("-xx", "--last", "512", write("program.py", source))
    assert ended.returncode == -signal.SIGSEGV
    dump = dump_in(ended.stderr)
    counted = [number for number in dump.numbers if 5 <= number <= 8]
    following = {5: 6, 6: 7, 7: 8, 8: 5}
    assert all(following[one] == two for one, two in pairwise(counted))
    assert len(dump.numbers) == dump.shown <= 512


def test_a_program_whose_output_nobody_reads_still_ends(write):
    """Its report is larger than what a pipe takes."""
    source = f"{NO_CORE}\nfor i in range(20_000):\n    x = i\nimport os; os.abort()\n"
    path = write("program.py", source)
    command = [sys.executable, "-m", "swifttrace", "-xx", "--last", "20000", path]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=clean_environment()) as running:
        assert running.wait(30) == -signal.SIGABRT
        assert len(running.stderr.read()) >= 4096


def test_a_handler_in_c_of_the_program_s_own_is_called(write, tmp_path):
    """It was there before us, and ends the program in its own way."""
    source = """\
import ctypes, os, swifttrace
@ctypes.CFUNCTYPE(None, ctypes.c_int)
def handler(number):
    os.write(1, b"own handler %d\\n" % number)
    os._exit(9)
ctypes.CDLL(None).signal(11, handler)
swifttrace.enable(2, last=1, include="nothing")
ctypes.string_at(0)
"""
    ended = run_python(write("program.py", source))
    assert (ended.returncode, ended.stdout) == (9, b"own handler 11\n")
    assert dump_in(ended.stderr)[3:] == ("SIGSEGV", numbered(source, 8))


def test_a_fatal_signal_that_the_program_ignores_prints_nothing(write):
    source = """\
import os, signal, swifttrace
signal.signal(signal.SIGFPE, signal.SIG_IGN)
swifttrace.enable(2, last=1)
os.kill(os.getpid(), signal.SIGFPE)
print("alive")
"""
    ended = run_python(write("program.py", source))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"alive\n", b"")


def test_a_forked_child_s_crash_prints_the_child_s_lines(write, tmp_path):
    source = f"""\
{NO_CORE}
import os
x = 1
if os.fork() == 0:
    y = 2
    os.abort()
print(os.wait()[1])
"""
    path = write("program.py", source)
    for options in ([], ["-o", tmp_path / "ring"]):
        ended = run_swifttrace("-xx", "--last", "5", *options, path)
        assert (ended.returncode, ended.stdout) == (0, b"6\n")
        dump = dump_in(ended.stderr)
        assert dump[3:] == ("SIGABRT", numbered(source, 5, 6).replace(b"+ ", b"++ "))
    assert shown(f"{tmp_path}/ring.{dump.process}").lines == dump.lines
    assert shown(tmp_path / "ring").lines == last_of(source, 5, 1, 2, 3, 4, 7)


def test_a_forked_child_that_crashes_before_its_first_line_prints_none(write, tmp_path):
    source = f"""\
{NO_CORE}
import os
os.register_at_fork(after_in_child=os.abort)
print(os.waitpid(os.fork(), 0)[1])
"""
    path = write("program.py", source)
    for options in ([], ["-o", tmp_path / "ring"]):
        ended = run_swifttrace("-xx", "--last", "5", *options, path)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"6\n", b"")


def test_many_threads_that_crash_at_once_end_the_process_once(write):
    source = f"""\
{NO_CORE}
import ctypes, threading
crash = ctypes.CDLL(None).abort
barrier = threading.Barrier(8)
def work():
    barrier.wait()
    crash()
for _ in range(8):
    threading.Thread(target=work).start()
"""
    path = write("program.py", source)
    for _ in range(5):
        ended = run_swifttrace("-xx", "--last", "50", path)
        assert ended.returncode == -signal.SIGABRT
        assert ended.stderr.startswith(b"# swifttrace: process ")
