"""The debug log: -d, -dd, -ddd."""

from __future__ import annotations

import ast
import dataclasses
import os
import re
import shutil
import stat
import sys
from pathlib import Path

import pytest
from conftest import run_python, run_swifttrace

SCRIPT = """\
import os
def add(number, password):
    def double():
        yield number
    if number > 2:
        raise ValueError("too much")
    return [*double()]
total = add(1, "hush")
try:
    add(3, "hush")
except ValueError:
    secret_key = "hush"
"""
RECORD = re.compile(
    r"\d\d:\d\d:\d\d \[ *(?P<pid>\d+)\] +(?P<path>\S+):(?P<line>\d+) *"
    r" \((?P<function>\S+) *\) (?P<level>INFO|DEBUG) +(?P<message>.*)"
)


@pytest.fixture
def logged(write, tmp_path):
    """Run a script in the test's directory; return its records, and how it ended."""

    def logged(*options, script=SCRIPT, log="swifttrace.log"):
        ended = run_swifttrace(*options, write("script.py", script), cwd=tmp_path)
        return records(tmp_path / log), ended

    return logged


def records(path):
    found = [RECORD.fullmatch(line) for line in path.read_text().splitlines()]
    return [each for each in found if each]


def messages(found):
    return [each["message"] for each in found]


def test_a_record_is_as_ayrtons(logged, tmp_path):
    logged("-d")
    pattern = r"\d\d:\d\d:\d\d \[ *\d+\] .{64,}:\d+ +\(\S+ {0,20}\) INFO     .*"
    lines = (tmp_path / "swifttrace.log").read_text().splitlines()
    assert len(lines) > 10
    assert [line for line in lines if not re.fullmatch(pattern, line)] == []


@pytest.mark.parametrize("option", ["-d", "--debug"])
def test_what_the_tracer_does(logged, tmp_path, option):
    found, ended = logged(option, "-xx")
    said = "\n".join(messages(found))
    script = tmp_path / "script.py"
    for expected in (
        r"option level: 2\n",
        r"sink: stderr\n",
        r"engine: (sys\.monitoring|settrace): \S.*\n",
        rf"\nin scope: '{script}'\n",
        rf"\nread, as utf-8: '{script}'\n",
        r"\nchildren: SWIFTTRACE=level=2,.*debug=1,",
        r"\nsink: 14 lines$",
    ):
        assert re.search(expected, said), expected
    assert {each["level"] for each in found} == {"INFO"}
    assert ended.returncode == 0


def test_how_a_file_is_decoded(logged):
    found, _ = logged("-d", script=b"# -*- coding: latin-1 -*-\nx = '\xe9'\n")
    assert any(re.match(r"read, as latin-1: ", said) for said in messages(found))


@pytest.mark.parametrize("option", ["-dd", "--debug2"])
def test_calls_returns_and_exceptions(logged, tmp_path, option):
    found, _ = logged(option)
    path = str(tmp_path / "script.py")
    events = [
        (int(each["line"]), each["function"], re.sub(r" at 0x\w+", "", each["message"]))
        for each in found
        if each["path"] == path and not each["message"].endswith(":")
    ]
    assert events == [
        (1, "<module>", "call <module>"),
        (2, "add", "call add"),
        (3, "double", "call add.<locals>.double"),
        (4, "double", "yield add.<locals>.double: 1"),
        (4, "double", "resume add.<locals>.double"),
        (4, "double", "return add.<locals>.double: None"),
        (7, "add", "return add: [1]"),
        (2, "add", "call add"),
        (6, "add", "exception add: ValueError('too much')"),
        (6, "add", "left add"),
        (10, "<module>", "exception <module>: ValueError('too much')"),
        (12, "<module>", "return <module>: None"),
    ]


@pytest.mark.parametrize("form", ["script", "command", "module", "standard input"])
def test_the_scripts_tree_and_byte_code_are_there_once(write, tmp_path, form):
    text = "def f(): pass\nf()\n"
    write("script.py", text)
    how = {
        "script": ["script.py"],
        "command": ["-c", text],
        "module": ["-m", "script"],
        "standard input": ["-"],
    }[form]
    ended = run_swifttrace("-dd", *how, cwd=tmp_path, input=text.encode())
    log = (tmp_path / "swifttrace.log").read_text()
    assert ended.returncode == 0
    assert (log.count("DEBUG    AST:\nModule("), log.count("FunctionDef(")) == (1, 1)
    assert log.count("DEBUG    byte code:\n") == 1
    assert "RETURN_" in log


