"""What makes no sense is refused in one clear line, and leaves nothing broken."""

from __future__ import annotations

import os

import pytest
from conftest import run_python, run_swifttrace

USAGE = {
    "--level 0 program.py": "--level: the level must be 1, 2 or 3",
    "--level 4 program.py": "--level: the level must be 1, 2 or 3",
    "--level x program.py": "--level needs a number, not 'x'",
    "--level= program.py": "--level needs a number, not ''",
    "--level": "--level needs a value",
    "-xxxx program.py": "-xxxx: the level must be 1, 2 or 3",
    "-xx -xx program.py": "-xxxx: the level must be 1, 2 or 3",
    "--scope nonsense program.py": "scope must be script, project or all, not 'nonsense'",
    "--scope": "--scope needs a value",
    "--include= program.py": "include must be patterns for files, not ''",
    "--exclude= program.py": "exclude must be patterns for files, not ''",
    "--nonsense program.py": "unknown option --nonsense",
    "--nonsense=3 program.py": "unknown option --nonsense",
    "--leve 2 program.py": "unknown option --leve",
    "-z program.py": "unknown option -z",
    "-xz program.py": "unknown option -xz",
    "-X program.py": "unknown option -X",
    "--trace=2 program.py": "--trace takes no value",
    "--help=2": "--help takes no value",
    "-m": "-m needs a value",
    "-c": "-c needs a value",
    "-o": "-o needs a value",
    "--output= program.py": "output must be the name of a file, not ''",
    "--fd": "--fd needs a value",
    "--fd x program.py": "--fd needs a number, not 'x'",
    "--fd=-1 program.py": "fd must be a descriptor's number, not -1",
    "--fd=4294967298 program.py": "fd must be a descriptor's number, not 4294967298",
    "-o file --fd 2 program.py": "output and fd exclude each other",
    "--odd\nname program.py": "unknown option --odd\\nname",
}


@pytest.mark.parametrize("arguments", USAGE)
def test_an_option_that_makes_no_sense_is_refused(arguments, write, tmp_path):
    write("program.py", "print('it ran')\n")
    ended = run_swifttrace(*arguments.split(" "), cwd=tmp_path)
    expected = f"swifttrace: {USAGE[arguments]} (try --help)\n"
    assert (ended.returncode, ended.stdout, ended.stderr.decode()) == (2, b"", expected)
    assert not (tmp_path / "file").exists()


UNWRITABLE = {
    "-o .": "cannot write to .: Is a directory",
    "-o missing/trace": "cannot write to missing/trace: No such file or directory",
    "-o program.py/trace": "cannot write to program.py/trace: Not a directory",
    "-o " + "n" * 300: "cannot write to " + "n" * 300 + ": File name too long",
    "--fd 99": "cannot write to descriptor 99: Bad file descriptor",
    "--fd 0": "cannot write to descriptor 0: Descriptor is not open for writing",
}


@pytest.mark.parametrize("option", UNWRITABLE)
def test_a_place_that_cannot_be_written_is_refused(option, write, tmp_path):
    write("program.py", "print('it ran')\n")
    for launch in (["program.py"], ["-m", "program"], ["-c", "print('it ran')"], ["-"]):
        with open(os.devnull, "rb") as nothing:
            ended = run_swifttrace(
                *option.split(), *launch, cwd=tmp_path, stdin=nothing, input=None
            )
        expected = f"swifttrace: {UNWRITABLE[option]}\n"
        assert (ended.returncode, ended.stdout, ended.stderr.decode()) == (2, b"", expected)


# Without rights from here on, where there were any.
POWERLESS = """\
import os, sys
from swifttrace.cli.main import main
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
main()
"""


def test_a_file_that_may_not_be_written_or_read_is_refused(write, tmp_path):
    trace, secret = write("trace", ""), write("secret.py", "print('it ran')\n")
    trace.chmod(0o400)
    secret.chmod(0)
    for directory in (tmp_path, *tmp_path.parents[:2]):
        directory.chmod(0o711)
    ended = run_python("-c", POWERLESS, "-o", trace, "-c", "print('it ran')")
    expected = f"swifttrace: cannot write to {trace}: Permission denied\n"
    assert (ended.returncode, ended.stdout, ended.stderr.decode()) == (2, b"", expected)
    ended = run_python("-c", POWERLESS, secret)
    expected = f"swifttrace: can't open file '{secret}': [Errno 13] Permission denied\n"
    assert (ended.returncode, ended.stdout, ended.stderr.decode()) == (2, b"", expected)


@pytest.mark.parametrize(
    "launch",
    [
        ["missing.py"],
        ["missing/program.py"],
        ["program.py/program.py"],
        ["broken-link.py"],
        ["odd\nname.py"],
        ["é\udce9.py"],
        ["n" * 300],
        ["empty"],
        ["empty.zip"],
        ["-m", "missing"],
        ["-m", "missing.module"],
        ["-m", "package"],
        ["-m", "package.missing"],
        ["-m", "program.missing"],
        ["-m", "sys"],
        ["-m", ""],
        ["-m", ".relative"],
        ["-m", "program.py"],
    ],
    ids=" ".join,
)
def test_what_python_cannot_run_is_refused_with_its_status_and_words(launch, write, tmp_path):
    write("program.py", "print('it ran')\n")
    write("package/__init__.py", "")
    (tmp_path / "empty").mkdir()
    # An archive without entries.
    write("empty.zip", b"PK\5\6" + bytes(18))
    (tmp_path / "broken-link.py").symlink_to("missing")
    plain = run_python(*launch, cwd=tmp_path)
    ended = run_swifttrace(*launch, cwd=tmp_path)
    assert plain.returncode in (1, 2)
    assert (ended.returncode, ended.stdout) == (plain.returncode, plain.stdout)
    assert without_name(ended.stderr) == without_name(plain.stderr)
    assert ended.stderr.count(b"\n") == 1


def without_name(message):
    """The message after the program's name."""
    return message.partition(b": ")[2]


def test_an_output_is_not_touched_where_there_is_nothing_to_run(write, tmp_path):
    trace = write("trace", "kept\n")
    for launch in (["missing.py"], ["--nonsense", "x.py"], []):
        assert run_swifttrace("-o", trace, *launch, cwd=tmp_path).returncode == 2
        assert trace.read_text() == "kept\n"


@pytest.mark.parametrize("name", ["other.py", "program.py", "program", "link"])
@pytest.mark.parametrize(
    "options", [(), ("--last=5",), ("--fold",), ("--fold=live",), ("--count",)]
)
def test_a_program_is_not_overwritten_by_its_trace(name, options, write, tmp_path):
    """`-o` with its file forgotten takes the program for it."""
    program = write("program", "print('ran')\n")
    write("other.py", "print('other')\n")
    write("program.py", "print('ran')\n")
    (tmp_path / "link").symlink_to(program)
    before = (tmp_path / name).read_bytes()
    script = "program.py" if name == "program.py" else "program"
    ended = run_swifttrace("-o", name, *options, script, cwd=tmp_path)
    said = f"swifttrace: cannot write to {name}: It is a program's source\n".encode()
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, b"", said)
    assert (tmp_path / name).read_bytes() == before
