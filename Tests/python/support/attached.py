"""Programs that run by themselves, and commands that attach to them."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time

import pytest
from conftest import TIMEOUT, clean_environment


def _may_attach():
    """Whether the system lets us attach to what we start."""
    if sys.platform != "linux":
        return False
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1) as process:
        try:
            with open(f"/proc/{process.pid}/mem", "rb"):
                return True
        except OSError:
            return False
        finally:
            process.kill()


needs_ptrace = pytest.mark.skipif(not _may_attach(), reason="ptrace is not allowed here")

LOOP = """\
import sys, time
def step(number):
    double = number + 7
    return double
print("ready", flush=True)
number = 0
while True:
    number = step(number) % 1000
"""
SLEEP = LOOP + "    time.sleep(0.01)\n"


@contextlib.contextmanager
def running(
    program, *arguments, options=(), python=sys.executable, ready=b"ready\n", **environment
):
    """Run a file, or a text by `-c`, until the end of the block."""
    command = [python, *options, *(["-c", program] if isinstance(program, str) else [program])]
    process = subprocess.Popen(
        [*command, *arguments],
        env=clean_environment(**environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout.read(len(ready)) == ready
        yield process
    finally:
        process.kill()
        process.communicate()


def attach(*arguments, subcommand="attach", **how):
    """Run the command to its end."""
    command = [sys.executable, "-m", "swifttrace", subcommand, *map(str, arguments)]
    how = {"capture_output": True, "timeout": TIMEOUT, "env": clean_environment(), **how}
    return subprocess.run(command, **how)


@contextlib.contextmanager
def attaching(*arguments, **how):
    """Run the command until the end of the block."""
    command = [sys.executable, "-m", "swifttrace", "attach", *map(str, arguments)]
    how = {"stdout": -1, "stderr": -1, "env": clean_environment(), **how}
    process = subprocess.Popen(command, **how)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def interrupted(process):
    """Press Ctrl-C; return what the command has printed and said."""
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=TIMEOUT)


def read_until(process, text):
    """Return what is printed up to a text."""
    found = b""
    while text not in found:
        ready, _, _ = select.select([process.stdout], [], [], TIMEOUT)
        data = os.read(process.stdout.fileno(), 65536) if ready else b""
        if not data:
            process.kill()
            said = process.communicate()[1]
            raise AssertionError((found[-1000:], process.returncode, said))
        found += data
    return found


def ours(process):
    """Return which of a process's open files are ours."""
    directory = f"/proc/{process.pid}/fd"
    files = []
    for name in os.listdir(directory):
        with contextlib.suppress(OSError):
            files.append(os.readlink(f"{directory}/{name}"))
    return [file for file in files if "swifttrace" in file]


def wait_until(condition, seconds=15.0):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
