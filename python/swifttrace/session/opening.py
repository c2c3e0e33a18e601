"""How a trace is opened: by the command, by SWIFTTRACE, by a program, by pytest."""

from __future__ import annotations

import os
import sys
from os.path import abspath, dirname, exists, isfile

from .. import swifttrace as native
from ..children.following import Following
from ..config import checks
from ..config.question_options import is_question
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import STANDARD_ERROR, command_line, current_directory, say
from . import look, twice
from .state import listen, state
from .trace import Trace, destination_of, note_writing, writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType, FrameType
    from typing import Any

    from ..config.environment import Inherited
    from ..config.settings import Settings
    from ..debug_log.log import Log
    from ..writing import Recorder

KEPT = 256
"""How many lines are kept for answers that say what ran before."""
_OWN_DIRECTORY = dirname(dirname(abspath(__file__)))
_STANDARD_LIBRARY = dirname(abspath(os.__file__))
_opened: set[str] = set()
"""The files that were written to, by the names that were given: none is a program's source."""
_prepared: list[bool] = []


def _prepare() -> None:
    """Tell the native module what it has to know before there is a trace."""
    if not _prepared:
        native.configure(_STANDARD_LIBRARY)
        listen()
        _prepared.append(True)


class Program:
    """What is traced."""

    def __init__(
        self, scripts: Iterable[str] | None, near: str, command: bytes | None = None
    ) -> None:
        """:param scripts: the script's files; None where it is yet to be met.
        :param near: a path in the project.
        :param command: the text of the `-c` that is yet to run.
        """
        self.scripts = None if scripts is None else tuple(scripts)
        self.near = near
        self.command = command
        self.held: tuple[CodeType, bytes] | None = None
        """Code that no file has the text of, and the text."""
        self.script: str | None = None
        """The script's file, once that is known: what children are told."""
        self.parent_script: str | None = None
        """That of the process which started this one, which works for it."""
        self.runner: str | None = None
        """The file of the installed command, or of the library, that runs the script."""
        self.roots: tuple[str, ...] = ()
        """The project's root by its names, if it is not to be looked for."""


