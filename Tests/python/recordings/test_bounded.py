"""`record --max-size`, `--max-age` and `--keep`: the last lines of a run, in a file of that size."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import pytest
from conftest import clean_environment, run_python, run_swifttrace
from test_record import LONG, comparable, shown

SIZE = 1 << 20

WORK = """\
import sys
class Item:
    pass
def odd(number):
    if number & 1:
        return number
    return None
item = Item()
for number in range(int(sys.argv[1])):
    item.x = odd(number)
    if number % 10_000 == 0:
        exec(compile(f"def made():\\n    return {number}\\nmade()", f"<made {number}>", "exec"))
print("done")
"""


@pytest.mark.parametrize(
    ("options", "rounds"),
    [
        (["-xx"], 300_000),
        (["-xxx", "--paths=absolute"], 300_000),
        (["--show=thread"], 300_000),
        (["--values", "--calls", "-xx"], 40_000),
        (["--format={lineno}:{line}"], 40_000),
    ],
    ids=str,
)
def test_the_file_keeps_its_size_and_has_the_last_lines(options, rounds, write, tmp_path):
    program = write("work.py", WORK)
    text, recording = tmp_path / "work.log", tmp_path / "work.swt"
    options = [*options, "--no-banner"]
    run_swifttrace(*options, "-o", text, program, str(rounds), cwd=tmp_path)
    ended = run_swifttrace(
        *("record", "--max-size", "1M", *options, "-o", recording, program, str(rounds)),
        cwd=tmp_path,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"done\n", b"")
    assert SIZE // 2 < recording.stat().st_size <= SIZE
    kept, whole = shown(recording), text.read_text()
    if "--values" in options:
        kept, whole = comparable(kept), comparable(whole)
    # Not by assert, which would print them.
    assert [whole.endswith(kept), len(kept) > 200_000] == [True, True]
    assert kept.endswith(shown(recording, "--last", "3"))


def test_what_is_kept_is_folded_and_counted(write, tmp_path):
    program = write("work.py", WORK)
    run_swifttrace("record", "--max-size=1M", "-xx", program, "400000", cwd=tmp_path)
    recording = tmp_path / "work.swt"
    lines = shown(recording).count("\n")
    folded = shown(recording, "--fold")
    assert f"{lines:,} lines" in folded.splitlines()[0] or f"{lines - 1:,} lines" in folded
    counted = shown(recording, "--count").splitlines()
    odd = [line for line in counted if line.endswith("    if number & 1:")]
    assert len(odd) == 1
    assert int(odd[0].split()[0].replace(",", "")) > 80_000


def test_kill_9_at_any_moment_leaves_the_last_lines(write, tmp_path, moments):
    program, progress, recording = write("long.py", LONG), tmp_path / "done", tmp_path / "long.swt"
    program.write_text(LONG.replace("100_000", "1_000_000"))
    for moment in range(0, moments, 4):
        progress.write_bytes(bytes(8))
        command = [sys.executable, "-m", "swifttrace", "record", "-xx", "--no-banner"]
        with subprocess.Popen(
            [*command, "--max-size=1M", "-o", recording, program, progress],
            env=clean_environment(),
        ) as running:
            wanted = 200_000 + moment * 14_513 % 400_000
            while int.from_bytes(progress.read_bytes(), "little") < wanted:
                assert running.poll() is None
            running.send_signal(signal.SIGKILL)
        turns = int.from_bytes(progress.read_bytes(), "little")
        assert recording.stat().st_size <= SIZE
        found = [int(number) for number in re.findall(r"\[ *(\d+)\]", shown(recording))]
        turn = [8, 9, 5, 7, 10, 8, 9, 5, 6, 10]
        start = next(at for at in range(10) if found[:10] == turn[at:] + turn[:at])
        assert found == [turn[(start + at) % 10] for at in range(len(found))]
        assert len(found) > 400_000
        # The last turn that was done is there, and at most the one that ran.
        number = turns & 1
        assert found[-1] in (turn[5 * number : 5 * number + 5] + [8]) or found[-1] == 10


CHILDREN = """\
import os, sys
def work(name):
    for number in range(700_000):
        name
    return name
if os.fork() == 0:
    work("child")
    sys.exit(int(sys.argv[1]))
