"""What differs between the runs of one command: the seed of hashes and other things."""

from __future__ import annotations

import argparse
import shlex

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

SWITCH_INTERVAL = "SWIFTTRACE_SWITCH_INTERVAL"
KNOBS = ("hash", "switch-interval", "tz", "locale")
_INTERVALS = ("0.005", "0.00001", "0.001", "0.0001", "0.02")
_ZONES = ("UTC", "America/New_York", "Asia/Tokyo", "Asia/Kolkata", "Pacific/Kiritimati")
_LOCALES = ("C", "C.UTF-8", "en_US.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8")


class Knob:
    """One thing as it is set for one run."""

    told: Sequence[str] = ()

    def __init__(self, name: str, variable: str, value: str) -> None:
        self.told_short = (variable, value)
        self.variables = {variable: value}
        if name != "hash":
            self.variables["PYTHONHASHSEED"] = "0"

    def repeat(self, command: str) -> str:
        """Return the command that repeats the run."""
        told = [f"{name}={shlex.quote(value)}" for name, value in self.variables.items()]
        return " ".join([*told, command])


class Choice:
    """The things that are varied in turn."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def of(self, number: int) -> Knob:
        """Return how one run is made; the runs are numbered from 0."""
        turn, which = divmod(number, len(self.names))
        name = self.names[which]
        if name == "hash":
            return Knob(name, "PYTHONHASHSEED", str(turn))
        variable, values = {
            "switch-interval": (SWITCH_INTERVAL, _INTERVALS),
            "tz": ("TZ", _ZONES),
            "locale": ("LC_ALL", _LOCALES),
        }[name]
        return Knob(name, variable, values[turn % len(values)])


def chosen(text: str) -> Choice:
    """Read what is to be varied."""
    names = text.split(",")
    for name in names:
        if name not in KNOBS:
            raise argparse.ArgumentTypeError(f"{', '.join(KNOBS)} are needed, not {name!r}")
    return Choice(list(dict.fromkeys(names)))
