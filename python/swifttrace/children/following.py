"""Has the Python processes that this one starts traced as it is, by their environment."""

from __future__ import annotations

import os
import posix  # not `os`, whose functions the program may replace

from .. import swifttrace as native
from ..config.checks import DASH, STANDARD_ERROR
from ..config.settings import DEBUG_LOG, Settings
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

VARIABLE = "SWIFTTRACE"
_PAGES = 32
"""Of memory: what one variable of an environment may have, `MAX_ARG_STRLEN` of Linux."""
_RESERVE = 16 * 1024
"""For what is known later: the script, places of the descriptor, numbers."""


class Following:
    """The value of SWIFTTRACE that one trace has for children.

    What runs while a trace is on is built-in functions only: the lines of `os.environ`
    or `os.path` would be in the trace.
    """

    def __init__(self, settings: Settings, session: native.Session) -> None:
        self.session = session
        self.log = settings.log
        self.script = settings.script
        self.runner = settings.runner
        self.fixed_part = _fixed_part(settings, current_directory())
        self.shared = _Shared(settings, session) if _is_shared(settings) else None
        self.before: bytes | None = None
        self.goes_on = False
        """Whether the next interpreter of this process writes on to the file."""

    def begin(self, depth: int) -> None:
        """Write the variable. `depth` is how many processes deep this one is."""
        self.before = known_environment().get(VARIABLE.encode())
        self.write(depth)

    def write(self, depth: int) -> None:
        pid = posix.getpid()
        fields = [*self.fixed_part, f"nesting={depth}", f"pid={native.process_identity()}"]
        fields += _escaped(self._files())
        bell = native.await_children(self.session)
        if bell is not None:
            fields.append(f"bell=/proc/{pid}/fd/{bell}")
        if self.script is not None:
            fields += _escaped([f"script={self.script}"])
        if self.runner is not None:
            fields += _escaped([f"runner={self.runner}"])
        if self.shared is not None:
            fields += _escaped(f"fd={place}" for place in self.shared.places())
        value = ",".join(fields)
        written = value.encode("utf-8", "surrogateescape")
        _set(written)
        native.leave_variable(written, written if self.goes_on else self.before)
        if self.log is not None:
            self.log.children(value)

    def _files(self) -> Iterable[str]:
        """What this process writes to, which goes on where it runs `exec`."""
        path = native.output_path(self.session)
        if path is not None:
            yield f"file={path}"
        if self.log is not None and self.log.file.name != DASH:
            yield f"log={self.log.file.name}"

    def end(self) -> None:
        """Put back what was there."""
        _set(self.before)


class _Shared:
    """The descriptor that `--fd` names, which children open where they find it."""

    def __init__(self, settings: Settings, session: native.Session) -> None:
        from . import descriptors

        self._descriptors = descriptors
        # Not the one that was named, which the program may close and use for itself.
        self._descriptor = native.shared_descriptor(session) or settings.fd
        self._file = descriptors.identity(posix.fstat(self._descriptor))
        self._others = [*descriptors.named_place(self._descriptor), *settings.places]
        descriptors.append_only(self._descriptor)

    def places(self) -> list[str]:
        """Ours first. After a fork, the one of the process that we were before is next."""
        own = self._descriptors.own_place(self._descriptor, self._file)
        self._others = self._descriptors.nearest([own, *self._others])
        return self._others


def _is_shared(settings: Settings) -> bool:
    return settings.output is None and settings.fd != STANDARD_ERROR


def check_length(settings: Settings) -> None:
    """Raise `ValueError` where the variable gets too long: the system would start no child."""
    most = _PAGES * os.sysconf("SC_PAGE_SIZE") - _RESERVE
    value = ",".join(_fixed_part(settings, current_directory()))
    length = len(value.encode("utf-8", "backslashreplace"))
    if length > most:
        raise ValueError(
            f"what child processes are told is {length} bytes long, and {most} is the most: "
            "give fewer patterns, or do not follow them"
        )


def leave_children() -> None:
    """Remove the variable that this process was started with."""
    _set(None)


def known_environment() -> dict[bytes, bytes]:
    """Return what `os.environ` keeps: nothing of ours where a program has put another there."""
    environ = getattr(os, "environ", None)
    return environ._data if type(environ) is os._Environ else {}  # type: ignore[attr-defined]


def current_directory() -> str:
    """Return the directory we are in, `/` where it is gone."""
    try:
        return posix.getcwd()
    except OSError:
        return os.sep


def _fixed_part(settings: Settings, start: str) -> list[str]:
    fields = [f"level={settings.level}", f"scope={settings.scope}"]
    for name in ("include", "exclude"):
        fields += [f"{name}={_absolute(pattern, start)}" for pattern in getattr(settings, name)]
    fields += [f"show={name}" for name in settings.show]
    fields += [f"root={root}" for root in settings.roots]
    fields.append(f"run={native.run_start()}")
    if settings.append:
        fields.append("append=yes")
    if settings.last:
        fields.append(f"last={settings.last}")
    if settings.dump_signal:
        fields.append(f"dump_signal={settings.dump_signal}")
    if settings.banner is not None:
        fields.append("banner=yes" if settings.banner else "banner=no")
    if settings.details is not None:
        fields += settings.details.for_children()
    fields += _looks(settings)
    if settings.debug:
        # What children print may be read by this program: their logs are files.
        is_file = settings.debug_log != DASH
        log = settings.debug_log if is_file else os.path.join(start, DEBUG_LOG)
        fields += [f"debug={settings.debug}", f"debug_log={log}"]
    if settings.output is not None:
        fields.append(f"output={os.path.join(start, os.fsdecode(settings.output))}")
    return _escaped(fields)


def _looks(settings: Settings) -> list[str]:
    fields = []
    if settings.format is not None:
        fields.append("format=" + settings.format.decode("utf-8", "surrogateescape"))
    if settings.time:
        fields.append(f"time={settings.time}")
    if settings.color != "auto":
        fields.append(f"color={settings.color}")
    if settings.paths:
        fields.append(f"paths={settings.paths}")
    if settings.fit:
        fields.append(f"{settings.fit}={settings.columns or 'yes'}")
    return fields


def _escaped(fields: Iterable[str]) -> list[str]:
    return [field.replace("\\", "\\\\").replace(",", "\\,") for field in fields]


def _absolute(pattern: str, start: str) -> str:
    """A pattern for a path holds wherever the child is; one for a name already does."""
    return os.path.join(start, pattern) if "/" in pattern else pattern


def _set(value: bytes | None) -> None:
    """As `os.environ` does, in its two places."""
    name = VARIABLE.encode()
    try:
        if value is None:
            known_environment().pop(name, None)
            posix.unsetenv(name)
        else:
            known_environment()[name] = value
            posix.putenv(name, value)
    except Exception as error:
        _note_refusal(error)


def _note_refusal(error: Exception) -> None:
    """An audit hook of the program's has raised (PEP 578), of which it knows nothing."""
    try:
        from ..runtime.interruptions import is_from_outside

        is_theirs = is_from_outside(error)
    except Exception:  # The hook refuses imports, too.
        is_theirs = False
    if is_theirs:
        raise error
    text = b"swifttrace: children may be traced wrongly: an audit hook refuses os.putenv\n"
    try:  # noqa: SIM105 (contextlib's lines might be traced)
        posix.write(2, text)
    except OSError:
        pass  # There is nobody to tell.