@pytest.mark.skipif(sys.version_info < (3, 15), reason="ast.dump shows empty fields, or Load()")
def test_the_tree_is_what_ast_dump_shows(tmp_path):
    path = shutil.copy(dataclasses.__file__, tmp_path)
    run_swifttrace("-dd", path, cwd=tmp_path)
    log = (tmp_path / "swifttrace.log").read_text()
    assert ast.dump(ast.parse(Path(path).read_text()), indent=1) in log


@pytest.mark.parametrize("option", ["-ddd", "--debug3"])
def test_globals_and_locals(logged, option):
    found, _ = logged(option)
    said = messages(found)
    assert "globals at start: __name__ = '__main__'" in said
    assert "globals at exit: total = [1]" in said
    assert not any("globals at start: total" in each for each in said)
    assert said.count("locals: number = 1") == 2  # of `add` and of `double`
    assert "locals: number = 3" in said


def test_secrets_are_hidden(logged, tmp_path):
    found, _ = logged("-ddd")
    said = messages(found)
    assert said.count("locals: password = ***1") == 2
    assert "globals at exit: secret_key = ***1" in said
    found, _ = logged("-ddd", "--show-secrets")
    assert "globals at exit: secret_key = 'hush'" in messages(found)


def test_globals_are_there_where_the_script_exits(logged):
    found, ended = logged("-ddd", script="x = 1\nraise SystemExit(3)\n")
    assert (ended.returncode, "globals at exit: x = 1" in messages(found)) == (3, True)


def test_no_code_of_the_program_runs(logged):
    script = """\
class Hostile(Exception):
    def hostile(self, *_):
        print("ran")
    __repr__ = __str__ = __eq__ = __len__ = __iter__ = __getattr__ = hostile
    args = property(hostile)
def f():
    value = Hostile()
    try:
        raise value
    except Hostile:
        return value
value = f()
"""
    _, ended = logged("-ddd", script=script)
    assert (ended.returncode, ended.stdout) == (0, b"")


def test_nothing_of_it_is_imported_without(write):
    script = (
        "import sys\nprint(*{'logging', 'ast', 'dis', 'swifttrace.debug_log.log'} & {*sys.modules})"
    )
    assert run_swifttrace(write("script.py", script)).stdout == b"\n"


@pytest.mark.parametrize("level", ["-x", "-xxx"])
def test_the_trace_is_the_same(write, tmp_path, level):
    path = write("script.py", SCRIPT)
    plain, logged = (run_swifttrace(level, *more, path, cwd=tmp_path) for more in ((), ("-ddd",)))
    assert logged.stderr == plain.stderr
    assert plain.stderr


LOGGING = """\
import logging, logging.config, sys
print(logging.root.handlers, logging.getLogger("swifttrace").handlers)
logging.basicConfig(stream=sys.stdout, level=1, format="%(name)s %(message)s")
logging.getLogger("own").debug("one")
logging.config.dictConfig({"version": 1, "root": {"level": "INFO"}})
def late(): pass
late()
logging.error("two")
sys.exit(4)
"""


def test_the_program_logs_as_without(logged, tmp_path):
    found, ended = logged("-dd", script=LOGGING)
    plain = run_python(tmp_path / "script.py")
    assert (ended.returncode, ended.stdout) == (plain.returncode, plain.stdout)
    assert b"two" in plain.stderr
    assert "call late" in messages(found)


ROUTED = """\
import logging
class Handler(logging.Handler):
    def emit(self, record):
        if record.name == "swifttrace" and record.funcName == "f":
            print(record.levelname, record.getMessage())
logging.getLogger("swifttrace").addHandler(Handler())
def f():
    return 1
f()
"""


