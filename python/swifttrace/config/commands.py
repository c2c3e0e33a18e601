"""The subcommands of the command."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__

SUBCOMMANDS = (
    ("record", "[-o FILE] PROGRAM...", "record it, into PROGRAM.swt"),
    ("show", "FILE...", "print, fold or count a trace"),
    ("report", "FILE...", "make a page for a browser"),
    ("export", "--FORMAT FILE...", "write it for other programs"),
    ("diff", "A B", "say where two runs part"),
    ("flaky", "N -- COMMAND", "say why a command is flaky"),
    ("why", "FILE:LINE -- COMMAND", "say why rounds come to a line"),
    ("attach", "PID [options]", "trace a process that runs"),
    ("where", "PID", "say what a process is doing now"),
)
"""What may stand in the place of a script: its name, its arguments, and what it does."""
RUNNING = ("record",)
"""Those of them that options and a program follow."""
