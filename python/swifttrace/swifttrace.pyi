"""The native module."""

from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Final, TypedDict, TypeVar, final, type_check_only

from swifttrace.writing import Recorder

_T = TypeVar("_T")

LINE_FIELDS: Final[dict[str, int]]
"""What a line may say besides itself, with its bit."""
NOTES_WHERE_SHARED: Final[int]
NOTES: Final[int]
"""There are start and end lines, the first only where several processes are traced."""
EVENT_CALL: Final[int]
EVENT_RESUME: Final[int]
EVENT_RETURN: Final[int]
EVENT_YIELD: Final[int]
EVENT_RAISE: Final[int]
EVENT_LEAVE: Final[int]
"""What `hook` and `stop` are told of a frame; 0 is a line."""
LEAVE_FILE: Final[int]
BEGIN_FILE: Final[int]
"""What `take_file` returns, and 2 where the file goes on."""

@type_check_only
class Look(TypedDict, total=False):
    """Keywords of `Session`: the colours and the width of lines."""

    has_colours: bool
    # Too wide lines: the columns, 0: the terminal's; where neither is given they stay as they are.
    cut: int
    wrap: int
    # Called with the text of a file, once.
    paint: Callable[[bytes], bytes | None] | None
    join: Callable[[bytes], tuple[bytes, list[int]] | None]

@type_check_only
class Details(TypedDict, total=False):
    """Keywords of `Session`: what is shown besides the lines.

    Without `deepest` nothing is, and with it lines only if `lines` says so.
    """

    # Calls that are deeper are not shown.
    deepest: int
    values: bool
    calls: bool
    lines: bool
    secrets: bool
    # Called at each event of code in scope; `stop` after what `hook` returned is shown.
    hook: Callable[[int, Any, int, object], str | None] | None
    stop: Callable[[int, Any, int, object], None] | None
    # Says what a value looks like that only its own code can.
    show: Callable[[object], str | None] | None
    # How many characters of a value are shown.
    width: int
    # `plan` says what `begin` and `end` are to look at: a line that begins, and one that has ended.
    plan: Callable[..., Any] | None
    begin: Callable[..., Any] | None
    end: Callable[..., Any] | None

@final
class Session:
    """One setting of the trace. It is in force once it is activated."""

    def __new__(
        cls,
        *,
        # How lines look. A template is used in place of the level.
        level: int,
        paths: str = "short",
        template: bytes | None = None,
        shown: int = 0,
        # See `Look`.
        has_colours: bool = False,
        cut: int | None = None,
        wrap: int | None = None,
        paint: Callable[[bytes], bytes | None] | None = None,
        join: Callable[[bytes], tuple[bytes, list[int]] | None] | None = None,
        # See `Details`.
        deepest: int | None = None,
        values: bool = False,
        calls: bool = False,
        lines: bool = False,
        secrets: bool = False,
        hook: Callable[[int, Any, int, object], str | None] | None = None,
        stop: Callable[[int, Any, int, object], None] | None = None,
        show: Callable[[object], str | None] | None = None,
        width: int = 120,
        plan: Callable[..., Any] | None = None,
        begin: Callable[..., Any] | None = None,
        end: Callable[..., Any] | None = None,
        # What is traced. The script is yet to be met where `scripts` is None: `command` is its
        # text where it is `-c`'s. `own` is the tracer's directory.
        scope: str,
        own: str,
        scripts: tuple[str, ...] | None = None,
        parent_script: str | None = None,
        command: bytes | None = None,
        roots: tuple[str, ...] = (),
        include: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
        libraries: tuple[str, ...] = (),
        # Where lines go: to where those of another session do, to a file, or to the descriptor.
        output: str | bytes | Session | None = None,
        descriptor: int = 2,
        appends: bool = False,
        # How many processes deep this one is, and the file that it wrote before `exec`.
        nesting: int = 1,
        resumed: str | None = None,
        # How many lines are kept and not written, 0: none; how many a report can be made of,
        # where that is more: the lines are fields then, for programs.
        last: int = 0,
        reach: int = 0,
        # What lines are recorded with, in the file: they are recorded and not written.
        recorder: Recorder | None = None,
        signal: int = 0,
        notes: int = 0,
        command_line: tuple[str, ...] | None = None,
    ) -> Session: ...
    def activate(self, ends: bool, /) -> None:
        """Trace by it. What was in force is over, where it `ends`."""
    def end(self) -> None:
        """Have nothing more come of it."""
    def use_for_pair(self) -> None:
        """Have the pair of trace functions print by it."""
    def shared_descriptor(self) -> int | None:
        """Return what it is written by that other processes write to as well."""
    def output_path(self) -> str | None:
        """Return the file that is its own."""
    def await_children(self) -> int | None:
        """Return the doorbell's descriptor; None: there is no need of one."""
    def state(self) -> tuple[int, str | None]:
        """Return how many lines it has printed, and why it stopped."""
    def report(self, at_exception: bool, /) -> bytes:
        """Return the lines that are kept, as they are printed."""
    def print_report(self, report: bytes, /) -> None: ...
    def last_lines(self, after: int, up_to: int, /) -> list[tuple[bytes, int, bytes]]:
        """Return the tag of each line, how deep it is, its bytes."""
    def lines_before(self, exception: BaseException, /) -> int | None:
        """Return how many lines had been recorded when it was raised."""
    def pause(self) -> None:
        """Have lines that run from here on be none of its own."""
    def resume(self) -> int:
        """Take lines again. Return how many there are."""
    def leave_out(self, thread: int, /) -> None:
        """Have lines of the thread be none of its own from here on."""
    def take_in(self, thread: int, /) -> None:
        """Undo one `leave_out`."""
    def await_program(self, runner: str | None, /) -> None:
        """The program is yet to be run, by the runner whose file that is."""
    def silence(self) -> None:
        """Let the caller say why it stopped."""
    def write(self, data: bytes, /) -> None:
        """Put bytes where its lines go."""

