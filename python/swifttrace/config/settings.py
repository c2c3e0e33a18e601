"""The settings of one trace: each option's value, checked before anything is opened."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import current_directory
from .options import IN_API, agree
from .relations import imply
from .variable import check_length

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


class Settings:
    """Has an attribute for each option that `enable()` takes. Nothing changes them.

    Raises `TypeError` or `ValueError`, with the name of what is wrong.
    """

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, **asked: Any) -> None:
        for name in asked:
            if name not in IN_API:
                raise TypeError(f"there is no option {name!r}")
        kept = vars(self)
        for name, option in IN_API.items():
            asked.setdefault(name, option.default)
        imply(asked)
        for name, option in IN_API.items():
            kept[name] = option.check(name, asked[name])
        agree(asked, kept)
        if kept["follow"]:
            check_length(kept, current_directory())

    @property
    def has_secrets(self) -> bool:
        """Whether the values of names such as `password` are shown."""
        return bool(self.show_secrets)

    def but(self, **changed: Any) -> Settings:
        """Return the same with some values, as they are kept, in the place of others."""
        other = Settings.__new__(Settings)
        vars(other).update(vars(self))
        vars(other).update(changed)
        return other

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{name}: settings do not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{name}: settings do not change")
