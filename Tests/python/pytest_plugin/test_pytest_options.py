"""What the pytest plugin takes: the command line, the environment, ini files, nothing."""

from __future__ import annotations

import re

import pytest
from conftest import run_python
from pytest_runs import cart, run

pytest_plugins = "pytester"
__all__ = ["cart"]

LAST_2 = "swifttrace: last 2 lines"
CALL = "swifttrace: call"
USAGE_ERROR = 4


def heading(ended):
    """Return the heading of what a run shows of the test that fails; None for nothing."""
    found = re.search(r"-+ (swifttrace: .*?) -+\n", ended.stdout.str())
    return found and found[1]


def test_an_option_takes_no_path_for_its_value(cart):
    cart.makepyfile(test_other="def test_other():\n    assert False\n")
    for options in (
        ["--swifttrace-on-failure", "test_cart.py"],
        ["--swifttrace", "test_cart.py"],
        ["--swifttrace", "--", "test_cart.py"],
        ["test_cart.py", "--swifttrace-on-failure"],
    ):
        ended = run(cart, *options)
        ended.assert_outcomes(passed=1, failed=1)
        assert heading(ended) is not None
    ended = run(cart, "--swifttrace-on-failure", "2", "test_cart.py")
    assert heading(ended) == LAST_2


def test_an_ini_file_has_options_of_the_same_names(cart):
    cart.makeini("[pytest]\nswifttrace_on_failure = 2\n")
    assert heading(run(cart)) == LAST_2
    assert heading(run(cart, "--swifttrace-on-failure=3")) == "swifttrace: last 3 lines"
    # One output of all lines asked for counts more.
    run(cart, "--swifttrace=1", "--swifttrace-output=out")
    assert len((cart.path / "out").read_text().splitlines()) == 18
    cart.makeini("[pytest]\naddopts = --swifttrace-on-failure=2\n")
    assert heading(run(cart, "test_cart.py")) == LAST_2
    cart.makeini(
        "[pytest]\nswifttrace = 2\nswifttrace_output = all\nswifttrace_scope = script\n"
        "swifttrace_phases = all\n"
    )
    run(cart)
    assert len((cart.path / "all").read_text().splitlines()) == 6


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="ini options had one name each")
@pytest.mark.parametrize("table", ["[pytest]", "[tool.pytest.ini_options]"])
def test_an_ini_file_takes_names_with_either_sign(table, cart):
    (cart.path / ("pytest.ini" if table == "[pytest]" else "pyproject.toml")).write_text(
        f'{table}\nswifttrace-on-failure = "2"\n'.replace('"', "" if table == "[pytest]" else '"')
    )
    assert heading(run(cart)) == LAST_2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("on-failure=2", LAST_2),
        ("on_failure", "swifttrace: last 40 lines"),
        ("2", CALL),
        ("level=1,scope=script,phases=call", CALL),
    ],
)
def test_the_environment_speaks_where_the_command_line_does_not(cart, monkeypatch, value, expected):
    monkeypatch.setenv("SWIFTTRACE_PYTEST", value)
    cart.makepyfile(
        test_more="""\
        import os

        def test_the_variable_is_not_for_tests():
            assert "SWIFTTRACE_PYTEST" not in os.environ
        """
    )
    ended = run(cart)
    ended.assert_outcomes(passed=2, failed=1)
    assert heading(ended) == expected
    assert heading(run(cart, "--swifttrace-on-failure=7")) in (CALL, "swifttrace: last 7 lines")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--swifttrace=4", "--swifttrace: the level must be 1, 2 or 3, not '4'"),
        ("--swifttrace=two", "--swifttrace: the level must be 1, 2 or 3, not 'two'"),
        ("--swifttrace=", "--swifttrace: the level must be 1, 2 or 3, not ''"),
        (
            "--swifttrace-on-failure=0",
            "--swifttrace-on-failure: the number of lines must be from 1 to 10000000, not '0'",
        ),
        (
            "--swifttrace-on-failure=-5",
            "--swifttrace-on-failure: the number of lines must be from 1 to 10000000, not '-5'",
        ),
        (
            "--swifttrace-scope=files",
            "--swifttrace-scope must be script, project or all, not 'files'",
        ),
        ("--swifttrace-phases=none", "--swifttrace-phases must be call or all, not 'none'"),
        ("--swifttrace-output=", "--swifttrace-output needs the name of a file, or -"),
        (
            "--swifttrace-output=none/out",
            "--swifttrace-output: {path}/none/out: No such file or directory",
        ),
        ("--swifttrace-output=.", "--swifttrace-output: {path}: Is a directory"),
        (
            "--swifttrace --swifttrace-output=out --swifttrace-on-failure",
            "--swifttrace-on-failure and an output of all lines exclude each other",
        ),
    ],
)
def test_bad_input_is_a_usage_error_of_one_line(cart, options, message):
    ended = run(cart, *options.split())
    assert ended.ret == USAGE_ERROR
    assert ended.errlines == [f"ERROR: {message.format(path=cart.path)}", ""]
    assert ended.outlines == []


