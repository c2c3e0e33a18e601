"""A recording that one version of Python has made is shown by each other one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import swifttrace
from conftest import ROOT, clean_environment, run_swifttrace
from test_record import comparable, shown

PROGRAM = """\
class Item:
    pass
def work(n):
    item = Item()
    item.n = n
    if n == 3:
        raise ValueError("three")
    return [each for each in range(n)]
for n in range(5):
    try:
        work(n)
    except ValueError as error:
        text = str(error)
"""


def other_pythons():
    """The other ones that scripts/test has installed this same build in."""
    own = Path(swifttrace.__file__).parent
    build = (own / "reading.abi3.so").read_bytes()
    found = sorted((ROOT / ".venvs").glob("3.*/lib/python3.*/site-packages/swifttrace"))
    alike = [each for each in found if (each / "reading.abi3.so").read_bytes() == build]
    return [each.parents[3] / "bin/python" for each in alike if each != own]


def run_other(python, *arguments, directory):
    ended = subprocess.run(
        [python, "-m", "swifttrace", *arguments],
        cwd=directory,
        env=clean_environment(),
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    return ended.stdout.decode()


@pytest.mark.parametrize("python", other_pythons(), ids=lambda path: path.parent.parent.name)
def test_a_recording_of_one_version_is_shown_by_the_other(python, write, tmp_path):
    write("p.py", PROGRAM)
    options = ["-xx", "--values", "--calls", "--no-banner"]
    run_other(python, *options, "-o", "other.log", "p.py", directory=tmp_path)
    run_other(python, "record", *options, "-o", "other.swt", "p.py", directory=tmp_path)
    run_swifttrace("record", *options, "-o", "own.swt", "p.py", cwd=tmp_path)
    text = comparable((tmp_path / "other.log").read_text())
    assert comparable(shown(tmp_path / "other.swt")) == text
    for name in ("own.swt", "other.swt"):
        for option in ("--fold", "--count", "--last=5"):
            ours = shown(tmp_path / name, option)
            theirs = run_other(python, "show", option, name, directory=tmp_path)
            assert theirs == ours
