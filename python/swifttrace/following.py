"""Has the Python processes that this one starts traced as it is, by their environment."""

from __future__ import annotations

import os

from .settings import STANDARD_ERROR, Settings

VARIABLE = "SWIFTTRACE"


class Following:
    """The value of SWIFTTRACE that one trace has for children.

    What runs while a trace is on is built-in functions only: the lines of `os.environ`
    or `os.path` would be in the trace.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.fixed_part = _fixed_part(settings, current_directory())
        self.before: bytes | None = None

    def begin(self) -> None:
        """Write the variable."""
        self.before = os.environ._data.get(VARIABLE.encode())  # type: ignore[attr-defined]
        self.write()

    def write(self) -> None:
        pid = os.getpid()
        fields = [*self.fixed_part, f"depth={self.settings.depth}", f"pid={pid}"]
        if self.settings.output is None and self.settings.fd != STANDARD_ERROR:
            fields.append(f"fd={pid}:{self.settings.fd}")
        _set(",".join(fields).encode("utf-8", "surrogateescape"))

    def end(self) -> None:
        """Put back what was there."""
        _set(self.before)


def current_directory() -> str:
    """Return the directory we are in, `/` where it is gone."""
    try:
        return os.getcwd()
    except OSError:
        return os.sep


def _fixed_part(settings: Settings, start: str) -> list[str]:
    fields = [f"level={settings.level}", f"scope={settings.scope}"]
    for name in ("include", "exclude"):
        fields += [f"{name}={_absolute(pattern, start)}" for pattern in getattr(settings, name)]
    fields += [f"show={name}" for name in settings.show]
    fields += [f"root={root}" for root in settings.roots]
    if settings.last:
        fields.append(f"last={settings.last}")
    if settings.dump_signal:
        fields.append(f"dump_signal={settings.dump_signal}")
    if settings.time:
        fields.append(f"time={settings.time}")
    if settings.format is not None:
        fields.append("format=" + settings.format.decode("utf-8", "surrogateescape"))
    if settings.banner is not None:
        fields.append("banner=yes" if settings.banner else "banner=no")
    if settings.output is not None:
        fields.append(f"output={os.path.join(start, os.fsdecode(settings.output))}")
    return [field.replace("\\", "\\\\").replace(",", "\\,") for field in fields]


def _absolute(pattern: str, start: str) -> str:
    """A pattern for a path holds wherever the child is; one for a name already does."""
    return os.path.join(start, pattern) if "/" in pattern else pattern


def _set(value: bytes | None) -> None:
    """As `os.environ` does, in its two places."""
    name = VARIABLE.encode()
    if value is None:
        os.environ._data.pop(name, None)  # type: ignore[attr-defined]
        os.unsetenv(name)
    else:
        os.environ._data[name] = value  # type: ignore[attr-defined]
        os.putenv(name, value)
