"""`--dump-signal NAME`: a program that hangs is asked where it has been."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import time
from itertools import pairwise

import pytest
from conftest import TIMEOUT, clean_environment, run_python, run_swifttrace
from launching import numbered
from rings import dump_in, dumps_in


@contextlib.contextmanager
def started(*arguments, **options):
    """A traced program, once it has said that it is ready."""
    command = [sys.executable, "-m", "swifttrace", *map(os.fspath, arguments)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(),
        **options,
    ) as running:
        try:
            assert running.stdout.readline() == b"ready\n"
            yield running
        finally:
            running.kill()


def read_dump(running, last_line):
    """Return the dump that comes next, which ends in `last_line`."""
    output = b""
    end = time.monotonic() + TIMEOUT
    while not output.endswith(last_line) and time.monotonic() < end:
        if select.select([running.stderr], [], [], 1)[0]:
            output += os.read(running.stderr.fileno(), 65536)
    return dump_in(output)


def wait_until(running, state):
    """Wait until the main thread is in that state, for a while."""
    end = time.monotonic() + TIMEOUT
    states = []
    while states[-5:] != [state] * 5:
        assert time.monotonic() < end
        time.sleep(0.02)
        with open(f"/proc/{running.pid}/stat") as file:
            states.append(file.read().rpartition(")")[2].split()[0])


SLEEPING, RUNNING = "S", "R"
HUNG = {
    "asleep": ("import time", "time.sleep(60)", SLEEPING),
    "waiting in C": ("import ctypes", "ctypes.CDLL(None).read(0, bytes(9), 9)", SLEEPING),
    "waiting in C with the GIL": (
        "import ctypes",
        "ctypes.PyDLL(None).read(0, bytes(9), 9)",
        SLEEPING,
    ),
    "busy in C": ("import sys", "sum(range(sys.maxsize))", RUNNING),
    "waiting for a lock": (
        "import threading; lock = threading.Lock()",
        "lock.acquire(); lock.acquire()",
        SLEEPING,
    ),
    "waiting for a thread": (
        "import threading; event = threading.Event()",
        "t = threading.Thread(target=event.wait, daemon=True); t.start(); t.join()",
        SLEEPING,
    ),
    "reading": ("import sys", "sys.stdin.read()", SLEEPING),
}


@pytest.mark.parametrize("name", ["USR1", "SIGUSR2"])
@pytest.mark.parametrize("way", HUNG)
def test_a_hung_program_says_where_it_has_been_as_often_as_it_is_asked(way, name, write):
    prepare, hang, state = HUNG[way]
    source = f"{prepare}\nprint('ready', flush=True)\n{hang}\n"
    number = getattr(signal, "SIG" + name.removeprefix("SIG"))
    path = write("program.py", source)
    with started("-xx", "--scope=script", "--last=2", "--dump-signal", name, path) as running:
        wait_until(running, state)
        for _ in range(3):
            running.send_signal(number)
            dump = read_dump(running, numbered(source, 3))
            assert running.poll() is None
        assert dump.process == running.pid
        assert dump[3:] == ("SIG" + name.removeprefix("SIG"), numbered(source, 2, 3))


def test_what_another_thread_hears_while_one_prints_is_answered_after_it(write):
    source = f"""\
import os; os.set_blocking(2, False)
while True:
    try: os.write(2, bytes(4096))
    except BlockingIOError: break
{HUNG["waiting for a thread"][0]}
print("ready", flush=True)
{HUNG["waiting for a thread"][1]}
"""
    path = write("program.py", source)
    with started("-xx", "--scope=script", "--last=2", "--dump-signal=USR1", path) as running:
        wait_until(running, SLEEPING)
        for _ in range(2):
            running.send_signal(signal.SIGUSR1)
            time.sleep(0.1)
        output = b""
        end = time.monotonic() + TIMEOUT
        while output.count(b"t.join()") < 2 and time.monotonic() < end:
            if select.select([running.stderr], [], [], 1)[0]:
                output += os.read(running.stderr.fileno(), 65536).strip(b"\0")
    dumps, _ = dumps_in(output)
    assert [dump[3:] for dump in dumps] == [("SIGUSR1", numbered(source, 6, 7))] * 2


def test_a_busy_loop_says_what_it_does(write):
    source = """\
def loop():
    n = 0
    while True:
        n += 1
        n -= 1
