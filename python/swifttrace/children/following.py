"""Has the Python processes that this one starts traced as it is, by their environment."""

from __future__ import annotations

import posix  # not `os`, whose functions the program may replace

from .. import swifttrace as native
from ..config.checks import DASH
from ..config.variable import VARIABLE, escaped, told
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import STANDARD_ERROR, current_directory, known_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Protocol

    from ..config.settings import Settings

    class Log(Protocol):
        """What is told of all this."""

        file: Any

        def children(self, value: str) -> None:
            """Hear what SWIFTTRACE says."""


class Following:
    """The value of SWIFTTRACE that one trace has for children.

    What runs while a trace is on is built-in functions only: the lines of `os.environ`
    or `os.path` would be in the trace.
    """

    def __init__(
        self,
        settings: Settings,
        session: native.Session,
        log: Log | None,
        script: str | None,
        roots: Iterable[str],
        places: Iterable[str],
    ) -> None:
        """:param script: the script's file, once that is known.
        :param roots: the project's.
        :param places: where the descriptor came from that this process traces to.
        """
        self.session = session
        self.log = log
        self.script = script
        self.runner: str | None = None
        """The file of the installed command, or of the library, that runs the script."""
        self.fixed_part = told(vars(settings), current_directory())
        self.fixed_part += escaped([f"root={root}" for root in roots])
        self.fixed_part.append(f"run={native.run_start()}")
        self.shared = _Shared(session, settings.fd, places) if _is_shared(settings) else None
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
        fields += escaped(self._files())
        bell = self.session.await_children()
        if bell is not None:
            fields.append(f"bell=/proc/{pid}/fd/{bell}")
        if self.script is not None:
            fields += escaped([f"script={self.script}"])
        if self.runner is not None:
            fields += escaped([f"runner={self.runner}"])
        if self.shared is not None:
            fields += escaped(f"fd={place}" for place in self.shared.places())
        value = ",".join(fields)
        written = value.encode("utf-8", "surrogateescape")
        _set(written)
        native.leave_variable(written, written if self.goes_on else self.before)
        if self.log is not None:
            self.log.children(value)

    def _files(self) -> Iterable[str]:
        """What this process writes to, which goes on where it runs `exec`."""
        path = self.session.output_path()
        if path is not None:
            yield f"file={path}"
        if self.log is not None and self.log.file.name != DASH:
            yield f"log={self.log.file.name}"

    def end(self) -> None:
        """Put back what was there."""
        _set(self.before)


class _Shared:
    """The descriptor that `--fd` names, which children open where they find it."""

    def __init__(self, session: native.Session, fd: int, places: Iterable[str]) -> None:
        from . import descriptors

        self._descriptors = descriptors
        # Not the one that was named, which the program may close and use for itself.
        self._descriptor = session.shared_descriptor() or fd
        self._file = descriptors.identity(posix.fstat(self._descriptor))
        self._others = [*descriptors.named_place(self._descriptor), *places]
        descriptors.append_only(self._descriptor)

    def places(self) -> list[str]:
        """Ours first. After a fork, the one of the process that we were before is next."""
        own = self._descriptors.own_place(self._descriptor, self._file)
        self._others = self._descriptors.nearest([own, *self._others])
        return self._others


def _is_shared(settings: Settings) -> bool:
    return settings.output is None and settings.fd != STANDARD_ERROR


def leave_children() -> None:
    """Remove the variable that this process was started with."""
    _set(None)


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
