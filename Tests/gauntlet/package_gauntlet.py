"""The command: which packages' tests are run in which Pythons, and what is shown of it."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import command
import overhead
import packages
from command import ROOT
from comparison import Comparison
from modules import Module
from package_runs import WAYS, WITHOUT, PackageRunner
from runs import Run

SOURCES = ROOT / ".venvs" / "sdists"
LIMIT = 600

OPTIONS = {
    **command.PYTHON,
    "--package": {
        "action": "append",
        "metavar": "NAME",
        "help": "this one alone (may be repeated)",
    },
    "--limit": {
        "type": float,
        "metavar": "SECONDS",
        "default": LIMIT,
        "help": f"for each run ({LIMIT})",
    },
    "--overhead": {
        "type": int,
        "metavar": "N",
        "help": "compare no outcomes but times: N runs each, in turns",
    },
    **command.OUTPUTS,
    "--list": {"action": "store_true", "help": "print the packages' names"},
}


def main() -> None:
    """Run it. The exit status is 1 where an outcome is another one with our plugin."""
    command.hear_interrupts()
    options = read_options()
    if options.list:
        print(*(package.name for package in packages.ALL), sep="\n")
        return
    pythons = environments(options.python)
    if options.overhead:
        print(overhead.table(measured(options, pythons)))
        return
    comparisons = compared(options, pythons)
    command.show(comparisons)


def read_options() -> argparse.Namespace:
    """Read them from `sys.argv`."""
    summary = "Runs packages' tests under pytest --swifttrace and without, and compares."
    parser = command.parser("gauntlet-packages", summary, OPTIONS)
    options = parser.parse_args()
    try:
        options.package = packages.named(options.package)
    except ValueError as error:
        parser.error(str(error))
    if options.overhead is not None and options.overhead < 1:
        parser.error("--overhead needs a positive number")
    return options


def environments(versions: list[str] | None) -> dict[str, str]:
    """Return each version's interpreter, with all that the tests need in its environment."""
    needs = ("pytest", *packages.requirements())
    return {
        version: command.output_of("environment", "packages", version, *needs)
        for version in versions or command.every_version()
    }


def download(requirement: str, directory: Path) -> None:
    """Put the sdist of a requirement into a directory."""
    script = f'. "{ROOT}/scripts/common"; "$(pip_command)" "$@"'
    arguments = ["download", "--quiet", "--no-deps", "--no-binary", ":all:", requirement]
    command = ["bash", "-c", script, "pip", *arguments, "--dest", str(directory)]
    if subprocess.run(command, check=False).returncode != 0:
        sys.exit(f"scripts/gauntlet-packages: no sdist of {requirement}")


def runner(package: packages.Package, python: str, options: argparse.Namespace) -> PackageRunner:
    """Return what runs a package's tests."""
    source = packages.unpacked(package, SOURCES, download)
    return PackageRunner(python, package, source, options.limit)


# -- outcomes --


def compared(options: argparse.Namespace, pythons: dict[str, str]) -> list[Comparison]:
    """Run every package's tests in every Python, in every way; return what came of it."""
    found = []
    for package in options.package:
        for version, python in pythons.items():
            kept = Kept(runner(package, python, options), f"{version}-{package.name}", options)
            found += [compare(kept, package.name, version, way) for way in WAYS]
    return found


class Kept:
    """The first run without our plugin is what every way is compared with."""

    def __init__(self, runner: PackageRunner, name: str, options: argparse.Namespace) -> None:
        self.runner = runner
        self.name = name
        self.outputs = options.outputs
        self.first = self.run("without", WITHOUT)

    def run(self, way: str, options: tuple[str, ...]) -> Run:
        """Run the tests, and keep what is printed where that is asked for."""
        done = self.runner.run(options)
        if self.outputs:
            file = self.outputs / f"{self.name}-{way.replace(' ', '-')}.txt"
            file.write_text(done.output, encoding="utf-8")
        say(
            f"{self.name}, {way}: {done.outcomes.summary}; {done.lines} lines, {done.seconds:.1f} s"
        )
        return done


def compare(kept: Kept, name: str, version: str, way: str) -> Comparison:
    """Compare one way of tracing with none."""
    comparison = Comparison(Module(f"{name}, {way}", []), version, [])
    without = [kept.first]

    def run(traced: bool) -> Run:
        if traced:
            return kept.run(way, WAYS[way])
        return without.pop() if without else kept.run("without", WITHOUT)

    comparison.run(run)
    return comparison


# -- times --


def measured(options: argparse.Namespace, pythons: dict[str, str]) -> list[overhead.Overhead]:
    """Measure every package in every Python."""
    found = []
    for package in options.package:
        for version, python in pythons.items():
            run = runner(package, python, options).run
            found.append(overhead.Overhead(package.name, version))
            found[-1].measure(run, options.overhead)
            say(str(found[-1]))
    return found


def say(text: str) -> None:
    """Tell who is waiting how it goes."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
