"""Runs a program as `python` would, with the trace on.

The program sees what it would see without us: `sys.argv`, `sys.path[0]`, `__main__`, its
traceback, its exit status, `sys.orig_argv`, by which programs start themselves again, and no
frame below its own.
"""

from __future__ import annotations

import os
import sys

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import STANDARD_ERROR, current_directory
from ..session.opening import Opening, Program
from ..session.state import activate, state
from ..session.trace import Trace, destination_of
from .commands import CannotRun, command_named, is_installed_command
from .compiling import (
    compiled,
    decodable,
    dedented,
    file_loader,
    in_utf_8,
    is_bytecode,
    read,
)
from .main_module import absolute, is_import_path, learn_interpreter, new_main, set_command, set_up
from .reporting import debug_uncaught, raise_without_us

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from ..config.settings import Settings

COMMAND_NAME = "<string>"
STDIN_NAME = "<stdin>"
UTF8_MARK = b"\xef\xbb\xbf"


def launch(
    kind: str, target: str, arguments: list[str], settings: Settings, pdb: bool = False
) -> None:
    """Run the program that `target` names. Raises `CannotRun`, or what it raises."""
    debug_uncaught(pdb)
    learn_interpreter()
    state.is_launched = True
    if kind == "module":
        _run_module(target, arguments, settings)
    elif kind == "command":
        _run_command(target, arguments, settings)
    elif kind == "stdin":
        _run_stdin(arguments, settings)
    elif is_import_path(target):
        _run_directory(target, arguments, settings)
    else:
        _run_script(command_named(target) or target, arguments, settings)


def _run_script(script: str, arguments: list[str], settings: Settings) -> None:
    path = absolute(script)
    source = read(path)
    # Bytecode has the name of the file it was made from.
    scripts = None if is_bytecode(path, source) else (path,)
    if is_installed_command(path):
        shown = () if settings.scope == "project" else scripts
        trace = _open(settings, shown, current_directory(), path)
    else:
        trace = _open(settings, scripts, os.path.dirname(path))
    loader = file_loader(path, source)
    namespace = new_main(__file__=path, __loader__=loader("__main__", path))
    set_up([script, *arguments], os.path.dirname(os.path.realpath(path)))
    set_command(["--", script] if script.startswith("-") else [script], arguments)
    code = compiled(source, path)
    if scripts is not None and not os.path.isfile(path):
        _hold(code, in_utf_8(source), trace)  # A pipe is read once.
    _run_code(code, namespace, trace)


def _run_command(command: str, arguments: list[str], settings: Settings) -> None:
    source = dedented(command)
    trace = _open(settings, (), current_directory())
    namespace = new_main()
    set_up(["-c", *arguments], "")
    set_command(["-c", command], arguments)
    code = compiled(decodable(source) + "\n", COMMAND_NAME)
    _hold(code, UTF8_MARK + source.encode(), trace)
    _show_in_tracebacks(code, source)
    _run_code(code, namespace, trace)


def _run_stdin(arguments: list[str], settings: Settings) -> None:
    trace = _open(settings, (), current_directory())
    namespace = new_main(__file__=STDIN_NAME)
    set_up(["-", *arguments], "")
    set_command(["-"], arguments)
    source = sys.stdin.buffer.read() if sys.stdin is not None else b""
    code = compiled(source, STDIN_NAME)
    _hold(code, source, trace)
    _run_code(code, namespace, trace)


def _run_module(name: str, arguments: list[str], settings: Settings) -> None:
    trace = _open(settings, None, current_directory())
    new_main()
    set_up(["-m", *arguments], os.getcwd())
    set_command(["-m", name], arguments)
    _run_as_main(name, True, trace)


def _run_directory(path: str, arguments: list[str], settings: Settings) -> None:
    path0 = absolute(path)
    trace = _open(settings, None, path0)
    new_main()
    set_up([path, *arguments], path0, always=True)
    set_command(["--", path] if path.startswith("-") else [path], arguments)
    _run_as_main("__main__", False, trace)


def _run_code(code: CodeType, namespace: dict[str, Any], trace: Trace) -> None:
    _begin(trace)
    try:
        native.call_alone(exec, (code, namespace))
    except SystemExit as error:
        if sys.version_info < (3, 14):
            # No prompt for a script that set it and exits, unlike a module's.
            os.unsetenv("PYTHONINSPECT")
        raise_without_us(error)
    except BaseException as error:
        raise_without_us(error)


def _run_as_main(name: str, is_module: bool, trace: Trace) -> None:
    """As the interpreter itself does for `-m`, for a directory and for a zip."""
    import runpy

    run = runpy._run_module_as_main  # type: ignore[attr-defined]
    _begin(trace)
    try:
        native.call_alone(run, (name, is_module))
    except BaseException as error:
        raise_without_us(error)


def _begin(trace: Trace) -> None:
    try:
        activate(trace)
    except RuntimeError as error:  # other tools leave no way
        raise CannotRun(str(error).removeprefix("swifttrace: "), 1) from None


def _hold(code: CodeType, source: bytes, trace: Trace) -> None:
    native.hold_source(code, source)
    if trace.inquiry is not None:
        trace.inquiry.texts.hold(code.co_filename, source)
    if trace.log is not None:
        trace.log.source = source


def _show_in_tracebacks(code: CodeType, source: str) -> None:
    """Register the text of `-c`, as the interpreter does from Python 3.13 on."""
    if sys.version_info < (3, 13):
        return
    import linecache

    key = code if hasattr(linecache, "_interactive_cache") else COMMAND_NAME
    linecache._register_code(key, source, COMMAND_NAME)


def _open(
    settings: Settings, scripts: tuple[str, ...] | None, near: str, command: str | None = None
) -> Trace:
    state.make_way(settings)
    is_shown = settings.output is not None or settings.fd != STANDARD_ERROR or settings.last
    if not is_shown and sys.stderr is None:
        settings = settings.but(output=os.devnull)  # nobody to show the trace to
    program = Program(scripts, near)
    program.script = scripts[0] if scripts and command is None else None
    program.runner = command
    opening = Opening(settings, program)
    try:
        opening.begin_log()
    except OSError as error:
        raise CannotRun(f"cannot write to {opening.log_path}: {error.strerror}", 2) from None
    try:
        trace = opening.open()
    except OSError as error:
        name = destination_of(settings)
        raise CannotRun(f"cannot write to {name}: {error.strerror}", 2) from None
    trace.session.await_program(command)
    if settings.fd > STANDARD_ERROR:
        # We have a duplicate. Whoever reads the trace would wait for programs that
        # inherit this one.
        os.set_inheritable(settings.fd, False)
    return trace