def test_a_program_can_route_it(logged):
    _, ended = logged("-dd", script=ROUTED)
    assert ended.stdout == b"DEBUG call f\nDEBUG return f: 1\n"


def test_a_handler_of_the_programs_that_fails_does_not_fail_the_program(logged):
    script = ROUTED.replace("print(", "raise KeyError(").replace("return 1", "print('ran')")
    _, ended = logged("-dd", script=script)
    assert (ended.returncode, ended.stdout) == (0, b"ran\n")


def test_children_have_files_of_their_own(logged, tmp_path):
    script = """\
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "x = 1"], cwd="/")
child.wait()
print(child.pid)
pid = os.fork()
if pid == 0:
    def forked(): pass
    forked()
    os._exit(0)
os.waitpid(pid, 0)
print(pid)
"""
    _, ended = logged("-dd", script=script)
    spawned, forked = map(int, ended.stdout.split())
    own = records(tmp_path / f"swifttrace.{spawned}.log")
    assert {int(each["pid"]) for each in own} == {spawned}
    assert "call <module>" in messages(own)
    assert re.match(r"child of \d+, 2 processes deep", messages(own)[2])
    own = records(tmp_path / f"swifttrace.{forked}.log")
    assert {int(each["pid"]) for each in own} == {forked}
    assert "call forked" in messages(own)
    assert "call forked" not in messages(records(tmp_path / "swifttrace.log"))


def test_a_program_that_replaces_itself_goes_on_in_its_log(logged):
    script = "import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'x = 1'])\n"
    found, _ = logged("-d", script=script)
    assert sum(said.startswith("swifttrace 0.") for said in messages(found)) == 2
    assert len({each["pid"] for each in found}) == 1


def test_a_daemon_that_closes_all_descriptors_is_still_logged(logged, tmp_path):
    script = """\
import os
os.closerange(3, 1024)
others = [os.open("other", os.O_CREAT | os.O_WRONLY) for _ in range(300)]
"""
    found, _ = logged("-d", script=script)
    assert messages(found)[-1].startswith("sink: ")
    assert (tmp_path / "other").read_bytes() == b""


def test_the_log_elsewhere(logged, tmp_path):
    (tmp_path / "below").mkdir()
    found, _ = logged("--debug-log=below/own.txt", log="below/own.txt")
    assert messages(found)
    assert not (tmp_path / "swifttrace.log").exists()


def test_the_log_is_the_users_own(logged, tmp_path):
    before = os.umask(0)
    try:
        logged("-d")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "swifttrace.log").stat().st_mode) == 0o600


def test_a_log_of_before_is_emptied(logged, tmp_path):
    (tmp_path / "swifttrace.log").write_text("old text\n")
    logged("-d")
    assert "old text" not in (tmp_path / "swifttrace.log").read_text()


def _link(path):
    path.with_name("elsewhere").write_text("kept")
    path.symlink_to("elsewhere")


@pytest.mark.parametrize("make", [_link, os.mkdir, os.mkfifo])
def test_what_is_no_file_is_not_written_to(write, tmp_path, make):
    make(tmp_path / "swifttrace.log")
    ended = run_swifttrace("-d", write("script.py", "print(1)\n"), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, b"")
    pattern = rb"swifttrace: cannot write to \S+/swifttrace\.log: [^\n]+\n"
    assert re.fullmatch(pattern, ended.stderr), ended.stderr
    if make is _link:
        assert (tmp_path / "elsewhere").read_text() == "kept"


def test_a_directory_that_is_not_there(write, tmp_path):
    script = write("script.py", "print(1)\n")
    ended = run_swifttrace("--debug-log", tmp_path / "none" / "a.log", script)
    said = f"swifttrace: cannot write to {tmp_path}/none/a.log: No such file or directory\n"
    assert (ended.returncode, ended.stdout, ended.stderr.decode()) == (2, b"", said)


RINGING = """\
import logging, signal
class Alarm(Exception): pass
def handler(*_): raise Alarm("rings")
signal.signal(signal.SIGUSR1, handler)
class Rings(logging.Handler):
    def emit(self, record):
        if not rung and "library.py" in record.getMessage() and kind in record.getMessage():
            rung.append(record.getMessage())
            signal.raise_signal(signal.SIGUSR1)
rung, kind = [], "KIND"
logging.getLogger("swifttrace").addHandler(Rings())
try:
    import library
except Alarm as error:
    print("caught", error, rung[0].partition(":")[0])
print("end")
"""


