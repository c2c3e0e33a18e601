"""coverage.py beside us: its C tracer, and its core on `sys.monitoring`."""

from __future__ import annotations

import functools
import json
import sys

import pytest
from beside import MANY_WAYS, ORDERS, has_monitoring, needs

pytestmark = needs("coverage")

# Its own core does branches where the interpreter has the events for them, from 3.14 on.
CORES = [("ctrace", True)]
if has_monitoring:
    CORES.append(("sysmon", False))
if sys.version_info >= (3, 14):
    CORES.append(("sysmon", True))


@functools.cache
def measured(program, order, core, branches):
    """Return how the run ended, and the figures of coverage's report."""
    launch = ["-m", "coverage", "run", "--include=program.py", "program.py"]
    if branches:
        launch.insert(3, "--branch")
    data = program.directory / f"{order}-{core}-{branches}.coverage"
    ended = program.run(order, *launch, env={"COVERAGE_CORE": core, "COVERAGE_FILE": str(data)})
    return ended, figures(program, data)


def figures(program, data):
    from coverage import Coverage

    report = data.with_suffix(".json")
    coverage = Coverage(data_file=data, config_file=False, include=[str(program.path)])
    coverage.load()
    coverage.json_report(outfile=str(report))
    (found,) = json.loads(report.read_text())["files"].values()
    return found


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("core", "branches"), CORES, ids=lambda value: {True: "branches", False: "lines"}.get(value)
)
def test_the_figures_are_those_without_us(core, branches, order, beside):
    program = beside(MANY_WAYS)
    alone, expected = measured(program, None, core, branches)
    ended, found = measured(program, order, core, branches)
    assert found == expected
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, alone.stdout, b"")
    assert ended.trace == program.lines(order)
    # And they say what they should.
    number = program.source.splitlines().index("    never()") + 1
    assert number in found["missing_lines"]
    assert len(found["executed_lines"]) > 50
    assert bool(found.get("executed_branches")) == branches
