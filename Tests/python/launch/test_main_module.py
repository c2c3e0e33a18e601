"""What a program does with its own `__main__` works as under `python`."""

from __future__ import annotations

import sys
import zipfile

import pytest
from launching import MAIN_FORMS, numbered, run_alike, run_form_alike

INTROSPECTION = """\
import dataclasses, doctest, inspect, sys, typing
@dataclasses.dataclass
class Point:
    '''
    >>> Point(1)
    Point(x=1)
    '''
    x: int = 0
print(Point(3), typing.get_type_hints(Point))
try:
    print(inspect.getsource(Point))
except OSError as error:
    print(error)
main = sys.modules["__main__"]
print(inspect.getmodule(Point) is main, getattr(main, "__file__", None))
print(doctest.testmod())
annotated: int = 1
print(sorted(name for name in globals() if name.startswith("__")))
"""


@pytest.mark.parametrize("form", MAIN_FORMS)
def test_modules_that_look_into_the_main_module_find_it(form, tmp_path):
    ended = run_form_alike(form, tmp_path, INTROSPECTION)
    assert ended.stdout.startswith(b"Point(x=3) {'x': <class 'int'>}\n"), ended.stderr
    assert b"failed=0, attempted=1" in ended.stdout


POOL = """\
import multiprocessing, pickle
class Number:
    def __init__(self, n):
        self.n = n
def double(number):
    return Number(number.n * 2)
if __name__ == "__main__":
    for method in "fork", "spawn", "forkserver":
        with multiprocessing.get_context(method).Pool(1) as pool:
            print(method, [number.n for number in pool.map(double, [Number(1), Number(2)])])
"""


@pytest.mark.parametrize("form", ["script", "module of a package"])
def test_multiprocessing_finds_the_classes_of_the_main_module(form, tmp_path):
    ended = run_form_alike(form, tmp_path, POOL, interpreter_options=["-W", "ignore"])
    assert ended.stdout == b"fork [2, 4]\nspawn [2, 4]\nforkserver [2, 4]\n", ended.stderr
    assert b"with multiprocessing.get_context(method).Pool(1) as pool:" in ended.trace


UNIT_TEST = """\
import unittest
class Case(unittest.TestCase):
    def test_it(self):
        self.assertEqual(1, 1)
unittest.main(verbosity=2)
"""


@pytest.mark.parametrize("form", ["script", "module"])
def test_unittest_finds_the_tests_of_the_main_module(form, tmp_path):
    ended = run_form_alike(form, tmp_path, UNIT_TEST, masked=rb"in [0-9.]+s")
    assert ended.returncode == 0
    assert b"__main__.Case" in ended.stderr
    assert ended.trace == numbered(UNIT_TEST, 1, 2, 2, 3, 5, 4)


def test_imports_come_from_beside_the_script_and_not_from_beside_us(write, tmp_path):
    write("below/program.py", "import cli, launcher, options\nprint(cli, launcher, options)\n")
    for name in ("cli", "launcher", "options"):
        write(f"below/{name}.py", "")
    ended = run_alike(tmp_path, "below/program.py")
    assert ended.returncode == 0, ended.stderr


def test_a_name_relative_to_the_start_is_traced_after_a_change_of_directory(write, tmp_path):
    source = "import os\nos.chdir('/')\ndef f():\n    return __file__\nprint(f())\n"
    write("program.py", source)
    ended = run_alike(tmp_path, "program.py")
    assert ended.stdout.endswith(b"/program.py\n")
    assert ended.trace == numbered(source, 1, 2, 3, 5, 4)


def test_a_program_may_replace_or_remove_its_main_module(write, tmp_path):
    write("a.py", "import sys\ndel sys.modules['__main__']\nprint(__name__)\n1/0\n")
    write("b.py", "import sys\nsys.modules['__main__'] = None\nprint(__name__)\n1/0\n")
    for name in ("a.py", "b.py"):
        ended = run_alike(tmp_path, name)
        assert ended.stdout == b"__main__\n"
        assert ended.trace.count(b"\n") == 4


