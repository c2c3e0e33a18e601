"""Finalizers that run as a thread's state or the interpreter's is cleared: nobody has set a
trace function there, and no message says so.
"""

from __future__ import annotations

import pytest
from conftest import run_swifttrace

PROGRAM = """\
import atexit, codecs, contextvars, sys, threading
class X:
    def __init__(self): self.me = self
    def __call__(self, *arguments): return None
    def __del__(self):
        a = 1
        helper()
def helper():
    b = 2
X().__del__()
{}
print("done")
"""
HOLDERS = {
    "a codec's errors": "codecs.register_error('zz', (lambda x: lambda e: x)(X()))",
    "a codec's search": "codecs.register((lambda x: lambda name: None)(X()))",
    "an audit hook": "sys.addaudithook((lambda x: lambda *arguments: None)(X()))",
    "an exit function": "atexit.register(X())",
    "a thread's variable": """
local = threading.local()
def work():
    local.x = X(); local.x.me = None
thread = threading.Thread(target=work); thread.start(); thread.join()""",
    "a thread's context": """
variable = contextvars.ContextVar("variable")
def work():
    x = X(); x.me = None; variable.set(x)
thread = threading.Thread(target=work); thread.start(); thread.join()""",
    "the main thread's context": """
variable = contextvars.ContextVar("variable")
x = X(); x.me = None; variable.set(x); del x""",
    "a hook of sys": "sys.excepthook = X()",
    "a module": "x = X()",
    "a built-in module": "sys.kept = X()",
}


@pytest.mark.parametrize("options", [(), ("--calls",)], ids=["lines", "calls"])
@pytest.mark.parametrize("holder", HOLDERS)
def test_no_message_of_a_function_that_nobody_has_set(holder, options, write):
    ended = run_swifttrace(*options, write("program.py", PROGRAM.format(HOLDERS[holder])))
    assert (ended.returncode, ended.stdout) == (0, b"done\n"), ended.stderr
    assert b"swifttrace: " not in ended.stderr
    assert ended.stderr.count(b"a = 1\n") >= 1
