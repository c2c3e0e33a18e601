"""`swifttrace record --fold`: ways through loops with their counts, in the place of lines."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from itertools import accumulate

import drawn
import pytest
from conftest import clean_environment, run_python, run_swifttrace
from recordings import InferredFold, trace
from swifttrace.recordings.opening import open_file
from test_record import LONG

DRAWN = int(os.environ.get("SWIFTTRACE_DRAWN", "150"))

TRACER = """\
import sys
import swifttrace
for path in sys.argv[1:]:
    with open(path) as file:
        code = compile(file.read(), path, "exec")
    options = dict(level=1, include=path, exclude=__file__, banner=False)
    with swifttrace.trace(record=True, fold=True, output=path + ".swt", **options):
        try:
            exec(code, {"__name__": "drawn"})
        except Exception:
            pass
"""


def folded(path):
    """Return rounds and (count, first) of each way, by the loop's header, and the lines."""
    told = open_file(str(path), as_recording=True).fold()
    loops = {
        loop.header: (loop.rounds, sorted((way.count, way.first) for way in loop.ways))
        for loop in told.loops
        if loop.rounds
    }
    return loops, told.lines


def depth(events):
    steps = {"call": 1, "return": -1, "line": 0}
    return max(accumulate(steps[event[0]] for event in events))


