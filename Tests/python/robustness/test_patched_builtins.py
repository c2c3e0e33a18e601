"""A program puts other functions in the place of built-in ones: they are its own alone."""

from __future__ import annotations

import importlib
import pkgutil
import types
from pathlib import Path

import pytest
import swifttrace
from conftest import run_python, run_swifttrace
from swifttrace.runtime import builtins

PROGRAM = """\
import builtins
def work(number):
    result = number + 1
    try:
        raise ValueError(result)
    except ValueError as error:
        kept = error
    return result
called = []
put, names = setattr, [name for name in dir(builtins) if name[0] != "_" and name.islower()]
for name in names:
    def replacement(*arguments, **keywords):
        called.append(name)
        raise RuntimeError(name)
    before = getattr(builtins, name)
    put(builtins, name, replacement)
    try:
        x = work(1)
        x = work(x)
    finally:
        put(builtins, name, before)
print(called, len(names) > 60)
"""
OPTIONS = ("-x", "--values", "--calls --depth 2", "--watch x", "-dd", "-ddd", "--last 5", "-xxx")


@pytest.mark.parametrize("options", OPTIONS)
def test_the_program_s_own_are_not_called(options, write, tmp_path):
    path = write("program.py", PROGRAM)
    ended = run_swifttrace(*options.split(), "-o", "trace", path, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"[] True\n", b"")


GONE = "import builtins\nfor name in [{names}]:\n    setattr(builtins, name, None)\nprint('fine')\n"


@pytest.mark.parametrize("options", ["-x", "--watch x", "-ddd", "--values --calls", "--last 3"])
def test_the_end_of_the_program_needs_none_of_them(options, write, tmp_path):
    names = "'getattr', 'isinstance', 'len', 'type', 'list', 'dict', 'str', 'id', 'repr', 'open'"
    path = write("program.py", GONE.format(names=names))
    untraced = run_python(path)
    ended = run_swifttrace(*options.split(), "-o", "trace", path, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"fine\n", untraced.stderr)


def test_each_module_s_functions_have_what_there_was_at_first():
    names = {each.name for each in pkgutil.walk_packages(swifttrace.__path__, "swifttrace.")}
    assert "swifttrace.details.watch" in names
    # One runs, the other needs IPython.
    for name in names - {"swifttrace.__main__", "swifttrace.ipython.magics"}:
        module = importlib.import_module(name)
        functions = [each for each in vars(module).values() if type(each) is types.FunctionType]
        for function in functions:
            if function.__module__ == module.__name__:
                assert function.__builtins__ is builtins.__builtins__, function


def test_the_packages_within_ours_are_empty():
    """They are made without being read, to be there at once."""
    packages = [each for each in pkgutil.iter_modules(swifttrace.__path__) if each.ispkg]
    assert len(packages) > 5
    for package in packages:
        module = importlib.import_module(f"swifttrace.{package.name}")
        code = compile(Path(module.__file__).read_text(), module.__file__, "exec")
        assert set(code.co_names) == {"__doc__"}
