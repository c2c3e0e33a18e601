"""A tree of processes with threads in each: all that the oracle sees in each of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
from conftest import TESTS, TIMEOUT, clean_environment, run_python, run_swifttrace

TREES = TESTS / "trees"
WAYS = re.findall(r'(?m)^    "([\w-]+)": by_', (TREES / "tree.py").read_text())
# Three levels of processes below the first; every way is there, most of them twice.
CHAINS = [[WAYS[(n + step) % len(WAYS)] for step in (0, 1, 2)] for n in range(0, len(WAYS), 2)]
QUIET = {"PYTHONWARNINGS": "ignore", "NO_COLOR": "1"}


@pytest.fixture
def project(tmp_path):
    """A project with the programs; beside it is where the traces go."""
    directory = tmp_path / "project"
    directory.mkdir()
    (directory / "setup.cfg").touch()
    for program in TREES.glob("*.py"):
        shutil.copy(program, directory)
    return directory


def run_oracle(project, program, *arguments):
    """What the oracle sees, process by process."""
    output = project.parent / "oracle"
    output.mkdir()
    environment = {**QUIET, "PYTHONPATH": str(TREES / "oracle"), "ORACLE": f"{project}:{output}"}
    ended = run_python(project / program, *arguments, cwd=project, env=environment)
    assert (ended.returncode, ended.stdout) == (0, b""), ended.stderr
    return processes("".join(file.read_text() for file in output.iterdir()))


def by_environment(project, *more):
    """What has each process traced as the oracle does it, to a file of its own."""
    output = project.parent / "trace-%p.log"
    fields = ["level=3", "scope=project", "show=pid", "show=thread", "banner=no"]
    fields += [f"output={output}", *more]
    return {**QUIET, "SWIFTTRACE": ",".join(fields)}


def by_command(*more):
    """The options for the same, on standard error."""
    return ["-xxx", "--scope=project", "--show=pid,thread", "--no-banner", *more]


def traces_of(project):
    """What is in the files, but for the blank end of one whose process was killed."""
    files = project.parent.glob("trace-*.log")
    return [file.read_text().rstrip(" ") for file in files]


def processes(trace):
    """The processes of a trace, each as its threads with their lines in order.

    Those of two runs compare: there is no pid in them, and they are sorted.
    """
    found = {}
    for line in trace.splitlines():
        whole = re.fullmatch(r"(\++) \{(\d+) ([^}]*)\} (\[.*)", line)
        assert whole, line
        crosses, pid, thread, rest = whole.groups()
        # multiprocessing tells its helpers descriptors' numbers and sys.path by their `-c`.
        line = re.sub(r"main\(.*", "main(...)", rest) if "<string>" in rest else rest
        found.setdefault(pid, {}).setdefault(thread, []).append(f"{crosses} {line}")
    return sorted(
        sorted([thread, *lines] for thread, lines in each.items()) for each in found.values()
    )


def listed(processes):
    """One list, of which pytest shows the first difference."""
    return [line for threads in processes for thread in threads for line in thread]


@pytest.mark.parametrize("chain", CHAINS, ids="-then-".join)
def test_all_lines_of_all_processes_are_the_oracles(chain, project):
    expected = run_oracle(project, "tree.py", *chain)
    assert len(expected) > sum("exec" not in way or "fork" in way for way in chain)

    program = project / "tree.py"
    ended = run_python(program, *chain, cwd=project, env=by_environment(project))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    traces = traces_of(project)
    assert listed(processes("".join(traces))) == listed(expected)
    assert len(traces) == len(expected)

    ended = run_swifttrace(*by_command(), program, *chain, cwd=project, env=QUIET)
    assert (ended.returncode, ended.stdout) == (0, b"")
    # What comes through a pseudo-terminal has its line ends.
    trace = ended.stderr.decode().replace("\r\n", "\n")
    assert listed(processes(trace)) == listed(expected)


TURNS, PAUSE, SECONDS = 1000, 0.002, 2


def test_all_processes_that_are_killed_have_left_what_had_run(project):
    """`timeout` kills its whole process group."""
    expected = run_oracle(project, "endless.py", str(TURNS), "0")
    killed = subprocess.run(
        ["timeout", "-s", "KILL", str(SECONDS), sys.executable]
        + [project / "endless.py", str(100 * TURNS), str(PAUSE)],
        env=clean_environment(**by_environment(project)),
        cwd=project,
        stderr=subprocess.PIPE,
        timeout=TIMEOUT,
        check=False,
    )
    assert killed.returncode in (-9, 128 + 9)
    assert killed.stderr == b""
    traces = traces_of(project)
    assert all(trace.endswith("\n") for trace in traces)
    found = processes("".join(traces))
    assert len(found) == len(expected) == 3
    for threads, wanted in zip(found, expected):
        assert [name for name, *_ in threads] == [name for name, *_ in wanted]
        for lines, all_lines in zip(threads, wanted):
            assert len(lines) > 100
            assert lines == all_lines[: len(lines)]