def test_names_of_files_that_need_quoting_are_no_trouble(write, tmp_path):
    for name in ("a b'\"é日.py", "-x.py", "%s{}.py", "tab\tname.py"):
        write(name, "print(__file__)\n1/0\n")
        ended = run_alike(tmp_path, tmp_path / name)
        assert ended.returncode == 1
        assert ended.trace == numbered("print(__file__)\n1/0\n")


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems refuse such names")
def test_a_name_that_is_not_utf_8_is_no_trouble(tmp_path):
    name = tmp_path / "n\udce9.py"
    name.write_text("print(ascii(__file__))\n1/0\n")
    assert run_alike(tmp_path, name).trace == numbered("print(ascii(__file__))\n1/0\n")


def test_bytecode_that_python_refuses_is_refused_with_its_words(write, tmp_path):
    write("magic.pyc", b"\x00\x00\r\n" + bytes(12))
    write("text.pyc", b"print(1)\n")
    for name in ("magic.pyc", "text.pyc"):
        ended = run_alike(tmp_path, name)
        assert (ended.returncode, ended.stdout) == (1, b"")
        assert ended.stderr == b"RuntimeError: Bad magic number in .pyc file\n", name


def test_a_zip_is_known_by_its_content_whatever_its_name(tmp_path):
    source = "import helper\nprint(helper.VALUE, __file__)\nhelper.fail()\n"
    with zipfile.ZipFile(tmp_path / "tool", "w") as archive:
        archive.writestr("helper.py", "VALUE = 1\ndef fail():\n    1/0\n")
        archive.writestr("__main__.py", source)
    ended = run_alike(tmp_path, "tool")
    assert ended.stderr.endswith(b"ZeroDivisionError: division by zero\n")
    assert ended.trace == numbered(source)


def test_a_script_may_come_through_a_pipe(tmp_path):
    source = "print(1)\nprint(2)\n"
    ended = run_alike(tmp_path, "/dev/stdin", input=source.encode())
    assert ended.stdout == b"1\n2\n"


def test_standard_input_is_at_its_end_for_a_program_that_came_by_it(tmp_path):
    source = "import sys\nprint(repr(sys.stdin.read()))\n"
    ended = run_alike(tmp_path, "-", "argument", input=source.encode())
    assert ended.stdout == b"''\n"
    assert ended.trace == numbered(source)


def test_standard_input_belongs_to_the_program_otherwise(write, tmp_path):
    write("program.py", "print(input(), input())\n")
    for launch in (["program.py"], ["-m", "program"], ["-c", "print(input(), input())"]):
        ended = run_alike(tmp_path, *launch, input=b"first\nsecond\nthird\n")
        assert ended.stdout == b"first second\n"


@pytest.mark.parametrize(
    ("launch", "typed"),
    [
        (["-m", "json.tool"], b'{"a": 1}'),
        (["-m", "unittest", "-q", "missing"], b""),
        (["-m", "pdb", "program.py"], b"b 2\nc\np n\nw\nc\nq\n"),
        (["-m", "trace", "--trace", "program.py"], b""),
        (["-m", "code", "-q"], b"1 + 1\n1 / 0\n"),
        (["-m", "swifttrace", "-xx", "program.py"], b""),
        (["-c", "import runpy; runpy.run_path('program.py', {}, '__main__')"], b""),
    ],
    ids=["json.tool", "unittest", "pdb", "trace", "code", "swifttrace", "runpy"],
)
def test_a_module_that_runs_programs_runs_them_as_without_us(launch, typed, write, tmp_path):
    write("program.py", "def f(n):\n    return n + 1\nprint(f(1))\n")
    ended = run_alike(tmp_path, *launch, input=typed, masked=rb"in [0-9.]+s")
    assert ended.stdout or ended.stderr
    assert b"launcher" not in ended.stderr
