"""Nothing that is shown drives the terminal it is shown on."""

from __future__ import annotations

import os

import pytest
from conftest import run_python, run_swifttrace
from hostile import BIDI, EVERYTHING, NAMEABLE, acted_on

CLIPBOARD = b"\\x1b]52;c;QUJD\\x07"
"""What is left of the first sequence."""
IN_SOURCE = NAMEABLE.replace("\r", "").replace("\\", "")
IN_DIRECTORY = NAMEABLE.replace("/", "")[-60:]

LOOPED = f"""\
import asyncio, threading
HOSTILE = {EVERYTHING!r}
"""

PROGRAMS = {
    "values": """\
for each in HOSTILE:
    value, held, raw = each, {each: [each], "key": (each,)}, each.encode("utf-8")
value = HOSTILE[-120:]
""",
    "what objects say": """\
class Hostile:
    def __repr__(self):
        return self.text
for each in [*HOSTILE, "\\x1b]52;c;QUJD\\x07"]:
    value = Hostile()
    value.text = each
    held = [value, {"a": value}]
""",
    "names of classes": """\
for each in HOSTILE.replace("\\0", ""):
    value = type(each, (), {"__module__": each, "__qualname__": each})()
    value = type(each, (ValueError,), {})()
value = type(HOSTILE[-100:].replace("\\0", ""), (), {})()
""",
    "names of functions": """\
def function(argument):
    local = argument
    return local
code = function.__code__
for each in [*HOSTILE, HOSTILE]:
    function.__code__ = code.replace(
        co_name=each, co_qualname=each, co_varnames=(each, each + "2"))
    function(1)
""",
    "names of modules and files": """\
import sys
for each in [*HOSTILE.replace("\\0", ""), HOSTILE.replace("\\0", ""), "\\x1b]52;c;QUJD\\x07.py"]:
    code = compile("x = 1\\ny = 2\\n", each, "exec")
    exec(code, {"__name__": each})
    exec(code.replace(co_filename="/tmp/" + each + "/" + each), {"__name__": each, each: 1})
""",
    "exceptions": """\
def raises(error):
    raise error
for each in [*HOSTILE, HOSTILE[-110:]]:
    for error in (ValueError(each), OSError(1, each, each), KeyError({each: each})):
        try:
            raises(error)
        except Exception:
            pass
""",
    "threads": """\
def work():
    done = 1
for each in [*HOSTILE, HOSTILE]:
    thread = threading.Thread(target=work, name=each)
    thread.start()
    thread.join()
""",
    "tasks": """\
async def work():
    done = 1
async def main():
    for each in [*HOSTILE, HOSTILE]:
        await asyncio.create_task(work(), name=each)
asyncio.run(main())
""",
}
EVERY_OPTION = (
    *("-xxx", "--scope", "all", "--exclude", "*/lib/*", "--exclude", "<frozen*", "--calls"),
)
SHOWN = ("--show", "depth,module,function,pid,thread,task")
WAYS = {
    "standard error": SHOWN,
    "a template": ("--format", "{file}|{path}|{name}|{module:>9.9}|{function}|{task}|{line}"),
    "wrapped": (*SHOWN, "--wrap=30"),
    "cut": (*SHOWN, "--cut=60"),
}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("way", WAYS)
def test_no_control_character_reaches_the_trace(way, program, write):
    path = write("program.py", LOOPED + PROGRAMS[program])
    values = "--values=repr" if program == "what objects say" else "--values"
    ended = run_swifttrace(*EVERY_OPTION, values, *WAYS[way], path)
    assert ended.returncode == 0, ended.stderr[-500:]
    assert acted_on(ended.stderr) == []
    if way == "standard error":
        assert CLIPBOARD in ended.stderr or b"\\x1b]0;title" in ended.stderr
        assert all(b"\\x%02x" % number in ended.stderr for number in range(0x80, 0xA0))
        assert all(f"\\u{ord(each):04x}".encode() in ended.stderr for each in BIDI)


def hostile_source():
    lines = [f"x = '{each}'  # {each}" for each in IN_SOURCE]
    return "\n".join([*lines, f"y = '''{IN_SOURCE}'''  # {IN_SOURCE}", ""])


@pytest.mark.parametrize("level", ["-x", "-xx", "-xxx"])
@pytest.mark.parametrize("option", ["--color=never", "--color=always", "--wrap=20", "--cut=60"])
def test_no_control_character_of_the_source_reaches_the_trace(option, level, write):
    path = write("program.py", hostile_source())
    ended = run_swifttrace(level, "--scope=script", option, path)
    assert (ended.returncode, ended.stdout) == (0, b"")
    assert acted_on(ended.stderr, has_colours=option == "--color=always") == []
    assert b"\\x1b" in ended.stderr


