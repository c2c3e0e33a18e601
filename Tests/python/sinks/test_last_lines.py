"""`--last N` and `last=N`: which lines are kept, and when they are printed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import run_python, run_swifttrace
from launching import FORMS, MAIN_FORMS, numbered
from rings import dump_in, dumps_in, last_of, shown

FAILING = """\
import sys
def divide(number):
    if number == 0:
        return 1 / number
    return divide(number - 1)
x = 1
divide(2)
"""
RAN = [1, 2, 6, 7, 3, 5, 3, 5, 3, 4]
AT_EXCEPTION = "an uncaught exception"


def run_forms(form, directory, source, run, *options, **how):
    """Run a program in one of the forms, from the directory it is put into."""
    arguments = FORMS[form](directory, source.encode())
    if form == "standard input":
        how["input"] = source.encode()
    return run(*options, *arguments, cwd=directory, **how)


# -- an uncaught exception -------------------------------------------------------------


@pytest.mark.parametrize("form", MAIN_FORMS)
def test_an_uncaught_exception_is_reported_and_then_the_last_lines_are(form, tmp_path):
    plain = run_forms(form, tmp_path, FAILING, run_python)
    ended = run_forms(form, tmp_path, FAILING, run_swifttrace, "-xx", "--last", "4")
    dump, rest = dumps_in(ended.stderr)
    assert (ended.returncode, rest) == (1, plain.stderr)
    assert [fields[1:] for fields in dump] == [
        (4, len(RAN), AT_EXCEPTION, last_of(FAILING, 4, *RAN))
    ]
    assert ended.stderr.endswith(dump[0].lines)


ENDINGS = {
    "its end": (b"", 0),
    "sys.exit(3)": (b"", 3),
    "sys.exit('no')": (b"no\n", 1),
    "raise SystemExit": (b"", 0),
    "import os; os._exit(4)": (b"", 4),
    "import os; os.kill(os.getpid(), 9)": (b"", -9),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_any_other_end_prints_nothing(ending, write):
    text = "" if ending == "its end" else ending
    path = write("program.py", f"import sys\n{text}\n")
    own, status = ENDINGS[ending]
    for ended in (
        run_swifttrace("-xx", "--last", "5", path),
        run_python(path, env={"SWIFTTRACE": "level=2,last=5"}),
    ):
        assert (ended.returncode, ended.stderr) == (status, own)


def test_an_exception_that_is_caught_prints_nothing(write):
    source = "import swifttrace\nswifttrace.enable(last=5)\ntry:\n    1 / 0\nexcept ArithmeticError:\n    pass\n"
    ended = run_python(write("program.py", source))
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_ctrl_c_that_is_not_caught_says_where_the_program_was(write):
    source = "x = 1\nraise KeyboardInterrupt\n"
    path = write("program.py", source)
    enabling = f"import swifttrace\nswifttrace.enable(2, last=2)\n{source}"
    for ended, wanted in (
        (run_swifttrace("-xx", "--last", "2", path), numbered(source)),
        (run_python(path, env={"SWIFTTRACE": "level=2,last=2"}), numbered(source)),
        (run_python(write("enabling.py", enabling)), numbered(enabling, 3, 4)),
    ):
        assert ended.returncode == -2
        assert dump_in(ended.stderr)[3:] == (AT_EXCEPTION, wanted)
        assert b"\nKeyboardInterrupt\n# swifttrace" in ended.stderr


HOOKS = {
    "a hook": ("sys.excepthook = lambda *_: print('own hook', file=sys.stderr)", b"own hook\n"),
    "a hook that exits": ("sys.excepthook = lambda *_: sys.exit(7)", b""),
    "a hook that fails": ("sys.excepthook = lambda *_: [].pop()", None),
    "no hook": ("del sys.excepthook", None),
}


@pytest.mark.parametrize("hook", HOOKS)
def test_the_program_s_own_excepthook_reports_the_exception(hook, write):
    install, said = HOOKS[hook]
    source = f"import sys\n{install}\n1 / 0\n"
    path = write("program.py", source)
    plain = run_python(path)
    for ended in (
        run_swifttrace("-xx", "--last", "2", path),
        run_python(path, env={"SWIFTTRACE": "level=2,last=2"}),
    ):
        dumps, rest = dumps_in(ended.stderr)
        assert ended.returncode == plain.returncode
        if said is not None:
            assert rest == plain.stderr == said
        else:
            assert b"ZeroDivisionError" in rest
        # By SWIFTTRACE it is printed at the interpreter's end: the hook's line is there.
        assert len(dumps) == 1
        assert dumps[0].lines in (numbered(source, 2, 3), numbered(source, 3, 2))


def test_the_launcher_s_report_ends_where_the_exception_was_raised(write):
    """Without the lines of the hook, nor those by which Python prints a traceback."""
    source = """\
