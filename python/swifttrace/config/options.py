"""The options of a trace, one row each; everything else about an option follows from its row.

From the table come the parser of the command line and its ``--help``, the fields of SWIFTTRACE
as they are read, what ``%trace`` takes, and the reference in the documentation. `enable()` spells
its keyword parameters out for its readers; a test compares them with the table.

A new option is a row here, what it does, and its page in ``docs/``.
"""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from .kinds import Choice, Columns, Depth, Level, Number, Patterns, Text, Word, Words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Flag:
    """One spelling of an option on the command line, with the spellings that mean the same."""

    __slots__ = ("help", "metavar", "names", "needs_value", "shown", "value")

    def __init__(
        self, *names: str, value: Any = None, metavar: str = "", help: str = "", shown: str = ""
    ) -> None:
        self.names = names
        self.value = value
        """What the flag stands for where no text follows it."""
        self.needs_value = bool(metavar) and value is None
        self.metavar = metavar
        """What the text that follows is called; empty: none may follow."""
        self.help = help
        """Its entry in `--help`; empty: it has none of its own."""
        self.shown = shown or self._shown()
        """The left column of that entry."""

    def _shown(self) -> str:
        names = ", ".join(self.names)
        if not self.metavar:
            return names
        return f"{names} {self.metavar}" if self.needs_value else f"{names}[={self.metavar}]"


class Option:
    """An option: one row of the table."""

    __slots__ = (
        *("default", "flags", "group", "in_api", "in_variable", "kind", "name", "since"),
        "started",
    )

    def __init__(
        self,
        name: str,
        group: str,
        *flags: Flag,
        kind: Text = Text(),  # noqa: B008 (it has no state)
        default: Any = None,
        started: Any = None,
        in_api: bool = True,
        in_variable: bool = True,
        since: str = "0.1",
    ) -> None:
        self.name = name
        """The keyword of `enable()`, the field of SWIFTTRACE, the attribute of `Settings`."""
        self.group = group
        """The heading in `--help` and in the reference."""
        self.flags = flags
        self.kind = kind
        self.default = default
        """In a program that calls `enable()`."""
        self.started = default if started is None else started
        """In a program that is started by the command or has SWIFTTRACE set."""
        self.in_api = in_api
        """Whether `enable()` takes it."""
        self.in_variable = in_variable
        """Whether SWIFTTRACE takes it."""
        self.since = since
        """The first version that has it."""


LEVELS = "level"
LINES = "files to trace"
OUTPUT = "output"
KEPT = "last lines"
FIELDS = "form of a line"
DETAILS = "values and calls"
WATCH = "watched expressions"
LOOK = "appearance"
DEBUG = "debugging"
PROCESSES = "child processes"

