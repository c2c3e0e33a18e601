"""What a program that fails says on standard error, byte for byte as under `python`."""

from __future__ import annotations

import pytest
from launching import numbered, run_alike, run_form_alike

FAILURES = {
    "an exception": "1 / 0\n",
    "in a function of several lines": "def f():\n    return [\n        1,\n        1 / 0,\n    ]\nf()\n",
    "with a cause": (
        "def f():\n    try:\n        {}['key']\n    except KeyError as error:\n"
        "        raise ValueError('bad') from error\nf()\n"
    ),
    "in the handler of another": "try:\n    1 / 0\nexcept ZeroDivisionError:\n    int('x')\n",
    "from None": "try:\n    1 / 0\nexcept ArithmeticError:\n    raise OSError(2, 'no', 'f') from None\n",
    "a group": (
        "def f(n):\n    raise ValueError(n)\nerrors = []\nfor n in 1, 2:\n    try:\n"
        "        f(n)\n    except ValueError as error:\n        errors.append(error)\n"
        "raise ExceptionGroup('several', [*errors, ExceptionGroup('inner', errors)])\n"
    ),
    "with notes": "e = ValueError('v')\ne.add_note('note')\ne.add_note('two\\nlines')\nraise e\n",
    "that cannot be shown": (
        "class E(Exception):\n    def __str__(self):\n        raise ValueError\nraise E\n"
    ),
    "not an Exception": "class E(BaseException):\n    pass\nraise E('base')\n",
    "again": (
        "error = ValueError('same')\ndef f():\n    raise error\ntry:\n    f()\n"
        "except ValueError:\n    pass\nf()\n"
    ),
    "with a traceback of its own": (
        "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    kept = error.__traceback__\n"
        "raise ValueError('x').with_traceback(kept)\n"
    ),
    "in compiled text": "exec(compile('x = 1\\n1 / 0', 'made-up.py', 'exec'))\n",
    "a syntax error in compiled text": "exec('x = (')\n",
    "an import": "import nonsense_that_is_not_there\n",
    "from an import": "from os import nonsense\n",
    "a name": "import sys\npritn(1)\n",
    "an attribute": "import sys\nsys.exitt\n",
    "in the standard library": "import json\njson.loads('{')\n",
    "a circle": "a = ValueError('a')\nb = ValueError('b')\na.__cause__ = b\nb.__cause__ = a\nraise a\n",
    "in a task": (
        "import asyncio\nasync def main():\n    await asyncio.sleep(0)\n    raise ValueError(1)\n"
        "asyncio.run(main())\n"
    ),
    "warnings": (
        "import warnings\nwarnings.warn('here')\ndef f():\n    warnings.warn('there', stacklevel=2)\n"
        "f()\nwarnings.warn('old', DeprecationWarning)\n"
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_is_reported_as_by_python(failure, write, tmp_path):
    source = FAILURES[failure]
    write("program.py", source)
    ended = run_alike(tmp_path, "program.py")
    assert ended.returncode == (failure != "warnings")
    assert ended.stderr
    assert ended.trace.endswith(b"\n")
    assert ended.trace.startswith(numbered(source, 1))


def test_a_recursion_without_end_is_reported_in_full(write, tmp_path):
    source = "def deeper(n):\n    deeper(n + 1)\ndeeper(0)\n"
    write("program.py", source)
    # A few frames of ours lie below the program's.
    ended = run_alike(tmp_path, "program.py", masked=rb"repeated \d+ more times")
    assert b"RecursionError: maximum recursion depth exceeded" in ended.stderr
    assert ended.trace.startswith(numbered(source, 1, 3, 2, 2, 2, 2))
    assert ended.trace.count(b"deeper(n + 1)\n") > 900


def test_the_program_s_frames_are_all_that_its_traceback_has(write, tmp_path):
    source = """\
import sys, traceback
def f():
    try:
        1 / 0
    except ZeroDivisionError as error:
        traceback.print_exc()
        tb = error.__traceback__
        print(tb.tb_next, tb.tb_frame.f_back.f_code is sys._getframe(1).f_code, tb.tb_lineno)
        raise
f()
"""
    write("program.py", source)
    assert run_alike(tmp_path, "program.py").returncode == 1


# -- the program's own hook ------------------------------------------------------------

HOOKS = {
    "prints": (
        "import sys, traceback\ndef hook(kind, value, tb):\n    print(kind, value)\n"
        "    traceback.print_tb(tb)\n    print(value.__traceback__ is tb is sys.last_traceback)\n"
        "    print(sys.last_value is value, sys.last_type is kind, sys.excepthook is hook)\n"
        "    print(getattr(sys, 'last_exc', value) is value)\n"
    ),
    "hands on": (
        "import sys\ndef hook(*error):\n    print('hook')\n    sys.__excepthook__(*error)\n"
    ),
    "raises": "def hook(kind, value, tb):\n    raise RuntimeError('in the hook')\n",
    "raises deep": "def hook(*_):\n    inner()\ndef inner():\n    raise RuntimeError('deep')\n",
    "exits": "import sys\ndef hook(*_):\n    sys.exit(7)\n",
    "exits with a message": "import sys\ndef hook(*_):\n    sys.exit('message')\n",
    "takes no arguments": "def hook():\n    pass\n",
    "is none": "hook = None\n",
    "is built in": "hook = print\n",
}
SETTING = "import sys\nsys.excepthook = hook\n"
FAILING = "def fail():\n    1 / 0\nfail()\n"


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_called_once_with_what_it_expects(hook, tmp_path):
    source = HOOKS[hook] + SETTING + FAILING
    for form in ("script", "module"):
        ended = run_form_alike(form, tmp_path, source, masked=rb"0x[0-9a-f]+")
        assert ended.returncode == (7 if hook == "exits" else 1)
        assert b"swifttrace" not in ended.stderr


def test_a_hook_of_the_program_is_traced(write, tmp_path):
    source = "def hook(*_):\n    print('hook')\n" + SETTING + FAILING
    write("program.py", source)
    ended = run_alike(tmp_path, "program.py")
    assert ended.stdout == b"hook\n"
    assert ended.trace == numbered(source, 1, 3, 4, 5, 7, 6, 2)


def test_a_hook_that_was_removed_is_missed_as_by_python(write, tmp_path):
    write("program.py", "import sys\ndel sys.excepthook\n" + FAILING)
    ended = run_alike(tmp_path, "program.py")
    assert ended.stderr.startswith(b"sys.excepthook is missing\n")


def test_functions_of_atexit_find_the_last_exception_and_their_own_hook(write, tmp_path):
    source = (
        "import atexit, sys, traceback\ndef bye():\n    traceback.print_tb(sys.last_traceback)\n"
        "    print(repr(sys.last_value), sys.last_value.__traceback__ is sys.last_traceback)\n"
        "    print(sys.excepthook is sys.__excepthook__)\natexit.register(bye)\n1 / 0\n"
    )
    write("program.py", source)
    ended = run_alike(tmp_path, "program.py")
    assert ended.stdout.endswith(b"ZeroDivisionError('division by zero') True\nTrue\n")
