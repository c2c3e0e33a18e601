"""Child processes that run Python are traced too, by their environment."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from conftest import clean_environment, run_python, run_swifttrace
from launching import start_swifttrace


def lines_of(ended):
    """The trace on standard error, the pids as N."""
    text = ended.stderr.decode()
    return [re.sub(r"\{\d+", "{N", line) for line in text.splitlines() if line.startswith("+")]


STARTS = {
    "subprocess": "subprocess.run([sys.executable, '-c', 'child = 1'])",
    "shell": "subprocess.run(['sh', '-c', sys.executable + ' -c \"child = 1\"'])",
    "os.system": "os.system(sys.executable + ' -c \"child = 1\"')",
    "spawnv": "os.spawnv(os.P_WAIT, sys.executable, [sys.executable, '-c', 'child = 1'])",
    "posix_spawn": "os.waitpid(os.posix_spawn(sys.executable, "
    "[sys.executable, '-c', 'child = 1'], os.environ), 0)",
    "execv": "os.execv(sys.executable, [sys.executable, '-c', 'child = 1'])",
    "execve": "os.execve(sys.executable, [sys.executable, '-c', 'child = 1'], os.environ)",
}


@pytest.mark.parametrize("way", STARTS)
def test_children_are_traced_one_cross_deeper(way, write):
    script = write("script.py", f"import os, subprocess, sys\n{STARTS[way]}\n")
    ended = run_swifttrace("-x", script)
    assert ended.returncode == 0
    # A program that replaces ours is the same process.
    child = "+ child = 1" if way.startswith("exec") else "++ {N} child = 1"
    assert lines_of(ended) == ["+ import os, subprocess, sys", f"+ {STARTS[way]}", child]


def test_a_program_that_replaces_ours_goes_on_with_its_file(write, tmp_path):
    script = f"import os, sys\n{STARTS['execv']}\n"
    ended = run_swifttrace(
        "-x", "--no-banner", "-o", "t.log", write("script.py", script), cwd=tmp_path
    )
    assert ended.returncode == 0
    lines = (tmp_path / "t.log").read_text().splitlines()
    assert lines == ["+ import os, sys", f"+ {STARTS['execv']}", "+ child = 1"]


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_multiprocessing_s_workers_are_traced(method, write):
    script = f"""\
import multiprocessing
def work(n):
    result = n + 1
    return result
if __name__ == "__main__":
    context = multiprocessing.get_context("{method}")
    with context.Pool(1) as pool:
        print(pool.map(work, [1]))
"""
    ended = run_swifttrace("-x", write("script.py", script))
    assert ended.stdout == b"[2]\n"
    assert [line for line in lines_of(ended) if re.match(r"\++ \{N\}     result = n", line)]


def test_a_process_pool_is_traced(write):
    script = """\
from concurrent.futures import ProcessPoolExecutor
def work(n):
    result = n + 1
    return result