OPTIONS = (
    Option(
        *("level", LEVELS),
        Flag("-x", "--trace", value=1, help="show `+ line` (the default)"),
        Flag(
            *("-xx", "--trace-with-lineno", "--trace-with-linenos"),
            value=2,
            help="show `+ [number] line`",
            shown="-xx, --trace-with-lineno",
        ),
        Flag(
            *("-xxx", "--trace-all", "--trace_all"),
            value=3,
            help="show `+ [file:number] line`, for every module",
            shown="-xxx, --trace-all",
        ),
        Flag("--level", metavar="N", help="set the level by its number, from 1 to 3"),
        kind=Level(),
        default=1,
    ),
    Option(
        *("scope", LINES),
        Flag(
            "--scope",
            metavar="script|project|all",
            help="trace the script (the default at levels 1 and 2), the files of the project"
            " without installed packages, or all files (the default at level 3)",
        ),
    ),
    Option(
        *("include", LINES),
        Flag(
            "--include", metavar="PATTERN", help="trace these files too (may be given repeatedly)"
        ),
        kind=Patterns(),
        default=(),
    ),
    Option(
        *("exclude", LINES),
        Flag(
            "--exclude",
            metavar="PATTERN",
            help="do not trace these files, even if --include names them (may be given repeatedly)",
        ),
        kind=Patterns(),
        default=(),
    ),
    Option(
        *("output", OUTPUT),
        Flag(
            *("-o", "--output"),
            metavar="FILE",
            help="write the trace to FILE and empty FILE first; `-` is standard output",
        ),
    ),
    Option(
        *("append", OUTPUT),
        Flag("-a", "--append", value=True, help="do not empty FILE: add the trace at its end"),
        kind=Choice(),
        default=False,
    ),
    Option(
        *("fd", OUTPUT),
        Flag(
            "--fd",
            metavar="N",
            help="write the trace to the open descriptor N (the default is standard error)",
        ),
        kind=Number(),
    ),
    Option(
        *("last", KEPT),
        Flag(
            "--last",
            metavar="N",
            help="keep the last N lines, and print them after an uncaught exception or a crash"
            " (SIGSEGV, SIGABRT, ...); with -o FILE, `swifttrace show FILE` prints them, even"
            " after kill -9",
        ),
        kind=Number(),
    ),
    Option(
        *("dump_signal", KEPT),
        Flag(
            "--dump-signal",
            metavar="NAME",
            help="also print them when the process receives this signal, such as USR1",
        ),
    ),
    Option(
        *("show", FIELDS),
        Flag(
            "--show",
            metavar="FIELDS",
            help="show these fields, separated by commas: pid, thread, task, depth, module,"
            " function (the thread is shown anyway once a second thread runs)",
        ),
        kind=Words(),
        default=(),
    ),
    Option(
        *("time", FIELDS),
        Flag(
            "--time",
            metavar="delta|line",
            value="start",
            help="show the seconds since the start; =delta: the seconds since the line before"
            " began; =line: the seconds that the line itself took, without the traced lines that"
            " it calls (the line is printed when it ends)",
        ),
        kind=Word("start", "delta", "line"),
        default=False,
    ),
    Option(
        *("format", FIELDS),
        Flag(
            "--format",
            metavar="TEMPLATE",
            help="replace the form of a line by text with {prefix}, {file}, {path}, {name},"
            " {lineno}, {line}, {pid}, {thread}, {task}, {depth}, {module}, {function}, {time},"
            " {delta}, {took} (as --time=line); {name:>20.20} shows the last 20 characters,"
            " aligned to the right",
        ),
    ),
    Option(
        *("paths", FIELDS),
        Flag(
            "--paths",
            metavar="relative|absolute|short",
            help="show the file's path in [file:number]: relative to the working directory at the"
            " start (the default at levels 1 and 2 with --scope project), absolute, or short",
        ),
    ),
    Option(
        *("statements", FIELDS),
        Flag(
            "--statements",
            value=True,
            help="show a statement that spans several lines once, as one line",
        ),
        kind=Choice(),
        default=False,
    ),
    Option(
        *("values", DETAILS),
        Flag(
            "--values",
            metavar="repr",
            value=True,
            help="show the names that a line has bound or changed; =repr: show objects of the"
            " program's own classes by their __repr__",
        ),
        kind=Choice("repr"),
        default=False,
    ),
    Option(
        *("show_secrets", DETAILS),
        Flag(
            "--show-secrets",
            value=True,
            help="show the values of names such as password, which are *** otherwise",
        ),
        kind=Choice(),
        default=False,
    ),
    Option(
        *("calls", DETAILS),
        Flag("--calls", value=True, help="show calls, returns, yields and exceptions"),
        Flag("--only-calls", value="only", help="show them without the lines"),
        kind=Choice("only"),
        default=False,
    ),
    Option(
        *("depth", DETAILS),
        Flag("--depth", metavar="N", help="show nothing that is more than N traced calls deep"),
        kind=Number(),
    ),
    Option(
        *("watch", WATCH),
        Flag(
            "--watch",
            metavar="EXPR",
            help="show only the lines that change the value of EXPR, and their callers, by default"
            " at level 3 and with --scope project (may be given repeatedly)",
        ),
        kind=Words(),
        default=(),
        in_variable=False,
    ),
    Option(
        *("watch_break", WATCH),
        Flag("--watch-break", value=True, help="stop in pdb after such a line"),
        kind=Choice(),
        default=False,
        in_variable=False,
    ),
    Option(
        *("color", LOOK),
        Flag(
            "--color",
            metavar="auto|always|never",
            help="use colours, for the syntax too if Pygments is installed (the default is auto:"
            " if standard error is a terminal and NO_COLOR is not set)",
        ),
        default="auto",
    ),
    Option(
        *("wrap", LOOK),
        Flag(
            "--wrap",
            metavar="N",
            value=True,
            help="continue lines that are wider than the terminal, or than N columns, below their"
            " text",
        ),
        kind=Columns(),
        default=False,
    ),
    Option(
        *("cut", LOOK),
        Flag("--cut", metavar="N", value=True, help="cut such lines, and end them in `…`"),
        kind=Columns(),
        default=False,
    ),
    Option(
        *("banner", LOOK),
        Flag(
            "--banner",
            value=True,
            help="write a start line and an end line, which begin with `# ` (the default in files,"
            " and if several processes share standard error)",
        ),
        Flag("--no-banner", value=False, help="do not write them"),
        kind=Choice(),
    ),
    Option(
        *("debug", DEBUG),
        Flag("-d", "--debug", value=1, help="write a log of what the tracer does"),
        Flag(
            *("-dd", "--debug2"),
            value=2,
            help="also log calls, returns, exceptions, and the script's AST and bytecode",
        ),
        Flag(
            *("-ddd", "--debug3"),
            value=3,
            help="also log the script's globals and the locals of each function",
        ),
        kind=Depth(),
        default=0,
    ),
    Option(
        *("debug_log", DEBUG),
        Flag(
            "--debug-log",
            metavar="FILE",
            help="write the log to FILE instead of swifttrace.log (a child process adds its process"
            " id to the name); `-` is standard output, except in child processes",
        ),
    ),
    Option(
        *("pdb", DEBUG),
        Flag("-p", "--pdb", value=True, help="start pdb after an uncaught exception"),
        kind=Choice(),
        default=False,
        in_api=False,
        in_variable=False,
    ),
    Option(
        *("follow", PROCESSES),
        Flag(
            "--follow",
            value=True,
            help="trace the Python processes that the program starts (the default)",
        ),
        Flag("--no-follow", value=False, help="do not trace them"),
        kind=Choice(),
        default=False,
        started=True,
    ),
)

SUBCOMMANDS = (("show", "FILE...", "print the lines kept by --last"),)
"""What may stand in the place of a script: its name, its arguments, and what it does."""

IN_VARIABLE = {option.name: option for option in OPTIONS if option.in_variable}
"""What SWIFTTRACE takes, by name."""
IN_API = {option.name: option for option in OPTIONS if option.in_api}
"""What `enable()` takes, by name."""
