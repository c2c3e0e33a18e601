"""Processes that have one pid: in pid namespaces, and one after the other."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from conftest import TIMEOUT, clean_environment, run_python, run_swifttrace
from rings import shown

pytestmark = pytest.mark.slow

UNSHARE = ("unshare", "-p", "-f", "--mount-proc")
WAYS = {
    "-o": (["-o", "t.log"], "t.log.1"),
    "%p": (["-o", "t-%p.log"], "t-1.log"),
    "--last": (["--last", "100000", "-o", "t.log"], "t.log.1"),
    "-d": (["-d", "-o", "t.log"], "swifttrace.1.log"),
}


@pytest.fixture(scope="module", autouse=True)
def namespaces():
    """A pid namespace takes root, or a kernel that lets users have one."""
    try:
        ended = subprocess.run(
            [*UNSHARE, "true"], capture_output=True, timeout=TIMEOUT, check=False
        )
    except OSError as error:
        pytest.skip(f"there is no unshare here: {error}")
    if ended.returncode:
        pytest.skip(f"no pid namespace can be had here: {ended.stderr.decode()}")


def run_in_namespace(*arguments, cwd, env=None):
    return subprocess.run(
        [*UNSHARE, sys.executable, *arguments],
        cwd=cwd,
        env=clean_environment(**(env or {})),
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )


def traced(path):
    if path.read_bytes().startswith(b"swifttrace-ring"):
        return shown(path).lines.decode()
    return path.read_text()


def files(tmp_path, first):
    """Return what the files of the processes with pid 1 have."""
    head, tail = first.split("1", 1)
    pattern = re.compile(rf"{re.escape(head)}1(\.\d+)?{re.escape(tail)}")
    return [traced(path) for path in tmp_path.iterdir() if pattern.fullmatch(path.name)]


AT_ONCE = f"""\
import subprocess, sys
kid = "import time\\nfor i in range(300):\\n    x = NAME\\ntime.sleep(0.2)\\n"
command = [*{UNSHARE!r}, sys.executable, "-c"]
kids = [subprocess.Popen([*command, kid.replace("NAME", str(k))]) for k in range(4)]
for each in kids: each.wait()
"""
IN_TURN = f"""\
import subprocess, sys
for k in range(4):
    subprocess.run([*{UNSHARE!r}, sys.executable, "-c", f"x = {{k}}"])
"""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("program", ["at once", "in turn"])
def test_each_child_with_pid_1_has_a_file_of_its_own(program, way, write, tmp_path):
    options, first = WAYS[way]
    source = {"at once": AT_ONCE, "in turn": IN_TURN}[program]
    ended = run_swifttrace("-xx", *options, write("program.py", source), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"")
    found = files(tmp_path, first)
    assert len(found) == 4
    if way == "-d":
        assert all(text.count("command line:") == 1 for text in found)
        return
    rounds = 300 if program == "at once" else 1
    for k in range(4):
        (text,) = (text for text in found if f"x = {k}\n" in text)
        assert text.count(f" x = {k}\n") == rounds
        assert not any(f" x = {other}\n" in text for other in range(4) if other != k)
        assert "\0" not in text


@pytest.mark.parametrize("way", ["-o", "%p", "--last"])
def test_a_fork_with_its_parent_s_pid_has_a_file_of_its_own(way, write, tmp_path):
    """The first process of a namespace has a child that is the first one of its own."""
    options, _ = WAYS[way]
    source = """\
import ctypes, os
if ctypes.CDLL(None).unshare(0x20000000) == 0 and os.fork() == 0:
    child = os.getpid()
    os._exit(0)
os.wait()
"""
    program = ["-m", "swifttrace", "-xx", *options, write("program.py", source)]
    ended = run_in_namespace(*program, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    found = [traced(path) for path in tmp_path.iterdir() if path.suffix != ".py"]
    (parent,) = (text for text in found if "+ [     1] import ctypes" in text)
    (child,) = (text for text in found if "++ [     3]     child = os.getpid()" in text)
    assert "child = os.getpid()" not in parent
    assert parent.count("os.wait()") == 1
    assert len(found) == 2
    assert child != parent


def test_a_child_with_its_parent_s_pid_does_not_pass_for_it(write, tmp_path):
    """SWIFTTRACE tells a process after `exec` which file was its own."""
    source = f"""\
import subprocess, sys
subprocess.run([*{UNSHARE!r}, sys.executable, "-c", "child = 1"])
parent = 2
"""
    program = ["-m", "swifttrace", "-xx", "-o", "t.log", write("program.py", source)]
    ended = run_in_namespace(*program, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert (tmp_path / "t.log").read_text().count("parent = 2") == 1
    assert "child = 1\n" not in (tmp_path / "t.log").read_text().replace('"child = 1"', "")
    assert (tmp_path / "t.log.1").read_text().count("++ [     1] child = 1\n") == 1


def test_what_goes_on_after_exec_is_its_own_file(write, tmp_path):
    """Also where that is the second one of its name."""
    inner = (
        "import os, sys; before = 1; os.execv(sys.executable, [sys.executable, '-c', 'after = 2'])"
    )
    source = f"""\
