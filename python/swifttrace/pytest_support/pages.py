"""`--swifttrace-html`: a page for a browser of each test that fails."""

from __future__ import annotations

import os
import re
import tempfile
import zlib

import pytest

from ..exports.files import stored
from ..exports.played import Played
from ..html import page
from ..recordings.files import CannotRead
from ..recordings.opening import open_file
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from .again import Again

HEADING = "swifttrace: page"
_MOST = 120
"""How many characters of a test's name are in the name of its page."""


class Pages:
    """Has each failing test run again, recorded, and writes its page."""

    def __init__(self, config: pytest.Config, folder: str, again: Again) -> None:
        self._folder = os.path.join(str(config.invocation_params.dir), folder)
        self._shown = folder
        self._again = again
        self._failed = ""
        """The test that has its page: its teardown may fail as well."""

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, None]:
        """Say in the report where the page is."""
        outcome = yield
        report = outcome.get_result()
        if report.failed and self._failed != item.nodeid:
            self._failed = item.nodeid
            report.sections.append((HEADING, self._write(item)))

    def _write(self, item: pytest.Item) -> str:
        name = _name(item.nodeid)
        with tempfile.TemporaryDirectory(prefix="swifttrace-") as folder:
            recording = os.path.join(folder, "test.swt")
            said = self._again.record(item, recording)
            if not os.path.exists(recording):
                return f"({said or 'run again, it was not recorded'})"
            try:
                os.makedirs(self._folder, exist_ok=True)
                played = Played(open_file(recording, as_recording=True))
                path = os.path.join(self._folder, name)
                stored(path, lambda output: page.write([played], output))
            except (CannotRead, OSError) as error:
                reason = error.strerror if isinstance(error, OSError) else error
                return f"({name} cannot be written: {reason})"
        return os.path.join(self._shown, name) + (f" ({said})" if said else "")


def _name(test: str) -> str:
    """Return the name of a file for a test, another one for each."""
    name = re.sub(r"::|/", "-", test)
    plain = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)[:_MOST]
    number = "" if plain == name else f"-{zlib.crc32(test.encode('utf-8', 'replace')):08x}"
    return f"{plain}{number}.html"