import sys
def hook(*exception):
    for _ in range(50):
        x = 1
    sys.__excepthook__(*exception)
sys.excepthook = hook
1 / 0
"""
    ended = run_swifttrace("-xxx", "--last", "1", write("program.py", source))
    assert dump_in(ended.stderr).lines.endswith(b"program.py:7     ] 1 / 0\n")


def test_sys_excepthook_is_what_it_is_without_a_trace(write):
    source = """\
import sys
assert sys.excepthook is sys.__excepthook__
import swifttrace
swifttrace.enable(last=1)
assert sys.excepthook is sys.__excepthook__
1 / 0
"""
    ended = run_python(write("program.py", source))
    assert dump_in(ended.stderr).lines == b"+ 1 / 0\n"


@pytest.mark.parametrize("form", [form for form in MAIN_FORMS if form != "zip"])
def test_enable_and_the_environment_print_at_an_uncaught_exception_too(form, tmp_path):
    plain = run_forms(form, tmp_path, FAILING, run_python)
    how = {"env": {"SWIFTTRACE": "level=2,last=4"}}
    if form != "standard input":  # nobody but the interpreter has its text
        ended = run_forms(form, tmp_path, FAILING, run_python, **how)
        dumps, rest = dumps_in(ended.stderr)
        assert (ended.returncode, rest) == (1, plain.stderr)
        assert [dump[1:] for dump in dumps] == [
            (4, len(RAN), AT_EXCEPTION, last_of(FAILING, 4, *RAN))
        ]
    enabling = "import swifttrace; swifttrace.enable(2, last=4)\n" + FAILING
    ended = run_forms(form, tmp_path, enabling, run_python)
    dumps, rest = dumps_in(ended.stderr)
    assert (ended.returncode, len(dumps)) == (1, 1)
    assert rest.splitlines()[-1] == plain.stderr.splitlines()[-1]
    if form not in ("standard input",):
        assert dumps[0].lines == last_of(enabling, 4, *[n + 1 for n in RAN])


def test_an_exception_in_an_imported_module_shows_the_module_s_lines(write):
    write("helper.py", "y = 1\nz = [][y]\n")
    path = write("program.py", "import helper\n")
    for ended in (
        run_swifttrace("-xxx", "--scope=project", "--last", "3", path),
        run_python(path, env={"SWIFTTRACE": "level=3,scope=project,last=3"}, cwd=path.parent),
    ):
        lines = dump_in(ended.stderr).lines.splitlines()
        assert [line.rpartition(b"] ")[2] for line in lines] == [
            b"import helper",
            b"y = 1",
            b"z = [][y]",
        ]


def test_after_disable_an_exception_prints_nothing(write):
    source = "import swifttrace\nswifttrace.enable(last=5)\nx = 1\nswifttrace.disable()\n1 / 0\n"
    for run in (run_python, run_swifttrace):
        ended = (
            run("--no-follow", write("p.py", source))
            if run is run_swifttrace
            else run(write("p.py", source))
        )
        assert ended.returncode == 1
        assert dumps_in(ended.stderr)[0] == []


def test_an_exception_that_others_only_keep_in_sys_prints_nothing(write):
    """As pytest does, for the debugger: the program does not end by it."""
    source = """\
import sys, swifttrace
swifttrace.enable(last=5)
def test():
    1 / 0
def runner():
    try:
        test()
    except Exception as error:
        sys.last_type, sys.last_value = type(error), error
        sys.last_traceback = error.__traceback__.tb_next
        sys.last_exc = error
runner()
"""
    ended = run_python(write("program.py", source))
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_at_a_prompt_an_exception_is_no_end(write):
    source = "import swifttrace\nswifttrace.enable(last=5)\n"
    path = write("program.py", source)
    ended = run_python(path, interpreter_options=["-i"], input=b"1 / 0\nexit(3)\n")
    assert ended.returncode == 3
    assert b"ZeroDivisionError" in ended.stderr
    assert dumps_in(ended.stderr)[0] == []


def test_a_block_that_an_exception_ends_and_nobody_catches_is_printed(write):
    source = """\
