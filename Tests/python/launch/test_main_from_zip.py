"""The text of what runs as `__main__` and lies in a zip file: its loader knows it by its own name."""

from __future__ import annotations

import zipfile

import pytest
from conftest import run_python, run_swifttrace
from launching import numbered

SOURCE = "import sys\ndef f():\n    return 1\nprint(f(), __name__)\n"
SHOWN = numbered(SOURCE, 1, 2, 4, 3)


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("pkg/__init__.py", "")
        file.writestr("pkg/mod.py", SOURCE)
        file.writestr("pkg/__main__.py", SOURCE)
        file.writestr("__main__.py", SOURCE)
    return path


@pytest.mark.parametrize("module", ["pkg.mod", "pkg"])
def test_a_module_that_the_command_runs(archive, module):
    ended = run_swifttrace("-xx", "-m", module, env={"PYTHONPATH": str(archive)})
    assert (ended.returncode, ended.stdout) == (0, b"1 __main__\n")
    assert ended.stderr == SHOWN


def test_a_module_that_the_environment_has_traced(archive):
    env = {"PYTHONPATH": str(archive), "SWIFTTRACE": "2"}
    ended = run_python("-m", "pkg.mod", env=env)
    assert (ended.stdout, ended.stderr) == (b"1 __main__\n", SHOWN)


def test_the_zip_file_itself(archive):
    assert run_swifttrace("-xx", archive).stderr == SHOWN


@pytest.mark.parametrize("more", ["", ", alter_sys=True"])
@pytest.mark.parametrize("name", ["__main__", "other"])
def test_runpy(archive, write, name, more):
    script = f"import runpy\nrunpy.run_module('pkg.mod', run_name={name!r}{more})\n"
    options = ("-xx", "--include", "*/mod.py")
    env = {"PYTHONPATH": str(archive)}
    ended = run_swifttrace(*options, write("script.py", script), env=env)
    assert ended.stdout == f"1 {name}\n".encode()
    assert ended.stderr == numbered(script) + SHOWN


def test_runpy_of_the_zip_file(archive, write):
    script = f"import runpy\nrunpy.run_path({str(archive)!r}, run_name='__main__')\n"
    ended = run_swifttrace("-xx", "--include", "*/p.zip/*", write("script.py", script))
    assert ended.stderr == numbered(script) + SHOWN
