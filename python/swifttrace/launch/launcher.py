"""Runs a program as `python` would, with the trace on.

The program sees what it would see without us: `sys.argv`, `sys.path[0]`, `__main__`, its
traceback, its exit status, `sys.orig_argv`, by which programs start themselves again, and no
frame below its own.
"""

from __future__ import annotations

import builtins
import os
import sys
from _frozen_importlib import BuiltinImporter
from _frozen_importlib_external import MAGIC_NUMBER, SourceFileLoader, SourcelessFileLoader
from types import CodeType, ModuleType

from .. import swifttrace as native
from ..api import disable
from ..children.following import current_directory
from ..config.checks import STANDARD_ERROR
from ..runtime.builtins import __builtins__ as __builtins__
from ..session.state import Trace, activate, depth, make_way, state
from .commands import CannotRun, command_named, is_installed_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, NoReturn

    from ..config.settings import Settings

COMMAND_NAME = "<string>"
STDIN_NAME = "<stdin>"
UTF8_MARK = b"\xef\xbb\xbf"
_MISSING = object()


_debugged: list[bool] = []
"""Not empty: pdb has a look at what nobody caught."""
_interpreter: list[str] = []
"""What starts the interpreter: its name and its options. Nothing where that is not known."""


def launch(
    kind: str, target: str, arguments: list[str], settings: Settings, pdb: bool = False
) -> None:
    """Run the program that `target` names. Raises `CannotRun`, or what it raises."""
    _debugged[:] = [pdb] * pdb
    _interpreter[:] = _interpreter_named()
    state.is_launched = True
    if kind == "module":
        _run_module(target, arguments, settings)
    elif kind == "command":
        _run_command(target, arguments, settings)
    elif kind == "stdin":
        _run_stdin(arguments, settings)
    elif _is_import_path(target):
        _run_directory(target, arguments, settings)
    else:
        _run_script(command_named(target) or target, arguments, settings)


# -- the forms of a program ------------------------------------------------------------


def _run_script(script: str, arguments: list[str], settings: Settings) -> None:
    path = _absolute(script)
    source = _read(path)
    # Bytecode has the name of the file it was made from.
    scripts = None if _is_bytecode(path, source) else (path,)
    if is_installed_command(path):
        shown = () if settings.scope == "project" else scripts
        trace = _open(settings, shown, current_directory(), path)
    else:
        trace = _open(settings, scripts, os.path.dirname(path))
    loader = _file_loader(path, source)
    namespace = _new_main(__file__=path, __loader__=loader("__main__", path))
    _set_up([script, *arguments], os.path.dirname(os.path.realpath(path)))
    _set_command(["--", script] if script.startswith("-") else [script], arguments)
    code = _compiled(source, path)
    if scripts is not None and not os.path.isfile(path):
        _hold(code, _in_utf_8(source), settings)  # A pipe is read once.
    _run_code(code, namespace, trace)


def _run_command(command: str, arguments: list[str], settings: Settings) -> None:
    source = _dedented(command)
    trace = _open(settings, (), current_directory())
    namespace = _new_main()
    _set_up(["-c", *arguments], "")
    _set_command(["-c", command], arguments)
    code = _compiled(_decodable(source) + "\n", COMMAND_NAME)
    _hold(code, UTF8_MARK + source.encode(), settings)
    _show_in_tracebacks(code, source)
    _run_code(code, namespace, trace)


def _run_stdin(arguments: list[str], settings: Settings) -> None:
    trace = _open(settings, (), current_directory())
    namespace = _new_main(__file__=STDIN_NAME)
    _set_up(["-", *arguments], "")
    _set_command(["-"], arguments)
    source = sys.stdin.buffer.read() if sys.stdin is not None else b""
    code = _compiled(source, STDIN_NAME)
    _hold(code, source, settings)
    _run_code(code, namespace, trace)


def _run_module(name: str, arguments: list[str], settings: Settings) -> None:
    trace = _open(settings, None, current_directory())
    _new_main()
    _set_up(["-m", *arguments], os.getcwd())
    _set_command(["-m", name], arguments)
    _run_as_main(name, True, trace)


def _run_directory(path: str, arguments: list[str], settings: Settings) -> None:
    absolute = _absolute(path)
    trace = _open(settings, None, absolute)
    _new_main()
    _set_up([path, *arguments], absolute, always=True)
    _set_command(["--", path] if path.startswith("-") else [path], arguments)
    _run_as_main("__main__", False, trace)


def _run_code(code: CodeType, namespace: dict[str, Any], trace: Trace) -> None:
    _begin(trace)
    try:
        native.call_alone(exec, (code, namespace))
    except SystemExit as error:
        if sys.version_info < (3, 14):
            # No prompt for a script that set it and exits, unlike a module's.
            os.unsetenv("PYTHONINSPECT")
        _raise_without_us(error)
    except BaseException as error:
        _raise_without_us(error)


