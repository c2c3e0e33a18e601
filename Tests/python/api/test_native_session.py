"""What the package's own modules are told where they use the native `Session` wrongly."""

from __future__ import annotations

import os
import sys

import pytest
from swifttrace import swifttrace as native

NEEDED = {"level": 1, "scope": "script", "own": "/nowhere"}


@pytest.mark.parametrize(
    ("keywords", "error", "message"),
    [
        ({"bogus": 1}, TypeError, "bogus: no such keyword argument"),
        ({"level": "1"}, TypeError, "expected int for level"),
        ({"level": None}, TypeError, "level: a keyword argument is missing"),
        ({"level": 7}, ValueError, "no such level"),
        ({"scope": 1}, TypeError, "expected str for scope"),
        ({"scope": "some"}, ValueError, "no such choice: some"),
        ({"paths": "long"}, ValueError, "no such choice: long"),
        ({"include": "*.py"}, TypeError, "expected tuple of str for include"),
        ({"include": (1,)}, TypeError, "expected tuple of str for include"),
        ({"output": 3}, TypeError, "expected str or bytes for output"),
        ({"command": "pass"}, TypeError, "expected bytes for command"),
        ({"hook": 3}, TypeError, "expected function for hook"),
        ({"template": b"{what}"}, ValueError, "what"),
    ],
)
def test_a_wrong_keyword_is_named_and_nothing_is_opened(tmp_path, keywords, error, message):
    output = tmp_path / "trace"
    with pytest.raises(error, match=message):
        native.Session(**{**NEEDED, "output": str(output), **keywords})
    assert not output.exists()


def test_a_session_takes_keywords_alone():
    with pytest.raises(TypeError, match="keyword arguments alone"):
        native.Session(1, "script", "/nowhere")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        *[("pause", (1,)), ("write", ()), ("write", ("text",)), ("leave_out", ("main",))],
        *[("last_lines", (1,)), ("last_lines", (1, "2")), ("await_program", (1,))],
    ],
)
def test_a_wrong_argument_of_a_method_is_a_type_error(name, arguments):
    session = native.Session(**NEEDED)
    with pytest.raises(TypeError):
        getattr(session, name)(*arguments)
    with pytest.raises(TypeError):
        getattr(native.Session, name)(object(), *arguments)
    with pytest.raises(TypeError):
        getattr(session, name)(*arguments, bogus=1)


def test_nobody_changes_the_type_or_makes_one_of_it():
    with pytest.raises(TypeError):
        native.Session.pause = None
    with pytest.raises(TypeError):
        type("Other", (native.Session,), {})


def test_a_session_goes_with_its_file_and_its_type_stays(tmp_path):
    name = str(tmp_path / "trace")
    files, references = open_files(), sys.getrefcount(native.Session)
    for _ in range(10):
        session = native.Session(**NEEDED, output=name)
        other = native.Session(**NEEDED, output=session)
        session.write(b"one\n")
        other.write(b"two\n")
        del session, other
    assert open_files() == files
    assert sys.getrefcount(native.Session) - references < 10
    with open(name, encoding="utf-8") as written:
        assert written.read() == "one\ntwo\n" * 10


def open_files() -> list[str]:
    return sorted(os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd"))
