"""A program's results are the same with each option as with none."""

from __future__ import annotations

import re

import pytest
from conftest import TESTS, run_python, run_swifttrace

PROGRAMS = TESTS / "programs"
# `-p` asks at an exception that nobody caught: the programs end without one.
OPTIONS = {
    "values": ["--values"],
    "repr": ["--values=repr", "--show-secrets"],
    "calls": ["--calls"],
    "only calls": ["--only-calls"],
    "depth": ["--depth", "2"],
    "watch": ["--watch", "x", "--watch", "sys.path[0]", "--watch", "log.append"],
    "time": ["--time"],
    "delta": ["--time=delta"],
    "time of lines": ["--time=line", "--calls"],
    "show": ["--show", "depth,module,function,pid,thread,task"],
    "format": ["--format", "{time} {depth} {module}.{function:>9} {task} {thread} {line}"],
    "color": ["--color", "always"],
    "cut": ["--cut=40"],
    "wrap": ["--wrap=40"],
    "debug": ["-d"],
    "debug 2": ["-dd"],
    "debug 3": ["-ddd"],
    "pdb": ["-p"],
    "last": ["--last", "100"],
}
OPTIONS["all"] = [
    *("--values=repr", "--calls", "--show", "depth,function,task", "--time", "-ddd", "-p"),
    *("--color", "always", "--wrap=60", "--depth", "50"),
]


REPEATED = re.compile(rb"(?<=\[Previous line repeated )\d+")


def seen(ended):
    # There are some frames fewer up to the limit of recursion: ours are below the program's.
    return ended.returncode, ended.stdout, REPEATED.sub(b"N", ended.stderr)


@pytest.fixture(scope="module", params=["torture.py", "thrown.py"])
def untraced(request):
    path = PROGRAMS / request.param
    return path, seen(run_python(path))


# All of the library's lines, with values, take seconds.
@pytest.mark.parametrize("level", ["-x", "-xx", "-xxx --scope project"])
@pytest.mark.parametrize("option", OPTIONS)
def test_a_program_does_the_same_with_an_option_as_without(untraced, tmp_path, level, option):
    path, expected = untraced
    assert expected[0] == 0
    options = [*level.split(), *OPTIONS[option]]
    ended = run_swifttrace(*options, "-o", "trace", path, cwd=tmp_path)
    assert seen(ended) == expected
    assert (tmp_path / "trace").stat().st_size > 0


@pytest.mark.parametrize("option", ["values", "calls", "watch", "debug 2"])
def test_it_does_the_same_where_all_that_it_runs_is_traced(tmp_path, option):
    path = PROGRAMS / "thrown.py"
    ended = run_swifttrace("-xxx", *OPTIONS[option], "-o", "trace", path, cwd=tmp_path)
    assert seen(ended) == seen(run_python(path))


ENDINGS = {
    "sys.exit(7)": 7,
    "sys.exit('said')": 1,
    "raise KeyError('secret')": 1,
    "os._exit(9)": 9,
    "raise KeyboardInterrupt": -2,
    "os.kill(os.getpid(), 15)": -15,
    "f(10 ** 9)": 1,
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("option", [option for option in OPTIONS if option not in ("pdb", "last")])
def test_a_program_ends_the_same(write, tmp_path, option, ending):
    source = f"import os, sys\ndef f(n):\n    return f(n - 1)\nprint('one', flush=True)\n{ending}\n"
    path = write("script.py", source)
    options = [word for word in OPTIONS[option] if word != "-p"]
    plain = run_python(path)
    assert plain.returncode == ENDINGS[ending]
    ended = run_swifttrace("-xx", *options, "-o", "trace", path, cwd=tmp_path)
    assert seen(ended) == seen(plain)
