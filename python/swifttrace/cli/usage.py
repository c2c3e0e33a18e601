"""The text of ``--help``, made of the table of options."""

from __future__ import annotations

from textwrap import wrap

from ..config.option import Flag
from ..config.options import OPTIONS, SUBCOMMANDS
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WIDTH = 80
LEFT = 30
"""The column in which what an option does begins."""

_BY_WORDS: Any = {"break_on_hyphens": False, "break_long_words": False}

HEAD = """\
usage: swifttrace [options] script.py [args]
       swifttrace [options] -m module [args]
       swifttrace [options] -c CODE [args]
       swifttrace [options] - [args]             the script on standard input
       swifttrace [options] directory-or-zip [args]
       swifttrace [options] command [args]       an installed command
"""
ABOUT = """
Runs a Python program as `python` would, and prints each line as it runs.
"""
FOOT = """
information:
  --version                   print the version
  -h, --help                  print this help

Options after the script are the script's own.
"""
COMMAND = 41
"""The width of a line of the usage, before what it does."""


def usage() -> str:
    """Return the text, at most 80 columns wide."""
    groups: dict[str, list[Flag]] = {}
    for option in OPTIONS:
        groups.setdefault(option.group, []).extend(flag for flag in option.flags if flag.help)
    parts = [HEAD, *map(_command, *zip(*SUBCOMMANDS)), ABOUT]
    for group, flags in groups.items():
        parts += [f"\n{group}:\n", *map(_entry, flags)]
    return "".join([*parts, FOOT])


def _command(name: str, arguments: str, does: str) -> str:
    return f"       {f'swifttrace {name} {arguments}':<{COMMAND}} {does}\n"


def _entry(flag: Flag) -> str:
    lines = wrap(flag.help, WIDTH - LEFT, **_BY_WORDS)
    left = "  " + flag.shown
    if len(left) >= LEFT - 1:
        return f"{left}\n" + "".join(f"{'':{LEFT}}{line}\n" for line in lines)
    return f"{left:<{LEFT}}" + f"\n{'':{LEFT}}".join(lines) + "\n"
