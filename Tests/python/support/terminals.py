"""Runs a program whose standard error is a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

from conftest import TIMEOUT, clean_environment


def run_in_terminal(*arguments, columns=80, env=None, cwd=None):
    """Run this interpreter with a terminal as its standard error alone.

    Return the exit status and what the terminal was sent.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 25, columns, 0, 0))
    _leave_newlines(theirs)
    changes = {"TERM": "xterm", "NO_COLOR": "", **(env or {})}
    command = [sys.executable, *map(os.fspath, arguments)]
    with subprocess.Popen(
        command,
        env=clean_environment(**changes),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        cwd=cwd,
    ) as running:
        os.close(theirs)
        sent = _all_of(ours)
        os.close(ours)
        return running.wait(TIMEOUT), sent


def _leave_newlines(terminal):
    attributes = termios.tcgetattr(terminal)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)


def _all_of(terminal):
    sent = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # nobody has it open any more
            return sent
        if not piece:
            return sent
        sent += piece
