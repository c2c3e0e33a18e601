"""Makes the README's pictures: a coloured session of an example, light and dark.

usage: pictures.py DIRECTORY
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI, TerminalTheme
from rich.text import Text

PROMPT = "$ swifttrace -xx --values --calls examples/primes.py 5"
COMMAND = ["-m", "swifttrace", "--color", "always", *PROMPT.split()[2:]]
FIRST, LINES, COLUMNS = 10, 18, 84
LIGHT = TerminalTheme(
    (255, 255, 255),
    (36, 41, 47),
    [
        *((36, 41, 47), (164, 14, 38), (17, 99, 41), (116, 78, 0)),
        *((9, 80, 174), (130, 80, 223), (27, 124, 131), (87, 96, 106)),
    ],
)
FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""What a page that shows the picture would load from elsewhere."""


def session() -> list[str]:
    """Return the lines of the session, in colours, from the first that is worth a look."""
    ended = subprocess.run([sys.executable, *COMMAND], capture_output=True, text=True, check=True)
    lines = ended.stderr.splitlines()
    return [PROMPT, "...", *lines[FIRST : FIRST + LINES], "..."]


def picture(theme: TerminalTheme) -> str:
    """Return the session as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for line in session():
        console.print(Text.from_ansi(line), overflow="crop", no_wrap=True)
    text = console.export_svg(title="swifttrace", theme=theme, unique_id="swifttrace")
    return FONTS.sub("", text).replace("Fira Code", "ui-monospace, Menlo, Consolas")


def main(directory: Path) -> None:
    """Write both files."""
    for name, theme in {"light": LIGHT, "dark": DIMMED_MONOKAI}.items():
        text = picture(theme)
        (directory / f"session-{name}.svg").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
