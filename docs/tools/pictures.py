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
from rich.terminal_theme import TerminalTheme
from rich.text import Text

PROMPT = "$ swifttrace -xx --values --calls --scope project examples/shop apple kiwi"
COMMAND = ["-m", "swifttrace", "--color", "always", *PROMPT.split()[2:]]
FIRST = "for article, count in basket"
"""What the picture begins with, as it runs for the last time but one."""
LINES, COLUMNS = 18, 92
LIGHT = TerminalTheme(
    (255, 255, 255),
    (36, 41, 47),
    [
        *((36, 41, 47), (164, 14, 38), (17, 99, 41), (116, 78, 0)),
        *((9, 80, 174), (130, 80, 223), (27, 124, 131), (87, 96, 106)),
    ],
)
DARK = TerminalTheme(
    (13, 17, 23),
    (230, 237, 243),
    [
        *((110, 118, 129), (255, 123, 114), (126, 231, 135), (242, 204, 96)),
        *((121, 192, 255), (210, 168, 255), (86, 212, 221), (230, 237, 243)),
    ],
)
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""What a page that shows the picture would load from elsewhere."""


def session() -> list[str]:
    """Return the lines of the session, in colours, from the first that is worth a look."""
    ended = subprocess.run([sys.executable, *COMMAND], capture_output=True, text=True, check=True)
    lines = ended.stderr.splitlines()
    before = max(number for number, line in enumerate(lines) if FIRST in ESCAPES.sub("", line))
    lines = lines[:before]
    first = max(number for number, line in enumerate(lines) if FIRST in ESCAPES.sub("", line))
    return [PROMPT, "...", *lines[first : first + LINES], "..."]


def picture(theme: TerminalTheme) -> str:
    """Return the session as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for line in session():
        console.print(Text.from_ansi(line), overflow="crop", no_wrap=True)
    text = console.export_svg(title="swifttrace", theme=theme, unique_id="swifttrace")
    return FONTS.sub("", text).replace("Fira Code", "ui-monospace, Menlo, Consolas")


def main(directory: Path) -> None:
    """Write both files."""
    for name, theme in {"light": LIGHT, "dark": DARK}.items():
        text = picture(theme)
        (directory / f"session-{name}.svg").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
