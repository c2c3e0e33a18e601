"""Looks at the prose of pages: the words that proselint knows, and some rules of our own.

usage: prose.py PAGE...

Code is left out. The exit status is 1 if there is something to mend.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

FENCE = re.compile(r"^ *(`{3,}|:{3,})")
SPAN = re.compile(r"(`+)(?:(?!\1).)+\1", re.DOTALL)
LINK = re.compile(r"\]\([^)]*\)|<[^<>\n]+>")
OURS = {
    r"^What [^?]*\.$": "A sentence does not begin with What.",
    r"\b(?:utili[sz]e|in order to|leverage|simply|please note)\b": "Use a plainer word, or none.",
    r"\b(?!code )(\w+) \1\b": "A word is there twice.",
    r"\b(?:it's|doesn't|don't|can't|isn't|won't)\b": "Write it out.",
}
# Programs and their marks are quoted as they are, and the language is British.
EXCEPTIONS = re.compile(r": (typography|spelling|lexical_illusions)\.?[\w.]*: ")


def main(pages: list[Path]) -> int:
    """Print what is to be mended; return how much it is."""
    with tempfile.TemporaryDirectory() as directory:
        texts = {Path(directory, f"{number}.md"): page for number, page in enumerate(pages)}
        for path, page in texts.items():
            path.write_text(prose(page.read_text(encoding="utf-8")), encoding="utf-8")
        found = [*of_proselint(texts), *of_ours(texts)]
    print(*found, f"{len(found)} places to mend", sep="\n")
    return len(found)


def prose(text: str) -> str:
    """Return a page without code and without targets of links, in as many lines."""
    kept, fence = [], ""
    for line in text.splitlines():
        mark = FENCE.match(line)
        if mark and mark[1].startswith("`") and (not fence or fence == mark[1]):
            fence = "" if fence else mark[1]
            line = ""
        kept.append("" if fence else line)
    text = SPAN.sub(lambda code: "code" + "\n" * code[0].count("\n"), "\n".join(kept))
    return LINK.sub("", text)


def of_proselint(texts: dict[Path, Path]) -> list[str]:
    """Return what proselint says, without the exceptions."""
    command = [sys.executable, "-m", "proselint", "-o", "compact", "check"]
    ended = subprocess.run([*command, *texts], capture_output=True, text=True)
    if ended.stderr:
        sys.exit(ended.stderr)
    found = []
    for path, page in texts.items():
        said = [line for line in ended.stdout.splitlines() if line.startswith(f"{path}:")]
        found += [f"{page}{line.removeprefix(str(path))}" for line in said]
    return [line for line in found if not EXCEPTIONS.search(line)]


def of_ours(texts: dict[Path, Path]) -> list[str]:
    """Return the lines that break a rule of ours."""
    found = []
    for path, page in texts.items():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for pattern, told in OURS.items():
                if re.search(pattern, line):
                    found.append(f"{page}:{number}: {told} ({line.strip()[:60]})")
    return found


if __name__ == "__main__":
    sys.exit(bool(main([Path(page) for page in sys.argv[1:]])))
