"""The debug log: what the tracer does (-d), what is called (-dd), what there is (-ddd).

Records are written by built-in functions alone: the lines of `logging` would be in the
trace, and so would be what it does at the end. Where the program itself has imported it
and has added handlers to the logger `swifttrace`, they get the same records, while the
interpreter traces nothing.
"""

from __future__ import annotations

import atexit
import posix  # not `os`, whose functions the program may replace
import sys
from time import strftime

from .. import swifttrace as native
from ..config.options import IN_API
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.imports import library
from ..runtime.interruptions import is_from_outside, modules
from ..runtime.process import command_line
from ..swifttrace import value_text
from ..swifttrace import visible as escaped
from ..version import __version__
from .file import LogFile
from .program import byte_code_of, is_script, locals_of, source_of, tree_of

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
_NOWHERE = ("", 0, "")
_OWN = __file__[: -len("debug_log/log.py")]
"""The directory of our own files, of which a log says nothing."""
_WORDS = {
    native.EVENT_CALL: "call",
    native.EVENT_RESUME: "resume",
    native.EVENT_LEAVE: "left",
}


_heard: list[Log] = []
"""Those that are open; the last one hears of files."""


class Log:
    """The log of one trace. Raises `OSError`."""

    def __init__(self, settings: Settings, path: str, nesting: int, resumed: str | None) -> None:
        """:param path: its file's name, or "-".
        :param nesting: how many processes deep this one is.
        :param resumed: the file that this very process wrote to before it ran `exec`.
        """
        self.settings = settings
        self.level: int = settings.debug
        self.has_secrets: bool = settings.has_secrets
        self.file = LogFile(path, nesting > 1, resumed, settings.append)
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
        if self.level > 1:
            import dis  # noqa: F401 (it is used while lines of imports would be traced)

        native.observe(self._observed)
        _heard.append(self)
        self._begin(nesting)

    def _begin(self, nesting: int) -> None:
        version = ".".join(map(str, sys.version_info[:3]))
        self.say(f"swifttrace {__version__}, Python {version}, log level {self.level}")
        self.say(f"command line: {list(command_line(self.has_secrets))!r}")
        if nesting > 1:
            self.say(f"child of {posix.getppid()}, {nesting} processes deep")
        for name in IN_API:
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

    def activating(self, destination: str) -> None:
        """The sink is open; the trace begins."""
        self.say(f"sink: {destination}")
        self.is_on = self.is_activating = True

    def activated(self, session: native.Session) -> None:
        self.is_activating = False
        engine, reason = native.engine()
        self.say(f"engine: {engine}: {reason}")
        atexit.register(self._at_exit, session)

    def _at_exit(self, session: native.Session) -> None:
        lines, stopped = session.state()
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
        if path.startswith(_OWN):
            return
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
        if event == native.EVENT_CALL and not self.main and is_script(frame):
            self._note_script(frame, place)
        self.say(self._said(event, code, argument), place, 2)
        if event in (native.EVENT_RETURN, native.EVENT_LEAVE):
            if self.level > 2 and id(frame) != self.main:
                self._note_names("locals", locals_of(frame), place)
            if id(frame) == self.main:
                self.main = -1
                if self.level > 2:
                    self._note_names("globals at exit", frame.f_globals, place)

    def _said(self, event: int, code: CodeType, argument: object) -> str:
        name = code.co_qualname
        if event in (native.EVENT_RETURN, native.EVENT_YIELD):
            word = "return" if event == native.EVENT_RETURN else "yield"
            text = native.result_text(argument, self.has_secrets, name)
            return f"{word} {name}: {text}"
        if event == native.EVENT_RAISE:
            return f"exception {name}: {self._text('', argument)}"
        return f"{_WORDS[event]} {name}"

    def _note_names(self, what: str, names: dict[str, Any], place: Place) -> None:
        # The dict may be of a class of the program's: its own methods are not called.
        for name, value in list(dict.items(names)):
            if type(name) is str and name != "__builtins__":
                self.say(f"{what}: {name} = {self._text(name, value)}", place, 3)

    def _text(self, name: str, value: object) -> str:
        return value_text(value, self.has_secrets, name)

    def _note_script(self, frame: FrameType, place: Place) -> None:
        self.main = id(frame)
        source = self.source if self.source is not None else source_of(frame)
        self.say(f"AST:\n{tree_of(source)}", place, 2)
        self.say(f"byte code:\n{byte_code_of(frame)}", place, 2)
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
