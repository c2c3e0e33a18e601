"""Code of the program's that runs while the interpreter takes itself down.

It runs to its end, is traced, and the program ends as it does untraced: what shows more than
lines asks for nothing that is gone by then.
"""

from __future__ import annotations

import pytest
from conftest import run_python, run_swifttrace
from launching import run_alike

DETAILS = [
    ["-xx", "--values"],
    ["-xx", "--values=repr"],
    ["-xx", "--calls"],
    ["-xx", "--depth", "3"],
    ["-xx", "--show", "depth"],
    ["-xx", "--show", "task"],
    ["-xx", "--format", "{task} {line}"],
    ["--watch", "a"],
    ["-xx", "-dd"],
    ["-xx", "--last", "5", "--values"],
    ["-p"],
]
OBJECT = """\
import os, sys
class Late:
    def __init__(self, name): self.name, self.me = name, self
    def hook(self, *arguments, **named): pass
    def __repr__(self): return self.name
    def __del__(self, write=os.write):
        a = self.name
        write(1, a)
"""
NAMES_BUILT_INS = OBJECT.replace("write(1, a)", "write(1, bytes(a))")
HOLDERS = [
    'sys.kept = Late(b"gone")',
    'sys.excepthook = Late(b"gone").hook',
    'sys.unraisablehook = Late(b"gone").hook',
    'sys.meta_path.append(type("Finder", (), {"find_spec": Late(b"gone").hook})())',
    'import builtins; builtins.kept = Late(b"gone")',
    'class Kept: kept = Late(b"gone")\nsys.kept = Kept',
    'import codecs; codecs.register_error("late", Late(b"gone").hook)',
    'import codecs; codecs.register(lambda name, kept=Late(b"gone"): None)',
    'kept = Late(b"gone")',
    'os.kept = Late(b"gone")',
    'import contextvars; contextvars.ContextVar("v").set(Late(b"gone"))',
    'import atexit; atexit.register(Late(b"gone").hook)',
    'import threading; threading._register_atexit(Late(b"gone").hook)',
    'import threading; local = threading.local(); local.kept = Late(b"gone")',
    'import weakref; weakref.finalize(os, Late(b"gone").hook).atexit = False',
    'import signal; signal.signal(signal.SIGUSR1, Late(b"gone").hook)',
    'import warnings; warnings.showwarning = Late(b"gone").hook',
    'import logging; logging.getLogger("late").addFilter(Late(b"gone").hook)',
]


@pytest.mark.parametrize("options", DETAILS, ids=" ".join)
@pytest.mark.parametrize("known", ["", 'first = Late(b"first"); del first.me, first\n'])
def test_a_program_ends_as_it_does_untraced_whatever_holds_what_is_finalized(
    options, known, tmp_path
):
    (tmp_path / "run").mkdir()
    for holder in HOLDERS if options == DETAILS[2] and not known else HOLDERS[:6]:
        path = tmp_path / "run" / "program.py"
        path.write_text(OBJECT + known + holder + "\n")
        log = ["--debug-log", tmp_path / "log"] if "-dd" in options else []
        run_alike(tmp_path / "run", path, options=(*options, *log))


@pytest.mark.parametrize(
    "options", [["-xx"], ["-xx", "--calls"], ["-xx", "--last", "5"], ["-dd"]], ids=" ".join
)
def test_a_finalizer_finds_the_built_in_names_that_it_finds_untraced(options, tmp_path):
    log = ["--debug-log", tmp_path / "log"] if "-dd" in options else []
    for holder in HOLDERS:
        path = tmp_path / "program.py"
        path.write_text(NAMES_BUILT_INS + holder + "\n")
        run_alike(tmp_path, path, options=(*options, *log))


@pytest.mark.parametrize("options", [o for o in DETAILS if "--watch" not in o], ids=" ".join)
def test_lines_that_run_after_sys_was_emptied_are_traced(options, write, tmp_path):
    output = tmp_path / "trace"
    log = ["--debug-log", tmp_path / "log"] if "-dd" in options else []
    path = write("program.py", OBJECT + HOLDERS[0] + "\n")
    ended = run_swifttrace(*options, *log, "-o", output, path, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"gone", b"")
    if "--last" not in options:
        assert b"write(1, a)" in output.read_bytes()


DEEP_HOLDERS = [
    "import importlib.machinery; importlib.machinery.PathFinder.kept = {late}",
    "import importlib.machinery as machinery\n"
    'machinery.SOURCE_SUFFIXES.append(type("Suffix", (str,), {{"kept": {late}}})(".kept"))',
    "import abc; abc.ABC.kept = {late}",
    "import types; types.kept = {late}",
]


