"""A host program in C that embeds this Python: `programs/embedding/host.c`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from conftest import TESTS, TIMEOUT, clean_environment

SOURCE = TESTS / "programs" / "embedding" / "host.c"
STATUS = 7


def library():
    """Where this Python's shared library is; None: it was built without, or comes without."""
    name = sysconfig.get_config_var("LDLIBRARY") or ""
    prefix = Path(sys.base_prefix, "lib")
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    places = [Path(sysconfig.get_config_var("LIBDIR") or prefix), prefix, prefix / multiarch]
    found = [place / name for place in places if name.endswith(".so")]
    return next((path for path in found if path.exists()), None)


def _loader():
    """The loader that runs us, which comes with a C library of its own."""
    maps = Path("/proc/self/maps").read_text()
    return Path(re.search(r"(/\S*/ld-linux\S*)$", maps, re.MULTILINE)[1])


def build(directory):
    """Compile the host; return its path."""
    shared, loader, host = library(), _loader(), directory / "host"
    if shared is None:
        pytest.skip("this Python has no shared library to be embedded")
    places = [shared.parent, loader.parent]
    command = [
        *os.environ.get("CC", "cc").split(),
        *["-Wall", "-Wextra", "-Werror", "-o", host, SOURCE],
        *[f"-I{sysconfig.get_path('include')}", shared, "-pthread"],
        *["-Wl,--disable-new-dtags", "-Wl,--allow-shlib-undefined"],
        *[f"-Wl,-rpath,{place}" for place in places],
        f"-Wl,--dynamic-linker,{loader}",
    ]
    subprocess.run(list(map(os.fspath, command)), check=True)
    return host


def run_host(host, *arguments, cwd=None, env=None):
    """Run the host, whose Python is this environment's."""
    return subprocess.run(
        [host, sys.executable, sys.base_prefix, *map(os.fspath, arguments)],
        cwd=cwd,
        env=clean_environment(**(env or {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )
