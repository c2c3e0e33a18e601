"""The process that runs the programs, from outside."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
from pathlib import Path

from details import OPTIONS

WORKER = Path(__file__).with_name("worker.py")
SECONDS = 60
# A worker that has run so many makes room for a new one.
LIFE = 500


class Worker:
    """One Python with swifttrace in it, which runs program after program."""

    def __init__(self, python: str, directory: Path, details: str) -> None:
        self.python = python
        self.directory = directory
        self.details = details
        self.process: subprocess.Popen[bytes] | None = None
        self.history: list[str] = []
        """What the process has been given, as JSON."""

    def ask(self, source: str) -> dict:
        """Return the worker's answer, or how it died of the program."""
        if self.process is None or len(self.history) >= LIFE:
            self._start()
        self.history.append(json.dumps(source))
        process = self.process
        process.stdin.write(self.history[-1].encode() + b"\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], SECONDS)
        answer = process.stdout.readline() if ready else b""
        return json.loads(answer) if answer else self._died(bool(ready))

    def _start(self) -> None:
        self.end()
        self.history = []
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "SWIFTTRACE"))}
        with open(self.directory / "stderr", "wb") as errors:
            self.process = subprocess.Popen(
                [self.python, WORKER, self.directory, self.details],
                env={**clean, "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )

    def _died(self, is_dead: bool) -> dict:
        process, self.process = self.process, None
        if not is_dead:
            process.kill()
        status = process.wait()
        how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        said = (self.directory / "stderr").read_text(errors="backslashreplace")[-2000:]
        return {"lines": 0, "differs": f"the worker ended by {how}:\n{said}"}

    def end(self) -> None:
        """Let it go."""
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()
            self.process.stdout.close()
            self.process = None


def run_apart(python: str, directory: Path, source: str, details: str) -> str | None:
    """Run the program as its user does, untraced and by the command; say what differs."""
    script = directory / "script.py"
    toggles = "trace_on = trace_off = lambda: None\n"
    script.write_text(toggles + source, encoding="utf-8")
    trace = directory / "apart.log"
    command = ["-m", "swifttrace", "-xxx", *OPTIONS[details], "-o", trace]
    expected, found = (_ended([python, *before, script]) for before in ([], command))
    trace.unlink(missing_ok=True)
    return None if expected == found else f"untraced: {expected}\ntraced: {found}"


def _ended(command: list) -> tuple[int, str, str]:
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=SECONDS, check=False
    )
    return done.returncode, done.stdout, done.stderr
