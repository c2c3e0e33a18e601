"""`swifttrace why`: what the rounds of a loop that reach a line have in common."""

import json
import subprocess
import sys

import pytest

PROGRAM = """\
class Item:
    def __init__(self, number):
        self.number = number
        self.kind = None if number % 33 == 7 else "box"

def price(item):
    if item.kind is None:
        return -1
    return item.number % 10

def main():
    total = 0
    for item in [Item(number) for number in range(100)]:
        found = price(item)
        if found < 0:
            total -= 100
            continue
        if found > 7:
            total += 1
        total += found
    if total < 0:
        print("less")
    return total

main()
"""
# More levels than Python recurses.
PROGRAM += f"total = {'+'.join(['1'] * 1_500)}\n"


@pytest.fixture
def why(tmp_path):
    (tmp_path / "main.py").write_text(PROGRAM)

    def run(*arguments, status=1):
        command = [sys.executable, "-m", "swifttrace", "why", *arguments]
        ended = subprocess.run(command, capture_output=True, cwd=tmp_path)
        assert ended.returncode == status, (ended.stdout, ended.stderr)
        assert ended.stderr.count(b"\n") == (status == 2)
        return (ended.stderr if status == 2 else ended.stdout).decode().splitlines()

    return run


def test_the_value_that_all_rounds_have_that_reach_a_line_is_named(why):
    assert why("main.py:16", "--", "python", "main.py") == [
        "# 3 of 100 rounds of the loop at main.py:13 reach main.py:16: item.kind is None in 3 of 3 of"
        " them, in 0 of 97 others",
        "+ [main.py:7]     if item.kind is None:    # item.kind is None (3, others 0)",
        "+ [main.py:8]         return -1    # the result is -1 (3, others 0)",
        "+ [main.py:15]         if found < 0:    # found is -1 (3, others 0)",
        "+ [main.py:16]             total -= 100",
        "~ rounds that reach it: 8, 41, 74",
    ]


def test_a_line_in_a_function_that_a_loop_calls(why, tmp_path):
    command = [
        sys.executable,
        "-m",
        "swifttrace",
        "-xxx",
        "--values=used",
        "--calls",
        "-o",
        "trace",
    ]
    subprocess.run([*command, "--paths=absolute", "main.py"], cwd=tmp_path, check=True)
    first, second, *_ = why("main.py:8", "trace")
    assert first.startswith(
        "# 3 of 100 rounds of the loop at main.py:13 reach main.py:8: item.kind "
    )
    assert second.startswith("+ [main.py:7]")
    # Numbers by their size.
    first, second, *_ = why("main.py:19", "trace")
    assert first.endswith(": the result is 8 or more in 20 of 20 of them, in 0 of 80 others")
    (first, *_) = map(json.loads, why("main.py:16", "--json", "trace"))
    assert first == {
        "file": "main.py",
        "line": 7,
        "what": "item.kind is None",
        "reaching": 3,
        "others": 0,
    }
    for place, said in [
        ("main.py:22", "# main.py:22 never ran"),
        ("main.py:12", "# main.py:12 ran in no loop"),
        ("main.py:14", "# all rounds of each loop around main.py:14 reach it"),
    ]:
        assert why(place, "trace", status=0) == [said]
    (tmp_path / "lines").write_text(
        "".join(f"+ [{tmp_path}/main.py:{line}] x\n" for line in (13, 14, 15, 16, 13, 14, 15, 18))
    )
    assert why("main.py:16", "lines", status=0)[0].endswith(": the trace has no values")


def test_a_recording_of_any_level_has_whole_paths_and_places_of_values(why, tmp_path):
    command = [sys.executable, "-m", "swifttrace", "record", "-x", "--values", "--calls"]
    subprocess.run([*command, "-o", "run.swt", "main.py"], cwd=tmp_path, check=True)
    first, *lines = why("main.py:16", "run.swt")
    assert first == (
        "# 3 of 100 rounds of the loop at main.py:13 reach main.py:16: found is -1 in 3 of 3 of"
        " them, in 0 of 97 others"
    )
    assert "+ [main.py:14]         found = price(item)    # found is -1 (3, others 0)" in lines


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["main.py:1"], "why needs a command, after --, or a trace"),
        (["main.py", "--", "true"], "why needs a line, as main.py:12, not 'main.py'"),
        (["main.py:1", "--", "true"], "why: nothing was traced of: true"),
        (["main.py:1", "--keep", "main.py", "--", "true"], "why: main.py: File exists"),
    ],
)
def test_what_makes_no_sense_is_one_line(why, arguments, says):
    (line,) = why(*arguments, status=2)
    assert line.startswith(f"swifttrace: {says}")
