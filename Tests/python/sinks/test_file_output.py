"""A trace in a file: complete, and what becomes of it where it cannot be written."""

from __future__ import annotations

import os

import pytest
from conftest import run_python, run_swifttrace
from launching import numbered, run_alike

LOOP = "for i in range(5000):\n    x = i\n"

ENDINGS = {
    "its end": ("", 0),
    "sys.exit": ("import sys\nsys.exit(3)\n", 3),
    "an exception": ("1 / 0\n", 1),
    "Ctrl-C": ("raise KeyboardInterrupt\n", -2),
    "a signal": ("import os\nos.kill(os.getpid(), 15)\n", -15),
    "os._exit": ("import os\nos._exit(4)\n", 4),
    "exec": ("import os, sys\nos.execv(sys.executable, [sys.executable, '-S', '-c', ''])\n", 0),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_has_every_line_however_the_program_ends(ending, write, tmp_path):
    text, status = ENDINGS[ending]
    source = LOOP + text
    write("program.py", source)
    ended = run_alike(tmp_path, "program.py")
    assert ended.returncode == status
    loop = numbered(source, *[1, 2] * 5000, 1)
    tail = numbered(source, *range(3, 3 + text.count("\n"))) if text else b""
    assert ended.trace.rstrip(b" \n") == (loop + tail).rstrip(b"\n")


def test_a_file_is_emptied_first_and_keeps_its_mode(write, tmp_path):
    write("program.py", "x = 1\n")
    old = write("old", "what was there before\n" * 100)
    old.chmod(0o644)
    (tmp_path / "link").symlink_to("old")
    for output in (old, tmp_path / "link", "new"):
        run_swifttrace("--no-banner", "-o", output, "program.py", cwd=tmp_path)
        assert (tmp_path / output).read_bytes() == b"+ x = 1\n"
    assert old.stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_a_file_s_name_is_for_the_directory_at_the_start(write, tmp_path):
    source = "import os\nos.chdir('/')\nx = 1\n"
    write("program.py", source)
    run_swifttrace("-xx", "--no-banner", "-o", "trace", "program.py", cwd=tmp_path)
    assert (tmp_path / "trace").read_bytes() == numbered(source)


def test_a_file_may_have_any_name(write, tmp_path):
    write("program.py", "x = 1\n")
    for name in ("a b'\"é日", "-trace", "n\udce9", "$HOME"):
        assert (
            run_swifttrace("--no-banner", f"-o{name}", "program.py", cwd=tmp_path).returncode == 0
        )
        assert (tmp_path / name).read_bytes() == b"+ x = 1\n"
    script = "import swifttrace, os\nswifttrace.enable(output={}, banner=False)\nx = 1\n"
    for number, value in enumerate(["b'bytes'", "__import__('pathlib').Path('path')"]):
        path = write(f"script{number}.py", script.format(value))
        assert run_python(path, cwd=tmp_path).returncode == 0
        assert (tmp_path / ["bytes", "path"][number]).read_bytes() == b"+ x = 1\n"


def test_enabled_again_with_the_same_file_the_trace_goes_on_in_it(write, tmp_path):
    source = """\
import swifttrace
swifttrace.enable(2, output="trace")
x = 1
swifttrace.enable(2, output=b"trace")
y = 2
swifttrace.disable()
"""
    ended = run_python(write("program.py", source), cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    lines = (tmp_path / "trace").read_bytes().splitlines(keepends=True)
    assert b"".join(line for line in lines if line[:1] == b"+") == numbered(source, 3, 4, 5, 6)


# -- what cannot be written ------------------------------------------------------------

STOPPED = b"swifttrace: trace stopped: cannot write: No space left on device\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_a_full_disk_ends_the_trace_with_one_line_and_not_the_program(write, tmp_path):
    path = write("program.py", LOOP + "print('done')\nraise SystemExit(3)\n")
    ended = run_swifttrace("-o", "/dev/full", path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, b"done\n", STOPPED)
    with open("/dev/full", "wb") as full:
        number = full.fileno()
        ended = run_swifttrace("--fd", str(number), path, pass_fds=[number])
        assert (ended.returncode, ended.stdout, ended.stderr) == (3, b"done\n", STOPPED)
        ended = run_swifttrace(path, stderr=full)
        assert (ended.returncode, ended.stdout) == (3, b"done\n")
    script = "import swifttrace\nswifttrace.enable(output='/dev/full')\n" + LOOP
    script += "print(swifttrace.status().stopped)\n"
    ended = run_python(write("script.py", script))
    assert (ended.returncode, ended.stderr) == (0, STOPPED)
    assert ended.stdout == b"cannot write: No space left on device\n"


LIMITED = """\
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
for i in range(50_000):
    x = i
print("done")
"""


def test_a_limit_on_the_file_s_size_ends_the_trace_with_one_line(write, tmp_path):
    path = write("program.py", LIMITED)
    ended = run_swifttrace("-xx", "--no-banner", "-o", tmp_path / "trace", path)
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
    assert ended.stderr.startswith(b"swifttrace: trace stopped: ")
    assert ended.stderr.endswith(b": File too large\n")
    trace = (tmp_path / "trace").read_bytes()
    assert trace.startswith(numbered(LIMITED, 1, 2, 3, 4, 3, 4))
    assert set(trace.rstrip(b"\n").split(b"\n")) <= {
        line for line in numbered(LIMITED).split(b"\n") if line
    }


BETWEEN_LINES = """\
import os
for i in range(300):
    if i % 100 == 99:
        os.write(2, b"own\\n")
print("done")
"""


def test_standard_error_that_is_a_file_has_lines_and_output_in_turn(write, tmp_path):
    path = write("program.py", BETWEEN_LINES)
    with (tmp_path / "errors").open("wb") as errors:
        ended = run_swifttrace("-xx", "--no-banner", path, stderr=errors)
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
    traced = (tmp_path / "errors").read_bytes()
    assert traced.count(b"\nown\n") == 3
    rounds = numbered(BETWEEN_LINES, 2, 3) * 99 + numbered(BETWEEN_LINES, 2, 3, 4) + b"own\n"
    end = numbered(BETWEEN_LINES, 2, 5)
    assert traced == numbered(BETWEEN_LINES, 1) + rounds * 3 + end


def test_standard_error_that_is_a_file_of_limited_size_ends_the_trace_alone(write, tmp_path):
    path = write("program.py", LIMITED)
    with (tmp_path / "errors").open("wb") as errors:
        ended = run_swifttrace("-xx", "--no-banner", path, stderr=errors)
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
    traced = (tmp_path / "errors").read_bytes()
    assert len(traced) == 100_000
    assert (numbered(LIMITED, 1, 2) + numbered(LIMITED, 3, 4) * 5000).startswith(traced)


# -- forks -----------------------------------------------------------------------------

FORKS = """\
import os
before = 1
if (child := os.fork()) == 0:
    in_child = 2
    os._exit(0)
os.waitpid(child, 0)
after = 3
"""


def test_a_fork_doubles_no_line(write, tmp_path):
    path = write("program.py", FORKS)
    ended = run_swifttrace("-xx", "--no-banner", path)
    lines = ended.stderr.splitlines()
    assert sorted(line.partition(b"] ")[2] for line in lines) == sorted(FORKS.encode().splitlines())
    output = tmp_path / "trace"
    run_swifttrace("-xx", "--no-banner", "-o", output, path)
    assert output.read_bytes() == numbered(FORKS, 1, 2, 3, 6, 7)


@pytest.mark.parametrize("ending", ["os._exit(0)", "sys.exit()", "os.kill(os.getpid(), 9)"])
def test_a_fork_of_an_untraced_moment_leaves_the_parent_s_file_alone(ending, write, tmp_path):
    source = f"""\
import os, sys
import swifttrace
swifttrace.enable(2, output="trace", banner=False)
x = 1
swifttrace.disable()
if (child := os.fork()) == 0:
    {ending}
os.waitpid(child, 0)
swifttrace.enable(2, output="second", banner=False)
y = 2
"""
    ended = run_python(write("program.py", source), cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert (tmp_path / "trace").read_bytes() == numbered(source, 4, 5)
    assert (tmp_path / "second").read_bytes() == numbered(source, 10)
