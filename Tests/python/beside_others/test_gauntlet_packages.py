"""What scripts/gauntlet-packages makes of the tests of packages."""

from __future__ import annotations

import os
import sys
import tarfile

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "Tests/gauntlet"))

import overhead
import packages
from comparison import differing
from outcomes import WHOLE
from package_runs import WAYS, WITHOUT, PackageRunner

pytestmark = pytest.mark.slow

SUITE = """\
import sys
import unittest

import near
import pytest


def test_passes():
    near.function()

def test_fails():
    assert near.function() == 4

@pytest.mark.parametrize("n", [1, 2])
def test_skips(n):
    pytest.skip("now")

@pytest.mark.xfail
def test_expected():
    raise KeyError

class Case(unittest.TestCase):
    def test_parts(self):
        for n in range(3):
            with self.subTest(n=n):
                assert n < 2

def test_where(tmp_path):
    assert str(tmp_path) not in near.__file__

@pytest.mark.parametrize("file", [near.__file__])
def test_named_by_its_directory(file):
    pass

def test_another_one_when_traced():
    assert "swifttrace.pytest_support.run" not in sys.modules
"""
NEAR = "def function():\n    return 3\n"
PROJECT = packages.Package("project", "1.0", source=".")


@pytest.fixture
def runner(tmp_path):
    """Runs a small project's tests."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "test_suite.py").write_text(SUITE)
    (source / "near.py").write_text(NEAR)
    (source / "pytest.ini").write_text("[pytest]\naddopts = -pno:xdist -pno:randomly\n")
    return PackageRunner(sys.executable, PROJECT, source, 60)


def test_each_test_has_the_outcome_that_pytest_says(runner):
    outcomes = runner.run(WITHOUT).outcomes
    assert outcomes.is_complete
    assert outcomes.of("test_suite.py::test_passes") == "passed"
    assert outcomes.of("test_suite.py::test_fails") == "failed"
    assert outcomes.of("test_suite.py::test_skips[2]") == "skipped"
    assert outcomes.of("test_suite.py::test_expected") == "xfailed"
    assert outcomes.of("test_suite.py::test_gone") == "missing"
    assert outcomes.of("test_suite.py::Case::test_parts") != "passed"
    assert outcomes.count == 9


@pytest.mark.parametrize("way", WAYS)
def test_the_one_that_is_another_when_traced_is_the_difference(runner, way):
    untraced, traced = runner.run(WITHOUT), runner.run(WAYS[way])
    name = "test_suite.py::test_another_one_when_traced"
    assert differing(untraced.outcomes, traced.outcomes) == [(name, "passed", "failed")]
    assert untraced.lines == 0
    # Every line that a call ran, of the tests and of the module.
    assert (traced.lines > 20) == (way == "level 3")


def test_a_suite_that_cannot_be_collected_is_not_passed_over(runner):
    (runner.source / "near.py").write_text("raise KeyError\n")
    untraced, traced = (runner.run(way).outcomes for way in (WITHOUT, WAYS["level 3"]))
    assert untraced.of("test_suite.py") == "failed to collect"
    (difference,) = differing(untraced, traced)
    assert difference == (WHOLE, "nothing to compare with: exit status 2", "exit status 2")


def test_one_that_does_not_end_is_ended(runner):
    (runner.source / "near.py").write_text("import time\ntime.sleep(600)\n")
    runner.limit = 2
    assert runner.run(WITHOUT).outcomes.of_module == "time limit"


def test_an_sdist_is_fetched_once(tmp_path):
    fetched = []

    def download(requirement, directory):
        fetched.append(requirement)
        (tmp_path / "file").write_text("text")
        with tarfile.open(directory / "project-1.0.tar.gz", "w:gz") as archive:
            archive.add(tmp_path / "file", "project-1.0/file")

    for _ in range(2):
        directory = packages.unpacked(PROJECT, tmp_path / "sources", download)
        assert (directory / "file").read_text() == "text"
    assert fetched == ["project==1.0"]
    assert os.listdir(tmp_path / "sources") == ["project-1.0"]


def test_times_are_compared_by_their_medians():
    seconds = iter([9.0, 1.0, 1.1, 2.0, 2.2, 3.0, 9.9])

    class Done:
        def __init__(self):
            self.seconds = next(seconds)

    measured = overhead.Overhead("project", "3.13")
    measured.measure(lambda options: Done(), 3)
    assert [elapsed for elapsed, _ in measured.without] == [1.0, 2.0, 3.0]
    assert [elapsed for elapsed, _ in measured.traced] == [1.1, 2.2, 9.9]
    measured.without = [(1.0, 0.5), (2.0, 1.0), (3.0, 9.0)]
    measured.traced = [(1.1, 0.6), (2.2, 1.2), (9.9, 9.0)]
    assert "| project | 1.10 (processor 1.20) of 2.0 s |" in overhead.table([measured])
