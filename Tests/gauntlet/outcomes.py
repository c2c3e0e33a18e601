"""What came of each test of a module, from what regrtest leaves behind."""

from __future__ import annotations

import re
import signal
import xml.etree.ElementTree as ET
from pathlib import Path

WHOLE = "(the module)"
"""The name under which the outcome of the whole run is kept."""

# What unittest prints above a traceback; for a sub-test and for setUpClass, whose
# failures are in the XML of no test, too.
_HEADING = re.compile(r"^={70}\n(ERROR|FAIL): (\S+) ?(.*)$", re.MULTILINE)
_RESULT = re.compile(r"^Result: (.*)$", re.MULTILINE)


class Outcomes:
    """Each test's outcome by its name: passed, failed, skipped, expected to fail."""

    def __init__(self, xml: Path, output: str, status: int | None) -> None:
        self.by_name: dict[str, str] = {WHOLE: _of_module(output, status)}
        self.is_complete = xml.exists()
        """Whether it came to its end: regrtest writes the results then."""
        if self.is_complete:
            self._read(xml)
        for _, name, where in _HEADING.findall(output):
            self.by_name[_identity(name, where)] = "failed"

    def _read(self, xml: Path) -> None:
        for case in ET.parse(xml).iter("testcase"):
            name = case.get("name")
            # A test with a failure in a sub-test has none: it is in the output.
            if name is not None:
                self.by_name[plain(name)] = _of_case(case)

    @property
    def count(self) -> int:
        return len(self.by_name) - 1

    def of(self, name: str) -> str:
        """Return the test's outcome, "missing" where there was no such test."""
        return self.by_name.get(name, "missing")

    def has(self, name: str, outcome: str) -> bool:
        """Whether that came of the test."""
        return self.of(name) == outcome

    @property
    def of_module(self) -> str:
        return self.by_name[WHOLE]


def _of_case(case: ET.Element) -> str:
    if case.get("outcome") or case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if case.find("skipped") is not None:
        return "skipped"
    return "failed as expected" if case.find("output") is not None else "passed"


def _of_module(output: str, status: int | None) -> str:
    if status is None:
        return "time limit"
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    found = _RESULT.findall(output)
    return found[-1].lower() if found else f"exit status {status}"


def _identity(name: str, where: str) -> str:
    """The test's name in the XML: `(test.test_x.Case.test_y) (i=1)` has it in front."""
    inner = re.match(r"\(([^)]*)\)", where)
    if inner is None:
        return plain(name)
    full = inner[1]
    return plain(full if full.endswith(name) else f"{full}.{name}")


def plain(name: str) -> str:
    """Return a name without the addresses that change from run to run."""
    return re.sub(r"0x[0-9a-f]+", "0x", re.sub(r"^test\.", "", name))
