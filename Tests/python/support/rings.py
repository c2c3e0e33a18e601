"""What the tests of `--last` share: how the last lines are printed, and read again."""

from __future__ import annotations

import re
from typing import NamedTuple

from conftest import run_swifttrace
from launching import numbered

HEADING = re.compile(
    rb"# swifttrace: process (\d+): the last (\d+) of (\d+) lines?(?:, at (.*))?\n"
)


class Dump(NamedTuple):
    """The last lines, as they were printed once."""

    process: int
    shown: int
    count: int
    reason: str
    lines: bytes

    @property
    def numbers(self):
        """The numbers of the lines, at level 2 and 3."""
        return [
            int(number)
            for number in re.findall(rb"(?m)^\++ [^\[\n]*\[[^\]]*?(\d+) *\]", self.lines)
        ]


def dumps_in(output):
    """Return what was printed of rings, and the rest."""
    found, rest = [], []
    for line in output.splitlines(keepends=True):
        heading = HEADING.fullmatch(line)
        if heading:
            process, shown, count, reason = heading.groups(b"")
            found.append([int(process), int(shown), int(count), reason.decode(), b""])
        elif (found and line.startswith(b"+")) or line == b"<lost>\n":
            found[-1][-1] += line
        else:
            rest.append(line)
    return [Dump(*fields) for fields in found], b"".join(rest)


def dump_in(output):
    """Return the only one."""
    found, _ = dumps_in(output)
    assert len(found) == 1, output
    return found[0]


def shown(file, **how):
    """Return what `swifttrace show` prints of a file."""
    ended = run_swifttrace("show", file, **how)
    assert (ended.returncode, ended.stderr) == (0, b""), ended
    return dump_in(ended.stdout)


def last_of(source, last, *numbers):
    """The last ones of these lines of a program, at level 2."""
    return numbered(source, *numbers[-last:])
