"""Runs programs, traced, under valgrind's memcheck: what it finds in the native module.

The interpreter has findings of its own: those count whose stack has a frame of our module, of
leaks where the memory was allocated, if nothing points to it any more.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

TESTS = Path(__file__).resolve().parents[1]
WORK = TESTS / "soak" / "work.py"
TORTURE = TESTS / "python" / "programs" / "torture.py"
MODULE = "swifttrace.abi3.so"
MEMCHECK = (
    "valgrind --tool=memcheck --xml=yes --leak-check=full --show-leak-kinds=definite"
    " --errors-for-leak-kinds=definite --num-callers=60 --child-silent-after-fork=yes"
    " --trace-children=no --error-limit=no --track-origins=yes"
)
UNSET_DIGIT = "_PyLong_FromByteArray"
"""3.11's `int.from_bytes` finds its 0 by a digit that it has not set, times zero: from then on
memcheck holds that 0 for uninitialised, wherever it is looked at."""


def is_ours(error: ElementTree.Element) -> bool:
    if (error.findtext("kind") or "").startswith("Uninit"):
        made = error.findall("stack")[-1]
        if any(frame.findtext("fn") == UNSET_DIGIT for frame in made.iter("frame")):
            return False
    return any(Path(found.text or "").name == MODULE for found in error.iter("obj"))


def described(error: ElementTree.Element) -> str:
    """Return what it is and the innermost frames, for people."""
    text = error.findtext("what") or error.findtext("xwhat/text") or ""
    frames = error.findall("stack/frame")[:12]
    lines = [f"    {frame.findtext('fn', '?')} ({_place(frame)})" for frame in frames]
    return "\n".join([f"  {error.findtext('kind')}: {text}", *lines])


def _place(frame: ElementTree.Element) -> str:
    file, line = frame.findtext("file"), frame.findtext("line")
    if file is not None:
        return f"{file}:{line}"
    return f"{Path(frame.findtext('obj', '')).name} {frame.findtext('ip', '')}"


def errors_of(*arguments: str | Path) -> list[ElementTree.Element]:
    """Run this Python with the arguments; return all findings. Exits where it fails."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory, "report.xml")
        command = [*MEMCHECK.split(), f"--xml-file={report}", sys.executable, *arguments]
        environment = {**os.environ, "PYTHONMALLOC": "malloc", "PYTHONWARNINGS": "ignore"}
        ended = subprocess.run(
            list(map(str, command)), env=environment, input=b"", capture_output=True, check=False
        )
        if ended.returncode != 0:
            sys.exit(f"valgrind: {arguments}: status {ended.returncode}\n{ended.stderr.decode()}")
        return ElementTree.parse(report).getroot().findall("error")


def main() -> None:
    count = 0
    with tempfile.TemporaryDirectory() as directory:
        traced = ["-m", "swifttrace", "-xxx", "--values", "--calls", "-o", f"{directory}/trace"]
        os.mkdir(f"{directory}/work")
        programs = {
            "everything": [WORK, f"{directory}/work", "1"],
            "torture": [*traced, TORTURE],
        }
        for name, arguments in programs.items():
            errors = errors_of(*arguments)
            ours = [error for error in errors if is_ours(error)]
            print(f"{name}: {len(ours)} of {len(errors)} findings in the native module")
            print("".join(described(error) + "\n" for error in ours), end="", flush=True)
            count += len(ours)
    sys.exit(count > 0)


if __name__ == "__main__":
    main()