import swifttrace
def fail():
    1 / 0
{}
with swifttrace.trace(2, last=5):
    fail()
"""
    ended = run_python(write("program.py", source.format("x = 1")))
    assert dump_in(ended.stderr)[3:] == (
        AT_EXCEPTION,
        numbered(source.format("x = 1"), 6, 3, 5),
    )
    # By another exception, which the block had nothing to do with.
    source = """\
import swifttrace
try:
    with swifttrace.trace(2, last=5):
        1 / 0
except ZeroDivisionError:
    pass
[].pop()
"""
    ended = run_python(write("program.py", source))
    assert ended.returncode == 1
    assert dumps_in(ended.stderr)[0] == []


def test_a_thread_s_exception_does_not_end_the_program(write):
    source = """\
import threading
def work():
    1 / 0
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
    path = write("program.py", source)
    for ended in (
        run_swifttrace("--last", "5", path),
        run_python(path, env={"SWIFTTRACE": "last=5"}),
    ):
        assert ended.returncode == 0
        assert b"ZeroDivisionError" in ended.stderr
        assert dumps_in(ended.stderr)[0] == []


def test_a_closed_standard_error_keeps_nobody_from_running(write, tmp_path):
    path = write("program.py", FAILING + "\n")
    for options in ([], ["-o", tmp_path / "ring"]):
        ended = run_swifttrace("-xx", "--last", "4", *options, path, preexec_fn=lambda: os.close(2))
        assert (ended.returncode, ended.stdout) == (1, b"")
    assert shown(tmp_path / "ring").lines == last_of(FAILING, 4, *RAN)


# -- dump() ----------------------------------------------------------------------------


def test_dump_prints_the_last_lines_in_the_program_and_after_disable(write):
    source = """\
import swifttrace
swifttrace.enable(2, last=3)
for i in range(3):
    x = i
swifttrace.dump()
swifttrace.disable()
y = 2
swifttrace.dump()
"""
    ended = run_python(write("program.py", source))
    assert ended.returncode == 0
    dumps, rest = dumps_in(ended.stderr)
    assert rest == b""
    assert [dump[1:] for dump in dumps] == [
        (3, 8, "", numbered(source, 4, 3, 5)),
        (3, 9, "", numbered(source, 3, 5, 6)),
    ]


def test_dump_goes_where_fd_says(write, tmp_path):
    source = """\
import os, swifttrace
swifttrace.enable(2, last=3, fd=int(os.environ["NUMBER"]))
x = 1
swifttrace.dump()
1 / 0
"""
    with open(tmp_path / "output", "wb") as output:
        ended = run_python(
            write("program.py", source),
            env={"NUMBER": str(output.fileno())},
            pass_fds=[output.fileno()],
        )
    assert dumps_in(ended.stderr)[0] == []
    dumps, rest = dumps_in((tmp_path / "output").read_bytes())
    assert rest == b""
    assert [dump.lines for dump in dumps] == [numbered(source, 3, 4), numbered(source, 3, 4, 5)]


def test_dump_without_last_raises(write):
    source = """\
import swifttrace
for begin in (lambda: None, swifttrace.enable):
    begin()
    try:
        swifttrace.dump()
    except RuntimeError as error:
        print(error)
"""
    ended = run_python(write("program.py", source))
    assert ended.stdout == b"no lines are kept: enable(last=N) keeps the last N\n" * 2


@pytest.mark.parametrize("broken", ["its reader is gone", "it is full", "it was closed"])
def test_a_dump_that_cannot_be_printed_ends_neither_program_nor_ring(broken, write, tmp_path):
    source = f"""\
import os, swifttrace
if {broken!r} == "its reader is gone":
    reader, fd = os.pipe()
    os.close(reader)
else:
    fd = os.open("/dev/full", os.O_WRONLY)
swifttrace.enable(2, last=2, fd=fd, output=None)
if {broken!r} == "it was closed":
    os.closerange(3, 5000)
swifttrace.dump()
swifttrace.dump()
print(swifttrace.status().enabled)
x = 1
print(swifttrace.status().lines)
"""
    ended = run_python(write("program.py", source))
    assert (ended.returncode, ended.stdout) == (0, b"True\n%d\n" % (7 if "closed" in broken else 6))
    said = {"its reader is gone": b"", "it is full": b"No space left on device\n"}
    reason = said.get(broken, b"Bad file descriptor\n")
    prefix = b"swifttrace: the last lines are not printed: cannot write: "
    assert ended.stderr == (prefix + reason if reason else b"")


