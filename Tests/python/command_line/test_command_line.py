"""The command's options, and which of the arguments are the program's."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from conftest import clean_environment, run_python, run_swifttrace
from launching import numbered

LEVELS = {
    1: ["", "-x", "--trace", "--level 1", "--level=1", "--level=+1"],
    2: [
        "-xx",
        "-x -x",
        "--trace-with-lineno",
        "--trace-with-linenos",
        "--level 2",
        "--level=2",
        "-xxx --level 2",
        "--trace-all -xx",
    ],
    3: [
        "-xxx",
        "-x -x -x",
        "-xx -x",
        "--trace-all",
        "--trace_all",
        "--level 3",
        "--level=3",
        "--trace --trace-all",
    ],
}


@pytest.mark.parametrize(
    ("level", "options"), [(level, text) for level, texts in LEVELS.items() for text in texts]
)
def test_a_level_has_several_spellings(level, options, write, tmp_path):
    path = write("program.py", "x = 1   \n")
    place = os.fspath(path)[-32:]
    lines = {1: "+ x = 1\n", 2: "+ [     1] x = 1\n", 3: f"+ [{place:>32}:1     ] x = 1\n"}
    ended = run_swifttrace(*options.split(), "--scope=script", path)
    assert (ended.returncode, ended.stdout) == (0, b"")
    assert ended.stderr.decode() == lines[level]


def test_level_3_is_of_every_module_and_the_others_of_the_script_alone(write, tmp_path):
    write("helper.py", "import colorsys\nvalue = colorsys.rgb_to_hsv(1, 1, 1)\n")
    write("program.py", "import helper\n")
    for option in ("-x", "-xx"):
        ended = run_swifttrace(option, "program.py", cwd=tmp_path)
        assert ended.stderr.endswith(b"import helper\n")
        assert ended.stderr.count(b"\n") == 1
    ended = run_swifttrace("-xxx", "program.py", cwd=tmp_path)
    for line in (b"import helper", b"import colorsys", b"maxc = max(r, g, b)"):
        assert b"] " + line + b"\n" in ended.stderr.replace(b"]     ", b"] ")
    assert b"swifttrace" not in ended.stderr


# -- whose the arguments are -----------------------------------------------------------


def test_what_follows_the_program_is_the_program_s(write, tmp_path):
    write("program.py", "import sys\nprint(sys.argv[1:])\n")
    arguments = ["-x", "--help", "--version", "-o", "file", "--", "-", "-m", "x", "--fd", ""]
    code = "import sys\nprint(sys.argv[1:])\n"
    for launch in (["program.py"], ["-m", "program"], ["-c", code], ["--", "program.py"]):
        ended = run_swifttrace("-xx", *launch, *arguments, cwd=tmp_path)
        assert ended.stdout.decode() == f"{arguments}\n"
        assert ended.stderr == numbered(code)
    ended = run_swifttrace("-xx", "-", *arguments, cwd=tmp_path, input=code.encode())
    assert ended.stdout.decode() == f"{arguments}\n"
    assert sorted(os.listdir(tmp_path)) in (["__pycache__", "program.py"], ["program.py"])


def test_a_dash_dash_lets_the_script_begin_with_a_dash(write, tmp_path):
    write("-x", "print(__file__)\n")
    ended = run_swifttrace("-x", "--", "-x", cwd=tmp_path)
    assert ended.stdout.decode() == f"{tmp_path}/-x\n"
    assert ended.stderr == b"+ print(__file__)\n"


def test_a_value_may_be_joined_to_its_option_or_follow_it(write, tmp_path):
    write("program.py", "x = 1\n")
    joined = ["--no-banner -otrace", "--no-banner --output=trace"], ["-mprogram"]
    apart = ["--no-banner -o trace", "--no-banner --output trace"], ["-m program", "program.py"]
    for outputs, programs in (joined, apart):
        for output in outputs:
            for program in programs:
                ended = run_swifttrace(*output.split(), *program.split(), cwd=tmp_path)
                assert (ended.returncode, ended.stderr) == (0, b"")
                assert (tmp_path / "trace").read_bytes() == b"+ x = 1\n"
                (tmp_path / "trace").unlink()
    ended = run_swifttrace("-cprint(2)")
    assert (ended.stdout, ended.stderr) == (b"2\n", b"+ print(2)\n")


def test_the_last_of_several_values_counts(write, tmp_path):
    write("program.py", "x = 1\n")
    options = ["--level", "3", "--level", "2", "--scope", "all", "--scope", "script"]
    ended = run_swifttrace(
        *options, "--no-banner", "-o", "first", "-o", "second", "program.py", cwd=tmp_path
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert (tmp_path / "second").read_bytes() == b"+ [     1] x = 1\n"
    assert not (tmp_path / "first").exists()


# -- what it says of itself ------------------------------------------------------------


def test_help_is_printed_on_standard_output(tmp_path):
    for options in (["--help"], ["-h"], ["-xx", "--help", "--nonsense"]):
        ended = run_swifttrace(*options, cwd=tmp_path)
        assert (ended.returncode, ended.stderr) == (0, b"")
        assert ended.stdout.startswith(b"usage: swifttrace [options] script.py [args]\n")
    for option in (
        b"-xxx, --trace-all",
        b"--scope",
        b"--include",
        b"--exclude",
        b"--fd N",
        b"--last N",
    ):
        assert option in ended.stdout
    assert max(map(len, ended.stdout.splitlines())) <= 80
    assert os.listdir(tmp_path) == []


def test_the_version_is_printed_on_standard_output():
    ended = run_swifttrace("--version")
    import swifttrace

    assert ended.stdout.decode() == f"swifttrace {swifttrace.__version__}\n"
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_no_program_at_all_prints_the_help_as_an_error():
    wanted = run_swifttrace("--help").stdout
    for options in ([], ["-x"], ["--"], ["-xx", "--scope", "all"]):
        ended = run_swifttrace(*options)
        assert (ended.returncode, ended.stdout, ended.stderr) == (2, b"", wanted)


def test_the_console_script_is_the_same_command(write, tmp_path):
    command = Path(sysconfig.get_path("scripts"), "swifttrace")
    if not command.exists():
        pytest.skip(f"{command} is not installed")
    source = "import sys\nprint(sys.argv, sys.path, __name__)\n1 / 0\n"
    write("below/program.py", source)
    environment = clean_environment()
    for options in (["-xx", "below/program.py", "-x"], ["--help"], ["--nonsense"], []):
        ended = subprocess.run(
            [command, *options], cwd=tmp_path, capture_output=True, env=environment, check=False
        )
        module = run_swifttrace(*options, cwd=tmp_path)
        assert ended.returncode == module.returncode
        assert (ended.stdout, ended.stderr) == (module.stdout, module.stderr)
    output = tmp_path / "trace"
    for launch in (["below/program.py"], ["-m", "below.program"], ["-c", source]):
        plain = run_python(*launch, "-x", cwd=tmp_path)
        ended = subprocess.run(
            [command, "-xx", "--no-banner", "-o", output, *launch, "-x"],
            cwd=tmp_path,
            capture_output=True,
            env=environment,
            check=False,
        )
        assert (ended.stdout, ended.stderr) == (plain.stdout, plain.stderr)
        assert (ended.returncode, output.read_bytes()) == (1, numbered(source))


@pytest.mark.parametrize("source", ["1 / 0\n", "raise SystemExit(3)\n", "int('x')\n", "x = 1\n"])
@pytest.mark.parametrize("options", [["-xx"], ["-xx", "-o", "trace"], ["-p"], ["--last", "5"]])
def test_the_console_script_ends_as_the_program(source, options, write, tmp_path):
    """With memory that is overwritten as it is freed: the interpreter has a hold of ours."""
    command = Path(sysconfig.get_path("scripts"), "swifttrace")
    path = write("program.py", source)
    environment = clean_environment(PYTHONMALLOC="debug")
    ended = subprocess.run(
        [sys.executable, command, *options, path],
        cwd=tmp_path,
        input=b"",
        capture_output=True,
        env=environment,
        check=False,
    )
    assert ended.returncode == run_python(path).returncode


def test_the_command_imports_nothing_that_is_slow_to_import():
    source = "import sys; print(*sys.modules)"
    options = ["-I"] if sys.version_info < (3, 13) else ["-I", "-X", "frozen_modules=on"]
    ended = run_swifttrace("-c", source, interpreter_options=options)
    slow = "argparse", "ast", "asyncio", "ctypes", "dataclasses", "enum", "inspect", "logging"
    slow += "pathlib", "re", "tokenize", "traceback", "typing", "subprocess", "tempfile"
    # 3.15 imports some itself, to find the callable that a .start file names.
    plain = run_python("-c", source, interpreter_options=options)
    added = set(ended.stdout.split()) - set(plain.stdout.split())
    assert not {name.encode() for name in slow} & added
