"""The trace that the environment asks for, at the start of an interpreter."""

from __future__ import annotations

import os
import sys

from .. import swifttrace as native
from ..children.descriptors import Place, open_first, ring
from ..children.following import leave_children
from ..config.environment import Environment, Inherited
from ..config.settings import Settings
from ..config.variable import VARIABLE
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import current_directory
from ..session.opening import Opening, Program, see_the_end
from ..session.state import state
from ..session.trace import Trace
from .commands import is_installed_command

_started: list[bool] = []


def start(value: str) -> None:
    """Trace as `value` says. A bad value is one line; nothing raises."""
    # In a virtual environment `site` reads each .pth file twice.
    if not _is_trusted() or _started:
        return
    _started.append(True)
    try:
        environment = Environment(value)
        inherited = environment.inherited
        settings = Settings(**environment.values)
        if environment.signal is not None:
            _arm(environment.signal, settings)
            return
        descriptor = _descriptor(inherited)
        if descriptor is not None:
            settings = settings.but(fd=descriptor)
        if inherited.run is not None:
            native.join_run(inherited.run)
        trace = _open(settings, inherited)
        if descriptor is not None:
            os.close(descriptor)
        if inherited.bell is not None:
            ring(inherited.bell)
        if not settings.follow:
            leave_children()
        state.inherit(trace)
        _vary_switches()
    except Exception as error:
        message = str(error).removeprefix("swifttrace: ")
        _say(f"{VARIABLE}: {message}")


def _vary_switches() -> None:
    """Set how often threads take turns, if `swifttrace flaky` varies it."""
    interval = os.environ.get("SWIFTTRACE_SWITCH_INTERVAL")
    if interval is not None:
        sys.setswitchinterval(float(interval))


def _arm(name: str, settings: Settings) -> None:
    from .armed import Armed  # not for every start

    see_the_end(settings)
    Armed(name, settings)


def _is_trusted() -> bool:
    """Whether the environment may say anything: not with `-E` or `-I`, not where the
    program has other rights than who started it.
    """
    if sys.flags.ignore_environment or sys.flags.isolated:
        return False
    return os.getuid() == os.geteuid() and os.getgid() == os.getegid()


def _descriptor(inherited: Inherited) -> int | None:
    """Open the descriptor of the process that follows us, and no other does.

    It was not inherited: no program that is not traced gets it. Returns None where none is
    named. Raises `ValueError`.
    """
    places = [Place(text) for text in inherited.places]
    try:
        return open_first(places) if places else None
    except OSError as error:
        raise ValueError(f"cannot open the trace's descriptor: {error}") from None


def _open(settings: Settings, inherited: Inherited) -> Trace:
    program = Program(None, current_directory(), _command())
    if inherited.resumed is None and _may_be_a_worker():
        program.script = program.parent_script = inherited.script
        program.runner = inherited.runner
    name = _program()
    if is_installed_command(name):
        program.runner = name
    program.roots = inherited.roots
    see_the_end(settings)
    opening = Opening(settings, program, inherited)
    opening.begin_log()
    if opening.log is not None:
        opening.log.source = program.command
    trace = opening.open()
    trace.session.await_program(program.runner)
    return trace


def _may_be_a_worker() -> bool:
    """Whether what is run is no script of the user's, as far as the command line says.

    Of a module that `-m` names it is seen when that is met whether it was installed.
    """
    script = (getattr(sys, "argv", None) or [""])[0]
    installed = {"site-packages", "dist-packages"}
    return script in ("-c", "-m") or not installed.isdisjoint(script.split(os.sep))


def _program() -> str:
    """Return the script's name, before the interpreter has run it."""
    name = (getattr(sys, "argv", None) or [""])[0]
    return "" if name in ("", "-c", "-m") else os.path.abspath(name)


def _command() -> bytes | None:
    """Return the text of `-c`, which no file has."""
    if getattr(sys, "argv", [])[:1] != ["-c"]:
        return None
    place = len(sys.orig_argv) - len(sys.argv)
    return sys.orig_argv[place].encode("utf-8", "surrogateescape")


def _say(message: str) -> None:
    if sys.stderr is not None:
        print("swifttrace:", native.visible(message.replace("\n", "\\n")), file=sys.stderr)
