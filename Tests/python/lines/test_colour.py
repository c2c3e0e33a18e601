"""Colours: when there are any, and which."""

from __future__ import annotations

import re

import pytest
from conftest import run_python, run_swifttrace
from terminals import run_in_terminal

SCRIPT = "x = 'one'\nif x:\n    y = 2  # two\n"
COLOURLESS = b"+ [     1] x = 'one'\n+ [     2] if x:\n+ [     3]     y = 2  # two\n"
DIM_PREFIXES = (
    b"\x1b[2m+ [     1] \x1b[0mx = 'one'\n"
    b"\x1b[2m+ [     2] \x1b[0mif x:\n"
    b"\x1b[2m+ [     3] \x1b[0m    y = 2  # two\n"
)
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


@pytest.fixture
def without_pygments(write):
    """Return an environment in which Pygments cannot be imported."""
    package = write("broken/pygments/__init__.py", "raise RuntimeError('broken')\n").parent.parent
    return {"PYTHONPATH": str(package)}


@pytest.fixture
def script(write):
    return write("script.py", SCRIPT)


def test_a_prefix_is_dim_where_there_is_no_pygments(script, without_pygments):
    ended = run_swifttrace("-xx", "--color=always", script, env=without_pygments)
    assert (ended.returncode, ended.stderr) == (0, DIM_PREFIXES)


def test_the_source_has_the_colours_of_pygments(script):
    pytest.importorskip("pygments")
    ended = run_swifttrace("-xx", "--color=always", script)
    first, second, third = ended.stderr.splitlines(keepends=True)
    assert first == (
        b"\x1b[2m+ [     1] \x1b[0mx = "
        b"\x1b[33m'\x1b[39;49;00m\x1b[33mone\x1b[39;49;00m\x1b[33m'\x1b[39;49;00m\n"
    )
    assert second == b"\x1b[2m+ [     2] \x1b[0m\x1b[34mif\x1b[39;49;00m x:\n"
    assert COLOUR.sub(b"", first + second + third) == COLOURLESS


def test_each_line_of_a_string_has_its_own_colours(write):
    pytest.importorskip("pygments")
    script = write("script.py", 'x = f"""one {\n    1 +\n    2}\n"""\n')
    shown = run_swifttrace("-xx", "--color=always", script).stderr.splitlines()
    assert len(shown) > 1
    for line in shown:
        codes = COLOUR.findall(line)
        assert codes[-1] in (b"\x1b[0m", b"\x1b[39;49;00m")


@pytest.mark.parametrize("option", ["auto", "always"])
def test_a_terminal_gets_colours(script, option, without_pygments):
    command = ("-m", "swifttrace", "-xx", f"--color={option}", script)
    assert run_in_terminal(*command, env=without_pygments) == (0, DIM_PREFIXES)


def test_a_terminal_gets_colours_from_enable(write, without_pygments):
    script = write("script.py", "import swifttrace\nswifttrace.enable(2)\nx = 1\n")
    shown = b"\x1b[2m+ [     3] \x1b[0mx = 1\n"
    assert run_in_terminal(script, env=without_pygments) == (0, shown)


@pytest.mark.parametrize(
    ("environment", "options"),
    [
        ({"NO_COLOR": "1"}, ()),
        ({"TERM": "dumb"}, ()),
        ({}, ("--color=never",)),
        ({"TERM": "dumb", "NO_COLOR": "1"}, ("--color", "auto")),
    ],
)
def test_a_terminal_gets_none(script, environment, options):
    command = ("-m", "swifttrace", "-xx", *options, script)
    assert run_in_terminal(*command, env=environment) == (0, COLOURLESS)


def test_what_is_no_terminal_gets_none(script, tmp_path):
    assert run_swifttrace("-xx", script).stderr == COLOURLESS
    output = tmp_path / "trace.log"
    command = ("-m", "swifttrace", "-xx", "--no-banner", "-o", output, script)
    assert run_in_terminal(*command) == (0, b"")
    assert output.read_bytes() == COLOURLESS


def test_a_file_and_a_ring_get_colours_that_are_always_wanted(script, tmp_path, without_pygments):
    options = ("-xx", "--color=always", "--no-banner", "-o", tmp_path / "trace.log")
    run_swifttrace(*options, script, env=without_pygments)
    assert (tmp_path / "trace.log").read_bytes() == DIM_PREFIXES
    run_swifttrace(*options, "--last=9", script, env=without_pygments)
    shown = run_swifttrace("show", tmp_path / "trace.log").stdout
    assert shown.partition(b"\n")[2] == DIM_PREFIXES


def test_no_escape_of_the_source_gets_to_the_terminal(write):
    hostile = b"x = '\x1b]0;title\x07\x1b[31m \xc2\x9b2J'  # \x1b[2J \xe2\x80\xae\xff\x7f\n"
    script = write("script.py", b"# -*- coding: latin-1 -*-\n" + hostile)
    utf8 = write("utf8.py", hostile.replace(b"\xff", b""))
    for path in (script, utf8):
        ended = run_swifttrace("-xx", "--color=always", path)
        assert ended.returncode == 0
        rest = COLOUR.sub(b"", ended.stderr)
        assert b"\\x1b]0;title\\x07\\x1b[31m" in rest
        assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", rest)


