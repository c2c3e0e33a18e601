"""What the oracle and ours print of one program."""

from __future__ import annotations

from conftest import TESTS, run_python, untagged

ORACLE = TESTS / "support" / "oracle.py"
STABLE = {"PYTHONHASHSEED": "0"}


def traced_by(mode, level, program, directory):
    """Return the lines that the tracer printed, and the program's end."""
    output = directory / f"{mode}-{level}"
    ended = run_python(ORACLE, mode, str(level), output, program, env=STABLE, cwd=directory)
    lines = output.read_text(errors="surrogateescape").splitlines()
    return [untagged(line) for line in lines], ended
