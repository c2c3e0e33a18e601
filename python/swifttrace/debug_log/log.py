"""The debug log: what the tracer does (-d), what is called (-dd), what there is (-ddd).

Records are written by built-in functions alone: the lines of `logging` would be in the
trace, and so would be what it does at the end. Where the program itself has imported it
and has added handlers to the logger `swifttrace`, they get the same records, while the
interpreter traces nothing.
"""

from __future__ import annotations

import atexit
import io
import os
import posix  # not `os`, whose functions the program may replace
import stat
import sys
from time import strftime

from .. import swifttrace as native
from ..config.checks import DASH, STANDARD_OUTPUT
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.imports import library
from ..runtime.interruptions import is_from_outside, modules
from ..swifttrace import value_text, variables
from ..swifttrace import visible as escaped
from ..version import __version__
from .syntax_tree import dumped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    from ..config.settings import Settings

    Place = tuple[str, int, str]

RECORD = (
    "%(asctime)s [%(process)5d] %(pathname)64s:%(lineno)-4d (%(funcName)-21s) "
    "%(levelname)-8s %(message)s\n"
)
_NAMES = {1: "INFO", 2: "DEBUG", 3: "DEBUG"}
_NUMBERS = {"INFO": 20, "DEBUG": 10}
LOGGER = "swifttrace"
LOWEST_DESCRIPTOR = 200
_NOWHERE = ("", 0, "")
_LEAVE_FILE, _BEGIN_FILE = range(2)
_CALL, _RESUME, _RETURN, _YIELD, _RAISE, _LEAVE = range(1, 7)


class _File:
    """The log's file, one for each process. Raises `OSError`."""

    def __init__(self, path: str, is_child: bool, resumed: str | None, append: bool) -> None:
        self.path, self.append = path, append
        self.is_standard_output = path == DASH
        self.head, self.tail = os.path.splitext(path)
        self.is_silent = self.is_closed = False
        if resumed is None or not self._take(resumed, False, True):
            self._open(is_child)

    def _open(self, is_child: bool) -> None:
        """Open the first that is no other process's."""
        if self.is_standard_output:
            self._set(self.path, _high(posix.dup(STANDARD_OUTPUT)))
            return
        number = 1 if is_child else 0
        while not self._take(self._name(number), number > 0, False):
            number += 1

    def _name(self, number: int) -> str:
        if number == 0:
            return self.path
        again = f".{number}" if number > 1 else ""
        return f"{self.head}.{posix.getpid()}{again}{self.tail}"

    def _take(self, name: str, is_of_process: bool, is_resumed: bool) -> bool:
        opened = _opened(name)
        answer = native.take_file(opened, self.append, is_of_process, is_resumed)
        if answer == _LEAVE_FILE:
            posix.close(opened)
            return False
        if answer == _BEGIN_FILE:
            posix.ftruncate(opened, 0)
        self._set(name, opened)
        return True

    def _set(self, name: str, opened: int) -> None:
        self.name, self.descriptor, self.forks = name, opened, native.forks()
        self.identity = _identity(opened)

    def close(self) -> None:
        """Nothing is written any more."""
        try:
            if self.forks == native.forks() and self._is_ours():
                posix.close(self.descriptor)
        except OSError:
            pass  # It is closed, then.
        self.is_silent = self.is_closed = True

    def write(self, text: str) -> None:
        """Nothing is raised: the program goes on. What cannot be written is said once."""
        if self.is_closed:
            return
        try:
            if self.forks != native.forks():
                self._forked()
            elif not self._is_ours():
                self._open_again()
            rest = text.encode("utf-8", "backslashreplace")
            while rest:
                rest = rest[posix.write(self.descriptor, rest) :]
        except OSError as error:
            self._give_up(error)

    def _forked(self) -> None:
        if self._is_ours():
            posix.close(self.descriptor)
        self._open(True)

    def _open_again(self) -> None:
        """A daemon closes all descriptors, and opens others by their numbers."""
        if self.is_standard_output:
            self._open(False)
        else:
            self._set(self.name, _opened(self.name))

    def _is_ours(self) -> bool:
        try:
            return _identity(self.descriptor) == self.identity
        except OSError:
            return False

    def _give_up(self, error: OSError) -> None:
        if self.is_silent:
            return
        self.is_silent = True
        name = escaped(self.name)
        text = f"swifttrace: cannot write to {name}: {error.strerror}\n"
        try:  # noqa: SIM105 (contextlib's lines might be traced)
            posix.write(2, text.encode("utf-8", "backslashreplace"))
        except OSError:
            pass  # There is nobody to tell.


def _identity(descriptor: int) -> tuple[int, int]:
    status = posix.fstat(descriptor)
    return status.st_dev, status.st_ino


