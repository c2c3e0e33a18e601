"""The command line, parsed by hand: argparse alone would double the start-up time."""

from __future__ import annotations

from .unpatched import __builtins__ as __builtins__

USAGE = """\
usage: swifttrace [options] script.py [args]
       swifttrace [options] -m module [args]
       swifttrace [options] -c CODE [args]
       swifttrace [options] - [args]             the script on standard input
       swifttrace [options] directory-or-zip [args]
       swifttrace show FILE...                   the lines that --last has kept

Runs a Python program as `python` would, and prints each line as it runs.

levels:
  -x, --trace                 + line                           (the default)
  -xx, --trace-with-lineno    + [number] line
  -xxx, --trace-all           + [file:number] line             of any module
  --level N                   the same by its number, 1 to 3

which lines:
  --scope script|project|all  the script's (levels 1 and 2), all of the project
                              but not what is installed, or everything (level 3)
  --include PATTERN           files besides (may be repeated)
  --exclude PATTERN           files not (may be repeated; wins)

where to:
  -o, --output FILE           a file, emptied first; `-`: standard output
  -a, --append                not emptied: the trace goes on behind what it has
  --fd N                      an open descriptor
                              neither: standard error

only the last lines:
  --last N                    keep the last N lines; print them at an uncaught
                              exception and at a crash (SIGSEGV, SIGABRT, ...)
  --dump-signal NAME          and at this signal (USR1, for one)
                              with -o FILE they are in the file, too, even after
                              kill -9: swifttrace show FILE prints them

what else to say of a line:
  --show FIELDS               pid, thread, task, depth, module, function, with
                              commas (thread is shown from the second one on)
  --time                      seconds since the start
  --time=delta                seconds since the line before began: what that one
                              took, and not the line that says it
  --time=line                 seconds that the line itself took, without lines
                              that it calls: it is printed when it ends
  --format TEMPLATE           in place of all that: text with {prefix}, {file},
                              {path}, {name}, {lineno}, {line}, {pid}, {thread},
                              {task}, {depth}, {module}, {function}, {time},
                              {delta}, {took} (as --time=line); {name:>20.20}
                              is its last 20 characters, to the right

  --paths relative|absolute|short
                              [file:number] with the file's whole path, relative
                              to the working directory at the start (as at
                              levels 1 and 2 with --scope project), or not
  --statements                a statement over several lines once, as one line

what else to show:
  --values[=repr]             the names that a line has bound or changed; =repr:
                              by what the program's own objects say, too
  --show-secrets              also of names such as password, which are ***
  --calls                     calls, returns, yields and exceptions
  --only-calls                those without the lines
  --depth N                   nothing that is more than N calls in scope deep

  --watch EXPR                only the lines that change what EXPR says, and
                              their callers (level 3 and --scope project
                              unless others are asked for; may be repeated)
  --watch-break               stop in pdb after them

how it looks:
  --color auto|always|never   colours (of the syntax, with Pygments); auto, the
                              default: where standard error is a terminal and
                              NO_COLOR is unset
  --wrap[=N], --cut[=N]       lines wider than the terminal, or than N columns,
                              go on below their text; end in `…`

  -d, -dd, -ddd               a log of what the tracer does; -dd: and of calls,
                              returns, exceptions, the script's AST and byte
                              code; -ddd: and of its globals and the locals of
                              each function (--debug, --debug2, --debug3)
  --debug-log FILE            in FILE, not in swifttrace.log; children add .PID;
                              `-`: on standard output, but not those of children

  -p, --pdb                   debug an exception that nobody caught

  --banner, --no-banner       a start and an end line, which begin with `# `: by
                              default in files, and where several processes
                              share standard error

  --no-follow                 leave Python processes that are started alone
                              (--follow, the default, traces them too)

  --version                   print the version
  -h, --help                  print this

Options after the script are the script's own.
"""

_LEVELS = {
    "--trace": 1,
    "--trace-with-lineno": 2,
    "--trace-with-linenos": 2,
    "--trace-all": 3,
    "--trace_all": 3,
}
_VALUED = (
    *("--level", "--scope", "--include", "--exclude", "--output", "--fd", "--show", "--last"),
    *("--depth", "--watch", "--color", "--debug-log", "--paths"),
    "--dump-signal",
    "--format",
)
_SWITCHES = {
    "--append": ("append", True),
    "--follow": ("follow", True),
    "--no-follow": ("follow", False),
    "--banner": ("banner", True),
    "--no-banner": ("banner", False),
    "--calls": ("calls", True),
    "--only-calls": ("calls", "only"),
    "--show-secrets": ("show_secrets", True),
    "--statements": ("statements", True),
    "--watch-break": ("watch_break", True),
    "--pdb": ("pdb", True),
    "--debug": ("debug", 1),
    "--debug2": ("debug", 2),
    "--debug3": ("debug", 3),
}
_DEBUG = {"-d": 1, "-dd": 2, "-ddd": 3}
_INFORMATION = {"-h": "help", "--help": "help", "--version": "version"}


