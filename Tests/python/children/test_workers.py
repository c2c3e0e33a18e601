"""The script in the processes that work for it: its functions are traced, their own modules not."""

from __future__ import annotations

import re

import pytest
from conftest import run_python, run_swifttrace
from launching import numbered

SQUARE = """\
def square(n):
    result = n * n
    return result
"""
JOBLIB = f"""\
from joblib import Parallel, delayed
{SQUARE}
if __name__ == "__main__":
    print(Parallel(n_jobs=2)(delayed(square)(n) for n in range(2)))
"""
POOL = f"""\
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
{SQUARE}
if __name__ == "__main__":
    context = multiprocessing.get_context("METHOD")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        print(list(pool.map(square, [1])))
"""


def lines_of_children(ended):
    """Return what is shown of processes that another one has started, without who they are."""
    assert ended.returncode == 0, ended.stderr.decode()
    shown = re.sub(rb"(?m)^\+(\++) \{[^}]*\} ", rb"+\1 ", ended.stderr)
    return [line.lstrip(b"+") for line in shown.splitlines(True) if line.startswith(b"++")]


def of_the_script(lines):
    """Without the `-c` of helpers."""
    return [line for line in lines if b"import main" not in line and b"spawn_main" not in line]


def body(source, times):
    first = source.split("\n").index("    result = n * n") + 1
    return (
        sorted(line.lstrip(b"+") for line in numbered(source, first, first + 1).splitlines(True))
        * times
    )


WAYS = {
    "a script": (run_swifttrace, ["-xx", "script.py"], {}),
    "a module": (run_swifttrace, ["-xx", "-m", "script"], {}),
    "the environment": (run_python, ["script.py"], {"SWIFTTRACE": "2"}),
    "a module by the environment": (run_python, ["-m", "script"], {"SWIFTTRACE": "2"}),
}


@pytest.mark.parametrize("way", WAYS)
def test_joblib_s_workers_run_the_script(write, tmp_path, way):
    pytest.importorskip("joblib")
    write("script.py", JOBLIB)
    run, arguments, env = WAYS[way]
    ended = run(*arguments, cwd=tmp_path, env=env)
    assert ended.stdout == b"[0, 1]\n"
    assert sorted(of_the_script(lines_of_children(ended))) == sorted(body(JOBLIB, 2))


def test_a_trace_that_the_script_began(write, tmp_path):
    pytest.importorskip("joblib")
    begin = "    import swifttrace; swifttrace.enable(2, follow=True)\n    print(Par"
    source = JOBLIB.replace("    print(Par", begin)
    ended = run_python(write("script.py", source), cwd=tmp_path)
    assert sorted(of_the_script(lines_of_children(ended))) == sorted(body(source, 2))


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_pools_run_the_script(write, tmp_path, method):
    source = POOL.replace("METHOD", method)
    ended = run_swifttrace("-xx", write("script.py", source), cwd=tmp_path)
    lines = of_the_script(lines_of_children(ended))
    imported = [] if method == "fork" else [1, 2, 3, 7]
    expected = [line.lstrip(b"+") for line in numbered(source, *imported).splitlines(True)]
    assert sorted(lines) == sorted((expected if imported else []) + body(source, 1))


def test_a_function_that_cloudpickle_has_copied_in_the_same_process(write, tmp_path):
    pytest.importorskip("cloudpickle")
    source = f"import cloudpickle\n{SQUARE}\ncopy = cloudpickle.loads(cloudpickle.dumps(square))\ncopy(2)\n"
    ended = run_swifttrace("-xx", write("script.py", source), cwd=tmp_path)
    assert ended.stderr == numbered(source, 1, 2, 6, 7, 3, 4)


def test_a_copy_whose_text_is_another_by_now_has_none(write, tmp_path):
    pytest.importorskip("cloudpickle")
    source = f"""\
import cloudpickle
{SQUARE}
copy = cloudpickle.loads(cloudpickle.dumps(square))
copy.__globals__["__file__"] = "other.py"
copy(2)
"""
    write("other.py", "1\n2\n3\n4\n5\n")
    options = ("-xx", "--include", "<dynamic-code>", "--include", "*/other.py")
    ended = run_swifttrace(*options, write("script.py", source), cwd=tmp_path)
    assert ended.stderr.endswith(b"+ [     3] <no source>\n+ [     4] <no source>\n")


PARENT = """\
import subprocess, sys
def shared():
    return "parent's"
if __name__ == "__main__":
    subprocess.run([sys.executable, *sys.argv[1:]], check=True)
"""
OTHER = "import parent\nprint(parent.shared())\n"


def test_a_child_that_runs_another_script_has_that_one(write, tmp_path):
    write("other.py", OTHER)
    ended = run_swifttrace("-xx", write("parent.py", PARENT), "other.py", cwd=tmp_path)
    expected = [line.lstrip(b"+") for line in numbered(OTHER).splitlines(True)]
    assert lines_of_children(ended) == expected


def test_so_have_those_that_it_starts(write, tmp_path):
    pytest.importorskip("joblib")
    write("script.py", JOBLIB)
    ended = run_swifttrace("-xx", write("parent.py", PARENT), "script.py", cwd=tmp_path)
    lines = of_the_script(lines_of_children(ended))
    assert [line for line in lines if line in body(JOBLIB, 1)] == body(JOBLIB, 2) or sorted(
        line for line in lines if line in body(JOBLIB, 1)
    ) == sorted(body(JOBLIB, 2))
    assert not any(b"Popen" in line for line in lines)


def test_a_module_of_the_project_s_own_is_its_script(write, tmp_path):
    write("work.py", "one = 1\n")
    ended = run_swifttrace("-xx", write("parent.py", PARENT), "-m", "work", cwd=tmp_path)
    assert lines_of_children(ended) == [b" [     1] one = 1\n"]
