"""A program that notices whatever is disturbed of it is attached to again and again."""

from __future__ import annotations

import pytest
from attached import needs_ptrace
from conftest import ROOT, run_python

pytestmark = [needs_ptrace, pytest.mark.slow]


def test_a_hostile_program_neither_crashes_nor_goes_wrong():
    soak = ROOT / "Tests" / "soak" / "attaching.py"
    ended = run_python(soak, "--cycles", "30", "--killed", "10")
    assert ended.returncode == 0, ended.stdout
