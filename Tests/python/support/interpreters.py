"""Interpreters beside the one that runs the tests: virtual environments, and old Pythons."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import clean_environment


def make_environment(directory, python=sys.executable, *options):
    """A virtual environment with nothing in it; return its interpreter."""
    command = [python, "-m", "venv", "--without-pip", *options, directory]
    subprocess.run(command, check=True, env=clean_environment())
    return directory / "bin" / "python"


def install_into(site_packages):
    """Put there what our wheel has put beside us."""
    for file in importlib.metadata.files("swifttrace"):
        if ".." not in file.parts and "__pycache__" not in file.parts:
            target = site_packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file.locate(), target)


def site_packages_of(python):
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(subprocess.check_output([python, "-I", "-c", code], text=True).strip())


def old_pythons():
    """The interpreters that pyenv has and we are too new for, by their versions."""
    pyenv = shutil.which("pyenv")
    root = subprocess.run([pyenv, "root"], stdout=-1, check=True).stdout if pyenv else b""
    versions = Path(os.fsdecode(root.strip()), "versions")
    if not root or not versions.is_dir():
        return {}
    found = {path.name: path / "bin" / "python" for path in versions.iterdir()}
    return {
        version: python
        for version, python in found.items()
        if python.exists() and version.startswith(("2.", "3.")) and is_old(version)
    }


def is_old(version):
    numbers = version.split(".")
    return numbers[0] == "2" or (numbers[1].isdigit() and int(numbers[1]) < 11)
