"""Runs every console block of the pages and compares what is printed with what they say.

usage: check.py PYTHON PAGE...

Each page has a folder of its own, with the examples in it. Commands run in a terminal 100
columns wide, as a reader's do, with PYTHON's directory first on PATH. A command that prints
something else is shown with both texts; the exit status is 1 then.
"""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from blocks import Block, Step, blocks
from matching import matches

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 60
COLUMNS = "100"
PAGES = 4
"""How many run at a time: most of them wait."""


def main(python: str, pages: list[str]) -> int:
    """Return how many commands print something else."""
    python = str(Path(python).absolute())
    version = version_of(Path(python))
    with ThreadPoolExecutor(PAGES) as pool:
        found = list(pool.map(lambda page: check(Path(page), Path(python), version), pages))
    failures = [failure for of_page in found for failure in of_page]
    print(*failures, f"{len(failures)} commands print something else", sep="\n")
    return len(failures)


def check(page: Path, python: Path, version: tuple[int, int]) -> list[str]:
    """Run one page's blocks; return what is to be said of each command that fails."""
    with tempfile.TemporaryDirectory() as directory:
        ran = run_page(page, python, version, directory)
        return [
            said_of(page, step, printed)
            for step, printed in ran
            if not matches(step.expected, printed, directory)
        ]


def run_page(
    page: Path, python: Path, version: tuple[int, int], directory: str
) -> Iterator[tuple[Step, list[str]]]:
    """Run a page's blocks in a directory; yield each command with what it prints."""
    shutil.copytree(ROOT / "examples", Path(directory, "examples"))
    for block in blocks(page):
        if block.file:
            write(block, directory)
        elif block.since <= version:
            for step in block.steps:
                yield step, output_of(step.command, python, directory)


def write(block: Block, directory: str) -> None:
    """Write the file that the reader is to write."""
    path = Path(directory, block.file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")


def version_of(python: Path) -> tuple[int, int]:
    """Return the version that an environment's interpreter says."""
    said = subprocess.check_output([python, "-c", "import sys; print(*sys.version_info[:2])"])
    major, minor = said.split()
    return int(major), int(minor)


def said_of(page: Path, step: Step, printed: list[str]) -> str:
    """Return a command with both texts."""
    first = f"{page}:{step.line}: $ {step.command}"
    return "\n".join([first, "-- expected", *step.expected, "-- printed", *printed, ""])


def output_of(command: str, python: Path, directory: str) -> list[str]:
    """Return what a command prints on its terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["bash", "-c", f"stty -onlcr -echo cols {COLUMNS}; {command}"],
        **dict.fromkeys(("stdin", "stdout", "stderr"), theirs),
        cwd=directory,
        env=environment(python),
        start_new_session=True,
    )
    os.close(theirs)
    try:
        printed = read_all(ours)
        process.wait(TIMEOUT)
    finally:
        process.kill()
        os.close(ours)
    return printed.decode("utf-8", "replace").splitlines()


def read_all(descriptor: int) -> bytes:
    """Return what comes until nobody has the other end open."""
    parts = []
    while True:
        try:
            part = os.read(descriptor, 1 << 16)
        except OSError:  # EIO: the terminal's other end is closed
            part = b""
        if not part:
            return b"".join(parts)
        parts.append(part)


def environment(python: Path) -> dict[str, str]:
    """Return one that has the interpreter first, and neither colours nor a trace."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "SWIFTTRACE", "PYTEST", "CI"))
    }
    path = os.pathsep.join([str(python.parent), kept.get("PATH", "")])
    return {**kept, "PATH": path, "TERM": "xterm", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1], sys.argv[2:])))
