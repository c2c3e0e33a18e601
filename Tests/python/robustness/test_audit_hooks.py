"""Audit hooks (PEP 578): what they hear of us, and what they raise."""

from __future__ import annotations

import ast
import re

import pytest
from conftest import run_python, run_swifttrace

WORK = """\
from contextlib import contextmanager
import threading
class Thing:
    def __init__(self): self.a = 1
    def __repr__(self): return "Thing"
def gen():
    try: yield 1
    except ValueError: yield 2
def waits(): yield from gen()
@contextmanager
def managed():
    try: yield
    finally: pass
def f(n, password="x"):
    total = 1
    thing = Thing()
    try: 1 / 0
    except ZeroDivisionError: pass
    try:
        with managed(): raise KeyError
    except KeyError: pass
    g = waits(); next(g); g.throw(ValueError)
    for i in range(n): total += i; thing.a = total
    return [total, thing]
def work():
    f(3)
    thread = threading.Thread(target=f, args=(2,)); thread.start(); thread.join()
    namespace = {}
    exec(made, namespace)
    namespace["g"]()
made = compile("def g():\\n    x = 1\\n    return x\\n", "<made>", "exec")
"""
HEARD = f"""\
import sys
{WORK}
heard, is_on = [], True
def hook(event, args):
    if is_on: heard.append(event)
sys.addaudithook(hook)
work()
is_on = False
print(sorted(heard))
"""
RAISES = f"""\
import sys
{WORK}
quiet = ("_thread.", "exec", "threading.")
def hook(event, args):
    if is_on and event not in done and not event.startswith(quiet):
        raise RuntimeError("none of that: " + event)
done, is_on = set(), True
sys.addaudithook(hook)
work()
is_on = False
print("end")
"""
OPTIONS = {
    "lines": (),
    "files": ("-xxx", "--scope=all"),
    "values": ("--values",),
    "repr": ("--values=repr",),
    "calls": ("--calls",),
    "depth": ("--show=depth,module,function,task,thread,pid",),
    "template": ("--format={depth} {function} {line}",),
    "watch": ("--watch=thing.a",),
    "watch of a name": ("--watch=total",),
    "watch that fails": ("--watch=nothing.at.all",),
    "colours": ("--color=always",),
    "cut": ("--cut=40",),
    "log": ("-d", "--debug-log=log"),
    "log of calls": ("-dd", "--debug-log=log"),
    "log of everything": ("-ddd", "--debug-log=log", "--values", "--calls"),
    "everything": ("--values", "--calls", "--watch=thing.a", "-ddd", "--debug-log=log"),
}
every_option = pytest.mark.parametrize("options", OPTIONS.values(), ids=list(OPTIONS))


@every_option
def test_hooks_hear_of_nothing_that_the_program_has_not_done(options, write, tmp_path):
    path = write("program.py", HEARD)
    plain = run_python(path, cwd=tmp_path)
    traced = run_swifttrace(*options, path, cwd=tmp_path)
    assert (plain.returncode, traced.returncode) == (0, 0), traced.stderr
    heard, wanted = (ast.literal_eval(ended.stdout.decode()) for ended in (traced, plain))
    if "repr" in str(options):  # A repr that takes too long is ended by a thread.
        heard, wanted = ([e for e in events if "thread" not in e] for events in (heard, wanted))
    assert heard == wanted


@every_option
def test_what_hooks_raise_at_our_calls_is_not_raised_in_the_program(options, write, tmp_path):
    path = write("program.py", RAISES)
    plain = run_python(path, cwd=tmp_path)
    assert (plain.returncode, plain.stdout, plain.stderr) == (0, b"end\n", b"")
    traced = run_swifttrace(*options, path, cwd=tmp_path)
    assert (traced.returncode, traced.stdout) == (0, b"end\n"), traced.stderr
    assert b"Traceback" not in traced.stderr
    # The trace goes on to the end.
    if "--watch" not in str(options):
        plainly = re.sub(rb"\x1b\[[0-9;]*m", b"", traced.stderr)
        assert b"done, is_on = set(), True" in plainly
        assert b'print("end")' in plainly


API = """\
import sys, swifttrace
{warm}
def hook(event, args):
    if is_on: raise RuntimeError("none of that: " + event)
is_on = True
sys.addaudithook(hook)
def f():
    a = 1
{use}
is_on = False
print("end", swifttrace.status().enabled)
"""
USES = {
    "enable": "swifttrace.enable(1)\nf()\nswifttrace.disable()",
    "enable that is followed": "swifttrace.enable(1, follow=True)\nf()\nswifttrace.disable()",
    "enable with depth": "swifttrace.enable(1, show='depth')\nf()\nswifttrace.disable()",
    "a block": "with swifttrace.trace(1): f()",
    "a decorator": "swifttrace.trace(1)(f)()",
    "a ring and then lines": (
        "swifttrace.enable(1, last=10)\nf()\nswifttrace.enable(1)\nf()\nswifttrace.disable()"
    ),
}
WARM = "swifttrace.enable(1, last=3, follow=True); swifttrace.disable()\n@swifttrace.trace(1)\ndef warm(): pass"


@pytest.mark.parametrize("use", USES.values(), ids=list(USES))
def test_traces_begin_and_end_whatever_hooks_raise(use, write):
    ended = run_python(write("program.py", API.format(warm=WARM, use=use)))
    assert (ended.returncode, ended.stdout) == (0, b"end False\n"), ended.stderr
    assert b"     a = 1\n" in ended.stderr
