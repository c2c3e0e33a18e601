"""doctest and unittest.mock, which replace what others use, beside us."""

from __future__ import annotations

import pytest
from beside import ORDERS
from conftest import run_python, run_swifttrace

DOCTEST = '''\
import doctest


def double(n):
    """
    >>> double("a")
    'aa'
    >>> double(None)
    Traceback (most recent call last):
      ...
    TypeError: unsupported operand type(s) for *: 'NoneType' and 'int'
    >>> double(3)  # fails
    7
    """
    return n * 2


class Kept:
    """
    >>> Kept().get()
    1
    """

    def get(self):
        return 1


print(doctest.testmod(report=False))
'''


@pytest.mark.parametrize("order", ORDERS)
def test_doctest_reports_what_it_reports_without_us(order, beside):
    program = beside(DOCTEST)
    ended = program.run_alike(order, "program.py", "-v")
    assert ended.trace == program.lines(order)
    assert b"Got:\n    6\n" in ended.stdout
    assert b"TestResults(failed=1, attempted=4)\n" in ended.stdout


@pytest.mark.parametrize("order", ORDERS)
def test_doctest_s_own_command_does_too(order, beside):
    program = beside(DOCTEST.replace("print(doctest", "list(doctest"))
    ended = program.run_alike(order, "-m", "doctest", "-v", "program.py")
    assert ended.returncode == 1
    assert any("return n * 2" in line for line in ended.trace)


# What we could be tempted to use, each counted.
MOCKED = """\
import contextlib, functools, io, os, sys, threading
from unittest import mock

NAMES = '''
    builtins.open builtins.compile builtins.print io.open io.FileIO
    os.getcwd os.stat os.fstat os.open os.read os.write os.getpid os.path.abspath os.path.exists
    linecache.getline linecache.getlines linecache.checkcache linecache.updatecache
    tokenize.open inspect.getsource inspect.getsourcelines codecs.lookup
    sys._getframe sys._current_frames sys.settrace sys.gettrace sys.setprofile
    threading.current_thread threading.get_ident threading.settrace threading.enumerate
    gc.get_objects time.time time.monotonic weakref.ref importlib.import_module
'''.split()

if sys.version_info < (3, 12):
    # Where threads are traced by it, threading calls it for each.
    NAMES.remove("sys.settrace")

def work(n):
    total = n
    return (lambda: total)()

def generator():
    yield from range(2)

class Loader:
    def __init__(self): self.asked = 0
    def get_source(self, name):
        self.asked += 1
        return "made = 1\\\\n"

def count():
    with contextlib.ExitStack() as stack:
        mocks = {}
        for name in NAMES:
            original = functools.reduce(getattr, name.split(".")[1:], __import__(name.split(".")[0]))
            mocks[name] = mock.Mock(wraps=original)
            stack.enter_context(mock.patch(name, mocks[name]))
        import helper
        helper.helps()
        work(1), list(generator()), threading.Thread(target=work, args=(2,)).start()
        return {name: mocked.mock_calls for name, mocked in mocks.items() if mocked.mock_calls}

import codecs, gc, importlib, inspect, io, linecache, time, tokenize, weakref
for name, calls in count().items():
    print(name, len(calls))
with mock.patch("sys.stderr", io.StringIO()) as stderr, mock.patch("sys.stdout", io.StringIO()):
    print("to the error", file=sys.stderr)
    work(3)
print(repr(stderr.getvalue()))
with mock.patch.object(sys, "argv", ["other"]), mock.patch.dict(os.environ, {"A": "1"}, clear=True):
    print(sys.argv, dict(os.environ))
with mock.patch.object(os.environ, "__getitem__", create=True), mock.patch("os.environ", {}):
    work(4)
automatic = mock.create_autospec(work, return_value=5)
print(automatic(1), automatic.mock_calls, mock.MagicMock(spec=Loader).get_source.called)
"""
HELPER = """\
def helps():
    return [n for n in range(2)]
"""


@pytest.mark.parametrize("options", [("-xx",), ("-xxx",), ("-xx", "--scope", "project")])
def test_mocks_are_called_as_often_as_without_us(options, write, tmp_path):
    """Also of what is asked for while a file's first line is printed."""
    path = write("program.py", MOCKED)
    write("helper.py", HELPER)
    alone = run_python(path, cwd=tmp_path, env={"PYTHONDONTWRITEBYTECODE": "1"})
    assert alone.returncode == 0, alone.stderr
    environment = {"PYTHONDONTWRITEBYTECODE": "1"}
    traced = run_swifttrace(*options, "-o", "t", path, cwd=tmp_path, env=environment)
    assert (traced.returncode, traced.stdout) == (0, alone.stdout)
    assert traced.stderr == alone.stderr == b""
    assert "    return (lambda: total)()" in tmp_path.joinpath("t").read_text()
