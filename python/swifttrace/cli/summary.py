"""What a program did, printed once it has ended: ``--fold`` and ``--count``.

The program runs in a process that is forked for it, and is recorded; this process waits, and
prints what the recording has.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found] # signal itself imports enum
import os
import sys

from ..config import checks
from ..config.recording_options import LIVE, PAGE
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import STANDARD_ERROR, STANDARD_OUTPUT
from .waiting import FORWARDED, remove, wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from ..config.settings import Settings

_EACCES = 13
_LINES = 36
"""Of 40, some are left for what the program itself prints."""


def summarised(asked: dict[str, Any], settings: Settings, program_file: str) -> Settings:
    """Return in the program's process, with the settings that record it.

    The process that was there ends as the program does. Raises `OSError`, before the program
    has begun.
    """
    fd = _opened(settings, program_file)
    if asked.get(PAGE):
        _check_page(asked[PAGE], program_file)
    folder = None
    recording = settings.output if settings.record else None
    if recording is None:
        folder = _folder()
        recording = os.path.join(folder, "run.swt")
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED | {signal.SIGCHLD})
    program = os.fork()
    if program != 0:
        if asked["summary"] == LIVE and folder is not None:
            from .live import follow

            _end_like(follow(program, folder, asked, fd))
        _wait_and_show(program, os.fsdecode(recording), folder, asked, fd)
    if asked["summary"] == LIVE:
        from ..session.recorded import note_follower

        note_follower()
    if fd != settings.fd:
        os.close(fd)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return settings.but(record=True, output=recording, fd=STANDARD_ERROR)


def _opened(settings: Settings, program_file: str) -> int:
    """Return the descriptor that the answer goes to."""
    if settings.output is None or settings.record:
        fd: int = settings.fd
        return fd
    checks.check_no_source(settings.output, (program_file,))
    return os.open(settings.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)


def _check_page(page: str, program_file: str) -> None:
    """Raises `OSError` where it could not be written at the end."""
    checks.check_no_source(page, (program_file,))
    folder = os.path.join(os.path.dirname(os.path.abspath(page)), "")
    number = 0 if os.access(folder, os.W_OK | os.X_OK) else _EACCES
    try:
        os.stat(folder)
    except OSError as error:
        number = error.errno or number
    if number:
        raise OSError(number, os.strerror(number), page)


def _folder() -> str:
    # Not by tempfile, which imports what the program is not to find loaded.
    directory = os.environ.get("TMPDIR") or "/tmp"
    path = os.path.join(directory, f"swifttrace-{os.urandom(8).hex()}")
    os.mkdir(path, 0o700)
    return path


def _wait_and_show(
    program: int, recording: str, folder: str | None, asked: dict[str, Any], fd: int
) -> NoReturn:
    try:
        status = wait(program)
        _show(_recordings(recording, folder), asked, fd)
    finally:
        if folder is not None:
            remove(folder)
    _end_like(status)


def _recordings(recording: str, folder: str | None) -> list[str]:
    """Return the program's own, then those of its children."""
    found = [recording] if os.path.exists(recording) else []
    if folder is not None:
        names = [os.path.join(folder, name) for name in os.listdir(folder)]
        found += sorted((name for name in names if name != recording), key=os.path.getmtime)
    # One that could not be begun has said so.
    return [name for name in found if os.path.getsize(name)]


def _of_children(recording: str) -> list[str]:
    """Return the files of the processes that it was followed by, without those of earlier runs."""
    from ..recordings.files import CannotRead
    from ..recordings.opening import open_file

    def began(name: str) -> int:
        try:
            return int(open_file(name, as_recording=True).told["wall_clock"])
        except CannotRead:
            return 0

    folder, base = os.path.split(recording)
    names = [name for name in os.listdir(folder or ".") if name.startswith(f"{base}.")]
    found = {name: began(os.path.join(folder, name)) for name in names}
    first = began(recording)
    later = sorted((time, name) for name, time in found.items() if time > first)
    return [os.path.join(folder, name) for _, name in later]


def _show(files: list[str], asked: dict[str, Any], fd: int) -> None:
    from .show import ShowError, show

    if not files:
        return
    if asked["summary"] == PAGE:
        own = files if len(files) > 1 else [*files, *_of_children(files[0])]
        _write_page(own, asked[PAGE])
        return
    options = ["--rare" if asked.get("rare") else f"--{asked['summary']}"]
    if asked.get("top") is not None:
        options.append(f"--top={asked['top']}")
    elif asked["summary"] == "fold":
        options.append(f"--lines={_LINES}")
    if asked.get("time") and asked["summary"] == "count":
        options.append("--time")
    try:
        os.dup2(fd, STANDARD_OUTPUT)
        show([*options, *files])
    except (ShowError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        os.write(STANDARD_ERROR, f"swifttrace: {reason}\n".encode("utf-8", "backslashreplace"))


def _write_page(files: list[str], name: str) -> None:
    from .answers import AnswerError
    from .report import write

    try:
        write(files, name)
    except (AnswerError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        os.write(STANDARD_ERROR, f"swifttrace: {reason}\n".encode("utf-8", "backslashreplace"))


def _end_like(status: int) -> NoReturn:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
        os.kill(os.getpid(), number)
    sys.stdout.flush()
    os._exit(os.waitstatus_to_exitcode(status))
