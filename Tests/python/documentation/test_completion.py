"""Tab in a real bash, zsh and fish, with the files that the wheel has put into `share`."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import stat
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from conftest import TIMEOUT, clean_environment

fdspawn = pytest.importorskip("pexpect.fdpexpect").fdspawn
SHARE = Path(sys.prefix, "share")
PROMPT = "ready> "
SHELLS = {
    "bash": (
        ["--norc", "--noprofile", "-i"],
        "PS1='{prompt}'; bind 'set enable-bracketed-paste off' 'set bell-style none';"
        " source {share}/bash-completion/completions/swifttrace",
    ),
    "zsh": (
        ["-f", "-i"],
        "PS1='{prompt}'; unsetopt zle_bracketed_paste beep prompt_sp;"
        " fpath=({share}/zsh/site-functions $fpath); autoload -Uz compinit && compinit -u -D",
    ),
    "fish": (
        ["--private", "--no-config", "-i"],
        "function fish_prompt; printf '{prompt}'; end; set fish_autosuggestion_enabled 0;"
        " source {share}/fish/vendor_completions.d/swifttrace.fish",
    ),
}
COMMAND = "#!/bin/sh\nprintf 'words:'\nprintf '<%s>' \"$@\"\nprintf ':end\\n'\n"
"""What stands for swifttrace: it says which words the shell has given it."""

TYPED = {
    "--col": ["--color"],
    "--inc": ["--include"],
    "--dump-signal ALR": ["--dump-signal", "ALRM"],
    "--color al": ["--color", "always"],
    "--color=ne": ["--color=never"],
    "--time=de": ["--time=delta"],
    "--show pid,ta": ["--show", "pid,task"],
    "--show=pid,ta": ["--show=pid,task"],
    "-o tra": ["-o", "trace.log"],
    "--output=tra": ["--output=trace.log"],
    "sho": ["show"],
    "show las": ["show", "last.ring"],
    "scr": ["script.py"],
    "-xx --scope project scr": ["-xx", "--scope", "project", "script.py"],
    "-xx --calls --depth 3 sub": ["-xx", "--calls", "--depth", "3", "subdirectory"],
    "-- las": ["--", "last.ring"],
    "script.py dat": ["script.py", "data.txt"],
    "script.py --co": ["script.py", "--co"],
    "-m json.tool dat": ["-m", "json.tool", "data.txt"],
    "-c pass --co": ["-c", "pass", "--co"],
    "- dat": ["-", "data.txt"],
}


class Shell:
    """A shell in a terminal, in a directory with some files."""

    def __init__(self, name, directory):
        for file in ("script.py", "data.txt", "trace.log", "last.ring", "subdirectory/more.txt"):
            path = directory / file
            path.parent.mkdir(exist_ok=True)
            path.touch()
        command = directory / "bin" / "swifttrace"
        command.parent.mkdir()
        command.write_text(COMMAND)
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
        arguments, setup = SHELLS[name]
        changes = {
            "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
            **dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(directory)),
            "TERM": "dumb" if name != "fish" else "xterm",
        }
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 50, 200, 0, 0))
        # Not pexpect's own way, by fork: pytest-xdist has threads.
        self.process = subprocess.Popen(
            ["setsid", "--ctty", name, *arguments],
            env=clean_environment(**changes),
            cwd=directory,
            **dict.fromkeys(("stdin", "stdout", "stderr"), theirs),
        )
        os.close(theirs)
        self.child = fdspawn(ours, timeout=TIMEOUT, encoding="utf-8")
        self.child.send(setup.format(prompt=PROMPT, share=SHARE) + "\r")
        self.child.send("echo set-'up'\r")
        self.child.expect("set-up\r?\n")

    def words_for(self, typed):
        """Type a line and a Tab; return the words that the command gets."""
        self.child.send(f"swifttrace {typed}\t")
        self.child.send("\r")
        self.child.expect(r"words:(.*):end")
        return re.findall("<(.*?)>", self.child.match[1])

    def close(self):
        self.process.kill()
        self.process.wait()
        self.child.close()


@pytest.fixture(scope="module", params=list(SHELLS))
def shell(request, tmp_path_factory):
    for name in (request.param, "setsid"):
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")
    if not (SHARE / "man/man1/swifttrace.1").exists():
        pytest.skip("the wheel is not installed here")
    shell = Shell(request.param, tmp_path_factory.mktemp(request.param))
    yield shell
    shell.close()


@pytest.mark.parametrize("typed", list(TYPED))
def test_a_tab_completes(shell, typed):
    assert [word.rstrip("=/") for word in shell.words_for(typed)] == TYPED[typed]
