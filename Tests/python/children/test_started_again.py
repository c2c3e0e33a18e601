"""Programs that start themselves again do so without us, and SWIFTTRACE traces them on."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig

import pytest
from conftest import clean_environment, run_python
from launching import FORMS, run_alike, run_form_alike

COMMAND = "import sys\nprint(sys.orig_argv)\n"


@pytest.mark.parametrize("form", [form for form in FORMS if form != "command"])
def test_orig_argv_is_what_it_is_without_us(form, tmp_path):
    run_form_alike(form, tmp_path, COMMAND, "one", "-x", "--", "-m", "")


def test_orig_argv_has_the_code_of_a_command(tmp_path):
    ended = run_alike(tmp_path, "-c", COMMAND, "-c", "x")
    assert b"'-c', 'import sys" in ended.stdout


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["-X", "dev", "-m", "swifttrace"], ["-X", "dev"]),
        (["-Bm", "swifttrace"], ["-B"]),
        (["-mswifttrace"], []),
        (["-uBmswifttrace"], ["-uB"]),
        (["-W", "ignore", "-m", "swifttrace"], ["-W", "ignore"]),
    ],
)
def test_the_interpreters_own_options_stay(options, left, write, tmp_path):
    write("a.py", COMMAND)
    ended = run_python(*options, "-xx", "-o", "out", "a.py", "b", cwd=tmp_path)
    assert ended.stdout.decode() == f"{[sys.executable, *left, 'a.py', 'b']}\n"


def test_the_command_by_its_name_is_left_out_as_well(write, tmp_path):
    write("a.py", COMMAND)
    swifttrace = os.path.join(sysconfig.get_path("scripts"), "swifttrace")
    command = [swifttrace, "-xx", "-o", "out", "a.py", "b"]
    said = subprocess.check_output(command, cwd=tmp_path, env=clean_environment(), text=True)
    assert said.endswith(", 'a.py', 'b']\n")
    assert "swifttrace" not in said.partition(", ")[2]


def test_a_name_that_looks_like_an_option_is_still_a_script(write, tmp_path):
    write("-x.py", COMMAND)
    ended = run_python("-m", "swifttrace", "-o", "out", "--", "-x.py", cwd=tmp_path)
    assert ended.stdout.decode() == f"{[sys.executable, '--', '-x.py']}\n"


AGAIN = """\
import os, sys
if "AGAIN" not in os.environ:
    os.environ["AGAIN"] = "1"
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
print("again", sys.argv)
"""


@pytest.mark.parametrize("form", ["script", "module", "directory", "zip", "command"])
def test_a_program_that_replaces_itself_is_traced_on(form, tmp_path):
    """As PEX does."""
    ended = run_form_alike(form, tmp_path, AGAIN, "argument")
    assert b"again" in ended.stdout
    assert ended.trace.count(b'if "AGAIN" not in os.environ:\n') == 2
    assert ended.trace.count(b'print("again", sys.argv)\n') == 1


RELOADER = """\
import os, subprocess, sys
def serve():
    print("serving")
if os.environ.get("CHILD"):
    serve()
else:
    again = [sys.executable, *sys.orig_argv[1:]]
    sys.exit(subprocess.call(again, env={**os.environ, "CHILD": "1"}))
"""


def test_what_a_reloader_starts_is_one_process_with_the_programs_lines(write, tmp_path):
    """As Werkzeug's does."""
    write("app.py", RELOADER)
    ended = run_python("-m", "swifttrace", "-xx", "-o", "t", "app.py", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"serving\n"), ended.stderr
    traces = sorted(path.name for path in tmp_path.glob("t*"))
    assert len(traces) == 2
    child = (tmp_path / traces[1]).read_text()
    assert child.count("traced since") == child.count("ended with status 0") == 1
    assert f": {sys.executable} app.py\n" in child.partition("\n")[0] + "\n"
    assert "swifttrace" not in "".join(line for line in child.splitlines() if line[0] == "+")
    assert 'print("serving")' in child


def test_werkzeugs_reloader_starts_the_program_alone(write, tmp_path):
    pytest.importorskip("werkzeug", reason="it is what is tested")
    source = (
        "from werkzeug._reloader import _get_args_for_reloading\nprint(_get_args_for_reloading())\n"
    )
    write("app.py", source)
    run_alike(tmp_path, "app.py", "--port", "1")
    run_alike(tmp_path, "-m", "app", "--port", "1")
