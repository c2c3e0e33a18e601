"""What a test run is to trace: the command line, then SWIFTTRACE_PYTEST, then an ini file.

A worker of pytest-xdist is told by its controller.
"""

from __future__ import annotations

import os
import sys

import pytest

from ..config.checks import MOST_LAST
from ..config.environment import split
from ..config.options import IN_API
from ..config.settings import Settings
from ..runtime.builtins import __builtins__ as __builtins__
from .again import Told
from .difference import ALONE, LAST_PASS
from .fresh import VARIABLE as AGAIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VARIABLE = "SWIFTTRACE_PYTEST"
_WHAT = ("swifttrace", "on_failure", "diff", "flaky")
NAMES = (*_WHAT, "scope", "output", "record", "html", "phases")
PHASES = {"call": ("call",), "all": ("setup", "call", "teardown")}
_ROWS = "40"
"""How many rows a report has, if nobody says how many."""
_ALONE = {"on_failure": _ROWS, "diff": "alone", "flaky": "20"}
"""What a field says that has no value."""
_MOST_RUNS = 1000
LEVELS = {"1": 1, "2": 2, "3": 3}


class Wanted:
    """Raises `pytest.UsageError` with one line on what is wrong."""

    def __init__(self, config: pytest.Config) -> None:
        values = _Values(config)
        self.told: dict[str, Any] = {name: values[name] for name in NAMES}
        """What workers of pytest-xdist are told."""
        self.level = _level(*values["swifttrace"])
        """Of every test; None: of those alone that have the marker."""
        self.last, self.has_values = _number(*values["on_failure"])
        """How many lines of a test that fails are shown, 0: none; and whether with values."""
        self.again = values.again
        """Where a test that has failed is to be run again in this process."""
        self.has_values &= self.again is None
        self.runs = _runs(*values["flaky"])
        """How often a test is run to see when it fails; 0: it is not."""
        self.scope = _scope(*values["scope"])
        self.phases = PHASES[_one_of(tuple(PHASES), "call", *values["phases"])]
        self._output_source, self.output = values["output"]
        """A file's name, `-`, or None: the tests' reports."""
        if self.output == "":
            raise pytest.UsageError("--swifttrace-output needs the name of a file, or -")
        self.is_recorded = values["record"][1] is not None
        if self.is_recorded:
            self._record(*values["record"])
        self.html = values["html"][1]
        """The folder of the pages of tests that fail, or None."""
        if self.html == "":
            raise pytest.UsageError(f"{values['html'][0]} needs the name of a folder")
        self.diff = _diff(*values["diff"])
        """What a failing test is compared with: `alone` or `last-pass`."""
        if self.diff and (self.level or self.output):
            raise pytest.UsageError(
                f"{values['diff'][0]} and a trace of all lines exclude each other"
            )
        if self.diff and values["phases"][1] is None:
            self.phases = PHASES["all"]
            self.told["phases"] = values["diff"][0], "all"
        if self.level and self.output and self.last:
            self._choose(values["on_failure"][0])

    def _record(self, source: str, file: str | None) -> None:
        """Every test is traced, at level 1 if nothing is said, into a recording."""
        if self.output is not None:
            raise pytest.UsageError(f"{self._output_source} and {source} exclude each other")
        if file in ("", "-"):
            raise pytest.UsageError(f"{source} needs the name of a file")
        self._output_source, self.output = source, file
        self.level = self.level or 1

    def check_no_output(self) -> None:
        """Raise it where lines are to go somewhere, and no test has any."""
        if self.output is not None and self._output_source != ini_name("output"):
            source = self._output_source
            raise pytest.UsageError(f"{source} needs --swifttrace, or a test with the marker")

    def _choose(self, source: str) -> None:
        """Lines are kept or they are written: what an ini file says counts less."""
        if source != ini_name("on_failure"):
            raise pytest.UsageError(f"{source} and an output of all lines exclude each other")
        self.last = 0


def marked(item: pytest.Item) -> tuple[int | None, str | None] | None:
    """Return what the marker says of level and scope; None: the test has none."""
    marker = item.get_closest_marker("swifttrace")
    if marker is None:
        return None
    try:
        level, scope = _arguments(*marker.args, **marker.kwargs)
    except TypeError:
        raise _bad_marker(item, "it takes level and scope") from None
    try:
        Settings(level=1 if level is None else level, scope=scope)
    except (TypeError, ValueError) as error:
        raise _bad_marker(item, str(error)) from None
    return level, scope


