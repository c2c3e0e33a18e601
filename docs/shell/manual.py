"""The manual page, in the language mdoc(7)."""

from __future__ import annotations

import os
import re
import time
from textwrap import wrap

from table import Flag, flags, options

LINES = {"width": 78, "break_on_hyphens": False, "break_long_words": False}
TEXT = r""".Dd @DATE@
.Dt SWIFTTRACE 1
.Os
.Sh NAME
.Nm swifttrace
.Nd print each line of a Python program as it runs
.Sh SYNOPSIS
.Nm
.Op Ar options
.Ar script.py
.Op Ar args
.Nm
.Op Ar options
.Fl m Ar module
.Op Ar args
.Nm
.Op Ar options
.Fl c Ar code
.Op Ar args
.Nm
.Op Ar options
.Fl
.Op Ar args
.Nm
.Op Ar options
.Ar directory-or-zip
.Op Ar args
.Nm
.Op Ar options
.Ar command
.Op Ar args
@COMMANDS@
.Sh DESCRIPTION
.Nm
runs a Python program as
.Ql python
does, and prints each line as it runs.
The program keeps its output, its tracebacks and its exit status.
.Pp
The script
.Sq -
is read from standard input.
A directory or a zip file has a
.Pa __main__.py .
A command is one that is installed, such as
.Ql pytest .
Options after the script are the script's own.
@OPTIONS@
.Sh SUBCOMMANDS
.Bl -tag -width Ds
@SUBCOMMANDS@
.El
.Sh ENVIRONMENT
.Bl -tag -width Ds
.It Ev SWIFTTRACE
A level, or options with commas between them, such as
.Ql level=2,output=trace-%p.log,no-follow .
Every Python program that finds the variable is traced, also without the
command.
The fields are
@FIELDS@
.It Ev SWIFTTRACE_FORMAT
The template that is used if there is no
.Fl -format .
.It Ev SWIFTTRACE_PYTEST
The options of the plugin for pytest, such as
.Ql on-failure=20,scope=project .
.It Ev NO_COLOR
If it is set,
.Fl -color Cm auto
uses no colours.
.El
.Sh FILES
.Bl -tag -width Ds
.It Pa swifttrace.log
The log of
.Fl d ,
unless
.Fl -debug-log
names another file.
.El
.Sh EXIT STATUS
The exit status is that of the program.
If a signal kills the program, the same signal kills
.Nm .
If the program cannot be run, the status is 2, or 1 if a module or a file of
.Fl -last
is not found.
.Sh EXAMPLES
Print each line of a script with its number:
.Pp
.Dl $ swifttrace -xx script.py
.Pp
Also print values, calls and exceptions:
.Pp
.Dl $ swifttrace -xx --values --calls script.py
.Pp
Print the line that changes a value:
.Pp
.Dl $ swifttrace --watch 'sys.path[0]' script.py
.Pp
Print the last 50 lines if the script fails:
.Pp
.Dl $ swifttrace -xx --last 50 script.py
.Pp
Trace every Python program that a job starts:
.Pp
.Dl $ SWIFTTRACE=2 ./cron-job.sh
"""


def text() -> str:
    """Return the page. Its date is SOURCE_DATE_EPOCH, or today."""
    fields = {
        "@DATE@": _date(),
        "@COMMANDS@": "\n".join(
            f".Nm\n.Cm {name}\n.Ar {_operands(arguments)}"
            for name, arguments, _ in options.SUBCOMMANDS
        ),
        "@OPTIONS@": "\n".join(_groups()),
        "@SUBCOMMANDS@": "\n".join(
            f".It Cm {name} Ar {_operands(arguments)}\n{sentences(does)}"
            for name, arguments, does in options.SUBCOMMANDS
        ),
        "@FIELDS@": _listed([f".Cm {name}" for name in options.IN_VARIABLE]),
    }
    page = TEXT
    for mark, value in fields.items():
        page = page.replace(mark, value)
    return page


def _date() -> str:
    moment = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))
    return f"{time.strftime('%B', moment)} {moment.tm_mday}, {moment.tm_year}"


def _listed(macros: list[str]) -> str:
    return "\n".join([*(f"{macro} ," for macro in macros[:-1]), "and", f"{macros[-1]} ."])


def _operands(arguments: str) -> str:
    """Return what follows a command, for mdoc."""
    return arguments.lower().replace("...", " ...").replace("--", r"\-\-")


def _groups() -> list[str]:
    """Return a list of options for each group of the table, under the group's name."""
    lines: list[str] = []
    group = ""
    for flag in flags():
        if flag.group != group:
            lines += [".El"] if group else []
            group = flag.group
            lines += [f".Ss {group[:1].upper()}{group[1:]}", ".Bl -tag -width Ds"]
        lines += [f".It {_names(flag)}", sentences(flag.help)]
    return [*lines, ".El"]


def _names(flag: Flag) -> str:
    names = " , ".join(f"Fl {name[1:]}" for name in flag.names)
    if not flag.metavar:
        return names
    words = flag.metavar.split("|")
    value = " | ".join(("Cm " if word.islower() else "Ar ") + word for word in words)
    return f"{names} {value}" if flag.needs_value else f"{names} Ns Oo = Ns {value} Oc"


def sentences(told: str) -> str:
    """Return a help text as sentences. Each begins a line, and no line is a macro."""
    told = re.sub("`([^`]+)`", r"\\(lq\1\\(rq", told.replace("\\", "\\e").replace("-", "\\-"))
    parts = [part if part[0] == "=" else part[:1].upper() + part[1:] for part in told.split("; ")]
    lines = [line for part in parts for line in wrap(f"{part}.", **LINES)]
    return "\n".join("\\&" * line.startswith((".", "'")) + line for line in lines)
