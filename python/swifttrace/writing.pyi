"""The native module that writes recordings; it is loaded where one is asked for."""

from collections.abc import Iterable
from typing import type_check_only

@type_check_only
class Recorder:
    """A capsule: what one session records with."""

def recorder(
    fields: Iterable[tuple[int, bytes]],
    size: int,
    age: int,
    keeps_failed: bool,
    libraries: Iterable[bytes] | None,
    followed: bool,
    /,
) -> Recorder: ...
def folded(path: str, /) -> tuple[bytes, bytes]: ...
