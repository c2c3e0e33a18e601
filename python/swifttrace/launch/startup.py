"""The trace that the environment asks for, at the start of an interpreter."""

from __future__ import annotations

import os
import sys

from .. import swifttrace as native
from ..children.descriptors import ring
from ..children.following import VARIABLE, current_directory, leave_children
from ..config.environment import Environment
from ..config.settings import Settings
from ..runtime.builtins import __builtins__ as __builtins__
from ..session.state import Trace, activate_inherited, see_the_end
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
        descriptor = environment.take_descriptor()
        if environment.run is not None:
            native.join_run(environment.run)
        trace = _open(environment.settings)
        if descriptor is not None:
            os.close(descriptor)
        if environment.bell is not None:
            ring(environment.bell)
        if not environment.settings.follow:
            leave_children()
        activate_inherited(trace)
    except Exception as error:
        message = str(error).removeprefix("swifttrace: ")
        _say(f"{VARIABLE}: {message}")


def _is_trusted() -> bool:
    """Whether the environment may say anything: not with `-E` or `-I`, not where the
    program has other rights than who started it.
    """
    if sys.flags.ignore_environment or sys.flags.isolated:
        return False
    return os.getuid() == os.geteuid() and os.getgid() == os.getegid()


def _open(settings: Settings) -> Trace:
    see_the_end(settings)
    settings.open_log()
    command = _command()
    if settings.log is not None:
        settings.log.source = command
    if settings.resumed is None and _may_be_a_worker():
        settings.parent_script = settings.script
    else:
        settings.script = settings.runner = None
    program = _program()
    if is_installed_command(program):
        settings.runner = program
    session = settings.open(None, current_directory(), command=command)
    native.await_program(session, settings.runner)
    return Trace(settings, session)


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