def _run_as_main(name: str, is_module: bool, trace: Trace) -> None:
    """As the interpreter itself does for `-m`, for a directory and for a zip."""
    import runpy

    run = runpy._run_module_as_main  # type: ignore[attr-defined]
    _begin(trace)
    try:
        native.call_alone(run, (name, is_module))
    except BaseException as error:
        _raise_without_us(error)


def _begin(trace: Trace) -> None:
    try:
        activate(trace)
    except RuntimeError as error:  # other tools leave no way
        raise CannotRun(str(error).removeprefix("swifttrace: "), 1) from None


# -- what the program finds ------------------------------------------------------------


_replaced: list[ModuleType] = []
"""The `__main__` of the command. The interpreter that runs its script has borrowed its names:
it deletes `__file__` among them after it has reported what nobody caught."""


def _new_main(**fields: object) -> dict[str, Any]:
    """Put a new `__main__` in place, with what this Python gives it; return its names."""
    _replaced.append(sys.modules["__main__"])
    ours = vars(_replaced[-1])
    main = ModuleType("__main__")
    namespace = vars(main)
    namespace["__loader__"] = BuiltinImporter
    if "__annotations__" in ours:
        namespace["__annotations__"] = {}
    namespace["__builtins__"] = builtins
    namespace.update(fields)
    if "__file__" in fields and "__cached__" in ours:
        namespace["__cached__"] = None
    sys.modules["__main__"] = main
    return namespace


def _set_up(argv: list[str], path0: str, always: bool = False) -> None:
    """Set `sys.argv` and put `path0` where the interpreter put our own place."""
    sys.argv[:] = argv
    if not sys.flags.safe_path:
        sys.path[0] = path0
    elif always:
        sys.path.insert(0, path0)


def _set_command(program: list[str], arguments: list[str]) -> None:
    """Have `sys.orig_argv` say what starts the program without us."""
    if _interpreter:
        sys.orig_argv[:] = [*_interpreter, *program, *arguments]


def _interpreter_named() -> list[str]:
    """Return what stands before us on the command line."""
    command, arguments = list(getattr(sys, "orig_argv", ())), sys.argv[1:]
    before = command[: len(command) - len(arguments)]
    if len(before) < 2 or command[len(before) :] != arguments:
        return []
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return _without_module(before) if spec and spec.name != "__main__" else before[:-1]


def _without_module(command: list[str]) -> list[str]:
    """Leave out the `-m name` or `-mname` at the end, with other letters before the `m`."""
    name = command.pop()
    letters = name if name.startswith("-") else command.pop()
    letters = letters[: letters.find("m")]
    return command if letters == "-" else [*command, letters]


def _absolute(path: str) -> str:
    """As the interpreter does: joined, not normalized."""
    if path in ("", "."):
        return os.getcwd()
    return path if os.path.isabs(path) else os.path.join(os.getcwd(), path)


def _is_import_path(path: str) -> bool:
    """Whether an importer takes it: a directory, a zip file. As `PyImport_GetImporter`."""
    for hook in sys.path_hooks:
        try:
            hook(path)
        except ImportError:
            continue
        return True
    return False


# -- its code --------------------------------------------------------------------------


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        message = f"can't open file {path!r}: [Errno {error.errno}] {error.strerror}"
        raise CannotRun(message, 2) from None


def _is_bytecode(path: str, source: bytes) -> bool:
    return path.endswith(".pyc") or (source[2:4] == b"\r\n" and _has_magic_number(source))


def _has_magic_number(bytecode: bytes) -> bool:
    return bytecode[:4] == MAGIC_NUMBER


def _file_loader(path: str, source: bytes) -> type:
    if _is_bytecode(path, source):
        return SourcelessFileLoader
    return SourceFileLoader


def _compiled(source: str | bytes, name: str) -> CodeType:
    """Compile a program; an error is reported as if none of us were there."""
    found: Exception | None = None
    try:
        if isinstance(source, bytes) and _is_bytecode(name, source):
            return _loaded(source)
        code = compile(source, name, "exec", dont_inherit=True)
    except Exception as error:
        found = error
    if isinstance(source, bytes) and (isinstance(found, SyntaxError) or not _is_decodable(source)):
        found = _error_of_file(source, name) or found
    if found is not None:
        _raise_without_us(found, keep=False)
    return code


def _loaded(bytecode: bytes) -> CodeType:
    """The corresponding C function is `run_pyc_file`."""
    import marshal

    if not _has_magic_number(bytecode):
        raise RuntimeError("Bad magic number in .pyc file")
    code = marshal.loads(bytecode[16:])
    if not isinstance(code, CodeType):
        raise RuntimeError("Bad code object in .pyc file")
    return code


def _is_decodable(source: bytes) -> bool:
    """Whether it is UTF-8 or has a cookie. `compile()` may not look into comments."""
    has_cookie = any(b"coding" in line for line in source.split(b"\n", 2)[:2])
    return has_cookie or _is_utf_8(source)


