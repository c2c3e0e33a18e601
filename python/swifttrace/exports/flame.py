"""Folded stacks: one line for each chain of calls, with the time that its last one took itself."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from .played import Played


def write(recordings: list[Played], output: IO[bytes]) -> None:
    """Write all stacks. Raises `CannotRead`, `OSError`."""
    for played in recordings:
        played.play({})
        above = [f"{played.command} ({played.process})"] if len(recordings) > 1 else []
        output.writelines(f"{stack} {value}\n".encode() for stack, value in stacks(played, above))


def stacks(played: Played, above: list[str]) -> Iterator[tuple[str, int]]:
    """Yield each chain of calls with its microseconds; without times with its count."""
    texts: list[str] = []
    has_threads = len([node for node in played.nodes if node[0] < 0]) > 1
    has_times = any(own for *_, own in played.nodes)
    for parent, code, count, _, own in played.nodes:
        if parent < 0:
            names = [*above, played.thread(code)] if has_threads else above
            texts.append(";".join(map(_frame, names)))
            continue
        name = _frame(f"{played.codes[code][2]} ({played.position(code)})")
        texts.append(f"{texts[parent]};{name}" if texts[parent] else name)
        value = own // 1000 if has_times else count
        if value:
            yield texts[-1], value


def _frame(name: str) -> str:
    return name.replace(";", ",").replace("\n", " ")
