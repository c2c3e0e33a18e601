"""The interpreter ends while the trace is on: what runs then is traced, and ends as ever."""

from __future__ import annotations

import pytest
from conftest import run_python, run_swifttrace

AT_EXIT = """\
import atexit, swifttrace
def before(): print("before")
def after(): print("after")
atexit.register(before)
swifttrace.enable(2)
atexit.register(after)
class Late:
    def __del__(self):
        print("finalized")
kept = Late()
last = 1
"""


def test_functions_registered_before_and_after_enable_are_traced(write):
    ended = run_python(write("program.py", AT_EXIT))
    assert (ended.returncode, ended.stdout) == (0, b"after\nbefore\nfinalized\n")
    lines = ended.stderr.decode().splitlines()
    assert lines[-4:-1] == [
        "+ [    11] last = 1",
        '+ [     3] def after(): print("after")',
        '+ [     2] def before(): print("before")',
    ]
    assert lines[-1] == '+ [     9]         print("finalized")'


DAEMONS = """\
import threading, time
def work():
    n = 0
    while True:
        n += 1
        if n % 1000 == 0: time.sleep(0)
for _ in range(8):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.05)
print("end")
"""


@pytest.mark.parametrize("options", [[], ["-o", "trace"], ["-o", "trace", "--values", "--calls"]])
def test_daemon_threads_that_run_on_are_no_trouble(options, write, tmp_path):
    path = write("program.py", DAEMONS)
    for _ in range(3):
        ended = run_swifttrace("-xx", *options, path, cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (0, b"end\n")