def test_a_daemon_s_dump_goes_to_the_standard_error_it_has_now(write, tmp_path):
    """It has closed every descriptor, and opened files of its own under their numbers."""
    source = """\
import os, signal, swifttrace
swifttrace.enable(2, last=2, dump_signal="USR1")
os.closerange(2, 5000)
log = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
assert log == 2
others = [os.open("own", os.O_WRONLY | os.O_CREAT) for _ in range(1500)]
swifttrace.dump()
os.kill(os.getpid(), signal.SIGUSR1)
"""
    ended = run_python(write("program.py", source), cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    dumps, rest = dumps_in((tmp_path / "log").read_bytes())
    assert rest == b""
    assert [dump.lines for dump in dumps] == [numbered(source, 6, 7), numbered(source, 7, 8)]
    assert (tmp_path / "own").read_bytes() == b""


# -- how many --------------------------------------------------------------------------

LOOP = "for i in range(1000):\n    x = i\n1 / 0\n"
LOOP_RAN = [1, 2] * 1000 + [1, 3]


@pytest.mark.parametrize("last", [1, 2, 511, 512, 513, 1024, 2001, 2002, 2003, 4096, 10_000_000])
def test_the_last_n_lines_are_kept_whatever_n_is(last, write):
    ended = run_swifttrace("-xx", "--last", str(last), write("program.py", LOOP))
    dump = dump_in(ended.stderr)
    assert (dump.shown, dump.count) == (min(last, 2002), 2002)
    assert dump.lines == last_of(LOOP, last, *LOOP_RAN)


def test_ten_million_lines_take_memory_only_as_they_come(write):
    source = "import resource\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    path = write("program.py", source)
    small, large = (int(run_swifttrace("--last", last, path).stdout) for last in ("10", "10000000"))
    assert large - small < 4000  # kilobytes


BAD = {
    "0": "last must be from 1 to 10000000, not 0",
    "-1": "last must be from 1 to 10000000, not -1",
    "10000001": "last must be from 1 to 10000000, not 10000001",
    "9" * 40: "last must be from 1 to 10000000, not " + "9" * 40,
    "many": "--last needs a number, not 'many'",
    "": "--last needs a number, not ''",
    "1.5": "--last needs a number, not '1.5'",
}


@pytest.mark.parametrize("last", BAD)
def test_a_bad_number_is_one_line(last, write):
    ended = run_swifttrace(f"--last={last}", write("program.py", "print(1)\n"))
    message = f"swifttrace: {BAD[last]} (try --help)\n"
    assert (ended.returncode, ended.stdout, ended.stderr.decode()) == (2, b"", message)


@pytest.mark.parametrize(
    ("last", "message"),
    [
        (0, "ValueError: last must be from 1 to 10000000, not 0"),
        (True, "TypeError: last must be a number of lines, not True"),
        ("5", "TypeError: last must be a number of lines, not '5'"),
        (2.0, "TypeError: last must be a number of lines, not 2.0"),
        (2**70, f"ValueError: last must be from 1 to 10000000, not {2**70}"),
    ],
)
def test_a_bad_number_raises_and_nothing_is_traced(last, message, write):
    source = f"""\
import swifttrace
for use in (swifttrace.enable, swifttrace.trace):
    try:
        use(last={last!r})
    except (TypeError, ValueError) as error:
        print(f"{{type(error).__name__}}: {{error}}")
print(swifttrace.status().enabled)
"""
    ended = run_python(write("program.py", source))
    assert ended.stdout.decode() == f"{message}\n{message}\nFalse\n"


# -- levels and tags -------------------------------------------------------------------


@pytest.mark.parametrize("level", ["-x", "-xx", "-xxx"])
def test_kept_lines_look_like_those_that_are_printed_at_once(level, write, tmp_path):
    path = write("program.py", FAILING)
    options = (level, "--exclude=*/traceback.py", "--scope=script")
    run_swifttrace(*options, "-o", tmp_path / "trace", path)
    ended = run_swifttrace(*options, "--last", "4", path)
    printed = (tmp_path / "trace").read_bytes().splitlines(keepends=True)
    assert dump_in(ended.stderr).lines == b"".join(
        [line for line in printed if line.startswith(b"+")][-4:]
    )


def test_the_tags_of_show_are_kept(write):
    source = """\
import asyncio, os
print(os.getpid())
async def work():
    await asyncio.sleep(0)
    swifttrace.dump()
async def main():
    await asyncio.create_task(work(), name="fetch")
import swifttrace
asyncio.run(main())
"""
    path = write("program.py", source)
    ended = run_swifttrace("-xx", "--show=pid,thread,task", "--last", "2", path)
    tag = b"+ {%d MainThread fetch} " % int(ended.stdout)
    wanted = numbered(source, 4, 5).replace(b"+ ", tag)
    assert dump_in(ended.stderr).lines == wanted


def test_each_kept_line_says_which_thread_it_is_of(write):
    source = """\
import threading
def work():
    x = 1
for number in range(3):
    thread = threading.Thread(target=work, name=f"worker {number}")
    thread.start()
    thread.join()
1 / 0
"""
    dump = dump_in(run_swifttrace("-x", "--last", "100", write("program.py", source)).stderr)
    lines = dump.lines.decode().splitlines()
    # Until there is a second one, no line says which.
    assert lines[:5] == ["+ " + line for line in source.splitlines()[:2]] + [
        "+ " + line for line in source.splitlines()[3:6]
    ]
    for number in range(3):
        assert f"+ {{worker {number}}}     x = 1" in lines
    assert lines[-1] == "+ {MainThread} 1 / 0"


def test_lines_of_more_threads_than_there_is_room_for_are_kept_and_say_no_wrong_name(write):
    """At a time there is room for the names of 255."""
    source = """\
import threading
def work(number):
    gate.wait()
    me = number
    done.wait()
gate, done = threading.Barrier(301), threading.Barrier(301)
threads = [threading.Thread(target=work, args=(n,), name=f"w{n}") for n in range(300)]
for thread in threads: thread.start()
gate.wait()
done.wait()
for thread in threads: thread.join()
import swifttrace
swifttrace.dump()
"""
    path = write(
        "program.py", source.replace("me = number", "exec(f'me = {number}', globals(), {})")
    )
    ended = run_swifttrace("-x", "--last", "5000", path)
    lines = dump_in(ended.stderr).lines.decode().splitlines()
    tagged = [line for line in lines if "exec(" in line]
    assert len(tagged) == 300
    names = [line.partition("{")[2].partition("}")[0] for line in tagged]
    named = [name for name in names if name != "?"]
    assert len(set(named)) == len(named) > 200
    assert "?" in names


def test_the_names_of_many_threads_one_after_the_other_take_no_more_room(write):
    source = """\
import resource, threading
def work():
    x = 1
def run(first, end):
    for number in range(first, end):
        thread = threading.Thread(target=work, name=f"worker {number} " + "n" * 200)
        thread.start()
        thread.join()
run(0, 2000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
run(2000, 8000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
import swifttrace
swifttrace.dump()
"""
    ended = run_swifttrace("-x", "--last", "20", write("program.py", source))
    assert int(ended.stdout) < 1500  # kilobytes: 6,000 names would take as many
    assert b"+ {worker 7999 " in dump_in(ended.stderr).lines


# -- several traces --------------------------------------------------------------------


def test_enabled_again_with_another_number_the_ring_is_another(write):
    source = """\
import swifttrace
swifttrace.enable(2, last=2)
a = 1
b = 2
swifttrace.enable(2, last=5)
c = 3
swifttrace.dump()
swifttrace.enable(2, last=1)
swifttrace.dump()
swifttrace.enable(2)
d = 4
swifttrace.dump()
"""
    dumps, rest = dumps_in(run_python(write("program.py", source)).stderr)
    assert [dump[1:3] for dump in dumps] == [(2, 2), (1, 1), (1, 2)]
    # The last trace prints its lines at once: they stand behind the dump before them.
    assert [dump.lines for dump in dumps] == [
        numbered(source, 6, 7),
        numbered(source, 9) + numbered(source, 11, 12),
        numbered(source, 10),
    ]
    assert rest == b""


def test_blocks_that_keep_lines_and_blocks_that_print_them(write, tmp_path):
    source = """\
import swifttrace
kept, printed = swifttrace.trace(2, last=3), swifttrace.trace(2, output="printed")
def work(n):
    return n + 1
for turn in range(50):
    with kept:
        work(1)
        with printed:
            work(2)
        work(3)
    work(4)
swifttrace.dump()
"""
    ended = run_python(write("program.py", source), cwd=tmp_path)
    assert ended.returncode == 0
    assert dump_in(ended.stderr)[1:] == (
        3,
        50 * 6,
        "",
        numbered(source, 10, 4, 6),
    )
    printed = (tmp_path / "printed").read_bytes()
    lines = [line for line in printed.splitlines(keepends=True) if line.startswith(b"+")]
    assert b"".join(lines) == numbered(source, 9, 4, 8) * 50


def test_a_decorated_function_keeps_the_lines_of_all_its_calls(write):
    source = """\
import swifttrace
@swifttrace.trace(2, last=4)
def work(n):
    x = n
    return x
for n in range(1000):
    work(n)
swifttrace.dump()
@swifttrace.trace(2, last=3)
def steps():
    yield 1
    yield 2
list(steps())
swifttrace.dump()
"""
    dumps, rest = dumps_in(run_python(write("program.py", source)).stderr)
    assert rest == b""
    assert [dump[1:] for dump in dumps] == [
        (4, 2000, "", numbered(source, 4, 5, 4, 5)),
        (2, 2, "", numbered(source, 11, 12)),
    ]


def test_status_says_how_many_lines_were_recorded(write):
    source = """\
import swifttrace
swifttrace.enable(last=2)
for i in range(10): pass
status = swifttrace.status()
print(status.enabled, status.lines, status.output)
"""
    ended = run_python(write("program.py", source))
    assert ended.stdout in (b"True 12 stderr\n", b"True 13 stderr\n"), ended


# -- the program's memory --------------------------------------------------------------

MANY = """\
import resource
def run(first, end):
    for number in range(first, end):
        exec(compile(f"x = {number}", f"<made {number}>", "exec"), {})
run(0, 50_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
run(50_000, 200_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("storage", ["memory", "a file"])
def test_a_program_that_makes_code_all_the_time_does_not_grow(storage, write, tmp_path):
    options = ["-o", tmp_path / "ring"] if storage == "a file" else []
    path = write("program.py", MANY)
    ended = run_swifttrace(
        "-xxx", "--include=<made*", "--scope=script", "--last", "1000", *options, path
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert int(ended.stdout) < 1500, "kilobytes"
    if options:
        assert (tmp_path / "ring").stat().st_size < 3_000_000
        assert b"<made 199999>:1     ] <no source>" in shown(tmp_path / "ring").lines


def test_a_child_by_the_environment_prints_its_own_lines(write):
    child = write("child.py", "y = 1\n[].pop()\n")
    source = f"""\
import subprocess, sys
print(subprocess.run([sys.executable, {str(child)!r}]).returncode)
1 / 0
"""
    ended = run_swifttrace("-xx", "--last", "2", write("program.py", source))
    assert ended.stdout == b"1\n"
    of_child, of_parent = dumps_in(ended.stderr)[0]
    assert of_child[3:] == (AT_EXCEPTION, b"++ [     1] y = 1\n++ [     2] [].pop()\n")
    assert of_parent[3:] == (AT_EXCEPTION, numbered(source, 2, 3))
    assert of_child.process != of_parent.process


def test_a_reader_that_has_gone_changes_nothing(write):
    path = write("program.py", FAILING)
    command = [sys.executable, "-m", "swifttrace", "-xx", "--last", "4", path]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as running:
        running.stderr.close()
    assert running.returncode == 1


def test_an_audit_hook_between_a_ring_and_a_file_ends_nothing(write, tmp_path):
    """Its lines come while one trace makes way for the next."""
    source = """\
import sys, swifttrace
def hook(event, arguments):
    n = 0
    for i in range(3):
        n += i
hook.__cantrace__ = True
sys.addaudithook(hook)
swifttrace.enable(2, last=100)
hook("x", ())
for _ in range(3):
    with swifttrace.trace(2, output="log"):
        hook("x", ())
print("done")
"""
    ended = run_python(write("program.py", source), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"done\n"), ended.stderr
    assert (tmp_path / "log").read_bytes().count(b"for i in range(3)") >= 4


@pytest.mark.parametrize("last", [512, 1024])
def test_a_signal_has_as_many_lines_printed_as_were_asked_for(last, write):
    source = "import os, signal\nfor i in range(5000):\n    x = i\nos.kill(os.getpid(), 10)\n"
    ended = run_swifttrace(
        "-xx", "--last", str(last), "--dump-signal", "USR1", write("program.py", source)
    )
    assert len(dump_in(ended.stderr).numbers) == last
