"""Looks for links to files and headings of the tree that are not there. Opens no connection.

usage: links.py PAGE...

The exit status is 1 if a link leads nowhere.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import unquote

from prose import FENCE

LINK = re.compile(r"\]\((?P<target>[^)\s]*)\)|\b(?:src|srcset|href)=\"(?P<source>[^\"]+)\"")
HEADING = re.compile(r"^#{1,6} +(?P<text>.+?) *$")
LABEL = re.compile(r"^\((?P<name>[\w-]+)\)=$")
ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:")
# Sphinx makes these, and checks them itself: the options and what docstrings describe.
MADE = re.compile(r"^option-")


def main(pages: list[Path]) -> int:
    """Print the links that lead nowhere; return how many they are."""
    broken = [told for page in pages for told in _broken(page)]
    print(*broken, f"{len(broken)} broken links", sep="\n")
    return len(broken)


def _broken(page: Path) -> list[str]:
    told = []
    for number, line in _lines(page):
        for link in LINK.finditer(re.sub(r"`[^`]*`", "", line)):
            target = link["target"] if link["target"] is not None else link["source"]
            if not ELSEWHERE.match(target) and not leads_somewhere(page, target):
                told.append(f"{page}:{number}: {target}")
    return told


def leads_somewhere(page: Path, target: str) -> bool:
    """Whether the file is there, and in it the heading."""
    name, _, heading = unquote(target).partition("#")
    path = (page.parent / name).resolve() if name else page
    if not path.exists():
        return False
    return not heading or bool(MADE.match(heading)) or heading in anchors(path)


def anchors(page: Path) -> set[str]:
    """Return the names of a page's headings, as GitHub and Sphinx make them, and its labels."""
    found = set()
    for _, line in _lines(page):
        label, heading = LABEL.match(line), HEADING.match(line)
        if label:
            found.add(label["name"])
        elif heading:
            text = re.sub(r"[^\w\- ]", "", heading["text"].lower()).replace(" ", "-")
            found |= {
                text,
                text.replace("_", "-"),
                re.sub(r"\W+|_", "-", heading["text"].lower()).strip("-"),
            }
    return found


def _lines(page: Path) -> list[tuple[int, str]]:
    """Return the lines that are not code, with their numbers."""
    found, fence = [], ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        mark = FENCE.match(line)
        if mark and mark[1].startswith("`") and (not fence or fence == mark[1]):
            fence = "" if fence else mark[1]
        elif not fence:
            found.append((number, line))
    return found


if __name__ == "__main__":
    sys.exit(bool(main([Path(page) for page in sys.argv[1:]])))
