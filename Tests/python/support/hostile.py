"""What drives a terminal, and whether any of it has got into what was printed."""

from __future__ import annotations

import re

C0 = "".join(map(chr, range(0x20))).translate({ord("\t"): None, ord("\n"): None})
C1 = "".join(map(chr, range(0x80, 0xA0)))
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
SEQUENCES = (
    "\x1b]52;c;QUJD\x07"  # the clipboard
    "\x1b]0;title\x1b\\\x9d2;title\x9c"
    "\x1b[200~rm -rf\x1b[201~\x1b[?2004h"  # bracketed paste
    "\x1b[2J\x1b[31m\x9b31m\x1bc\x1bP1$r\x90q\x1b_x\x1b^x"
)
EVERYTHING = C0 + "\x7f" + C1 + BIDI + SEQUENCES
"""Every character that a terminal acts on, and what it takes to do harm by them."""
NAMEABLE = EVERYTHING.replace("\0", "")
"""What a file's name and a word of a command line may hold."""

_ACTED_ON = re.compile(f"[{re.escape(C0)}\x7f{C1}{BIDI}]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def acted_on(output, *, has_colours=False):
    """Return the places of what a terminal would act on; what is no UTF-8 is one."""
    text = output.decode("utf-8")  # raises
    if has_colours:
        text = _COLOUR.sub("", text)
    return [
        (found.start(), text[found.start() - 20 : found.end()])
        for found in _ACTED_ON.finditer(text)
    ]
