"""The native module that reads recordings; a program that is traced never loads it."""

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
) -> tuple[int, int]: ...
