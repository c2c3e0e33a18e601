"""Folding: against a pure Python oracle, and as it is shown."""

import json
import os

import drawn
import pytest
from recordings import Fold, Recording, recorded, trace
from swifttrace import reading

DRAWN = int(os.environ.get("SWIFTTRACE_DRAWN", "150"))


def folded(recording, tmp_path):
    path = tmp_path / "run.swt"
    path.write_bytes(recording.bytes())
    return json.loads(reading.fold(str(path)))


def summary(told):
    """As the oracle has it: rounds and (count, first) of each way, by the loop's header."""
    return {
        loop[0][1]: (loop[0][4], sorted((way[2], way[3]) for way in loop[1]))
        for loop in told["loops"]
        if loop[0][4]
    }


@pytest.mark.parametrize("part", range(10))
def test_drawn_programs_have_the_ways_counts_and_first_rounds_of_the_oracle(part, tmp_path):
    for seed in range(part * DRAWN // 10, (part + 1) * DRAWN // 10):
        source = drawn.program(seed)
        events = trace(source)
        told = folded(recorded(source, events), tmp_path)
        assert told["lines"] == sum(event[0] == "line" for event in events)
        assert summary(told) == Fold(source, events).summary(), f"seed {seed}:\n{source}"


HIDDEN = """\
def look(n):
    if n == 777:
        return -1
    if n % 100 == 0:
        return 0
    return n


total = 0
for n in range(1000):
    total += look(n)
print(total)
"""


def test_a_way_that_was_taken_once_has_its_round(tmp_path):
    told = folded(recorded(HIDDEN, trace(HIDDEN)), tmp_path)
    [loop] = [loop for loop in told["loops"] if loop[0][4]]
    assert loop[0][4] == 1000
    assert sorted((way[2], way[3]) for way in loop[1]) == [(1, 778), (10, 1), (989, 2)]


def test_without_calls_in_the_recording_they_are_inferred(tmp_path):
    events = [event for event in trace(HIDDEN) if event[0] == "line"]
    told = folded(recorded(HIDDEN, events), tmp_path)
    [loop] = [loop for loop in told["loops"] if loop[0][4]]
    assert loop[0][5] == 1
    assert sorted((way[2], way[3]) for way in loop[1]) == [(1, 778), (10, 1), (989, 2)]


def test_what_is_beyond_1024_ways_is_counted(tmp_path):
    recording = Recording()
    lines = ["for n in range(3000):", *(f"    x{n}" for n in range(3000))]
    file = recording.file("a.py", "\n".join(lines) + "\n")
    places = [recording.place(file, line + 1) for line in range(3001)]
    for n in range(3000):
        recording.line(places[0])
        recording.line(places[n + 1])
    recording.line(places[0])
    told = folded(recording, tmp_path)
    [loop] = told["loops"]
    assert loop[0][4] == 3000
    assert len(loop[1]) == 1024
    assert loop[0][6] == 3000 - 1024
