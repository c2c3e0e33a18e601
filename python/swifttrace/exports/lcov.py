"""Coverage as lcov has it: how often each line and each function ran."""

from __future__ import annotations

from ..recordings.annotated import runnable
from ..runtime.builtins import __builtins__ as __builtins__
from .functions import Functions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from .played import Played


class _File:
    def __init__(self) -> None:
        self.lines: dict[int, int] = {}
        self.functions: dict[tuple[int, str], int] = {}
        """Of each function its first line and name, and the line that its body begins with."""


def write(recordings: list[Played], output: IO[bytes]) -> None:
    """Write all files. Raises `CannotRead`, `OSError`."""
    files: dict[str, _File] = {}
    for played in recordings:
        _add(played, files)
    for path in sorted(files):
        text = "".join(f"{line}\n" for line in _record(path, files[path]))
        output.write(text.encode("utf-8", "backslashreplace"))


def _add(played: Played, files: dict[str, _File]) -> None:
    counts = played.file.counts()
    for number, ran in counts.files.items():
        # genhtml ends at a name that is no file: `<string>`, or of lines without source.
        if played.paths[number][:1] in ("", "<"):
            continue
        file = files.setdefault(played.paths[number].replace("\n", "?"), _File())
        source = played.sources[number]
        if source is not None:
            for line in runnable(source):
                file.lines.setdefault(line, 0)
            file.functions.update(_functions(source))
        for line, counted in ran.items():
            file.lines[line] = file.lines.get(line, 0) + counted[0]


def _functions(source: bytes) -> Iterator[tuple[tuple[int, str], int]]:
    functions = Functions()
    functions.add(1, source)
    entered = functions.entered(1)
    for number, (_, line, name) in enumerate(functions.known, 1):
        if number in entered:
            yield (line, name), entered[number]


def _record(path: str, file: _File) -> Iterator[str]:
    yield "TN:"
    yield f"SF:{path}"
    hits = {key: file.lines.get(line, 0) for key, line in sorted(file.functions.items())}
    yield from (f"FN:{line},{name}" for line, name in hits)
    yield from (f"FNDA:{count},{name}" for (_, name), count in hits.items())
    yield f"FNF:{len(hits)}"
    yield f"FNH:{sum(map(bool, hits.values()))}"
    yield from (f"DA:{line},{count}" for line, count in sorted(file.lines.items()) if line)
    yield f"LF:{sum(1 for line in file.lines if line)}"
    yield f"LH:{sum(1 for line, count in file.lines.items() if line and count)}"
    yield "end_of_record"