def test_nor_does_one_of_the_last_lines(write, tmp_path):
    path = write("program.py", hostile_source() + "1 / 0\n")
    ended = run_swifttrace("-xx", "--last", "500", "-o", tmp_path / "ring", path)
    trace, _, _ = ended.stderr.partition(b"Traceback")
    assert acted_on(trace) == []
    shown = run_swifttrace("show", tmp_path / "ring")
    assert shown.returncode == 0
    assert acted_on(shown.stdout) == []
    assert CLIPBOARD in shown.stdout


def test_nor_does_the_name_of_a_file_or_a_directory(tmp_path):
    for each in {*NAMEABLE.replace("/", ""), IN_DIRECTORY, "\x1b]52;c;QUJD\x07"}:
        directory = tmp_path / f"d{each}"
        directory.mkdir()
        (directory / f"p{each}.py").write_text("x = 1\n")
    names = sorted(os.listdir(tmp_path))
    code = f"import runpy\nfor each in {names!r}:\n    runpy.run_path(each + '/p' + each[1:] + '.py')\n"
    ended = run_swifttrace(
        *("-xxx", "--exclude", "*/lib/*", "--exclude", "*runpy*", "-c", code), cwd=tmp_path
    )
    assert ended.returncode == 0, ended.stderr[-500:]
    assert acted_on(ended.stderr) == []
    assert ended.stderr.count(b"x = 1") == len(names)
    assert CLIPBOARD in ended.stderr


def test_nor_does_what_is_watched(write):
    text = f"held = {{}}\nfor each in {EVERYTHING!r}:\n    held[0] = held[each] = each\n"
    path = write("program.py", text)
    ended = run_swifttrace(
        *(
            "--watch",
            "held[0]",
            "--watch",
            "held.get('\x1b[31m\u202e\x9b')",
            "--watch",
            "held",
            path,
        )
    )
    assert ended.returncode == 0
    assert acted_on(ended.stderr) == []
    assert b"held[0] = '\\x1b' \xe2\x86\x92" in ended.stderr


def test_nor_does_the_command_line_or_the_directory_of_a_start_line(write, tmp_path):
    directory = tmp_path / IN_DIRECTORY
    directory.mkdir()
    path = write("program.py", "import os\nos.fork() or os._exit(0)\nos.wait()\n")
    ended = run_swifttrace("--banner", path, NAMEABLE, *NAMEABLE, cwd=directory)
    assert ended.returncode == 0
    assert acted_on(ended.stderr) == []
    assert CLIPBOARD in ended.stderr


def test_nor_does_a_message_of_a_trace_that_stops(tmp_path):
    code = "import os\nos.rename('d', 'e')\nif os.fork():\n    os.wait()\nelse:\n    x = 1\n"
    (tmp_path / "d").mkdir()
    output = "d/" + IN_DIRECTORY
    ended = run_swifttrace("-o", output, "-c", code, cwd=tmp_path)
    assert ended.returncode == 0
    assert ended.stderr.startswith(b"swifttrace: trace stopped: cannot open: ")
    assert acted_on(ended.stderr) == []
    assert ended.stderr.count(b"\n") == 1


# -- messages --------------------------------------------------------------------------------

