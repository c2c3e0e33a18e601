"""Children that another interpreter runs, or another installation: what follows, what cannot."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import swifttrace
from conftest import clean_environment, run_python, run_swifttrace
from interpreters import install_into, make_environment, old_pythons, site_packages_of

PACKAGES = Path(swifttrace.__file__).parents[1]
CODE = "child = 1; print('ran')"


def trace_of_child(ended):
    """What a child printed of its trace. The child itself has run, without a word."""
    assert (ended.returncode, ended.stdout) == (0, b"ran\n"), ended.stderr
    lines = ended.stderr.decode().splitlines()
    assert all(line.startswith("+") for line in lines), lines
    return [re.sub(r"\{\d+", "{N", line) for line in lines if line.startswith("++")]


def run_child(write, *command, **how):
    """Run a command from a program that is traced."""
    arguments = [os.fspath(word) for word in command]
    program = write("parent.py", f"import subprocess\nsubprocess.run({arguments!r}, check=True)\n")
    return run_swifttrace("-x", "--no-banner", program, **how)


FOLLOWED = [f"++ {{N}} {CODE}"]
OPTIONS = {
    "-S": [],
    "-I": [],
    "-E": [],
    "-s": FOLLOWED,
    "-P": FOLLOWED,
    "-B": FOLLOWED,
    "-O": FOLLOWED,
    "-u": FOLLOWED,
    "-X dev": FOLLOWED,
    "-W error": FOLLOWED,
}


@pytest.mark.parametrize("option", OPTIONS)
def test_a_child_is_followed_under_each_option_that_lets_it(option, write):
    ended = run_child(write, sys.executable, *option.split(), "-c", CODE)
    assert trace_of_child(ended) == OPTIONS[option]


@pytest.mark.parametrize("option", ["-I", "-E", "-s", "-P"])
def test_options_of_the_command_s_own_interpreter_do_not_keep_children_out(option, write):
    ended = run_child(write, sys.executable, "-c", CODE, interpreter_options=[option])
    assert trace_of_child(ended) == FOLLOWED


@pytest.mark.parametrize("options", [[], ["--system-site-packages"]])
def test_a_virtual_environment_without_us_is_silently_untraced(options, write, tmp_path):
    python = make_environment(tmp_path / "environment", sys.executable, *options)
    assert trace_of_child(run_child(write, python, "-c", CODE)) == []


def test_an_environment_within_an_environment_is_followed_where_we_are_in_it(write, tmp_path):
    outer = make_environment(tmp_path / "outer")
    inner = make_environment(tmp_path / "outer" / "inner", outer)
    install_into(site_packages_of(outer))
    assert trace_of_child(run_child(write, outer, "-c", CODE)) == FOLLOWED
    assert trace_of_child(run_child(write, inner, "-c", CODE)) == []
    install_into(site_packages_of(inner))
    assert trace_of_child(run_child(write, inner, "-c", CODE)) == FOLLOWED
    # In all of them at once: each is one level.
    code = f"import subprocess; subprocess.run([{os.fspath(inner)!r}, '-c', {CODE!r}])"
    ended = run_child(write, outer, "-c", code)
    assert trace_of_child(ended) == [f"++ {{N}} {code}", f"+++ {{N}} {CODE}"]


def test_what_is_installed_for_a_user_follows_but_for_minus_s(write, tmp_path):
    base = getattr(sys, "_base_executable", sys.executable)
    environment = clean_environment(PYTHONUSERBASE=os.fspath(tmp_path))
    code = "import site; print(site.ENABLE_USER_SITE, site.getusersitepackages())"
    enabled, path = subprocess.check_output([base, "-c", code], env=environment, text=True).split()
    if enabled != "True":
        pytest.skip("this interpreter has no place for what a user installs")
    install_into(Path(path))
    how = {"env": {"PYTHONUSERBASE": os.fspath(tmp_path)}}
    assert trace_of_child(run_child(write, base, "-c", CODE, **how)) == FOLLOWED
    assert trace_of_child(run_child(write, base, "-s", "-c", CODE, **how)) == []


def without_rights(*command):
    """A command that file modes hold for, as they do not for root."""
    if os.geteuid() != 0:
        return [*command]
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("file modes hold root back with setpriv only")
    return [setpriv, "--bounding-set=-all", "--inh-caps=-all", *command]


@pytest.fixture
def read_only_python(tmp_path):
    """An environment with us in it that nobody may write to."""
    python = make_environment(tmp_path / "environment")
    site_packages = site_packages_of(python)
    install_into(site_packages)
    paths = [site_packages, *site_packages.rglob("*")]
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    yield python
    for path in paths:
        path.chmod(path.stat().st_mode | 0o200)


def test_a_site_packages_that_may_not_be_written_is_enough(read_only_python, write):
    packages = site_packages_of(read_only_python)
    before = sorted(packages.rglob("*"))
    program = write("program.py", "import swifttrace\nchild = 1\n")
    for arguments, variable in {
        ("-m", "swifttrace", program): {},
        (program,): {"SWIFTTRACE": "1"},
    }.items():
        ended = subprocess.run(
            without_rights(read_only_python, *arguments),
            env=clean_environment(**variable),
            capture_output=True,
            check=False,
        )
        assert (ended.returncode, ended.stderr) == (0, b"+ import swifttrace\n+ child = 1\n")
    touch = subprocess.run(without_rights("touch", packages / "x"), stderr=-1, check=False)
    assert touch.returncode != 0
    assert sorted(packages.rglob("*")) == before


# -- Pythons that are too old ----------------------------------------------------------------


def test_a_child_of_an_old_python_is_silently_untraced(write):
    pythons = old_pythons()
    if not pythons:
        pytest.skip("pyenv has no Python before 3.11 here")
    for python in pythons.values():
        assert trace_of_child(run_child(write, python, "-c", CODE)) == []


def test_an_old_python_that_reads_our_pth_file_is_silently_untraced():
    """As where several Pythons share a directory of packages."""
    pythons = old_pythons()
    if not pythons:
        pytest.skip("pyenv has no Python before 3.11 here")
    code = f"import site, sys; site.addsitedir({os.fspath(PACKAGES)!r}); sys.stdout.write('ran')"
    environment = clean_environment(SWIFTTRACE="2", PYTHONDONTWRITEBYTECODE="1")
    for version, python in pythons.items():
        ended = subprocess.run([python, "-c", code], env=environment, capture_output=True)
        assert (ended.stdout, ended.stderr) == (b"ran", b""), version


def test_a_python_that_cannot_import_us_is_silently_untraced(write, tmp_path):
    write("swifttrace/__init__.py", "raise ImportError('not for this Python')\n")
    code = f"import swifttrace_start; swifttrace_start.start(); {CODE}"
    environment = {"PYTHONPATH": os.fspath(tmp_path), "SWIFTTRACE": "1"}
    ended = run_python("-c", code, env=environment)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"ran\n", b"")


# -- rights ----------------------------------------------------------------------------------

# Before the program itself, as a program with the set-user-id bit has its rights. The trace's
# modules, and what `-c` imports, are imported while their directories may still be read.
BECOMES = """\
import linecache, os, swifttrace.launch.startup, swifttrace_start, threading
{}
os.environ["SWIFTTRACE"] = "1"
swifttrace_start.start()
"""
ALL_OF_IT = "os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)"


@pytest.mark.parametrize(
    ("change", "trace"),
    {
        "os.seteuid(65534)": b"",
        "os.setegid(65534)": b"",
        "os.setreuid(65534, 0)": b"",
        ALL_OF_IT: b"+ x = 1\n",
        "": b"+ x = 1\n",
    }.items(),
)
def test_the_environment_says_nothing_where_the_program_has_other_rights(
    change, trace, write, tmp_path
):
    if os.getuid() != 0:
        pytest.skip("takes root to become someone else")
    write("sitecustomize.py", BECOMES.format(change))
    ended = run_python("-c", "x = 1", env={"PYTHONPATH": os.fspath(tmp_path)})
    assert (ended.returncode, ended.stderr) == (0, trace)


def test_what_starts_the_trace_is_not_in_it(write):
    program = write(
        "parent.py", "import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''])\n"
    )
    ended = run_swifttrace("-xxx", "--no-banner", program)
    assert ended.returncode == 0
    assert b"swifttrace" not in ended.stderr
