"""Each setting as it is kept, or an error that names what is wrong with it."""

from __future__ import annotations

import errno
import os

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SCOPES = ("script", "project", "all")
LEVELS = (1, 2, 3)
SHOWABLE = ("pid", "thread", "task", "depth", "module", "function")
TIMES = ("start", "delta", "line")
PATHS = ("short", "relative", "absolute")
COLORS = ("auto", "always", "never")
STANDARD_OUTPUT = 1
STANDARD_ERROR = 2
DASH = "-"
"""Standard output, in the place of a file's name. `./-` is a file."""
MOST_LAST = 10_000_000
MOST_COLUMNS = 10_000


def level(level: int) -> int:
    if not isinstance(level, int) or isinstance(level, bool):
        raise TypeError(f"level must be 1, 2 or 3, not {level!r}")
    if level not in LEVELS:
        raise ValueError(f"level must be 1, 2 or 3, not {level!r}")
    return int(level)


def scope(scope: str | None, level: int) -> str:
    if scope is None:
        return "all" if level == LEVELS[-1] else "script"
    if not isinstance(scope, str):
        raise TypeError(f"scope must be a str, not {scope!r}")
    if scope not in SCOPES:
        raise ValueError(f"scope must be script, project or all, not {scope!r}")
    return scope


def patterns(name: str, patterns: str | Iterable[str]) -> tuple[str, ...]:
    try:
        found = (patterns,) if isinstance(patterns, str) else tuple(patterns)
    except TypeError:
        raise TypeError(f"{name} must be patterns of type str, not {patterns!r}") from None
    for pattern in found:
        if not isinstance(pattern, str):
            raise TypeError(f"{name} must be patterns of type str, not {pattern!r}")
        if not pattern or "\0" in pattern:
            raise ValueError(f"{name} must be patterns for files, not {pattern!r}")
    return found


def show(fields: str | Iterable[str]) -> tuple[str, ...]:
    asked = [name for field in _listed(fields) for name in _split(field)]
    for field in asked:
        if field not in SHOWABLE:
            raise ValueError(f"show must be of {', '.join(SHOWABLE)}, not {field!r}")
    return tuple([field for field in SHOWABLE if field in asked])


def _listed(texts: str | Iterable[str]) -> Iterable[str]:
    return (texts,) if isinstance(texts, str) else texts


def _split(field: str) -> list[str]:
    return field.split(",") if isinstance(field, str) else [field]


def time(time: bool | str) -> str:
    if isinstance(time, bool):
        return TIMES[0] if time else ""
    if time not in TIMES:
        raise ValueError(f"time must be True, False or one of {', '.join(TIMES)}, not {time!r}")
    return time


def template(template: str | None) -> bytes | None:
    if template is None:
        return None
    if not isinstance(template, str):
        raise TypeError(f"format must be a str, not {template!r}")
    encoded = template.encode("utf-8", "surrogateescape")
    try:
        native.check_format(encoded)
    except ValueError as error:
        raise ValueError(f"format: {error}") from None
    return encoded


def is_standard_output(output: object) -> bool:
    """Whether it is a `-`. A path object is a file's, as `Path("./-")` is `Path("-")`."""
    if isinstance(output, bytes):  # compared with a str, -b would warn
        return output == DASH.encode()
    return isinstance(output, str) and output == DASH


def _advice(output: object) -> str:
    """Say what to do instead with what others take for an output."""
    if hasattr(output, "fileno"):
        return ": for an open file say fd=file.fileno()"
    if callable(output) or hasattr(output, "handlers"):
        return (
            ": a line may run where the program holds a lock, and calls no function. "
            "Say fd= with the end of a pipe, and have a thread log what it reads from the other"
        )
    return ""


def output(output: object, option: str = "output") -> str | bytes:
    if not isinstance(output, (str, bytes, os.PathLike)):
        raise TypeError(f"{option} must be the name of a file, not {output!r}{_advice(output)}")
    name = os.fspath(output)
    try:
        encoded = os.fsencode(name)
    except UnicodeEncodeError:
        encoded = b""
    if not encoded or b"\0" in encoded:
        raise ValueError(f"{option} must be the name of a file, not {output!r}")
    return name


