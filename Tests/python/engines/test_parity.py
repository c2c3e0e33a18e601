"""Ours prints what `sys.settrace` sees: the oracle's list, item for item."""

from __future__ import annotations

import compileall

import pytest
from comparing import first_difference
from conftest import ROOT, TESTS, run_python, run_swifttrace, untagged
from parity import ORACLE, STABLE, traced_by
from rings import shown

PROGRAMS = sorted((TESTS / "programs").glob("*.py"))
EXAMPLES = [*sorted((ROOT / "examples").glob("*.py")), ROOT / "examples/shop/__main__.py"]


@pytest.fixture(scope="session", autouse=True)
def _byte_code():
    """The first run of a package would write it, and run other lines of the import system's."""
    for directory in (ROOT / "examples", TESTS / "programs"):
        compileall.compile_dir(directory, quiet=2)


@pytest.mark.parametrize("level", [2, 3])
@pytest.mark.parametrize("program", PROGRAMS + EXAMPLES, ids=lambda path: path.stem)
def test_every_line_is_the_oracles(program, level, tmp_path):
    expected, ended = traced_by("oracle", level, program, tmp_path)
    found, ended_with_us = traced_by("native", level, program, tmp_path)
    assert first_difference(expected, found) is None
    assert expected, ended.stderr
    assert (ended.returncode, ended.stdout) == (ended_with_us.returncode, ended_with_us.stdout)


@pytest.mark.parametrize("level", [1, 3])
@pytest.mark.parametrize("program", PROGRAMS + EXAMPLES, ids=lambda path: path.stem)
def test_the_lines_that_are_kept_are_the_oracle_s_last_ones(program, level, tmp_path):
    expected, ended = traced_by("oracle", level, program, tmp_path)
    ring = tmp_path / "ring"
    ended_with_us = run_python(ORACLE, "ring", str(level), ring, program, env=STABLE, cwd=tmp_path)
    dump = shown(ring)
    found = dump.lines.decode(errors="surrogateescape").splitlines()
    assert first_difference(expected[-1000:], [untagged(line) for line in found]) is None
    assert dump.count == len(expected)
    assert (ended.returncode, ended.stdout) == (ended_with_us.returncode, ended_with_us.stdout)


@pytest.mark.parametrize("program", PROGRAMS + EXAMPLES, ids=lambda path: path.stem)
def test_the_command_prints_the_oracles_lines_on_standard_error(program, tmp_path):
    expected, ended = traced_by("oracle", 1, program, tmp_path)
    found = run_swifttrace("-x", program, env=STABLE, cwd=tmp_path)
    lines = [line for line in found.stderr.decode().splitlines() if line[:2] == "+ "]
    if any(line != untagged(line) for line in lines):  # threads take turns as they like
        expected, lines = sorted(expected), sorted(map(untagged, lines))
    assert first_difference(expected, lines) is None
    assert (ended.returncode, ended.stdout) == (found.returncode, found.stdout)
