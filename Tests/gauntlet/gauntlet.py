"""The command: which modules are run in which Pythons, and what is shown of it."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor

import command
import explanations
import modules
from comparison import Comparison, keep_output
from runs import Run, run

QUICK_LIMIT, LIMIT = 60, 600

OPTIONS = {
    "--quick": {"action": "store_true", "help": "ten modules that end in seconds, for CI"},
    **command.PYTHON,
    "--module": {
        "action": "append",
        "metavar": "NAME",
        "help": "this one alone (may be repeated), also one that is not among ours",
    },
    "--jobs": {"type": int, "choices": (1, 2), "default": 1, "help": "how many at once (1)"},
    "--limit": {"type": float, "metavar": "SECONDS", "help": f"for each run ({LIMIT})"},
    **command.OUTPUTS,
    "--list": {"action": "store_true", "help": "print the modules' names"},
}


def main() -> None:
    """Run it. The exit status is 1 where a difference is not explained."""
    command.hear_interrupts()
    options = read_options()
    if options.list:
        print(*(module.name for module in modules.all_modules()), sep="\n")
        return
    comparisons = compared(options, chosen_modules(options), environments(options.python))
    command.show(comparisons)


def read_options() -> argparse.Namespace:
    """Read them from `sys.argv`."""
    summary = "Runs CPython's own tests with the trace on and without, and compares."
    options = command.parser("gauntlet", summary, OPTIONS).parse_args()
    options.limit = options.limit or (QUICK_LIMIT if options.quick else LIMIT)
    return options


def chosen_modules(options: argparse.Namespace) -> list[modules.Module]:
    """Return those that were named, the quick ones, or all."""
    if options.module:
        return modules.named(options.module)
    return modules.named(modules.QUICK) if options.quick else modules.all_modules()


def environments(versions: list[str] | None) -> dict[str, str]:
    """Return each version's interpreter, with swifttrace in its environment."""
    versions = versions or command.every_version()
    return {version: command.output_of("environment", "gauntlet", version) for version in versions}


def compared(
    options: argparse.Namespace, chosen: list[modules.Module], pythons: dict[str, str]
) -> list[Comparison]:
    """Run every module in every Python that has it; return what came of it."""
    known = explanations.read()
    comparisons = [
        Comparison(module, version, known)
        for module in chosen
        for version in pythons
        if module.is_in(version)
    ]
    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(lambda each: compare(each, pythons[each.version], options), comparisons))
    return comparisons


def compare(comparison: Comparison, python: str, options: argparse.Namespace) -> None:
    """Run one module in one Python, twice or four times, and say how it went."""

    def runner(traced: bool) -> Run:
        done = run(python, comparison.module.arguments, options.limit, traced)
        if options.outputs:
            keep_output(options.outputs, done, comparison.version, comparison.module, traced)
        return done

    comparison.run(runner)
    seconds = "{:.1f} s and {:.1f} s".format(*comparison.seconds)
    print(
        f"{comparison.version} {comparison.module.name}: {comparison.tests} tests,"
        f" {len(comparison.differences)} differ, {comparison.lines} lines, {seconds}",
        file=sys.stderr,
        flush=True,
    )


if __name__ == "__main__":
    main()