class Opening:
    """One trace that is being opened."""

    def __init__(
        self,
        settings: Settings,
        program: Program,
        inherited: Inherited | None = None,
        shares: native.Session | None = None,
        reach: int = 0,
    ) -> None:
        """:param inherited: what the process that started this one has told; by default nothing.
        :param shares: a session that has opened what the settings write to, too.
        :param reach: how many lines a report can be made of, where that is more than `last`:
            the lines are fields then, for programs: its file's name, its number and its
            text, with U+001F between them, and how many calls deep it is.
        """
        _prepare()
        self.settings = settings
        self.program = program
        self.inherited = inherited
        self.shares = shares
        self.reach = reach
        self.nesting = state.nesting if inherited is None else inherited.nesting
        self.log: Log | None = None

    def join(self) -> None:
        """Let the trace go on in the file where another one of this process keeps its lines.

        Files whose lines are written have one sink by themselves. Raises `ValueError` where
        the lines of both cannot be in it.
        """
        if self.settings.record:
            from . import recorded

            self.shares = recorded.session_of(self.settings)
        for other in writing():
            if not isfile(destination_of(self.settings)):
                continue
            if other.keeps_as(self.settings, self.nesting):
                self.shares = other.session
            elif not other.is_over and state.exclude(self.settings, other):
                name = destination_of(self.settings)
                raise ValueError(f"output {name!r} is written by another trace of this process")

    def begin_log(self) -> None:
        """Begin the debug log, where one is wanted. Raises `OSError`."""
        if self.settings.debug:
            from ..debug_log.log import Log

            self.log = Log(self.settings, self.log_path, self.nesting, self._resumed("log"))

    @property
    def log_path(self) -> str:
        """The name of the log's file, "-" for standard output; empty where there is no log."""
        return self.settings.debug_log or ""

    def open(self) -> Trace:
        """Open the sink; return the trace, which is not yet in force. Raises `OSError`."""
        try:
            return self._trace()
        except BaseException:
            if self.log is not None:
                self.log.close()
            raise

    def _trace(self) -> Trace:
        settings, program = self.settings, self.program
        self._check_output()
        if settings.scope == "project" and not program.roots:
            from .roots import project_roots

            program.roots = project_roots(program.near)
        if self.log is not None:
            self.log.say(f"roots: {program.roots!r}")
        trace = Trace(settings, self._session(), self.log, self.nesting)
        if settings.record and self.shares is None:
            from . import recorded

            recorded.note(settings, trace.session)
        if program.held is not None:
            native.hold_source(*program.held)
        if settings.output is not None:
            if self.shares is None:
                self._note_file(trace)
            note_writing(trace)
        if settings.follow:
            places = () if self.inherited is None else self.inherited.places
            trace.following = Following(
                settings, trace.session, self.log, program.script, program.roots, places
            )
            trace.following.runner = program.runner
        if settings.last:
            from . import uncaught  # noqa: F401 (not while the trace is on)
        self._ask(trace)
        return trace

    def _ask(self, trace: Trace) -> None:
        """Have the questions asked that are answered at the end."""
        settings, program = self.settings, self.program
        if not self.reach:
            twice.see(program.near)
        if not is_question(vars(settings)):
            return
        from ..questions.inquiry import Inquiry

        trace.inquiry = Inquiry(
            settings, trace.session, self.nesting, program.roots, program.scripts
        )
        if settings.exceptions and hasattr(sys, "monitoring"):
            trace.inquiry.keep_lines(self._kept())
        if program.command is not None:
            trace.inquiry.texts.hold("<string>", program.command)

    def _session(self) -> native.Session:
        settings, notes = self.settings, look.start_and_end(self.settings)
        more: dict[str, Any] = {**self._scope(), **self._recorder()}
        return native.Session(
            level=settings.level,
            paths=look.file_names(settings),
            template=settings.format,
            shown=look.shown(settings),
            output=settings.output if self.shares is None else self.shares,
            descriptor=settings.fd,
            nesting=self.nesting,
            resumed=self._resumed("file"),
            appends=settings.append,
            last=settings.last,
            reach=self.reach,
            signal=look.signal_number(settings),
            notes=notes,
            command_line=command_line(settings.has_secrets) if notes else None,
            **({} if self.reach else look.look(settings, self.shares is not None)),
            **self._details(),
            **more,
        )

    def _scope(self) -> dict[str, Any]:
        """Return what is traced."""
        settings, program = self.settings, self.program
        return {
            "scope": settings.scope,
            "scripts": program.scripts,
            "parent_script": program.parent_script,
            "command": program.command,
            "roots": program.roots,
            "include": settings.include,
            "exclude": settings.exclude,
            "libraries": (_STANDARD_LIBRARY,),
            "own": _OWN_DIRECTORY,
        }

    def _kept(self) -> native.Session:
        """Return a session that keeps the last lines for answers."""
        return native.Session(level=1, last=KEPT, reach=KEPT, **self._scope())

    def _recorder(self) -> dict[str, Recorder]:
        """Return what the session records with, where it does."""
        if not self.settings.record or self.shares is not None:
            return {}
        from . import recorded

        return {"recorder": recorded.recorder(self.settings)}

    def _details(self) -> native.Details:
        """Return what is shown besides the lines, where anything is."""
        settings, log = self.settings, self.log if self.settings.debug > 1 else None
        more = settings.values or settings.calls or settings.watch or look.joins(settings)
        if not more and settings.depth == checks.DEEPEST and log is None:
            return {}
        from ..details.details import Details

        details = Details(settings)
        if log is not None:
            details.add(log.hook)
        return details.keywords()

    def _resumed(self, kind: str) -> str | None:
        return None if self.inherited is None else self.inherited.file(kind)

    # -- its file --

    def _check_output(self) -> None:
        """Raise `OSError` for a descriptor or a file that nothing may be written to."""
        settings = self.settings
        if self.shares is not None:
            return
        if settings.fd != STANDARD_ERROR:
            checks.check_writable(settings.fd)
        if settings.output is None or self._is_resumed:
            return
        if abspath(os.fsdecode(settings.output)) not in _opened:
            checks.check_no_source(settings.output, self.program.scripts or ())

    @property
    def _is_resumed(self) -> bool:
        """Whether this very process was traced before it ran `exec`."""
        return self.inherited is not None and self.inherited.resumed is not None

    def _note_file(self, trace: Trace) -> None:
        """Say where the trace is, if not in the file that was named."""
        path, name = trace.session.output_path(), os.fsdecode(self.settings.output)
        _opened.add(abspath(name))
        if path is None or self.nesting > 1 or self._resumed("file") or "%p" in name:
            return
        if not checks.is_same_file(path, name):
            trace.destination = path
            say(f"{name} is written by another process: this trace is in {path}")


