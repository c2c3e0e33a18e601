"""Programs that nobody has written: hypothesis draws them, the oracle judges."""

from __future__ import annotations

import sys

import pytest
from conftest import ROOT

pytest.importorskip("hypothesis", reason="scripts/test installs it")
sys.path.insert(0, str(ROOT / "Tests/fuzz"))

from exit_runs import OPTIONS, Runner, check
from fuzz import Checker

pytestmark = pytest.mark.slow

PROGRAMS = 200
APART = 40
FEWER = 60
EXITS = 100


def test_two_hundred_programs_are_traced_as_the_oracle_does_and_end_as_they_did(tmp_path):
    """The same ones each time; `scripts/fuzz` draws others, and more."""
    checker = Checker(sys.executable, tmp_path, APART)
    try:
        checker.run(PROGRAMS, None)
    finally:
        checker.worker.end()
    assert checker.counts["programs"] == PROGRAMS
    assert checker.counts["apart"] == PROGRAMS // APART
    assert len(checker.seen) > PROGRAMS * 0.8
    # The definitions that all have in common run in 45 lines.
    assert checker.counts["lines"] > PROGRAMS * 60


@pytest.mark.parametrize("details", ["record", "values", "calls", "watch"])
def test_what_is_shown_besides_changes_neither_lines_nor_ends(tmp_path, details):
    checker = Checker(sys.executable, tmp_path, APART, details)
    try:
        checker.run(FEWER, None)
    finally:
        checker.worker.end()
    assert checker.counts["programs"] == FEWER


@pytest.mark.parametrize("part", range(4))
def test_a_hundred_programs_end_as_they_do_untraced_whatever_is_shown(tmp_path, part):
    runner = Runner(sys.executable, tmp_path)
    seeds = range(part * EXITS // 4, (part + 1) * EXITS // 4)
    assert [differs for seed in seeds if (differs := check(runner, seed))] == []
    assert runner.runs == len(seeds) >= len(OPTIONS)