def test_a_tag_is_dim_as_the_prefix_is(script, without_pygments):
    ended = run_swifttrace("-xx", "--color=always", "--show=depth", script, env=without_pygments)
    assert ended.stderr.startswith(b"\x1b[2m+ {0} [     1] \x1b[0mx = 'one'\n")


def test_notes_have_one_colour(script, without_pygments):
    ended = run_swifttrace("-xx", "--color=always", "--values", script, env=without_pygments)
    assert b"\x1b[2m+ [     1] \x1b[0m\x1b[36m# x = 'one'\x1b[0m\n" in ended.stderr


def test_a_template_is_dim_but_for_the_line(script, without_pygments):
    options = ("--format", "{lineno}: {line} ({time})", "--color=always")
    ended = run_swifttrace(*options, script, env=without_pygments)
    first = ended.stderr.splitlines()[0]
    assert re.fullmatch(rb"\x1b\[2m1: \x1b\[0mx = 'one'\x1b\[2m \(\d\.\d{6}\)\x1b\[0m", first)


def test_a_width_in_a_template_is_one_of_characters(script):
    ended = run_swifttrace("--format", "{line:>12}|", "--color=always", script)
    assert ended.stderr.splitlines()[0] == b"\x1b[2m\x1b[0m   x = 'one'\x1b[2m|\x1b[0m"


PAIR = """\
import sys, swifttrace
swifttrace.configure(2, color="always", cut=30)
def f():
    x = 'aaaaaaaaaaaaaaaaaaaa'
sys.settrace(swifttrace.global_trace)
f()
sys.settrace(None)
"""


def test_the_pair_has_colours(write, without_pygments):
    ended = run_python(write("script.py", PAIR), env=without_pygments)
    shown = b"\x1b[2m+ [     4] \x1b[0m    x = 'aaaaaaaaa\xe2\x80\xa6\n"
    assert (ended.returncode, ended.stderr) == (0, shown)


def test_children_have_the_colours_of_their_parent(write, without_pygments):
    parent = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'x = 1'])\n"
    script = write("parent.py", parent)
    options = ("--no-banner", "--color=always")
    ended = run_swifttrace(*options, script, env=without_pygments)
    assert re.search(rb"\x1b\[2m\+\+ \{\d+\} \x1b\[0mx = 1\n", ended.stderr)


FAKE = {
    "__init__.py": "",
    "formatters/__init__.py": "",
    "formatters/terminal.py": """\
TERMINAL_COLORS = {}
class TerminalFormatter:
    def __init__(self, colorscheme): pass
    def format(self, tokens, file): file.write("".join(text for _, text in tokens))
""",
    "lexers/__init__.py": "",
    "lexers/python.py": """\
class PythonLexer:
    def get_tokens_unprocessed(self, text):
        if "first" not in text:
            FAILS
        return [(0, 0, text)]
""",
    "token.py": "Whitespace = None",
}


def fake_pygments(write, action):
    """Return an environment with a Pygments that does what is said."""
    for name, source in FAKE.items():
        write(f"fake/pygments/{name}", source.replace("FAILS", action))
    return {"PYTHONPATH": str(write("fake/other.py", "").parent)}


@pytest.mark.parametrize(
    "action",
    ["raise KeyError", "text = text.upper()", "return []", "return [(0, 1)]", "{}[0]", "text = ''"],
)
def test_lines_are_plain_where_pygments_fails(write, script, action):
    environment = fake_pygments(write, action)
    ended = run_swifttrace("-xx", "--color=always", script, env=environment)
    assert (ended.returncode, ended.stderr) == (0, DIM_PREFIXES)


INTERRUPTED = """\
import signal
class Alarm(Exception): pass
def handler(*_): raise Alarm("rings")
signal.signal(signal.SIGUSR1, handler)
import swifttrace
try:
    swifttrace.enable(2, color="always")
    x = 1
except Alarm as error:
    swifttrace.disable()
    print(repr(error))
"""


def test_what_a_signal_raises_meanwhile_belongs_to_the_program(write):
    environment = fake_pygments(write, "import signal; signal.raise_signal(signal.SIGUSR1)")
    ended = run_python(write("script.py", INTERRUPTED), env=environment)
    assert (ended.returncode, ended.stdout) == (0, b"Alarm('rings')\n"), ended.stderr
    assert ended.stderr.startswith(b"\x1b[2m+ [     8] \x1b[0m    x = 1\n")


@pytest.mark.parametrize("color", ["green", "", "1"])
def test_a_bad_color_is_one_line(write, color):
    ended = run_swifttrace(f"--color={color}", write("script.py", "print(1)\n"))
    said = f"swifttrace: color must be one of auto, always, never, not {color!r} (try --help)\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, b"", said.encode())