# Without those of runpy, on modules that are not there: they are the interpreter's own.
COMMANDS = {
    "an option": ["-" + NAMEABLE],
    "a long option": ["--" + NAMEABLE],
    "a level": ["--level", NAMEABLE, "x.py"],
    "a scope": ["--scope", NAMEABLE, "x.py"],
    "a field": ["--show", NAMEABLE, "x.py"],
    "a time": ["--time=" + NAMEABLE, "x.py"],
    "values": ["--values=" + NAMEABLE, "x.py"],
    "a template's field": ["--format", "{" + NAMEABLE + "}", "x.py"],
    "a template's layout": ["--format", "{line:" + NAMEABLE + "}", "x.py"],
    "a template's end": ["--format", "{" + NAMEABLE, "x.py"],
    "a signal": ["--dump-signal", NAMEABLE, "--last", "3", "x.py"],
    "a colour": ["--color", NAMEABLE, "x.py"],
    "a width": ["--wrap=" + NAMEABLE, "x.py"],
    "an expression": ["--watch", NAMEABLE, "x.py"],
    "another expression": ["--watch", "x\x1b]0;t\x07", "x.py"],
    "an output": ["-o", "none/" + NAMEABLE, "-c", "1"],
    "a log": ["--debug-log", "none/" + NAMEABLE, "-d", "-c", "1"],
    "a descriptor": ["--fd", NAMEABLE, "x.py"],
    "a script": [NAMEABLE],
    "a ring": ["show", NAMEABLE],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_message_of_the_command_has_one(name, tmp_path):
    ended = run_swifttrace(*COMMANDS[name], cwd=tmp_path)
    assert ended.returncode != 0
    assert ended.stdout == b""
    assert ended.stderr.count(b"\n") == 1, ended.stderr
    assert acted_on(ended.stderr) == []


VALUES = {
    "nothing that is known": NAMEABLE,
    "a name": f"{NAMEABLE}=1",
    "a scope": f"scope={NAMEABLE}",
    "a level": f"level={NAMEABLE}",
    "a format": f"format={{{NAMEABLE}}}",
    "an output": f"output=none/{NAMEABLE}",
    "a log": f"debug=1,debug_log=none/{NAMEABLE}",
    "a descriptor": f"fd={NAMEABLE}",
    "a place": f"fd=/{NAMEABLE}:1:2",
    "a choice": f"follow={NAMEABLE}",
    "a bell": f"level=9,bell={NAMEABLE}",
}


@pytest.mark.parametrize("name", VALUES)
def test_no_message_on_the_environment_has_one(name, tmp_path):
    ended = run_python("-c", "print('ran')", env={"SWIFTTRACE": VALUES[name]}, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"ran\n")
    assert ended.stderr.startswith(b"swifttrace: SWIFTTRACE: ")
    assert ended.stderr.count(b"\n") == 1, ended.stderr
    assert acted_on(ended.stderr) == []


# -- the debug log ---------------------------------------------------------------------------


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_debug_log_has_none(program, write, tmp_path):
    path = write("program.py", LOOPED + PROGRAMS[program] + f"# {IN_SOURCE}\n")
    ended = run_swifttrace(*EVERY_OPTION, *SHOWN, "-ddd", path, NAMEABLE, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr[-500:]
    log = (tmp_path / "swifttrace.log").read_bytes()
    assert acted_on(log) == []
    assert CLIPBOARD in log


def test_what_the_debug_log_gives_to_a_handler_has_none(write, tmp_path):
    text = f"""\
import logging, sys
logging.getLogger("swifttrace").addHandler(logging.StreamHandler(sys.stdout))
def function():
    pass
function.__code__ = function.__code__.replace(co_name={EVERYTHING!r}, co_qualname={EVERYTHING!r})
function()
"""
    ended = run_swifttrace("-dd", write("program.py", text), cwd=tmp_path)
    assert CLIPBOARD in ended.stdout
    assert acted_on(ended.stdout) == []


# -- pytest ----------------------------------------------------------------------------------

HOSTILE_TEST = f"""\
import threading
HOSTILE = {EVERYTHING!r}
def function():
    x = 1
def test_fails():
    for each in [*HOSTILE, HOSTILE, "/tmp/" + HOSTILE[-100:] + "/x.py"]:
        code = function.__code__.replace(co_name=each, co_filename=each)
        thread = threading.Thread(target=type(function)(code, {{"__name__": each}}), name=each)
        thread.start()
        thread.join()
    y = '''{IN_SOURCE}'''
    raise ValueError
"""
OURS = {
    "the last lines": ["--swifttrace-on-failure=900", "--swifttrace-scope=all"],
    "all lines": ["--swifttrace=3", "--swifttrace-scope=all"],
    "a file": ["--swifttrace=3", "--swifttrace-scope=all", "--swifttrace-output=trace"],
}


@pytest.mark.parametrize("way", OURS)
def test_a_report_of_pytest_has_none(way, write, tmp_path):
    write("test_hostile.py", HOSTILE_TEST)
    ended = run_python(
        *("-m", "pytest", "-p", "no:cacheprovider", "--tb=no", "--color=no"),
        *OURS[way],
        *("--junit-xml=report.xml", "test_hostile.py"),
        cwd=tmp_path,
    )
    assert ended.returncode == 1
    assert acted_on(ended.stdout + ended.stderr) == []


@pytest.mark.parametrize(
    "option", ["--swifttrace-scope", "--swifttrace", "--swifttrace-phases", "--swifttrace-output"]
)
def test_a_message_of_the_plugin_has_none(option, write, tmp_path):
    write("test_one.py", "def test_one(): pass\n")
    value = "none/" + NAMEABLE if option.endswith("output") else NAMEABLE
    more = ["--swifttrace=1"] if option.endswith("output") else []
    ended = run_python(
        *("-m", "pytest", "-p", "no:cacheprovider", *more, f"{option}={value}"), cwd=tmp_path
    )
    assert ended.returncode == 4
    message = [line for line in ended.stderr.splitlines() if b"swifttrace" in line][-1]
    assert acted_on(message) == []
