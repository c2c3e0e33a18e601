"""The pytest plugin where pytest-xdist or pytest-forked has other processes run the tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from pytest_runs import LAST_LINES, cart, indented_alike, named, needs, run, section

pytest_plugins = "pytester"
pytestmark = needs("pytest-xdist")
__all__ = ["cart"]

ALL = "swifttrace: last 40 lines"
XDIST = ("pytest-xdist",)


def sections(ended):
    """Return what is shown of tests that fail, without indentation."""
    rule = rf"(?m)^-+ {ALL} -+\n((?:[ >] .*\n)+)"
    found = re.findall(rule, ended.stdout.str())
    # Below what is the root, where a worker has got the project by rsync.
    return [indented_alike(re.sub(r"(?m)^(..)\S*/", r"\1", named(text))) for text in found]


@pytest.mark.parametrize(
    ("options", "times"),
    [
        (["-n2"], 1),
        (["-n2", "--dist=loadfile"], 1),
        (["--dist=each", "--tx=2*popen"], 2),
        (["--dist=each", "--tx=popen//python={python}", "--tx=popen//chdir={here}"], 2),
        (["-d", "--tx=popen//chdir={elsewhere}", "--rsyncdir=."], 1),
    ],
)
def test_reports_bring_the_lines_to_the_controller(cart, tmp_path_factory, options, times):
    cart.makeini("[pytest]\n")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    places = {"elsewhere": elsewhere, "here": cart.path, "python": sys.executable}
    options = [option.format(**places) for option in options]
    ended = run(cart, "--swifttrace-on-failure", *options, plugins=XDIST)
    ended.assert_outcomes(passed=times, failed=times)
    assert sections(ended) == [indented_alike(named(LAST_LINES))] * times


def test_a_worker_behind_a_socket_sends_them_too(cart, tmp_path_factory):
    cart.makeini("[pytest]\n")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    server = [sys.executable, "-um", "execnet.script.socketserver", "127.0.0.1:0"]
    with subprocess.Popen(server, stdout=subprocess.PIPE, text=True, cwd=elsewhere) as far:
        try:
            port = re.search(r"(\d+)\)?$", far.stdout.readline().strip())[1]
            where = f"--tx=socket=127.0.0.1:{port}"
            ended = run(cart, "-d", where, "--rsyncdir=.", "--swifttrace-on-failure", plugins=XDIST)
        finally:
            far.kill()
    ended.assert_outcomes(passed=1, failed=1)
    assert sections(ended) == [indented_alike(named(LAST_LINES))]


def test_each_worker_has_a_file_of_its_own(cart):
    for name in ("test_b", "test_c", "test_d"):
        cart.makepyfile(**{name: "def test_here():\n    here = 1\n"})
    options = ("-n2", "--dist=loadfile", "--swifttrace=2")
    run(cart, *options, "--swifttrace-output=out", plugins=XDIST)
    names = sorted(path.name for path in cart.path.glob("out*"))
    assert names == ["out.gw0", "out.gw1"]
    lines = "".join((cart.path / name).read_text() for name in names).splitlines()
    assert len(lines) == 18 + 3
    assert lines.count("+ [     2]     here = 1") == 3
    run(cart, *options, "--swifttrace-output=log-%p", plugins=XDIST)
    names = [path.name for path in cart.path.glob("log*")]
    assert len(names) == 2
    assert all(re.fullmatch(r"log-\d+", name) for name in names)


def test_a_dash_is_standard_error_and_lines_say_of_which_worker(cart):
    options = ("-n2", "--swifttrace=2", "--swifttrace-output=-")
    ended = run(cart, *options, plugins=XDIST)
    lines = [line for line in ended.errlines if line]
    assert len(lines) == 18
    assert all(re.match(r"\+ \{\d+\} \[ +\d+\] ", line) for line in lines)


def test_what_the_environment_asks_for_reaches_the_workers(cart, monkeypatch):
    monkeypatch.setenv("SWIFTTRACE_PYTEST", "on-failure=2")
    ended = run(cart, "-n1", plugins=XDIST)
    assert section(ended.stdout.str(), "swifttrace: last 2 lines") is not None


def test_markers_and_fixtures_work_in_workers(pytester):
    pytester.makepyfile(
        """\
        import pytest

        @pytest.mark.swifttrace(level=2)
        def test_marked():
            marked = 1
            raise KeyError

        def test_fixture(swifttrace):
            lines = swifttrace.lines
            assert lines == ["lines = swifttrace.lines"]
        """
    )
    ended = run(pytester, "-n2", plugins=XDIST)
    ended.assert_outcomes(passed=1, failed=1)
    assert section(ended.stdout.str(), "swifttrace: call") == (
        "+ [     5]     marked = 1\n+ [     6]     raise KeyError\n"
    )


def test_bad_input_is_one_line_with_workers_too(cart):
    options = ("-n2", "--swifttrace")
    ended = run(cart, *options, "--swifttrace-output=none/out", plugins=XDIST)
    assert ended.ret == 4
    place = f"{cart.path}/none/out.gw0"
    assert ended.errlines[0] == f"ERROR: --swifttrace-output: {place}: No such file or directory"
    run(cart, *options, "--swifttrace-output=out", "--collect-only", plugins=XDIST)
    ended = run(cart, *options, "--swifttrace-scope=files", plugins=XDIST)
    assert ended.ret == 4


def test_why_a_workers_trace_stopped_is_said_at_the_end(cart):
    os.symlink("/dev/full", cart.path / "out.gw0")
    ended = run(cart, "-n1", "--swifttrace=2", "--swifttrace-output=out", plugins=XDIST)
    ended.assert_outcomes(passed=1, failed=1)
    ended.stdout.fnmatch_lines(["swifttrace: trace stopped: *No space left on device*"])
    assert ended.stderr.str() == ""


def test_a_bad_marker_is_a_usage_error_of_one_line_with_workers_too(pytester):
    bad = "import pytest\n@pytest.mark.swifttrace(level=4)\ndef test_bad(): pass\n"
    pytester.makepyfile(test_bad=bad + "def test_good(): pass\n")
    reason = "level must be 1, 2 or 3, not 4"
    for options in (["-n2"], ["-n1", "--swifttrace"], ["--dist=each", "--tx=2*popen"]):
        ended = run(pytester, *options, plugins=XDIST)
        assert ended.ret == 4
        assert ended.errlines == [f"ERROR: test_bad.py::test_bad: marker swifttrace: {reason}", ""]
        assert "INTERNALERROR" not in ended.stdout.str()


def test_an_output_without_lines_is_a_usage_error_with_workers_too(cart):
    ended = run(cart, "-n2", "--swifttrace-output=out", plugins=XDIST)
    assert ended.ret == 4
    message = "--swifttrace-output needs --swifttrace, or a test with the marker"
    assert ended.errlines == [f"ERROR: {message}", ""]
    assert not list(cart.path.glob("out*"))


def test_what_a_trace_lacks_that_was_left_on_is_said_by_the_controller(pytester):
    pytester.makepyfile(
        test_left="""\
        import pytest
        import swifttrace

        def test_leaves():
            swifttrace.enable(2, output="own.log")

        @pytest.mark.swifttrace
        def test_next():
            following = 1
        """
    )
    ended = run(pytester, "-n1", plugins=XDIST)
    ended.assert_outcomes(passed=2)
    by = "left on by test_left.py::test_leaves"
    ended.stdout.fnmatch_lines(
        [f"swifttrace: the trace to own.log, {by}, lacks the lines of later tests"]
    )


def test_a_worker_that_crashes_prints_its_lines(pytester):
    pytester.makepyfile("import os\n\ndef test_crash():\n    near = 1\n    os.abort()\n")
    ended = run(pytester, "-n1", "--swifttrace-on-failure", plugins=XDIST)
    text = ended.stderr.str()
    assert re.search(r"(?m)^# swifttrace: process \d+: the last 2 of 2 lines, at SIGABRT$", text)
    assert re.search(r"(?m)^\S+\.py:4: +near = 1$", text)
    ended.stdout.fnmatch_lines(["*crashed while running*"])


# pytest-forked 1.7 cannot marshal what a report of pytest 9.2 has; it needs no more than that.
FORKED = """\
import pytest_forked

