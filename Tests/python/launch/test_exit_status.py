"""A program ends as under `python`: its status, its last words, and its last lines."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from conftest import clean_environment
from launching import numbered, run_alike, start_swifttrace, unmarked

EXITS = {
    "sys.exit()": 0,
    "sys.exit(None)": 0,
    "sys.exit(0)": 0,
    "sys.exit(3)": 3,
    "sys.exit(-1)": 255,
    "sys.exit(256)": 0,
    "sys.exit(2**40 + 7)": None,
    "sys.exit(-2**70)": None,
    "sys.exit(True)": 1,
    "sys.exit(1.5)": 1,
    "sys.exit('text')": 1,
    "sys.exit('lone \\udce9')": 1,
    "sys.exit([])": 1,
    "sys.exit((1, 2))": 1,
    "sys.exit(object)": 1,
    "raise SystemExit": 0,
    "raise SystemExit(4)": 4,
    "raise SystemExit('a', 'b')": 1,
    "raise type('Own', (SystemExit,), {})(5)": 5,
    "raise type('Odd', (SystemExit,), {'code': property(lambda self: 6)})(5)": None,
    "sys.exit(type('Mute', (), {'__str__': lambda self: 1 / 0})())": 1,
    "exit(7)": 7,
    "quit('text')": 1,
    "import os; os._exit(9)": 9,
    "import os; os.kill(os.getpid(), 9)": -9,
    "raise KeyboardInterrupt": -2,
    "raise type('Own', (KeyboardInterrupt,), {})('x')": None,
    "raise GeneratorExit": 1,
}


@pytest.mark.parametrize("statement", EXITS)
def test_an_exit_has_the_status_that_python_gives_it(statement, write, tmp_path):
    source = f"import sys\ndef leave():\n    {statement}\nleave()\n"
    write("program.py", source)
    ended = run_alike(tmp_path, "program.py")
    assert EXITS[statement] in (None, ended.returncode)
    if "os." not in statement:
        assert ended.trace.startswith(numbered(source, 1, 2, 4, 3))


def test_an_abort_ends_with_its_signal(write, tmp_path):
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
    write("program.py", limit + "import os\nos.abort()\n")
    assert run_alike(tmp_path, "program.py").returncode == -signal.SIGABRT


def test_a_signal_that_is_not_handled_ends_it(write, tmp_path):
    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        write(
            "program.py",
            f"import os, signal\nsignal.signal(signal.{name}, signal.SIG_DFL)\n"
            f"os.kill(os.getpid(), signal.{name})\n",
        )
        ended = run_alike(tmp_path, "program.py")
        assert ended.returncode == -getattr(signal, name)


WAITING = """\
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    print("ready", flush=True)
    while True:
        pass
finally:
    last = "word"
"""


def test_ctrl_c_from_outside_ends_it_and_loses_no_line(write, tmp_path):
    path, output = write("program.py", WAITING), tmp_path / "trace"
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with start_swifttrace("-xx", "--no-banner", "-o", output, path, **options) as running:
        assert running.stdout.readline() == b"ready\n"
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
    assert running.returncode == -2
    assert said.startswith(b"Traceback (most recent call last):\n")
    assert said.endswith(b"\nKeyboardInterrupt\n")
    assert b"swifttrace" not in said
    trace = output.read_bytes()
    assert trace.startswith(numbered(WAITING, 1, 2, 3, 4))
    assert trace.endswith(numbered(WAITING, 8))


ASYNCIO = """\
import asyncio, os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
async def main():
    try:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(60)
    finally:
        print("cleaned")
asyncio.run(main())
"""


def test_ctrl_c_in_an_event_loop_cancels_the_main_task(write, tmp_path):
    write("program.py", ASYNCIO)
    ended = run_alike(tmp_path, "program.py")
    assert (ended.returncode, ended.stdout) == (-2, b"cleaned\n")
    assert ended.trace.startswith(numbered(ASYNCIO, 1, 2, 3, 9, 4, 5, 6))
    assert ended.trace.endswith(numbered(ASYNCIO, 8))


# -- what runs at the end --------------------------------------------------------------

AT_EXIT = """\
import atexit, sys
def bye(n):
    print("bye", n)
    if n == 2:
        1 / 0
for n in 1, 2, 3:
    atexit.register(bye, n)
