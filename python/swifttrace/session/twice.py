"""Says at a trace's end which files of the project were imported under two names."""

from __future__ import annotations

import atexit
import sys

from ..runtime.builtins import __builtins__ as __builtins__
from .state import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config.settings import Settings

_Module = type(sys)
_names_of = _Module.__dict__["__dict__"].__get__  # type: ignore[index]
_near: list[str] = []
"""A path in the project, once a trace was opened."""


def see(near: str) -> None:
    """Look at the modules as the interpreter ends; `near` is a path in the project."""
    if not _near:
        atexit.register(_at_exit)
    _near[:] = [near]


def _at_exit() -> None:
    trace = state.in_force
    if trace is None or trace.inquiry is not None or trace.settings.last or not _are_any():
        return
    # No line is to be shown of what runs for it; nor may that change how the program ends, as
    # `eval` does after Ctrl-C on 3.11.
    trace.session.pause()
    try:
        lines = [f"# swifttrace: {each}\n" for each in _told(trace.settings.but(scope="project"))]
        if lines:
            trace.session.write("".join(lines).encode("utf-8", "backslashreplace"))
    except Exception as error:
        from ..runtime.interruptions import is_from_outside

        if is_from_outside(error):
            raise
    finally:
        trace.session.resume()


def _are_any() -> bool:
    """Whether two modules name one file: calls nothing that the trace could show."""
    modules = getattr(sys, "modules", None)
    seen: dict[str, object] = {}
    for module in list(modules.values()) if type(modules) is dict else ():
        path = _names_of(module).get("__file__") if isinstance(module, _Module) else None
        if type(path) is str and seen.setdefault(path, module) is not module:
            return True
    return False


def _told(settings: Settings) -> list[str]:
    from ..questions.places import Project
    from ..questions.twice import told
    from .roots import project_roots

    return told(Project(settings, project_roots(_near[0]), None))
