"""A file that was imported under two names is always said."""

from __future__ import annotations

import pytest
from conftest import run_python, run_swifttrace

FILES = {
    "main.py": "import sys\nfrom app import views\nsys.path.append('app')\nimport gateway\n",
    "app/__init__.py": "",
    "app/views.py": "import app.errors\n",
    "app/gateway.py": "import errors\n",
    "app/errors.py": "class Declined(Exception): pass\n",
}


@pytest.fixture
def directory(write, tmp_path):
    for name, text in FILES.items():
        write(name, text)
    return tmp_path


def test_the_end_of_a_trace_says_it(directory):
    ended = run_swifttrace("-xx", "main.py", cwd=directory)
    assert ended.stderr.decode().splitlines()[-1] == (
        "# swifttrace: app/errors.py is two modules: app.errors and errors"
    )


def test_a_file_has_it_too(directory):
    run_swifttrace("-xx", "-o", "trace", "main.py", cwd=directory)
    assert "# swifttrace: app/errors.py is two modules" in (directory / "trace").read_text()


@pytest.mark.parametrize("question", [["--on", "exit"], ["--who", "print"]])
def test_an_answer_says_who_has_imported_it(directory, question):
    lines = run_swifttrace(*question, "main.py", cwd=directory).stderr.decode().splitlines()
    assert lines[1:] == [
        "# app/errors.py is two modules: app.errors (by app/views.py:1) and errors (by "
        "app/gateway.py:1)"
    ]


def test_it_is_said_before_the_last_traceback(directory):
    ended = run_swifttrace("--exceptions", "-c", "import main; 1 / 0", cwd=directory)
    first, second, *rest = ended.stderr.decode().splitlines()
    assert first == (
        "# app/errors.py is two modules: app.errors (by app/views.py:1) and errors (by "
        "app/gateway.py:1)"
    )
    assert second == "Traceback (most recent call last):"
    assert "# 1 exception: 1 not caught" in rest
    assert "two modules" not in "".join(rest)


def test_the_program_that_is_imported_is_two_modules(write, tmp_path):
    write("program.py", "import program\n")
    ended = run_swifttrace("--on", "exit", "program.py", cwd=tmp_path)
    assert ended.stderr.decode().splitlines()[1:] == [
        "# program.py is two modules: __main__ (the program) and program (by program.py:1)"
    ]


def test_a_module_that_has_two_names_is_one(write, tmp_path):
    write("program.py", "import sys, other\nsys.modules['again'] = other\nimport again\n")
    write("other.py", "")
    ended = run_swifttrace("--on", "exit", "program.py", cwd=tmp_path)
    assert ended.stderr == b"# nobody raised SystemExit\n"


def test_the_variable_says_it_as_well(directory):
    ended = run_python("main.py", cwd=directory, env={"SWIFTTRACE": "2"})
    assert b"# swifttrace: app/errors.py is two modules" in ended.stderr
