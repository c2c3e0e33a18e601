"""The native module."""

from types import CodeType, FrameType
from typing import Any, final

@final
class Session:
    """What `open_session` returns: a capsule, which this class only names."""

def configure(standard_library: str, /) -> None: ...
def open_session(
    level: int,
    scope: int,
    scripts: tuple[str, ...] | None,
    roots: tuple[str, ...],
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    libraries: tuple[str, ...],
    own: str,
    output: str | bytes | None,
    descriptor: int,
    shown: int,
    depth: int,
    command: bytes | None,
    continues: bool,
    /,
) -> Session: ...
def activate(session: Session | None, /) -> None: ...
def set_pair_session(session: Session, /) -> None: ...
def session_state(session: Session, /) -> tuple[int, str | None]: ...
def engine() -> tuple[str, str]: ...
def flush() -> None: ...
def hold_source(code: CodeType, source: bytes, /) -> None: ...
def global_trace(frame: FrameType, event: str, arg: Any, /) -> Any: ...
def local_trace(frame: FrameType, event: str, arg: Any, /) -> Any: ...
