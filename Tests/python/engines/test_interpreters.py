"""Where swifttrace does not work it says so by an ImportError."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import swifttrace
from conftest import clean_environment, run_python
from interpreters import old_pythons

PACKAGES = Path(swifttrace.__file__).parents[1]
TOO_OLD = "ImportError: swifttrace needs CPython 3.11 or later, this is Python "


def test_a_python_that_is_too_old_is_told_so_in_one_line():
    pythons = old_pythons()
    if not pythons:
        pytest.skip("pyenv has no Python before 3.11 here")
    environment = clean_environment(PYTHONPATH=os.fspath(PACKAGES), PYTHONDONTWRITEBYTECODE="1")
    for version, python in pythons.items():
        for launch in (["-c", "import swifttrace"], ["-m", "swifttrace", "-x", "program.py"]):
            ended = subprocess.run(
                [python, *launch], env=environment, capture_output=True, check=False
            )
            last = ended.stderr.decode().splitlines()[-1]
            assert ended.returncode == 1
            assert TOO_OLD.removeprefix("ImportError: ") + version in last, last
            assert "ImportError" in last or "-m" in launch


def test_another_implementation_or_a_build_without_the_gil_is_told_so():
    for change, message in {
        "sys.implementation.name = 'pypy'": "swifttrace needs CPython 3.11 or later",
        "sys.abiflags = 't'": "swifttrace needs the GIL: free-threaded Python is not supported yet",
    }.items():
        ended = run_python("-c", f"import sys\n{change}\nimport swifttrace\n")
        assert ended.returncode == 1
        assert f"ImportError: {message}" in ended.stderr.decode().splitlines()[-1]


SUB_INTERPRETER = """\
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
import sys
import swifttrace
text = '''
try:
    import swifttrace
except ImportError as error:
    with open(%r, "a") as file:
        print("ImportError:", error, file=file)
''' % sys.argv[1]
kinds = [{}]
if sys.version_info >= (3, 13):
    kinds = ["legacy", "isolated"]
elif sys.version_info >= (3, 12):
    kinds = [{"isolated": False}, {"isolated": True}]
for kind in kinds:
    interpreter = interpreters.create(*([kind] if isinstance(kind, str) else []),
                                      **(kind if isinstance(kind, dict) else {}))
    interpreters.run_string(interpreter, text)
    interpreters.destroy(interpreter)
swifttrace.enable()
still = "works"
swifttrace.disable()
print(len(kinds))
"""


def test_a_sub_interpreter_is_told_so_and_the_main_one_still_works(write, tmp_path):
    said = tmp_path / "said"
    options = ["-W", "ignore"]
    ended = run_python(write("program.py", SUB_INTERPRETER), said, interpreter_options=options)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == b'+ still = "works"\n+ swifttrace.disable()\n'
    lines = said.read_text().splitlines()
    assert len(lines) == int(ended.stdout)
    assert lines[0] == (
        "ImportError: swifttrace works in the main interpreter only, not in sub-interpreters"
    )
    for line in lines:
        assert line.startswith("ImportError: ")
        assert "interpreters" in line


@pytest.mark.skipif(sys.version_info < (3, 12), reason="3.11 has no tool ids")
def test_two_tools_that_leave_no_id_free_are_named(write):
    script = """\
import sys
for id in 3, 4:
    sys.monitoring.use_tool_id(id, f"tool {id}")
import swifttrace
for _ in range(2):
    try:
        swifttrace.enable()
    except RuntimeError as error:
        print(error)
print(swifttrace.status().enabled)
sys.monitoring.free_tool_id(4)
swifttrace.enable()
traced = True
"""
    ended = run_python(write("program.py", script))
    refused = b"swifttrace: no tool id of sys.monitoring is free: 3 and 4 are both in use\n"
    assert (ended.returncode, ended.stdout) == (0, refused * 2 + b"False\n"), ended.stderr
    assert ended.stderr == b"+ traced = True\n"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="3.11 has no tool ids")
def test_an_engine_that_is_refused_leaves_its_id_to_the_next(write):
    script = """\
import sys
import swifttrace
is_refused = True
def hook(event, arguments):
    if is_refused and event == "sys.monitoring.register_callback":
        raise PermissionError
sys.addaudithook(hook)
for _ in range(3):
    try:
        swifttrace.enable()
    except RuntimeError as error:
        print(error)
is_refused = False
swifttrace.enable()
traced = True
"""
    ended = run_python(write("program.py", script))
    refused = b"swifttrace: an audit hook refuses our callbacks of sys.monitoring\n"
    assert (ended.returncode, ended.stdout) == (0, refused * 3), ended.stderr
    assert b"+ traced = True\n" in ended.stderr
