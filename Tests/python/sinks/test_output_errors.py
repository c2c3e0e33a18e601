"""A file that cannot be written: what is said of it is what the system says."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess

import pytest
from conftest import run_swifttrace

SCRIPT = """\
import subprocess, sys
{change}
for i in range({count}):
    x = i
print("end")
"""


def stopped(ended):
    """Return why the trace stopped; the program ran to its end."""
    assert (ended.returncode, ended.stdout) == (0, b"end\n"), ended.stderr
    first, _, rest = ended.stderr.decode().partition("\n")
    assert rest == ""
    return first.removeprefix("swifttrace: trace stopped: ")


@pytest.fixture
def immutable(tmp_path):
    """Return the command that has a file take no more writes; skip where that is not to be had."""
    path = tmp_path / "probe"
    path.touch()
    command = shutil.which("chattr")
    if command is None or subprocess.run([command, "+i", path], capture_output=True).returncode:
        pytest.skip("no chattr +i here")
    subprocess.run([command, "-i", path], check=True)
    yield command
    for made in tmp_path.iterdir():
        subprocess.run([command, "-i", made], capture_output=True, check=False)


@pytest.mark.parametrize("more", [[], ["--last=100"]], ids=["lines", "ring"])
@pytest.mark.parametrize("count", [3, 40_000])
def test_a_file_that_is_made_immutable(write, tmp_path, immutable, count, more):
    change = f'subprocess.run(["{immutable}", "+i", "trace"])'
    path = write("script.py", SCRIPT.format(change=change, count=count))
    ended = run_swifttrace("-xx", "-o", "trace", *more, path, cwd=tmp_path)
    if not more:
        assert stopped(ended) == f"cannot write: {os.strerror(errno.EPERM)}"
    assert (ended.returncode, ended.stdout) == (0, b"end\n")
    assert b"cut by another process" not in ended.stderr


# Files of the kernel's that a write does no harm to.
@pytest.mark.parametrize("name", ["/proc/self/comm", "/proc/thread-self/comm"])
def test_a_file_of_the_kernel_that_keeps_no_length(write, tmp_path, name):
    path = write("script.py", SCRIPT.format(change="", count=3))
    ended = run_swifttrace("-xx", "-o", name, path, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"end\n", b"")


@pytest.mark.parametrize(
    ("name", "number"),
    {
        "/proc/version": errno.EIO,
        "/proc/self/oom_score_adj": errno.EINVAL,
        "/dev/full": errno.ENOSPC,
    }.items(),
)
def test_a_file_of_the_kernel_that_refuses(write, tmp_path, name, number):
    if not os.access(name, os.W_OK):
        pytest.skip(f"{name} cannot be opened for writing here")
    path = write("script.py", SCRIPT.format(change="", count=3))
    ended = run_swifttrace("-xx", "-o", name, path, cwd=tmp_path)
    assert stopped(ended) == f"cannot write: {os.strerror(number)}"


def test_a_file_that_was_cut_is_said_to_be(write, tmp_path):
    change = 'open("trace", "w").close()'
    path = write("script.py", SCRIPT.format(change=change, count=40_000))
    ended = run_swifttrace("-xx", "-o", "trace", path, cwd=tmp_path)
    assert stopped(ended) == "the file was cut by another process"