print("ready", flush=True)
loop()
"""
    with started("-xx", "--last=100", "--dump-signal=USR1", write("p.py", source)) as running:
        time.sleep(0.3)
        running.send_signal(signal.SIGUSR1)
        running.send_signal(signal.SIGUSR1)
        time.sleep(0.3)
        running.kill()
        dump = dumps_in(running.stderr.read())[0][0]
    assert dump.shown == 100
    assert dump.count > 1000
    following = {3: 4, 4: 5, 5: 3}
    assert all(following[one] == two for one, two in zip(dump.numbers, dump.numbers[1:]))


def test_asked_while_another_thread_runs_it_prints_lines_that_follow_each_other(write):
    """The main thread, which gets the signal, does not have the GIL."""
    source = """\
import threading
def loop():
    while True:
        n = 0
        n += 1
        n -= 1
threading.Thread(target=loop, name="busy", daemon=True).start()
print("ready", flush=True)
threading.Event().wait()
"""
    path = write("program.py", source)
    with started("-xx", "--scope=script", "--last=5000", "--dump-signal=USR1", path) as running:
        time.sleep(0.5)
        for _ in range(5):
            running.send_signal(signal.SIGUSR1)
            time.sleep(0.1)
        running.kill()
        output = running.stderr.read()
    dumps, rest = dumps_in(output)
    assert rest == b""
    assert len(dumps) >= 1
    following = {3: 4, 4: 5, 5: 6, 6: 3}
    for dump in dumps[:-1]:
        assert 4000 < len(dump.numbers) == dump.shown <= 5000
        assert dump.lines.count(b"+ {busy} [") >= 4000
        busy = [number for number in dump.numbers if number in following]
        assert all(following[one] == two for one, two in pairwise(busy[4:]))


def test_asked_again_and_again_while_code_comes_and_goes(write):
    """Memory of lines that are no longer kept is used again, but not under a reader."""
    source = """\
import signal, threading, time, os
def make():
    n = 0
    while True:
        n += 1
        code = compile(f"x = {n}\\n" * (n % 50 + 1), f"<made {n}>", "exec")
        exec(code, {})
threading.Thread(target=make, name="maker", daemon=True).start()
print("ready", flush=True)
end = time.time() + 2
while time.time() < end:
    os.kill(os.getpid(), signal.SIGUSR1)
    time.sleep(0.001)
"""
    path = write("program.py", source)
    ended = run_swifttrace(
        "-xxx", "--scope=script", "--include=<made*", "--last=600", "--dump-signal=USR1", path
    )
    assert ended.returncode == 0
    dumps, rest = dumps_in(ended.stderr)
    assert rest == b""
    assert len(dumps) > 10
    wanted = re.compile(
        rb"\+ (\{\w+\} )?\[ *[^\s\]]*(program\.py|<made \d+>):\d+ *\] .*|\+ \{maker\} \[ *\S.*"
    )
    for dump in dumps:
        assert dump.shown == len(dump.lines.splitlines())
        for line in dump.lines.splitlines():
            assert wanted.fullmatch(line), line


ENDING = {"TERM": b"", "HUP": b"", "INT": None, "QUIT": b"", "ALRM": b""}


@pytest.mark.parametrize("name", ENDING)
def test_a_signal_that_ends_the_program_does_so_after_the_last_lines(name, write):
    source = "import time\nprint('ready', flush=True)\ntime.sleep(60)\n"
    path = write("program.py", source)
    number = getattr(signal, f"SIG{name}")
    with started("-xx", "--last=2", f"--dump-signal={name}", path) as running:
        wait_until(running, SLEEPING)
        running.send_signal(number)
        output = running.stderr.read()
        assert running.wait(TIMEOUT) == -number
    dumps, rest = dumps_in(output)
    assert dumps[0][3:] == (f"SIG{name}", numbered(source, 2, 3))
    if name == "INT":  # which is an exception, too
        assert rest.endswith(b"KeyboardInterrupt\n")
        assert [dump.reason for dump in dumps[1:]] == ["an uncaught exception"]
    else:
        assert (dumps[1:], rest) == ([], b"")


def test_ctrl_c_still_wakes_a_program_that_waits(write):
    """A handler that has calls to the system go on would have it wait for ever."""
    source = """\
import os, signal
print("ready", flush=True)
try:
    os.read(0, 1)
except KeyboardInterrupt:
    print("woken", flush=True)
"""
    with started("--last=2", "--dump-signal=INT", write("p.py", source)) as running:
        wait_until(running, SLEEPING)
        running.send_signal(signal.SIGINT)
        assert running.stdout.readline() == b"woken\n"
        assert running.wait(TIMEOUT) == 0
        assert dump_in(running.stderr.read()).reason == "SIGINT"


def test_a_call_that_nothing_would_interrupt_is_not_interrupted(write):
    source = """\
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print("ready", flush=True)
buffer = ctypes.create_string_buffer(8)
print(libc.read(0, buffer, 8), ctypes.get_errno())
"""
    with started("--last=2", "--dump-signal=USR1", write("p.py", source)) as running:
        wait_until(running, SLEEPING)
        running.send_signal(signal.SIGUSR1)
        time.sleep(0.2)
        running.stdin.write(b"12345\n")
        running.stdin.flush()
        assert running.stdout.readline() == b"6 0\n"


@pytest.mark.parametrize(
    "blocks", ["os.read(0, 1)", "time.sleep(60)", "select.select([0], [], [])"]
)
def test_the_program_s_own_handler_runs_at_once_after_the_lines(blocks, write):
    """One that was set before: ours hands on to it."""
    source = f"""\
