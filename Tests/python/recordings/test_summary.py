"""`swifttrace --fold` and `--count`: what the program did, once it has ended."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from conftest import clean_environment, run_python, run_swifttrace

RARE = """\
import sys

def number(text):
    if text[0] == "-":
        return negative(text)
    return float(text)

def negative(text):
    if text[1:].isdigit():
        return -float(text)
    return float("nan")

total = 0
for n in range(3000):
    text = "-.-" if n == 1234 else f"-{n}" if n % 7 == 0 else str(n)
    total += number(text)
print(total)
sys.exit(3)
"""


def test_each_way_is_printed_once_after_the_program(write, tmp_path):
    ended = run_swifttrace("--fold", write("rare.py", RARE), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (3, b"nan\n")
    lines = ended.stderr.decode().splitlines()
    assert len(lines) < 40
    assert '+ [rare.py:11]     return float("nan")' in lines[:10]
    assert any(line.startswith("~ 3,000 rounds, 3 ways") for line in lines)
    assert os.listdir(tmp_path) == ["rare.py"]


def test_the_source_is_printed_with_its_counts(write, tmp_path):
    ended = run_swifttrace("--count", write("rare.py", RARE), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (3, b"nan\n")
    counts = dict(re.findall(r"(?m)^ *(\S+) .*?(\d+) +return", ended.stderr.decode()))
    assert counts == {"430": "5", "2,570": "6", "429": "10", "1": "11"}


def test_the_lines_that_ran_most_often(write, tmp_path):
    program = write("rare.py", RARE)
    ended = run_swifttrace("--count", "--top", "2", program, cwd=tmp_path)
    lines = ended.stderr.decode().splitlines()
    assert lines == [
        "# 15,867 lines; count, line",
        "      3,001 [rare.py:14] for n in range(3000):",
        '      3,000 [rare.py:4]     if text[0] == "-":',
    ]


def test_rare_ways_alone(write, tmp_path):
    program = write("rare.py", RARE)
    run_swifttrace("record", "--scope=project", "-o", "rare.swt", program, cwd=tmp_path)
    shown = run_swifttrace("show", "--fold", "--rare", "rare.swt", cwd=tmp_path).stdout
    assert shown.count(b"\n~ ") > 0
    for options in (["--fold", "--rare"], ["--rare"]):
        assert run_swifttrace(*options, program, cwd=tmp_path).stderr == shown


def test_the_summary_goes_where_the_trace_would(write, tmp_path):
    program = write("rare.py", RARE)
    on_error = run_swifttrace("--fold", program, cwd=tmp_path).stderr
    in_file = run_swifttrace("--fold", "-o", "fold.log", program, cwd=tmp_path)
    assert (in_file.returncode, in_file.stderr) == (3, b"")
    assert (tmp_path / "fold.log").read_bytes() == on_error
    recorded = run_swifttrace(
        *("record", "--fold", "--scope=project", "-o", "kept.swt", program), cwd=tmp_path
    )
    assert (recorded.returncode, recorded.stderr) == (3, b"")
    shown = run_swifttrace("show", "--fold", "kept.swt", cwd=tmp_path)
    assert shown.stdout == on_error


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--fold", "--last", "5"], "fold and last exclude each other"),
        (["--fold", "--format", "{line}"], "fold and format exclude each other"),
        (["--fold", "-a", "-o", "x"], "fold and append exclude each other"),
        (["--count", "--last", "5"], "count and last exclude each other"),
        (["--top", "5"], "top needs count"),
        (["--count", "--rare"], "count and rare exclude each other"),
        (["--count", "--fold"], "count and fold exclude each other"),
        (["record", "--rare"], "record and rare exclude each other"),
        (["--fold=live", "--rare"], "fold=live and rare exclude each other"),
        (["--fold=live", "--values"], "fold=live and values exclude each other"),
    ],
)
def test_what_excludes_each_other_is_one_line(arguments, reason, write, tmp_path):
    ended = run_swifttrace(*arguments, write("p.py", "print(1)\n"), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.decode() == f"swifttrace: {reason} (try --help)\n"


ENDS = {
    "os._exit(5)": 5,
    "os.kill(os.getpid(), 9)": -9,
    "os.kill(os.getpid(), 15)": -15,
    "raise KeyError('x')": 1,
}


@pytest.mark.parametrize("end", ENDS)
def test_however_the_program_ends_it_is_folded_and_ends_so(end, write, tmp_path):
    write("ends.py", f"import os\nfor i in range(500):\n    x = i\n{end}\n")
    ended = run_swifttrace("--fold", "ends.py", cwd=tmp_path)
    assert ended.returncode == ENDS[end]
    assert b"~ 500 rounds, all the same way\n" in ended.stderr
    assert f"+ [ends.py:4] {end}".encode() in ended.stderr


HANGS = """\
import sys, time
for i in range(300):
    x = i
