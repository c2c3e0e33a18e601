"""`swifttrace show` of recordings, rings and text traces."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import clean_environment
from recordings import PAYLOAD, Recording, recorded, trace, varint
from test_fold import HIDDEN


@pytest.fixture
def show(tmp_path):
    def run(*arguments, status=0):
        command = [sys.executable, "-m", "swifttrace", "show", *map(str, arguments)]
        ended = subprocess.run(command, capture_output=True, cwd=tmp_path)
        assert ended.returncode == status, ended.stderr
        assert ended.stderr.count(b"\n") == (status != 0)
        return (ended.stdout if status == 0 else ended.stderr).decode()

    return run


@pytest.fixture
def hidden(tmp_path):
    path = tmp_path / "hidden.swt"
    recording = recorded(HIDDEN, trace(HIDDEN), fields=[(3, b"/d"), (6, b"level=2")])
    path.write_bytes(recording.bytes())
    return path


def test_a_recording_is_shown_as_the_text_trace_of_its_level(show, hidden):
    texts = HIDDEN.splitlines()
    lines = [event[1] for event in trace(HIDDEN) if event[0] == "line"]
    assert show(hidden).splitlines() == [f"+ [{line:6}] {texts[line - 1]}" for line in lines]
    assert show(hidden, "--level", 1).splitlines() == [f"+ {texts[line - 1]}" for line in lines]
    assert show(hidden, "--level=3").startswith(f"+ [{'drawn.py':>32}:1     ] def look(n):\n")


def test_the_last_lines_and_no_more_than_so_many(show, hidden):
    lines = show(hidden).splitlines()
    assert show(hidden, "--last", 3).splitlines() == lines[-3:]
    assert show(hidden, "--lines", 4).splitlines() == lines[:4]
    assert show(hidden, "--last", 0) == ""


def test_the_lines_around_one(show, hidden):
    shown = show(hidden, "--around", "drawn.py:3", "--context", 2).splitlines()
    assert [line[2:10] for line in shown] == [
        "[    11]",
        "[     2]",
        "[     3]",
        "[    10]",
        "[    11]",
    ]


def test_a_line_that_ran_often_is_shown_in_forty_lines(show, tmp_path):
    program = "for n in range(100):\n    x = n\n    y = x\n"
    recording = recorded(program, trace(program), fields=[(3, b"/d"), (6, b"level=2")])
    (tmp_path / "often.swt").write_bytes(recording.bytes())
    shown = show("often.swt", "--around", "drawn.py:2", "--context", 1).splitlines()
    assert len(shown) == 40
    assert "--" not in shown
    assert shown[-1] == "… 261 more lines: --all shows them"
    every = show("often.swt", "--around", "drawn.py:2", "--context", 1, "--all").splitlines()
    assert len(every) == 300
    assert every[:39] == shown[:-1]
    apart = show("often.swt", "--around", "drawn.py:2", "--context", 0).splitlines()
    assert apart[:3] == ["+ [     2]     x = n", "--", "+ [     2]     x = n"]
    assert apart.count("--") == 38
    assert apart[-1] == "… 61 more lines: --all shows them"
    few = show("often.swt", "--around", "drawn.py:2", "--context", 0, "--lines", 2).splitlines()
    assert few == apart[:3]


def test_the_lines_of_a_function(show, hidden):
    shown = show(hidden, "--function", "look").splitlines()
    assert len(shown) == 1000 + 1 + 999 + 10 + 989
    assert "no line of a function lost" in show(hidden, "--function", "lost", status=2)


def test_folded_the_first_line_names_the_rarest_way(show, hidden):
    lines = show(hidden, "--fold").splitlines()
    assert lines[0].endswith("rarest: once, in round 778 of drawn.py:10: drawn.py:3")
    assert len(lines) <= 40
    assert any("1,000 rounds, 3 ways; usual (989 times)" in line for line in lines)
    assert "+ [drawn.py:3]         return -1" in lines
    assert "+ [drawn.py:1] def look(n):" not in lines
    assert "+ [drawn.py:1] def look(n):" in show(hidden, "--fold", "--definitions").splitlines()


def test_the_rare_ways_alone(show, hidden):
    lines = show(hidden, "--rare").splitlines()
    assert lines[1].startswith("~ once, in round 778 of 1,000 of drawn.py:10, instead of")
    assert lines[2] == "+ [drawn.py:3]         return -1"


def test_counts_stand_before_each_line_and_a_mark_before_those_that_never_ran(show, tmp_path):
    source = "x = 1\nfor n in range(3):\n    x += n\nif x == 0:\n    x = 7\n"
    path = tmp_path / "a.swt"
    path.write_bytes(recorded(source, trace(source)).bytes())
    lines = show(path, "--count").splitlines()[1:]
    assert [line.split()[0] for line in lines] == ["1", "4", "3", "1", "#####"]
    assert lines[4].endswith("    5     x = 7")


def test_counts_by_the_command_that_is_installed(tmp_path):
    (tmp_path / "a.py").write_text(r'x = "\d"' + "\n")
    command = Path(sys.executable).with_name("swifttrace")
    for arguments in (["record", "a.py"], ["show", "--count", "a.swt"]):
        ended = subprocess.run(
            [command, *arguments], cwd=tmp_path, capture_output=True, env=clean_environment()
        )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.endswith(b'    1 x = "\\d"\n')


def test_objects_for_programs(show, hidden):
    found = [json.loads(line) for line in show(hidden, "--rare", "--json").splitlines()]
    assert found[0]["lines"] == ["drawn.py:3"]
    assert (found[0]["count"], found[0]["first"], found[0]["rounds"]) == (1, 778, 1000)
    counted = [json.loads(line) for line in show(hidden, "--count", "--json").splitlines()]
    assert {one["line"]: one["count"] for one in counted}[3] == 1


def test_what_is_left_out_is_counted_with_the_option_that_shows_it(show, hidden):
    lines = show(hidden, "--fold", "--lines", 3).splitlines()
    assert len(lines) == 3
    assert lines[2].startswith("… ")
    assert lines[2].endswith(" more lines: --all shows them")


def test_the_last_lines_of_several_files_begin_with_the_process_that_has_no_end(show, tmp_path):
    for process, has_end in ((11, True), (12, False)):
        recording = Recording(process=process)
        file = recording.file("a.py")
        for line in range(1, 4):
            recording.line(recording.place(file, line, f"x = {line}"))
        if has_end:
            recording.add(b"\x0d" + varint(1) + varint(9))
        (tmp_path / f"{process}.swt").write_bytes(recording.bytes())
    lines = show("11.swt", "12.swt", "--last", 4, "--level", 1).splitlines()
    assert lines[0] == "# process 12 has no end: it was killed, or runs still"
    assert len(lines) == 5
    assert all(line.startswith(("+ {11} x", "+ {12} x")) for line in lines[1:])
    assert show("11.swt", "12.swt", "--pid", 12, "--level", 1).count("+ x") == 3


def test_a_text_trace_is_folded_and_counted_too(show, tmp_path):
    texts = HIDDEN.splitlines()
    lines = [event[1] for event in trace(HIDDEN) if event[0] == "line"]
    text = "".join(f"+ [{'lost/hidden.py':>32}:{line:<6}] {texts[line - 1]}\n" for line in lines)
    (tmp_path / "trace.log").write_text("# swifttrace: start\n" + text)
    assert "round 778 of hidden.py:10: hidden.py:3" in show("trace.log", "--fold").splitlines()[0]
    assert show("trace.log") == "# swifttrace: start\n" + text
    counted = show("trace.log", "--count").splitlines()
    assert [line.split()[0] for line in counted if "return -1" in line] == ["1"]


def test_a_text_trace_that_names_no_file_is_the_script_s(show, tmp_path):
    texts = HIDDEN.splitlines()
    lines = [event[1] for event in trace(HIDDEN) if event[0] == "line"]
    text = "".join(f"+ [{line:>6}] {texts[line - 1]}\n" for line in lines)
    (tmp_path / "trace.log").write_text(text)
    verdict = show("trace.log", "--fold").splitlines()[0]
    assert "round 778 of <script>:10: <script>:3" in verdict


def test_what_is_no_trace_is_one_clear_line(show, tmp_path, hidden):
    data = hidden.read_bytes()
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "other").write_bytes(b"\x7fELF\0\0")
    (tmp_path / "later").write_bytes(data[:16] + b"\4" + data[17:])
    (tmp_path / "cut").write_bytes(data[:40])
    changed = bytearray(data)
    changed[65536 + 90] ^= 1
    (tmp_path / "changed").write_bytes(changed)
    neither = "neither a recording, nor a file of --last, nor a text trace"
    assert show("empty", status=2) == f"swifttrace: empty: {neither}\n"
    assert show("other", status=2) == f"swifttrace: other: {neither}\n"
    assert "a recording of a later version" in show("later", status=2)
    assert "cut within its header" in show("cut", status=2)
    assert "damaged at byte 65536" in show("changed", status=2)
    assert "Is a directory" in show(tmp_path, status=2)
    assert "No such file" in show("lost", status=2)
    assert show(status=2) == "swifttrace: show needs the name of a file (try --help)\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fold", "--count"], "--fold and --count exclude each other"),
        (["--count", "--last", "3"], "--count and --last exclude each other"),
        (["--fold", "--level", "2"], "--fold and --level exclude each other"),
        (["--all", "--lines", "2"], "--all and --lines exclude each other"),
        (["--json"], "--json needs"),
        (["--lines", "-1"], "a number is needed"),
        (["--since", "nan"], "seconds are needed"),
        (["--unknown"], "unrecognized arguments: --unknown"),
    ],
)
def test_options_that_contradict_each_other_are_named(show, hidden, options, said):
    assert said in show(hidden, *options, status=2)


def test_nothing_in_a_file_is_acted_on_by_a_terminal(show, tmp_path):
    recording = Recording()
    file = recording.file("a\x1b[31m.py", "x\x1b]0;t\x07\n", path="/d/\x1b[2J.py")
    recording.line(recording.place(file, 1, "x\x1b]0;title\x07"))
    recording.add(b"\x10" + varint(9) + b"# \x1b[2Jab\n")
    recording.add(b"\x11" + varint(6) + b"\1\0# \x1bc")
    (tmp_path / "evil.swt").write_bytes(recording.bytes())
    for options in ([], ["--fold"], ["--count"], ["--rare"], ["--last", 3], ["--level", 1]):
        assert "\x1b" not in show("evil.swt", *options)
        assert "\x07" not in show("evil.swt", *options)


def test_a_file_that_ends_anywhere_has_the_lines_before(show, tmp_path):
    recording = Recording(fields=[(6, b"level=1")])
    file = recording.file("a.py")
    places = [recording.place(file, line, f"x = {line}") for line in range(1, 10)]
    for index in range(5000):
        recording.line(places[index % 9])
    data = recording.bytes(closed=False)
    events, definitions = data[65536:131072], data[131072:]
    moved = data[:65536] + definitions + events
    (tmp_path / "cut.swt").write_bytes(moved[: 131072 + 64 + 700])
    lines = show("cut.swt").splitlines()
    assert lines == [f"+ x = {index % 9 + 1}" for index in range(700)]


def test_several_threads_are_put_together_in_the_order_of_their_segments(show, tmp_path):
    recording = Recording(fields=[(6, b"level=1")])
    file = recording.file("a.py")
    one, two = recording.place(file, 1, "one"), recording.place(file, 2, "two")
    recording.define(6, b"{w} ")
    for _ in range(3):
        recording.line(one)
        recording.segment += 1
        recording.add(b"\x0a" + varint(7) + varint(recording.segment) + varint(4) + b"\x09\x01")
        recording.line(two)
        recording.segment += 1
        recording.add(b"\x0a" + varint(0) + varint(recording.segment) + varint(9))
    recording.segment = 0
    (tmp_path / "a.swt").write_bytes(recording.bytes())
    assert show("a.swt").splitlines() == ["+ one", "+ {w} two"] * 3
    assert show("a.swt", "--thread", 7).splitlines() == ["+ {w} two"] * 3
    assert PAYLOAD == 65472