if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        print(*pool.map(work, range(4)))
"""
    ended = run_swifttrace("-x", write("script.py", script), env={"PYTHONWARNINGS": "ignore"})
    assert ended.stdout == b"1 2 3 4\n"
    found = [line for line in lines_of(ended) if line.endswith("    result = n + 1")]
    assert len(found) == 4


OWN_ENVIRONMENTS = {
    "{}": [],
    "{**os.environ, 'SWIFTTRACE': '2'}": ["+ [     1] child = 1"],
    "{k: v for k, v in os.environ.items() if k != 'SWIFTTRACE'}": [],
    "{**os.environ, 'OWN': '1'}": ["++ {N} child = 1"],
}


@pytest.mark.parametrize("environment", OWN_ENVIRONMENTS)
def test_a_child_with_an_environment_of_its_own_is_followed_by_what_is_in_it(environment, write):
    for way in (
        "subprocess.run(ARGUMENTS, env=ENVIRONMENT)",
        "os.spawnve(os.P_WAIT, sys.executable, ARGUMENTS, ENVIRONMENT)",
        "os.waitpid(os.posix_spawn(sys.executable, ARGUMENTS, ENVIRONMENT), 0)",
        "os.execve(sys.executable, ARGUMENTS, ENVIRONMENT)",
    ):
        source = (
            "import os, subprocess, sys\nARGUMENTS = [sys.executable, '-c', 'child = 1']\n"
            f"ENVIRONMENT = dict(\n{environment})\n{way}\n"
        )
        ended = run_swifttrace("-x", write("script.py", source))
        assert ended.returncode == 0
        expected = OWN_ENVIRONMENTS[environment]
        if "execve" in way:
            expected = [line.replace("++ {N}", "+") for line in expected]
        assert [line for line in lines_of(ended) if line.endswith("child = 1")] == expected


def test_grandchildren_are_two_crosses_deeper(write):
    grandchild = write("grandchild.py", "x = 2\n")
    child = write("child.py", f"import os, sys\nos.system(f'{{sys.executable}} {grandchild}')\n")
    script = write("script.py", f"import os, sys\nos.system(f'{{sys.executable}} {child}')\n")
    found = lines_of(run_swifttrace("-x", script))
    assert [line for line in found if line.startswith("++")] == [
        "++ {N} import os, sys",
        f"++ {{N}} os.system(f'{{sys.executable}} {grandchild}')",
        "+++ {N} x = 2",
    ]


PARENT = """\
import os, sys
before = 1
os.system("true")
between = 1
os.system(f"{sys.executable} -c 'child = 1'")
after = 1
"""


def test_the_parent_says_its_pid_once_a_python_child_was_there(write):
    script = write("script.py", PARENT)
    found = lines_of(run_swifttrace("-x", script))
    lines = PARENT.splitlines()
    expected = [f"+ {line}" for line in lines[:5]]
    assert found == [*expected, "++ {N} child = 1", f"+ {{N}} {lines[5]}"]
    # Each writes a file of its own, whose name says whose it is.
    ended = run_swifttrace("-x", "--no-banner", "-o", "t.log", script, cwd=script.parent)
    assert ended.returncode == 0
    assert (script.parent / "t.log").read_text().splitlines() == [f"+ {line}" for line in lines]


def test_a_child_far_below_is_heard_of_too(write):
    grandchild = write("grandchild.py", "x = 2\n")
    code = f"import os, sys; os.system(sys.executable + ' {grandchild}')"
    # In between there is a Python that is not traced.
    command = f'{sys.executable} -I -c "{code}"'
    script = write("script.py", f"import os\nos.system({command!r})\nx = 1\n")
    found = lines_of(run_swifttrace("-x", script))
    assert found[2:] == ["++ {N} x = 2", "+ {N} x = 1"]


def test_a_doorbell_that_is_none_is_left_alone(write, tmp_path):
    file = write("file", "precious")
    for bell in (file, tmp_path / "none", "/proc/1/fd/0"):
        ended = run_python("-c", "x = 1", env={"SWIFTTRACE": f"level=1,bell={bell}"})
        assert ended.stderr == b"+ x = 1\n"
    assert file.read_text() == "precious"


def test_settings_reach_the_children(write, tmp_path):
    write("package/module.py", "def f():\n    return 'in, scope'\nf()\n")
    child = write("child.py", "import package.module\n")
    code = f"import os, sys; os.system(sys.executable + ' {child}')"
    ended = run_swifttrace(
        "-xx", "--include", "package/*", "--exclude", "child.py", "-c", code, cwd=tmp_path
    )
    assert [line for line in lines_of(ended) if line.startswith("++")] == [
        "++ {N} [     1] def f():",
        "++ {N} [     3] f()",
        "++ {N} [     2]     return 'in, scope'",
    ]


def test_children_write_files_of_their_own(write, tmp_path):
    write("sub/x", "")
    script = write(
        "script.py",
        "import os, sys\nos.chdir('sub')\nos.system(sys.executable + ' -c \"child = 1\"')\n",
    )
    run_swifttrace("-x", "--no-banner", "-o", "t,1.log", script, cwd=tmp_path)
    own, child = sorted(tmp_path.glob("t,1.log*"))
    assert own.read_text().splitlines()[0] == "+ import os, sys"
    assert child.read_text() == "++ child = 1\n"


PIPED = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'child = 1'])\n"


def test_children_write_to_the_fifo_that_their_parent_writes_to(write, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with subprocess.Popen(["cat", tmp_path / "fifo"], stdout=subprocess.PIPE) as reader:
        ended = run_swifttrace("-x", "-o", "fifo", write("script.py", PIPED), cwd=tmp_path)
        trace = reader.communicate(timeout=30)[0].decode()
    assert (ended.returncode, ended.stderr) == (0, b"")
    lines = re.sub(r"\{\d+", "{N", trace).splitlines()
    assert [line for line in lines if line.startswith("+")] == [
        *(f"+ {line}" for line in PIPED.splitlines()),
        "++ {N} child = 1",
    ]
    assert sorted(os.listdir(tmp_path)) == ["fifo", "script.py"]


def test_a_fifo_whose_reader_has_gone_keeps_no_child_waiting(write, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    script = write("script.py", f"input()\n{PIPED}")
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with start_swifttrace("-x", "-o", "fifo", script, cwd=tmp_path, **pipes) as running:
        subprocess.run(["head", "-n", "1", tmp_path / "fifo"], check=True, timeout=30)
        stderr = running.communicate(b"\n", timeout=30)[1]
    assert running.returncode == 0
    assert stderr.startswith(b"swifttrace: SWIFTTRACE: [Errno 6] ")
    assert stderr.count(b"\n") == 1


def test_a_descriptor_reaches_python_children_and_only_them(write, tmp_path):
    script = write(
        "script.py",
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'child = 1'])\n"
        "subprocess.run(['sh', '-c', 'ls -l /proc/self/fd'], close_fds=False)\n",
    )
    with open(tmp_path / "trace", "ab") as file:
        number = file.fileno()
        ended = run_swifttrace("-x", "--no-banner", "--fd", str(number), script, pass_fds=[number])
    trace = re.sub(r"\{\d+", "{N", (tmp_path / "trace").read_text()).splitlines()
    assert "++ {N} child = 1" in trace
    assert len(trace) == 4
    assert str(tmp_path / "trace").encode() not in ended.stdout


def test_a_daemon_that_outlives_us_does_not_hold_the_trace_open(write, tmp_path):
    script = write(
        "script.py",
        "import subprocess, sys\n"
        "subprocess.Popen(['sleep', '30'], stdin=subprocess.DEVNULL, "
        "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "print(subprocess.Popen, file=sys.stdout)\n",
    )
    reader, writer = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-m", "swifttrace", "-x", "--fd", str(writer), script],
        pass_fds=[writer],
        stdout=subprocess.DEVNULL,
        env=clean_environment(),
    ) as process:
        os.close(writer)
        # Ends with the last writer: a daemon with our descriptor would keep it open.
        with open(reader, "rb") as pipe:
            trace = pipe.read()
        assert process.wait() == 0
    assert trace.count(b"\n") == 3


def test_no_follow_leaves_children_alone(write):
    code = "import os, sys; os.system(sys.executable + ' -c \"child = 1\"')"
    ended = run_swifttrace("-x", "--no-follow", "-c", code)
    assert lines_of(ended) == [f"+ {code}"]


def test_follow_no_in_the_environment_leaves_children_alone(write):
    code = "import os, sys; os.system(sys.executable + ' -c \"child = 1\"')"
    ended = run_python("-c", code, env={"SWIFTTRACE": "level=1,follow=no"})
    assert lines_of(ended) == [f"+ {code}"]


def test_enable_follows_where_it_is_asked_to(write):
    script = """\
