"""Runs of a command whose traces are made to be compared."""

from __future__ import annotations

import contextlib
import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from ..config.variable import VARIABLE, escaped
from ..runtime.builtins import __builtins__ as __builtins__
from .events import TEMPLATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ASSIGNMENT = re.compile(r"[^\W\d]\w*=.*", re.DOTALL)
_PYTHONS = ("python", "python3", f"python3.{sys.version_info.minor}")
_running: set[int] = set()
TIMEOUT = 600
"""How many seconds a run may take, if nobody says otherwise."""


class CannotRun(Exception):
    """A command cannot be run; the message says why."""


class Command:
    """A command with the variables that stand before it."""

    def __init__(self, words: Sequence[str]) -> None:
        rest = list(words)
        self.variables: dict[str, str] = {}
        if rest[:1] == ["env"] and len(rest) > 1 and _ASSIGNMENT.fullmatch(rest[1]):
            rest.pop(0)
        while rest and _ASSIGNMENT.fullmatch(rest[0]):
            name, _, value = rest.pop(0).partition("=")
            self.variables[name] = value
        if not rest:
            raise CannotRun("there is no command")
        self.shown = shlex.join(words)
        self.arguments = _started(rest)
        self.directory: str | None = None
        """Where it runs; None: here."""
        self.inherited: Mapping[str, str] = os.environ
        self.hint = "; --vary tries other things"
        """What else may be tried if no run fails."""

    def call(self, folder: str) -> list[str]:
        """Return what is executed. A folder of the run's own may have files that it needs."""
        return self.arguments

    def last_words(self, lines: Sequence[str]) -> str:
        """Return which of the lines that it printed says how it ended; there is one at least."""
        return lines[-1]

    def environment(
        self, folder: str, told: Sequence[str], more: Mapping[str, str]
    ) -> dict[str, str]:
        """Return what a run of it has in its environment."""
        fields = ["level=3", "scope=project", "calls=yes", "values=yes", f"format={TEMPLATE}"]
        fields += [*told, f"output={folder}/%p.trace"]
        value = ",".join(escaped(fields))
        return {**self.inherited, **self.variables, **more, VARIABLE: value}


def _started(words: list[str]) -> list[str]:
    """Return what is executed: a script and `python` are run by this Python."""
    name = words[0]
    if name in _PYTHONS or os.path.realpath(name) == os.path.realpath(sys.executable):
        return [sys.executable if name in _PYTHONS else name, *words[1:]]
    if name.startswith("-") or (name.endswith(".py") and os.path.isfile(name)):
        return [sys.executable, *words]
    directories = os.pathsep.join((os.path.dirname(sys.executable), os.environ.get("PATH", "")))
    found = shutil.which(name, path=directories)
    if found is None:
        raise CannotRun(f"{name}: there is no such command")
    return [found, *words[1:]]


class Ended:
    """How a run has ended, and where its traces and its output are."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.status = 0
        self.has_timed_out = False
        self.seconds = 0.0

    @property
    def told(self) -> str:
        """How it ended, in words."""
        if self.has_timed_out:
            return "was ended after the time of --timeout"
        if self.status < 0:
            try:
                return f"was killed by {signal.Signals(-self.status).name}"
            except ValueError:
                return f"was killed by signal {-self.status}"
        return f"ended with status {self.status}"

    @property
    def has_traces(self) -> bool:
        """Whether anything was traced."""
        return any(name.endswith(".trace") for name in os.listdir(self.folder))

    def output(self) -> bytes:
        """Return what it printed, up to a megabyte."""
        with open(os.path.join(self.folder, "output"), "rb") as file:
            return file.read(1 << 20)


class Folder:
    """A folder for the traces of some runs. It is removed at the end, unless it is to be kept."""

    def __init__(self, kept: str | None) -> None:
        self._kept = kept
        self.path = kept or ""

    def __enter__(self) -> Folder:
        if self._kept is None:
            self.path = tempfile.mkdtemp(prefix="swifttrace-")
        else:
            try:
                os.makedirs(self._kept, exist_ok=True)
            except OSError as error:
                raise CannotRun(f"{self._kept}: {error.strerror}") from None
            self.path = os.path.abspath(self._kept)
        return self

    def __exit__(self, *_: object) -> None:
        if self._kept is None:
            shutil.rmtree(self.path, ignore_errors=True)

    def new(self, name: str) -> str:
        """Return a folder for one run; what it had before is removed."""
        path = os.path.join(self.path, name)
        shutil.rmtree(path, ignore_errors=True)
        os.mkdir(path)
        return path


def run(
    command: Command,
    folder: str,
    told: Sequence[str] = (),
    more: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
) -> Ended:
    """Run it once. Raises `CannotRun`."""
    environment = command.environment(folder, told, more or {})
    return execute(command.call(folder), environment, folder, timeout, command.directory)


def execute(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: str,
    timeout: float,
    directory: str | None = None,
) -> Ended:
    """Run a program once, with its output in a file of the folder. Raises `CannotRun`."""
    ended = Ended(folder)
    began = time.monotonic()
    with open(os.path.join(folder, "output"), "wb") as output:
        try:
            process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd=directory,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CannotRun(f"{arguments[0]}: {reason}") from None
        _wait(process, ended, timeout)
    ended.seconds = time.monotonic() - began
    return ended


def end_all() -> None:
    """End the runs that other threads wait for."""
    for leader in list(_running):
        _end_group(leader)


def _wait(process: subprocess.Popen[bytes], ended: Ended, timeout: float) -> None:
    """Wait for the end; what the command has started and left is ended, too."""
    _running.add(process.pid)
    try:
        ended.has_timed_out = not _has_ended(process, timeout)
    finally:
        _running.discard(process.pid)
        _end_group(process.pid)
        ended.status = process.wait()


def _has_ended(process: subprocess.Popen[bytes], timeout: float) -> bool:
    """Wait by the process's descriptor: `Popen.wait` looks every 50 ms when it has a timeout."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except (AttributeError, OSError):
        return _has_ended_slowly(process, timeout)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(timeout * 1000))
    finally:
        os.close(descriptor)


def _has_ended_slowly(process: subprocess.Popen[bytes], timeout: float) -> bool:
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        return False
    return True


def _end_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
