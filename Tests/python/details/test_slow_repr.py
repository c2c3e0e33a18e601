"""A `__repr__` that never ends, by `--values=repr`: it is ended, and by no thread of ours."""

from __future__ import annotations

import re
import sys

import pytest
from conftest import run_python, run_swifttrace
from launching import skip_without

SLOW = re.compile(r"# \w+ = <Slow #\d+: its repr took over 0\.2 s>")


def run(write, source, *options):
    ended = run_swifttrace("-xx", "--values=repr", *options, write("script.py", source))
    assert ended.returncode == 0, ended.stderr.decode()
    return ended


def slow(*lines):
    """A class whose repr is the lines."""
    return "class Slow:\n    def __repr__(self):\n" + "".join(f"        {x}\n" for x in lines)


ENDLESS = slow("while True: pass")


@pytest.mark.parametrize(
    "patching",
    {
        "gevent": "from gevent import monkey; monkey.patch_all()\n",
        "eventlet": "import eventlet; eventlet.monkey_patch()\n",
        "mock": "import _thread, threading, time, signal\n"
        "for module in _thread, threading, time, signal:\n"
        "    for name in dir(module):\n"
        "        if callable(getattr(module, name)) and not name.startswith('__'):\n"
        "            setattr(module, name, None)\n",
    }.values(),
    ids=["gevent", "eventlet", "mock"],
)
def test_whatever_the_program_has_patched(write, patching):
    for name in ("gevent", "eventlet"):
        if name in patching:
            skip_without(name)
    source = f"{patching}{ENDLESS}s = Slow()\nprint('end')\n"
    # eventlet 0.40 and later warn of themselves.
    path = write("script.py", source)
    ended = run_python("-W", "ignore", "-m", "swifttrace", "-xx", "--values=repr", path)
    assert (ended.returncode, ended.stdout) == (0, b"end\n"), ended.stderr.decode()
    assert SLOW.search(ended.stderr.decode())


CATCHING = {
    "everything": ["while True:", "    try:", "        while True: pass"]
    + ["    except BaseException: pass"],
    "and goes on": ["while True:", "    try:", "        while True: len('')"]
    + ["    except BaseException: continue"],
    "and begins anew": ["try:", "    while True: pass", "except BaseException:"]
    + ["    return self.__repr__()"],
    "by a context manager": ["import contextlib", "while True:"]
    + ["    with contextlib.suppress(BaseException):", "        while True: pass"],
    "nothing, in calls": ["def f(): return [g() for _ in range(9)]", "def g(): return 1"]
    + ["while True: f()"],
    "nothing, and recurses": ["def f(n): return f(n - 1) + f(n - 1) if n else 1"]
    + ["return str(f(900))"],
}


@pytest.mark.parametrize("lines", CATCHING.values(), ids=CATCHING)
def test_whatever_it_catches(write, lines):
    ended = run(write, f"{slow(*lines)}s = Slow()\nprint('end')\n")
    assert ended.stdout == b"end\n"
    assert SLOW.search(ended.stderr.decode())


def test_in_each_thread_and_with_all_signals_blocked(write):
    source = f"""\
import signal, threading
{ENDLESS}
def work():
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    s = Slow()
threads = [threading.Thread(target=work) for _ in range(3)]
for t in threads: t.start()
for t in threads: t.join()
print("end")
"""
    ended = run(write, source, "--depth=1")
    assert ended.stdout == b"end\n"
    assert SLOW.search(ended.stderr.decode())


def test_no_thread_is_there_for_a_fork_to_warn_of(write):
    source = """\
import os, warnings
warnings.simplefilter("error")
class A:
    def __repr__(self):
        assert len(os.listdir("/proc/self/task")) == 1
        return "A"
for i in range(100):
    a = A()
    pid = os.fork()
    if pid == 0: os._exit(0)
    os.waitpid(pid, 0)
print("end")
"""
    ended = run(write, source)
    assert ended.stdout == b"end\n"
    assert ended.stderr.count(b"# a = A") == 100


def test_what_it_leaves_to_the_program_is_as_it_was(write):
    source = """\
import signal, sys
class A:
    def __repr__(self): return "A"
def state():
    return (signal.getitimer(signal.ITIMER_REAL), signal.pthread_sigmask(0, ()),
            [signal.getsignal(n) for n in signal.valid_signals()])
before = state()
a = A()
assert state() == before
print("end")
"""
    assert run(write, source).stdout == b"end\n"


GREENLETS = """\
from gevent import monkey; monkey.patch_all()
import gevent, sys
class P:
    def __repr__(self): return "P()"
def work(name):
    for i in range(5):
        p = P()
        q = name
    gevent.sleep(0)
gevent.joinall([gevent.spawn(work, name) for name in "ab"])
"""


def test_greenlets_do_not_switch_within_a_line(write):
    skip_without("gevent")
    path = write("script.py", GREENLETS)
    plain, shown = (run_swifttrace("-xx", *more, path) for more in ((), ("--values=repr",)))
    assert plain.returncode == shown.returncode == 0
    lines = [re.sub(rb"{.*?} ", b"", x) for x in shown.stderr.splitlines() if b"] #" not in x]
    lines = [x for x in lines if not re.search(rb"\] +# ", x)]
    assert lines == [re.sub(rb"{.*?} ", b"", x) for x in plain.stderr.splitlines()]


def test_what_another_greenlet_does_meanwhile_is_not_ended(write):
    skip_without("gevent")
    source = """\
import gevent, time
class Slow:
    def __repr__(self):
        gevent.sleep(0.9)
        while True: pass
def spin():
    end = time.monotonic() + 0.5
    while time.monotonic() < end: pass
    print("spun")
gevent.sleep(0)
other = gevent.spawn(spin)
s = Slow()
other.join()
print(other.exception)
"""
    ended = run(write, source)
    assert ended.stdout == b"spun\nNone\n"
    assert SLOW.search(ended.stderr.decode())


@pytest.mark.skipif(sys.platform != "linux", reason="the timer is Linux's")
def test_the_signal_does_otherwise_what_it_does_untraced(write):
    source = """\
import os, signal
class A:
    def __repr__(self): return "A"
a = A()
if os.fork() == 0:
    os.kill(os.getpid(), signal.SIGRTMAX - 1)
    os._exit(0)
print(os.wait()[1] == signal.SIGRTMAX - 1)
"""
    assert run(write, source).stdout == b"True\n"


def test_a_module_is_not_asked(write):
    """Its repr reads attributes, which load a lazy module."""
    script = """\
import importlib.util, sys, types
def missing(name):
    print(name)
    raise AttributeError(name)
class Lazy(types.ModuleType):
    __getattr__ = staticmethod(missing)
lazy = Lazy("lazy")
spec = importlib.util.find_spec("colorsys")
spec.loader = importlib.util.LazyLoader(spec.loader)
other = importlib.util.module_from_spec(spec)
spec.loader.exec_module(other)
both = [lazy, {1: other}]
print(type(other).__name__)
"""
    ended = run_swifttrace("-xx", "--values=repr", "--calls", write("script.py", script))
    assert ended.stdout == b"_LazyModule\n", ended.stderr.decode()
    assert b"# lazy = <Lazy #1" in ended.stderr
