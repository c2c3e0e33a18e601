"""The check that holds the floors of the house: which folder may use which."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import ROOT

HOUSE = ROOT / "Tests" / "house"
FAULTS = f"""\
import sys
from pathlib import Path
sys.path.insert(0, {str(HOUSE)!r})
import floors
for fault in [*floors.python_faults(Path("python")), *floors.swift_faults(Path("Sources"))]:
    print(fault)
"""


@pytest.fixture
def faults(tmp_path):
    def run(**files):
        for name, text in files.items():
            is_swift = name.startswith("Trace")
            path = tmp_path / ("Sources" if is_swift else "python/swifttrace") / name
            path = path.with_suffix(".swift" if is_swift else ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        ended = subprocess.run(
            [sys.executable, "-c", FAULTS], cwd=tmp_path, stdout=-1, text=True, check=True
        )
        return ended.stdout.splitlines()

    return run


def test_what_is_below_may_be_used(faults):
    files = {
        "runtime/__init__": "",
        "runtime/frames": "import os\nfrom .. import swifttrace as native\n",
        "config/__init__": "",
        "config/options": "from ..runtime.frames import frame_of\n",
        "session/opening": "from ..config import options\nfrom . import state\n",
        "session/state": "from ..runtime import frames\n",
        "TraceCore/Text/Bytes": "struct Bytes {}\n",
        "TraceCore/Output/Sink": "// Ring\nclass Sink { var text: Bytes }\n",
        "TraceCore/Ring/Ring": "class Ring: Sink {}\n",
    }
    assert faults(**files) == []


def test_what_is_above_may_not_be_used_whenever_it_is(faults):
    files = {
        "runtime/frames": "def later():\n    from ..config import options\n",
        "config/options": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..session.state import state\n",
        "session/state": "",
        "TraceCore/Text/Bytes": "struct Bytes { let ring: Ring }\n",
        "TraceCore/Ring/Ring": "class Ring {}\n",
    }
    assert faults(**files) == [
        "swifttrace.config.options imports swifttrace.session.state",
        "swifttrace.runtime.frames imports swifttrace.config.options",
        "TraceCore: Text uses Ring",
    ]


def test_modules_may_not_use_each_other(faults):
    files = {
        "session/state": "from . import uncaught\n",
        "session/uncaught": "from .state import x\n",
    }
    assert faults(**files) == [
        "circle: swifttrace.session.state <-> swifttrace.session.uncaught",
    ]


def test_the_house_stands():
    ended = subprocess.run(
        [sys.executable, str(HOUSE / "house.py")], stdout=-1, stderr=-1, text=True
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "files in one folder" in ended.stdout
