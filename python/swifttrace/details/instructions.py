"""The instructions of code objects, as far as names and what is done to objects go."""

from __future__ import annotations

import sys
from _opcode import stack_effect  # type: ignore[import-not-found]

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

_NAMES = (
    "extended",
    "local",
    "checked local",
    "borrowed local",
    "shared",
    "class shared",
    "dictionary or shared",
    "name",
    "dictionary or global",
    "global",
    "two locals",
    "two borrowed locals",
    "store and local",
    "store two",
    "constant",
    "small integer",
    "attribute",
    "method",
    "subscript",
    "operation",
    "copy",
    "swap",
    "store attribute",
    "delete attribute",
    "store subscript",
    "delete subscript",
    "store slice",
    "jump forward",
    "jump backward",
    "jump without interrupt",
    "return",
    "return constant",
    "raise",
    "raise again",
    "common constant",
)
# By the minor version, in that order; 0: there is none.
_NUMBERS = {
    11: "144 124 0 0 137 148 0 101 0 116 0 0 0 0 100 0 106 160 25 122 120 99 95 96 60 61 0 110 140"
    " 134 83 0 130 119 0",
    12: "144 124 127 0 137 0 176 101 175 116 0 0 0 0 100 0 106 0 25 122 120 99 95 96 60 61 27 110"
    " 140 134 83 121 130 119 0",
    13: "71 85 87 0 84 0 89 92 90 91 88 0 111 112 83 0 82 0 5 45 61 115 108 63 39 9 38 79 77 78 36"
    " 103 101 102 0",
    14: "69 84 88 86 83 0 90 93 91 92 89 87 113 114 82 94 80 0 0 44 59 117 110 61 38 8 37 77 75 76"
    " 35 0 104 105 0",
    15: "67 83 87 85 82 0 89 92 90 91 88 86 112 113 81 93 79 0 0 42 57 116 109 59 36 8 35 76 74 75"
    " 33 0 103 104 80",
}
KNOWN = {
    int(number): name
    for number, name in zip(_NUMBERS.get(sys.version_info[1], "").split(), _NAMES, strict=False)
    if number != "0"
}
"""The names of the instructions that are told apart, by their numbers; empty: this Python's are not
known."""
_EXTENDED = next((number for number, name in KNOWN.items() if name == "extended"), -1)
STORES = bytes(
    number
    for number, name in KNOWN.items()
    if name in ("store attribute", "delete attribute", "store subscript", "delete subscript")
    or name == "store slice"
)
"""The instructions that change an object."""
HAS_METHOD_BIT = sys.version_info >= (3, 12)
"""An attribute that is about to be called is one whose last bit is set."""
COMMON_CONSTANTS = {7: None, 8: "", 9: True, 10: False, 11: -1}
"""What `LOAD_COMMON_CONSTANT` loads from 3.15 on, of what may be a key; earlier ones have none."""
SUBSCRIPT_OPERATION = 26
"""From 3.14 on: that of `BINARY_OP` which stands for `BINARY_SUBSCR`."""
_MOST_INSTRUCTIONS = 50_000


class Instruction:
    """One of them, with the line that it belongs to."""

    __slots__ = ("argument", "line", "name", "number")

    def __init__(self, number: int, argument: int, line: int) -> None:
        self.number = number
        self.name = KNOWN.get(number, "")
        self.argument = argument
        self.line = line

    def effect(self) -> int:
        """Return how many more objects there are on the stack after it."""
        try:
            return int(stack_effect(self.number, self.argument, jump=False))
        except ValueError:
            return int(stack_effect(self.number, None, jump=False))


def instructions(code: CodeType) -> Iterator[Instruction]:
    """Go through those that have a line. Of code that is too long there are none."""
    text = code.co_code
    if len(text) > 2 * _MOST_INSTRUCTIONS:
        return
    argument = 0
    for start, end, line in code.co_lines():
        for offset in range(start, end, 2):
            number = text[offset]
            argument = (argument << 8 | text[offset + 1]) & 0xFFFFFF
            if number == _EXTENDED:
                continue
            if number and line is not None:
                yield Instruction(number, argument, line)
            argument = 0
