"""Each setting as it is kept, or an error that names what is wrong with it."""

from __future__ import annotations

import errno
import os

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import STANDARD_ERROR
from ..runtime.process import STANDARD_OUTPUT as STANDARD_OUTPUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _ast import Expression as Tree
    from collections.abc import Callable, Iterable
    from types import CodeType

SCOPES = ("script", "project", "all")
LEVELS = (1, 2, 3)
SHOWABLE = ("pid", "thread", "task", "depth", "module", "function")
TIMES = ("start", "delta", "line")
PATHS = ("short", "relative", "absolute")
COLORS = ("auto", "always", "never")
DASH = "-"
"""Standard output, in the place of a file's name. `./-` is a file."""
LOG = "swifttrace.log"
MOST_LAST = 10_000_000
MOST_COLUMNS = 10_000
DEEPEST = 2**31
_ONLY_TREE = 0x400  # ast.PyCF_ONLY_AST


def level(name: str, level: int) -> int:
    if not isinstance(level, int) or isinstance(level, bool):
        raise TypeError(f"{name} must be 1, 2 or 3, not {level!r}")
    if level not in LEVELS:
        raise ValueError(f"{name} must be 1, 2 or 3, not {level!r}")
    return int(level)


def scope(name: str, scope: str | None) -> str | None:
    """None: the level says which."""
    if scope is not None and not isinstance(scope, str):
        raise TypeError(f"{name} must be a str, not {scope!r}")
    if scope is not None and scope not in SCOPES:
        raise ValueError(f"{name} must be script, project or all, not {scope!r}")
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


def show(name: str, fields: str | Iterable[str]) -> tuple[str, ...]:
    asked = [each for field in _listed(fields) for each in _split(field)]
    for field in asked:
        if field not in SHOWABLE:
            raise ValueError(f"{name} must be one or more of {', '.join(SHOWABLE)}, not {field!r}")
    return tuple([field for field in SHOWABLE if field in asked])


def _listed(texts: str | Iterable[str]) -> Iterable[str]:
    return (texts,) if isinstance(texts, str) else texts


def _split(field: str) -> list[str]:
    return field.split(",") if isinstance(field, str) else [field]


def time(name: str, time: bool | str) -> str:
    """Return "start", "delta", "line" or nothing: which seconds lines say."""
    if isinstance(time, bool):
        return TIMES[0] if time else ""
    if time not in TIMES:
        raise ValueError(f"{name} must be True, False or one of {', '.join(TIMES)}, not {time!r}")
    return time


def template(name: str, template: str | None) -> bytes | None:
    if template is None:
        return None
    if not isinstance(template, str):
        raise TypeError(f"{name} must be a str, not {template!r}")
    encoded = template.encode("utf-8", "surrogateescape")
    try:
        native.check_format(encoded)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
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


def file(name: str, file: object) -> str | bytes | None:
    if file is None:
        return None
    if not isinstance(file, (str, bytes, os.PathLike)):
        raise TypeError(f"{name} must be the name of a file, not {file!r}{_advice(file)}")
    path = os.fspath(file)
    try:
        encoded = os.fsencode(path)
    except UnicodeEncodeError:
        encoded = b""
    if not encoded or b"\0" in encoded:
        raise ValueError(f"{name} must be the name of a file, not {file!r}")
    return path


def text_file(name: str, path: object) -> str | None:
    """The same as text."""
    found = file(name, path)
    return None if found is None else os.fsdecode(found)


def descriptor(name: str, fd: int | None) -> int:
    if fd is None:
        return STANDARD_ERROR
    if not isinstance(fd, int) or isinstance(fd, bool):
        raise TypeError(f"{name} must be a descriptor's number, not {fd!r}")
    if not 0 <= fd < 2**31:
        raise ValueError(f"{name} must be a descriptor's number, not {fd!r}")
    return int(fd)


def yes_no_or_neither(name: str, asked: bool | None) -> bool | None:
    if asked is not None and not isinstance(asked, bool):
        raise TypeError(f"{name} must be True, False or None, not {asked!r}")
    return asked


def one_of(*words: str) -> Callable[[str, str | None], str]:
    """Return a check that takes one of these words; None, where it is none of them, is empty."""

    def check(name: str, word: str | None) -> str:
        if word not in (None, *words):
            known = words[0] if len(words) == 1 else f"one of {', '.join(words)}"
            raise ValueError(f"{name} must be {known}, not {word!r}")
        return word or ""

    return check


def log_level(name: str, level: int) -> int:
    if level not in (0, *LEVELS):
        raise ValueError(f"{name} must be 1, 2 or 3, not {level!r}")
    return level


def columns(name: str, width: bool | int) -> bool | int:
    """Return a number of columns, True for those of the terminal, or False."""
    if not isinstance(width, int):
        raise TypeError(f"{name} must be True, False or a number of columns, not {width!r}")
    if not isinstance(width, bool) and not 1 <= width <= MOST_COLUMNS:
        raise ValueError(f"{name} must be from 1 to {MOST_COLUMNS}, not {width!r}")
    return width if isinstance(width, bool) else int(width)


def count_of_lines(name: str, count: int | None) -> int:
    """Return how many lines are kept; 0: all are written."""
    if count is None:
        return 0
    if not isinstance(count, int) or isinstance(count, bool):
        raise TypeError(f"{name} must be a number of lines, not {count!r}")
    if not 1 <= count <= MOST_LAST:
        raise ValueError(f"{name} must be from 1 to {MOST_LAST}, not {count!r}")
    return int(count)


