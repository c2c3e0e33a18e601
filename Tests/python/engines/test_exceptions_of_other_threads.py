"""What another thread raises (`PyThreadState_SetAsyncExc`) reaches the program, wherever it is."""

from __future__ import annotations

import pytest
from conftest import run_swifttrace

PROGRAM = """\
import ctypes, os, sys, threading, time
class Stop(Exception):
    pass
def work():
    numbers = list(range(20))
    try:
        began.set()
        while True:
            numbers = numbers[1:] + [len(numbers)]
    except Stop:
        caught.append(Stop)
caught = []
for round in range(40):
    began = threading.Event()
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    began.wait()
    time.sleep(0.001 + round / 10000)
    number = ctypes.c_ulong(thread.ident)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(number, ctypes.py_object(Stop))
    thread.join(20)
    if thread.is_alive():
        break
print(len(caught), "of", round + 1, flush=True)
os._exit(0)
"""
OPTIONS = ("--watch sys.path", "--watch len(sys.path)", "--watch numbers", "--values=repr", "-ddd")


@pytest.mark.parametrize("options", OPTIONS)
def test_it_is_caught_where_the_program_catches_it(options, write, tmp_path):
    path = write("program.py", PROGRAM)
    ended = run_swifttrace("-xx", *options.split(), "-o", "trace", path, cwd=tmp_path)
    assert (ended.stdout, ended.stderr) == (b"40 of 40\n", b"")
