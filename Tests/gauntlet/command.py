"""What the commands share: options, interpreters, and what is shown in the end."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import report
from comparison import Comparison

ROOT = Path(__file__).resolve().parents[2]


def directory(name: str) -> Path:
    """Return a directory's path, which exists from then on."""
    path = Path(name)
    path.mkdir(parents=True, exist_ok=True)
    return path


PYTHON = {
    "--python": {
        "action": "append",
        "metavar": "3.N",
        "help": "this one alone (may be repeated)",
    },
}
OUTPUTS = {
    "--outputs": {
        "type": directory,
        "metavar": "DIRECTORY",
        "help": "keep there what the runs print",
    },
}


def hear_interrupts() -> None:
    """Undo what a shell does to commands in the background: tests interrupt themselves."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def parser(name: str, summary: str, options: dict[str, dict[str, Any]]) -> argparse.ArgumentParser:
    """Return the parser of a command in scripts."""
    made = argparse.ArgumentParser(prog=f"scripts/{name}", description=summary)
    for option, settings in options.items():
        made.add_argument(option, **settings)
    return made


def show(comparisons: list[Comparison]) -> None:
    """Print them. The exit status is 1 where a difference is not explained."""
    print(report.table(comparisons))
    print(report.differences(comparisons))
    if any(each.open for each in comparisons):
        sys.exit(1)


def every_version() -> list[str]:
    """Return those that scripts/pythons finds or brings."""
    return [line.split()[0] for line in output_of("pythons").splitlines()]


def output_of(script: str, *arguments: str) -> str:
    """Run a script of ours; what goes wrong it has said itself."""
    command = [ROOT / "scripts" / script, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{sys.argv[0]}: scripts/{script} failed")
    return done.stdout.strip()