USUAL_WIDTH, LEAST_WIDTH = 120, 8


def width_of_values(name: str, count: int) -> int:
    """Return how many characters of a value are shown."""
    if not isinstance(count, int) or isinstance(count, bool):
        raise TypeError(f"{name} must be a number of characters, not {count!r}")
    if not LEAST_WIDTH <= count <= 1_000_000:
        raise ValueError(f"{name} must be {LEAST_WIDTH} to 1000000, not {count!r}")
    return int(count)


def count_of_calls(name: str, count: int | None) -> int:
    """Return how many calls in scope deep what is shown may be; 1: those that nobody in
    scope has called.
    """
    if count is None:
        return DEEPEST
    if not isinstance(count, int) or isinstance(count, bool):
        raise TypeError(f"{name} must be a number of calls, not {count!r}")
    if not 1 <= count < DEEPEST:
        raise ValueError(f"{name} must be 1 or more, not {count!r}")
    return int(count)


class Expression:
    """One that is watched, compiled. Raises `TypeError`, or `ValueError` where it does not."""

    __slots__ = ("code", "text", "tree")

    def __init__(self, name: str, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"{name} needs expressions of type str, not {text!r}")
        self.text = text
        try:
            self.tree: Tree = compile(text.strip(), f"<{name}>", "eval", _ONLY_TREE)
            self.code: CodeType = compile(self.tree, f"<{name}>", "eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = getattr(error, "msg", None) or str(error) or "memory ran out"
            raise ValueError(f"{name} {text!r}: {reason}") from None

    def __repr__(self) -> str:
        return repr(self.text)


def expressions(name: str, asked: str | Iterable[str]) -> tuple[Expression, ...]:
    texts = (asked,) if isinstance(asked, str) else tuple(asked)
    return tuple([Expression(name, text) for text in texts])


EVENTS = (
    *("open", "mkdir", "remove", "rename", "putenv", "chdir", "import", "connect", "exec"),
    *("exit", "call:FUNC", "raise:TYPE"),
)
"""What people call things that a program does. Audit events of other names have a dot."""
_NEEDING = ("call", "raise")


def audit_events(name: str, asked: str | Iterable[str]) -> tuple[str, ...]:
    """Return events with patterns. Raises `TypeError` or `ValueError`."""
    found = _texts(name, asked)
    for text in found:
        event, _, pattern = text.partition(":")
        if event in _NEEDING:
            _check_function(f"{name} {event}", pattern)
        elif event not in EVENTS and not _is_dotted(event):
            raise ValueError(
                f"{name} {text!r}: there is no such event; there are {', '.join(EVENTS)},"
                " and the audit events of Python, such as os.listdir"
            )
    return found


def functions(name: str, asked: str | Iterable[str]) -> tuple[str, ...]:
    """Return names of functions. Raises `TypeError` or `ValueError`."""
    found = _texts(name, asked)
    for text in found:
        _check_function(name, text)
    return found


def pairs(name: str, asked: str | Iterable[str]) -> tuple[str, ...]:
    """Return pairs of names with a comma between them. Raises `TypeError` or `ValueError`."""
    found = _texts(name, asked)
    for text in found:
        parts = text.split(",")
        if len(parts) != 2:
            raise ValueError(f"{name} must be two names, such as mkdtemp,rmtree, not {text!r}")
        for part in parts:
            _check_function(name, part)
    return found


def exception_class(name: str, asked: bool | str) -> bool | str:
    """Return whether exceptions are asked about, or the name of their class."""
    if isinstance(asked, str):
        _check_function(name, asked)
        return asked
    if not isinstance(asked, bool):
        raise TypeError(f"{name} must be True, False or a class's name, not {asked!r}")
    return asked


def _texts(name: str, asked: str | Iterable[str]) -> tuple[str, ...]:
    found = tuple(_listed(asked))
    for text in found:
        if not isinstance(text, str):
            raise TypeError(f"{name} needs texts, not {text!r}")
    return found


def _check_function(name: str, text: str) -> None:
    parts = text.split(".")
    if not all(part.isidentifier() or part == "<lambda>" for part in parts):
        raise ValueError(f"{name} needs a name, such as random.seed, not {text!r}")


def _is_dotted(event: str) -> bool:
    parts = event.split(".")
    return len(parts) > 1 and all(part.isidentifier() for part in parts)


def count_of_answers(name: str, count: int) -> int:
    """Return how many lines answers may have; 0: all."""
    if not isinstance(count, int) or isinstance(count, bool):
        raise TypeError(f"{name} must be a number of lines, not {count!r}")
    if not 0 <= count <= MOST_LAST:
        raise ValueError(f"{name} must be from 0 to {MOST_LAST}, not {count!r}")
    return int(count)


def signal(name: str, signal: str | None) -> str:
    """Return it without the `SIG`; empty for none."""
    if signal is None:
        return ""
    if not isinstance(signal, str):
        raise TypeError(f"{name} must be a signal's name, not {signal!r}")
    short = signal.removeprefix("SIG")
    if short in ("KILL", "STOP") or not short.isalnum() or not signal_number(short):
        raise ValueError(f"{name} must be the name of a signal that can be caught, not {signal!r}")
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
