"""Python code that is asked for a text or a name: what a signal's handler raises in it is the
program's, what the code itself raises is nobody's.
"""

from __future__ import annotations

import pytest
from conftest import run_swifttrace

# Each asks once, and the signal comes while the code runs that is asked.
ASKED = {
    "a codec": """\
import codecs
def decode(data, errors="strict"):
    ring()
    return bytes(data).decode("latin-1"), len(data)
def search(name):
    if name == "ringing":
        return codecs.CodecInfo(codecs.latin_1_encode, decode, name=name)
codecs.register(search)
with open("other.py", "w") as file:
    print("# coding: ringing\\nx = 1", file=file)
def asked():
    exec(compile("\\nx = 1", "other.py", "exec"))
""",
    "linecache": """\
import linecache
def get_source():
    ring()
    return "x = 1\\n"
linecache.cache["<made>"] = (get_source,)
def asked():
    exec(compile("x = 1", "<made>", "exec"))
""",
    "a loader": """\
class Loader:
    def get_source(self, name):
        ring()
        return "x = 1\\n"
def asked():
    names = {"__file__": "gone.py", "__name__": "gone", "__loader__": Loader()}
    exec(compile("x = 1", "gone.py", "exec"), names)
""",
    "a task": """\
import asyncio
class Named(asyncio.Task):
    def get_name(self):
        ring()
        return "named"
def asked():
    async def work():
        x = 1
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        loop.run_until_complete(Named(work(), loop=loop))
""",
    "a thread": """\
import threading
class Named(type(threading.current_thread())):
    @property
    def _name(self):
        ring()
        return "named"
    @_name.setter
    def _name(self, name):
        pass
def asked():
    threading.current_thread().__class__ = Named
    other = threading.Thread(target=lambda: 1)
    other.start()
    other.join()
    x = 1
""",
}
PROGRAM = """\
import os, signal
class Rung(Exception): pass
def handler(number, frame):
    raise Rung
rings = [1]
def ring():
    if rings:
        rings.pop()
        os.kill(os.getpid(), signal.SIGUSR1)
signal.signal(signal.SIGUSR1, {handler})
{asked}
try:
    asked()
except {exception}:
    print("raised")
print("end")
"""
OPTIONS = {"a task": ["--show", "task"], "a thread": ["--show", "thread"]}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize(
    ("handler", "exception"),
    [("handler", "Rung"), ("signal.default_int_handler", "KeyboardInterrupt")],
)
def test_what_a_handler_raises_in_code_that_is_asked_is_the_programs(
    asked, handler, exception, write, tmp_path
):
    text = PROGRAM.format(asked=ASKED[asked], handler=handler, exception=exception)
    options = ["-xxx", "--include", "*.py", "--exclude", "*lib/python3*", "-o", "trace"]
    path = write("program.py", text)
    ended = run_swifttrace(*options, *OPTIONS.get(asked, []), path, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"raised\nend\n"), ended.stderr.decode()
    assert ended.stderr == b""
    trace = (tmp_path / "trace").read_bytes()
    assert b'print("raised")\n' in trace
    assert b"# swifttrace: " in trace.splitlines()[-1]


@pytest.mark.parametrize("error", ["ValueError", "MemoryError", "RecursionError"])
def test_a_text_that_there_was_no_room_for_is_asked_for_again(error, write, tmp_path):
    text = f"""\
import linecache
asked = []
def get_source():
    asked.append(1)
    if len(asked) < 3: raise {error}
    return "one = 1\\ntwo = 2\\nthree = 3\\nfour = 4\\n"
linecache.cache["<made>"] = (get_source,)
exec(compile("one = 1\\ntwo = 2\\nthree = 3\\nfour = 4\\n", "<made>", "exec"))
print("end")
"""
    options = ["-xxx", "-o", "trace", "--no-banner"]
    ended = run_swifttrace(*options, write("program.py", text), cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"end\n", b"")
    lines = [line for line in (tmp_path / "trace").read_bytes().splitlines() if b"<made>:" in line]
    assert len(lines) == 4
    assert lines[-1].endswith(b"<no source>" if error == "ValueError" else b" four = 4")


@pytest.mark.parametrize("options", [["--show", "thread"], ["--show", "task"], ["--time"]])
def test_a_module_that_is_being_imported_is_not_waited_for(options, write, tmp_path):
    path = write("program.py", "import threading, asyncio, linecache\nprint('end')\n")
    ended = run_swifttrace("-xxx", *options, "-o", "trace", path, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"end\n", b"")
