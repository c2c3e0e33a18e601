"""A program that does not compile is refused with the words of `python`."""

from __future__ import annotations

import sys

import pytest
from launching import MAIN_FORMS, numbered, run_alike, run_form_alike

UNCOMPILED = {
    "a syntax error": b"x = 1\ndef f(:\n    pass\n",
    "a misspelt keyword": b"x = 1\nwhille x:\n    pass\n",
    "a missing parenthesis": b"print(1\nx = 2\n",
    "a missing comma": b"x = [1 2]\n",
    "indentation": b"if 1:\nx = 1\n",
    "tabs and spaces": b"if 1:\n        x = 1\n\ty = 2\n",
    "an open string": b"x = '''abc\n",
    "return outside of a function": b"return 1\n",
    "an unknown feature": b"from __future__ import nonsense\n",
    "a null byte": b"x = 1\nprint('a\0b')\n",
    "a null byte at the end": b"x = 1\n\0",
    "an unknown cookie": b"# coding: nonsense\nx = 1\n",
    "an unknown cookie in line 2": b"# text\n# coding: nonsense\nx = 1\n",
    "a cookie against the mark": b"\xef\xbb\xbf# coding: latin-1\nx = 1\n",
    "not UTF-8": b"x = 1\nprint('\xe9')\n",
    "not UTF-8 in a comment": b"x = 1 # \xe9\n",
    "not UTF-8, which it says it is": b"# coding: utf-8\nprint('\xe9')\n",
    "not EUC-JP, which it says it is": b"# coding: euc-jp\nprint('\xff')\n",
    "UTF-16": "print(1)\n".encode("utf-16"),
    "after warnings": b"print('\\d')\nx = = 1\n",
    "latin-1": b"# coding: latin-1\nx = '\xe9' '\n",
}


@pytest.mark.parametrize("error", UNCOMPILED)
def test_a_program_that_does_not_compile_is_refused_with_the_same_words(error, tmp_path):
    for form in ("script", "module", "standard input", "directory"):
        ended = run_form_alike(form, tmp_path, UNCOMPILED[error], interpreter_options=["-B"])
        # The import system looks less closely, up to Python 3.13.
        if form == "script" or "comment" not in error:
            assert (ended.returncode, ended.stdout, ended.trace) == (1, b"", b""), form


@pytest.mark.parametrize("form", MAIN_FORMS)
def test_warnings_of_the_compiler_are_shown_once(form, tmp_path):
    source = "x = 1 is 1\nassert (x, 'text')\nprint('\\d')\n"
    ended = run_form_alike(form, tmp_path, source, interpreter_options=["-B"])
    assert ended.stdout == b"\\d\n"
    assert ended.trace == numbered(source)


def test_a_command_that_does_not_compile_is_refused_with_the_same_words(tmp_path):
    for command in ("x = = 1", "if 1:\nx", "  x = 1\n y = 2", "x = (", "\ufeffx", "n\udce9"):
        ended = run_alike(tmp_path, "-c", command)
        assert (ended.returncode, ended.trace) == (1, b""), command
    assert ended.stderr.startswith(b"Unable to decode the command from the command line:\n")


@pytest.mark.skipif(sys.version_info < (3, 14), reason="-c is dedented from 3.14 on")
def test_an_indented_command_runs(tmp_path):
    command = "\n    x = 1\n    if x:\n        print(x)\n"
    ended = run_alike(tmp_path, "-c", command)
    assert ended.stdout == b"1\n"
    assert ended.trace == b"+ [     2] x = 1\n+ [     3] if x:\n+ [     4]     print(x)\n"
