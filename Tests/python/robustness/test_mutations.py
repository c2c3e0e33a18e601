"""The edits that break the code on purpose: each can be applied to the code as it is."""

from __future__ import annotations

import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "Tests" / "mutations"))

from mutations import read_edits


@pytest.mark.parametrize("edit", read_edits(), ids=lambda edit: edit.name)
def test_an_edit_can_be_applied_and_its_tests_are_there(edit):
    assert (ROOT / edit.file).read_text().count(edit.find) == 1
    assert [test for test in edit.tests if not (ROOT / test).exists()] == []