def _error_of_file(source: bytes, name: str) -> SyntaxError | None:
    try:
        from .syntax import error_of_file
    except ImportError:
        return None
    return error_of_file(source, name)


def _decodable(command: str) -> str:
    try:
        command.encode()
    except UnicodeEncodeError as error:
        _say("Unable to decode the command from the command line:")
        _raise_without_us(error, keep=False)
    return command


def _dedented(command: str) -> str:
    """`-c` takes indented code from Python 3.14 on."""
    if sys.version_info >= (3, 14) and command[:1].isspace():
        import textwrap

        return textwrap.dedent(command)
    return command


def _in_utf_8(source: bytes) -> bytes:
    if _is_utf_8(source):
        return source
    from importlib.util import decode_source

    return decode_source(source).encode()


def _is_utf_8(source: bytes) -> bool:
    try:
        source.decode()
    except UnicodeDecodeError:
        return False
    return True


def _hold(code: CodeType, source: bytes, settings: Settings) -> None:
    native.hold_source(code, source)
    if settings.log is not None:
        settings.log.source = source


def _show_in_tracebacks(code: CodeType, source: str) -> None:
    """Register the text of `-c`, as the interpreter does from Python 3.13 on."""
    if sys.version_info < (3, 13):
        return
    import linecache

    key = code if hasattr(linecache, "_interactive_cache") else COMMAND_NAME
    linecache._register_code(key, source, COMMAND_NAME)


# -- its end ---------------------------------------------------------------------------


def _raise_without_us(error: BaseException, keep: bool = True) -> NoReturn:
    """Raise `error` on to the interpreter, which reports it without our frames.

    The interpreter sets the exit status, kills itself after Ctrl-C, and calls the
    `sys.excepthook` that it finds, once and at once: one that cuts the traceback and
    hands on to the program's own.
    """
    traceback = error.__traceback__ and error.__traceback__.tb_next if keep else None
    hook: Any = getattr(sys, "excepthook", _MISSING)
    uncaught = sys.modules.get("swifttrace.session.uncaught")
    report = uncaught and uncaught.Report(error)

    def excepthook(
        kind: type[BaseException], value: BaseException, _: TracebackType | None
    ) -> None:
        if hook is _MISSING:
            del sys.excepthook
        else:
            sys.excepthook = hook
        value.__traceback__ = sys.last_traceback = traceback
        try:
            _report(hook, value)
        finally:
            if report:
                report.print()
            if _debugged:
                _debug(traceback)

    if sys.flags.inspect or not isinstance(error, SystemExit):
        sys.excepthook = excepthook
    raise error


def _debug(traceback: TracebackType | None) -> None:
    """The trace ends here: pdb's own lines are none of the program's.

    A program that does not compile has no frame to look at.
    """
    if traceback is None:
        return
    disable()
    import pdb

    pdb.post_mortem(traceback)


def _report(hook: Any, error: BaseException) -> None:
    """Call the program's hook. The corresponding C function is `PyErr_PrintEx`."""
    if hook is _MISSING:
        _say("sys.excepthook is missing")
        return _display(error)
    try:
        native.call_alone(hook, (type(error), error, error.__traceback__))
        return None
    except SystemExit:
        raise
    except BaseException as second:
        second.__traceback__ = second.__traceback__ and second.__traceback__.tb_next
        _say("Error in sys.excepthook:")
        _display(second)
    _say("\nOriginal exception was:")
    return _display(error)


def _say(text: str) -> None:
    """The corresponding C function is `PySys_WriteStderr`."""
    try:
        sys.stderr.write(text + "\n")
    except Exception:
        # It has been closed, removed or replaced by what is no file.
        os.write(2, text.encode() + b"\n")


def _display(error: BaseException) -> None:
    native.call_alone(sys.__excepthook__, (type(error), error, error.__traceback__))


def _open(
    settings: Settings, scripts: tuple[str, ...] | None, near: str, command: str | None = None
) -> Trace:
    make_way(settings)
    settings.depth = depth()
    is_shown = settings.output is not None or settings.fd != STANDARD_ERROR or settings.last
    if not is_shown and sys.stderr is None:
        settings.output = os.devnull  # nobody to show the trace to
    try:
        settings.open_log()
    except OSError as error:
        raise CannotRun(f"cannot write to {settings.debug_log}: {error.strerror}", 2) from None
    try:
        settings.script = scripts[0] if scripts and command is None else None
        settings.runner = command
        trace = Trace(settings, settings.open(scripts, near))
        native.await_program(trace.session, command)
        if settings.fd > STANDARD_ERROR:
            # We have a duplicate. Whoever reads the trace would wait for programs that
            # inherit this one.
            os.set_inheritable(settings.fd, False)
        return trace
    except OSError as error:
        name = settings.destination
        raise CannotRun(f"cannot write to {name}: {error.strerror}", 2) from None
