"""Chrome's JSON, which chrome://tracing, Perfetto and speedscope read."""

from __future__ import annotations

import json

from ..runtime.builtins import __builtins__ as __builtins__
from .played import CALL, CALLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

    from .played import Played


def write(recordings: list[Played], output: IO[bytes]) -> None:
    """Write all calls. Raises `CannotRead`, `OSError`."""
    start = min(played.began for played in recordings)
    processes = {played.process for played in recordings}
    output.write(b'{"displayTimeUnit":"ns","traceEvents":[\n')
    for played in recordings:
        offset = played.began - start
        _put(output, _names(played))
        _calls(played, output, offset)
        if played.parent in processes:
            _put(output, _flow(played, offset))
        _put(output, _end(played, offset))
    # A comma stands behind each of the others.
    last = {"ph": "M", "name": "trace_version", "pid": 0, "args": {"recordings": len(recordings)}}
    output.write(json.dumps(last).encode() + b"\n]}\n")


def _put(output: IO[bytes], events: list[dict[str, Any]]) -> None:
    output.writelines(json.dumps(event).encode() + b",\n" for event in events)


def _names(played: Played) -> list[dict[str, Any]]:
    process = {"ph": "M", "pid": played.process}
    return [
        {**process, "name": "process_name", "args": {"name": played.command}},
        *(
            {**process, "tid": thread, "name": "thread_name", "args": {"name": name}}
            for thread, name in played.threads.items()
        ),
    ]


def _calls(played: Played, output: IO[bytes], offset: int) -> None:
    heads = [_event_head(played, code) for code in range(len(played.codes))]

    def take(data: bytes) -> None:
        output.write(
            "".join(
                [
                    f'{heads[code]}"tid":{thread},"ts":{(start + offset) / 1000:.3f},'
                    f'"dur":{(end - start) / 1000:.3f}}},\n'
                    for _, _, code, thread, _, _, start, end in CALL.iter_unpack(data)
                ]
            ).encode()
        )

    played.play({CALLS: take})


def _event_head(played: Played, code: int) -> str:
    name, where = json.dumps(played.codes[code][2]), json.dumps(played.position(code))
    return f'{{"ph":"X","name":{name},"cat":"call","args":{{"at":{where}}},"pid":{played.process},'


def _flow(played: Played, offset: int) -> list[dict[str, Any]]:
    """An arrow from the process that has started this one."""
    both = {"name": "starts", "cat": "process", "id": played.process, "ts": offset / 1000, "tid": 0}
    return [
        {**both, "ph": "s", "pid": played.parent},
        {**both, "ph": "f", "bp": "e", "pid": played.process},
    ]


def _end(played: Played, offset: int) -> list[dict[str, Any]]:
    if not played.has_end:
        return []
    status = "" if played.status is None else f" with status {played.status}"
    mark = {"ph": "i", "s": "p", "name": f"ends{status}", "pid": played.process, "tid": 0}
    return [{**mark, "ts": (offset + played.end) / 1000}]
