"""Programs that misbehave, each with a question and its answer, and whether it is found.

usage: whodunits.py [--python PYTHON]... [--verbose] [FOLDER...]

A FOLDER is a program, or holds several. QUESTION is one command, ANSWER (or ANSWER.txt) begins
with the `file:line` that is to be found. A program without a QUESTION has it in `questions.toml`,
by the name of its folder; without one there it is passed over. The command runs in a copy of the
folder. The score is the number of the first line of its output that names the answer.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
MOST_LINES = 40
TIMEOUT = 300
_PLACE = re.compile(r"([\w./-]+\.\w+):(\d+)")


@dataclass
class Whodunit:
    """One program."""

    folder: Path
    question: str
    answer: str

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name


@dataclass
class Score:
    """What one Python says of one program."""

    found: int
    """The number of the line that names the answer; 0: none does."""
    lines: int
    output: str

    @property
    def holds(self) -> bool:
        """Whether the answer is found in few lines."""
        return 0 < self.found <= MOST_LINES and self.lines <= MOST_LINES

    def __str__(self) -> str:
        said = f"line {self.found}" if self.found else "not named"
        return f"{said} of {self.lines}"


def read(folder: Path) -> Whodunit | None:
    """Return the program in a folder, or None where there is none or no question."""
    answer = next((path for path in folder.glob("ANSWER*") if path.is_file()), None)
    if answer is None:
        return None
    place = _PLACE.search(answer.read_text())
    if place is None:
        raise SystemExit(f"{answer}: names no file:line")
    own = folder / "QUESTION"
    question = own.read_text().strip() if own.exists() else questions().get(folder.name, "")
    return Whodunit(folder, question, place[0]) if question else None


def questions() -> dict[str, str]:
    """Return the questions about programs that have none with them."""
    return tomllib.loads((HERE / "questions.toml").read_text())


def find(folders: list[Path]) -> list[Whodunit]:
    """Return the programs in the folders, and in the folders that these hold."""
    found = []
    for folder in folders:
        if not folder.is_dir():
            raise SystemExit(f"{folder}: no such folder")
        candidates = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]
        found += [each for each in map(read, candidates) if each is not None]
    if not found:
        raise SystemExit("no program with a question was found")
    return found


def ask(whodunit: Whodunit, python: Path) -> Score:
    """Ask the question in a copy of the folder."""
    path = os.pathsep.join((str(python.absolute().parent), os.environ.get("PATH", "")))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SWIFTTRACE")}
    with tempfile.TemporaryDirectory(prefix="whodunit-") as directory:
        copy = Path(directory, whodunit.name)
        hidden = shutil.ignore_patterns("ANSWER*", "QUESTION", "__pycache__", ".pytest_cache")
        shutil.copytree(whodunit.folder, copy, ignore=hidden)
        ended = subprocess.run(
            ["sh", "-c", whodunit.question],
            cwd=copy,
            env={**kept, "PATH": path, "PYTHON": str(python), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT,
        )
    return scored(whodunit, ended.stdout.decode("utf-8", "replace"))


def scored(whodunit: Whodunit, output: str) -> Score:
    """Find the line that names the answer."""
    named = re.compile(rf"(?<![\w.]){re.escape(whodunit.answer)}(?!\d)")
    lines = output.splitlines()
    found = next((number for number, line in enumerate(lines, 1) if named.search(line)), 0)
    return Score(found, len(lines), output)


def main(arguments: list[str]) -> int:
    """Print the scores; return 1 if an answer was not found."""
    parser = argparse.ArgumentParser(description="Score what swifttrace says of known faults.")
    parser.add_argument("--python", action="append", type=Path, help="ask with this Python")
    parser.add_argument("--verbose", action="store_true", help="print what was answered")
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    asked = parser.parse_args(arguments)
    failed = 0
    for whodunit in find(asked.folders or [HERE]):
        for python in asked.python or [Path(sys.executable)]:
            score = ask(whodunit, python)
            failed += not score.holds
            version = python.absolute().parent.parent.name
            mark = " " if score.holds else "!"
            print(
                f"{mark} {whodunit.name:<24} {version:<6} {whodunit.answer:<22} {score}", flush=True
            )
            if asked.verbose or not score.holds:
                print(f"  $ {whodunit.question}", *score.output.splitlines(), sep="\n    ")
    print(f"{failed} answers were not found" if failed else "all answers were found")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