import os, select, signal, swifttrace, time
def handler(number, frame):
    print("own handler", number, flush=True)
    raise SystemExit(7)
signal.signal(signal.SIGTERM, handler)
swifttrace.enable(2, last=2, dump_signal="TERM")
print("ready", flush=True)
{blocks}
"""
    # By the launcher only because that waits for "ready".
    with started("--no-follow", "-x", "-o", "/dev/null", write("p.py", source)) as running:
        wait_until(running, SLEEPING)
        running.send_signal(signal.SIGTERM)
        assert running.stdout.readline() == b"own handler 15\n"
        assert running.wait(TIMEOUT) == 7
        assert dump_in(running.stderr.read())[3:] == ("SIGTERM", numbered(source, 7, 8))


def test_a_handler_that_is_set_later_takes_the_signal_over(write):
    source = """\
import os, signal
assert signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL
before = signal.signal(signal.SIGUSR1, lambda *_: print("own handler", flush=True))
assert before is signal.SIG_DFL
os.kill(os.getpid(), signal.SIGUSR1)
"""
    ended = run_swifttrace("--last=2", "--dump-signal=USR1", write("p.py", source))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"own handler\n", b"")


def test_a_signal_that_does_nothing_by_itself_goes_on_doing_nothing(write):
    """And one that the program ignores; each prints as often as it comes."""
    source = """\
import os, signal
for _ in range(3):
    os.kill(os.getpid(), signal.SIG{0})
print("alive")
"""
    for name in ("CHLD", "WINCH", "URG", "CONT"):
        path = write("program.py", source.format(name))
        ended = run_swifttrace("--last=2", f"--dump-signal={name}", path)
        assert (ended.returncode, ended.stdout) == (0, b"alive\n")
        dumps, rest = dumps_in(ended.stderr)
        number = getattr(signal, f"SIG{name}").value
        assert ([dump.reason for dump in dumps], rest) == ([f"signal {number}"] * 3, b"")
    ended = run_swifttrace(
        "--last=2",
        "--dump-signal=HUP",
        write("program.py", source.format("HUP")),
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    assert (ended.returncode, ended.stdout) == (0, b"alive\n")
    assert [dump.reason for dump in dumps_in(ended.stderr)[0]] == ["SIGHUP"] * 3


def test_a_signal_that_stops_the_program_stops_it_each_time(write):
    source = "import time\nprint('ready', flush=True)\ntime.sleep(60)\n"
    with started(
        "-xx", "--last=2", "--dump-signal=TSTP", write("p.py", source), process_group=0
    ) as running:
        for _ in range(2):
            wait_until(running, SLEEPING)
            running.send_signal(signal.SIGTSTP)
            assert os.WIFSTOPPED(os.waitpid(running.pid, os.WUNTRACED)[1])
            assert (
                read_dump(running, numbered(source, 3)).reason == f"signal {signal.SIGTSTP.value}"
            )
            running.send_signal(signal.SIGCONT)


def test_a_timer_s_signal_ends_the_program_too(write):
    """The kernel sends it, not a process."""
    source = "import signal, time\nsignal.setitimer(signal.ITIMER_REAL, 0.1)\ntime.sleep(60)\n"
    ended = run_swifttrace("-xx", "--last=2", "--dump-signal=ALRM", write("p.py", source))
    assert ended.returncode == -signal.SIGALRM
    assert dump_in(ended.stderr)[3:] == ("SIGALRM", numbered(source, 2, 3))


def test_ctrl_c_of_a_terminal_ends_the_program_too(write, tmp_path):
    source = """\
import os, pty, signal, swifttrace, sys, time
child, terminal = pty.fork()
if child == 0:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    swifttrace.enable(2, last=1, dump_signal="INT")
    print("ready", flush=True)
    time.sleep(60)
    os._exit(0)
output = b""
while b"ready" not in output:
    output += os.read(terminal, 1000)
time.sleep(0.2)
os.write(terminal, b"\\x03")
try:
    while True:
        output += os.read(terminal, 1000)
except OSError:
    pass
