"""The numbers of instructions that are written down are those of this Python."""

from __future__ import annotations

import sys
from opcode import opmap

from swifttrace.details.instructions import KNOWN
from swifttrace.runtime import interruptions

NAMES = {
    "extended": "EXTENDED_ARG",
    "name": "LOAD_NAME",
    "global": "LOAD_GLOBAL",
    "constant": "LOAD_CONST",
    "attribute": "LOAD_ATTR",
    "operation": "BINARY_OP",
    "copy": "COPY",
    "swap": "SWAP",
    "store attribute": "STORE_ATTR",
    "delete attribute": "DELETE_ATTR",
    "store subscript": "STORE_SUBSCR",
    "delete subscript": "DELETE_SUBSCR",
    "jump forward": "JUMP_FORWARD",
    "jump backward": "JUMP_BACKWARD",
    "return": "RETURN_VALUE",
    "raise": "RAISE_VARARGS",
    "raise again": "RERAISE",
    "local": "LOAD_FAST",
    "subscript": "BINARY_SUBSCR",
    "method": "LOAD_METHOD",
    "store slice": "STORE_SLICE",
    "small integer": "LOAD_SMALL_INT",
    "common constant": "LOAD_COMMON_CONSTANT",
    "two borrowed locals": "LOAD_FAST_BORROW_LOAD_FAST_BORROW",
}


def test_the_instructions_that_lines_are_read_by():
    numbers = {name: number for number, name in KNOWN.items()}
    expected = {name: opmap[each] for name, each in NAMES.items() if each in opmap}
    # Python 3.12 keeps the number of LOAD_METHOD for another use, within the compiler.
    if sys.version_info >= (3, 12):
        expected.pop("method", None)
    # What it loads before 3.15 is no key of a dictionary.
    if sys.version_info < (3, 15):
        expected.pop("common constant", None)
    assert {name: numbers.get(name) for name in expected} == expected


def test_the_instructions_at_which_others_interrupt():
    assert opmap["RAISE_VARARGS"] == interruptions._RAISE
    assert {opmap["RESUME"], opmap["JUMP_BACKWARD"]} == {*interruptions._CHECKS}
