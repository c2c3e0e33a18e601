"""A long run of attaching to a hostile program: it may neither crash nor go wrong."""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

HOSTILE = Path(__file__).with_name("hostile.py")
COMMAND = [sys.executable, "-m", "swifttrace"]
PAUSE = 0.02
OPTIONS = (["-xx"], ["-xxx"], ["--calls"], ["--values"], ["--scope=project", "--show=thread"])


def attach(pid: int, number: int, is_killed: bool) -> str | None:
    """Attach once; return what was wrong."""
    command = [*COMMAND, "attach", str(pid), *OPTIONS[number % len(OPTIONS)]]
    if not is_killed:
        command += ["--for", "0.05"]
    ended = subprocess.Popen(command, stdout=-1, stderr=-1)
    if is_killed:
        time.sleep(random.uniform(0, 0.3))
        ended.kill()
    printed, said = ended.communicate()
    if is_killed:
        return None
    if ended.returncode or b"+ " not in printed:
        return f"attach {number}: status {ended.returncode}, {len(printed)} bytes, {said!r}"
    return None


def descriptors(pid: int) -> int:
    """Return how many of the descriptors are ours."""
    directory = f"/proc/{pid}/fd"
    return sum(
        "swifttrace-" in os.readlink(f"{directory}/{name}") for name in os.listdir(directory)
    )


def settled(pid: int) -> bool:
    """Whether nothing of ours is left open after a while."""
    for _ in range(100):
        try:
            if not descriptors(pid):
                return True
        except FileNotFoundError:
            pass
        time.sleep(0.1)
    return False


def run(cycles: int, killed: int) -> list[str]:
    """Attach so often; return what was wrong."""
    program = subprocess.Popen([sys.executable, HOSTILE], stdout=-1, stderr=-1, text=True)
    assert program.stdout is not None
    program.stdout.readline()
    wrong = []
    for number in range(cycles + killed):
        said = attach(program.pid, number, number >= cycles)
        if said is not None:
            wrong.append(said)
        if program.poll() is not None:
            break
        time.sleep(PAUSE)
    if program.poll() is None and not settled(program.pid):
        wrong.append("descriptors are left open")
    program.send_signal(signal.SIGTERM)
    printed, said = program.communicate(timeout=60)
    if program.returncode or not printed.startswith("right") or said:
        wrong.append(
            f"the program: status {program.returncode}, {printed[:1000]!r}, {said[-1000:]!r}"
        )
    return wrong


def main() -> None:
    """Run it, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=400, help="attach so often (400)")
    parser.add_argument("--killed", type=int, default=50, help="kill so many attachers (50)")
    asked = parser.parse_args()
    began = time.monotonic()
    wrong = run(asked.cycles, asked.killed)
    for each in wrong:
        print("wrong:", each)
    version = ".".join(map(str, sys.version_info[:3]))
    took = time.monotonic() - began
    print(f"{version}: {asked.cycles} attached, {asked.killed} killed, {took:.0f} s")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
