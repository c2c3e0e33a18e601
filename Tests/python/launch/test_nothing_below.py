"""What looks at the frame below a program's own finds none, as without us."""

from __future__ import annotations

import re

import pytest
from conftest import run_python
from launching import FORMS, run_alike, run_form_alike

# What follows a crash's stack are the modules in C and the C stack: ours are among them.
THREADS = rb"0x[0-9a-f]+|(?s:\n(?:\n(?:Extension modules: |Current thread's C stack).*)?\Z)"

LOOKS = {
    "sys._getframe": "import sys\nsys._getframe(1)\n",
    "f_back": "import sys\nf = sys._getframe()\nwhile f:\n    print(f.f_code.co_filename)\n    f = f.f_back\n",
    "inspect": "import inspect\nprint([f.filename for f in inspect.stack()])\n",
    "traceback": "import traceback\nprint([f.filename for f in traceback.extract_stack()])\ntraceback.print_stack()\n",
    "warnings": "import warnings\nwarnings.warn('old', DeprecationWarning, stacklevel=2)\nwarnings.warn('new', stacklevel=3)\n",
    "a filter by module": "import warnings\nwarnings.filterwarnings('error', module='swifttrace')\nwarnings.warn('w', stacklevel=2)\nprint(1)\n",
    "logging": "import logging\nlogging.basicConfig(format='%(pathname)s:%(lineno)d %(message)s')\nlogging.warning('w', stacklevel=2)\nlogging.warning('w', stack_info=True)\n",
    "faulthandler": "import faulthandler\ndef f():\n    faulthandler.dump_traceback()\nf()\n",
    "a thread": "import sys, threading, traceback\nmain = threading.get_ident()\ndef look():\n    print(traceback.extract_stack(sys._current_frames()[main])[0].name)\nthread = threading.Thread(target=look)\nthread.start()\nthread.join()\n",
    "a crash": "import faulthandler, os, signal\nfaulthandler.enable()\nos.kill(os.getpid(), signal.SIGABRT)\n",
    "a signal's handler": "import signal, traceback\nsignal.signal(signal.SIGUSR1, lambda n, f: print(len(traceback.extract_stack(f)), f.f_back))\nsignal.raise_signal(signal.SIGUSR1)\n",
    "excepthook": "import sys, inspect\nsys.excepthook = lambda *_: print(len(inspect.stack()))\n1/0\n",
    "an error in excepthook": "import sys\ndef hook(*_):\n    sys._getframe(1)\nsys.excepthook = hook\n1/0\n",
    "a generator": "import sys\ndef g():\n    f = sys._getframe()\n    while f:\n        yield f.f_code.co_name\n        f = f.f_back\nprint(list(g()))\n",
    "atexit": "import atexit, inspect\natexit.register(lambda: print(len(inspect.stack())))\n",
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_program_finds_no_frame_below_its_own(look, tmp_path):
    ended = run_form_alike("script", tmp_path, LOOKS[look], masked=THREADS)
    assert ended.stdout or ended.stderr
    assert b"launcher" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("form", FORMS)
def test_the_stack_is_the_same_in_each_form(form, tmp_path):
    source = "import inspect\nprint(*[f.filename for f in inspect.stack()], sep='\\n')\n"
    run_form_alike(form, tmp_path, source)


def test_it_is_the_same_while_calls_and_values_are_shown(write, tmp_path):
    write(
        "a.py",
        "import sys\ndef f():\n    return sys._getframe(2)\ntry:\n    f()\nfinally:\n    print(1)\n",
    )
    run_alike(tmp_path, "a.py", options=("-xx", "--calls", "--values"))


def test_an_exception_still_ends_where_the_program_began(write, tmp_path):
    write("a.py", "import sys\ndef f():\n    g()\ndef g():\n    1/0\nf()\n")
    ended = run_alike(tmp_path, "a.py")
    assert ended.stderr.count(b'  File "') == 3


def test_last_lines_are_printed_once_where_the_program_keeps_them(write, tmp_path):
    write("a.py", "import swifttrace\nswifttrace.enable(2, last=3)\nx = 1\n1/0\n")
    ended = run_python("-m", "swifttrace", "-o", "out", "a.py", cwd=tmp_path)
    assert len(re.findall(rb"(?m)^\+ \[ +4\] 1/0", ended.stderr)) == 1