sys.stdout.write("ready\\n")
sys.stdout.flush()
try:
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_a_program_that_hangs_is_folded_once_it_is_interrupted(write, tmp_path):
    command = [sys.executable, "-m", "swifttrace", "--fold", write("hangs.py", HANGS)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment()
    ) as running:
        assert running.stdout.readline() == b"ready\n"
        time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        printed, shown = running.communicate(timeout=30)
    assert (running.returncode, printed) == (0, b"interrupted\n")
    assert b"~ 300 rounds, all the same way\n" in shown
    assert b"time.sleep(60)" in shown


def test_the_program_finds_itself_as_without(write, tmp_path):
    source = "import sys, os\nprint(sys.argv, sorted(sys.modules), sys.stdin.read(), __name__)\n"
    program = write("looks.py", source)
    recorded = run_swifttrace("record", "-o", "r.swt", program, "a", input=b"in", cwd=tmp_path)
    folded = run_swifttrace("--fold", program, "a", input=b"in", cwd=tmp_path)
    ours = re.compile(rb"'swifttrace\.[^']*', ")
    assert ours.sub(b"", folded.stdout) == ours.sub(b"", recorded.stdout)
    untraced = run_python(program, "a", input=b"in", cwd=tmp_path)
    assert untraced.stdout.split(b"]")[0] == folded.stdout.split(b"]")[0]


def test_a_rare_line_is_found_among_millions(tmp_path):
    """Twenty thousand rounds here; `scripts/bench` has more."""
    sensors = tmp_path / "sensors.py"
    sensors.write_text(RARE.partition("total = 0")[0])
    main = tmp_path / "main.py"
    main.write_text(
        "import sensors\n"
        "for n in range(20_000):\n"
        "    sensors.number('-.-' if n == 12_345 else f'-{n}' if n % 5 else str(n))\n"
    )
    ended = run_swifttrace("--fold", "main.py", cwd=tmp_path)
    lines = ended.stderr.decode().splitlines()
    assert len(lines) <= 40
    assert any("sensors.py:11]" in line for line in lines[:10])


SLOW = """\
import time
def slow(n):
    time.sleep(0.1)
    return n
for n in range(3):
    slow(n)
print("done")
"""


def test_the_time_that_each_line_itself_took(write, tmp_path):
    program = write("slow.py", SLOW)
    ended = run_swifttrace("--count", "--time", program, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
    head, *lines = ended.stderr.decode().splitlines()
    assert head == "# slow.py: count, seconds that it took itself, line"
    rows = [re.fullmatch(r" *(\d+) +(\d+\.\d{6}) +(\d+) .*", line) for line in lines]
    counts = {int(row[3]): (int(row[1]), float(row[2])) for row in rows}
    assert {line: count for line, (count, _) in counts.items()} == {
        **dict.fromkeys([1, 2, 7], 1),
        **dict.fromkeys([3, 4, 6], 3),
        5: 4,
    }
    # What a line calls is not its own.
    assert counts[6][1] < 0.3 <= counts[3][1]


def test_the_lines_that_took_longest(write, tmp_path):
    program = write("slow.py", SLOW)
    ended = run_swifttrace("--count", "--time", "--top=1", program, cwd=tmp_path)
    head, line = ended.stderr.decode().splitlines()
    assert head == "# 16 lines; count, seconds that it took itself, line"
    assert re.fullmatch(r" +3 +0\.\d+ \[slow.py:3\]     time.sleep\(0.1\)", line)
    run_swifttrace("record", "--time=line", "-o", "slow.swt", program, cwd=tmp_path)
    shown = run_swifttrace("show", "--count", "--time", "--json", "slow.swt", cwd=tmp_path)
    objects = [json.loads(line) for line in shown.stdout.splitlines()]
    assert {each["line"] for each in objects if each["took"] >= 0.3} == {3}


def test_a_recording_that_does_not_say_how_long_lines_took(write, tmp_path):
    program = write("slow.py", SLOW)
    for options in ([], ["--time"]):
        run_swifttrace("record", *options, "-o", "slow.swt", program, cwd=tmp_path)
        ended = run_swifttrace("show", "--count", "--time", "slow.swt", cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (2, b"")
        reason = b"slow.swt: no line says how long it took: record it with --time=line"
        assert ended.stderr == b"swifttrace: %b\n" % reason