def test_bad_values_elsewhere_are_usage_errors_too(cart, monkeypatch):
    cart.makeini("[pytest]\nswifttrace_on_failure = many\n")
    ended = run(cart)
    assert ended.ret == USAGE_ERROR
    numbers = "the number of lines must be from 1 to 10000000"
    assert ended.errlines[0] == f"ERROR: swifttrace_on_failure: {numbers}, not 'many'"
    cart.makeini("[pytest]\n")
    for value, message in [
        ("9", "swifttrace: the level must be 1, 2 or 3, not '9'"),
        ("on-failure=x", f"on_failure: {numbers}, not 'x'"),
        (
            "color=red",
            "unknown field 'color=red'; the fields are level, on-failure, diff, flaky, scope, output,"
            " record, html, phases",
        ),
    ]:
        monkeypatch.setenv("SWIFTTRACE_PYTEST", value)
        ended = run(cart)
        assert ended.ret == USAGE_ERROR
        assert ended.errlines == [f"ERROR: SWIFTTRACE_PYTEST: {message}", ""]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("level=4", "level must be 1, 2 or 3, not 4"),
        ("'2'", "level must be 1, 2 or 3, not '2'"),
        ("scope='files'", "scope must be script, project or all, not 'files'"),
        ("depth=4", "it takes level and scope"),
    ],
)
def test_a_bad_marker_is_a_usage_error_that_names_the_test(pytester, arguments, message):
    pytester.makepyfile(
        test_bad=f"import pytest\n@pytest.mark.swifttrace({arguments})\ndef test_bad(): pass\n"
    )
    ended = run(pytester)
    assert ended.ret == USAGE_ERROR
    assert f"ERROR: test_bad.py::test_bad: marker swifttrace: {message}" in ended.errlines


def test_a_bad_marker_that_a_fixture_adds_fails_its_test_in_one_line(pytester):
    pytester.makepyfile(
        test_late="""\
        import pytest

        @pytest.fixture
        def late(request):
            request.node.add_marker(pytest.mark.swifttrace(level=9))

        def test_late(late):
            pass

        def test_after():
            after = 1
            raise KeyError
        """
    )
    ended = run(pytester, "--swifttrace-on-failure", "test_late.py")
    ended.assert_outcomes(failed=2)
    lines = ended.outlines
    message = "test_late.py::test_late: marker swifttrace: level must be 1, 2 or 3, not 9"
    assert lines[lines.index(message) - 1].strip("_ ") == "test_late"
    assert lines[lines.index(message) + 1].strip("_ ") == "test_after"
    assert "  test_late.py:11  after = 1" in lines


def test_an_output_that_no_test_has_lines_for_is_a_usage_error(cart, monkeypatch):
    (cart.path / "out").write_text("kept")
    message = "needs --swifttrace, or a test with the marker"
    cart.makepyfile(test_more="def test_fixture(swifttrace):\n    pass\n")
    for options in (["--swifttrace-output=out"], ["--swifttrace-output=-"]):
        for more in ([], ["--swifttrace-on-failure"], ["-k", "fixture"]):
            ended = run(cart, *options, *more)
            assert ended.ret == USAGE_ERROR
            assert ended.errlines == [f"ERROR: --swifttrace-output {message}", ""]
    monkeypatch.setenv("SWIFTTRACE_PYTEST", "output=out")
    ended = run(cart)
    assert ended.errlines == [f"ERROR: SWIFTTRACE_PYTEST: output {message}", ""]
    monkeypatch.delenv("SWIFTTRACE_PYTEST")
    # An ini file says where, not whether.
    cart.makeini("[pytest]\nswifttrace_output = out\n")
    run(cart).assert_outcomes(passed=2, failed=1)
    assert (cart.path / "out").read_text() == "kept"
    assert (
        run(cart, "--swifttrace-output=out", "-k", "nothing").ret
        == pytest.ExitCode.NO_TESTS_COLLECTED
    )