def _bad_marker(item: pytest.Item, reason: str) -> pytest.UsageError:
    return pytest.UsageError(f"{item.nodeid}: marker swifttrace: {reason}")


def _arguments(level: int | None = None, scope: str | None = None) -> tuple[int | None, str | None]:
    return level, scope


def ini_name(name: str) -> str:
    """Return the name of the ini option; the command line's has `-` for `_`."""
    return name if name == "swifttrace" else f"swifttrace_{name}"


class _Values:
    """By its name, where a value is from, for people, and the value."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.told = getattr(config, "workerinput", {}).get("swifttrace")
        self.again = self._again()
        self.environment = self._environment()

    def __getitem__(self, name: str) -> tuple[str, str | None]:
        full_name = ini_name(name)
        value = getattr(self.config.option, full_name)
        if self.told is not None:
            source, told = self.told[name]
            return source, told
        if value is not None:
            return "--" + full_name.replace("_", "-"), str(value)
        if name in self.environment:
            return f"{VARIABLE}: {name}", self.environment[name]
        return full_name, self.config.getini(full_name) or None

    def _again(self) -> Told | None:
        """Take what is said of a test that is run again."""
        text = self._taken(AGAIN)
        if not text:
            return None
        told = Told(text)
        self.told = told.values
        return told if told.folder else None

    def _environment(self) -> dict[str, str]:
        value = self._taken(VARIABLE)
        return _fields(value) if value else {}

    def _taken(self, name: str) -> str:
        """Take a variable away while the tests run: they may run pytest themselves."""
        value = os.environ.get(name)
        if not value or sys.flags.ignore_environment:
            return ""
        del os.environ[name]
        self.config.add_cleanup(lambda: os.environ.__setitem__(name, value))
        return value


def _fields(value: str) -> dict[str, str]:
    """A level alone, or fields with commas between them, as SWIFTTRACE has them."""
    if value.strip().isdecimal():
        return {"swifttrace": value.strip()}
    fields: dict[str, str] = {}
    for field in split(value):
        name, sign, text = field.partition("=")
        name = name.strip().replace("-", "_")
        if name == "level":
            name = "swifttrace"
        elif name == "values" and not sign:
            name, sign, text = "on_failure", "=", f"{fields.get('on_failure', _ROWS)},values"
        elif not sign and name.isdecimal():
            name, sign, text = "swifttrace", "=", name
        if name not in NAMES or not (sign or name in _ALONE):
            known = "level, on-failure, diff, flaky, scope, output, record, html, phases"
            raise pytest.UsageError(f"{VARIABLE}: unknown field {field!r}; the fields are {known}")
        fields[name] = text if sign else _ALONE[name]
    return fields


def _level(source: str, value: str | None) -> int | None:
    if value is not None and value not in LEVELS:
        raise pytest.UsageError(f"{source}: the level must be 1, 2 or 3, not {value!r}")
    return None if value is None else LEVELS[value]


def _number(source: str, value: str | None) -> tuple[int, bool]:
    if value is None:
        return 0, False
    number, _, more = value.replace(" ", "").partition(",")
    if number == "values" and not more:
        number, more = _ROWS, number
    if more not in ("", "values"):
        raise pytest.UsageError(f"{source}: only ,values may follow the number, not {value!r}")
    if not number.isdecimal() or len(number) > 9 or not 1 <= int(number) <= MOST_LAST:
        raise pytest.UsageError(
            f"{source}: the number of lines must be from 1 to {MOST_LAST}, not {value!r}"
        )
    return int(number), bool(more)


def _runs(source: str, value: str | None) -> int:
    if value is None:
        return 0
    if not (value.isdecimal() and value.isascii() and len(value) < 9):
        raise pytest.UsageError(f"{source} needs a number of runs, not {value!r}")
    if not 2 <= int(value) <= _MOST_RUNS:
        raise pytest.UsageError(f"{source}: the number must be from 2 to {_MOST_RUNS}")
    return int(value)


def _diff(source: str, value: str | None) -> str | None:
    return None if value is None else _one_of((ALONE, LAST_PASS), ALONE, source, value)


def _scope(source: str, value: str | None) -> str:
    try:
        return IN_API["scope"].check(source, value) or "project"
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def _one_of(choices: tuple[str, ...], default: str, source: str, value: str | None) -> str:
    if value is None:
        return default
    if value not in choices:
        listed = f"{', '.join(choices[:-1])} or {choices[-1]}"
        raise pytest.UsageError(f"{source} must be {listed}, not {value!r}")
    return value
