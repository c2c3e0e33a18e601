"""A process that is followed and asks for a trace of its own: nested, spawned, replaced."""

from __future__ import annotations

import pytest
from conftest import run_python, run_swifttrace

COMMAND = "[sys.executable, '-m', 'swifttrace', '-x', {options} '-c', 'child = 1']"


def lines(trace):
    return [line for line in trace if line.startswith("+")]


SPAWNS = """\
import multiprocessing, swifttrace
swifttrace.enable(1, follow=True{output})
def work():
    done = 1
if __name__ == "__main__":
    process = multiprocessing.get_context("{method}").Process(target=work)
    process.start()
    process.join()
    print(process.exitcode)
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_spawned_worker_that_enables_again_has_a_file_of_its_own(method, write, tmp_path):
    """It runs the main module anew, and that calls `enable`."""
    source = SPAWNS.format(method=method, output=', output="trace"')
    ended = run_python(write("script.py", source), cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"0\n", b"")
    own = (tmp_path / "trace").read_text().splitlines()
    assert lines(own) == [f"+ {line}" for line in source.splitlines()[2:] if "done" not in line]
    assert own[-1].endswith("ended with status 0: 6 lines")
    others = [lines(path.read_text().splitlines()) for path in tmp_path.glob("trace.*")]
    found = [line.lstrip("+") for other in others for line in other]
    # What ran before it enabled again is there still. (The fork server runs it from 3.14 on.)
    assert " import multiprocessing, swifttrace" in found
    assert found.count(' if __name__ == "__main__":') == 1
    assert found.count("     done = 1") == 1


def test_a_spawned_worker_that_enables_again_says_whose_its_lines_are(write):
    source = SPAWNS.format(method="spawn", output="")
    ended = run_python(write("script.py", source))
    assert (ended.returncode, ended.stdout) == (0, b"0\n")
    (line,) = (line for line in ended.stderr.splitlines() if line.endswith(b"    done = 1"))
    assert line.startswith(b"++ {")


def test_a_command_within_the_command_goes_on_with_the_child_s_file(write, tmp_path):
    command = COMMAND.format(options="'-o', './trace',")
    source = f"import subprocess, sys\nsubprocess.run({command}, check=True)\n"
    ended = run_swifttrace("-x", "-o", "trace", write("script.py", source), cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    assert lines((tmp_path / "trace").read_text().splitlines()) == [
        f"+ {line}" for line in source.splitlines()
    ]
    (child,) = tmp_path.glob("trace.*")
    text = child.read_text().splitlines()
    assert text[0].startswith("# swifttrace: process ")
    assert lines(text)[-1] == "++ child = 1"
    assert text[-1].endswith("ended with status 0: 1 line")
    assert all(line.startswith(("++ ", "# swifttrace: process ")) for line in text)


def test_a_command_that_replaces_the_command_goes_on_with_its_file(write, tmp_path):
    command = COMMAND.format(options="'-o', 'trace',")
    source = f"import os, sys\nos.execv(sys.executable, {command})\n"
    ended = run_swifttrace("-x", "-o", "trace", write("script.py", source), cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    (file,) = tmp_path.glob("trace*")
    found = lines(file.read_text().splitlines())
    assert found[:2] == [f"+ {line}" for line in source.splitlines()]
    assert found[-1] == "+ child = 1"


def test_the_environment_and_the_command_may_name_one_file(write, tmp_path):
    ended = run_swifttrace(
        "-x", "-o", "trace", "-c", "x = 1", env={"SWIFTTRACE": "output=trace"}, cwd=tmp_path
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert lines((tmp_path / "trace").read_text().splitlines())[-1] == "+ x = 1"


@pytest.mark.parametrize("outer", ["environment", "command"])
def test_no_follow_holds_whoever_traces_the_command(outer, write):
    inner = "import os, sys; os.system(sys.executable + ' -c \"grandchild = 1\"')"
    own = ["-m", "swifttrace", "--no-follow", "-c", inner]
    if outer == "environment":
        ended = run_python(*own, env={"SWIFTTRACE": "1"})
    else:
        code = f"import subprocess, sys; subprocess.run([sys.executable, *{own!r}])"
        ended = run_swifttrace("-c", code)
    assert ended.returncode == 0
    found = [line for line in ended.stderr.splitlines() if line.startswith(b"+")]
    assert found[-1].endswith(f" {inner}".encode())


def test_a_program_that_replaces_os_environ_is_followed(write):
    source = """\
import os, subprocess, sys
os.environ = dict(os.environ)
if os.fork() == 0:
    subprocess.run([sys.executable, "-c", "grandchild = 1"])
    os._exit(0)
print(os.wait()[1])
"""
    ended = run_swifttrace("-x", write("script.py", source))
    assert (ended.returncode, ended.stdout) == (0, b"0\n")
    text = ended.stderr.decode().splitlines()
    assert all(line.startswith(("+", "# swifttrace: process ")) for line in text), text
    (grandchild,) = (line for line in text if line.endswith("} grandchild = 1"))
    assert grandchild.startswith("+++ {")


def test_a_program_without_os_environ_ends_as_it_would(write):
    source = "import os\ndel os.environ\nif os.fork() == 0: os._exit(3)\nprint(os.wait()[1])\n"
    ended = run_swifttrace("-x", write("script.py", source))
    assert (ended.returncode, ended.stdout) == (0, b"768\n")
    assert b"Traceback" not in ended.stderr
