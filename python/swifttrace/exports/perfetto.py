"""Perfetto's own format: packets of track events, compressed.

The numbers of fields are those of `trace_packet.proto`, `track_event.proto`,
`track_descriptor.proto`, `clock_snapshot.proto` and `interned_data.proto`.
"""

from __future__ import annotations

import zlib

from ..runtime.builtins import __builtins__ as __builtins__
from .played import PACKETS
from .protobuf import fixed, message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

    from .played import Played

_PACKET, _COMPRESSED = 1, 50
_TIMESTAMP, _CLOCK, _SEQUENCE, _FLAGS = 8, 58, 10, 13
_SNAPSHOT, _DEFAULTS, _EVENT, _INTERNED, _TRACK = 6, 59, 11, 12, 60
_CLEARED = 1
_BOOTTIME, _INCREMENTAL = 6, 64
"""The clock that times are of, and that of one sequence, whose packets have differences."""
_INSTANT = 3
_MARKS = 0x7FFF
"""The sequence of the events that are not calls."""
_TRACKS = 20
"""How many bits of a track's number are of the thread."""
LEVEL = 1


def write(recordings: list[Played], output: IO[bytes]) -> None:
    """Write all calls. Raises `CannotRead`, `OSError`."""
    parents = {played.process: number for number, played in enumerate(recordings, 1)}
    for number, played in enumerate(recordings, 1):
        _put(output, _head(played, number) + _tracks(played, number))

        def take(data: bytes) -> None:
            _put(output, data)

        played.play({PACKETS: take}, number, number << _TRACKS)
        _put(output, _marks(played, number, parents.get(played.parent)))


def _put(output: IO[bytes], packets: bytes) -> None:
    compressed = message((_COMPRESSED, zlib.compress(packets, LEVEL)))
    output.write(message((_PACKET, compressed)))


def _head(played: Played, number: int) -> bytes:
    """The clock, what packets have that say nothing else, and the names."""
    clocks = [
        message((1, _BOOTTIME), (2, played.began)),
        message((1, _INCREMENTAL), (2, played.began), (3, 1)),
    ]
    defaults = message((_CLOCK, _INCREMENTAL), (_EVENT, message((11, number << _TRACKS))))
    names = [
        (2, message((1, code), (2, name))) for code, (_, _, name) in enumerate(played.codes) if code
    ]
    return message(
        (
            _PACKET,
            message(
                (_SEQUENCE, number),
                (_FLAGS, _CLEARED),
                (_SNAPSHOT, message(*((1, clock) for clock in clocks))),
                (_DEFAULTS, defaults),
                (_INTERNED, message(*names)),
            ),
        )
    )


def _tracks(played: Played, number: int) -> bytes:
    """The process, and in it the threads; the first one's track is the default."""
    top = number << _TRACKS
    process = top + (1 << _TRACKS - 1)
    command = message((1, played.process), (6, played.command))
    tracks = [message((1, process), (3, command))]
    for thread in {0: "", **played.threads}:
        tracks.append(message((1, top + thread), (5, process), (2, played.thread(thread))))
    return b"".join(
        message((_PACKET, message((_SEQUENCE, number), (_TRACK, track)))) for track in tracks
    )


def _marks(played: Played, number: int, parent: int | None) -> bytes:
    """The end of the process, and where its parent has started it."""
    track, packets = number << _TRACKS, b""
    if parent is not None:
        above = f"starts process {played.process}"
        packets = _mark(played.began, parent << _TRACKS, above, fixed(47, number))
        packets += _mark(played.began, track, "begins", fixed(48, number))
    if played.has_end:
        status = "" if played.status is None else f" with status {played.status}"
        packets += _mark(played.began + played.end, track, f"ends{status}")
    return packets


def _mark(time: int, track: int, name: str, flow: bytes = b"") -> bytes:
    event = message((9, _INSTANT), (11, track), (23, name)) + flow
    packet = message((_SEQUENCE, _MARKS), (_TIMESTAMP, time), (_CLOCK, _BOOTTIME), (_EVENT, event))
    return message((_PACKET, packet))
