"""Colours of the source, by Pygments.

The text that is coloured has been made visible: no escape of the program's is in it.
"""

from __future__ import annotations

import os

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.frames import frame_of
from ..runtime.interruptions import is_from_outside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    Paint = Callable[[bytes], bytes | None]

MOST_BYTES = 2_000_000
"""Of a longer file the lines stay plain: it would take Pygments seconds."""


def painter() -> Paint | None:
    """Return what colours a text; None where there is no Pygments.

    Any failure of its import is one of somebody else's file of that name, for all we know.
    """
    try:
        return _Painter()
    except Exception:
        return None


class _Painter:
    def __init__(self) -> None:
        # Now: what is imported while a line waits for its colours is imported untraced.
        from pygments.formatters.terminal import TERMINAL_COLORS, TerminalFormatter
        from pygments.lexers.python import PythonLexer
        from pygments.token import Whitespace

        self.lexer = PythonLexer()
        self.formatter = TerminalFormatter(colorscheme={**TERMINAL_COLORS, Whitespace: ("", "")})
        self(b"def first():\n    return 'line'\n")

    def __call__(self, text: bytes) -> bytes | None:
        if len(text) > MOST_BYTES:
            return None
        try:
            return self._painted(text.decode()).encode()
        except Exception as error:
            if is_from_outside(error) or _is_elsewhere(error.__traceback__):
                raise
            return None

    def _painted(self, text: str) -> str:
        from io import StringIO

        tokens = [(kind, value) for _, kind, value in self.lexer.get_tokens_unprocessed(text)]
        if "".join(value for _, value in tokens) != text:
            raise ValueError("Pygments has changed the text")
        painted = StringIO()
        self.formatter.format(tokens, painted)
        return painted.getvalue()


def _is_elsewhere(traceback: TracebackType | None) -> bool:
    """Whether it comes from code that is not needed here: a handler of the program's."""
    places = ("<frozen ", os.path.dirname(os.__file__), *_directories())
    while traceback is not None:
        if not native.code(frame_of(traceback)).co_filename.startswith(places):
            return True
        traceback = traceback.tb_next
    return False


def _directories() -> list[str]:
    import pygments

    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return [own, os.path.dirname(os.path.abspath(pygments.__file__))]