def shown(path, *options):
    ended = run_swifttrace("show", *options, path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    return ended.stdout.decode()


def test_drawn_programs_have_the_ways_counts_and_first_rounds_of_the_oracle(write, tmp_path):
    programs = {}
    for seed in range(DRAWN * 2 // 3):
        events = trace(source := drawn.program(seed))
        # Where a recursion has no end depends on the frames below it.
        if len(events) <= 20_000 and depth(events) < 500:
            programs[write(f"drawn_{seed}.py", source)] = source, events
    run_python(write("tracer.py", TRACER), *programs, cwd=tmp_path)
    assert len(programs) > DRAWN // 3
    for path, (source, events) in programs.items():
        loops, lines = folded(f"{path}.swt")
        assert lines == sum(event[0] == "line" for event in events)
        assert loops == InferredFold(source, events).summary(), source


PROGRAM = """\
import os, sys, threading
def number(text):
    if text[0] == "-":
        return rare(text)
    return len(text)
def rare(text):
    raise ValueError(text)
def numbers(count):
    for n in range(count):
        yield "-" if n == 777 else "x"
def count(many):
    found = 0
    for text in numbers(many):
        try:
            found += number(text)
        except ValueError:
            continue
    return found
def deep(n):
    for m in range(n):
        deep(n - 1)
    return n
threads = [threading.Thread(target=count, args=(20_000,), name=f"w{n}") for n in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
if os.fork() == 0:
    count(3)
    sys.exit(4)
os.wait()
deep(4)
count(20_000)
os.kill(os.getpid(), int(sys.argv[1]))
"""
RECORD = ("record", "-xx", "-o")


@pytest.fixture(scope="module", params=[0, 9], ids=["to its end", "to kill -9"])
def both(request, tmp_path_factory):
    """A program that was recorded twice: folded, and all of it."""
    directory = tmp_path_factory.mktemp("folded")
    (directory / "folded.py").write_text(PROGRAM)
    # That a thread which has ended is not gone yet when it forks is chance.
    how = {"cwd": directory, "env": {"PYTHONWARNINGS": "ignore"}}
    for name, options in (("f.swt", ["--fold"]), ("a.swt", [])):
        ended = run_swifttrace(*RECORD, name, *options, "folded.py", str(request.param), **how)
        assert (ended.returncode, ended.stdout, ended.stderr) == (-request.param, b"", b"")
    return directory, request.param


def test_it_says_what_a_recording_of_all_lines_says(both):
    directory, _ = both
    for name in ("f.swt", "a.swt"):
        assert (directory / name).stat().st_size > 65536
    [child] = directory.glob("f.swt.*")
    assert "+ [folded.py:29]     count(3)\n" in shown(child)
    # Threads take turns as they like: each of the two alone is what it is.
    ways = [folded(directory / name)[0] for name in ("f.swt", "a.swt")]
    rounds = [{header: loop[0] for header, loop in each.items()} for each in ways]
    assert rounds[0] == rounds[1]
    assert rounds[0][13] == 60_000
    assert rounds[0][20] == 4 + 4 * 3 + 4 * 3 * 2 + 4 * 3 * 2
    assert [sorted(way[0] for way in each[13][1]) for each in ways] == [[3, 59_997]] * 2
    counts = [shown(directory / name, "--count") for name in ("f.swt", "a.swt")]
    plain = [re.sub(r" +\d+\.\d+", "", text) for text in counts]
    assert plain[0].splitlines()[1:] == plain[1].splitlines()[1:]


def test_it_is_shown_with_what_is_left_out(both):
    directory, signal_number = both
    lines = shown(directory / "f.swt").splitlines()
    assert "~ [folded.py:13] 60,000 rounds in 3 runs of the loop, 2 ways:" in "\n".join(lines)
    assert re.fullmatch(
        r"# [\d,]+ lines: each way is shown once; [\d,]+ lines of rounds and calls that took a"
        " known way are left out",
        lines[-1],
    )
    assert len(lines) < 150
    assert sum(line.endswith("            continue") for line in lines) >= 1
    assert any(re.match(r"# thread w1: [\d,]+ lines", line) for line in lines)
    last = shown(directory / "f.swt", "--last=2").splitlines()
    assert last[-1].startswith("+ [folded.py:34] os.kill(")
    last = shown(directory / "f.swt", "--last=1", "--json").splitlines()
    assert json.loads(last[0])["text"].startswith("+ [folded.py:34] os.kill(")
    several = shown(directory / "f.swt", "--last=2", directory / "a.swt").splitlines()
    assert ("has no end" in several[0]) == bool(signal_number)


def test_a_recording_of_one_thread_is_folded_as_show_folds_all_lines(write, tmp_path):
    source = PROGRAM.replace("threads = [", "threads = [] and [").replace("os.fork()", "1")
    program = write("folded.py", source.replace("os.wait()", "").replace("20_000", "60_000"))
    for name, options in (("f.swt", ["--fold"]), ("a.swt", [])):
        run_swifttrace(*RECORD, name, *options, "--no-banner", program, "0", cwd=tmp_path)
    size = (tmp_path / "f.swt").stat().st_size
    assert size < 70_000 < (tmp_path / "a.swt").stat().st_size
    for options in (["--fold", "--all"], ["--count", "--top=9"]):
        assert shown(tmp_path / "f.swt", *options) == shown(tmp_path / "a.swt", *options)
    only = shown(tmp_path / "f.swt", f"--only-in={tmp_path / 'a.swt'}")
    assert "has no line and no way that" in only


def test_kill_9_at_any_moment_leaves_all_counts(write, tmp_path, moments):
    program = write("long.py", LONG.replace("100_000", "10_000_000"))
    progress, recording = tmp_path / "done", tmp_path / "long.swt"
    for moment in range(0, moments, 8):
        progress.write_bytes(bytes(8))
        command = [sys.executable, "-m", "swifttrace", "record", "--fold", "--no-banner"]
        with subprocess.Popen(
            [*command, "-o", recording, program, progress], env=clean_environment()
        ) as running:
            wanted = 1 + moment * 45_131 % 200_000
            while int.from_bytes(progress.read_bytes(), "little") < wanted:
                assert running.poll() is None
            # Also while it is read.
            folded(recording)
            running.send_signal(signal.SIGKILL)
        turns = int.from_bytes(progress.read_bytes(), "little")
        assert recording.stat().st_size <= 8 * 65536
        loops, lines = folded(recording)
        rounds, ways = loops[8]
        assert rounds - turns in (0, 1)
        assert sum(count for count, _ in ways) == rounds
        assert {first for _, first in ways} <= {1, 2, rounds}
        assert 0 <= lines - 4 - turns * 5 <= 6


REFUSED = [
    ("record --fold --values p.py", "fold and values exclude each other"),
    ("record --fold --max-age 5s p.py", "fold and max_age exclude each other"),
    ("show --around=a.py:1 f.swt", "f.swt: --around needs a recording of all lines"),
    ("show --last=1 --level=2 f.swt", "f.swt: --level needs a recording of all lines"),
    ("diff f.swt f.swt", "diff: f.swt: a folded recording, which only `swifttrace show` reads"),
    ("show cut.swt", "cut.swt: the recording is damaged at byte"),
]


def test_what_cannot_be_had_is_one_line(write, tmp_path):
    write("p.py", "for n in range(3):\n    n\n")
    run_swifttrace("record", "--fold", "-o", "f.swt", "p.py", cwd=tmp_path)
    (tmp_path / "cut.swt").write_bytes((tmp_path / "f.swt").read_bytes()[:-20])
    for command, reason in REFUSED:
        ended = run_swifttrace(*command.split(), cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (2, b"")
        assert ended.stderr.decode().startswith(f"swifttrace: {reason}")
        assert ended.stderr.count(b"\n") == 1
