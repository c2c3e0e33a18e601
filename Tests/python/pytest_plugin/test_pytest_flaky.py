"""`pytest --swifttrace-flaky`: where failing runs of one test part from passing ones."""

from __future__ import annotations

from pytest_runs import needs, run, section

pytest_plugins = "pytester"

TEST = """\
import os
import pytest

def parity():
    seed = int(os.environ["PYTHONHASHSEED"])
    return seed % 2

@pytest.mark.parametrize("name", ["a b", "c"])
def test_even(name):
    found = parity()
    assert name == "c" or not found

@pytest.mark.swifttrace_once
def test_once():
    pass
"""
HEADING = "swifttrace: the test alone, with other hash seeds"


@needs("pytest-xdist")
def test_one_that_passes_here_and_fails_in_a_run_has_failed(pytester):
    pytester.makepyfile(test_seed=TEST)
    pytester.makeini("[pytest]\nswifttrace_flaky = 3\n")
    pytester._monkeypatch.setenv("PYTHONHASHSEED", "0")
    options = ["--swifttrace-flaky=2", "-n1", "-k", "not c]"]
    ended = run(pytester, *options, plugins=["pytest-xdist"])
    ended.assert_outcomes(passed=1, failed=1)
    text = ended.stdout.str()
    lines = section(text, HEADING).splitlines()
    assert lines[0] == (
        "# fails in 1 of 2 runs: failing runs part from passing ones at test_seed.py:5, at seed"
        " (1 of 1 votes)"
    )
    assert lines[1] == '+ [test_seed.py:5]     seed = int(os.environ["PYTHONHASHSEED"])'
    assert "~ in a failing run seed is 1, in the passing run most like it 0" in lines
    (repeat,) = (line for line in lines if line.startswith("~ to repeat a failing run: "))
    assert repeat.startswith("~ to repeat a failing run: PYTHONHASHSEED=1 ")
    assert repeat.endswith(" -n1 -k 'not c]' 'test_seed.py::test_even[a b]'")
    assert "~ the last line that it printed: \"AssertionError: assert ('a b'" in text
    once = "(its marker swifttrace_once says that it must not run again)"
    assert f"swifttrace: test_seed.py::test_once: {once}" in text
    assert ended.stderr.str() == ""


def test_what_is_no_number_of_runs_is_refused(pytester):
    pytester.makepyfile(test_seed=TEST)
    ended = run(pytester, "--swifttrace-flaky=1")
    assert ended.ret == 4
    assert "--swifttrace-flaky: the number must be from 2 to 1000" in ended.stderr.str()
