"""The short form of `scripts/soak`, and what it makes of what it has seen."""

from __future__ import annotations

import re
import sys

import pytest
from conftest import ROOT, run_python

pytestmark = pytest.mark.slow

SOAK = ROOT / "Tests" / "soak" / "soak.py"


@pytest.fixture
def soak(monkeypatch):
    monkeypatch.syspath_prepend(SOAK.parent)
    import soak

    return soak


@pytest.mark.skipif(sys.platform != "linux", reason="takes /proc to see the memory")
def test_the_memory_of_a_program_that_does_everything_does_not_grow():
    ended = run_python(SOAK, "--lines", "1200000", "--bound", "2048")
    assert (ended.returncode, ended.stderr) == (0, b""), ended
    rows = dict(re.findall(rb"(?m)^(\w+) +([-+\d,]+) ", ended.stdout))
    assert int(rows[b"end"].replace(b",", b"")) >= 1_200_000


def samples(soak, *resident, descriptors=4):
    return [
        soak.Sample(number * 1000, number, kilobytes, descriptors)
        for number, kilobytes in enumerate(resident, 1)
    ]


def test_what_grows_in_the_first_quarter_is_warm_up(soak):
    assert soak.complaint(samples(soak, 100, 900, 950, 940), 100) is None


def test_growth_after_it_is_a_failure_beyond_the_bound(soak):
    grown = samples(soak, 100, 900, 950, 1001)
    assert soak.complaint(grown, 100) == "its memory has grown by 101 kB"


def test_descriptors_that_stay_open_are_a_failure(soak):
    leaked = samples(soak, 1, 1, 1) + samples(soak, 1, descriptors=5)
    assert soak.complaint(leaked, 100) == "it has 5 descriptors open, and had 4"


def test_too_few_cycles_say_nothing(soak):
    said = soak.complaint(samples(soak, 1, 1, 1), 100)
    assert said == "only 3 cycles, too few to say anything"