def open_here(settings: Settings, caller: FrameType) -> Trace:
    """Open a trace whose script is `__main__`'s file and the caller's.

    Raises `OSError`, or `ValueError` where another trace of this process writes there.
    """
    opening = Opening(settings, program_of(caller))
    opening.join()
    see_the_end(settings)
    opening.begin_log()
    trace = opening.open()
    _leave_shell_out(trace)
    return trace


def _leave_shell_out(trace: Trace) -> None:
    """In a Jupyter kernel: the threads that do the kernel's own work are not traced."""
    if "ipykernel.kernelapp" in sys.modules:
        from ..runtime.shell_threads import is_kernel, leave_out

        if is_kernel():
            leave_out(trace.session)


def see_the_end(settings: Settings) -> None:
    """Where we do not launch the program: see how it ends."""
    if settings.last and not state.is_launched:
        from .uncaught import watch

        watch()


def program_of(caller: FrameType) -> Program:
    """Return the program that runs already, of which the caller is a part."""
    file = native.code(caller).co_filename
    scripts = [file]
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    if isinstance(main, str):
        scripts.append(main)
    held = _command_of(caller)
    if held is not None and file == held[0].co_filename:
        scripts.remove(file)
    program = Program(scripts, _near(file))
    program.held = held
    known = [script for script in reversed(scripts) if not script.startswith("<")]
    program.script = abspath(known[0]) if known else None
    return program


def _near(file: str) -> str:
    """Return the directory that the project of the caller's file is looked for from.

    A cell of a notebook has no file, and its modules lie where the kernel runs.
    """
    directory = dirname(abspath(file))
    is_cell = file.startswith("<") or f"{directory}/".startswith(f"{_OWN_DIRECTORY}/")
    return directory if not is_cell and _is_there(directory) else current_directory()


def _is_there(directory: str) -> bool:
    """Whether a directory exists, perhaps in an archive."""
    place = directory
    while not exists(place):
        place = dirname(place)
    return place == directory or isfile(place)


def _command_of(frame: FrameType) -> tuple[CodeType, bytes] | None:
    """Return the code and the text of `python -c`, where that is what runs."""
    place = len(sys.orig_argv) - len(sys.argv)
    if sys.argv[:1] != ["-c"] or place < 0:
        return None
    while frame.f_back is not None:
        frame = frame.f_back
    code = native.code(frame)
    if code.co_filename != "<string>":
        return None
    text = sys.orig_argv[place].encode("utf-8", "surrogateescape")
    try:
        # Sure only where it compiles to what runs: sys.argv may have been changed.
        same = compile(text, "<string>", "exec").co_code == code.co_code
    except (SyntaxError, ValueError):
        return None
    return (code, text) if same else None
