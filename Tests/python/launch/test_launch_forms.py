"""Each form of a program runs as under `python`, and is traced."""

from __future__ import annotations

import pytest
from launching import FORMS, SOURCE_FORMS, numbered, run_alike, run_form_alike

ARGUMENTS = ("one", "-x", "--", "--level", "9", "-m", "")

# Tells all that a program finds at its start, and how it finds itself.
DESCRIPTION = '''\
"""The program's doc."""
import re, sys
print(re.sub("0x[0-9a-f]+", "...", repr(globals())))
print(sys.argv, sys.path, sys.flags, __name__, sys.modules["__main__"].__dict__ is globals())
import __main__, pickle
class Thing: pass
thing = pickle.loads(pickle.dumps(Thing()))
print(type(thing) is Thing is __main__.Thing, Thing.__module__, Thing.__qualname__)
print(sys.gettrace(), sys.getprofile())
'''


@pytest.mark.parametrize("form", FORMS)
def test_the_program_finds_what_it_would_find_without_us(form, tmp_path):
    ended = run_form_alike(form, tmp_path, DESCRIPTION, *ARGUMENTS)
    assert ended.returncode == 0, ended.stderr
    assert b"'one', '-x', '--', '--level', '9', '-m', ''" in ended.stdout
    assert ended.trace == numbered(DESCRIPTION, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9)


CALLS = """\
def f(n):
    if n:
        f(n - 1)
f(2)
for i in range(2):
    print(i)
"""


@pytest.mark.parametrize("form", FORMS)
def test_each_line_that_runs_is_traced(form, tmp_path):
    ended = run_form_alike(form, tmp_path, CALLS)
    assert ended.stdout == b"0\n1\n"
    assert ended.trace == numbered(CALLS, 1, 4, 2, 3, 2, 3, 2, 5, 6, 5, 6, 5)


FAILURE = """\
import sys
print("before", flush=True)
def fail(n):
    return 1 / n
fail(0)
"""


@pytest.mark.parametrize("form", FORMS)
def test_an_uncaught_exception_has_the_same_traceback(form, tmp_path):
    ended = run_form_alike(form, tmp_path, FAILURE)
    assert ended.returncode == 1
    assert ended.stderr.startswith(b"Traceback (most recent call last):\n")
    assert ended.stderr.endswith(b"ZeroDivisionError: division by zero\n")
    assert b"swifttrace" not in ended.stderr
    assert ended.trace == numbered(FAILURE, 1, 2, 3, 5, 4)


@pytest.mark.parametrize("form", FORMS)
def test_sys_exit_in_a_function_ends_with_its_status_and_message(form, tmp_path):
    source = "import sys\ndef leave():\n    sys.exit('so long')\nleave()\n"
    ended = run_form_alike(form, tmp_path, source)
    assert (ended.returncode, ended.stderr) == (1, b"so long\n")
    assert ended.trace == numbered(source, 1, 2, 4, 3)


INTERRUPTED = """\
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
os.kill(os.getpid(), signal.SIGINT)
while True:
    pass
"""


@pytest.mark.parametrize("form", FORMS)
def test_ctrl_c_kills_it_by_the_signal(form, tmp_path):
    ended = run_form_alike(form, tmp_path, INTERRUPTED)
    assert ended.returncode == -2
    assert ended.stderr.endswith(b"\nKeyboardInterrupt\n")
    assert ended.trace.startswith(numbered(INTERRUPTED, 1, 2, 3))


@pytest.mark.parametrize("form", SOURCE_FORMS)
def test_a_syntax_error_is_reported_and_nothing_runs(form, tmp_path):
    ended = run_form_alike(form, tmp_path, "print(1)\nwhile (True:\n    pass\n")
    assert (ended.returncode, ended.stdout, ended.trace) == (1, b"", b"")
    assert b"SyntaxError: " in ended.stderr


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_program_runs_and_ends(form, tmp_path):
    ended = run_form_alike(form, tmp_path, "")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


@pytest.mark.parametrize("form", [form for form in SOURCE_FORMS if form != "command"])
@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("\ufeff# marked\nprint(ascii('é'))\n".encode(), [2]),
        ("# -*- coding: latin-1 -*-\nprint(ascii('é'))\n".encode("latin-1"), [2]),
        ("# vim: set fileencoding=euc-jp :\nprint(ascii('日本'))\n".encode("euc-jp"), [2]),
        (b"print(1)\r\nif 1:\r\n    print(2)\r\n", [1, 2, 3]),
        (b"\fprint(1)", [1]),
    ],
    ids=["mark", "latin-1", "euc-jp", "CRLF", "no newline"],
)
def test_the_text_is_read_as_python_reads_it(form, source, lines, tmp_path):
    if form == "zip" and b"\r" in source:
        pytest.skip("zipimport has line ends of its own")
    ended = run_form_alike(form, tmp_path, source)
    assert ended.returncode == 0, ended.stderr
    assert ended.trace.count(b"\n") == len(lines)


def test_a_command_ignores_cookies_as_python_does(tmp_path):
    source = "# coding: latin-1\nprint(ascii('é'))"
    ended = run_form_alike("command", tmp_path, source)
    assert ended.stdout == b"'\\xe9'\n"
    assert ended.trace == numbered(source, 2)


def test_a_program_finds_no_class_that_it_did_not_ask_for(tmp_path):
    """`compile` makes those of `ast`, which takes as long as half of our start."""
    source = "print('AST' in {each.__name__ for each in object.__subclasses__()})"
    for form in ("script", "command"):
        assert run_form_alike(form, tmp_path, source).stdout == b"False\n"


def test_the_directory_at_hand_can_be_the_program(tmp_path):
    source = "import sys\nprint(__file__, sys.argv, sys.path)\n"
    (tmp_path / "__main__.py").write_text(source)
    for name in (".", "", "./", "../" + tmp_path.name):
        assert run_alike(tmp_path, name).trace == numbered(source), name