def configure(standard_library: str, /) -> None: ...
def check_format(template: bytes, /) -> None:
    """Raise `ValueError` for a bad one."""

def deactivate(ends: bool = False, /) -> None:
    """Trace not at all. What was in force is over, where it `ends`."""

def set_fork_hooks(
    before: Callable[[], None], after: Callable[[], None], in_child: Callable[[], None], /
) -> tuple[Callable[[], None], Callable[[], None], Callable[[], None]]:
    """Have them called around a fork. Return what `os.register_at_fork` is to call."""

def set_describer(
    function: Callable[
        [object, bool], str | tuple[str, object] | tuple[str, object, str, bool | None] | None
    ],
    /,
) -> None:
    """Have it called as `function(value, is_deep)` for values that have no built-in type.

    It returns a text; a text that holds for as long as the value lives, and a weak reference to
    that or None; or a text, a value, another text, and what the value is: True for the fields
    of an object, None for one that derives from `dict`, False for any other.
    """

def set_script_hook(function: Callable[[str, str | None], None], /) -> None:
    """Have it called as `function(path, runner)` once the script is met."""

def leave_variable(written: bytes, left: bytes | None, /) -> None:
    """Say what SWIFTTRACE is, and what to leave when the interpreter has ended."""

def observe(function: Callable[[str, str], object] | None, /) -> None:
    """Tell it of files; None: tell nobody."""

def process_identity() -> str: ...
def forks() -> int:
    """Return how many lie between this process and the first."""

def run_start() -> int:
    """Return nanoseconds."""

def join_run(start: int, /) -> None:
    """Make this process part of that run."""

def engine() -> tuple[str, str]:
    """Return its name, and why it was chosen."""

def is_ending() -> bool:
    """Whether the interpreter imports no more."""

def take_file(descriptor: int, appends: bool, is_of_process: bool, is_resumed: bool, /) -> int: ...
def open_output(path: str, flags: int, /) -> int: ...
def visible(text: str, /) -> str:
    """Return it with what a terminal acts on as escapes."""

def value_text(value: object, show_secrets: bool, name: str = ..., width: int = ..., /) -> str:
    """Return what it looks like in a trace."""

def result_text(value: object, show_secrets: bool, function: str, /) -> str:
    """Return what it looks like where it is returned."""

def without_secrets(arguments: tuple[str, ...], /) -> list[str]:
    """Return a command's as a trace shows them."""

def variables(frame: FrameType, names: tuple[str, ...], /) -> tuple[dict[str, Any], list[str]]:
    """Return those that the frame has values for, and its own names that have none."""

def call_alone(function: Callable[..., Any], arguments: tuple[Any, ...], /) -> Any:
    """Call it with no frame below it."""

def frame(depth: int, /) -> FrameType:
    """Return what `sys._getframe()` returns to who calls it."""

def code(frame: FrameType, /) -> CodeType: ...
def referent(object: object, class_: type[_T], /) -> _T | None:
    """Return the first object of just that class that the collector finds in another one."""

def identity(object: object, /) -> int:
    """Return `id(object)`."""

def evaluate(code: CodeType, globals: dict[str, Any], locals: object, /) -> Any:
    """Return `eval(code, globals, locals)`."""

def compiled(source: bytes, name: bytes, /) -> CodeType:
    """Return `compile(source, name, "exec")`. The source has no NUL, and may have a cookie."""

def learn_alarm(exception: type[BaseException], /) -> None:
    """Find where the interpreter keeps what is to be raised in a thread."""

def limited(
    function: Callable[[Any], Any], argument: object, exception: type[BaseException], /
) -> Any:
    """Return `function(argument)`; the exception is raised in it when it takes too long."""

def insist() -> None:
    """Have an exception of `limited` that was caught raised again."""

def hold_source(code: CodeType, source: bytes, /) -> None:
    """Keep the text of code that no file has."""

def global_trace(frame: FrameType, event: str, arg: Any, /) -> Any:
    """The global trace function, for `sys.settrace()`."""

def local_trace(frame: FrameType, event: str, arg: Any, /) -> Any:
    """The local trace function, for `frame.f_trace`."""
