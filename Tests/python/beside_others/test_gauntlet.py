"""What scripts/gauntlet makes of the results of CPython's tests."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "Tests/gauntlet"))

import explanations
from comparison import Comparison
from explanations import Explanation
from modules import Module
from outcomes import WHOLE, Outcomes
from report import differences, table
from runs import Run

pytestmark = pytest.mark.slow

PASSED = '<testcase name="test.test_x.Case.test_a"/>'
FAILED = '<testcase name="test.test_x.Case.test_a"><failure type="AssertionError"/></testcase>'
SKIPPED = '<testcase name="test.test_x.Case.test_b"><skipped>no</skipped></testcase>'
NAMELESS = "<testcase/>"
SUBTEST = f"{'=' * 70}\nFAIL: test_a (test.test_x.Case.test_a) (i=1)\n{'-' * 70}\nTraceback ...\n"
IN_SET_UP = f"{'=' * 70}\nERROR: setUpClass (test.test_x.Case)\n{'-' * 70}\nTraceback ...\n"


@pytest.fixture
def outcomes(tmp_path):
    """Make outcomes of what regrtest would have written; None: it wrote no results."""

    def make(cases, output="", status=0):
        xml = tmp_path / "results.xml"
        xml.unlink(missing_ok=True)
        if cases is not None:
            xml.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
        result = "\nResult: SUCCESS\n" if status == 0 else "\nResult: FAILURE\n"
        return Outcomes(xml, output + result, status)

    return make


def compared(untraced, traced, known=()):
    """Compare two or, with what comes of running them again, four outcomes."""
    runs = {
        False: [Run(each, "", 0, 0.0) for each in untraced],
        True: [Run(each, "", 9, 0.0) for each in traced],
    }
    comparison = Comparison(Module("test_x", ["test_x"]), "3.13", list(known))
    comparison.run(lambda is_traced: runs[is_traced].pop(0))
    return comparison


def explanation(**fields):
    return Explanation({"module": "test_x", "tests": ["*test_a"], "reason": "known", **fields})


def test_equal_outcomes_are_no_difference(outcomes):
    cases = PASSED + SKIPPED
    comparison = compared([outcomes(cases)], [outcomes(cases)])
    assert (comparison.tests, comparison.lines, comparison.differences) == (2, 9, [])


def test_a_test_that_fails_is_an_open_difference(outcomes):
    comparison = compared([outcomes(PASSED)] * 2, [outcomes(FAILED, status=2)] * 2)
    assert [d.test for d in comparison.open] == ["test_x.Case.test_a"]
    assert "1 DIFFERENT" in table([comparison])
    assert "test_x.Case.test_a: passed → failed (3.13)" in differences([comparison])


@pytest.mark.parametrize("output", [SUBTEST, IN_SET_UP], ids=["sub-test", "setUpClass"])
def test_what_fails_outside_of_a_test_case_is_a_difference(output, outcomes):
    comparison = compared([outcomes(PASSED)] * 2, [outcomes(NAMELESS, output, 2)] * 2)
    assert comparison.open


def test_a_test_that_fails_untraced_as_well_is_none(outcomes):
    untraced = [outcomes(PASSED), outcomes(FAILED, status=2)]
    assert compared(untraced, [outcomes(FAILED, status=2)] * 2).differences == []


def test_one_that_is_gone_the_second_time_is_named_and_no_error(outcomes):
    traced = [outcomes(FAILED, status=2), outcomes(PASSED)]
    comparison = compared([outcomes(PASSED)] * 2, traced)
    assert comparison.open == []
    assert "1 not steady" in table([comparison])
    assert "test_x.Case.test_a: passed → failed" in differences([comparison])


def test_an_explained_one_is_named_with_its_reason_and_not_run_again(outcomes):
    comparison = compared(
        [outcomes(PASSED)], [outcomes(FAILED, status=2)], [explanation(pythons=["3.13"])]
    )
    assert comparison.open == []
    assert "1 explained" in table([comparison])
    assert "Explained: known\n- test_x: test_x.Case.test_a" in differences([comparison])


@pytest.mark.parametrize(
    "fields",
    [{"pythons": ["3.12"]}, {"module": "test_y"}, {"tests": ["*test_b"]}, {"traced": ["missing"]}],
    ids=["another Python", "another module", "another test", "another outcome"],
)
def test_an_explanation_of_something_else_explains_nothing(fields, outcomes):
    traced = [outcomes(FAILED, status=2)] * 2
    assert compared([outcomes(PASSED)] * 2, traced, [explanation(**fields)]).open


def test_an_explanation_that_is_not_needed_is_said(outcomes):
    comparison = compared([outcomes(PASSED)], [outcomes(PASSED)], [explanation()])
    assert "Explained and not seen:\n- test_x: *test_a" in differences([comparison])


@pytest.mark.parametrize(
    ("status", "said"), [(None, "time limit"), (-11, "killed by SIGSEGV")], ids=["hangs", "crashes"]
)
def test_a_module_that_does_not_end_is_one_difference(status, said, outcomes):
    comparison = compared([outcomes(PASSED)] * 2, [outcomes(None, status=status)] * 2)
    assert [(d.test, d.traced) for d in comparison.open] == [(WHOLE, said)]


def test_a_module_that_does_not_end_untraced_is_not_passed_over(outcomes):
    comparison = compared([outcomes(None, status=None)] * 2, [outcomes(None, status=None)] * 2)
    assert [d.untraced for d in comparison.open] == ["nothing to compare with: time limit"]


def test_every_explanation_has_a_reason_and_a_module_that_is_run():
    listed = subprocess.run(
        [sys.executable, ROOT / "Tests/gauntlet/gauntlet.py", "--list"],
        capture_output=True,
        text=True,
        check=True,
    )
    for each in explanations.read():
        assert each.reason.strip()
        assert each.module in listed.stdout.split()
