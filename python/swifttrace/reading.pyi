"""The native module that reads recordings; a program that is traced never loads it."""

from typing import type_check_only

@type_check_only
class Follower:
    """A capsule: a recording that is folded as it is written."""

def follow(path: str, /) -> Follower: ...
def news(follower: Follower, /) -> bytes: ...
def ways(follower: Follower, /) -> bytes: ...
def describe(path: str, /) -> bytes: ...
def count(path: str, /) -> bytes: ...
def fold(path: str, /) -> bytes: ...
def tail(path: str, level: int, last: int, root: bytes | None, crosses: int, /) -> bytes: ...
def sources(path: str, /) -> list[bytes | None]: ...
def show(
    path: str,
    descriptor: int,
    level: int,
    last: int,
    lines: int,
    context: int,
    thread: int,
    since: int,
    until: int,
    wanted: bytes,
    near: bytes,
    root: bytes | None,
    crosses: int,
    /,
) -> int: ...
