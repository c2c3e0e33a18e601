"""Lines that are fitted into a width: --cut and --wrap."""

from __future__ import annotations

import re

import pytest
from conftest import run_swifttrace
from terminals import run_in_terminal

SCRIPT = """\
def f():
    total = 'aaaaaaaaaa' 'bbbbbbbbbb'
    return '日本語日本語日本語日本'
f()
"""
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def script(write):
    return write("script.py", SCRIPT)


def shown(*arguments, **how):
    ended = run_swifttrace(*arguments, **how)
    assert ended.returncode == 0, ended.stderr
    return ended.stderr.decode()


def test_lines_are_cut(script):
    assert shown("-xx", "--cut=30", script) == (
        "+ [     1] def f():\n"
        "+ [     4] f()\n"
        "+ [     2]     total = 'aaaaa…\n"
        "+ [     3]     return '日本語…\n"
    )


def test_lines_go_on_below_their_text(script):
    assert shown("-xx", "--wrap=30", script) == (
        "+ [     1] def f():\n"
        "+ [     4] f()\n"
        "+ [     2]     total = 'aaaaaa\n"
        "               aaaa' 'bbbbbbbb\n"
        "               bb'\n"
        "+ [     3]     return '日本語\n"
        "               日本語日本語日\n"
        "               本'\n"
    )


@pytest.mark.parametrize("option", ["--cut=30", "--wrap=30"])
def test_colours_take_no_room(script, option):
    pytest.importorskip("pygments")
    coloured = shown("-xx", "--color=always", option, script)
    assert COLOURS.sub("", coloured) == shown("-xx", option, script)
    for line in coloured.splitlines():
        codes = COLOURS.findall(line)
        assert not codes or codes[-1] in ("\x1b[0m", "\x1b[39;49;00m")


def test_a_line_that_just_fits_is_whole(write):
    script = write("script.py", "x = 12345678\n")
    for option in ("cut", "wrap"):
        assert shown(f"--{option}=14", script) == "+ x = 12345678\n"
    assert shown("--cut=13", script) == "+ x = 123456…\n"
    assert shown("--wrap=13", script) == "+ x = 1234567\n  8\n"


def test_combining_characters_take_no_room(write):
    script = write("script.py", "x = 'e\u0301e\u0301e\u0301'\n")
    assert shown("--cut=11", script) == "+ x = 'e\u0301e\u0301e\u0301'\n"


def test_a_tab_takes_room_up_to_its_stop(write):
    script = write("script.py", "if 1:\n\tx = 1\n")
    assert shown("--cut=13", script) == "+ if 1:\n+ \tx = 1\n"
    assert shown("--cut=12", script) == "+ if 1:\n+ \tx =…\n"


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_hardly_any_room_is_enough(script, columns):
    assert "f" not in shown(f"--cut={columns}", script).replace("…", "")[:2]
    assert shown(f"--wrap={columns}", script).replace("\n", "").count("日") == 4


def test_the_width_is_the_terminals(script):
    command = ("-m", "swifttrace", "-xx", "--color=never", "--cut", script)
    status, sent = run_in_terminal(*command, columns=30)
    assert (status, sent.decode()) == (0, shown("-xx", "--cut=30", script))


RESIZING = """\
import fcntl, struct, termios
fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("4H", 25, 20, 0, 0))
x = 'aaaaaaaaaaaaaaaaaaaaaaaa'
"""


def test_the_width_is_the_one_of_the_moment(write):
    command = ("-m", "swifttrace", "--color=never", "--cut", write("script.py", RESIZING))
    status, sent = run_in_terminal(*command, columns=200)
    assert (status, sent.splitlines()[-1].decode()) == (0, "+ x = 'aaaaaaaaaaaa…")


def test_a_terminal_gets_whole_lines_by_default(script):
    command = ("-m", "swifttrace", "-xx", "--color=never", script)
    assert run_in_terminal(*command, columns=20) == (0, shown("-xx", script).encode())


@pytest.mark.parametrize("option", ["--cut", "--wrap"])
def test_what_is_no_terminal_gets_whole_lines(script, option):
    assert shown("-xx", option, script) == shown("-xx", script)


def test_files_and_rings_take_a_width_that_is_given(script, tmp_path):
    trace = tmp_path / "trace.log"
    shown("-xx", "--cut=30", "--no-banner", "-o", trace, script)
    assert trace.read_text() == shown("-xx", "--cut=30", script)
    shown("-xx", "--cut=30", "--last=9", "-o", trace, script)
    kept = run_swifttrace("show", trace).stdout.decode()
    assert kept.partition("\n")[2] == shown("-xx", "--cut=30", script)


def test_tags_notes_and_templates_are_fitted(script):
    assert "+ {0} [     1] d…\n" in shown("-xx", "--show=depth", "--cut=17", script)
    assert "+ [     2]     # total = 'aaa…\n" in shown("-xx", "--values", "--cut=30", script)
    template = shown("--format={function} {line}!", "--cut=20", script)
    assert template.splitlines()[2:] == ["f     total = 'aaaa…", "f     return '日本…"]


def test_children_are_fitted(write):
    parent = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'x = 1234567890'])\n"
    options = ("--no-banner", "--format={line}", "--wrap=10")
    assert "x = 123456\n7890\n" in shown(*options, write("parent.py", parent))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--cut=80", "--wrap=80"), "wrap and cut exclude each other"),
        (("--cut=0",), "cut must be from 1 to 10000, not 0"),
        (("--wrap=99999",), "wrap must be from 1 to 10000, not 99999"),
        (("--wrap=wide",), "--wrap needs a number, not 'wide'"),
    ],
)
def test_a_bad_width_is_one_line(write, options, said):
    ended = run_swifttrace(*options, write("script.py", "print(1)\n"))
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.decode() == f"swifttrace: {said} (try --help)\n"