def descriptor(fd: int | None) -> int:
    if fd is None:
        return STANDARD_ERROR
    if not isinstance(fd, int) or isinstance(fd, bool):
        raise TypeError(f"fd must be a descriptor's number, not {fd!r}")
    if not 0 <= fd < 2**31:
        raise ValueError(f"fd must be a descriptor's number, not {fd!r}")
    return int(fd)


def banner(banner: bool | None) -> bool | None:
    if banner is not None and not isinstance(banner, bool):
        raise TypeError(f"banner must be True, False or None, not {banner!r}")
    return banner


def color(color: str) -> str:
    if color not in COLORS:
        raise ValueError(f"color must be one of {', '.join(COLORS)}, not {color!r}")
    return color


def paths(paths: str | None) -> str:
    if paths is not None and paths not in PATHS:
        raise ValueError(f"paths must be one of {', '.join(PATHS)}, not {paths!r}")
    return paths or ""


def debug(debug: int) -> int:
    if debug not in (0, *LEVELS):
        raise ValueError(f"debug must be 1, 2 or 3, not {debug!r}")
    return debug


def debug_log(name: object) -> str | None:
    return None if name is None else os.fsdecode(output(name, "debug_log"))


def fit(wrap: bool | int, cut: bool | int) -> tuple[str, int]:
    if wrap is not False and cut is not False:
        raise ValueError("wrap and cut exclude each other")
    name, width = ("wrap", wrap) if wrap is not False else ("cut", cut)
    if not isinstance(width, int):
        raise TypeError(f"{name} must be True, False or a number of columns, not {width!r}")
    if isinstance(width, bool):
        columns = 0
    elif 1 <= width <= MOST_COLUMNS:
        columns = int(width)
    else:
        raise ValueError(f"{name} must be from 1 to {MOST_COLUMNS}, not {width!r}")
    if width is False:
        return "", 0
    return name, columns


def last(last: int | None) -> int:
    if last is None:
        return 0
    if not isinstance(last, int) or isinstance(last, bool):
        raise TypeError(f"last must be a number of lines, not {last!r}")
    if not 1 <= last <= MOST_LAST:
        raise ValueError(f"last must be from 1 to {MOST_LAST}, not {last!r}")
    return int(last)


def signal(name: str | None) -> str:
    """Return it without the `SIG`; empty for none."""
    if name is None:
        return ""
    if not isinstance(name, str):
        raise TypeError(f"dump_signal must be a signal's name, not {name!r}")
    short = name.removeprefix("SIG")
    if short in ("KILL", "STOP") or not short.isalnum() or not signal_number(short):
        raise ValueError(f"dump_signal must be the name of a signal to be caught, not {name!r}")
    return short


def signal_number(name: str) -> int:
    """0 where there is none of that name."""
    if not name:
        return 0
    import _signal  # type: ignore[import-not-found] # signal itself imports enum

    number = getattr(_signal, f"SIG{name}", 0)
    return number if isinstance(number, int) else 0


def check_no_source(output: str | bytes, scripts: Iterable[str]) -> None:
    """Raise `OSError` where a program would be lost: `-o` with its file forgotten."""
    try:
        status = os.stat(output)
    except (OSError, ValueError):
        return
    if not status.st_size:
        return
    name = os.fsdecode(output)
    if name.endswith((".py", ".pyw")) or _is_one_of(status, scripts):
        raise OSError(errno.EEXIST, "It is a program's source", name)


def is_same_file(path: str, other: str | bytes) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.stat(other))
    except (OSError, ValueError):
        return False


def say(message: str) -> None:
    """Say something of the tracer's, in one line on standard error."""
    line = "swifttrace: " + native.visible(message.replace("\n", "\\n")) + "\n"
    try:  # noqa: SIM105 (contextlib's lines might be traced)
        os.write(STANDARD_ERROR, line.encode("utf-8", "backslashreplace"))
    except OSError:
        pass  # There is nobody to tell.


def _is_one_of(status: os.stat_result, files: Iterable[str]) -> bool:
    for file in files:
        try:
            if os.path.samestat(status, os.stat(file)):
                return True
        except (OSError, ValueError):
            pass
    return False


def check_writable(fd: int) -> None:
    """Raise `OSError` for a descriptor that is closed or for reading alone."""
    import fcntl

    try:
        mode = fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(fd)) from None
    if mode == os.O_RDONLY:
        raise OSError(errno.EBADF, "Descriptor is not open for writing", str(fd))