print("end")
"""


@pytest.mark.parametrize("ending", ["", "1 / 0\n", "sys.exit(3)\n"])
def test_functions_of_atexit_run_in_their_order_and_are_traced(ending, write, tmp_path):
    write("program.py", AT_EXIT + ending)
    ended = run_alike(tmp_path, "program.py", masked=rb"0x[0-9a-f]+")
    assert ended.stdout == b"end\nbye 3\nbye 2\nbye 1\n"
    main = numbered(AT_EXIT + ending, 1, 2, 6, 7, 6, 7, 6, 7, 6, 8, *([9] if ending else []))
    assert ended.trace == main + numbered(AT_EXIT, 3, 4, 3, 4, 5, 3, 4)


def test_sys_exit_in_a_function_of_atexit_is_treated_as_python_does(write, tmp_path):
    source = "import atexit, sys\ndef bye():\n    sys.exit(3)\natexit.register(bye)\n"
    write("program.py", source)
    ended = run_alike(tmp_path, "program.py", masked=rb"0x[0-9a-f]+")
    assert ended.trace == numbered(source, 1, 2, 4, 3)


FINALIZER = """\
class Thing:
    def __del__(self):
        print("gone")
thing = Thing()
print("end")
"""


def test_a_finalizer_at_the_interpreter_s_end_is_traced(write, tmp_path):
    write("program.py", FINALIZER)
    ended = run_alike(tmp_path, "program.py")
    assert ended.stdout == b"end\ngone\n"
    assert ended.trace == numbered(FINALIZER, 1, 1, 2, 4, 5, 3)


THREADS = """\
import threading
def work(name):
    main_is_at_its_end.wait()
    print(name, "ends")
main_is_at_its_end = threading.Event()
first = threading.Thread(target=work, args=["first"])
first.start()
print("main ends", flush=True)
main_is_at_its_end.set()
"""


def test_a_thread_that_is_still_running_is_waited_for_and_traced(write, tmp_path):
    write("program.py", THREADS)
    ended = run_alike(tmp_path, "program.py")
    assert ended.stdout == b"main ends\nfirst ends\n"
    assert sorted(unmarked(ended.trace).splitlines()) == sorted(numbered(THREADS).splitlines())


def test_a_daemon_thread_is_not_waited_for(write, tmp_path):
    source = (
        "import threading\ndef spin():\n    while True:\n        pass\n"
        "threading.Thread(target=spin, daemon=True).start()\nprint('end')\n"
    )
    write("program.py", source)
    ended = run_alike(tmp_path, "program.py")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"end\n", b"")
    assert numbered(source, 6) in unmarked(ended.trace)


def test_an_exception_in_a_thread_is_reported_and_the_program_goes_on(write, tmp_path):
    source = (
        "import threading\ndef fail():\n    1 / 0\n"
        "thread = threading.Thread(target=fail, name='T')\nthread.start()\nthread.join()\n"
    )
    write("program.py", source)
    ended = run_alike(tmp_path, "program.py")
    assert ended.returncode == 0
    assert ended.stderr.startswith(b"Exception in thread T:\n")
    assert sorted(unmarked(ended.trace).splitlines()) == sorted(numbered(source).splitlines())


def test_a_standard_stream_that_the_program_closes_is_its_own_affair(write, tmp_path):
    endings = {
        "sys.stdout.close()": 0,
        "os.close(1)": 120,
        "sys.stdout = None": 0,
        "sys.stdin.close()": 0,
        "sys.stderr.close(); 1 / 0": 1,
        "os.close(2); 1 / 0": 120,
        "sys.stderr = None; 1 / 0": 1,
        "del sys.stderr; 1 / 0": 1,
        "sys.stdout = sys.stderr = None; sys.excepthook = None; 1 / 0": 1,
    }
    for ending, status in endings.items():
        source = f"import os, sys\nprint('text')\n{ending}\n"
        write("program.py", source)
        ended = run_alike(tmp_path, "program.py", masked=rb"0x[0-9a-f]+|refcount : \d+")
        assert ended.returncode == status, ending
        assert ended.trace == numbered(source), ending


def test_a_program_may_start_without_its_standard_streams(write, tmp_path):
    write("program.py", "import sys\nsys.exit(3 if sys.stdout is sys.stderr is None else 4)\n")
    for command in (["-m", "swifttrace", "-o", "trace", "program.py"], ["program.py"]):
        shell = 'exec "$@" <&- >&- 2>&-'
        ended = subprocess.run(
            ["sh", "-c", shell, "sh", sys.executable, *command],
            cwd=tmp_path,
            env=clean_environment(),
            check=False,
        )
        assert ended.returncode == 3
