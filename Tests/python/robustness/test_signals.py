"""Signals at every moment: handlers are traced, and what they raise arrives."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections import Counter

import pytest
from conftest import run_python, run_swifttrace
from launching import start_swifttrace

# The program says how often each of its lines has to be there.
STORM = """\
import signal
rings = 0
def ring(number, frame):
    global rings
    rings += 1
    helper(rings)
def helper(n):
    return n * 2
signal.signal(signal.SIGALRM, ring)
signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.0003)
total = turns = 0
while turns < 20_000 or rings < 50:
    total += turns
    turns += 1
signal.setitimer(signal.ITIMER_REAL, 0)
print(total == sum(range(turns)), turns, rings)
"""
RAISING = """\
import signal
class Rung(Exception): pass
def ring(number, frame):
    raise Rung
def loop():
    n = 0
    while True:
        n += 1
signal.signal(signal.SIGALRM, ring)
caught = 0
for turn in range(100):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0003)
        loop()
    except Rung:
        caught += 1
print(caught)
"""
WAYS = {
    "file": ["-o", "trace"],
    "standard error": [],
    "values and calls": ["-o", "trace", "--values", "--calls"],
    "fields": ["-o", "trace", "--show", "task,thread,depth", "--time"],
}


def counted(ended, directory):
    """How often each line is there, without what is said of values and calls."""
    trace = directory / "trace"
    text = trace.read_bytes() if trace.exists() else ended.stderr
    found = re.findall(rb"(?m)^[^\[\n]*\[ +(\d+)\] +(?!# |=> |<= |!! )\S", text)
    return Counter(map(int, found))


# With values handlers may run while one is read, without their lines.
@pytest.mark.parametrize("way", [way for way in WAYS if "values" not in way])
def test_every_line_of_handlers_in_a_storm_of_signals_is_there(way, write, tmp_path):
    path = write("program.py", STORM)
    ended = run_swifttrace("-xx", *WAYS[way], path, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr[-500:]
    said, turns, rings = ended.stdout.split()
    assert said == b"True"
    found = counted(ended, tmp_path)
    assert (found[5], found[6], found[8]) == (int(rings),) * 3
    assert (found[13], found[14]) == (int(turns),) * 2


@pytest.mark.parametrize("way", WAYS)
def test_what_handlers_raise_arrives_each_time(way, write, tmp_path):
    path = write("program.py", RAISING)
    ended = run_swifttrace("-xx", *WAYS[way], path, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"100\n"), ended.stderr[-500:]
    found = counted(ended, tmp_path)
    assert found[15] == 100
    assert found[4] == 100 or "values" in way


UNBOUND = """\
import signal
class Rung(Exception): pass
rung = caught = 0
def ring(number, frame):
    global rung
    rung += 1
    raise Rung
def loop():
    n = 0
    while n < 3000:
        n += 1
    without = values = until = here = 1
signal.signal(signal.SIGALRM, ring)
for turn in range(200):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0003)
        loop()
        signal.setitimer(signal.ITIMER_REAL, 0)
    except Rung:
        caught += 1
print(rung > 100, rung - caught)
"""


def test_what_handlers_raise_while_values_are_read_is_not_lost(write, tmp_path):
    path = write("program.py", UNBOUND)
    ended = run_swifttrace("-xx", "--values", "-o", "trace", path, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"True 0\n"), ended.stderr[-500:]


def test_signals_while_threads_enable_and_disable_are_heard(write):
    source = """\
import os, signal, threading, swifttrace
rings, stop = [], threading.Event()
def ring(number, frame): rings.append(number)
signal.signal(signal.SIGALRM, ring)
def switch():
    while not stop.is_set():
        swifttrace.enable(2, output=os.devnull)
        swifttrace.disable()
thread = threading.Thread(target=switch)
thread.start()
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
while len(rings) < 100:
    swifttrace.enable(2, last=10)
    swifttrace.disable()
signal.setitimer(signal.ITIMER_REAL, 0)
stop.set()
thread.join()
print("done")
"""
    ended = run_python(write("program.py", source))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"done\n", b"")


ENDLESS = """\
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
n = 0
print("ready", flush=True)
try:
    while True:
        n += 1
except KeyboardInterrupt:
    print(n, flush=True)
"""


@pytest.mark.parametrize("moment", [0.05, 0.1, 0.17])
def test_ctrl_c_in_the_middle_of_writes_to_a_slow_pipe_loses_no_line(moment, write):
    path = write("program.py", ENDLESS)
    reading, writing = os.pipe()
    with start_swifttrace(
        "-xx", "--fd", str(writing), path, pass_fds=[writing], stdout=subprocess.PIPE
    ) as running:
        os.close(writing)
        assert running.stdout.readline() == b"ready\n"
        trace = read_slowly(reading, moment)
        running.send_signal(signal.SIGINT)
        while piece := os.read(reading, 4096):
            trace += piece
        turns = int(running.stdout.read())
        assert running.wait(30) == 0
    os.close(reading)
    lines = trace.decode().splitlines()
    assert all(re.fullmatch(r"\+ \[ +\d+\] .*|# .*", line) for line in lines)
    assert sum("n += 1" in line for line in lines) - turns in (0, 1)
    assert "+ [     9]     print(n, flush=True)" in lines


def read_slowly(descriptor, seconds):
    """Read a little now and then, so that the writer has to wait in the middle of a line."""
    end = time.monotonic() + seconds
    read = b""
    while time.monotonic() < end:
        read += os.read(descriptor, 777)
        time.sleep(0.005)
    return read