@pytest.mark.parametrize("level", ["-d", "-ddd"])
@pytest.mark.parametrize("kind", ["in scope", "read, as utf-8"])
def test_what_a_signal_raises_as_the_log_hears_of_a_file_belongs_to_the_program(
    logged, write, level, kind
):
    write("library.py", "x = 1\n")
    script = RINGING.replace("KIND", kind)
    _, ended = logged("-xx", "--scope", "project", level, script=script)
    assert ended.stdout == b"caught rings %s\nend\n" % kind.encode()


API = """\
import os, sys, swifttrace
def f(password):
    total = 1
    return total
swifttrace.enable(2, fd=1, debug=3)
f("hush")
swifttrace.disable()
f(2)
swifttrace.enable(2, fd=1, debug=2)
f(3)
swifttrace.enable(1, fd=1, debug_log="else/where.log")
f(4)
swifttrace.disable()
print(sorted(map(int, os.listdir("/proc/self/fd")))[-1])
"""


def test_a_program_begins_a_log_and_goes_on_with_it(write, tmp_path):
    write("else/empty", "")
    ended = run_python(write("script.py", API), cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.splitlines()[:3] == [
        b'+ [     6] f("hush")',
        b"+ [     3]     total = 1",
        b"+ [     4]     return total",
    ]
    assert int(ended.stdout.splitlines()[-1]) < 100  # no log is open any more
    found = messages(records(tmp_path / "swifttrace.log"))
    assert [each for each in found if each.startswith("swifttrace ")][1].endswith("log level 2")
    assert [each for each in found if each.startswith(("call", "return", "locals"))] == [
        *("call f", "return f: 1", "locals: password = ***1", "locals: total = 1"),
        *("call f", "return f: 1"),
    ]
    assert [each for each in found if each.startswith("sink: ")] == [
        *("sink: descriptor 1", "sink: 4 lines", "sink: descriptor 1", "sink: 4 lines"),
    ]
    other = messages(records(tmp_path / "else/where.log"))
    assert "sink: 4 lines" in other
    assert [each for each in other if each.startswith("in scope")]
    assert not [each for each in other if each.startswith("call")]


def test_watch_has_a_log_too(write, tmp_path):
    script = "import swifttrace\nswifttrace.watch('x', level=2, debug=2)\nx = 1\nx = 2\nf = len\n"
    ended = run_python(write("script.py", script), cwd=tmp_path)
    assert b"# x = 1 \xe2\x86\x92 2" in ended.stderr
    assert "sink: stderr" in messages(records(tmp_path / "swifttrace.log"))


BAD = {
    "enable(debug=4)": "ValueError: debug must be 1, 2 or 3, not 4",
    "enable(debug='1')": "ValueError: debug must be 1, 2 or 3, not '1'",
    "enable(debug_log='')": "ValueError: debug_log must be the name of a file, not ''",
    "enable(debug_log=1)": "TypeError: debug_log must be the name of a file, not 1",
    "enable(debug_log='no/such')": "FileNotFoundError: [Errno 2] No such file or directory",
    "enable(debug=1, output='no/such')": "FileNotFoundError: [Errno 2] No such file or",
    "trace(debug=1)": "ValueError: debug works only with enable() and watch()",
    "configure(debug_log='x')": "ValueError: debug works only with enable() and watch()",
}


@pytest.mark.parametrize("call", BAD)
def test_a_bad_log_raises_and_nothing_is_traced(write, tmp_path, call):
    script = f"""\
import swifttrace
try:
    swifttrace.{call}
except Exception as error:
    print(type(error).__name__, error, sep=": ")
print(swifttrace.status().enabled)
"""
    ended = run_python(write("script.py", script), cwd=tmp_path)
    said, enabled = ended.stdout.decode().splitlines()
    assert said.startswith(BAD[call])
    assert (enabled, ended.stderr) == ("False", b"")
