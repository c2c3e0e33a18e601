"""What is installed is the whole package."""

from __future__ import annotations

from pathlib import Path

import swifttrace

SOURCES = Path(__file__).resolve().parents[3] / "python" / "swifttrace"


def test_every_module_is_installed():
    installed = Path(swifttrace.__file__).parent
    modules = [path.relative_to(SOURCES) for path in SOURCES.rglob("*.py")]
    assert [path for path in modules if not (installed / path).exists()] == []