serialize = pytest_forked.serialize_report

def known_fields(report):
    fields = serialize(report)
    if fields.pop("_id", None) is not None:
        fields["nodeid"] = report.nodeid
    return fields

pytest_forked.serialize_report = known_fields
"""


@needs("pytest-forked")
@pytest.mark.parametrize("workers", [[], ["-n2"]])
def test_a_test_that_runs_in_a_fork_shows_its_lines(cart, workers):
    plugins = ("pytest-xdist", "pytest-forked")
    cart.makeconftest(FORKED)
    cart.makepyfile(
        test_fixture="""\
        def test_fixture(swifttrace):
            lines = swifttrace.lines
            assert lines == ["lines = swifttrace.lines"]
        """
    )
    ended = run(cart, "--forked", "--swifttrace-on-failure", *workers, plugins=plugins)
    ended.assert_outcomes(passed=2, failed=1)
    assert sections(ended) == [indented_alike(named(LAST_LINES))]


@needs("pytest-forked")
def test_forks_have_files_of_their_own(cart):
    options = ("--forked", "--swifttrace=2", "--swifttrace-output=out")
    cart.makeconftest(FORKED)
    run(cart, *options, plugins=("pytest-forked",)).assert_outcomes(passed=1, failed=1)
    written = {path.name: path.read_text() for path in cart.path.glob("out*")}
    assert written.pop("out") == ""
    assert all(re.fullmatch(r"out\.\d+", name) for name in written)
    assert sorted(text.count("\n") for text in written.values()) == [8, 10]


@needs("pytest-forked")
def test_a_fork_that_crashes_prints_its_lines(pytester):
    pytester.makepyfile("import os\n\ndef test_crash():\n    near = 1\n    os.abort()\n")
    ended = run(pytester, "--forked", "--swifttrace-on-failure", plugins=("pytest-forked",))
    ended.stdout.fnmatch_lines(["*CRASHED with signal 6*"])
    assert re.search(r"(?m)^\S+\.py:4: +near = 1$", ended.stderr.str())