print(os.waitpid(child, 0)[1])
sys.stdout.flush()
os.write(1, output)
"""
    ended = run_python(write("program.py", source))
    assert ended.stdout.startswith(b"2\n"), ended
    assert b"of 2 lines, at SIGINT\r\n" in ended.stdout


def test_blocks_put_the_signal_back(write):
    source = """\
import os, signal, swifttrace
with swifttrace.trace(2, last=1, dump_signal="USR1"):
    os.kill(os.getpid(), signal.SIGUSR1)
    with swifttrace.trace(2, last=1, dump_signal="USR2"):
        os.kill(os.getpid(), signal.SIGUSR2)
    os.kill(os.getpid(), signal.SIGUSR1)
os.kill(os.getpid(), signal.SIGUSR1)
"""
    ended = run_python(write("program.py", source))
    assert ended.returncode == -signal.SIGUSR1
    dumps, rest = dumps_in(ended.stderr)
    assert [(dump.reason, dump.numbers) for dump in dumps] == [
        ("SIGUSR1", [3]),
        ("SIGUSR2", [5]),
        ("SIGUSR1", [6]),
    ]
    assert rest == b""


BAD = {
    "KILL": "dump_signal must be the name of a signal that can be caught, not 'KILL'",
    "SIGSTOP": "dump_signal must be the name of a signal that can be caught, not 'SIGSTOP'",
    "": "dump_signal must be the name of a signal that can be caught, not ''",
    "SIG": "dump_signal must be the name of a signal that can be caught, not 'SIG'",
    "_DFL": "dump_signal must be the name of a signal that can be caught, not '_DFL'",
    "usr1": "dump_signal must be the name of a signal that can be caught, not 'usr1'",
    "10": "dump_signal must be the name of a signal that can be caught, not '10'",
    "USR1 ": "dump_signal must be the name of a signal that can be caught, not 'USR1 '",
    "SIGSIGUSR1": "dump_signal must be the name of a signal that can be caught, not 'SIGSIGUSR1'",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_name_is_one_line(name, write):
    path = write("program.py", "print(1)\n")
    ended = run_swifttrace("--last=5", f"--dump-signal={name}", path)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.decode() == f"swifttrace: {BAD[name]} (try --help)\n"


def test_a_signal_without_a_number_of_lines_is_one_line(write):
    ended = run_swifttrace("--dump-signal=USR1", write("program.py", "print(1)\n"))
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr == b"swifttrace: dump_signal needs last (try --help)\n"
    ended = run_python("-c", "import swifttrace; swifttrace.enable(last=1, dump_signal=10)")
    assert ended.stderr.endswith(b"TypeError: dump_signal must be a signal's name, not 10\n")


# -- children --------------------------------------------------------------------------


def test_a_child_by_the_environment_is_asked_by_the_same_signal(write):
    child = write("child.py", "import os, signal\ny = 1\nos.kill(os.getpid(), signal.SIGUSR1)\n")
    source = f"import subprocess, sys\nsubprocess.run([sys.executable, {str(child)!r}])\n"
    ended = run_swifttrace("-xx", "--last=2", "--dump-signal=USR1", write("p.py", source))
    assert ended.returncode == 0
    wanted = b"++ [     2] y = 1\n++ [     3] os.kill(os.getpid(), signal.SIGUSR1)\n"
    assert dump_in(ended.stderr)[3:] == ("SIGUSR1", wanted)


def test_forked_children_are_asked_each_for_its_own_lines(write):
    source = """\
import os, signal
x = 1
child = os.fork()
if child == 0:
    y = 2
    os.kill(os.getpid(), signal.SIGUSR1)
    os._exit(0)
os.waitpid(child, 0)
os.kill(os.getpid(), signal.SIGUSR1)
"""
    ended = run_swifttrace("-xx", "--last=3", "--dump-signal=USR1", write("p.py", source))
    assert ended.returncode == 0
    dumps, rest = dumps_in(ended.stderr)
    assert rest == b""
    assert [dump.lines for dump in dumps] == [
        numbered(source, 4, 5, 6).replace(b"+ ", b"++ "),
        numbered(source, 4, 8, 9),
    ]


def test_a_program_that_replaces_a_traced_one_is_not_ended_by_what_was_asked_for(write):
    """It is traced too, from its start on."""
    source = "import os, sys\nos.execv(sys.executable, [sys.executable, sys.argv[1]])\n"
    after = write(
        "after.py", "import os, signal\nos.kill(os.getpid(), signal.SIGUSR1)\nprint('end')\n"
    )
    ended = run_swifttrace("-xx", "--last=3", "--dump-signal=USR1", write("p.py", source), after)
    assert (ended.returncode, ended.stdout) == (0, b"end\n")
    assert dump_in(ended.stderr).numbers == [1, 2]
