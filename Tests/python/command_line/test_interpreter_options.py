"""Options of the interpreter before `-m swifttrace` keep their meaning."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import swifttrace
from launching import numbered, run_alike, run_form_alike

PACKAGES = str(Path(swifttrace.__file__).parents[1])

PROGRAM = '''\
import sys, warnings
def documented():
    """Text."""
    assert not sys.argv[1:], "asserted"
print(sys.flags, sys.warnoptions, sys._xoptions, sys.path, documented.__doc__)
print(sys.stdout.write_through, sys.stdout.encoding, sys.dont_write_bytecode)
documented()
warnings.warn("to be heeded")
warnings.warn("old", DeprecationWarning)
str(b"bytes")
'''

OPTIONS = {
    "-O": ["-O"],
    "-OO": ["-OO"],
    "-E": ["-E"],
    "-I": ["-I"],
    "-P": ["-P"],
    "-s": ["-s"],
    "-B": ["-B"],
    "-W error": ["-W", "error"],
    "-W ignore": ["-Wignore"],
    "-X dev": ["-X", "dev"],
    "-X utf8": ["-X", "utf8"],
    "-X utf8=0": ["-X", "utf8=0"],
    "-X of its own": ["-X", "anything=1"],
    "-u": ["-u"],
    "-b": ["-b"],
    "-bb": ["-bb"],
    "-q": ["-q"],
    "-S": ["-S"],
    "several": ["-OBuP", "-Wonce", "-Xfaulthandler"],
}


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_changes_the_program_as_it_does_without_us(option, tmp_path):
    # Without `site` only the environment tells where we are.
    env = {"PYTHONPATH": PACKAGES} if option == "-S" else {}
    for form in ("script", "module", "directory"):
        how = {"interpreter_options": OPTIONS[option], "env": env}
        if form == "module" and option in ("-I", "-P", "several"):
            continue  # not found, by both
        ended = run_form_alike(form, tmp_path, PROGRAM, **how)
        assert ended.stdout.startswith(b"sys.flags("), ended.stderr
        assert ended.trace.startswith(numbered(PROGRAM, 1, 2, 5, 6, 7))


def test_an_assertion_that_minus_o_removes_is_not_traced(tmp_path):
    plain = run_form_alike("script", tmp_path, PROGRAM, "argument")
    assert plain.stderr.endswith(b"AssertionError: asserted\n")
    optimized = run_form_alike("script", tmp_path, PROGRAM, "argument", interpreter_options=["-OO"])
    assert b"assert not" not in optimized.trace


def test_a_module_that_a_safe_path_hides_is_not_found_by_us_either(write, tmp_path):
    write("program.py", "print(1)\n")
    ended = run_alike(tmp_path, "-c", "import program", interpreter_options=["-P"])
    assert ended.stderr.endswith(b"ModuleNotFoundError: No module named 'program'\n")


SESSION = b"""\
import sys, traceback
print(globals().get("value"), __name__)
print(repr(getattr(sys, "last_value", None)))
traceback.print_tb(getattr(sys, "last_traceback", None))
sys.exit(6)
"""

ENDINGS = {
    "its end": "value = 5\n",
    "an exception": "value = 5\ndef f():\n    1/0\nf()\n",
    "sys.exit": "import sys\nvalue = 5\ndef f():\n    sys.exit('message')\nf()\n",
    "Ctrl-C": "value = 5\nraise KeyboardInterrupt\n",
    "a syntax error": "value = = 5\n",
    "a hook": "import sys\nvalue = 5\nsys.excepthook = lambda *_: print('hook')\n1/0\n",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_minus_i_gives_a_prompt_in_the_program_s_own_names(ending, tmp_path):
    for form in ("script", "module", "command", "directory"):
        ended = run_form_alike(
            form, tmp_path, ENDINGS[ending], interpreter_options=["-i", "-q"], input=SESSION
        )
        assert ended.returncode in (6, -2)
        if ending != "a syntax error":
            assert b"5 __main__\n" in ended.stdout
        assert b"swifttrace" not in ended.stderr


@pytest.fixture
def terminal():
    """A terminal on which two sessions are typed, one for each way to run."""
    master, slave = os.openpty()
    os.write(master, SESSION * 2)
    yield slave
    os.close(slave)
    os.close(master)


@pytest.mark.parametrize("asked_by", ["the environment", "the program itself"])
@pytest.mark.parametrize(
    ("ending", "status"), [("", 6), ("1/0\n", 6), ("raise SystemExit(4)\n", None)]
)
def test_pythoninspect_gives_a_prompt_on_a_terminal(asked_by, ending, status, terminal, tmp_path):
    source, environment = "value = 5\n", {"PYTHON_BASIC_REPL": "1"}
    if asked_by == "the environment":
        environment["PYTHONINSPECT"] = "1"
    else:
        source = "import os\nos.environ['PYTHONINSPECT'] = '1'\n" + source
    how = {"stdin": terminal, "input": None, "env": environment}
    ended = run_form_alike("script", tmp_path, source + ending, **how)
    assert status in (None, ended.returncode)
    assert b"swifttrace" not in ended.stderr
