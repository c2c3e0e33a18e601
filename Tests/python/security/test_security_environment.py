"""SWIFTTRACE is data, and says nothing to programs that are not to hear it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import TIMEOUT, clean_environment, run_python

CODE = "__import__('os').mkdir('made')"
EVALUATED = {
    "level": CODE,
    "scope": CODE,
    "include": f"{CODE}*",
    "output": "{__import__('os').mkdir('made')}",
    "format": "{line.__class__} {"
    + CODE
    + "} {0.__init__} {line!r:{line}} $(mkdir made) `mkdir made`",
    "show": CODE,
    "time": CODE,
    "values": CODE,
    "color": CODE,
    "wrap": CODE,
    "last": CODE,
    "nesting": CODE,
    "pid": CODE,
    "root": CODE,
    "bell": f"/proc/self/{CODE}",
    "fd": f"/proc/self/fd/{CODE}:1:1",
    "dump_signal": CODE,
    "watch": CODE,
}


@pytest.mark.parametrize("name", EVALUATED)
def test_nothing_in_it_is_evaluated_or_imported(name, tmp_path):
    (tmp_path / "made.py").write_text("raise SystemExit('imported')\n")
    value = f"{name}=" + EVALUATED[name].replace(",", "\\,")
    ended = run_python("-c", "print('ran')", env={"SWIFTTRACE": value}, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"ran\n")
    assert not (tmp_path / "made").exists()
    assert b"Traceback" not in ended.stderr
    assert len([line for line in ended.stderr.splitlines() if line[:1] not in b"+"]) <= 1


@pytest.mark.parametrize("option", ["-E", "-I", "-S"])
@pytest.mark.parametrize("value", ["1", "nonsense", "level=3,scope=all,output=trace"])
def test_it_is_ignored_where_the_interpreter_ignores_environments(value, option, tmp_path):
    ended = run_python(
        "-c", "print('ran')", env={"SWIFTTRACE": value}, interpreter_options=[option], cwd=tmp_path
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"ran\n", b"")
    assert os.listdir(tmp_path) == []


def _runs_with(rights, environment, where):
    """As a program with the set-user-id bit does, from its very start."""
    code = "import os; print(os.getuid() == os.geteuid(), os.getgid() == os.getegid())"
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=where,
        preexec_fn=rights,
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )


@pytest.mark.skipif(os.getuid() != 0, reason="takes root to have the rights of two users")
@pytest.mark.parametrize(
    ("rights", "ids"),
    [
        (lambda: os.setreuid(65534, 0), b"False True\n"),
        (lambda: os.setregid(65534, 0), b"True False\n"),
        (lambda: None, b"True True\n"),
    ],
    ids=["another user", "another group", "the same"],
)
def test_it_is_ignored_where_a_program_has_other_rights(rights, ids, tmp_path):
    environment = clean_environment(SWIFTTRACE=f"level=1,output={tmp_path}/trace")
    ended = _runs_with(rights, environment, tmp_path)
    if b"loading shared libraries" in ended.stderr:
        pytest.skip("the dynamic linker does not find libpython for such a program")
    assert (ended.stdout, ended.stderr) == (ids, b"")
    assert (tmp_path / "trace").exists() == (ids == b"True True\n")
