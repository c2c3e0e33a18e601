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


LEVELS = "levels"
LINES = "which lines"
OUTPUT = "where to"
KEPT = "only the last lines"
FIELDS = "what else to say of a line"
DETAILS = "what else to show"
WATCH = "what changes a value"
LOOK = "how it looks"
DEBUG = "what the tracer and the program do"
PROCESSES = "processes"

OPTIONS = (
    Option(
        *("level", LEVELS),
        Flag("-x", "--trace", value=1, help="+ line                           (the default)"),
        Flag(
            *("-xx", "--trace-with-lineno", "--trace-with-linenos"),
            value=2,
            help="+ [number] line",
            shown="-xx, --trace-with-lineno",
        ),
        Flag(
            *("-xxx", "--trace-all", "--trace_all"),
            value=3,
            help="+ [file:number] line             of any module",
            shown="-xxx, --trace-all",
        ),
        Flag("--level", metavar="N", help="the same by its number, 1 to 3"),
        kind=Level(),
        default=1,
    ),
    Option(
        *("scope", LINES),
        Flag(
            "--scope",
            metavar="script|project|all",
            help="the script's (levels 1 and 2), all of the project but not what is installed,"
            " or everything (level 3)",
        ),
    ),
    Option(
        *("include", LINES),
        Flag("--include", metavar="PATTERN", help="files besides (may be repeated)"),
        kind=Patterns(),
        default=(),
    ),
    Option(
        *("exclude", LINES),
        Flag("--exclude", metavar="PATTERN", help="files not (may be repeated; wins)"),
        kind=Patterns(),
        default=(),
    ),
    Option(
        *("output", OUTPUT),
        Flag("-o", "--output", metavar="FILE", help="a file, emptied first; `-`: standard output"),
    ),
    Option(
        *("append", OUTPUT),
        Flag(
            "-a", "--append", value=True, help="not emptied: the trace goes on behind what it has"
        ),
        kind=Choice(),
        default=False,
    ),
    Option(
        *("fd", OUTPUT),
        Flag("--fd", metavar="N", help="an open descriptor; neither: standard error"),
        kind=Number(),
    ),
    Option(
        *("last", KEPT),
        Flag(
            "--last",
            metavar="N",
            help="keep the last N lines; print them at an uncaught exception and at a crash"
            " (SIGSEGV, SIGABRT, ...)",
        ),
        kind=Number(),
    ),
    Option(
        *("dump_signal", KEPT),
        Flag(
            "--dump-signal",
            metavar="NAME",
            help="and at this signal (USR1, for one); with -o FILE they are in the file, too, even"
            " after kill -9: swifttrace show FILE prints them",
        ),
    ),
    Option(
        *("show", FIELDS),
        Flag(
            "--show",
            metavar="FIELDS",
            help="pid, thread, task, depth, module, function, with commas (thread is shown from the"
            " second one on)",
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
            help="seconds since the start; =delta: since the line before began, which is what that"
            " one took; =line: that the line itself took, without lines of others that it calls,"
            " printed when it ends",
        ),
        kind=Word("start", "delta", "line"),
        default=False,
    ),
    Option(
        *("format", FIELDS),
        Flag(
            "--format",
            metavar="TEMPLATE",
            help="in place of all that: text with {prefix}, {file}, {path}, {name}, {lineno},"
            " {line}, {pid}, {thread}, {task}, {depth}, {module}, {function}, {time}, {delta},"
            " {took} (as --time=line); {name:>20.20} is its last 20 characters, to the right",
        ),
    ),
    Option(
        *("paths", FIELDS),
        Flag(
            "--paths",
            metavar="relative|absolute|short",
            help="[file:number] with the file's whole path, relative to the working directory at"
            " the start (as at levels 1 and 2 with --scope project), or not",
        ),
    ),
    Option(
        *("statements", FIELDS),
        Flag(
            "--statements",
            value=True,
            help="a statement over several lines once, as one line",
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
            help="the names that a line has bound or changed; =repr: by what the program's own"
            " objects say, too",
        ),
        kind=Choice("repr"),
        default=False,
    ),
    Option(
        *("show_secrets", DETAILS),
        Flag("--show-secrets", value=True, help="also of names such as password, which are ***"),
        kind=Choice(),
        default=False,
    ),
    Option(
        *("calls", DETAILS),
        Flag("--calls", value=True, help="calls, returns, yields and exceptions"),
        Flag("--only-calls", value="only", help="those without the lines"),
        kind=Choice("only"),
        default=False,
    ),
    Option(
        *("depth", DETAILS),
        Flag("--depth", metavar="N", help="nothing that is more than N calls in scope deep"),
        kind=Number(),
    ),
    Option(
        *("watch", WATCH),
        Flag(
            "--watch",
            metavar="EXPR",
            help="only the lines that change what EXPR says, and their callers (level 3 and"
            " --scope project unless others are asked for; may be repeated)",
        ),
        kind=Words(),
        default=(),
        in_variable=False,
    ),
    Option(
        *("watch_break", WATCH),
        Flag("--watch-break", value=True, help="stop in pdb after them"),
        kind=Choice(),
        default=False,
        in_variable=False,
    ),
    Option(
        *("color", LOOK),
        Flag(
            "--color",
            metavar="auto|always|never",
            help="colours (of the syntax, with Pygments); auto, the default: where standard error"
            " is a terminal and NO_COLOR is unset",
        ),
        default="auto",
    ),
    Option(
        *("wrap", LOOK),
        Flag(
            "--wrap",
            metavar="N",
            value=True,
            help="lines wider than the terminal, or than N columns, go on below their text",
        ),
        kind=Columns(),
        default=False,
    ),
    Option(
        *("cut", LOOK),
        Flag("--cut", metavar="N", value=True, help="they end in `…`"),
        kind=Columns(),
        default=False,
    ),
    Option(
        *("banner", LOOK),
        Flag(
            "--banner",
            value=True,
            shown="--banner, --no-banner",
            help="a start and an end line, which begin with `# `: by default in files, and where"
            " several processes share standard error",
        ),
        Flag("--no-banner", value=False),
        kind=Choice(),
    ),
    Option(
        *("debug", DEBUG),
        Flag("-d", "--debug", value=1, help="a log of what the tracer does"),
        Flag(
            *("-dd", "--debug2"),
            value=2,
            help="and of calls, returns, exceptions, the script's AST and byte code",
        ),
        Flag(
            *("-ddd", "--debug3"),
            value=3,
            help="and of its globals and the locals of each function",
        ),
        kind=Depth(),
        default=0,
    ),
    Option(
        *("debug_log", DEBUG),
        Flag(
            "--debug-log",
            metavar="FILE",
            help="in FILE, not in swifttrace.log; children add .PID; `-`: on standard output, but"
            " not those of children",
        ),
    ),
    Option(
        *("pdb", DEBUG),
        Flag("-p", "--pdb", value=True, help="debug an exception that nobody caught"),
        kind=Choice(),
        default=False,
        in_api=False,
        in_variable=False,
    ),
    Option(
        *("follow", PROCESSES),
        Flag(
            "--no-follow",
            value=False,
            help="leave Python processes that are started alone (--follow, the default, traces"
            " them too)",
        ),
        Flag("--follow", value=True),
        kind=Choice(),
        default=False,
        started=True,
    ),
)

IN_VARIABLE = {option.name: option for option in OPTIONS if option.in_variable}
"""What SWIFTTRACE takes, by name."""
IN_API = {option.name: option for option in OPTIONS if option.in_api}
"""What `enable()` takes, by name."""
