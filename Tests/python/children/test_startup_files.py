"""The files that `site` reads at each start of an interpreter, and what they do to it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig

import pytest
from conftest import clean_environment
from interpreters import install_into, make_environment, site_packages_of


def test_both_files_are_installed():
    site_packages = sysconfig.get_path("purelib")
    assert {"swifttrace.pth", "swifttrace.start"} <= set(os.listdir(site_packages))


@pytest.fixture(scope="module")
def environments(tmp_path_factory):
    """Three environments: without startup files, with somebody else's, with ours."""
    directory = tmp_path_factory.mktemp("environments")
    pythons = {name: make_environment(directory / name) for name in ("none", "other", "ours")}
    other = site_packages_of(pythons["other"])
    (other / "other.pth").write_text('import os; "OTHER" in os.environ\n')
    (other / "other.start").write_text("os:getpid\n")
    install_into(site_packages_of(pythons["ours"]))
    return pythons


def modules(python, *options, **variables):
    """The modules that an interpreter has imported as the program begins."""
    command = [python, *options, "-c", "import sys; print(*sys.modules)"]
    ended = subprocess.run(
        command, env=clean_environment(**variables), capture_output=True, text=True, check=True
    )
    assert ended.stderr == ""
    return set(ended.stdout.split())


@pytest.mark.parametrize("option", ["-B", "-I", "-E", "-s", "-X dev"])
def test_nothing_is_imported_where_the_variable_is_unset(option, environments):
    found = {name: modules(python, *option.split()) for name, python in environments.items()}
    # 3.15 imports what it takes to find the function that a .start file names.
    by_site = found["other"] - found["none"]
    ours = {"swifttrace_start"} if sys.version_info >= (3, 15) else set()
    assert found["ours"] - found["none"] - by_site == ours


def test_nothing_more_is_imported_where_the_variable_is_empty(environments):
    found = modules(environments["ours"], SWIFTTRACE="")
    assert found - modules(environments["ours"]) <= {"swifttrace_start"}
    assert "swifttrace" not in found


def test_nothing_is_imported_without_site(environments):
    assert modules(environments["ours"], "-S") == modules(environments["none"], "-S")


def test_time_of_imports_shows_no_other_either(environments):
    """As a person would look for it. 3.15 does not time what a .start file names."""
    ended = subprocess.run(
        [environments["ours"], "-X", "importtime", "-c", "pass"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    names = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "site" in names
    assert {name for name in names if name.startswith("swifttrace")} <= {"swifttrace_start"}
