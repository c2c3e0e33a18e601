"""The options of a trace, one row each; everything else about an option follows from its row.

From the table come the parser of the command line and its ``--help``, the fields of SWIFTTRACE
as they are read, what ``%trace`` takes, and the reference in the documentation. `enable()` spells
its keyword parameters out for its readers; a test compares them with the table.

A new option is a row here, what it does, and its page in ``docs/``.
"""

from __future__ import annotations

from os.path import abspath

from ..runtime.builtins import __builtins__ as __builtins__
from . import checks, relations
from .commands import RUNNING as RUNNING
from .commands import SUBCOMMANDS as SUBCOMMANDS
from .kinds import Choice, Columns, Depth, File, Level, LogFile, Number, Patterns, Word, Words
from .option import Flag, Option
from .question_options import QUESTIONS, check_question
from .recording_options import RECORDINGS, check_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


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
        check=checks.scope,
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
        kind=File(),
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
        check=checks.descriptor,
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
        check=checks.count_of_lines,
    ),
    Option(
        *("dump_signal", KEPT),
        Flag(
            "--dump-signal",
            metavar="NAME",
            help="also print them when the process receives this signal, such as USR1",
        ),
        check=checks.signal,
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
        check=checks.show,
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
        check=checks.time,
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
        check=checks.template,
        variable="SWIFTTRACE_FORMAT",
    ),
    Option(
        *("paths", FIELDS),
        Flag(
            "--paths",
            metavar="relative|absolute|short",
            help="show the file's path in [file:number]: relative to the working directory at the"
            " start (the default at levels 1 and 2 with --scope project), absolute, or short",
        ),
        check=checks.one_of(*checks.PATHS),
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
            metavar="repr|used",
            value=True,
            help="show what a line has bound or changed; =repr: show objects of the program's own"
            " classes by their __repr__; =used: show the names that a line reads, behind it",
        ),
        kind=Choice("repr", "used"),
        default=False,
    ),
    Option(
        *("values_width", DETAILS),
        Flag("--values-width", metavar="N", help="show N characters of a value (120)"),
        kind=Number(),
        check=checks.width_of_values,
        default=checks.USUAL_WIDTH,
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
        check=checks.count_of_calls,
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
        check=checks.expressions,
    ),
    Option(
        *("watch_break", WATCH),
        Flag("--watch-break", value=True, help="stop in pdb after such a line"),
        kind=Choice(),
        default=False,
        in_variable=False,
    ),
    *RECORDINGS,
    *QUESTIONS,
    Option(
        *("color", LOOK),
        Flag(
            "--color",
            metavar="auto|always|never",
            help="use colours, for the syntax too if Pygments is installed (the default is auto:"
            " if standard error is a terminal and NO_COLOR is not set)",
        ),
        default="auto",
        check=checks.one_of(*checks.COLORS),
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
        check=checks.yes_no_or_neither,
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
        check=checks.log_level,
    ),
    Option(
        *("debug_log", DEBUG),
        Flag(
            "--debug-log",
            metavar="FILE",
            help="write the log to FILE instead of swifttrace.log (a child process adds its process"
            " id to the name); `-` is standard output, except in child processes",
        ),
        kind=LogFile(),
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

IN_VARIABLE = {option.name: option for option in OPTIONS if option.in_variable}
"""What SWIFTTRACE takes, by name."""
IN_API = {option.name: option for option in OPTIONS if option.in_api}
"""What `enable()` takes, by name."""
NOT_FROM_OUTSIDE = ("fd", "pdb", "watch_break")
"""What cannot be asked of a process that another one attaches to."""
IN_TEST_RUN = {"banner": False, "paths": "short"}
"""What the lines of tests are by default."""


def take_signal(values: dict[str, Any]) -> str:
    """Take the signal away that is the command's own, and not the program's.

    Raises `TypeError` or `ValueError`.
    """
    return checks.signal("dump_signal", values.pop("dump_signal", None))


def agree(asked: dict[str, Any], kept: dict[str, Any]) -> None:
    """Settle what depends on several options, once each is checked.

    Raises `ValueError` for those that exclude each other.
    """
    if kept["scope"] is None:
        kept["scope"] = "all" if kept["level"] == checks.LEVELS[-1] else "script"
    if asked["debug_log"] is not None:
        kept["debug"] = kept["debug"] or 1
    if kept["debug"] and kept["debug_log"] != checks.DASH:
        kept["debug_log"] = abspath(kept["debug_log"] or checks.LOG)
    if kept["watch_break"] and not kept["watch"]:
        raise ValueError("watch_break needs an expression to watch")
    check_question(kept)
    if kept["wrap"] is not False and kept["cut"] is not False:
        raise ValueError("wrap and cut exclude each other")
    if asked["output"] is not None and asked["fd"] is not None:
        raise ValueError("output and fd exclude each other")
    if kept["dump_signal"] and not kept["last"]:
        raise ValueError("dump_signal needs last")
    relations.check_append(kept)
    check_record(kept)
    if kept["format"] is not None and (kept["show"] or kept["time"]):
        raise ValueError("format cannot be used with show or time: name the fields in the template")
