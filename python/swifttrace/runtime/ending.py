"""What our functions do that are called while the interpreter ends.

Finalizers run when modules, ours too, have been emptied: all names of a module are None by
then. Two things outlast that: what functions have as defaults, and the built-in names, which
are a dictionary of ours (`builtins`). Our functions find `until_the_end` and
`even_at_the_end` among those.
"""

from __future__ import annotations

from ..swifttrace import deactivate, is_ending
from .builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

OURS = (TypeError, AttributeError, ImportError, RuntimeError)
"""What a function of ours may raise whose names are None, or which may import no more."""


class UntilTheEnd:
    """A `with` block of ours that fails in one clear way while the interpreter ends."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(
        self,
        _kind: object,
        error: BaseException | None,
        _traceback: object,
        is_ending: Callable[[], bool] = is_ending,
        ours: tuple[type[Exception], ...] = OURS,
    ) -> None:
        if isinstance(error, ours) and is_ending():
            raise RuntimeError(
                "swifttrace cannot be used any more: the interpreter is ending"
            ) from None


class EvenAtTheEnd:
    """A `with` block that ends a trace: what is not ended by it is by the native module."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(
        self,
        _kind: object,
        error: BaseException | None,
        _traceback: object,
        deactivate: Callable[[], None] = deactivate,
        is_ending: Callable[[], bool] = is_ending,
        ours: tuple[type[Exception], ...] = OURS,
    ) -> bool:
        is_ours = isinstance(error, ours) and is_ending()
        if is_ours:
            deactivate()
        return is_ours


def outlast(names: dict[str, object]) -> None:
    """Add both to the names that outlast our modules."""
    names["until_the_end"], names["even_at_the_end"] = UntilTheEnd(), EvenAtTheEnd()


outlast(__builtins__)  # type: ignore[arg-type] # of a module, says mypy
