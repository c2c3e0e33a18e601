"""The page of a report: one file with its style, its script and its data."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zlib
from html import escape

from ..runtime.builtins import __builtins__ as __builtins__
from .data import Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

    from ..exports.played import Played

SCRIPTS = ("base", "list", "source", "trace", "calls", "timeline", "search", "main")
"""The parts of the script, in their order."""
_FOLDER = os.path.join(os.path.dirname(__file__), "viewer")
_LEVEL = 9


def viewer() -> tuple[str, str]:
    """Return the style and the script."""
    script = "".join(_part(f"{name}.js") for name in SCRIPTS)
    return _part("style.css"), f'"use strict";\n(() => {{\n{script}}})();\n'


def _part(name: str) -> str:
    with open(os.path.join(_FOLDER, name), encoding="utf-8") as file:
        return file.read()


def write(recordings: list[Played], output: IO[bytes]) -> None:
    """Write the page. Raises `CannotRead`, `OSError`."""
    reports = [Report(played) for played in recordings]
    told = json.dumps(
        {"version": 1, "runs": [report.told() for report in reports]}, separators=(",", ":")
    )
    packed = base64.b64encode(zlib.compress(told.encode("utf-8", "backslashreplace"), _LEVEL))
    style, script = viewer()
    body = _part("page.html")
    values = {
        "policy": _policy(style, script),
        "title": escape(reports[0].played.command),
        "style": style,
        "verdict": "\n".join(f"<p>{escape(line)}</p>" for line in reports[0].verdict()),
        "lines": escape("\n".join(line for report in reports for line in report.first_lines())),
        "data": packed.decode(),
        "script": script,
    }
    for name, value in values.items():
        head, _, body = body.partition(f"@{name}@")
        output.write(head.encode() + value.encode("utf-8", "backslashreplace"))
    output.write(body.encode())


def _policy(style: str, script: str) -> str:
    """Nothing is loaded, and nothing but the page's own script and style counts."""
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)};"
        " base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
