"""Writes the manual page and the completions, from the table of options.

usage: python docs/shell DIRECTORY
"""

from __future__ import annotations

import sys
from pathlib import Path

import bash
import fish
import manual
import zsh

FILES = {
    "man/man1/swifttrace.1": manual.text,
    "bash-completion/completions/swifttrace": bash.text,
    "zsh/site-functions/_swifttrace": zsh.text,
    "fish/vendor_completions.d/swifttrace.fish": fish.text,
}
"""Where each is found below `share`."""


def main(directory: Path) -> None:
    """Write them below the directory."""
    for name, text in FILES.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
