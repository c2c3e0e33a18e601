"""Secrets within texts and command lines: URLs, options, headers, assignments."""

from __future__ import annotations

import pytest
from conftest import run_python, run_swifttrace

TEXTS = [
    ("postgres://bob:@@@db/x", "postgres://bob:***1@db/x"),
    ("see postgres://bob:@@@db/x, redis://:@@@r", "see postgres://bob:***1@db/x, redis://:***1@r"),
    ("amqp://bob:@@/a#b@db/x", None),
    ("https://@@0123456789abcdef@github.com/x", None),
    ("mysql --password=@@ -u bob", "mysql --password=***1 -u bob"),
    ("mysql --password=@@", "mysql --password=***1"),
    ("tool --api-token @@ --verbose", "tool --api-token ***1 --verbose"),
    ("DB_PASSWORD=@@ tool", "DB_PASSWORD=***1 tool"),
    ("host=db password='@@ and more' user=bob", None),
    ("?api_key=@@&page=2", "?api_key=***1&page=2"),
    ("Server=db;Pwd=@@;User=bob", "Server=db;Pwd=***1;User=bob"),
    ('{"password": "@@", "user": "bob"}', '{"password": "***1", "user": "bob"}'),
    ("Authorization: @@ more", "Authorization: ***1"),
    ("X-Api-Key: @@", "X-Api-Key: ***1"),
    ("curl -H 'Authorization: Bearer @@9'", None),
    ("Bearer @@0123456789abcdef.x-y", None),
    ("Config(user='bob', password='@@')", "Config(user='bob', password='***1')"),
]
OPEN = [
    *(
        "http://host:8080/@scope/x",
        "git://git@host/x",
        "a == b, password == ''",
        "passing=1&path=2",
    ),
    *("key=value", "unexpected token: x", "password: must not be empty", "--token --verbose"),
    *("bearer of news", "basic understanding", "password=None", "--sort-key name", "a://b c@d"),
    *("token", "=", "://", "://@", "--token", "password=", '"password":', "Authorization:"),
]


def shown(write, script, *options):
    ended = run_swifttrace("-xx", *options, write("script.py", script))
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stderr.decode()


@pytest.mark.parametrize("kind", ["str", "bytes", "bytearray", "in a list"])
def test_texts_with_secrets(write, kind):
    made = {
        "str": "made",
        "bytes": "made.encode()",
        "bytearray": "bytearray(made.encode())",
        "in a list": "[made, 1]",
    }[kind]
    for text, expected in TEXTS:
        # What is called takes the secret, and is out of the trace.
        script = f"made = {text!r}.replace('@@', 'LE' + 'AK')\nx = {made}\nlast = 1\n"
        said = shown(write, script, "--values")
        assert "LEAK" not in said, said
        assert "***1" in said
        if expected is not None and "'" not in expected and kind == "str":
            assert f"# x = {expected!r}\n" in said


def test_texts_without(write):
    script = "".join(f"x{place} = {text!r}\n" for place, text in enumerate(OPEN)) + "last = 1\n"
    said = shown(write, script, "--values")
    missing = [t for place, t in enumerate(OPEN) if f"# x{place} = {t!r}\n" not in said]
    assert missing == []


def test_a_secret_that_begins_before_the_cut(write):
    script = "x = 'a' * 90 + ' postgres://bob:' + 'LEAK' * 30 + '@db'\nlast = 1\n"
    said = shown(write, script, "--values")
    assert "LEAKLEAK" not in said
    assert "postgres://bob:***1@d" in said


def test_texts_that_objects_say(write):
    script = """\
from dataclasses import dataclass
@dataclass
class Config:
    user: str
    password: str
config = Config("bob", "LE" + "AK")
last = 1
"""
    said = shown(write, script, "--values=repr")
    assert "LEAK" not in said
    assert "# config = Config(user='bob', password='***1')\n" in said


def test_a_command_in_a_list(write):
    script = """\
import subprocess, sys
def run(*command):
    return subprocess.run(command)
leak = "LE" + "AK"
run(sys.executable, "-c", "", "--password=" + leak, "--token", leak, "-v", f"https://a:{leak}@b")
"""
    said = shown(write, script, "--calls", "--no-follow")
    assert "'--password=***1', '--token', ***1, '-v', 'https://a:***1@b'" in said


COMMAND = ["--password=LEAK", "--db-token", "LEAK", "-v", "https://me:LEAK@host/", "API_KEY=LEAK"]


@pytest.mark.parametrize("by", ["command", "environment"])
def test_the_banners_command_line(write, tmp_path, by):
    path = write("script.py", "x = 1\n")
    if by == "command":
        ended = run_swifttrace("-o", tmp_path / "log", path, *COMMAND)
    else:
        ended = run_python(path, *COMMAND, env={"SWIFTTRACE": f"level=2,output={tmp_path}/log"})
    assert (ended.returncode, ended.stderr) == (0, b"")
    first = (tmp_path / "log").read_text().splitlines()[0]
    assert "LEAK" not in first
    assert "script.py '--password=***1' --db-token '***1' -v 'https://me:***1@host/'" in first


def test_the_banners_of_children(write):
    child = write("child.py", "x = 1\n")
    script = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, {str(child)!r}, *sys.argv[1:]])\n"
    )
    ended = run_swifttrace("-xx", write("script.py", script), *COMMAND)
    assert b"child.py '--password=***1'" in ended.stderr
    assert b"LEAK" not in ended.stderr


def test_the_debug_logs_command_line(write, tmp_path):
    ended = run_swifttrace("-d", write("script.py", "x = 1\n"), *COMMAND, cwd=tmp_path)
    assert ended.returncode == 0
    log = (tmp_path / "swifttrace.log").read_text()
    assert "'--password=***1', '--db-token', '***1', '-v'" in log
    assert "LEAK" not in log


def test_all_of_it_is_shown_if_that_is_asked_for(write, tmp_path):
    path = write("script.py", "import sys\nurl = sys.argv[5]\nlast = 1\n")
    options = ["-xx", "--values", "--show-secrets", "-o", tmp_path / "log", "-d"]
    ended = run_swifttrace(*options, path, *COMMAND, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    trace = (tmp_path / "log").read_text()
    assert "--password=LEAK --db-token LEAK" in trace.splitlines()[0]
    assert "# url = 'https://me:LEAK@host/'" in trace
    assert "'--password=LEAK'" in (tmp_path / "swifttrace.log").read_text()


def test_the_programs_own_arguments_are_whole(write):
    ended = run_swifttrace(write("script.py", "import sys\nprint(*sys.argv[1:])\n"), *COMMAND)
    assert ended.stdout.decode().split() == COMMAND