os.wait()
work("parent")
"""


@pytest.mark.parametrize("status", [0, 3])
def test_each_process_has_a_file_and_a_bound_of_its_own(status, write, tmp_path):
    program = write("both.py", CHILDREN)
    ended = run_swifttrace(
        *("record", "--max-size=1M", "--keep=failed", "-o", "both.swt", program, str(status)),
        cwd=tmp_path,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    files = sorted(tmp_path.glob("both.swt*"))
    assert len(files) == (1 if status else 0)
    for file in files:
        assert file.stat().st_size <= SIZE
        text = shown(file)
        assert "++     return name" in text
        assert "ended with status 3" in text.splitlines()[-1]


ENDS = {
    "pass": (0, False),
    "sys.exit()": (0, False),
    "sys.exit(0)": (0, False),
    "sys.exit(3)": (3, True),
    "raise KeyError(1)": (1, True),
    "os._exit(3)": (3, True),
    "os._exit(status=0)": (0, False),
    "os.kill(os.getpid(), 9)": (-9, True),
    "os.kill(os.getpid(), 15)": (-15, True),
    "os.abort()": (-6, True),
}


@pytest.mark.parametrize("end", ENDS)
def test_the_file_is_kept_if_the_program_fails(end, write, tmp_path):
    program = write("ends.py", f"import os, sys\nx = 1\n{end}\n")
    status, is_kept = ENDS[end]
    ended = run_swifttrace("record", "--keep", "failed", program, cwd=tmp_path)
    assert ended.returncode == status
    assert (tmp_path / "ends.swt").exists() == is_kept
    if is_kept:
        assert "x = 1" in shown(tmp_path / "ends.swt")


AGED = """\
import time
def early():
    for number in range(250_000):
        pass
def late():
    for number in range(150_000):
        pass
early()
time.sleep(1.3)
late()
"""


def test_what_is_too_old_is_given_up(write, tmp_path):
    program = write("aged.py", AGED)
    run_swifttrace("record", "-xx", "--max-age=1s", "--no-banner", program, cwd=tmp_path)
    numbers = [int(n) for n in re.findall(r"\[ *(\d+)\]", shown(tmp_path / "aged.swt"))]
    # A block is given up as a whole, once the one after it is too old.
    assert sum(number in (3, 4) for number in numbers) < 2 * 65_536
    assert sum(number in (6, 7) for number in numbers) == 300_001
    assert (tmp_path / "aged.swt").stat().st_size < 700_000


def test_a_program_bounds_its_own_recording_and_its_children_inherit_that(write, tmp_path):
    source = (
        "import swifttrace, subprocess, sys\n"
        "swifttrace.enable(record=True, output='own.swt', max_size='1M', keep='failed',"
        " follow=True)\n"
        "work = 'for number in range(700_000): pass\\nelse: raise SystemExit(3)'\n"
        "subprocess.run([sys.executable, '-c', work])\n"
    )
    ended = run_python(write("own.py", source), cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    (child,) = tmp_path.glob("own.swt*")
    assert child.stat().st_size <= SIZE


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--max-size", "64M"], "max_size needs record"),
        (["--max-age", "10m"], "max_age needs record"),
        (["--keep", "failed"], "keep needs record"),
        (
            ["record", "--max-size", "64"],
            "max_size must be a size of 1M or more, such as 64M, not '64'",
        ),
        (
            ["record", "--max-size", "1T"],
            "max_size must be a size of 1M or more, such as 64M, not '1T'",
        ),
        (["record", "--max-age", "0"], "max_age must be 1s or more, such as 10m or 2h, not '0'"),
        (["record", "--keep", "all"], "keep must be failed, not 'all'"),
        (["record", "--fold", "--max-size", "1M"], "fold and max_size exclude each other"),
        (["record", "--count", "--keep", "failed"], "count and keep exclude each other"),
        (["record", "--values=used"], "record and values=used exclude each other"),
        (["--count", "--values=used"], "count and values=used exclude each other"),
    ],
)
def test_what_cannot_be_is_one_line(arguments, reason, write, tmp_path):
    ended = run_swifttrace(*arguments, write("p.py", "print(1)\n"), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.decode() == f"swifttrace: {reason} (try --help)\n"
