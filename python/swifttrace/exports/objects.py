"""JSON lines: one object for each recording, thread, place, way, call and note."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii

from ..recordings.folded import as_objects
from ..runtime.builtins import __builtins__ as __builtins__
from .played import CALL, CALLS, ENDINGS, NOTES, notes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO, Any

    from .played import Played


def write(recordings: list[Played], output: IO[bytes]) -> None:
    """Write all objects. Raises `CannotRead`, `OSError`."""
    for number, played in enumerate(recordings, 1):
        _calls(played, output, number)
        for each in _others(played):
            output.write(json.dumps({**each, "recording": number}).encode() + b"\n")


def _calls(played: Played, output: IO[bytes], number: int) -> None:
    heads = [_call_head(played, code, number) for code in range(len(played.codes))]
    sites = [json.dumps(played.names.position(place)) for place in range(len(played.names.places))]
    sites[0] = "null"

    def take_calls(data: bytes) -> None:
        output.write(
            "".join(
                [
                    f'{heads[code]}"call": {call}, "parent": {parent}, "thread": {thread},'
                    f' "from": {sites[site]}, "depth": {flags >> 4}, "start": {start},'
                    f' "end": {end}, "ended": "{ENDINGS[flags & 7]}",'
                    f' "resumed": {"true" if flags & 8 else "false"}}}\n'
                    for call, parent, code, thread, site, flags, start, end in CALL.iter_unpack(
                        data
                    )
                ]
            ).encode()
        )

    def take_notes(data: bytes) -> None:
        head = f'{{"type": "note", "recording": {number}, "call": '
        output.write(
            "".join(
                [
                    f'{head}{call}, "thread": {thread}, "at": {sites[place]}, "time": {time},'
                    f' "text": {encode_basestring_ascii(text)}}}\n'
                    for call, place, thread, time, text in notes(data)
                ]
            ).encode()
        )

    played.play({CALLS: take_calls, NOTES: take_notes})


def _call_head(played: Played, code: int, number: int) -> str:
    function, where = json.dumps(played.codes[code][2]), json.dumps(played.position(code))
    return f'{{"type": "call", "recording": {number}, "function": {function}, "at": {where}, '


def _others(played: Played) -> Iterator[dict[str, Any]]:
    yield {
        "type": "recording",
        "file": played.file.name,
        "process": played.process,
        "parent": played.parent,
        "command": played.file.arguments,
        "directory": played.file.root,
        "began": played.began,
        "took": played.end,
        "status": played.status,
        "has_end": played.has_end,
        "inferred": played.is_inferred,
        "timed": played.is_timed,
    }
    for thread, name in played.threads.items():
        yield {"type": "thread", "thread": thread, "name": name}
    places = zip(played.names.places[1:], played.counts())
    for (file, line, text), (count, first, last) in places:
        place = {"type": "place", "at": f"{played.names.files[file]}:{line}"}
        yield {**place, "text": text, "count": count, "first": first, "last": last}
    for way in as_objects(played.file.fold()):
        yield {"type": "way", **way}
