"""The forms that a program comes in, and running it without and with the trace."""

from __future__ import annotations

import contextlib
import importlib.util
import py_compile
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from conftest import clean_environment, run_python, run_swifttrace


def skip_without(name):
    """Skip the test where a package is not installed. Nothing is imported: some patch the process."""
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")


def run_alike(directory, *arguments, options=("-xx",), masked=None, stdin_file=None, **how):
    """Run a program by `python` and by `swifttrace`; assert that a person sees the same.

    Return how it ended, and its `trace`, which goes to a file: standard error is the
    program's own. `masked` is a pattern for what no two runs have in common.
    """
    how.setdefault("cwd", directory)
    if stdin_file is not None:
        how["input"] = None
    output = directory.parent / f"{directory.name}.trace"
    plain = _run(run_python, arguments, stdin_file, how)
    traced = _run(
        run_swifttrace, (*options, "--no-banner", "-o", output, *arguments), stdin_file, how
    )
    assert _seen(traced, masked) == _seen(plain, masked)
    plain.trace = output.read_bytes() if output.exists() else None
    return plain


def _run(run, arguments, stdin_file, how):
    if stdin_file is None:
        return run(*arguments, **how)
    with open(stdin_file, "rb") as stdin:
        return run(*arguments, stdin=stdin, **how)


def _seen(ended, masked):
    texts = [ended.stdout, ended.stderr]
    if masked is not None:
        texts = [text and re.sub(masked, b"...", text) for text in texts]
    return ended.returncode, *texts


def numbered(source, *numbers):
    """Return the trace at level 2 of these lines of a text; of all of them by default."""
    lines = source.encode() if isinstance(source, str) else source
    lines = lines.split(b"\n")
    if not numbers:
        numbers = [number for number, line in enumerate(lines, 1) if line]
    return b"".join(b"+ [%6d] %s\n" % (number, lines[number - 1]) for number in numbers)


@contextlib.contextmanager
def start_swifttrace(*arguments, **options):
    """Start the command, which ends with the block at the latest."""
    command = [sys.executable, "-m", "swifttrace", *arguments]
    with subprocess.Popen(command, env=clean_environment(), **options) as running:
        try:
            yield running
        except BaseException:
            running.kill()
            raise


def wait_until_asleep(process):
    """Return as soon as a process that never rests by itself waits for something."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2][0]
        if state == "S":
            return
    raise AssertionError("it does not wait")


def unmarked(trace):
    """Return a trace without the names of threads, said from the second thread on."""
    return re.sub(rb"(?m)^\+ \{[^}\n]*\} ", b"+ ", trace)


def _file(name, argument=None):
    def build(directory, source):
        _write(directory / name, source)
        return [argument or name]

    return build


def _absolute(directory, source):
    _write(directory / "program.py", source)
    return [directory / "program.py"]


def _symbolic_link(directory, source):
    _write(directory / "elsewhere" / "program.py", source)
    (directory / "link.py").symlink_to("elsewhere/program.py")
    return ["link.py"]


def _bytecode(directory, source):
    _write(directory / "program.py", source)
    py_compile.compile(directory / "program.py", directory / "program.pyc", doraise=True)
    return ["program.pyc"]


def _module(directory, source):
    _write(directory / "program.py", source)
    return ["-m", "program"]


def _package(directory, source):
    _write(directory / "package" / "__init__.py", b"imported = True\n")
    _write(directory / "package" / "__main__.py", source)
    return ["-m", "package"]


def _module_of_package(directory, source):
    _write(directory / "package" / "__init__.py", b"imported = True\n")
    _write(directory / "package" / "program.py", source)
    return ["-m", "package.program"]


def _command(directory, source):
    return ["-c", source.decode()]


def _standard_input(directory, source):
    _write(directory / "program.py", source)
    return ["-"]


def _directory(directory, source):
    _write(directory / "program" / "__main__.py", source)
    return ["program"]


def _zip(directory, source):
    with zipfile.ZipFile(directory / "program.zip", "w") as archive:
        archive.writestr("helper.py", "VALUE = 1\n")
        archive.writestr("__main__.py", source)
    return ["program.zip"]


def _write(path, source):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source)


FORMS = {
    "script": _file("program.py"),
    "dotted": _file("program.py", "./program.py"),
    "absolute": _absolute,
    "in a directory": _file("below/program.py"),
    "through a directory": _file("program.py", "below/../program.py"),
    "symbolic link": _symbolic_link,
    "no suffix": _file("program"),
    "bytecode": _bytecode,
    "module": _module,
    "package": _package,
    "module of a package": _module_of_package,
    "command": _command,
    "standard input": _standard_input,
    "directory": _directory,
    "zip": _zip,
}
SOURCE_FORMS = [form for form in FORMS if form != "bytecode"]
MAIN_FORMS = ["script", "module", "package", "command", "standard input", "directory", "zip"]


def run_form_alike(form, directory, source, *arguments, **how):
    """Put a program into the directory in one of the forms, and run it both ways."""
    source = source.encode() if isinstance(source, str) else source
    (directory / "below").mkdir(exist_ok=True)
    launch = FORMS[form](directory, source)
    if form == "standard input":
        how["stdin_file"] = Path(directory, "program.py")
    return run_alike(directory, *launch, *arguments, **how)