class UsageError(Exception):
    """The command line makes no sense; the message says what of it."""


class Options:
    """What the command line asks for."""

    def __init__(self) -> None:
        self.level = 0
        """0: none was asked for."""
        self.scope: str | None = None
        self.include: list[str] = []
        self.exclude: list[str] = []
        self.output: str | None = None
        self.append = False
        self.fd: int | None = None
        self.show = ""
        self.follow = True
        self.banner: bool | None = None
        self.last: int | None = None
        self.dump_signal: str | None = None
        self.time: bool | str = False
        self.pdb = False
        self.format: str | None = None
        self.values: bool | str = False
        self.calls: bool | str = False
        self.depth: int | None = None
        self.show_secrets = False
        self.watch: list[str] = []
        self.watch_break = False
        self.paths: str | None = None
        self.statements = False
        self.color = "auto"
        self.debug = 0
        self.debug_log: str | None = None
        self.wrap: bool | int = False
        self.cut: bool | int = False
        self.kind = ""
        """ "script", "module", "command", "stdin", "show", "help", "version", or nothing."""
        self.target = ""
        self.arguments: list[str] = []


def parse(arguments: list[str]) -> Options:
    """Parse what follows the command's name. Raises `UsageError`."""
    return _Parser(arguments).parse()


class _Parser:
    def __init__(self, arguments: list[str]) -> None:
        self.rest = list(arguments)
        self.options = Options()
        self.crosses = 0

    def parse(self) -> Options:
        while self.rest and not self.options.kind:
            self._take(self.rest.pop(0))
        self.options.arguments = self.rest
        return self.options

    def _take(self, argument: str) -> None:
        if argument == "-":
            self._run("stdin", argument)
        elif argument == "--":
            if self.rest:
                self._run("script", self.rest.pop(0))
        elif not argument.startswith("-"):
            self._run("show" if argument == "show" else "script", argument)
        elif argument.startswith("--"):
            self._take_long(argument)
        else:
            self._take_short(argument)

    def _run(self, kind: str, target: str) -> None:
        self.options.kind = kind
        self.options.target = target

    def _take_short(self, argument: str) -> None:
        if not argument.strip("-x"):
            self.crosses += len(argument) - 1
            self._set_level(self.crosses, "-" + "x" * self.crosses)
        elif argument in _DEBUG:
            self.options.debug = _DEBUG[argument]
        elif argument == "-p":
            self.options.pdb = True
        elif argument == "-a":
            self.options.append = True
        elif argument in _INFORMATION:
            self.options.kind = _INFORMATION[argument]
        elif argument[1] in "cmo":
            value = argument[2:] or self._value(argument)
            self._take_letter(argument[1], value)
        else:
            raise UsageError(f"unknown option {argument}")

    def _take_letter(self, letter: str, value: str) -> None:
        if letter == "o":
            self.options.output = value
        else:
            self._run({"c": "command", "m": "module"}[letter], value)

    def _take_long(self, argument: str) -> None:
        name, sign, value = argument.partition("=")
        if name in _VALUED:
            self._take_valued(name, value if sign else self._value(name))
        elif sign and name in (*_LEVELS, *_SWITCHES, *_INFORMATION):
            raise UsageError(f"{name} takes no value")
        elif name in _LEVELS:
            self.options.level = _LEVELS[name]
        elif name == "--time":
            self.options.time = value if sign else "start"
        elif name == "--values":
            self.options.values = value if sign else True
        elif name in ("--wrap", "--cut"):
            setattr(self.options, name[2:], _number(name, value) if sign else True)
        elif name in _SWITCHES:
            setattr(self.options, *_SWITCHES[name])
        elif name in _INFORMATION:
            self.options.kind = _INFORMATION[name]
        else:
            raise UsageError(f"unknown option {name}")

    def _take_valued(self, name: str, value: str) -> None:
        if name == "--level":
            self._set_level(_number(name, value), name)
        elif name in ("--depth", "--fd", "--last"):
            setattr(self.options, name[2:], _number(name, value))
        elif name in ("--include", "--exclude", "--watch"):
            getattr(self.options, name[2:]).append(value)
        else:
            setattr(self.options, name[2:].replace("-", "_"), value)

    def _set_level(self, level: int, option: str) -> None:
        if level not in (1, 2, 3):
            raise UsageError(f"{option}: the level must be 1, 2 or 3")
        self.options.level = level

    def _value(self, option: str) -> str:
        if not self.rest:
            raise UsageError(f"{option} needs a value")
        return self.rest.pop(0)


def _number(option: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise UsageError(f"{option} needs a number, not {value!r}") from None
