"""The differences that are known, and why they are there: explained.toml."""

from __future__ import annotations

import fnmatch
import tomllib
from pathlib import Path

FILE = Path(__file__).with_name("explained.toml")


class Explanation:
    """Some tests of one module, what comes of them with the trace on, and why."""

    def __init__(self, entry: dict) -> None:
        self.module: str = entry["module"]
        self.tests: list[str] = entry["tests"]
        self.pythons: list[str] = entry.get("pythons", [])
        """None named: all of them."""
        self.traced: list[str] = entry.get("traced", ["failed"])
        self.reason: str = entry["reason"]

    def covers(self, module: str, version: str, test: str, traced: str) -> bool:
        """Whether it is about that test's outcome."""
        return (
            self.concerns(module, version)
            and traced in self.traced
            and any(fnmatch.fnmatchcase(test, pattern) for pattern in self.tests)
        )

    def concerns(self, module: str, version: str) -> bool:
        """Whether a run of the module in that Python could have shown it."""
        return module == self.module and (not self.pythons or version in self.pythons)


def read() -> list[Explanation]:
    """Read the file. Raises `OSError`, `tomllib.TOMLDecodeError`, `KeyError`."""
    entries = tomllib.loads(FILE.read_text(encoding="utf-8")).get("difference", [])
    return [Explanation(entry) for entry in entries]