import subprocess, sys
for k in range(2):
    subprocess.run([*{UNSHARE!r}, sys.executable, "-c", {inner!r}])
"""
    ended = run_swifttrace("-xx", "-o", "t.log", write("program.py", source), cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    found = files(tmp_path, "t.log.1")
    assert len(found) == 2
    assert all(text.count("++ [     1] after = 2\n") == 1 for text in found)
    assert all(text.count("before = 1;") == 2 for text in found)  # the start line, and the line


def test_a_forked_child_s_own_file_goes_on_after_exec(write, tmp_path):
    source = """\
import os, sys
if (child := os.fork()) == 0:
    before = 1
    os.execv(sys.executable, [sys.executable, "-c", "after = 2"])
os.waitpid(child, 0)
print(child)
"""
    ended = run_swifttrace("-xx", "-o", "t.log", write("program.py", source), cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    text = (tmp_path / f"t.log.{int(ended.stdout)}").read_text()
    assert text.index("    before = 1\n") < text.index("++ [     1] after = 2\n")
    assert len(list(tmp_path.glob("t.log*"))) == 2


def test_runs_in_turn_do_not_mix_with_each_other(write, tmp_path):
    """As a container's that is started again."""
    source = (
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', f'run = {sys.argv[1]}'])\n"
    )
    path = write("program.py", source)
    for run in range(3):
        ended = run_in_namespace(
            *("-m", "swifttrace", "-xx", "-o", "t.log", path, str(run)), cwd=tmp_path
        )
        assert (ended.returncode, ended.stderr) == (0, b"")
        texts = [file.read_text() for file in tmp_path.glob("t.log*")]
        assert len(texts) == 2
        assert [text.count(f"++ [     1] run = {run}\n") for text in sorted(texts)].count(1) == 1
        assert not any(f"run = {before}\n" in text for text in texts for before in range(run))


def test_a_file_that_is_named_after_a_process_is_not_emptied_by_another(tmp_path):
    for run in range(3):
        ended = run_in_namespace(
            "-c", f"run = {run}", cwd=tmp_path, env={"SWIFTTRACE": "level=2,output=t-%p.log"}
        )
        assert (ended.returncode, ended.stderr) == (0, b"")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["t-1.2.log", "t-1.3.log", "t-1.log"]
    for run, name in enumerate(["t-1.log", "t-1.2.log", "t-1.3.log"]):
        assert (tmp_path / name).read_text().count(f"+ [     1] run = {run}\n") == 1


def test_containers_that_share_a_directory_do_not_write_one_file(tmp_path):
    """Each begins a run of its own, and all of them at once."""
    code = "import time\nfor i in range(500):\n    x = RUN\ntime.sleep(0.5)\n"
    environment = clean_environment(SWIFTTRACE="level=2,output=t.log")
    commands = [[*UNSHARE, sys.executable, "-c", code.replace("RUN", str(run))] for run in range(3)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    processes = [
        subprocess.Popen(command, cwd=tmp_path, env=environment, **pipes) for command in commands
    ]
    said = b"".join(process.communicate(timeout=TIMEOUT)[1] for process in processes)
    texts = [path.read_text() for path in tmp_path.iterdir()]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t.log", "t.log.1", "t.log.1.2"]
    for run in range(3):
        assert sorted(text.count(f"+ [     3]     x = {run}\n") for text in texts) == [0, 0, 500]
    assert said.count(b"swifttrace: ") == said.count(b"is written by another process") == 2


def test_pytest_s_workers_with_one_name_do_not_write_one_file(write, tmp_path):
    pytest.importorskip("xdist")
    write("test_one.py", "import time\ndef test_one():\n    x = 1\n    time.sleep(0.5)\n")
    options = ["-p", "no:cacheprovider", "-n1", "--swifttrace=2", "--swifttrace-output=log"]
    command = [sys.executable, "-m", "pytest", *options]
    runs = [
        subprocess.Popen(command, cwd=tmp_path, env=clean_environment(), stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [(run.communicate(timeout=TIMEOUT), run.returncode)[1] for run in runs] == [0, 0]
    found = [path.read_text() for path in tmp_path.glob("log.gw0*")]
    assert [text.count("    x = 1\n") for text in found] == [1, 1]


def test_status_and_run_python_do_not_need_proc(tmp_path):
    """Without `/proc` a process is known by its pid alone."""
    ended = run_python("-c", "import swifttrace.swifttrace as n; print(n.process_identity())")
    pid, start, namespace, boot = ended.stdout.decode().strip().split("-")
    assert pid.isdecimal()
    assert start.isdecimal()
    assert namespace.isdecimal()
    assert re.fullmatch("[0-9a-f]{32}|", boot)
