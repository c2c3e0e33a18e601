"""Runs one test module in one Python, with the trace or without."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from outcomes import Outcomes

# What would change how the Pythons run.
FOREIGN_VARIABLES = ("PYTHON", "SWIFTTRACE", "COVERAGE", "PYTEST", "HYPOTHESIS")
TRACE = "trace.log"
RESULTS = "results.xml"


class Run:
    """How a module ended: its outcomes, and what there is to look at."""

    def __init__(self, outcomes: Outcomes, output: str, lines: int, seconds: float) -> None:
        self.outcomes = outcomes
        self.output = output
        self.lines = lines
        """Lines of the trace, of the children's too; 0 where nothing was traced."""
        self.seconds = seconds


def run(python: str, arguments: list[str], limit: float, traced: bool) -> Run:
    """Run a module in a directory of its own, which is gone afterwards."""
    directory = tempfile.mkdtemp(prefix="gauntlet-")
    try:
        return _run_in(Path(directory), python, arguments, limit, traced)
    finally:
        remove(directory)


def _run_in(directory: Path, python: str, arguments: list[str], limit: float, traced: bool) -> Run:
    before = ["-m", "swifttrace", "-xxx", "-o", str(directory / TRACE)] if traced else []
    command = [python, *before, "-m", "test", "-v", "--junit-xml", str(directory / RESULTS)]
    start = time.monotonic()
    work = directory / "work"
    work.mkdir()
    status, output = ended([*command, *arguments], work, environment(work), directory, limit)
    seconds = time.monotonic() - start
    text = output.decode("utf-8", "backslashreplace")
    return Run(Outcomes(directory / RESULTS, text, status), text, lines_of(directory), seconds)


def ended(
    command: list[str], work: Path, variables: dict[str, str], directory: Path, limit: float
) -> tuple[int | None, bytes]:
    """Return the exit status, None where the time was over, and the output.

    The command is run in `work`; `directory` is for us.
    """
    with open(directory / "output", "w+b") as output:
        process = subprocess.Popen(
            command,
            cwd=work,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        status = _waited(process, limit)
        output.seek(0)
        return status, output.read()


def _waited(process: subprocess.Popen[bytes], limit: float) -> int | None:
    """Children that outlive it are ended too: what they hold may be waited for."""
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _kill_group(process.pid)
        process.wait()


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def environment(work: Path) -> dict[str, str]:
    """Return ours without what would change how a Python runs."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN_VARIABLES)}
    # Which of two equal things comes first is to be the same in both runs.
    return {**kept, "TMPDIR": str(work), "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}


def lines_of(directory: Path) -> int:
    """Return how many lines the traces in a directory have."""
    return sum(_lines_in(path) for path in directory.glob(TRACE + "*"))


def _lines_in(path: Path) -> int:
    count = 0
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            count += piece.count(b"\n")
    return count


def remove(directory: str) -> None:
    """Remove a directory; tests leave some in it that may not be entered."""
    for path, names, _ in os.walk(directory):
        for name in names:
            if not os.path.islink(os.path.join(path, name)):
                os.chmod(os.path.join(path, name), 0o700)
    shutil.rmtree(directory, ignore_errors=True)
