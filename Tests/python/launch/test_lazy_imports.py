"""Python 3.15 with lazy imports for everything (PEP 810): the program stays lazy, and we do not."""

from __future__ import annotations

import sys

import pytest
from conftest import run_python, run_swifttrace
from launching import numbered

ALL = ("-X", "lazy_imports=all")
HELLO = 'print("hello")\n'
LAZY = """\
import sys
import decimal
from json import tool
print("decimal" in sys.modules, "json" in sys.modules)
one = decimal.Decimal(1)
"""
pytestmark = pytest.mark.skipif(sys.version_info < (3, 15), reason="no lazy imports before")

WAYS = {
    "an option": {"interpreter_options": ALL},
    "the environment": {"env": {"PYTHON_LAZY_IMPORTS": "all"}},
}
OPTIONS = {
    "lines": [],
    "values": ["--values"],
    "repr": ["--values=repr"],
    "calls": ["--calls"],
    "a log": ["-d"],
    "a log of calls": ["-dd"],
    "all": ["-xxx", "--scope=all"],
    "following": ["--follow"],
    "colours": ["--color=always"],
    "the last lines": ["--last=3"],
    "watching": ["--watch=one"],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_script_is_traced(write, way):
    ended = run_swifttrace("-xx", write("hello.py", HELLO), **WAYS[way])
    assert (ended.returncode, ended.stdout) == (0, b"hello\n")
    assert ended.stderr == numbered(HELLO)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_what_is_lazy_in_the_program_stays_so(write, tmp_path, options):
    script = write("lazy.py", LAZY)
    ended = run_swifttrace(*options, script, cwd=tmp_path, interpreter_options=ALL)
    plain = run_python(script, interpreter_options=ALL)
    assert (ended.returncode, ended.stdout) == (0, plain.stdout) == (0, b"False False\n")
    assert b"Traceback" not in ended.stderr


def test_no_import_of_ours_waits_until_the_program_runs(write, tmp_path):
    ended = run_swifttrace(
        *("-o", "trace", "--scope=all", "--values", "-dd", "--watch=len(sys.argv)"),
        write("hello.py", HELLO),
        cwd=tmp_path,
        interpreter_options=ALL,
    )
    assert (ended.returncode, ended.stdout) == (0, b"hello\n")
    assert (tmp_path / "trace").read_text().count("\n") < 10


def test_values_name_what_is_not_yet_imported(write):
    script = LAZY + "tool\n"
    ended = run_swifttrace("--values", write("lazy.py", script), interpreter_options=ALL)
    shown = ended.stderr.decode()
    assert "+ # decimal = <lazy decimal>\n" in shown
    assert "+ # tool = <lazy json.tool>\n" in shown
    assert "+ # decimal = <lazy decimal> → <module decimal>, one = Decimal('1')" in shown


@pytest.mark.parametrize("expression", ["decimal", "len(dir(decimal))"])
def test_a_watched_name_is_not_imported(write, expression):
    script = write("lazy.py", LAZY)
    ended = run_swifttrace("--watch", expression, script, interpreter_options=ALL)
    assert ended.stdout == b"False False\n"
    said = [line.partition("# ")[2] for line in ended.stderr.decode().splitlines()]
    assert any(f"{expression} = <lazy decimal> → " in line for line in said), said


def test_an_attribute_of_a_lazy_module_does_not_import_it(write):
    script = write("lazy.py", LAZY)
    ended = run_swifttrace("--watch", "decimal.Decimal", script, interpreter_options=ALL)
    assert (ended.stdout, ended.stderr) == (b"False False\n", b"")


SET = """\
import sys
sys.set_lazy_imports("all")
import swifttrace
from swifttrace import trace
swifttrace.enable(2)
one = 1
swifttrace.disable()
with trace(2):
    two = 2
print(type(sys.modules["swifttrace.api"].native).__name__)
"""


def test_the_program_may_ask_for_it_itself(write):
    ended = run_python(write("set.py", SET))
    assert (ended.returncode, ended.stdout) == (0, b"module\n"), ended.stderr
    assert ended.stderr == numbered(SET, 6, 7, 9, 8)


def test_the_startup_file_and_children(write):
    script = 'import subprocess, sys\nsubprocess.run([sys.executable, "-c", "two = 2"])\n'
    env = {"SWIFTTRACE": "2", "PYTHON_LAZY_IMPORTS": "all"}
    ended = run_python(write("parent.py", script), env=env)
    assert (ended.returncode, ended.stdout) == (0, b"")
    assert b"+ [     1] import subprocess, sys\n" in ended.stderr
    assert b"] two = 2\n" in ended.stderr


def test_a_test_run(write, tmp_path):
    # pytest itself does not start with it.
    write("conftest.py", 'import sys\nsys.set_lazy_imports("all")\n')
    write("test_one.py", "import decimal\n\ndef test_one():\n    one = 1\n    assert one == 2\n")
    pytest_ = ("-m", "pytest", "-p", "no:cacheprovider", "--swifttrace-on-failure", tmp_path)
    ended = run_python(*pytest_, cwd=tmp_path, env={"PYTHON_LAZY_IMPORTS": "normal"})
    assert ended.returncode == 1, ended.stdout
    assert b"one = 1" in ended.stdout.partition(b"swifttrace: ")[2], ended.stdout


def test_a_cell_in_ipython(write, tmp_path):
    pytest.importorskip("IPython")
    script = """\
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("%load_ext swifttrace")
shell.run_cell("%%trace 2\\nx = 1")
"""
    env = {"IPYTHONDIR": str(tmp_path / "ipython")}
    ended = run_python(write("run.py", script), interpreter_options=ALL, env=env)
    assert ended.returncode == 0
    assert b"+ [     1] x = 1\n" in ended.stderr
