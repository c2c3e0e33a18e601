"""The values of names that tell a secret are shown nowhere, unless they are asked for."""

from __future__ import annotations

import pytest
from conftest import run_python, run_swifttrace

SECRET = b"hunter2"
# The secret is put together at run time: it stands in no line of the source.
PROGRAM = """\
import os, threading
open_text = "hunter" + str(2)
def login(user, password, *, api_key=None, **credentials):
    local_token = password
    held = {"password": password, "user": {"apiKey": [password], "auth": password}}
    yield held
    get_secret(password)
def get_secret(token):
    auth_key = [token]
    return token
class Client:
    session_token = None
    def get_password(self, pwd):
        self.session_token = pwd
        self.config = {"db_password": pwd, "Cookie": pwd}
        settings = self.config
        return pwd
"""
RUNS = """\
def main(passwd):
    for each in login("me", passwd, api_key=passwd, db_password=passwd):
        pass
    get_secret(passwd)
    client = Client()
    client.get_password(pwd=passwd)
    os.environ["DB_PASSWORD"] = passwd
    return None
main(open_text)
"""
HIDDEN = PROGRAM.replace("open_text", "secret_text") + RUNS.replace("open_text", "secret_text")
OPTIONS = {
    "values": ["--values"],
    "what objects say": ["--values=repr"],
    "calls": ["--calls"],
    "calls alone": ["--only-calls"],
    "both": ["--values", "--calls", "--show", "thread,task,function,module"],
    "watched": [
        *("--watch", "client.session_token", "--watch", "client.config", "--watch", "settings"),
        *("--watch", "held['password']", "--watch", "held"),
    ],
}


@pytest.mark.parametrize("option", OPTIONS)
def test_a_trace_shows_none(option, write):
    path = write("program.py", HIDDEN)
    ended = run_swifttrace("-xx", *OPTIONS[option], path)
    assert ended.returncode == 0
    assert SECRET not in ended.stderr
    assert b"***" in ended.stderr


@pytest.mark.parametrize("option", ["values", "calls", "both"])
def test_nor_does_a_ring_or_a_file_and_those_of_children(option, write, tmp_path):
    text = HIDDEN + "import subprocess, sys\nif len(sys.argv) == 1:\n"
    text += "    os.fork()\n    main(secret_text)\n    subprocess.run([sys.executable, __file__, '1'])\n"
    path = write("program.py", text)
    for ways in (["-o", "trace-%p"], ["--last", "500", "-o", "ring-%p"]):
        ended = run_swifttrace("-xx", *OPTIONS[option], *ways, path, cwd=tmp_path)
        assert (ended.returncode, ended.stderr) == (0, b"")
    files = [*tmp_path.glob("trace-*"), *tmp_path.glob("ring-*")]
    assert len(files) == 8
    for file in files:
        assert SECRET not in file.read_bytes()


def test_nor_does_the_debug_log(write, tmp_path):
    ended = run_swifttrace("-ddd", write("program.py", HIDDEN), cwd=tmp_path)
    assert ended.returncode == 0
    log = (tmp_path / "swifttrace.log").read_bytes()
    assert SECRET not in log
    assert b"locals: password = ***" in log
    assert b"globals at exit: secret_text = ***" in log
    assert b"return get_secret: ***" in log


def test_nor_does_a_report_of_pytest(write, tmp_path):
    write(
        "test_secret.py",
        HIDDEN.replace("main(", "test_fails(").replace("(passwd):", "(passwd='x' + str(2)):"),
    )
    ended = run_python(
        *("-m", "pytest", "-p", "no:cacheprovider", "--tb=no", "--swifttrace-on-failure=500"),
        *("--swifttrace-scope=all", "test_secret.py"),
        cwd=tmp_path,
    )
    assert SECRET not in ended.stdout + ended.stderr


def test_they_are_there_where_they_are_asked_for(write, tmp_path):
    path = write("program.py", HIDDEN)
    for options in (["--values"], ["--calls"]):
        ended = run_swifttrace("-xx", "--show-secrets", *options, path)
        assert ended.stderr.count(SECRET) > 3
    run_swifttrace("-ddd", "--show-secrets", path, cwd=tmp_path)
    assert SECRET in (tmp_path / "swifttrace.log").read_bytes()
