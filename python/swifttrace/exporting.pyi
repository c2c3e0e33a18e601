"""The native module that finds the calls of recordings; a program that is traced never loads it."""

from collections.abc import Callable

def play(
    path: str,
    functions: bytes,
    wanted: int,
    sequence: int,
    track: int,
    take: Callable[[int, bytes], object],
    /,
) -> None: ...