@pytest.mark.parametrize(
    "options", [["-xx"], ["-xx", "--values=used"], *DETAILS[:3], *DETAILS[7:9]], ids=" ".join
)
def test_all_is_finalized_though_the_library_holds_some_of_it(options, tmp_path):
    """Its class has the program's names, so that they go no sooner."""
    (tmp_path / "run").mkdir()
    path = tmp_path / "run" / "program.py"
    log = ["--debug-log", tmp_path / "log"] if "-dd" in options else []
    for holder in DEEP_HOLDERS:
        late = holder.format(late='Late(b"gone")')
        path.write_text(OBJECT + late + '\nclass Own: kept = Late(b" own")\n')
        ended = run_alike(tmp_path / "run", path, options=(*options, *log))
        assert sorted(ended.stdout.split()) == [b"gone", b"own"]


BARE = """\
class Bare:
    __slots__ = ()
    def __del__(self, write=os.write):
        b = 1
        write(1, b"bare ")
def hang():
    for name in ("swifttrace", "watching", "watched", "details", "in_force", "representation"):
        module = sys.modules.get("swifttrace." + name)
        for function in vars(module).values() if module else ():
            if type(function) is type(hang): function.kept = Bare()
    print("hung")
import swifttrace
swifttrace.enable.kept = swifttrace.kept = Bare()
hang()
"""


@pytest.mark.parametrize("options", DETAILS, ids=" ".join)
def test_functions_of_ours_are_not_called_once_the_collector_has_cleared_them(options, write):
    """What the collector does not know is finalized only while it clears what holds it."""
    path = write("program.py", OBJECT + BARE)
    log = ["--debug-log", path.parent / "log"] if "-dd" in options else []
    ended = run_swifttrace(*options, *log, "-o", path.parent / "trace", path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"bare " in ended.stdout
    assert b"hung" in ended.stdout


POOL = """\
import multiprocessing as mp
from concurrent.futures import ProcessPoolExecutor
def square(x): return x * x
if __name__ == "__main__":
    with ProcessPoolExecutor(2, mp_context=mp.get_context("spawn")) as executor:
        print(list(executor.map(square, range(4))))
        workers = list(executor._processes.values())
    print([worker.exitcode for worker in workers])
"""


@pytest.mark.parametrize("option", ["--calls", "--values", "--depth=9"])
def test_workers_of_a_spawned_pool_end_as_they_do_untraced(option, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "program.py").write_text(POOL)
    ended = run_alike(tmp_path / "run", "program.py", options=("-xx", option, "--follow"))
    assert ended.stdout == b"[0, 1, 4, 9]\n[0, 0]\n"


USED_LATE = """\
import os, sys, swifttrace
from types import SimpleNamespace
functions = swifttrace.enable and SimpleNamespace(**vars(swifttrace))
class Late:
    def __init__(self): self.me = self
    def __del__(self, swifttrace=functions, write=os.write, Exception=Exception, repr=repr):
        try:
            {use}
        except Exception as error:
            write(1, repr(error).encode())
        b = 2
        write(1, b".")
"""
REFUSED = b"RuntimeError('swifttrace cannot be used any more: the interpreter is ending')"


@pytest.mark.parametrize("holder", ["kept = Late()", "os.kept = Late()", "sys.kept = Late()"])
@pytest.mark.parametrize(
    "use",
    ["swifttrace.enable(2)", "swifttrace.watch('b')", "swifttrace.status()", "swifttrace.trace()"],
)
def test_what_is_called_too_late_says_so_or_works(use, holder, write):
    path = write("program.py", USED_LATE.format(use=use) + holder + "\n")
    ended = run_python(path)
    assert ended.returncode == 0
    assert ended.stdout in (b".", REFUSED + b".")
    assert b"Error" not in ended.stderr
    if ended.stdout == b"." and "enable" in use:
        assert b"        b = 2" in ended.stderr


@pytest.mark.parametrize("holder", ["kept = Late()", "os.kept = Late()", "sys.kept = Late()"])
@pytest.mark.parametrize("use", ["swifttrace.disable()", "block.__exit__(None, None, None)"])
def test_a_trace_can_be_ended_however_late(use, holder, write):
    use = use.replace("block", "self.block")
    text = USED_LATE.format(use=use) + holder + "\n" + holder.split(" ")[0] + ".block = "
    ended = run_python(write("program.py", text + "swifttrace.trace(2).__enter__()\n"))
    assert (ended.returncode, ended.stdout) == (0, b".")
    assert b"        b = 2" not in ended.stderr


@pytest.mark.parametrize("options", [["--watch", "a"], ["-xx", "-dd"], ["-xx", "--values=repr"]])
def test_a_program_may_take_sys_modules_away(options, tmp_path):
    (tmp_path / "run").mkdir()
    path = tmp_path / "run" / "program.py"
    path.write_text("import sys\ndel sys.modules\na = 1\nprint(a)\n")
    log = ["--debug-log", tmp_path / "log"] if "-dd" in options else []
    assert run_alike(tmp_path / "run", path, options=(*options, *log)).stdout == b"1\n"
