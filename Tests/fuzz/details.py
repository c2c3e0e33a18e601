"""What is asked for besides the lines, by the names of `scripts/fuzz --details`."""

from __future__ import annotations

from typing import Any

DETAILS: dict[str, dict[str, Any]] = {
    "lines": {},
    "record": {"record": True},
    "values": {"values": True},
    "used": {"values": "used", "values_width": 40},
    "calls": {"values": "repr", "calls": True},
    "watch": {"watch": ("x", "fuel", "sys.path[0]", "self.value"), "values": True, "calls": True},
}
"""As `swifttrace.enable` takes them."""
OPTIONS: dict[str, list[str]] = {
    "lines": [],
    "record": ["--record"],
    "values": ["--values"],
    "used": ["--values=used", "--values-width=40"],
    "calls": ["--values=repr", "--calls"],
    "watch": ["--watch=x", "--watch=fuel", "--watch=sys.path[0]", "--values", "--calls"],
}
"""As the command does."""