def test_a_marker_is_enough_for_an_output(pytester):
    pytester.makepyfile(
        """\
        import pytest

        @pytest.mark.swifttrace(level=2)
        def test_marked():
            marked = 1

        def test_other():
            other = 1
        """
    )
    run(pytester, "--swifttrace-output=out").assert_outcomes(passed=2)
    assert (pytester.path / "out").read_text() == "+ [     5]     marked = 1\n"


def test_tests_that_cannot_be_collected_are_what_is_said_first(pytester):
    pytester.makepyfile("def test_one():\n    pass\n")
    pytester.makepyfile(test_broken="1 / 0\n")
    ended = run(pytester, "--swifttrace-output=out")
    assert ended.ret == pytest.ExitCode.INTERRUPTED
    assert "ZeroDivisionError" in ended.stdout.str()
    assert ended.stderr.str() == ""


# -- where nothing is asked for --


def test_nothing_is_imported_where_nothing_is_asked_for(pytester):
    pytester.makepyfile(
        """\
        import sys

        def test_modules():
            ours = {name for name in sys.modules if name.startswith("swifttrace")}
            # swifttrace_start is imported by Python itself, from 3.15 on.
            assert ours - {"swifttrace_start"} == {"swifttrace_pytest"}
        """
    )
    run(pytester).assert_outcomes(passed=1)


def test_the_plugin_is_imported_in_less_than_a_millisecond():
    times = []
    for _ in range(5):
        command = "import pytest; import swifttrace_pytest"
        ended = run_python("-X", "importtime", "-c", command)
        _, _, after = ended.stderr.partition(b" pytest\n")
        (found,) = re.findall(rb"(?m)\| +(\d+) \| swifttrace_pytest$", after)
        times.append(int(found))
        assert b" swifttrace\n" not in ended.stderr
    assert min(times) < 1000


def test_no_trace_is_left_of_a_plugin_that_is_blocked(pytester, monkeypatch):
    monkeypatch.setenv("SWIFTTRACE_PYTEST", "2")
    pytester.makepyfile(
        """\
        import os
        import sys

        def test_modules(request):
            ours = {name for name in sys.modules if name.startswith("swifttrace")}
            assert ours <= {"swifttrace_start"}
            assert os.environ["SWIFTTRACE_PYTEST"] == "2"

        def test_fixture(swifttrace):
            pass
        """
    )
    ended = run(pytester, "-pno:swifttrace", "-rA")
    ended.assert_outcomes(passed=1, errors=1)
    ended.stdout.fnmatch_lines(["*fixture 'swifttrace' not found*"])
    ended = run(pytester, "-pno:swifttrace", "--swifttrace")
    assert ended.ret == USAGE_ERROR
    assert "unrecognized arguments: --swifttrace" in ended.stderr.str()
    for option in ("--markers", "--fixtures", "--help"):
        assert "print each line" not in run(pytester, "-pno:swifttrace", option).stdout.str()


def test_help_markers_and_fixtures_say_what_there_is(pytester):
    assert "--swifttrace-on-failure=[N[,values]]" in run(pytester, "--help").stdout.str()
    assert "@pytest.mark.swifttrace(level=1" in run(pytester, "--markers").stdout.str()
    assert "swifttrace.lines" in run(pytester, "--fixtures").stdout.str()


def test_pytest_may_be_traced_itself_without_a_warning(pytester):
    pytester.makepyfile("def test_nothing(): pass")
    options = ("--scope", "script", "-o", pytester.path / "out")
    for how in (
        ("-m", "swifttrace", *options, "-m", "pytest", "-Werror", "-pno:asyncio"),
        ("-m", "pytest", "-Werror", "-pno:asyncio"),
    ):
        ended = run_python(*how, cwd=pytester.path, env={"SWIFTTRACE": "scope=script,output=other"})
        assert ended.returncode == 0, ended.stdout.decode()
        assert b"Warning" not in ended.stdout + ended.stderr