import os, sys, swifttrace
def child(): os.system(sys.executable + ' -c "child = 1"')
swifttrace.enable()
child()
swifttrace.enable(follow=True)
child()
swifttrace.disable()
child()
print("SWIFTTRACE" in os.environ)
"""
    ended = run_python(write("script.py", script))
    assert lines_of(ended).count("++ {N} child = 1") == 1
    assert ended.stdout == b"False\n"


@pytest.mark.parametrize("value", ["2", "level=2", "level=2,scope=script"])
def test_the_environment_alone_starts_a_trace(value, write):
    ended = run_python(write("script.py", "x = 1\ny = 2\n"), env={"SWIFTTRACE": value})
    assert ended.stderr == b"+ [     1] x = 1\n+ [     2] y = 2\n"


def test_a_module_and_a_command_are_the_script_too(write, tmp_path):
    write("module.py", "x = 1\n")
    one = run_python("-m", "module", env={"SWIFTTRACE": "1"}, cwd=tmp_path)
    two = run_python("-c", "y = 'ü'\nexec('z = 1')", env={"SWIFTTRACE": "1"})
    assert one.stderr == b"+ x = 1\n"
    assert two.stderr == "+ y = 'ü'\n+ exec('z = 1')\n".encode()


FIELDS = (
    "level, scope, include, exclude, output, append, fd, last, dump_signal, show, time, "
    "format, paths, statements, values, values_width, show_secrets, calls, depth, record, max_size, "
    "max_age, keep, fold, on, who, unpaired, exceptions, lines, json, verbose, color, wrap, cut, banner, debug, debug_log, follow"
)
BAD = {
    "7": "level must be 1, 2 or 3, not 7",
    "level=\u0662": "level needs a number, not '\u0662'",
    "level=two": "level needs a number, not 'two'",
    "scope=here": "scope must be script, project or all, not 'here'",
    "colour=red": f"unknown field 'colour=red'; the fields are {FIELDS}",
    "import os": f"unknown field 'import os'; the fields are {FIELDS}",
    "banner=1": "banner must be yes or no, not '1'",
    "nesting=1000": "nesting must be from 1 to 1000, not 1001",
    "follow=1": "follow must be yes or no, not '1'",
    "last=all": "last needs a number, not 'all'",
    "last=0": "last must be from 1 to 10000000, not 0",
    "last=5,dump_signal=KILL": "dump_signal must be the name of a signal that can be caught, not 'KILL'",
    "dump_signal=USR1": "dump_signal needs last",
    "show=time": "show must be one or more of pid, thread, task, depth, module, function, not 'time'",
    "fd=97": "[Errno 9] Bad file descriptor: '97'",
    "fd=one": "fd needs a number, not 'one'",
    "fd=/dev/null": "fd needs a descriptor's number, not '/dev/null'",
    "fd=/proc/1/fd/9999:0:0": "cannot open the trace's descriptor: [Errno 2] No such file or "
    "directory: '/proc/1/fd/9999'",
    "fd=/dev/null:0:0": "cannot open the trace's descriptor: [Errno 116] It is another file by "
    "now: '/dev/null'",
    "output=/nowhere/at/all": "[Errno 2] No such file or directory: '/nowhere/at/all'",
}


@pytest.mark.parametrize("value", BAD)
def test_a_bad_value_is_one_line_and_the_program_runs_untraced(value, write):
    ended = run_python("-c", "print(1)", env={"SWIFTTRACE": value})
    assert (ended.returncode, ended.stdout) == (0, b"1\n")
    assert ended.stderr.decode() == f"swifttrace: SWIFTTRACE: {BAD[value]}\n"


@pytest.mark.parametrize("option", ["-E", "-I", "-S"])
def test_an_interpreter_that_ignores_the_environment_is_not_traced(option, write):
    ended = run_python("-c", "x = 1", env={"SWIFTTRACE": "1"}, interpreter_options=[option])
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_child_without_swifttrace_runs_untraced(write, tmp_path):
    code = "import os, sys; os.system(sys.executable + ' -S -c \"print(1)\"')"
    ended = run_swifttrace("-x", "-c", code)
    assert ended.stdout == b"1\n"
    assert lines_of(ended) == [f"+ {code}"]


ALONE = {
    "level=2,calls": "level=2,calls=yes",
    "2,calls": "level=2,calls=yes",
    "calls,2": "level=2,calls=yes",
    "level=2,only-calls": "level=2,calls=only",
    "level=2,values,show-secrets": "level=2,values=yes,show_secrets=yes",
    "level=2,no-follow,banner": "level=2,follow=no,banner=yes",
    "level=2,no_banner,show-secrets=no": "level=2,banner=no",
    "level=2,last=3,dump-signal=USR1": "level=2,last=3,dump_signal=USR1",
    "level=2,cut": "level=2,cut=yes",
}


@pytest.mark.parametrize("value", ALONE)
def test_a_name_alone_is_yes_and_may_have_hyphens(value, write, tmp_path):
    source = """\
import os, re, signal, subprocess, sys
def f(password): return len(password)
f("abc")
if "last" in os.environ.get("SWIFTTRACE", ""): os.kill(os.getpid(), signal.SIGUSR1)
subprocess.run([sys.executable, "-c", "child = 1"])
"""
    program = write("program.py", source)
    texts = []
    for written in (value, ALONE[value]):
        ended = run_python(program, env={"SWIFTTRACE": written})
        assert (ended.returncode, ended.stdout) == (0, b"")
        text = re.sub(rb"since [^:]*:\d\d:\d\d|0x[0-9a-f]+|\b\d{2,}\b", b"N", ended.stderr)
        texts.append(b"".join(sorted(text.splitlines(keepends=True))))
    assert texts[0] == texts[1]
    assert texts[0] != b""


@pytest.mark.parametrize("name", ["level", "output", "scope", "depth", "dump-signal", "fd"])
def test_one_that_has_no_yes_needs_a_value(name):
    ended = run_python("-c", "print(1)", env={"SWIFTTRACE": name})
    assert (ended.returncode, ended.stdout) == (0, b"1\n")
    said = f"swifttrace: SWIFTTRACE: {name.replace('-', '_')} needs a value\n"
    assert ended.stderr.decode() == said