def _opened(name: str) -> int:
    """Open a file of ours for appending."""
    # Not to wait for who reads a FIFO; not to write where somebody else's link leads.
    kind = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
    opened = native.open_output(name, kind)
    try:
        _check_file(posix.fstat(opened), name)
    except OSError:
        posix.close(opened)
        raise
    return _high(opened)


def _high(opened: int) -> int:
    """Move a descriptor to a number that no program counts on."""
    import fcntl

    try:
        return fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR)
    except OSError:  # so many are not allowed
        return posix.dup(opened)
    finally:
        posix.close(opened)


def _check_file(status: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(0, "not a regular file", name)
    if status.st_uid != posix.geteuid():
        raise OSError(0, "somebody else's file", name)


_heard: list[Log] = []
"""Those that are open; the last one hears of files."""


class Log:
    """The log of one trace. Raises `OSError`."""

    def __init__(self, settings: Settings, path: str, level: int) -> None:
        self.settings = settings
        self.level = level
        resumed = (settings.resumed or {}).get("debug_log")
        self.file = _File(path, settings.depth > 1, resumed, settings.append)
        self.waiting: list[tuple[str, str, Place]] = []
        """What the logger is still to be given."""
        self.is_on = False
        """The trace is, and so what is called may be traced."""
        self.is_activating = False
        self.is_in_callback = False
        self.source: bytes | None = None
        """The program's, where no file has it."""
        self.main = 0
        """The identity of the script's frame, while that runs."""
        self.has_logger = False
        if level > 1:
            import dis  # noqa: F401 (it is used while lines of imports would be traced)

        native.observe(self._observed)
        _heard.append(self)
        self._begin()

    def _begin(self) -> None:
        version = ".".join(map(str, sys.version_info[:3]))
        self.say(f"swifttrace {__version__}, Python {version}, log level {self.level}")
        self.say(f"command line: {list(self.settings.command_line())!r}")
        if self.settings.depth > 1:
            self.say(f"child of {posix.getppid()}, {self.settings.depth} processes deep")
        for name in ("level", "scope", "include", "exclude", "show", "time", "format", "banner"):
            self.say(f"option {name}: {getattr(self.settings, name)!r}")
        for name in (
            "last",
            "dump_signal",
            "color",
            "fit",
            "columns",
            "follow",
            "roots",
            "show_secrets",
            "append",
        ):
            self.say(f"option {name}: {getattr(self.settings, name)!r}")

    # MARK: records

    def say(self, message: str, place: Place | None = None, level: int = 1) -> None:
        """Write a record; `place` is where in which function, ours by default."""
        if place is None:
            frame = native.frame(1)
            code = native.code(frame)
            place = (code.co_filename, frame.f_lineno, code.co_name)
        message = _visible(message)
        self.file.write(_record(_NAMES[level], message, place))
        logging = modules().get("logging")
        if logging is not None and library.has(logging):
            self.waiting.append((_NAMES[level], message, place))
            if self.is_in_callback or not self.is_on:
                self._route()

    def _route(self) -> None:
        """Hand the records to handlers that the program has added."""
        waiting, self.waiting = self.waiting, []
        logging = modules()["logging"]
        if getattr(logging.__spec__, "_initializing", False):
            return
        # Not kept: what the program gives a logger ends with the program.
        logger = logging.getLogger(LOGGER)
        if not self.has_logger:
            self.has_logger, logger.propagate = True, False
        if not logger.handlers:
            return
        for level, message, (path, line, function) in waiting:
            number = _NUMBERS[level]
            try:
                logger.handle(
                    logging.LogRecord(LOGGER, number, path, line, message, (), None, function)
                )
            except Exception as error:
                # The logger's handler is the program's; its line has raised nothing.
                if is_from_outside(error):
                    raise

    # MARK: what the tracer does

    def activating(self) -> None:
        """The sink is open; the trace begins."""
        self.say(f"sink: {self.settings.destination}")
        self.is_on = self.is_activating = True

    def activated(self, session: native.Session) -> None:
        self.is_activating = False
        engine, reason = native.engine()
        self.say(f"engine: {engine}: {reason}")
        atexit.register(self._at_exit, session)

    def _at_exit(self, session: native.Session) -> None:
        lines, stopped = native.session_state(session)
        self.say(f"sink: {lines} lines{f', stopped: {stopped}' if stopped else ''}")

    def ended(self, session: native.Session) -> None:
        """The program has ended the trace, or has begun one of its own."""
        self.is_on = False
        atexit.unregister(self._at_exit)
        self._at_exit(session)
        self.close()

    def close(self) -> None:
        """It hears of nothing more; another one may by now."""
        _heard[:] = [log for log in _heard if log is not self]
        native.observe(_heard[-1]._observed if _heard else None)
        self.file.close()

    def children(self, value: str) -> None:
        """What SWIFTTRACE says to them."""
        self.say(f"children: SWIFTTRACE={value}")

    def forked(self, depth: int) -> None:
        self.say(f"child of {posix.getppid()}, forked, {depth} processes deep")

    def _observed(self, path: str, what: str) -> None:
        self.is_in_callback = not self.is_activating
        try:
            self.say(f"{what}: {path!r}")
        except Exception as error:
            self._note_refusal(error)
        finally:
            self.is_in_callback = False

    def _note_refusal(self, error: Exception) -> None:
        """An audit hook of the program's has raised something at what the log does (PEP 578)."""
        if isinstance(error, (RecursionError, MemoryError)) or is_from_outside(error):
            raise error
        self.file.write(_record("INFO", f"not logged: {type(error).__name__}", _NOWHERE))

    # MARK: what the program does

    def hook(self, event: int, frame: FrameType, number: int, argument: object) -> None:
        """Called at each event of code in scope, while nothing is traced."""
        if event == 0:
            return
        self.is_in_callback = True
        try:
            self._note(event, frame, number, argument)
        except Exception as error:
            self._note_refusal(error)
        finally:
            self.is_in_callback = False

    def _note(self, event: int, frame: FrameType, number: int, argument: object) -> None:
        code = native.code(frame)
        place = (code.co_filename, number, code.co_name)
        if event == _CALL and not self.main and _is_script(frame):
            self._note_script(frame, place)
        self.say(self._said(event, code, argument), place, 2)
        if event in (_RETURN, _LEAVE):
            if self.level > 2 and id(frame) != self.main:
                self._note_names("locals", _locals(frame), place)
            if id(frame) == self.main:
                self.main = -1
                if self.level > 2:
                    self._note_names("globals at exit", frame.f_globals, place)

    def _said(self, event: int, code: CodeType, argument: object) -> str:
        name = code.co_qualname
        if event in (_RETURN, _YIELD):
            word = "return" if event == _RETURN else "yield"
            text = native.result_text(argument, self.settings.show_secrets, name)
            return f"{word} {name}: {text}"
        if event == _RAISE:
            return f"exception {name}: {self._text('', argument)}"
        return {_CALL: "call", _RESUME: "resume", _LEAVE: "left"}[event] + f" {name}"

    def _note_names(self, what: str, names: dict[str, Any], place: Place) -> None:
        # The dict may be of a class of the program's: its own methods are not called.
        for name, value in list(dict.items(names)):
            if type(name) is str and name != "__builtins__":
                self.say(f"{what}: {name} = {self._text(name, value)}", place, 3)

    def _text(self, name: str, value: object) -> str:
        return value_text(value, self.settings.show_secrets, name)

    def _note_script(self, frame: FrameType, place: Place) -> None:
        self.main = id(frame)
        source = self.source if self.source is not None else _source(frame)
        self.say(f"AST:\n{_tree(source)}", place, 2)
        import dis

        listing = io.StringIO()
        dis.dis(native.code(frame), file=listing)
        self.say(f"byte code:\n{listing.getvalue()}", place, 2)
        if self.level > 2:
            self._note_names("globals at start", frame.f_globals, place)


def _record(level: str, message: str, place: Place) -> str:
    path, line, function = (part if isinstance(part, int) else _one_line(part) for part in place)
    return RECORD % {
        "asctime": strftime("%H:%M:%S"),
        "process": posix.getpid(),
        "pathname": path,
        "lineno": line,
        "funcName": function,
        "levelname": level,
        "message": message,
    }


def _one_line(text: str) -> str:
    return text if text.isprintable() else escaped(text.replace("\n", "\\n"))


def _visible(text: str) -> str:
    """Escapes what a terminal that shows the log would act on."""
    return text if text.isprintable() else "\n".join(map(escaped, text.split("\n")))


def _is_script(frame: FrameType) -> bool:
    name = dict.get(frame.f_globals, "__name__")
    return native.code(frame).co_name == "<module>" and type(name) is str and name == "__main__"


def _locals(frame: FrameType) -> dict[str, Any]:
    code = native.code(frame)
    names = code.co_varnames + code.co_cellvars + code.co_freevars
    return variables(frame, names)[0]


def _source(frame: FrameType) -> bytes | None:
    """The script's text, as its file or its loader has it."""
    try:
        with open(native.code(frame).co_filename, "rb") as file:
            return file.read()
    except (OSError, ValueError):
        pass
    try:
        spec = frame.f_globals.get("__spec__")
        loader = frame.f_globals.get("__loader__") if spec is None else spec.loader
        name = "__main__" if spec is None else spec.name
        return loader.get_source(name).encode("utf-8", "surrogateescape")  # type: ignore[union-attr, no-any-return]
    except Exception:
        return None


def _tree(source: bytes | None) -> str:
    if source is None:
        return "no source"
    try:
        return dumped(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"none: {type(error).__name__}"
